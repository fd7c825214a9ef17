//! Names and passwords.

use super::browser::{Browser, Reply};
use super::machine::write;
use super::oidc::authorize;
use super::running::{PASSWORD, SECRET, Server, put, tenant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// A user of the connection with these credentials.
fn user(id: &str, email: &str, connection: &str, credentials: &Value) -> Value {
    let mut user = json!({
        "user_id": id, "email": email, "email_verified": true, "app_metadata": {},
        "identities": [{"connection": connection, "provider": "auth0", "user_id": id}],
    });
    for (name, value) in credentials.as_object().unwrap() {
        user[name] = value.clone();
    }
    user
}

/// MD5 of [`PASSWORD`] with a salt before it.
fn md5() -> Value {
    json!({"custom_password_hash": {
        "algorithm": "md5",
        "hash": {"value": "52f36768c11844771e5f7ff576e2dba2", "encoding": "hex"},
        "salt": {"value": "pepper", "position": "prefix"},
    }})
}

fn served(users: &[Value], settings: &str) -> TempDir {
    let folder = tenant();
    write(&folder, "users.json", &json!(users));
    fs::write(folder.path().join("postlogin.toml"), settings).unwrap();
    folder
}

fn log_in(server: &Server, name: &str, password: &str, more: &str) -> Reply {
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(server, more));
    browser.log_in(&asked, name, password)
}

/// What proves the password of a user in the store of a server that has ended.
fn kept(folder: &TempDir, user_id: &str) -> String {
    let store = rusqlite::Connection::open(folder.path().join(".postlogin/postlogin.db")).unwrap();
    let credentials = "SELECT credentials FROM users WHERE user_id = ?1";
    store.query_row(credentials, [user_id], |row| row.get(0)).unwrap()
}

const CHEAP: &str = "[login]\npassword_hash = \"argon2id memory=64KiB passes=1\"\n";

#[test]
fn a_weak_hash_is_written_anew_at_the_first_login() {
    let bcrypt = json!({"password_hash": "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"});
    let folder = served(
        &[
            user("auth0|1", "ada@example.org", "db", &md5()),
            user("auth0|2", "bob@example.org", "db", &bcrypt),
        ],
        CHEAP,
    );
    let mut server = Server::of(folder);
    assert_eq!(log_in(&server, "ada@example.org", "wrong", "").status, 400);
    for name in ["ada@example.org", "bob@example.org"] {
        assert!(
            log_in(&server, name, PASSWORD, "").sent("code").is_some(),
            "{name}"
        );
    }
    assert!(server.end().success());
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    for id in ["auth0|1", "auth0|2"] {
        let kept = kept(&folder, id);
        assert!(kept.contains("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert!(!kept.contains("md5") && !kept.contains("$2b$"), "{kept}");
    }
    // The file still holds the old hashes; what is in the store counts.
    let mut server = Server::of(folder);
    assert!(
        log_in(&server, "ada@example.org", PASSWORD, "")
            .sent("code")
            .is_some()
    );
    assert!(server.end().success());
}

#[test]
fn a_wrong_password_a_user_without_one_and_nobody_get_the_same_page() {
    let broken = json!({"password_hash": "no hash at all"});
    let folder = served(
        &[
            user("auth0|1", "ada@example.org", "db", &md5()),
            user("auth0|2", "bob@example.org", "db", &json!({})),
            user("auth0|3", "eve@example.org", "db", &broken),
        ],
        CHEAP,
    );
    let check = Command::new(env!("CARGO_BIN_EXE_postlogin"))
        .arg("check")
        .arg(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(check.stdout).unwrap();
    assert!(
        told.contains("unreadable_password") && told.contains("cannot log in with a password"),
        "{told}"
    );
    assert!(!told.contains("no hash at all"), "{told}");

    let server = Server::of(folder);
    let pages = ["ada", "bob", "eve", "nobody"].map(|name| {
        let name = format!("{name}@example.org");
        let page = log_in(&server, &name, "wrong", "");
        assert_eq!(page.status, 400);
        let mut body = page.body.replace(&name, "NAME");
        for field in ["state", "token"] {
            body = body.replace(&page.field(field).unwrap(), field);
        }
        let id = page.header("x-request-id").unwrap();
        assert!(body.contains(id), "{body}");
        let (_, rest) = body.split_once("nonce=\"").unwrap();
        let nonce = rest.split_once('"').unwrap().0.to_owned();
        body.replace(id, "ID").replace(&nonce, "NONCE")
    });
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert_eq!(server.logged("login_refused")["outcome"], "wrong_password");
}

#[test]
fn the_connection_decides_whose_name_it_is() {
    let folder = served(
        &[
            user("auth0|1", "ada@example.org", "staff", &md5()),
            user("auth0|2", "ada@example.org", "members", &md5()),
        ],
        CHEAP,
    );
    for name in ["staff", "members"] {
        let connection = json!({"name": name, "strategy": "auth0", "options": {"requires_username": false}});
        write(
            &folder,
            &format!("database-connections/{name}/database.json"),
            &connection,
        );
    }
    let server = Server::of(folder);
    let given = |more: &str| log_in(&server, "ADA@example.org", PASSWORD, more);
    assert_eq!(given("").status, 400);
    let nowhere = Browser::default().get(&authorize(&server, "&connection=nowhere"));
    assert_eq!(nowhere.sent("error").as_deref(), Some("invalid_request"));
    for more in ["&connection=staff", "&connection=members"] {
        assert!(given(more).sent("code").is_some(), "{more}");
    }
    // The connections take addresses alone, and so does the page.
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let page = browser.get(asked.header("location").unwrap());
    assert!(page.body.contains("type=\"email\" autocomplete=\"username\""));
}

#[test]
fn a_cookie_that_somebody_else_chose_is_no_session_after_the_login() {
    // SE-11
    let server = Server::start();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let first = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let cookie = |reply: &Reply| {
        let cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
        let found = cookies
            .map(|(_, value)| value.clone())
            .find(|value| value.starts_with("postlogin="));
        found.unwrap()
    };
    let again = browser.get(&authorize(&server, "&prompt=login"));
    let second = browser.log_in(&again, "ada@example.org", PASSWORD);
    assert_ne!(cookie(&first), cookie(&second));
    let old = cookie(&first);
    let old = [("Cookie", old.split(';').next().unwrap())];
    let silent = Browser::default().send("GET", &authorize(&server, "&prompt=none"), &old, "");
    assert_eq!(silent.sent("error").as_deref(), Some("login_required"));
    // OP-23: nothing is posted on.
    assert_eq!(
        (second.status, second.header("cache-control")),
        (303, Some("no-store"))
    );
}

#[test]
fn a_flood_of_wrong_passwords_does_not_hold_up_the_rest() {
    // LD-09
    let slow = "[login]\npassword_hash = \"argon2id memory=64MiB passes=4\"\n";
    let server = Server::of(served(&[user("auth0|1", "ada@example.org", "db", &md5())], slow));
    // All have the form before the first one sends it, so that a slow machine is flooded, too.
    let forms: Vec<_> = (0..80)
        .map(|_| {
            let mut browser = Browser::default();
            let asked = browser.get(&authorize(&server, ""));
            let form = browser.login_form(&asked);
            (browser, form)
        })
        .collect();
    let statuses = std::thread::scope(|scope| {
        let posts = forms
            .into_iter()
            .enumerate()
            .map(|(number, (mut browser, form))| {
                scope.spawn(move || browser.send_login(&form, &format!("n{number}@example.org"), "wrong"))
            });
        let posts: Vec<_> = posts.collect();
        for _ in 0..20 {
            #[expect(clippy::disallowed_methods, reason = "a test measures")]
            let began = std::time::Instant::now();
            let keys = Browser::default().get(&format!("{}.well-known/jwks.json", server.url));
            assert_eq!(keys.status, 200);
            assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
        }
        posts
            .into_iter()
            .map(|post| {
                let reply = post.join().unwrap();
                let retry = reply.header("retry-after").is_some();
                assert_eq!(retry, reply.status == 503, "{reply:?}");
                assert!(reply.body.contains("role=\"alert\""));
                reply.status
            })
            .collect::<Vec<_>>()
    });
    assert!(
        statuses.iter().all(|status| [400, 503].contains(status)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&400) && statuses.contains(&503), "{statuses:?}");
}

/// `setCookieMode` decides how the browser keeps the cookie of a session that has just begun, and of one that it has;
/// without it the tenant's setting does (server 3).
#[test]
fn the_cookie_is_kept_as_an_action_or_the_tenant_says() {
    let folder = tenant();
    let action = "exports.onExecutePostLogin = async (event, api) => {
      const mode = event.request.query['ext-mode'];
      if (mode) api.session.setCookieMode(mode);
    };";
    fs::write(folder.path().join("actions/a/code.js"), action).unwrap();
    put(
        &folder,
        "tenant.json",
        &json!({"session_cookie": {"mode": "non-persistent"}}),
    );
    let server = Server::of(folder);
    let cookie = |reply: &Reply| {
        let mut cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
        let found = cookies.find(|(_, value)| value.starts_with("postlogin="))?;
        Some(found.1.contains("; Max-Age="))
    };
    let logged_in = |more: &str| {
        let browser = &mut Browser::default();
        let asked = browser.get(&authorize(&server, more));
        let reply = browser.log_in(&asked, "ada@example.org", PASSWORD);
        (cookie(&reply), std::mem::take(browser))
    };
    assert_eq!(logged_in("").0, Some(false));
    assert_eq!(logged_in("&ext-mode=non-persistent").0, Some(false));
    let (mode, mut browser) = logged_in("&ext-mode=persistent");
    assert_eq!(mode, Some(true));
    // The same session, kept in the same way, and then in another one.
    assert_eq!(
        cookie(&browser.get(&authorize(&server, "&ext-mode=persistent"))),
        None
    );
    let changed = browser.get(&authorize(&server, "&ext-mode=non-persistent"));
    assert_eq!(cookie(&changed), Some(false));
    assert!(
        browser
            .get(&authorize(&server, "&prompt=none"))
            .sent("code")
            .is_some()
    );
}

#[test]
fn a_user_who_is_blocked_is_told_so_and_has_no_session() {
    let mut blocked = user("auth0|3", "bo@example.org", "db", &md5());
    blocked["blocked"] = json!(true);
    let folder = served(&[blocked], CHEAP);
    let old = json!({
        "name": "old", "client_id": "old", "client_secret": SECRET, "grant_types": ["password"],
    });
    put(&folder, "clients/old.json", &old);
    let server = Server::of(folder);
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    // Who does not know the password does not learn it.
    assert_eq!(browser.log_in(&asked, "bo@example.org", "wrong").status, 400);
    let answer = browser.log_in(&asked, "bo@example.org", PASSWORD);
    assert_eq!(answer.sent("error").as_deref(), Some("access_denied"));
    assert_eq!(
        answer.sent("error_description").as_deref(),
        Some("user is blocked")
    );
    assert_eq!(browser.cookie("postlogin"), None);
    let refused = server.logged("login_refused");
    assert_eq!(refused["outcome"], "wrong_password");
    assert!(
        server
            .log()
            .iter()
            .any(|line| line["outcome"] == "user is blocked" && line.get("actions").is_none())
    );

    let asked = browser.get(&format!("{}samlp/pay", server.url));
    let page = browser.log_in(&asked, "bo@example.org", PASSWORD);
    let message = STANDARD.decode(page.field("SAMLResponse").unwrap()).unwrap();
    let xml = String::from_utf8(message).unwrap();
    assert!(
        xml.contains("status:Responder")
            && xml.contains("status:RequestDenied")
            && xml.contains("user is blocked"),
        "{xml}"
    );
    assert_eq!(browser.cookie("postlogin"), None);

    let fields = [
        ("client_id", "old"),
        ("client_secret", SECRET),
        ("grant_type", "password"),
        ("username", "bo@example.org"),
        ("password", PASSWORD),
    ];
    let refused = browser.post(&format!("{}oauth/token", server.url), &fields);
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("access_denied"))
    );
    assert_eq!(refused.json()["error_description"], "user is blocked");
}
