use super::browser::Browser;
use super::oidc::authorize;
use super::running::{PASSWORD, Server};

#[test]
fn what_is_measured_is_read_at_the_admin_address_alone() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    browser.log_in(&asked, "ada@example.org", "wrong");
    browser.log_in(&asked, "ada@example.org", PASSWORD);
    browser.get(&format!("{}samlp/of-nobody", server.url));
    for path in ["x", "y/z", "metrics"] {
        assert_eq!(browser.get(&format!("{}{path}", server.url)).status, 404);
    }
    let reply = browser.get(&format!("{}metrics", server.admin));
    assert_eq!(
        reply.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    for line in [
        "postlogin_logins_total{protocol=\"oidc-basic-profile\",outcome=\"issued\"} 1",
        "postlogin_logins_total{protocol=\"oidc-basic-profile\",outcome=\"refused\"} 1",
        "postlogin_action_seconds_count{action=\"a\"} 1",
        "postlogin_http_seconds_count{route=\"/u/login\",status=\"303\"} 1",
        "postlogin_http_seconds_count{route=\"(none)\",status=\"404\"} 3",
        "postlogin_http_seconds_count{route=\"/samlp/{client_id}\",status=\"404\"} 1",
        "postlogin_store_seconds_count{question=\"begin_session\"} 1",
        "postlogin_workers{state=\"idle\"} 1",
        "postlogin_hash_queue 0",
    ] {
        assert!(
            reply.body.lines().any(|known| known == line),
            "{line}\n{}",
            reply.body
        );
    }
}
