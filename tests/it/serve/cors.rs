//! Scripts of other origins.

use super::browser::{Browser, Reply};
use super::oidc::authorize;
use super::running::{SECRET, Server, put, tenant};
use serde_json::json;

const ALLOWED: &str = "access-control-allow-origin";

fn started() -> Server {
    let folder = tenant();
    let spa = json!({
        "name": "spa", "client_id": "spa", "app_type": "spa", "callbacks": ["https://spa.example/cb"],
        "web_origins": ["https://scripts.example"], "grant_types": ["authorization_code", "refresh_token"],
    });
    put(&folder, "clients/spa.json", &spa);
    Server::of(folder)
}

fn send(server: &Server, method: &str, path: &str, origin: &str, body: &str) -> Reply {
    let headers = [
        ("Origin", origin),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Access-Control-Request-Method", "POST"),
    ];
    Browser::default().send(method, &format!("{}{path}", server.url), &headers, body)
}

#[test]
fn op_20_a_preflight_is_for_origins_of_any_client() {
    let server = started();
    for path in ["oauth/token", "oauth/revoke", "userinfo"] {
        for origin in [
            "https://scripts.example",
            "https://spa.example",
            "https://web.example",
        ] {
            let reply = send(&server, "OPTIONS", path, origin, "");
            assert_eq!(
                (reply.status, reply.header(ALLOWED)),
                (204, Some(origin)),
                "{path} {origin}"
            );
            assert!(
                reply
                    .header("access-control-allow-methods")
                    .unwrap()
                    .contains("POST")
            );
            let headers = reply.header("access-control-allow-headers").unwrap();
            for name in ["authorization", "content-type", "auth0-client", "dpop"] {
                assert!(headers.contains(name), "{headers}");
            }
            assert_eq!(reply.header("access-control-allow-credentials"), None);
            assert_eq!(reply.header("vary"), Some("origin"));
        }
        for origin in [
            "https://evil.example",
            "null",
            "*",
            "https://spa.example.evil.example",
        ] {
            assert_eq!(
                send(&server, "OPTIONS", path, origin, "").header(ALLOWED),
                None,
                "{path} {origin}"
            );
        }
    }
}

#[test]
fn op_20_scripts_read_what_their_own_client_is_answered() {
    let server = started();
    let of_spa = "client_id=spa&grant_type=refresh_token&refresh_token=x";
    let of_web = format!("client_id=web&client_secret={SECRET}&grant_type=refresh_token&refresh_token=x");
    for (body, origin, allowed) in [
        (of_spa, "https://scripts.example", true),
        (of_spa, "https://spa.example", true),
        (of_spa, "https://web.example", false),
        (of_spa, "https://evil.example", false),
        (&of_web, "https://web.example", true),
        (&of_web, "https://spa.example", false),
        (
            "client_id=nobody&grant_type=refresh_token",
            "https://spa.example",
            false,
        ),
    ] {
        let reply = send(&server, "POST", "oauth/token", origin, body);
        assert_eq!(
            reply.header(ALLOWED),
            allowed.then_some(origin),
            "{body} {origin}"
        );
        assert!(reply.status >= 400);
    }
    let revoked = send(
        &server,
        "POST",
        "oauth/revoke",
        "https://spa.example",
        "client_id=spa&token=x",
    );
    assert_eq!(
        (revoked.status, revoked.header(ALLOWED)),
        (200, Some("https://spa.example"))
    );

    // Public documents are for everybody; where people are, no script reads anything.
    for path in [".well-known/openid-configuration", ".well-known/jwks.json"] {
        assert_eq!(
            send(&server, "GET", path, "https://evil.example", "").header(ALLOWED),
            Some("*")
        );
    }
    let query = authorize(&server, "");
    let query = query.strip_prefix(&server.url).unwrap();
    for (method, path) in [
        ("OPTIONS", "authorize"),
        ("GET", query),
        ("OPTIONS", "u/login"),
        ("GET", "u/login"),
        ("OPTIONS", "oidc/logout"),
        ("OPTIONS", "api/issue"),
        ("OPTIONS", "oauth/introspect"),
    ] {
        let reply = send(&server, method, path, "https://spa.example", "");
        assert_eq!(reply.header(ALLOWED), None, "{method} {path}");
    }
}

/// Server 2: what is wrong with a call that does not say whose it is, scripts of any client may read, as with a preflight.
#[test]
fn op_20_scripts_read_what_is_wrong_with_a_call_that_cannot_be_read() {
    let server = started();
    let form = "application/x-www-form-urlencoded";
    let long = format!("client_id=spa&token={}", "x".repeat(65 << 10));
    let calls = [
        ("POST", "oauth/token", "text/plain", "client_id=spa", 400),
        (
            "POST",
            "oauth/token",
            "application/x-www-form-urlencoded; charset=utf-16",
            "client_id=spa",
            400,
        ),
        ("POST", "oauth/token", "application/json", "{\"client_id\":", 400),
        ("POST", "oauth/token", form, "client_id=spa&client_id=spa", 400),
        ("POST", "oauth/token", form, "client_id=%ff", 400),
        ("POST", "oauth/token", form, "", 401),
        ("POST", "oauth/token", form, &long, 413),
        ("POST", "oauth/revoke", form, &long, 413),
        ("POST", "oauth/revoke", "text/plain", "client_id=spa", 400),
        ("GET", "oauth/token", form, "", 405),
        ("PUT", "userinfo", form, "", 405),
        ("GET", "userinfo", form, "", 401),
        ("POST", "userinfo", form, "access_token=unknown", 401),
        ("POST", "userinfo?access_token=a", form, &long, 413),
    ];
    for (method, path, kind, body, status) in calls {
        for (origin, allowed) in [
            ("https://scripts.example", true),
            ("https://web.example", true),
            ("https://evil.example", false),
        ] {
            let headers = [("Origin", origin), ("Content-Type", kind)];
            let url = format!("{}{path}", server.url);
            let reply = Browser::default().send(method, &url, &headers, body);
            assert_eq!(
                (reply.status, reply.header(ALLOWED), reply.header("vary")),
                (status, allowed.then_some(origin), Some("origin")),
                "{method} {path} {kind} {origin}"
            );
        }
    }
    // Parameters that can be read say whose call it is, whatever else is wrong.
    let twice = "client_id=spa&grant_type=refresh_token&grant_type=refresh_token";
    for (origin, allowed) in [("https://spa.example", true), ("https://web.example", false)] {
        let reply = send(&server, "POST", "oauth/token", origin, twice);
        assert_eq!(
            (reply.status, reply.header(ALLOWED)),
            (400, allowed.then_some(origin))
        );
    }
    // Where no script calls, none reads.
    for path in ["oauth/introspect", "authorize"] {
        let reply = send(&server, "POST", path, "https://spa.example", &long);
        assert_eq!((reply.status, reply.header(ALLOWED)), (413, None), "{path}");
    }
}

#[test]
fn what_everybody_may_read_is_read_with_headers_of_a_library_too_and_not_written() {
    let server = started();
    for path in [".well-known/openid-configuration", ".well-known/jwks.json"] {
        let preflight = send(&server, "OPTIONS", path, "https://spa.example", "");
        assert_eq!(
            (preflight.status, preflight.header(ALLOWED)),
            (204, Some("https://spa.example"))
        );
        assert!(
            preflight
                .header("access-control-allow-headers")
                .unwrap()
                .contains("auth0-client")
        );
        let head = send(&server, "HEAD", path, "https://spa.example", "");
        assert_eq!((head.status, &*head.body), (200, ""));
        let written = send(&server, "POST", path, "https://spa.example", "a=b");
        assert_eq!(
            (written.status, written.header("allow")),
            (405, Some("GET, HEAD, OPTIONS"))
        );
    }
}
