//! Access tokens end with the refresh family and the session that they were given with, once somebody ends one of these
//! (RFC 7009 section 2.1). What is over by itself ends no access token.

mod later;

use super::browser::{Browser, Reply};
use super::machine::{Machine, machine_tenant};
use super::oidc::{VERIFIER, authorize, claims, exchange, redeem, redeemed};
use super::running::{CALLBACK, PASSWORD, SECRET, Server, put};
use crate::terminal::postlogin;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::{self, RSA_OAEP_256};
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  const { query, body } = event.request;
  if (query['ext-revoke']) return api.session.revoke('ended', { preserveRefreshTokens: query['ext-revoke'] === 'keep' });
  if (body['ext-revoke']) return api.refreshToken.revoke('no more');
  if (query['ext-short']) {
    api.session.setExpiresAt(Date.now() + 1500);
    api.refreshToken.setExpiresAt(Date.now() + 1500);
  }
};";

/// The parameter that asks for an access token, and in which form it comes.
const FORMS: [(&str, Form); 3] = [
    ("", Form::Opaque),
    ("&audience=https%3A%2F%2Frfc.example", Form::Jwt),
    ("&audience=https%3A%2F%2Fsecret.example", Form::Encrypted),
];

/// Those that do not say what they were given with: they end by themselves, and with the code that gave them.
const IN_PLATFORM_PROFILE: [(&str, Form); 2] = [
    ("&audience=https%3A%2F%2Fapi.example", Form::Jwt),
    ("&audience=https%3A%2F%2Fhidden.example", Form::Encrypted),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Opaque,
    Jwt,
    Encrypted,
}

/// Whether a login gives a refresh token.
#[derive(Clone, Copy, Debug, PartialEq)]
enum RefreshToken {
    With,
    Without,
}

/// A server whose tenant has an API for each form of access tokens.
struct Ended {
    server: Server,
    /// The key of the API that wants its tokens encrypted.
    key: PKey<Private>,
}

impl Ended {
    fn start(settings: &str) -> Self {
        let folder = machine_tenant(ACTION);
        let web = json!({
            "name": "web", "client_id": "web", "client_secret": SECRET, "callbacks": [CALLBACK],
            "grant_types": ["authorization_code", "implicit", "refresh_token", "password"],
            "allowed_logout_urls": ["https://web.example/out"],
            "refresh_token": {"rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0},
        });
        put(&folder, "clients/web.json", &web);
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let pem = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
        for (name, more) in [
            ("api", json!({})),
            ("rfc", json!({"token_dialect": "rfc9068_profile"})),
            (
                "secret",
                json!({"token_dialect": "rfc9068_profile", "token_encryption": {
                    "format": "compact-nested-jwe", "encryption_key": {"alg": "RSA-OAEP-256", "pem": pem},
                }}),
            ),
            (
                "hidden",
                json!({"token_encryption": {
                    "format": "compact-nested-jwe", "encryption_key": {"alg": "RSA-OAEP-256", "pem": pem},
                }}),
            ),
        ] {
            let mut api = json!({
                "name": name, "identifier": format!("https://{name}.example"), "allow_offline_access": true,
            });
            api.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            put(&folder, &format!("resource-servers/{name}.json"), &api);
        }
        fs::write(folder.path().join("postlogin.toml"), settings).unwrap();
        let server = Server::of(folder);
        Self { server, key }
    }

    /// The code of a login of Ada in this browser.
    fn code(&self, browser: &mut Browser, more: &str, with: RefreshToken) -> String {
        let url = authorize(&self.server, more);
        let asked = browser.get(&match with {
            RefreshToken::With => url,
            RefreshToken::Without => url.replace("+offline_access", ""),
        });
        asked.sent("code").unwrap_or_else(|| {
            let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
            answer.sent("code").unwrap_or_else(|| panic!("{answer:?}"))
        })
    }

    fn log_in(&self, browser: &mut Browser, more: &str, with: RefreshToken) -> Value {
        let code = self.code(browser, more, with);
        let tokens = redeemed(&mut Browser::default(), &self.server, &code);
        assert_eq!(tokens.get("refresh_token").is_some(), with == RefreshToken::With);
        tokens
    }

    fn refresh(&self, tokens: &Value, more: &[(&str, &str)]) -> Reply {
        let token = tokens["refresh_token"].as_str().unwrap();
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        fields.extend(more);
        exchange(&mut Browser::default(), &self.server, &fields)
    }

    fn refreshed(&self, tokens: &Value) -> Value {
        let reply = self.refresh(tokens, &[]);
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    /// The access token as it can be presented: an API opens what is encrypted for it.
    fn access_token(&self, tokens: &Value, form: Form) -> String {
        let token = tokens["access_token"].as_str().unwrap();
        match (form, token.split('.').count()) {
            (Form::Opaque, 1) | (Form::Jwt, 3) => token.to_owned(),
            (Form::Encrypted, 5) => {
                let pem = self.key.private_key_to_pem_pkcs8().unwrap();
                let decrypter = RSA_OAEP_256.decrypter_from_pem(pem).unwrap();
                let (inside, _) = jwe::deserialize_compact(token, &decrypter).unwrap();
                String::from_utf8(inside).unwrap()
            }
            other => panic!("{other:?}: {token}"),
        }
    }

    /// Whether it counts, of which the two endpoints say the same.
    fn counts(&self, access_token: &str) -> bool {
        let bearer = format!("Bearer {access_token}");
        let url = format!("{}userinfo", self.server.url);
        let said = Browser::default().send("GET", &url, &[("Authorization", &bearer)], "");
        let told = self.as_web("oauth/introspect", access_token).json();
        if told["active"] == true {
            assert_eq!(said.status, 200, "{said:?}");
            return true;
        }
        assert_eq!(told, json!({"active": false}));
        assert_eq!(said.status, 401, "{said:?}");
        let error = said.header("www-authenticate").unwrap();
        assert!(error.starts_with("Bearer error=\"invalid_token\""), "{error}");
        false
    }

    fn as_web(&self, path: &str, token: &str) -> Reply {
        let fields = [("client_id", "web"), ("client_secret", SECRET), ("token", token)];
        Browser::default().post(&format!("{}{path}", self.server.url), &fields)
    }

    fn users(&self, words: &str) {
        postlogin(&format!("users {words}"))
            .from(self.server.folder.path())
            .run()
            .exits(0);
    }

    fn again(self, between: impl FnOnce(&tempfile::TempDir)) -> Self {
        Self {
            server: self.server.again(between),
            key: self.key,
        }
    }

    /// The id of what began last.
    fn newest(&self, table: &str) -> String {
        let store = Connection::open(self.server.folder.path().join(".postlogin/postlogin.db")).unwrap();
        let newest = format!("SELECT id FROM {table} ORDER BY created_at DESC LIMIT 1");
        let id: Vec<u8> = store.query_row(&newest, [], |row| row.get(0)).unwrap();
        URL_SAFE_NO_PAD.encode(id)
    }
}

#[test]
fn every_access_token_ends_with_its_refresh_family() {
    type End = fn(&Ended, &Value, &Value);
    let ways: [(&str, bool, End); 8] = [
        (
            "its application revokes the refresh token",
            false,
            |at, _, second| {
                let token = second["refresh_token"].as_str().unwrap();
                assert_eq!(at.as_web("oauth/revoke", token).status, 200);
            },
        ),
        (
            "a refresh token that is no longer the newest is revoked",
            false,
            |at, first, _| {
                let token = first["refresh_token"].as_str().unwrap();
                assert_eq!(at.as_web("oauth/revoke", token).status, 200);
            },
        ),
        ("a refresh token comes again", false, |at, first, _| {
            assert_eq!(at.refresh(first, &[]).json()["error"], "invalid_grant");
        }),
        ("an Action revokes it", false, |at, _, second| {
            let refused = at.refresh(second, &[("ext-revoke", "1")]);
            assert_eq!(refused.json()["error"], "access_denied");
        }),
        ("it is deleted", false, |at, _, _| {
            let path = format!("refresh-tokens/{}", at.newest("families"));
            let deleted = Machine::of(&at.server, "job").call("DELETE", &path, &Value::Null);
            assert_eq!(deleted.status, 202, "{deleted:?}");
        }),
        ("its end is typed", false, |at, _, _| {
            at.users(&format!("sessions auth0|1 --end {}", at.newest("families")));
        }),
        ("all of the user are deleted", true, |at, _, _| {
            let path = "refresh-tokens?user_id=auth0%7C1";
            let deleted = Machine::of(&at.server, "job").call("DELETE", path, &Value::Null);
            assert_eq!(deleted.status, 202, "{deleted:?}");
        }),
        ("the user was blocked for a while", true, |at, _, _| {
            at.users("block auth0|1");
            at.users("unblock auth0|1");
        }),
    ];
    let at = Ended::start("");
    for (more, form) in FORMS {
        for (how, ends_others, end) in ways {
            let log_in = || at.log_in(&mut Browser::default(), more, RefreshToken::With);
            let other = at.access_token(&log_in(), form);
            let first = log_in();
            let second = at.refreshed(&first);
            let tokens = [&first, &second].map(|tokens| at.access_token(tokens, form));
            for token in tokens.iter().chain([&other]) {
                assert!(at.counts(token), "{form:?}: {how}");
            }
            end(&at, &first, &second);
            for token in &tokens {
                assert!(!at.counts(token), "{form:?}: {how}");
            }
            assert_eq!(at.counts(&other), !ends_others, "{form:?}: {how}");
        }
    }
}

#[test]
fn every_access_token_ends_with_its_session() {
    type End = fn(&Ended, &mut Browser, &Value);
    let ways: [(&str, bool, End); 8] = [
        ("logout", false, |at, browser, _| {
            assert_eq!(browser.get(&format!("{}v2/logout", at.server.url)).status, 200);
        }),
        ("logout by the application", false, |at, browser, tokens| {
            let hint = tokens["id_token"].as_str().unwrap();
            let url = format!("{}oidc/logout?id_token_hint={hint}", at.server.url);
            assert_eq!(browser.get(&url).status, 200);
        }),
        ("an Action revokes it", false, |at, browser, _| {
            let refused = browser.get(&authorize(&at.server, "&ext-revoke=1"));
            assert_eq!(refused.sent("error").as_deref(), Some("access_denied"));
        }),
        (
            "an Action revokes it and no refresh token",
            false,
            |at, browser, _| {
                let refused = browser.get(&authorize(&at.server, "&ext-revoke=keep"));
                assert_eq!(refused.sent("error").as_deref(), Some("access_denied"));
            },
        ),
        ("another user logs in", false, |at, browser, _| {
            let asked = browser.get(&authorize(&at.server, "&prompt=login"));
            let eve = browser.log_in(&asked, "eve@example.org", PASSWORD);
            assert!(eve.sent("code").is_some(), "{eve:?}");
        }),
        ("it is deleted", false, |at, _, tokens| {
            let id = claims(&tokens["id_token"])["sid"].as_str().unwrap().to_owned();
            let path = format!("sessions/{id}");
            let deleted = Machine::of(&at.server, "job").call("DELETE", &path, &Value::Null);
            assert_eq!(deleted.status, 202, "{deleted:?}");
        }),
        ("all of the user are deleted", true, |at, _, _| {
            let path = "sessions?user_id=auth0%7C1";
            let deleted = Machine::of(&at.server, "job").call("DELETE", path, &Value::Null);
            assert_eq!(deleted.status, 202, "{deleted:?}");
        }),
        ("the end of all is typed", true, |at, _, _| {
            at.users("sessions auth0|1 --end all");
        }),
    ];
    let at = Ended::start("");
    for (more, form) in FORMS {
        for (how, ends_others, end) in ways {
            let other = at.log_in(&mut Browser::default(), more, RefreshToken::Without);
            let other = at.access_token(&other, form);
            let browser = &mut Browser::default();
            let online = at.log_in(browser, more, RefreshToken::Without);
            let mut tokens = vec![at.access_token(&online, form)];
            let offline = at.log_in(browser, more, RefreshToken::With);
            let of_refresh = at.refreshed(&offline);
            tokens.extend([&offline, &of_refresh].map(|tokens| at.access_token(tokens, form)));
            // One that the browser itself has brought.
            let url = authorize(&at.server, more).replace("response_type=code", "response_type=token");
            let reply = browser.get(&url);
            let location = reply.header("location").unwrap().replace('#', "?");
            let implicit = url::Url::parse(&location).unwrap();
            let implicit = implicit.query_pairs().find(|(name, _)| name == "access_token");
            let implicit = json!({"access_token": implicit.unwrap().1});
            tokens.push(at.access_token(&implicit, form));
            for token in tokens.iter().chain([&other]) {
                assert!(at.counts(token), "{form:?}: {how}");
            }
            end(&at, browser, &online);
            for (place, token) in tokens.iter().enumerate() {
                assert!(!at.counts(token), "{form:?}: {how}, token {place}");
            }
            assert_eq!(at.counts(&other), !ends_others, "{form:?}: {how}");
            // What comes of a refresh token that outlives the session is not of the session.
            let refreshed = at.refresh(&of_refresh, &[]);
            let outlives = how.contains("logout") || how.contains("no refresh token");
            assert_eq!(refreshed.status == 200, outlives, "{form:?}: {how} {refreshed:?}");
            if outlives {
                assert!(
                    at.counts(&at.access_token(&refreshed.json(), form)),
                    "{form:?}: {how}"
                );
            }
        }
    }
}

/// Of a password grant, which has no session, and of `/api/issue`, whose session is a machine client's.
#[test]
fn access_tokens_of_logins_without_a_browser_end_too() {
    let at = Ended::start("");
    let job = Machine::of(&at.server, "job");
    for (audience, form) in [(None, Form::Opaque), (Some("https://rfc.example"), Form::Jwt)] {
        let mut fields = vec![
            ("grant_type", "password"),
            ("username", "ada@example.org"),
            ("password", PASSWORD),
            ("scope", "openid offline_access"),
        ];
        fields.extend(audience.map(|audience| ("audience", audience)));
        let tokens = exchange(&mut Browser::default(), &at.server, &fields).json();
        let token = at.access_token(&tokens, form);
        assert!(at.counts(&token));
        let revoked = at.as_web("oauth/revoke", tokens["refresh_token"].as_str().unwrap());
        assert_eq!(revoked.status, 200);
        assert!(!at.counts(&token), "password, {form:?}");

        for (scope, path) in [
            ("openid", "sessions"),
            ("openid offline_access", "refresh-tokens"),
        ] {
            let issue = || job.result(json!({"scope": scope, "audience": audience}));
            let (issued, other) = (issue(), issue());
            let [token, other] = [&issued, &other].map(|issued| at.access_token(issued, form));
            assert!(at.counts(&token) && at.counts(&other));
            let id = match path {
                "sessions" => issued["session_id"].as_str().unwrap().to_owned(),
                _ => URL_SAFE_NO_PAD.encode(
                    &URL_SAFE_NO_PAD
                        .decode(issued["refresh_token"].as_str().unwrap())
                        .unwrap()[2..22],
                ),
            };
            let deleted = job.call("DELETE", &format!("{path}/{id}"), &Value::Null);
            assert_eq!(deleted.status, 202, "{deleted:?}");
            assert!(!at.counts(&token), "{path}, {form:?}");
            assert!(at.counts(&other), "{path}, {form:?}");
        }
    }
}

/// OP-07, whatever form the token has, and whether or not a refresh token came with it.
#[test]
fn op_07_a_second_use_of_a_code_ends_an_access_token_of_each_form() {
    let at = Ended::start("");
    for (more, form) in FORMS.iter().chain(&IN_PLATFORM_PROFILE).copied() {
        for with in [RefreshToken::With, RefreshToken::Without] {
            let browser = &mut Browser::default();
            let other = at.access_token(&at.log_in(browser, more, with), form);
            let code = at.code(browser, more, with);
            let first = redeemed(&mut Browser::default(), &at.server, &code);
            let mut tokens = vec![at.access_token(&first, form)];
            if with == RefreshToken::With && FORMS.contains(&(more, form)) {
                tokens.push(at.access_token(&at.refreshed(&first), form));
            }
            assert!(tokens.iter().all(|token| at.counts(token)));
            let second = redeem(&mut Browser::default(), &at.server, &code, VERIFIER);
            assert_eq!(second.json()["error"], "invalid_grant");
            assert!(!tokens.iter().any(|token| at.counts(token)), "{form:?}, {with:?}");
            // In the platform's profile two logins of one second give the same token.
            let is_another = !tokens.contains(&other);
            assert_eq!(
                at.counts(&other),
                is_another,
                "another login in the same session: {form:?}, {with:?}"
            );
        }
    }
}

#[test]
fn nobody_else_reads_what_an_access_token_was_given_with() {
    let at = Ended::start("");
    let browser = &mut Browser::default();
    let mut ids = Vec::new();
    for (more, form) in &FORMS[1..] {
        let tokens = at.log_in(browser, more, RefreshToken::With);
        let said = claims(&at.access_token(&tokens, *form).into());
        let names: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.join(" "), "iss sub aud iat exp scope client_id jti");
        ids.push(said["jti"].clone());
    }
    assert_ne!(ids[0], ids[1], "of one session");
}
