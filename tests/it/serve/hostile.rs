//! Rows of the catalogue of hostile requests, by their names.

use super::browser::Browser;
use super::oidc::{authorize, code_of_ada, redeemed};
use super::running::{PASSWORD, SECRET, Server};

#[test]
fn hostile_requests_get_what_the_catalogue_says() {
    let server = Server::start();
    let at = |path: &str| format!("{}{path}", server.url);
    let browser = &mut Browser::default();

    // OP-01, OP-02, OP-04: a page, and no redirect.
    for query in [
        "client_id=web&response_type=code&redirect_uri=https%3A%2F%2Fevil.example",
        "client_id=web&response_type=code&redirect_uri=https%3A%2F%2Fweb.example%2Fcb%2F",
        "client_id=nobody&response_type=code",
        "response_type=code",
        "client_id=%ff",
    ] {
        let reply = browser.get(&at(&format!("authorize?{query}")));
        assert_eq!((reply.status, reply.header("location")), (400, None), "{query}");
    }
    // OP-05, OP-06, OP-26.
    let reply = browser.get(&authorize(&server, "&scope=again"));
    assert_eq!(reply.sent("error").as_deref(), Some("invalid_request"));
    let token =
        "authorize?client_id=web&response_type=token&redirect_uri=https%3A%2F%2Fweb.example%2Fcb&state=s";
    let reply = browser.get(&at(token));
    assert!(
        reply
            .header("location")
            .unwrap()
            .contains("error=unauthorized_client")
    );

    // OP-21: a form without its token, or with that of another browser.
    let asked = browser.get(&authorize(&server, ""));
    let page = browser.get(asked.header("location").unwrap());
    let state = page.field("state").unwrap();
    let stranger = &mut Browser::default();
    let other = stranger.get(&authorize(&server, ""));
    let foreign = stranger
        .get(other.header("location").unwrap())
        .field("token")
        .unwrap();
    for token in ["", "x", &*foreign] {
        let fields = [
            ("state", &*state),
            ("token", token),
            ("username", "ada@example.org"),
            ("password", PASSWORD),
        ];
        assert_eq!(browser.post(&at("u/login"), &fields).status, 403, "{token}");
    }
    assert_eq!(stranger.get(asked.header("location").unwrap()).status, 400);

    // OP-22: pages are not framed, sniffed or kept.
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!page.body.contains("<script"));

    assert_eq!(browser.get(&format!("{}healthz", server.admin)).status, 200);
}

#[test]
fn what_is_no_request_of_an_application_is_refused() {
    let server = Server::start();
    let at = |path: &str| format!("{}{path}", server.url);
    let browser = &mut Browser::default();
    // OP-12, OP-25.
    let token = at("oauth/token");
    assert_eq!(browser.get(&token).status, 405);
    assert_eq!(
        browser.post(&token, &[("grant_type", "password")]).json()["error"],
        "invalid_client"
    );
    let known = [("client_id", "web"), ("client_secret", SECRET)];
    assert_eq!(browser.post(&token, &known).json()["error"], "invalid_request");
    let password = [
        ("client_id", "web"),
        ("client_secret", SECRET),
        ("grant_type", "password"),
    ];
    assert_eq!(
        browser.post(&token, &password).json()["error"],
        "unsupported_grant_type"
    );
    let twice = "{\"client_id\": \"web\", \"client_id\": \"web\"}";
    let reply = browser.send("POST", &token, &[("Content-Type", "application/json")], twice);
    assert_eq!(reply.json()["error"], "invalid_request");
    let reply = browser.post(&token, &[("client_id", "web"), ("client_secret", "wrong")]);
    assert_eq!(reply.status, 401);
    assert!(reply.header("www-authenticate").unwrap().starts_with("Basic"));

    // OP-20, another host, and what is not there.
    let preflight = browser.send(
        "OPTIONS",
        &at("authorize"),
        &[("Origin", "https://evil.example")],
        "",
    );
    assert_eq!(preflight.header("access-control-allow-origin"), None);
    let elsewhere = browser.send("GET", &at("authorize"), &[("Host", "evil.example")], "");
    assert_eq!(elsewhere.status, 421);
    // OP-06.
    let twice = browser.post(
        &token,
        &[
            ("client_id", "web"),
            ("client_secret", SECRET),
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("redirect_uri", "a"),
            ("redirect_uri", "b"),
        ],
    );
    assert_eq!(twice.json()["error"], "invalid_request");
    assert_eq!(browser.get(&at("nothing")).status, 404);
    let large = "x".repeat(70 << 10);
    assert_eq!(browser.send("POST", &token, &[], &large).status, 413);

    // OP-17, OP-18: what the state holds stays text.
    let state = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%0D%0ASet-Cookie%3A+a%3Db";
    let form = format!(
        "authorize?client_id=web&response_type=none&redirect_uri=https%3A%2F%2Fweb.example%2Fcb&state={state}"
    );
    let reply = browser.get(&at(&form));
    assert_eq!(
        reply.sent("state").as_deref(),
        Some("\"><script>alert(1)</script>\r\nSet-Cookie: a=b")
    );
    let silent = authorize(&server, "&prompt=none&response_mode=form_post")
        .replace("state=s+1", &format!("state={state}"));
    let reply = browser.get(&silent);
    assert_eq!(reply.status, 200);
    assert!(
        !reply.body.contains("<script>alert") && reply.body.contains("&lt;script&gt;"),
        "{}",
        reply.body
    );
}

/// What could be read in two ways is refused, not guessed.
#[test]
fn two_proofs_are_none() {
    let server = Server::start();
    let at = |path: &str| format!("{}{path}", server.url);
    let browser = &mut Browser::default();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("client_id=web&client_secret={SECRET}&grant_type=refresh_token&refresh_token=x");
    let basic = ("Authorization", "Basic d2ViOng=");
    for headers in [
        &[form, basic, basic][..],
        &[form, basic, ("Authorization", "Bearer x")],
    ] {
        for path in [
            "oauth/token",
            "oauth/revoke",
            "oauth/introspect",
            "userinfo",
            "api/issue",
        ] {
            assert_eq!(
                browser.send("POST", &at(path), headers, &body).status,
                400,
                "{path}"
            );
        }
    }
    let code = code_of_ada(browser, &server, "");
    let tokens = redeemed(&mut Browser::default(), &server, &code);
    let token = tokens["access_token"].as_str().unwrap();
    let bearer = format!("Bearer {token}");
    let (header, body) = (("Authorization", &*bearer), format!("access_token={token}"));
    let in_query = format!("{}?{body}", at("userinfo"));
    let application = &mut Browser::default();
    for reply in [
        application.send("POST", &at("userinfo"), &[form, header], &body),
        application.send("GET", &in_query, &[header], ""),
    ] {
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(
            reply
                .header("www-authenticate")
                .unwrap()
                .contains("error=\"invalid_request\"")
        );
    }
    let reply = application.get(&in_query);
    assert_eq!(reply.status, 401, "{reply:?}");
    assert!(
        reply.json()["error_description"]
            .as_str()
            .unwrap()
            .contains("header Authorization")
    );
    for reply in [
        application.send("POST", &at("userinfo"), &[form], &body),
        application.send("POST", &at("userinfo"), &[form, header], ""),
        application.send("GET", &at("userinfo"), &[header], ""),
    ] {
        assert_eq!(reply.json()["sub"], "auth0|1");
    }
    // What is published is read, and nothing else.
    for method in ["POST", "PUT", "DELETE", "TRACE"] {
        let reply = browser.send(method, &at(".well-known/jwks.json"), &[], "");
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{method}"
        );
    }
}
