//! What happens between the steps of a login: another user comes, a user is blocked, a code comes again.

use super::browser::{Browser, Reply};
use super::oidc::{VERIFIER, authorize, claims, exchange, redeem, redeemed};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put, tenant};
use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs;

const API: &str = "https://api.example/";
const FOR_API: &str = "&audience=https%3A%2F%2Fapi.example%2F";

fn served() -> Server {
    let folder = tenant();
    let api = json!({"name": "api", "identifier": API, "signing_alg": "RS256", "allow_offline_access": true});
    put(&folder, "resource-servers/api.json", &api);
    let web = json!({
        "name": "web", "client_id": "web", "client_secret": SECRET, "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    put(&folder, "clients/web.json", &web);
    let users: Value = serde_json::from_slice(&fs::read(folder.path().join("users.json")).unwrap()).unwrap();
    let mut users = users.as_array().unwrap().clone();
    for (number, name) in [(3, "bob"), (4, "cyd")] {
        let mut user = users[0].clone();
        user["user_id"] = format!("auth0|{number}").into();
        user["email"] = format!("{name}@example.org").into();
        users.push(user);
    }
    users[3]["organizations"] = json!(["acme"]);
    put(&folder, "users.json", &users.into());
    put(
        &folder,
        "organizations/acme.json",
        &json!({"name": "acme", "id": "org_1"}),
    );
    Server::of(folder)
}

fn code(server: &Server, browser: &mut Browser, name: &str, more: &str) -> String {
    let asked = browser.get(&authorize(server, more));
    let answer = browser.log_in(&asked, name, PASSWORD);
    answer.sent("code").unwrap_or_else(|| panic!("{answer:?}"))
}

fn users(server: &Server, words: &str) -> Value {
    let line = format!("users {words} --format json");
    postlogin(&line).from(server.folder.path()).run().exits(0).json()
}

fn is_dead(reply: &Reply) -> bool {
    (reply.status, reply.json()["error"].as_str()) == (400, Some("invalid_grant"))
}

fn refreshed(server: &Server, token: &Value) -> Reply {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().unwrap()),
    ];
    exchange(&mut Browser::default(), server, &fields)
}

/// What userinfo and introspection say of the access token: a status, and whether it is active.
fn said(server: &Server, tokens: &Value) -> (u16, Option<bool>) {
    let token = tokens["access_token"].as_str().unwrap();
    let (userinfo, bearer) = (format!("{}userinfo", server.url), format!("Bearer {token}"));
    let known = Browser::default().send("GET", &userinfo, &[("Authorization", &bearer)], "");
    let fields = [("client_id", "web"), ("client_secret", SECRET), ("token", token)];
    let introspected = Browser::default().post(&format!("{}oauth/introspect", server.url), &fields);
    (known.status, introspected.json()["active"].as_bool())
}

/// RT-13: the state that comes back counts in the session in which the user left, not in that of another user who has
/// logged in meanwhile.
#[test]
fn a_login_does_not_go_on_in_the_session_of_another_user() {
    let server = served();
    let browser = &mut Browser::default();
    let left = browser.get(&authorize(&server, "&ext-away=1"));
    let left = browser.log_in(&left, "ada@example.org", PASSWORD);
    let state = left.sent("state").unwrap();
    code(&server, browser, "bob@example.org", "&prompt=login");
    let url = format!("{}continue?state={state}&answer=yes", server.url);
    let refused = browser.get(&url);
    assert_eq!(
        (refused.status, refused.header("location")),
        (400, None),
        "{refused:?}"
    );
    // The same user with another session has not begun this login either.
    code(&server, browser, "ada@example.org", "&prompt=login");
    assert_eq!(browser.get(&url).status, 400);
    // A login in the session of the moment goes on.
    let state = browser
        .get(&authorize(&server, "&ext-away=1"))
        .sent("state")
        .unwrap();
    let answer = browser.get(&format!("{}continue?state={state}&answer=yes", server.url));
    let tokens = redeemed(&mut Browser::default(), &server, &answer.sent("code").unwrap());
    assert_eq!(claims(&tokens["id_token"])["sub"], "auth0|1");
}

/// A code is for whoever may still log in when it is presented.
#[test]
fn a_code_gives_nothing_once_its_user_or_session_was_ended() {
    let server = served();
    let application = &mut Browser::default();
    let blocked = code(&server, &mut Browser::default(), "ada@example.org", "");
    let unblocked = code(&server, &mut Browser::default(), "ada@example.org", "");
    users(&server, "block auth0|1");
    assert!(is_dead(&redeem(application, &server, &blocked, VERIFIER)));
    users(&server, "unblock auth0|1");
    assert!(is_dead(&redeem(application, &server, &unblocked, VERIFIER)));
    let deleted = code(&server, &mut Browser::default(), "bob@example.org", "");
    users(&server, "delete auth0|3");
    assert!(is_dead(&redeem(application, &server, &deleted, VERIFIER)));
    let ended = code(&server, &mut Browser::default(), "cyd@example.org", "");
    users(&server, "sessions auth0|4 --end all");
    assert!(is_dead(&redeem(application, &server, &ended, VERIFIER)));
    // A logout leaves refresh tokens alone, so it leaves alone what becomes one.
    let browser = &mut Browser::default();
    let left = code(&server, browser, "cyd@example.org", "");
    browser.get(&format!("{}v2/logout?client_id=web", server.url));
    let tokens = redeemed(application, &server, &left);
    assert_eq!(refreshed(&server, &tokens["refresh_token"]).status, 200);
    let checked = postlogin("store check --format json")
        .from(server.folder.path())
        .run();
    assert_eq!(checked.exits(0).json()["faults"], json!([]));
}

/// OP-07: what the first use of a code gave ends with the second, whichever kind of access token it was.
#[test]
fn a_code_that_comes_again_ends_what_it_gave() {
    let server = served();
    let application = &mut Browser::default();
    for more in ["", FOR_API] {
        let code = code(&server, &mut Browser::default(), "ada@example.org", more);
        let tokens = redeemed(application, &server, &code);
        assert_eq!(said(&server, &tokens), (200, Some(true)), "{more}");
        assert!(is_dead(&redeem(application, &server, &code, VERIFIER)));
        assert_eq!(said(&server, &tokens), (401, Some(false)), "{more}");
        assert!(is_dead(&refreshed(&server, &tokens["refresh_token"])));
    }
}

/// Nothing is said of a user who may not log in any more, whichever kind of access token is there.
#[test]
fn an_access_token_opens_nothing_once_its_user_is_blocked_or_deleted() {
    let server = served();
    for (name, end) in [("ada", "block auth0|1"), ("bob", "delete auth0|3")] {
        let tokens = ["", FOR_API].map(|more| {
            let code = code(
                &server,
                &mut Browser::default(),
                &format!("{name}@example.org"),
                more,
            );
            redeemed(&mut Browser::default(), &server, &code)
        });
        for tokens in &tokens {
            assert_eq!(said(&server, tokens), (200, Some(true)));
        }
        users(&server, end);
        for tokens in &tokens {
            assert_eq!(said(&server, tokens), (401, Some(false)), "{end}");
        }
    }
}

/// Who is blocked gets no session that would count once they are not, whatever the login comes to.
#[test]
fn a_blocked_user_begins_no_session() {
    let server = served();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    let tokens = redeemed(&mut Browser::default(), &server, &answer.sent("code").unwrap());
    users(&server, "block auth0|1");
    let hint = format!("&id_token_hint={}", tokens["id_token"].as_str().unwrap());
    for more in ["", &hint, "&organization=acme"] {
        let asked = browser.get(&authorize(&server, more));
        let refused = browser.log_in(&asked, "ada@example.org", PASSWORD);
        assert!(
            refused.sent("error").is_some() && refused.sent("code").is_none(),
            "{refused:?}"
        );
        assert_eq!(
            users(&server, "sessions auth0|1")["sessions"],
            json!([]),
            "{more}"
        );
    }
    users(&server, "unblock auth0|1");
    let silent = browser.get(&authorize(&server, "&prompt=none"));
    assert_eq!(silent.sent("error").as_deref(), Some("login_required"));
}

/// SE-05: the user was blocked, deleted, or got another password; no Action runs for one who is not there.
#[test]
fn se_05_no_exchange_for_a_user_who_may_not_log_in_any_more() {
    let server = served();
    let log_in = |name: &str| {
        let code = code(&server, &mut Browser::default(), name, "");
        redeemed(&mut Browser::default(), &server, &code)["refresh_token"].clone()
    };
    let runs = || {
        let log = server.log();
        log.iter().filter(|line| line.get("actions").is_some()).count()
    };
    let [ada, bob, cyd] = ["ada", "bob", "cyd"].map(|name| log_in(&format!("{name}@example.org")));
    assert_eq!(refreshed(&server, &ada).status, 200);
    users(&server, "block auth0|1");
    users(&server, "delete auth0|3");
    let other = json!([{"user_id": "auth0|4", "email": "cyd@example.org",
        "password_hash": "$2b$05$bbcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"}]);
    fs::write(server.folder.path().join("other.json"), other.to_string()).unwrap();
    users(&server, "import other.json --upsert");
    let before = runs();
    for token in [&ada, &bob, &cyd] {
        assert!(is_dead(&refreshed(&server, token)));
    }
    assert_eq!(runs(), before, "no Action has run");
    users(&server, "unblock auth0|1");
    assert!(is_dead(&refreshed(&server, &ada)), "what was ended stays ended");
}

/// Semantics 4.15: the service provider of a login that was overtaken gets a response that says so.
#[test]
fn a_service_provider_is_told_that_its_user_was_blocked_meanwhile() {
    let server = served();
    let browser = &mut Browser::default();
    code(&server, browser, "ada@example.org", "");
    let slow = format!("{}&ext-slow=3000", super::samlp::request(&server, "_1", ""));
    let page = std::thread::scope(|scope| {
        let asked = scope.spawn(|| browser.get(&slow));
        std::thread::sleep(std::time::Duration::from_secs(1));
        users(&server, "block auth0|1");
        asked.join().unwrap()
    });
    let xml = super::samlp::response(&page);
    assert!(
        xml.contains("status:RequestDenied")
            && xml.contains("InResponseTo=\"_1\"")
            && !xml.contains("<saml:Assertion"),
        "{xml}"
    );
    assert!(server.log().iter().any(|line| {
        line["event"] == "login_refused" && line["client_id"] == "pay" && line["user_id"] == "auth0|1"
    }));
}
