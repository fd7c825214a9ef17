//! Logins that fail are counted by account and address.

use super::browser::{Browser, Reply};
use super::machine::write;
use super::oidc::authorize;
use super::running::{PASSWORD, Server, tenant};
use serde_json::{Value, json};
use std::fs;
use url::form_urlencoded::Serializer;

fn served(protection: &[(&str, Value)]) -> Server {
    let folder = tenant();
    for (name, value) in protection {
        write(&folder, &format!("attack-protection/{name}.json"), value);
    }
    let settings = "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n\
        [login]\npassword_hash = \"argon2id memory=64KiB passes=1\"\n";
    fs::write(folder.path().join("postlogin.toml"), settings).unwrap();
    Server::of(folder)
}

/// Tries to log in from this address.
fn attempt(server: &Server, address: &str, name: &str, password: &str) -> Reply {
    let browser = &mut Browser::default();
    let from = ("X-Forwarded-For", address);
    let asked = browser.send("GET", &authorize(server, ""), &[from], "");
    let page = browser.get(asked.header("location").unwrap());
    let (state, token) = (page.field("state").unwrap(), page.field("token").unwrap());
    let form = Serializer::new(String::new())
        .extend_pairs([
            ("state", &*state),
            ("token", &*token),
            ("username", name),
            ("password", password),
        ])
        .finish();
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    browser.send("POST", &format!("{}u/login", server.url), &[kind, from], &form)
}

const ADA: &str = "ada@example.org";

#[test]
fn past_ten_failures_one_waits_and_nobody_locks_another_out() {
    let server = served(&[]);
    let (bad, good) = ("198.51.100.7", "192.0.2.1");
    for name in [ADA, "nobody@example.org"] {
        for number in 0..10 {
            assert_eq!(
                attempt(&server, bad, name, "wrong").status,
                400,
                "{name} {number}"
            );
        }
        // Whether or not there is such a user, and whatever the password.
        for password in ["wrong", PASSWORD] {
            let page = attempt(&server, bad, &name.to_uppercase(), password);
            assert_eq!(page.status, 429, "{name}");
            let wait: u32 = page.header("retry-after").unwrap().parse().unwrap();
            assert!((800..=901).contains(&wait), "{wait}");
            assert!(page.body.contains("role=\"alert\"") && page.body.contains("too many failed attempts"));
        }
    }
    assert!(attempt(&server, good, ADA, PASSWORD).sent("code").is_some());
    // The other account of that address goes on, too.
    assert_eq!(attempt(&server, bad, "eve@example.org", "wrong").status, 400);
}

#[test]
fn a_login_that_succeeds_begins_anew_and_many_at_once_are_not_tried() {
    let server = served(&[("brute-force-protection", json!({"max_attempts": 3}))]);
    let address = "198.51.100.7";
    for _ in 0..3 {
        for _ in 0..2 {
            assert_eq!(attempt(&server, address, ADA, "wrong").status, 400);
        }
        assert!(attempt(&server, address, ADA, PASSWORD).sent("code").is_some());
    }
    let tried = std::thread::scope(|scope| {
        let many: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| attempt(&server, "198.51.100.8", ADA, "wrong").status))
            .collect();
        let statuses = many.into_iter().map(|one| one.join().unwrap());
        statuses.filter(|status| *status == 400).count()
    });
    assert_eq!(tried, 3);
}

#[test]
fn the_export_says_what_is_protected() {
    let off = served(&[("brute-force-protection", json!({"enabled": false}))]);
    let allowed = json!({"allowlist": ["198.51.100.0/24"], "max_attempts": 1});
    let allowing = served(&[("brute-force-protection", allowed)]);
    for server in [&off, &allowing] {
        for _ in 0..12 {
            assert_eq!(attempt(server, "198.51.100.7", ADA, "wrong").status, 400);
        }
    }
    assert_eq!(attempt(&allowing, "192.0.2.1", ADA, "wrong").status, 400);
    assert_eq!(attempt(&allowing, "192.0.2.1", ADA, "wrong").status, 429);

    // One address alone, whosever account it is.
    let stage = json!({"pre-login": {"max_attempts": 3, "rate": 600_000}});
    let throttling = served(&[(
        "suspicious-ip-throttling",
        json!({"enabled": true, "stage": stage}),
    )]);
    let status = |address, name: &str| attempt(&throttling, address, name, "wrong").status;
    let statuses: Vec<u16> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| status("198.51.100.7", name))
        .collect();
    assert_eq!(statuses, [400, 400, 400, 429]);
    assert_eq!(status("192.0.2.1", "a"), 400);
}

#[test]
fn a_request_that_is_too_long_to_be_kept_is_told() {
    let server = served(&[]);
    let long = "x".repeat(9000);
    let page = Browser::default().get(&authorize(&server, &format!("&ext-long={long}")));
    assert_eq!(page.status, 400);
    assert!(page.body.contains("8 KiB"), "{}", page.body);
}
