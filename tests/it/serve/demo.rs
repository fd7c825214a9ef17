//! `--demo`: the example application, the example service provider, the story of a login, and who may not reach them.

use super::browser::{Browser, Reply};
use super::oidc::authorize;
use super::running::{Server, put, tenant};
use std::process::Command;

const ADA: &str = "auth0|1";
const EVE: &str = "auth0|2";

fn demo() -> Server {
    Server::with(tenant(), &["--demo"])
}

/// Presses the button of a user on the login page that `asked` leads to.
fn press(browser: &mut Browser, server: &Server, asked: &Reply, user_id: &str) -> Reply {
    let page = browser.get(asked.header("location").unwrap());
    assert!(page.body.contains("Log in with one press"), "{}", page.body);
    let (state, token) = (page.field("state").unwrap(), page.field("token").unwrap());
    let fields = [("state", &*state), ("token", &*token), ("user_id", user_id)];
    browser.post(&format!("{}demo/login", server.url), &fields)
}

fn follow(browser: &mut Browser, reply: &Reply) -> Reply {
    browser.get(reply.header("location").unwrap_or_else(|| panic!("{reply:?}")))
}

/// Logs in to the example application, and returns the story.
fn story(browser: &mut Browser, server: &Server, user_id: &str, more: &str) -> Reply {
    let begun = browser.get(&format!("{}demo/app/login?client=web{more}", server.url));
    let asked = follow(browser, &begun);
    let answer = press(browser, server, &asked, user_id);
    let told = follow(browser, &answer);
    follow(browser, &told)
}

fn says(page: &Reply, texts: &[&str]) {
    for text in texts {
        assert!(page.body.contains(text), "{text} is not in {}", page.body);
    }
}

#[test]
fn a_login_to_the_example_application_is_told_with_its_tokens() {
    let server = demo();
    let browser = &mut Browser::default();
    let home = browser.get(&server.url);
    says(&follow(browser, &home), &["Example application"]);
    let page = browser.get(&format!("{}demo/app", server.url));
    says(
        &page,
        &[
            "Example application",
            ">web</option>",
            "can log in here as anybody",
        ],
    );
    let story = story(browser, &server, ADA, "");
    assert_eq!(story.status, 200);
    says(
        &story,
        &[
            "ada is logged in to web",
            "A new session began",
            "api.<b>idToken.setCustomClaim</b>(&quot;https:&#x2f;&#x2f;x&#x2f;logins&quot;, 1)",
            "line 4",
            "ID token",
            "Access token",
            "counts for",
            "user.app_metadata.last_client",
        ],
    );
    assert!(!story.body.contains("<script"));
    let overview = browser.get(&format!("{}demo", server.url));
    says(&overview, &["/demo/stories/", "ada, web", "eve@example.org"]);
}

#[test]
fn the_story_goes_on_with_userinfo_and_refresh() {
    let server = demo();
    let browser = &mut Browser::default();
    let told = story(browser, &server, ADA, "");
    says(&told, &["Ask for the profile", "Refresh the tokens"]);
    let id = told.field("story").unwrap();
    let next = |browser: &mut Browser, what: &str| {
        let done = browser.post(&format!("{}demo/app/{what}", server.url), &[("story", &*id)]);
        let address = done
            .header("location")
            .unwrap()
            .split('#')
            .next()
            .unwrap()
            .to_owned();
        browser.get(&address)
    };
    let profile = next(browser, "userinfo");
    says(
        &profile,
        &["Userinfo", "let the application know", "ada@example.org"],
    );
    let refreshed = next(browser, "refresh");
    says(
        &refreshed,
        &["The Actions ran again", "a refresh token among them", "(below)"],
    );
    // The tokens on the page are those of today: the refresh token before counts no more.
    says(&next(browser, "refresh"), &["The Actions ran again"]);
    let nobody = browser.post(&format!("{}demo/app/userinfo", server.url), &[("story", "x")]);
    says(&nobody, &["There is no such token"]);
    let denied = story(&mut Browser::default(), &server, EVE, "");
    assert!(!denied.body.contains("Ask for the profile"));
}

#[test]
fn one_session_serves_the_example_service_provider_too() {
    let server = demo();
    let browser = &mut Browser::default();
    story(browser, &server, ADA, "");
    let begun = browser.get(&format!("{}demo/sp/login?client=pay", server.url));
    let page = follow(browser, &begun);
    let (response, state) = (
        page.field("SAMLResponse").unwrap(),
        page.field("RelayState").unwrap(),
    );
    says(&page, &["can log in here as anybody", "demo/sp/acs"]);
    let fields = [("SAMLResponse", &*response), ("RelayState", &*state)];
    let acs = format!("{}demo/sp/acs", server.url);
    let stranger = Browser::default().post(&acs, &fields);
    says(&stranger, &["belongs to no login of this browser"]);
    let told = browser.post(&acs, &fields);
    let story = follow(browser, &told);
    says(
        &story,
        &[
            "ada is logged in to pay",
            "Nobody was asked",
            "single sign-on",
            "NameID",
            "saml:AttributeStatement",
        ],
    );
    says(
        &browser.post(&acs, &fields),
        &["belongs to no login of this browser"],
    );
    let changed = [("SAMLResponse", "PHg+"), ("RelayState", "")];
    says(
        &browser.post(&acs, &changed),
        &["belongs to no login of this browser"],
    );
}

/// A service provider of the tenant whose requests have to be signed: the example one has its own key for that.
#[test]
fn the_example_service_provider_signs_where_that_is_demanded() {
    let folder = tenant();
    let key = openssl::pkey::PKey::from_rsa(openssl::rsa::Rsa::generate(2048).unwrap()).unwrap();
    let mut certificate = openssl::x509::X509::builder().unwrap();
    let date = |days| openssl::asn1::Asn1Time::days_from_now(days).unwrap();
    certificate.set_not_before(&date(0)).unwrap();
    certificate.set_not_after(&date(9)).unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate
        .sign(&key, openssl::hash::MessageDigest::sha256())
        .unwrap();
    let pem = String::from_utf8(certificate.build().to_pem().unwrap()).unwrap();
    let client = serde_json::json!({
        "name": "pay", "client_id": "pay", "callbacks": ["https://pay.example/acs"],
        "addons": {"samlp": {"audience": "https://pay.example", "signingCert": pem}},
    });
    put(&folder, "clients/pay.json", &client);
    let server = Server::with(folder, &["--demo"]);
    let browser = &mut Browser::default();
    story(browser, &server, ADA, "");
    let begun = browser.get(&format!("{}demo/sp/login?client=pay", server.url));
    assert!(begun.sent("Signature").is_some(), "{begun:?}");
    let page = follow(browser, &begun);
    assert!(page.field("SAMLResponse").is_some(), "{page:?}");
}

#[test]
fn a_denial_is_told_with_its_reason_and_its_place() {
    let server = demo();
    let story = story(&mut Browser::default(), &server, EVE, "");
    says(
        &story,
        &[
            "eve was not let in to web",
            "suspended",
            "a, line 3",
            "access_denied",
            "and no token",
        ],
    );
}

#[test]
fn a_redirect_is_told_when_it_leaves_and_when_it_is_back() {
    let server = demo();
    let browser = &mut Browser::default();
    let begun = browser.get(&format!(
        "{}demo/app/login?client=web&more=ext-away%3D1",
        server.url
    ));
    let asked = follow(browser, &begun);
    let away = press(browser, &server, &asked, ADA);
    let overview = browser.get(&format!("{}demo", server.url));
    says(&overview, &["not over"]);
    let (_, id) = overview.body.split_once("/demo/stories/").unwrap();
    let address = format!("{}demo/stories/{}", server.url, &id[..22]);
    says(
        &browser.get(&address),
        &["is somewhere else", "https:&#x2f;&#x2f;other.example&#x2f;ask"],
    );
    let elsewhere = browser.get(&format!("{}demo/elsewhere?state=abc&token=t", server.url));
    assert_eq!(elsewhere.field("state").as_deref(), Some("abc"));
    let state = away.sent("state").unwrap();
    let back = browser.get(&format!("{}continue?state={state}&answer=42", server.url));
    let told = follow(browser, &back);
    assert_eq!(told.header("location"), Some(&*address));
    says(
        &browser.get(&address),
        &[
            "is logged in to web",
            "after coming back",
            "https:&#x2f;&#x2f;x&#x2f;answer",
        ],
    );
}

#[test]
fn an_answer_counts_once_and_in_the_browser_that_began() {
    let server = demo();
    let browser = &mut Browser::default();
    let begun = browser.get(&format!("{}demo/app/login?client=web", server.url));
    let asked = follow(browser, &begun);
    let answer = press(browser, &server, &asked, ADA);
    let strange = follow(&mut Browser::default(), &answer);
    says(&strange, &["belongs to no login of this browser"]);
    assert_eq!(follow(browser, &answer).status, 303);
    says(
        &follow(browser, &answer),
        &["belongs to no login of this browser"],
    );
}

#[test]
fn one_press_counts_in_the_browser_and_for_the_form_that_it_is_on() {
    let server = demo();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let page = browser.get(asked.header("location").unwrap());
    let (state, token) = (page.field("state").unwrap(), page.field("token").unwrap());
    let login = format!("{}demo/login", server.url);
    let fields = |token: &str, user_id: &str| {
        [
            ("state", state.clone()),
            ("token", token.to_owned()),
            ("user_id", user_id.to_owned()),
        ]
    };
    let post = |browser: &mut Browser, token: &str, user_id: &str| {
        let fields = fields(token, user_id);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        browser.post(&login, &fields)
    };
    says(&post(browser, "x", ADA), &["not from this login"]);
    says(
        &post(&mut Browser::default(), &token, ADA),
        &["not from this login"],
    );
    says(&post(browser, &token, "auth0|nobody"), &["no such user"]);
    assert!(post(browser, &token, ADA).sent("code").is_some());
    assert_eq!(browser.get(&login).status, 405);
}

#[test]
fn every_page_says_that_it_is_a_demo_and_health_is_on_the_main_address() {
    let server = demo();
    let browser = &mut Browser::default();
    for path in [
        "demo",
        "demo/app",
        "demo/sp",
        "demo/stories/x",
        "demo/elsewhere",
        "u/login?state=x",
        "authorize",
    ] {
        let page = browser.get(&format!("{}{path}", server.url));
        assert_eq!(
            page.body.matches("can log in here as anybody").count(),
            1,
            "{path}: {page:?}"
        );
        assert!(
            page.header("content-security-policy")
                .unwrap()
                .contains("default-src 'none'"),
            "{path}"
        );
    }
    for path in ["healthz", "readyz", "metrics"] {
        let url = format!("{}{path}", server.url);
        let reply = browser.send("GET", &url, &[("X-Request-Id", "probe.1")], "");
        assert_eq!(
            (reply.status, reply.header("x-request-id")),
            (200, Some("probe.1"))
        );
        let reply = browser.send("GET", &url, &[("Host", "evil.example")], "");
        assert_eq!(reply.status, 421, "{path}");
    }
    assert_eq!(browser.get(&format!("{}readyz", server.url)).status, 200);
}

#[test]
fn its_keys_and_its_store_are_its_own() {
    let folder = tenant();
    std::fs::write(
        folder.path().join("postlogin.toml"),
        "[keys]\ncurrent = \"not-there.key\"\n",
    )
    .unwrap();
    let server = Server::with(folder, &["--demo"]);
    let home = server.folder.path().join(".postlogin");
    assert!(home.join("demo").is_dir());
    assert!(
        !home.join("postlogin.db").exists()
            && !home.join("keys").exists()
            && !home.join("state.key").exists()
    );
}

#[test]
fn without_the_option_nothing_of_it_is_there() {
    let server = Server::start();
    let browser = &mut Browser::default();
    for path in ["demo", "demo/app", "demo/sp", "demo/stories/x", "healthz"] {
        assert_eq!(
            browser.get(&format!("{}{path}", server.url)).status,
            404,
            "{path}"
        );
    }
    let fields = [("state", "x"), ("token", "x"), ("user_id", ADA)];
    assert_eq!(
        browser.post(&format!("{}demo/login", server.url), &fields).status,
        404
    );
    let asked = browser.get(&authorize(&server, ""));
    let page = browser.get(asked.header("location").unwrap());
    assert!(
        !page.body.contains("one press") && !page.body.contains("postlogin-demo"),
        "{}",
        page.body
    );
}

#[test]
fn beside_what_others_can_reach_it_is_wrong_usage() {
    let folder = tenant();
    for more in [
        &["--listen", "0.0.0.0:0", "--url", "http://localhost:8420/"][..],
        &["--listen", "127.0.0.1:0", "--url", "https://id.example/"],
        &["--listen", "127.0.0.1:0", "--database", "sqlite:x.db"],
    ] {
        let done = Command::new(env!("CARGO_BIN_EXE_postlogin"))
            .args(["serve", "--demo", "--admin-listen", "127.0.0.1:0"])
            .arg(folder.path())
            .args(more)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{more:?}: {told}");
        assert!(done.stdout.is_empty() && told.contains("--demo"), "{told}");
    }
    assert!(!folder.path().join(".postlogin").exists());
}
