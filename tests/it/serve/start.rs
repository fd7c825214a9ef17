//! What a server says before it is ready, and what its answers say to caches.

use super::browser::Browser;
use super::oidc::authorize;
use super::running::{PASSWORD, SECRET, Server, tenant};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What a server that does not start says.
fn refused(folder: &TempDir, options: &[&str]) -> (Option<i32>, String) {
    let listen: &[&str] = if options.contains(&"--listen") {
        &[]
    } else {
        &["--listen", "127.0.0.1:0"]
    };
    let output = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .arg("serve")
        .args(listen)
        .args(options)
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// ST-18.
#[test]
fn a_signing_key_that_cannot_be_used_is_named_and_nothing_is_served() {
    let with = |make: &dyn Fn(&Path)| {
        let folder = tenant();
        fs::write(
            folder.path().join("postlogin.toml"),
            "[keys]\ncurrent = \"signing.pem\"\n",
        )
        .unwrap();
        make(&folder.path().join("signing.pem"));
        refused(&folder, &[])
    };
    let wrong: [&dyn Fn(&Path); 4] = [
        &|_| {},
        &|path| fs::write(path, "").unwrap(),
        &|path| {
            let pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
            fs::write(path, pem).unwrap();
        },
        &|path| fs::create_dir(path).unwrap(),
    ];
    for make in wrong {
        let (code, said) = with(make);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("signing.pem"), "{said}");
    }
    // A kept key that is damaged is not made anew.
    let mut server = Server::start();
    let key = server.folder.path().join(".postlogin/keys/current.pem");
    assert!(server.end().success());
    fs::write(&key, "").unwrap();
    let (code, said) = refused(&server.folder, &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("current.pem"), "{said}");
    assert_eq!(fs::read(&key).unwrap(), b"");
}

/// ST-18.
#[test]
fn a_signing_key_that_everybody_can_read_is_warned_about() {
    let mut server = Server::start();
    assert!(server.end().success());
    let key = server.folder.path().join(".postlogin/keys/current.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let server = Server::of(folder);
    let said = format!("{:?}", server.log());
    assert!(
        said.contains("can be read by every user of this machine"),
        "{said}"
    );
}

#[test]
fn settings_say_where_a_server_is_and_options_win() {
    let folder = tenant();
    let toml = "[server]\nlisten = \"127.0.0.1:1\"\nurl = \"https://id.example\"\n[storage]\nurl = \"sqlite:kept.db\"\n";
    fs::write(folder.path().join("postlogin.toml"), toml).unwrap();
    let server = Server::of(folder);
    assert_eq!(server.url, "https://id.example/");
    assert!(server.folder.path().join("kept.db").exists());

    let usage = |options: &[&str], words: &str| {
        let (code, said) = refused(&tenant(), options);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    };
    usage(&["--url", "http://id.example"], "would travel in the open");
    usage(&["--url", "https://id.example/x"], "the public URL");
    usage(&["--listen", "0.0.0.0:0"], "is not known");
    usage(
        &["--database", "postgres://me:hidden@db.example/x"],
        "no store that this version has",
    );
    usage(&["--insecure-url"], "--url");
    usage(&["--listen", "localhost:0"], "write one such as 127.0.0.1:8420");
    usage(&["--admin-listen", "8421"], "write one such as 127.0.0.1:8420");
    usage(&["--database", "sqlite://kept.db"], "two slashes");
    usage(&["--database", "sqlite::memory:"], "a store in memory");
    let (_, said) = refused(&tenant(), &["--database", "postgres://me:hidden@db.example/x"]);
    assert!(!said.contains("hidden"), "{said}");
    let folder = tenant();
    fs::write(
        folder.path().join("postlogin.toml"),
        "[server]\nlisten = \"localhost\"\nport = 1\n",
    )
    .unwrap();
    let (code, said) = refused(&folder, &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("is no IP address with a port") && said.contains("server.port"),
        "{said}"
    );
}

/// OP-23: what is somebody's is kept nowhere, and a password is not posted on. LD-11: what is everybody's may be kept.
#[test]
fn answers_say_what_may_be_kept() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    assert_eq!(answer.status, 303);
    let token = format!("{}oauth/token", server.url);
    let refused = browser.post(&token, &[("client_id", "web"), ("client_secret", SECRET)]);
    let userinfo = browser.get(&format!("{}userinfo", server.url));
    let saml = browser.get(&format!("{}samlp/pay", server.url));
    assert!(saml.body.contains("SAMLResponse"));
    for reply in [&asked, &answer, &refused, &userinfo, &saml] {
        let kept = reply.header("cache-control").unwrap();
        assert!(kept.contains("no-store"), "{reply:?}");
    }
    for document in ["openid-configuration", "oauth-authorization-server", "jwks.json"] {
        let url = format!("{}.well-known/{document}", server.url);
        let reply = browser.get(&url);
        assert_eq!(reply.header("cache-control"), Some("public, max-age=15"));
        let tag = reply.header("etag").unwrap();
        for tags in [tag, &*format!("W/{tag}"), &*format!("\"x\", {tag}"), "*"] {
            let again = browser.send("GET", &url, &[("If-None-Match", tags)], "");
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{tags}");
        }
        let other = browser.send("GET", &url, &[("If-None-Match", "\"x\"")], "");
        assert_eq!(other.status, 200);
        // As clients write it that join the issuer and the path with a slash.
        let joined = browser.get(&format!("{}/.well-known/{document}", server.url));
        assert_eq!((joined.status, joined.body), (200, other.body));
    }
    let metrics = browser.get(&format!("{}metrics", server.admin)).body;
    assert!(
        metrics.contains("postlogin_signing_seconds_count{alg=\"rsa-sha256\"} 1"),
        "{metrics}"
    );
}

/// The server starts, because an application that needs no Action is not to wait for one that is being mended.
#[test]
fn the_start_names_an_action_that_cannot_be_compiled() {
    let folder = tenant();
    fs::write(
        folder.path().join("actions/a/code.js"),
        "exports.onExecutePostLogin = (\n",
    )
    .unwrap();
    let server = Server::of(folder);
    let told = server.log().iter().any(|entry| {
        let message = entry["message"].as_str().unwrap_or_default();
        message.contains("actions/a/code.js:1: the source ends too early")
    });
    assert!(told, "{:?}", server.log());
}

#[test]
fn an_address_that_cannot_be_had_is_named_with_its_option() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for option in ["--listen", "--admin-listen"] {
        let mut options = vec!["--listen", "127.0.0.1:0"];
        if option == "--listen" {
            options = vec![option, &address];
        } else {
            options.extend([option, &address]);
        }
        let (code, said) = refused(&tenant(), &options);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains(&format!("choose another one with {option}")),
            "{said}"
        );
    }
    let (code, said) = refused(
        &tenant(),
        &["--listen", "192.0.2.1:0", "--url", "https://id.example/"],
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("give an address of this machine with --listen"),
        "{said}"
    );
}

/// The rest is served: an application that does not need what is broken is not to wait for that.
#[test]
fn the_start_names_what_is_broken_in_the_folder() {
    let folder = tenant();
    fs::write(
        folder.path().join("users.json"),
        "[{\"user_id\": \"auth0|1\"}, {\"email\": \"a@example.org\"}]",
    )
    .unwrap();
    fs::write(
        folder.path().join("clients/odd.json"),
        "{\"name\": \"odd\", \"client_id\": \"odd\", \"callbacks\": 5}",
    )
    .unwrap();
    let server = Server::of(folder);
    for words in [
        "the user has no user_id; add one",
        "callbacks: expected an array, found 5",
    ] {
        let told = server
            .log()
            .iter()
            .any(|entry| entry["message"].as_str().unwrap_or_default().contains(words));
        assert!(told, "{words}: {:?}", server.log());
    }
}

/// Names in files of the server's own that lead nowhere are told by `check` and by the start.
#[test]
fn names_that_lead_nowhere_are_told() {
    let folder = tenant();
    let settings = "[api.web]\nclients = [\"pay\"]\n[api.nobody]\nclients = [\"web\", \"gone\"]\n\
        connections = [\"db\", \"api\", \"nowhere\"]\n[api.payroll]\n";
    fs::write(folder.path().join("postlogin.toml"), settings).unwrap();
    fs::write(
        folder.path().join("secrets.env"),
        "KEY=a secret of nobody\nclient.web.client_secrett=wrong\n",
    )
    .unwrap();
    let connection = serde_json::json!({"name": "other", "strategy": "auth0"});
    super::running::put(&folder, "connections/other.json", &connection);
    let pay = serde_json::json!({"name": "payroll", "client_id": "pay", "addons": {"samlp": {}}});
    super::running::put(&folder, "clients/pay.json", &pay);
    let action = serde_json::json!({
        "name": "a", "code": "./actions/a/code.js", "supported_triggers": [{"id": "post-login"}],
        "secrets": [{"name": "LOST"}],
    });
    super::running::put(&folder, "actions/a.json", &action);
    let told = [
        "the secret LOST of the Action \"a\" has no value; write a.LOST=VALUE into secrets.env",
        "postlogin.toml:3: there is no client with the id \"nobody\"",
        "postlogin.toml:4: there is no client with the id \"gone\"",
        "postlogin.toml:5: there is no connection named \"nowhere\"",
        "write the client's id: [api.pay]",
        "secrets.env:1: no Action and no Action module has a secret named \"KEY\"",
        "client.<name>.client_secret=value",
    ];
    let check = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .arg("check")
        .arg(folder.path())
        .output()
        .unwrap();
    let check = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.matches("(unknown_client)").count(), 3, "{check}");
    let of_settings = check.lines().filter(|line| line.starts_with("postlogin.toml:5"));
    assert_eq!(
        of_settings.count(),
        1,
        "users of a connection are enough: {check}"
    );
    assert_eq!(check.matches("(unused_secret)").count(), 1, "{check}");
    let server = Server::of(folder);
    let log = serde_json::Value::from(server.log());
    let said: Vec<&str> = log
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| line["message"].as_str())
        .collect();
    for told in told {
        assert!(said.iter().any(|line| line.contains(told)), "{told}: {said:?}");
    }
}

/// What an export asks for and the server does otherwise is named by `check`.
#[test]
fn what_is_not_followed_is_named() {
    let folder = tenant();
    let put = super::running::put;
    let brute_force = serde_json::json!({
        "enabled": true, "mode": "count_per_identifier", "shields": ["block", "user_notification"],
        "allowlist": ["192.0.2.0/24", "office"],
    });
    put(
        &folder,
        "attack-protection/brute-force-protection.json",
        &brute_force,
    );
    let throttling = serde_json::json!({"stage": {"pre-login": {}, "pre-user-registration": {"rate": 1}}});
    put(
        &folder,
        "attack-protection/suspicious-ip-throttling.json",
        &throttling,
    );
    let api = serde_json::json!({
        "name": "x", "identifier": "https://api.example", "skip_consent_for_verifiable_first_party_clients": false,
    });
    put(&folder, "resource-servers/x.json", &api);
    let api = serde_json::json!({
        "name": "y", "identifier": "https://y.example", "skip_consent_for_verifiable_first_party_clients": true,
        "consent_policy": null,
    });
    put(&folder, "resource-servers/y.json", &api);
    let check = |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postlogin"));
        let output = command
            .arg("check")
            .arg(folder.path())
            .args(options)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (said.matches("(not_followed)").count(), said)
    };
    let (count, said) = check(&[]);
    assert_eq!(count, 3, "{said}");
    for told in [
        "brute-force-protection.json:1:",
        "counted by account and address",
        "\"office\" is neither an address nor a network",
        "resource-servers/x.json:1:",
        "is_first_party false",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let (count, said) = check(&["--strict"]);
    assert_eq!(count, 5, "{said}");
    assert!(
        said.contains("sends no mail") && said.contains("pre-user-registration"),
        "{said}"
    );
}
