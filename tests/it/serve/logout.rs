//! Logout that an application asks for. The eleven modules of RP-initiated logout are named where they stand.

use super::browser::{Browser, Reply};
use super::oidc::{VERIFIER, authorize, redeem};
use super::running::{PASSWORD, SECRET, Server, put, tenant};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::form_urlencoded::Serializer;

const OUT: &str = "https://web.example/out";

fn with_logout_urls() -> TempDir {
    let folder = tenant();
    let web = json!({
        "name": "web", "client_id": "web", "client_secret": SECRET, "app_type": "regular_web",
        "callbacks": [super::running::CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
        "allowed_logout_urls": [OUT], "refresh_token": {"rotation_type": "rotating", "leeway": 60},
    });
    put(&folder, "clients/web.json", &web);
    put(
        &folder,
        "tenant.json",
        &json!({"allowed_logout_urls": ["https://tenant.example/bye"]}),
    );
    folder
}

struct LoggedIn {
    browser: Browser,
    tokens: Value,
}

fn log_in(server: &Server) -> LoggedIn {
    let mut browser = Browser::default();
    let asked = browser.get(&authorize(server, ""));
    let code = browser
        .log_in(&asked, "ada@example.org", PASSWORD)
        .sent("code")
        .unwrap();
    let tokens = redeem(&mut Browser::default(), server, &code, VERIFIER).json();
    LoggedIn { browser, tokens }
}

impl LoggedIn {
    fn is_in(&mut self, server: &Server) -> bool {
        let reply = self.browser.get(&authorize(server, "&prompt=none"));
        match reply.sent("error").as_deref() {
            None => true,
            Some(error) => {
                assert_eq!(error, "login_required");
                false
            }
        }
    }

    fn hint(&self) -> String {
        self.tokens["id_token"].as_str().unwrap().to_owned()
    }
}

fn url(server: &Server, path: &str, fields: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{}{path}?{query}", server.url)
}

fn is_page(reply: &Reply, status: u16) -> bool {
    reply.status == status && reply.header("location").is_none()
}

#[test]
fn an_application_logs_its_user_out_and_gets_the_browser_back() {
    let server = Server::of(with_logout_urls());
    // oidcc-rp-initiated-logout
    let mut user = log_in(&server);
    assert!(user.is_in(&server));
    let hint = user.hint();
    let fields = [
        ("id_token_hint", &*hint),
        ("post_logout_redirect_uri", OUT),
        ("state", "a b"),
    ];
    let reply = user.browser.get(&url(&server, "oidc/logout", &fields));
    assert_eq!(reply.status, 303);
    assert_eq!(
        reply.header("location"),
        Some("https://web.example/out?state=a+b")
    );
    assert!(!user.is_in(&server));
    // The refresh token is for when the user is away; the access token was the session's.
    let refresh = user.tokens["refresh_token"].as_str().unwrap().to_owned();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    assert_eq!(
        super::oidc::exchange(&mut Browser::default(), &server, &fields).status,
        200
    );
    let bearer = format!("Bearer {}", user.tokens["access_token"].as_str().unwrap());
    let userinfo = format!("{}userinfo", server.url);
    let said = Browser::default().send("GET", &userinfo, &[("Authorization", &bearer)], "");
    assert_eq!(said.status, 401);

    // oidcc-rp-initiated-logout-no-state, and by POST of another site
    let mut user = log_in(&server);
    let form = [
        ("id_token_hint", &*user.hint()),
        ("post_logout_redirect_uri", OUT),
    ]
    .map(|(n, v)| (n, v.to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let kept = Browser::default().post(&format!("{}oidc/logout", server.url), &form);
    assert_eq!(kept.status, 303);
    let reply = user.browser.get(kept.header("location").unwrap());
    assert_eq!(reply.header("location"), Some(OUT));
    assert!(!user.is_in(&server));

    // oidcc-rp-initiated-logout-no-post-logout-redirect-uri
    let mut user = log_in(&server);
    let hint = user.hint();
    let reply = user
        .browser
        .get(&url(&server, "oidc/logout", &[("id_token_hint", &hint)]));
    assert!(is_page(&reply, 200), "{reply:?}");
    assert!(!user.is_in(&server));

    // oidcc-rp-initiated-logout-discovery-endpoint-verification
    let discovery = format!("{}.well-known/openid-configuration", server.url);
    let discovery = Browser::default().get(&discovery).json();
    assert_eq!(
        discovery["end_session_endpoint"],
        format!("{}oidc/logout", server.url)
    );
}

#[test]
fn op_24_nobody_is_sent_where_the_application_is_not_known() {
    let server = Server::of(with_logout_urls());
    let mut user = log_in(&server);
    let hint = user.hint();
    let mut altered = hint.clone();
    altered.replace_range(
        hint.len() - 6..hint.len() - 5,
        if &hint[hint.len() - 6..hint.len() - 5] == "A" {
            "B"
        } else {
            "A"
        },
    );
    let payload = hint.split('.').nth(1).unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
    let query = format!("{OUT}?foo=bar");
    for fields in [
        // oidcc-rp-initiated-logout-bad-post-logout-redirect-uri
        [
            ("id_token_hint", &*hint),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
        // oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri
        [("id_token_hint", &hint), ("post_logout_redirect_uri", &query)],
        // oidcc-rp-initiated-logout-modified-id-token-hint
        [("id_token_hint", &none), ("post_logout_redirect_uri", OUT)],
        // oidcc-rp-initiated-logout-bad-id-token-hint
        [("id_token_hint", &altered), ("post_logout_redirect_uri", OUT)],
        // oidcc-rp-initiated-logout-no-id-token-hint
        [("state", "s"), ("post_logout_redirect_uri", OUT)],
        [("client_id", "pay"), ("post_logout_redirect_uri", OUT)],
    ] {
        let reply = user.browser.get(&url(&server, "oidc/logout", &fields));
        assert!(is_page(&reply, 400), "{fields:?} {reply:?}");
        assert!(user.is_in(&server), "{fields:?}");
    }
    for fields in [
        [("returnTo", "https://evil.example/"), ("client_id", "web")],
        [("returnTo", OUT), ("federated", "")],
        [("returnTo", "https://tenant.example/bye"), ("client_id", "web")],
    ] {
        let reply = user.browser.get(&url(&server, "v2/logout", &fields));
        assert!(is_page(&reply, 400), "{fields:?} {reply:?}");
        assert!(user.is_in(&server));
    }
}

#[test]
fn op_21_without_a_hint_the_user_is_asked_and_the_form_counts_in_its_own_browser() {
    let server = Server::of(with_logout_urls());
    let ask = |user: &mut LoggedIn, fields: &[(&str, &str)]| {
        let asked = user.browser.get(&url(&server, "oidc/logout", fields));
        assert_eq!(asked.status, 303);
        let page = asked.header("location").unwrap().to_owned();
        assert!(page.contains("/u/logout?state="), "{page}");
        page
    };
    let posted = format!("{}u/logout", server.url);
    // oidcc-rp-initiated-logout-no-params, oidcc-rp-initiated-logout-only-state
    for (fields, to) in [
        (&[][..], None),
        (&[("state", "s")], None),
        (
            &[("client_id", "web"), ("post_logout_redirect_uri", OUT)],
            Some(OUT),
        ),
    ] {
        let mut user = log_in(&server);
        let address = ask(&mut user, fields);
        let page = user.browser.get(&address);
        assert_eq!(page.status, 200);
        assert!(
            page.header("content-security-policy")
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        let (state, token) = (page.field("state").unwrap(), page.field("token").unwrap());
        for wrong in ["", "x"] {
            let form = [("state", &*state), ("token", wrong)];
            assert_eq!(user.browser.post(&posted, &form).status, 403);
        }
        assert_eq!(Browser::default().get(&address).status, 400);
        assert!(user.is_in(&server));
        let reply = user
            .browser
            .post(&posted, &[("state", &state), ("token", &token)]);
        assert_eq!(reply.header("location"), to);
        assert_eq!(reply.status, if to.is_some() { 303 } else { 200 });
        assert!(!user.is_in(&server));
        let again = user
            .browser
            .post(&posted, &[("state", &state), ("token", &token)]);
        assert_eq!(again.status, 400);
    }
    // Of two people the form of one does nothing to the other.
    let (mut one, mut other) = (log_in(&server), log_in(&server));
    let address = ask(&mut other, &[]);
    let page = other.browser.get(&address);
    let form = [
        ("state", page.field("state").unwrap()),
        ("token", page.field("token").unwrap()),
    ];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(one.browser.post(&posted, &form).status, 400);
    assert!(one.is_in(&server) && other.is_in(&server));
    // A hint of somebody else's session is no proof.
    let hint = one.hint();
    let reply = other
        .browser
        .get(&url(&server, "oidc/logout", &[("id_token_hint", &hint)]));
    assert_eq!(reply.status, 200, "the same user: {reply:?}");
}

#[test]
fn the_older_form_logs_out_and_returns() {
    let server = Server::of(with_logout_urls());
    for (fields, to) in [
        (
            &[
                ("client_id", "web"),
                ("returnTo", "https://web.example/out?from=web"),
            ][..],
            "https://web.example/out?from=web",
        ),
        (&[("client_id", "web")], OUT),
        (
            &[("returnTo", "https://tenant.example/bye")],
            "https://tenant.example/bye",
        ),
        (&[], "https://tenant.example/bye"),
    ] {
        let mut user = log_in(&server);
        let reply = user.browser.get(&url(&server, "v2/logout", fields));
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, Some(to)),
            "{fields:?}"
        );
        assert!(!user.is_in(&server));
    }
}

#[test]
fn a_service_provider_that_sends_its_user_to_log_out_has_the_user_asked() {
    let server = Server::of(with_logout_urls());
    let address = url(
        &server,
        "samlp/pay/logout",
        &[("SAMLRequest", "x"), ("RelayState", OUT)],
    );
    let nobody = Browser::default().get(&address);
    assert!(is_page(&nobody, 200), "{nobody:?}");
    let mut user = log_in(&server);
    let form = [("SAMLRequest", "x"), ("RelayState", OUT)];
    let posted = user
        .browser
        .post(&format!("{}samlp/pay/logout", server.url), &form);
    let by_form = posted.header("location").unwrap().to_owned();
    for address in [address, by_form] {
        let asked = user.browser.get(&address);
        let page = asked.header("location").unwrap().to_owned();
        assert!(page.contains("/u/logout?state="), "{page}");
        assert!(user.is_in(&server));
        let page = user.browser.get(&page);
        let fields = ["state", "token"].map(|name| (name, page.field(name).unwrap()));
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let reply = user.browser.post(&format!("{}u/logout", server.url), &fields);
        assert!(is_page(&reply, 200), "{reply:?}");
        assert!(!user.is_in(&server));
        let asked = user.browser.get(&authorize(&server, ""));
        user.browser.log_in(&asked, "ada@example.org", PASSWORD);
    }
    let elsewhere = user.browser.get(&url(&server, "samlp/web/logout", &[]));
    assert!(is_page(&elsewhere, 404), "{elsewhere:?}");
    assert!(user.is_in(&server));
}

/// RFC 3986 section 2: a `Location` is ASCII, and what is compared with the registered URL is the URL as it came.
#[test]
fn a_place_that_is_no_ascii_is_escaped_where_the_browser_is_sent_there() {
    let folder = with_logout_urls();
    let callback = "https://b\u{fc}cher.example/zur\u{fc}ck?a=\u{e9}";
    let web = json!({
        "name": "web", "client_id": "web", "client_secret": SECRET, "app_type": "regular_web",
        "callbacks": [super::running::CALLBACK, callback], "grant_types": ["authorization_code", "refresh_token"],
        "allowed_logout_urls": [OUT, "https://web.example/tsch\u{fc}ss"],
    });
    put(&folder, "clients/web.json", &web);
    let server = Server::of(folder);
    for (path, name, to, sent) in [
        (
            "v2/logout",
            "returnTo",
            "https://web.example/out?from=M\u{fc}nchen 1",
            None,
        ),
        (
            "v2/logout",
            "returnTo",
            "https://web.example/out?from=M\u{fc}nchen%201",
            Some("https://web.example/out?from=M%C3%BCnchen%201"),
        ),
        (
            "oidc/logout",
            "post_logout_redirect_uri",
            "https://web.example/tsch\u{fc}ss",
            Some("https://web.example/tsch%C3%BCss?state=%C3%A9"),
        ),
        // The comparison is byte by byte, so the escaped form is another URL.
        (
            "oidc/logout",
            "post_logout_redirect_uri",
            "https://web.example/tsch%C3%BCss",
            None,
        ),
    ] {
        let fields = [("client_id", "web"), (name, to), ("state", "\u{e9}")];
        let reply = Browser::default().get(&url(&server, path, &fields));
        assert_eq!(reply.header("location"), sent, "{path} {to}: {reply:?}");
    }
    let escaped = Serializer::new(String::new())
        .append_pair("redirect_uri", callback)
        .finish();
    let asked =
        authorize(&server, "&prompt=none").replace("redirect_uri=https%3A%2F%2Fweb.example%2Fcb", &escaped);
    let reply = Browser::default().get(&asked);
    let place = reply.header("location").unwrap();
    assert!(
        place.starts_with("https://xn--bcher-kva.example/zur%C3%BCck?a=%C3%A9&error=login_required"),
        "{place}"
    );
}
