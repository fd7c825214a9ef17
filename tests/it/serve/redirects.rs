//! Redirects of Actions from `/authorize` to `/continue`: RT-01 to RT-04, and RT-12 to RT-21.

use super::browser::{Browser, Reply};
use super::oidc::{authorize, claims, exchange, redeemed};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put, tenant};
use crate::terminal::postlogin;
use chrono::Utc;
use serde_json::{Value, json};
use std::fs;
use std::thread;
use url::form_urlencoded::byte_serialize;

const ACTION: &str = r"
const secret = 'the secret that the other site knows, too';
const rows = (event, api) => {
  const cycle = {}; cycle.self = cycle;
  const many = {}; for (let i = 0; i < 10000; i += 1) many['m' + i] = 'v';
  const encode = (more) => () => api.redirect.encodeToken({ secret, payload: {}, ...more });
  const to = (...args) => () => api.redirect.sendUserTo(...args);
  return {
    'RT-01 missing': () => api.redirect.encodeToken({ payload: {} }),
    'RT-01 empty': encode({ secret: '' }), 'RT-01 number': encode({ secret: 5 }), 'RT-01 object': encode({ secret: {} }),
    'RT-02 0': encode({ expiresInSeconds: 0 }), 'RT-02 -1': encode({ expiresInSeconds: -1 }),
    'RT-02 0.5': encode({ expiresInSeconds: 0.5 }), 'RT-02 NaN': encode({ expiresInSeconds: NaN }),
    'RT-02 Infinity': encode({ expiresInSeconds: Infinity }), 'RT-02 text': encode({ expiresInSeconds: '60' }),
    'RT-02 1e12': encode({ expiresInSeconds: 1e12 }),
    'RT-03 missing': () => api.redirect.encodeToken({ secret }), 'RT-03 array': encode({ payload: [1] }),
    'RT-03 cycle': encode({ payload: cycle }), 'RT-03 BigInt': encode({ payload: { a: 1n } }),
    'RT-14 javascript': to('javascript:alert(1)'), 'RT-14 data': to('data:text/html,x'), 'RT-14 host': to('//evil.example'),
    'RT-14 path': to('/relative'), 'RT-14 empty': to(''), 'RT-14 http': to('http:'), 'RT-14 https': to('https://'),
    'RT-14 file': to('file:///etc/passwd'), 'RT-14 user': to('https://web.example@evil.example/'),
    'RT-14 backslash': to('https:\\\\evil.example'), 'RT-14 blob': to('blob:https://web.example/1'),
    'RT-15 CR LF': to('https://other.example/\r\nX-Injected: 1'), 'RT-15 LF': to('https://other.example/\nX-Injected: 1'),
    'RT-15 NUL': to('https://other.example/\0'), 'RT-15 tab': to('https://other.example/\tx'),
    'RT-15 half a character': to('https://other.example/\ud800'),
    'RT-17 1 MB': to('https://other.example/' + 'a'.repeat(1 << 20)), 'RT-17 10000': to('https://other.example/', { query: many }),
    'RT-20 validateToken': () => api.redirect.validateToken({ secret }),
    'RT-20 recordMethod': () => api.authentication.recordMethod('https://other.example/'),
  };
};
const claim = (api, value) => api.idToken.setCustomClaim('https://x/rows', value);
exports.onExecutePostLogin = async (event, api) => {
  const wish = { ...event.request.query, ...event.request.body };
  if (wish['ext-rows']) {
    const told = {};
    for (const [name, attempt] of Object.entries(rows(event, api))) {
      try { told[name] = { made: attempt() }; } catch (error) { told[name] = error instanceof Error ? error.message : { thrown: error }; }
    }
    claim(api, told);
  }
  if (wish['ext-payload']) claim(api, api.redirect.encodeToken({ secret, payload: JSON.parse(wish['ext-payload']) }));
  if (wish['ext-to']) {
    api.user.setAppMetadata('sent', wish['ext-to']);
    api.redirect.sendUserTo(wish['ext-to'], { query: JSON.parse(wish['ext-query'] || '{}') });
  }
};
exports.onContinuePostLogin = async (event, api) => {
  const { query, body } = event.request;
  if (query.again) return api.redirect.sendUserTo('https://other.example/again');
  api.user.setAppMetadata('back', (event.user.app_metadata.back || 0) + 1);
  try { claim(api, { passed: api.redirect.validateToken({ secret }) }); } catch (error) { claim(api, error.message); }
};";

pub(super) fn served() -> Server {
    let folder = tenant();
    let web = json!({
        "name": "web", "client_id": "web", "client_secret": SECRET, "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "password"],
    });
    put(&folder, "clients/web.json", &web);
    fs::write(folder.path().join("actions/a/code.js"), ACTION).unwrap();
    Server::of(folder)
}

/// A browser in which Ada is logged in.
pub(super) fn logged_in(server: &Server) -> Browser {
    let mut browser = Browser::default();
    let asked = browser.get(&authorize(server, ""));
    assert!(
        browser
            .log_in(&asked, "ada@example.org", PASSWORD)
            .sent("code")
            .is_some()
    );
    browser
}

fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// What the Action noted in a login that ends with this answer.
pub(super) fn told(server: &Server, answer: &Reply) -> Value {
    let code = answer.sent("code").unwrap_or_else(|| panic!("{answer:?}"));
    let tokens = redeemed(&mut Browser::default(), server, &code);
    claims(&tokens["id_token"])["https://x/rows"].clone()
}

/// Sends the user away; the state with which they come back.
pub(super) fn away(server: &Server, browser: &mut Browser) -> String {
    let left = browser.get(&authorize(server, "&ext-to=https%3A%2F%2Fother.example%2Fask"));
    assert!(
        left.header("location")
            .unwrap()
            .starts_with("https://other.example/ask?state=")
    );
    left.sent("state").unwrap()
}

fn metadata(server: &Server) -> Value {
    let line = "users show auth0|1 --format json";
    let shown = postlogin(line).from(server.folder.path()).run().exits(0).json();
    shown["app_metadata"].clone()
}

#[test]
fn what_an_action_may_not_ask_for_is_thrown_where_it_asks() {
    let server = served();
    let browser = &mut logged_in(&server);
    let rows = told(&server, &browser.get(&authorize(&server, "&ext-rows=1")));
    let rows = rows.as_object().unwrap();
    assert_eq!(rows.len(), 35, "{rows:?}");
    for (row, thrown) in rows {
        let text = thrown.as_str().unwrap_or_else(|| panic!("{row}: {thrown}"));
        let subject = match &row[..5] {
            "RT-01" => "encodeToken: options.secret must be",
            "RT-02" => "encodeToken: options.expiresInSeconds must be",
            "RT-03" => "encodeToken: options",
            "RT-14" | "RT-15" => "sendUserTo: url ",
            "RT-17" => "bytes long, the limit is 8192 bytes",
            _ => "this is only available in onContinuePostLogin",
        };
        assert!(
            text.starts_with("api.") && text.contains(subject),
            "{row}: {text}"
        );
    }
    // RT-04: another issuer may be named; who it is for and how long it counts may not.
    let payload = json!({"iss": "i", "sub": "auth0|2", "exp": 9e9, "iat": 1, "ip": "192.0.2.9", "state": "s", "f": null});
    let more = format!("&ext-payload={}", escaped(&payload.to_string()));
    let token = claims(&told(&server, &browser.get(&authorize(&server, &more))));
    assert_eq!(
        (&token["iss"], &token["sub"], &token["ip"], &token["state"]),
        (&json!("i"), &json!("auth0|1"), &json!("127.0.0.1"), &json!("s"))
    );
    let (issued, ends) = (token["iat"].as_i64().unwrap(), token["exp"].as_i64().unwrap());
    assert!(
        (Utc::now().timestamp() - issued).abs() < 60 && ends - issued == 900,
        "{token}"
    );
}

/// RT-15, RT-16: one Location, one state, the login's own.
#[test]
fn the_browser_is_sent_to_one_place_with_one_state() {
    let server = served();
    let browser = &mut logged_in(&server);
    let query = json!({"state": "mine", "a": "2 3&state=x", "b": "é\r\nX-Injected: 1"}).to_string();
    let sent = "a=2+3%26state%3Dx&b=%C3%A9%0D%0AX-Injected%3A+1&state=";
    for (url, before) in [
        ("https://other.example/a b", "https://other.example/a%20b?"),
        (
            "https://other.example/é中",
            "https://other.example/%C3%A9%E4%B8%AD?",
        ),
        (
            "https://other.example/?state=mine&a=1#top",
            "https://other.example/?",
        ),
        (
            "https://other.example/%0d%0aX-Injected:1",
            "https://other.example/%0d%0aX-Injected:1?",
        ),
    ] {
        let more = format!("&ext-to={}&ext-query={}", escaped(url), escaped(&query));
        let left = browser.get(&authorize(&server, &more));
        let places: Vec<_> = left
            .headers
            .iter()
            .filter(|(name, _)| name == "location")
            .collect();
        let [(_, place)] = places[..] else {
            panic!("{left:?}")
        };
        let rest = place
            .strip_prefix(before)
            .and_then(|rest| rest.strip_prefix(sent));
        let rest = rest.unwrap_or_else(|| panic!("{place}"));
        let state = rest.split('#').next().unwrap();
        assert!(
            state.len() == 43 && rest.ends_with("#top") == url.ends_with("#top"),
            "{place}"
        );
        assert!(left.header("x-injected").is_none(), "{left:?}");
        let back = browser.get(&format!("{}continue?state={state}", server.url));
        assert!(back.sent("code").is_some(), "{back:?}");
    }
}

/// RT-18: there is nobody whom a browser could send somewhere.
#[test]
fn without_a_user_in_front_of_it_nobody_is_sent_away() {
    let server = served();
    let browser = &mut logged_in(&server);
    let silent = browser.get(&authorize(
        &server,
        "&prompt=none&ext-to=https%3A%2F%2Fother.example%2F",
    ));
    assert_eq!(silent.sent("error").as_deref(), Some("interaction_required"));
    let code = browser.get(&authorize(&server, "")).sent("code").unwrap();
    let tokens = redeemed(&mut Browser::default(), &server, &code);
    let to = ("ext-to", "https://other.example/");
    let token = tokens["refresh_token"].as_str().unwrap();
    for fields in [
        vec![("grant_type", "refresh_token"), ("refresh_token", token), to],
        vec![
            ("grant_type", "password"),
            ("username", "ada@example.org"),
            ("password", PASSWORD),
            to,
        ],
    ] {
        let refused = exchange(&mut Browser::default(), &server, &fields);
        assert_eq!(
            (refused.status, refused.header("location")),
            (403, None),
            "{refused:?}"
        );
        assert_eq!(refused.json()["error"], "interaction_required");
    }
}

/// RT-19: the eleventh redirect ends the login; what it asked for before stays.
#[test]
fn a_login_is_sent_away_ten_times() {
    let server = served();
    let browser = &mut logged_in(&server);
    let mut state = away(&server, browser);
    for _ in 0..9 {
        let left = browser.get(&format!("{}continue?state={state}&again=1", server.url));
        assert!(
            left.header("location")
                .unwrap()
                .starts_with("https://other.example/again")
        );
        state = left.sent("state").unwrap();
    }
    let url = format!("{}continue?state={state}&again=1", server.url);
    let refused = browser.get(&url);
    assert_eq!(
        refused.sent("error").as_deref(),
        Some("access_denied"),
        "{refused:?}"
    );
    assert!(
        refused
            .sent("error_description")
            .unwrap()
            .contains("More than 10 redirects")
    );
    assert_eq!(browser.get(&url).status, 400, "the login is over");
    assert_eq!(metadata(&server)["sent"], "https://other.example/ask");
}

/// RT-21: of many who come back with one state one goes on, and the Action runs once.
#[test]
fn of_two_forms_with_one_state_one_goes_on() {
    let server = served();
    let mut browser = logged_in(&server);
    for expected in 1..=3 {
        let state = away(&server, &mut browser);
        let url = format!("{}continue?state={state}", server.url);
        let kept: Vec<_> = (0..8)
            .map(|_| browser.post(&url, &[("session_token", "x")]))
            .collect();
        let answers: Vec<Reply> = thread::scope(|scope| {
            let threads: Vec<_> = kept
                .iter()
                .map(|kept| {
                    let mut browser = browser.clone();
                    scope.spawn(move || browser.get(kept.header("location").unwrap()))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let issued = answers
            .iter()
            .filter(|answer| answer.sent("code").is_some())
            .count();
        let refused = answers.iter().filter(|answer| answer.status == 400).count();
        assert_eq!((issued, refused), (1, 7), "{answers:?}");
        assert_eq!(metadata(&server)["back"], expected);
    }
}
