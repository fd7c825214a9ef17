use super::browser::Browser;
use super::oidc::authorize;
use super::running::{PASSWORD, Server, tenant};
use std::fs;

/// The address that Actions see of a request with this field.
fn seen(server: &Server, forwarded_for: &str) -> String {
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(server, "&ext-ip=1"));
    browser.log_in(&asked, "ada@example.org", PASSWORD);
    let url = authorize(server, "&ext-ip=1&prompt=none");
    let reply = browser.send("GET", &url, &[("X-Forwarded-For", forwarded_for)], "");
    reply.sent("error_description").unwrap()
}

#[test]
fn an_address_is_believed_of_trusted_proxies_alone() {
    let server = Server::start();
    assert_eq!(seen(&server, "198.51.100.7"), "127.0.0.1");
    let folder = tenant();
    let toml = "[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n";
    fs::write(folder.path().join("postlogin.toml"), toml).unwrap();
    let server = Server::of(folder);
    assert_eq!(seen(&server, "192.0.2.1, 198.51.100.7, 10.1.1.1"), "198.51.100.7");
}

#[test]
fn the_start_says_that_a_proxy_has_to_be_named() {
    let said = |toml: &str, url: &str| {
        let folder = tenant();
        fs::write(folder.path().join("postlogin.toml"), toml).unwrap();
        let mut server = Server::with(folder, &["--url", url, "--admin-listen", "127.0.0.1:0"]);
        assert!(server.end().success());
        format!("{:?}", server.log()).contains("trusted_proxies")
    };
    assert!(said("", "https://id.example/"));
    assert!(!said(
        "[server]\ntrusted_proxies = [\"10.0.0.7\"]\n",
        "https://id.example/"
    ));
    assert!(!said("", "http://localhost:8420/"));
}

#[test]
fn whoever_hands_on_another_host_is_told_what_to_hand_on() {
    let server = Server::start();
    let url = format!("{}authorize", server.url);
    let reply = Browser::default().send("GET", &url, &[("Host", "127.0.0.1:1")], "");
    assert_eq!(reply.status, 421);
    for part in [&*server.url, "proxy_set_header Host $http_host"] {
        assert!(reply.body.contains(part), "{}", reply.body);
    }
}
