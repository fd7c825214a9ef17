//! What machines get at the token endpoint, and how they prove who they are.

use super::browser::{Browser, Reply};
use super::running::{Server, tenant};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The tenant of the other tests with a machine that has a secret, and one that has a key.
fn with_machines(key: &PKey<Private>) -> TempDir {
    let folder = tenant();
    let pem = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
    let write = |file: &str, text: &str| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let grant = |client: &str, audience: &str, scope: &[&str]| {
        let grant = json!({"client_id": client, "audience": audience, "scope": scope});
        write(
            &format!("grants/{client}-{}.json", audience.len()),
            &grant.to_string(),
        );
    };
    for (name, more) in [
        ("machine", json!({})),
        (
            "signer",
            json!({"client_authentication_methods": {"private_key_jwt": {"credentials": [{"pem": pem}]}}}),
        ),
    ] {
        let mut client = json!({
            "name": name, "client_id": format!("{name}-id"), "app_type": "non_interactive",
            "grant_types": ["client_credentials"],
        });
        for (member, value) in more.as_object().unwrap() {
            client[member] = value.clone();
        }
        write(&format!("clients/{name}.json"), &client.to_string());
    }
    write(
        "secrets.env",
        "client.machine.client_secret=a secret: of % the + machine\n",
    );
    let api = json!({"name": "x", "identifier": "https://api.example", "scopes": [{"value": "read:x"}]});
    write("resource-servers/x.json", &api.to_string());
    grant("machine", "https://api.example", &["read:x"]);
    grant(
        "machine-id",
        "urn:postlogin:api",
        &["issue:login", "read:sessions"],
    );
    grant("signer", "https://api.example", &["read:x"]);
    folder
}

fn key() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

fn ask(server: &Server, fields: &[(&str, &str)]) -> Reply {
    Browser::default().post(&format!("{}oauth/token", server.url), fields)
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn a_machine_gets_the_apis_that_its_grants_give_it() {
    let server = Server::of(with_machines(&key()));
    let secret = "a secret: of % the + machine";
    let asked = |audience: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_id", "machine-id"),
            ("client_secret", secret),
            ("audience", audience),
        ];
        fields.extend(more);
        ask(&server, &fields)
    };
    let reply = asked("https://api.example", &[]);
    assert_eq!(reply.status, 200, "{reply:?}");
    let tokens = reply.json();
    assert_eq!(
        (&tokens["token_type"], &tokens["scope"]),
        (&"Bearer".into(), &"read:x".into())
    );
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
    let token = claims(&tokens["access_token"]);
    assert_eq!(
        (&token["sub"], &token["aud"]),
        (&"machine-id@clients".into(), &"https://api.example".into())
    );
    assert_eq!(
        (&token["iss"], &token["gty"]),
        (&server.url.as_str().into(), &"client-credentials".into())
    );

    // The server's own API needs no file.
    let own = asked("urn:postlogin:api", &[("scope", "read:sessions")]).json();
    let own = claims(&own["access_token"]);
    assert_eq!(
        (&own["aud"], &own["scope"]),
        (&"urn:postlogin:api".into(), &"read:sessions".into())
    );
    assert_eq!(own["client_id"], "machine-id");

    let refused = |reply: Reply| (reply.status, reply.json()["error"].as_str().unwrap().to_owned());
    for (reply, expected) in [
        (asked("https://other.example", &[]), (403, "access_denied")),
        (
            asked("https://api.example", &[("scope", "write:x")]),
            (400, "invalid_scope"),
        ),
        (
            asked("urn:postlogin:api", &[("scope", "delete:sessions")]),
            (400, "invalid_scope"),
        ),
        (asked("", &[]), (400, "invalid_request")),
    ] {
        assert_eq!(refused(reply), (expected.0, expected.1.to_owned()));
    }
    let web = [
        ("grant_type", "client_credentials"),
        ("client_id", "web"),
        ("client_secret", super::running::SECRET),
    ];
    assert_eq!(ask(&server, &web).json()["error"], "unauthorized_client");

    // OP-12: what stands in a header is form-encoded first.
    let basic = STANDARD.encode("machine-id:a+secret%3A+of+%25+the+%2B+machine");
    let body = "grant_type=client_credentials&audience=https://api.example";
    let headers = [
        ("Authorization", format!("Basic {basic}")),
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
    ];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let url = format!("{}oauth/token", server.url);
    assert_eq!(Browser::default().send("POST", &url, &headers, body).status, 200);
    let json = json!({
        "grant_type": "client_credentials", "client_id": "machine-id", "client_secret": secret,
        "audience": "https://api.example",
    });
    let kind = [("Content-Type", "application/json")];
    assert_eq!(
        Browser::default()
            .send("POST", &url, &kind, &json.to_string())
            .status,
        200
    );
}

#[test]
fn a_machine_proves_with_a_key_who_it_is_and_each_proof_counts_once() {
    let key = key();
    let server = Server::of(with_machines(&key));
    let signed = |id: &str, more: &Value| {
        let now = chrono::Utc::now().timestamp();
        let mut claims = json!({
            "iss": "signer-id", "sub": "signer-id", "aud": server.url, "jti": id, "exp": now + 60,
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let encoded = |text: &Value| URL_SAFE_NO_PAD.encode(text.to_string());
        let content = format!("{}.{}", encoded(&json!({"alg": "RS256"})), encoded(&claims));
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        let signature = signer.sign_oneshot_to_vec(content.as_bytes()).unwrap();
        format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let asked = |assertion: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion_type", BEARER),
            ("client_assertion", assertion),
            ("audience", "https://api.example"),
        ];
        fields.extend(more);
        ask(&server, &fields)
    };
    let first = signed("1", &json!({}));
    assert_eq!(asked(&first, &[]).status, 200);
    let again = asked(&first, &[]);
    assert_eq!(
        (again.status, again.json()["error"].as_str()),
        (401, Some("invalid_client"))
    );
    let named = signed("2", &json!({}));
    assert_eq!(asked(&named, &[("client_id", "signer-id")]).status, 200);
    for (assertion, more) in [
        (signed("3", &json!({"aud": "https://other.example"})), None),
        (
            signed("4", &json!({"iss": "machine-id", "sub": "machine-id"})),
            None,
        ),
        (signed("5", &json!({})), Some(("client_id", "machine-id"))),
        (signed("6", &json!({})), Some(("client_secret", "x"))),
        ("x".to_owned(), None),
    ] {
        let reply = asked(&assertion, more.as_slice());
        assert!([400, 401].contains(&reply.status), "{reply:?}");
    }
    // A client with a key has no secret.
    let secret = [
        ("grant_type", "client_credentials"),
        ("client_id", "signer-id"),
        ("client_secret", ""),
        ("audience", "https://api.example"),
    ];
    assert_eq!(ask(&server, &secret).json()["error"], "invalid_client");
}
