//! What a user is asked before an application of somebody else gets it.

use super::browser::{Browser, Reply};
use super::machine::write;
use super::running::{PASSWORD, Server, tenant};
use super::samlp::{request, response};
use serde_json::json;
use std::fs;

const CALLBACK: &str = "https://notes.example/cb";
const API: &str = "https://api.example/";
const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  api.accessToken.addScope('added');
  api.user.setAppMetadata('ran', (event.user.app_metadata.ran || 0) + 1);
};";

fn served() -> Server {
    let folder = tenant();
    write(
        &folder,
        "clients/notes.json",
        &json!({
            "name": "Notes & more", "client_id": "notes", "client_secret": "a-secret-of-somebody-else-for-tests",
            "app_type": "regular_web", "callbacks": [CALLBACK], "is_first_party": false,
            "grant_types": ["authorization_code", "implicit"],
        }),
    );
    write(
        &folder,
        "clients/pay.json",
        &json!({
            "name": "Pay", "client_id": "pay", "callbacks": ["https://pay.example/acs"], "is_first_party": false,
            "addons": {"samlp": {"audience": "https://pay.example"}},
        }),
    );
    write(
        &folder,
        "resource-servers/api.json",
        &json!({
            "name": "Library", "identifier": API,
            "scopes": [{"value": "read:books", "description": "read your <books>"}, {"value": "write:books"}],
        }),
    );
    let connection = json!({"name": "db", "assign_membership_on_login": true});
    write(
        &folder,
        "organizations/acme.json",
        &json!({"name": "acme", "id": "org_1", "connections": [connection]}),
    );
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    Server::of(folder)
}

fn authorize(server: &Server, more: &str) -> String {
    let callback = "https%3A%2F%2Fnotes.example%2Fcb";
    format!(
        "{}authorize?client_id=notes&response_type=code&redirect_uri={callback}&state=s{more}",
        server.url
    )
}

const SCOPES: &str = "&audience=https%3A%2F%2Fapi.example%2F&scope=openid+read%3Abooks+write%3Abooks";

fn decide(browser: &mut Browser, page: &Reply, action: &str, url: &str) -> Reply {
    let (state, token) = (page.field("state").unwrap(), page.field("token").unwrap());
    let fields = [("state", &*state), ("token", &*token), ("action", action)];
    browser.post(url, &fields)
}

#[test]
fn the_user_of_an_application_of_others_is_asked_once() {
    let server = served();
    let (url, browser) = (format!("{}u/consent", server.url), &mut Browser::default());
    let asked = browser.get(&authorize(&server, SCOPES));
    let wait = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let place = wait.header("location").unwrap().to_owned();
    assert!(place.starts_with(&format!("{url}?state=")), "{wait:?}");

    // Silently nothing is asked, and nothing given.
    let silent = browser.get(&authorize(&server, &format!("{SCOPES}&prompt=none")));
    assert_eq!(silent.sent("error").as_deref(), Some("consent_required"));

    let page = browser.get(&place);
    assert_eq!(page.status, 200);
    for text in [
        "<h1>Notes &amp; more asks for access</h1>",
        "ada@example.org",
        "<li>know who you are</li>",
        "<li>read your &lt;books&gt;</li>",
        "<li>use “write:books” at Library</li>",
        "name=\"action\" value=\"accept\"",
        "name=\"action\" value=\"deny\"",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("added"), "{}", page.body);

    // OP-21: another browser, no token, and a foreign one change nothing.
    assert_eq!(Browser::default().get(&place).status, 400);
    let state = page.field("state").unwrap();
    for fields in [
        vec![("state", &*state), ("action", "accept")],
        vec![("state", &*state), ("action", "accept"), ("token", "foreign")],
    ] {
        assert_eq!(browser.post(&url, &fields).status, 403);
    }
    assert_eq!(decide(browser, &page, "other", &url).status, 400);

    let answer = decide(browser, &page, "accept", &url);
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.sent("code").is_some(), "{answer:?}");
    assert_eq!(answer.sent("state").as_deref(), Some("s"));
    assert_eq!(decide(browser, &page, "accept", &url).status, 400);

    // It is remembered, also for fewer scopes; more are asked for again, and all with prompt=consent.
    for more in [SCOPES, "&audience=https%3A%2F%2Fapi.example%2F&scope=openid"] {
        let silent = browser.get(&authorize(&server, &format!("{more}&prompt=none")));
        assert!(silent.sent("code").is_some(), "{silent:?}");
    }
    for more in ["&scope=openid", &format!("{SCOPES}&prompt=consent")] {
        let again = browser.get(&authorize(&server, more));
        assert!(
            again.header("location").unwrap().starts_with(&url),
            "{more}: {again:?}"
        );
    }
}

#[test]
fn whoever_does_not_agree_sends_the_application_away_and_nothing_is_kept() {
    let server = served();
    let (url, browser) = (format!("{}u/consent", server.url), &mut Browser::default());
    let asked = browser.get(&authorize(&server, SCOPES));
    let wait = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let page = browser.get(wait.header("location").unwrap());
    let answer = decide(browser, &page, "deny", &url);
    assert_eq!(answer.sent("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.sent("code"), None);
    assert_eq!(decide(browser, &page, "accept", &url).status, 400);
    let path = server.folder.path().join(".postlogin/postlogin.db");
    let store = rusqlite::Connection::open(path).unwrap();
    let of = |sql| {
        store
            .query_row::<String, _, _>(sql, [], |row| row.get(0))
            .unwrap()
    };
    let profile = of("SELECT profile FROM users WHERE user_id = 'auth0|1'");
    assert!(!profile.contains("\"ran\""), "{profile}");
    let asked_again = browser.get(&authorize(&server, SCOPES));
    assert!(asked_again.header("location").unwrap().starts_with(&url));
}

#[test]
fn tokens_in_the_answer_itself_wait_for_consent_too() {
    let server = served();
    let (url, browser) = (format!("{}u/consent", server.url), &mut Browser::default());
    let implicit =
        authorize(&server, "&scope=openid&nonce=n").replace("response_type=code", "response_type=id_token");
    let asked = browser.get(&implicit);
    let wait = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let page = browser.get(wait.header("location").unwrap());
    let answer = decide(browser, &page, "accept", &url);
    assert!(
        answer.header("location").unwrap().contains("#id_token="),
        "{answer:?}"
    );
}

/// Who asks for nothing learns who the user is, so the user is asked for that, once.
#[test]
fn an_application_without_scopes_is_asked_for_too() {
    let server = served();
    let (url, browser) = (format!("{}u/consent", server.url), &mut Browser::default());
    let asked = browser.get(&authorize(&server, ""));
    let wait = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let place = wait.header("location").unwrap().to_owned();
    assert!(place.starts_with(&format!("{url}?state=")), "{wait:?}");
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert_eq!(silent.sent("error").as_deref(), Some("consent_required"));
    for (language, title, may) in [
        ("en", "Notes &amp; more wants to log you in", "know who you are"),
        (
            "de",
            "Notes &amp; more möchte Sie anmelden",
            "erfahren, wer Sie sind",
        ),
        (
            "fr",
            "Notes &amp; more souhaite vous connecter",
            "savoir qui vous êtes",
        ),
        (
            "es",
            "Notes &amp; more quiere iniciar su sesión",
            "saber quién es usted",
        ),
        (
            "ja",
            "Notes &amp; more があなたのログインを求めています",
            "あなたが誰であるかを確認する",
        ),
    ] {
        let page = browser.send("GET", &place, &[("Accept-Language", language)], "");
        for text in [format!("<h1>{title}</h1>"), format!("<li>{may}</li>")] {
            assert!(page.body.contains(&text), "{text}: {}", page.body);
        }
    }
    let page = browser.get(&place);
    let answer = decide(browser, &page, "accept", &url);
    assert!(answer.sent("code").is_some(), "{answer:?}");
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert!(silent.sent("code").is_some(), "{silent:?}");
    // That says nothing of an API, nor of scopes.
    let of_api = "&audience=https%3A%2F%2Fapi.example%2F";
    for (more, text) in [
        (of_api, "<li>call Library as you</li>"),
        ("&scope=openid+email", "<li>see your email address</li>"),
    ] {
        let wait = browser.get(&authorize(&server, more));
        let page = browser.get(wait.header("location").unwrap());
        assert!(page.body.contains(text), "{more}: {}", page.body);
    }
}

/// A service provider of somebody else gets no profile before its user was asked.
#[test]
fn a_service_provider_of_others_is_asked_for_too() {
    let server = served();
    let (url, browser) = (format!("{}u/consent", server.url), &mut Browser::default());
    let asked = browser.get(&request(&server, "_1", ""));
    let wait = browser.log_in(&asked, "ada@example.org", PASSWORD);
    assert!(wait.header("location").unwrap().starts_with(&url), "{wait:?}");
    let passive = browser.get(&request(&server, "_2", "IsPassive=\"true\""));
    let xml = response(&passive);
    assert!(
        xml.contains("status:NoPassive") && !xml.contains("<saml:Assertion"),
        "{xml}"
    );
    let page = browser.get(wait.header("location").unwrap());
    assert!(
        page.body.contains("<h1>Pay wants to log you in</h1>"),
        "{}",
        page.body
    );
    assert!(
        page.body
            .contains("<li>see your name, your picture and the rest of your profile</li>"),
        "{}",
        page.body
    );
    let xml = response(&decide(browser, &page, "deny", &url));
    assert!(
        xml.contains("status:RequestDenied")
            && xml.contains("InResponseTo=\"_1\"")
            && !xml.contains("<saml:Assertion"),
        "{xml}"
    );
    let wait = browser.get(&request(&server, "_3", ""));
    let page = browser.get(wait.header("location").unwrap());
    let xml = response(&decide(browser, &page, "accept", &url));
    assert!(
        xml.contains("<saml:Assertion") && xml.contains("InResponseTo=\"_3\""),
        "{xml}"
    );
    let xml = response(&browser.get(&request(&server, "_4", "IsPassive=\"true\"")));
    assert!(xml.contains("<saml:Assertion"), "{xml}");
    // What a service provider gets is another thing than what an application gets.
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert_eq!(silent.sent("error").as_deref(), Some("consent_required"));
}

/// The page may have waited for an hour.
#[test]
fn whoever_consents_is_held_to_the_tenant_of_that_moment() {
    let server = served();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, &format!("{SCOPES}&organization=acme")));
    let wait = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let of_organization = browser.get(wait.header("location").unwrap());
    let acs = "https://pay.example/acs";
    let more = format!("AssertionConsumerServiceURL=\"{acs}\"");
    let wait = browser.get(&request(&server, "_1", &more));
    let of_provider = browser.get(wait.header("location").unwrap());
    for page in [&of_organization, &of_provider] {
        assert_eq!(page.status, 200, "{page:?}");
    }
    let server = server.again(|folder| {
        for (file, from, to) in [
            (
                "organizations/acme.json",
                ",\"assign_membership_on_login\":true",
                "",
            ),
            ("clients/pay.json", acs, "https://pay.example/another"),
        ] {
            let file = folder.path().join(file);
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.contains(from), "{text}");
            fs::write(&file, text.replace(from, to)).unwrap();
        }
    });
    let url = format!("{}u/consent", server.url);
    let refused = decide(browser, &of_organization, "accept", &url);
    assert_eq!(
        refused.sent("error").as_deref(),
        Some("access_denied"),
        "{refused:?}"
    );
    let refused = decide(browser, &of_provider, "accept", &url);
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(refused.field("SAMLResponse"), None);
}
