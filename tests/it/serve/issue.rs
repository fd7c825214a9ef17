//! `POST /api/issue` and `/api/logins/{id}`.

use super::browser::Browser;
use super::machine::{Machine, claims, machine_tenant, signed, write};
use super::running::{SECRET, Server};
use crate::terminal::postlogin;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::fs;

const ACTION: &str = "
exports.onExecutePostLogin = async (event, api) => {
  const query = event.request.query;
  if (event.user.app_metadata?.suspended) return api.access.deny('suspended');
  api.idToken.setCustomClaim('https://x/seen', {
    ip: event.request.ip, agent: event.request.user_agent, connection: event.connection.name,
    methods: event.authentication.methods.map(method => method.name), logins: event.stats.logins_count,
    plan: event.user.app_metadata?.plan, session: event.session?.id, cached: api.cache.get('k')?.value,
  });
  api.user.setAppMetadata('plan', 'gold');
  api.cache.set('k', 'v');
  if (query.away) {
    api.user.setAppMetadata('count', (event.user.app_metadata?.count ?? 0) + 1);
    api.redirect.sendUserTo('https://other.example/ask');
  }
  if (query.mfa) api.multifactor.enable('any');
  if (query.form) api.prompt.render('ap_1', {fields: {a: 1}});
};
exports.onContinuePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://x/answer', event.request.query.answer ?? event.request.body.answer);
};";

fn server() -> Server {
    Server::of(machine_tenant(ACTION))
}

fn payload(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn the_application_gets_its_tokens_and_what_the_login_leaves_is_kept() {
    let server = server();
    let job = Machine::of(&server, "job");
    let first = job.result(json!({
        "scope": "openid email offline_access", "nonce": "n",
        "request": {"ip": "203.0.113.9", "user_agent": "Tester/1", "query": {"a": "b"}},
        "authentication": {"methods": [{"name": "passkey"}]},
    }));
    assert_eq!(first["outcome"], "issued", "{first}");
    for left_out in ["commands", "trace", "actions", "login_id", "error"] {
        assert!(first.get(left_out).is_none(), "{left_out}");
    }
    let id = payload(&first["id_token"]);
    assert_eq!(
        (&id["iss"], &id["sub"], &id["nonce"]),
        (&json!(server.url), &json!("auth0|1"), &json!("n"))
    );
    let seen = &id["https://x/seen"];
    assert_eq!(
        (
            &seen["ip"],
            &seen["agent"],
            &seen["connection"],
            &seen["methods"],
            &seen["logins"]
        ),
        (
            &json!("203.0.113.9"),
            &json!("Tester/1"),
            &json!("db"),
            &json!(["passkey"]),
            &json!(1)
        )
    );
    assert_eq!(first["effects"]["user"]["app_metadata"]["plan"], "gold");
    let session = first["session_id"].as_str().unwrap();
    assert_eq!((&seen["session"], &id["sid"]), (&json!(session), &json!(session)));

    // The tokens are those of the server: userinfo and the token endpoint know them.
    let bearer = format!("Bearer {}", first["access_token"].as_str().unwrap());
    let userinfo = format!("{}userinfo", server.url);
    let said = Browser::default().send("GET", &userinfo, &[("Authorization", &bearer)], "");
    assert_eq!(said.json()["email"], "ada@example.org", "{said:?}");
    let refreshed = Browser::default().post(
        &format!("{}oauth/token", server.url),
        &[
            ("client_id", "web"),
            ("client_secret", SECRET),
            ("grant_type", "refresh_token"),
            ("refresh_token", first["refresh_token"].as_str().unwrap()),
        ],
    );
    assert_eq!(refreshed.status, 200, "{refreshed:?}");

    // A later login finds what was kept; the session is the one before.
    let second = job.result(json!({"session_id": session, "explain": true}));
    let seen = &payload(&second["id_token"])["https://x/seen"];
    assert_eq!(
        (&seen["plan"], &seen["cached"], &seen["logins"]),
        (&json!("gold"), &json!("v"), &json!(2))
    );
    assert_eq!(
        (&seen["session"], &seen["methods"]),
        (&json!(session), &json!(["passkey"]))
    );
    assert_eq!(second["session_id"], *session);
    assert_eq!(second["commands"][0]["method"], "idToken.setCustomClaim");
    assert!(
        second["trace"].is_array() && second["actions"][0]["name"] == "a",
        "{second}"
    );

    // The session is no cookie, and counts for this machine client and this user alone.
    let other = Machine::of(&server, "other").issue(json!({"session_id": session}));
    assert_eq!(
        (other.status, &other.json()["member"]),
        (400, &json!("session_id"))
    );
    let eve = job.issue(json!({"session_id": session, "user_id": "auth0|2"}));
    assert_eq!((eve.status, &eve.json()["member"]), (400, &json!("session_id")));
    let url = format!(
        "{}authorize?client_id=web&response_type=code&prompt=none&scope=openid\
                       &redirect_uri=https%3A%2F%2Fweb.example%2Fcb&code_challenge_method=S256&code_challenge=x",
        server.url
    );
    let silent = Browser::default().send("GET", &url, &[("Cookie", &format!("postlogin={session}"))], "");
    assert_ne!(silent.sent("error"), None, "{silent:?}");

    // The log names the caller.
    let log = format!("{:?}", server.log());
    assert!(
        log.contains("login_issued") && log.contains("\"caller\": String(\"job\")"),
        "{log}"
    );
    assert!(!log.contains(first["id_token"].as_str().unwrap()));
}

#[test]
fn only_an_access_token_of_a_machine_client_passes() {
    let server = server();
    let url = format!("{}api/issue", server.url);
    let call = |token: &str| {
        let headers = [("Authorization", token), ("Content-Type", "application/json")];
        let body = json!({"client_id": "web", "user_id": "auth0|1"}).to_string();
        Browser::default().send("POST", &url, &headers, &body)
    };
    let none = Browser::default().send("POST", &url, &[("Content-Type", "application/json")], "{}");
    assert_eq!(
        (none.status, none.header("www-authenticate")),
        (401, Some("Bearer"))
    );
    let right = claims(&server, "job");
    assert_eq!(call(&format!("Bearer {}", signed(&server, &right))).status, 200);
    assert_eq!(call(&format!("Basic {}", signed(&server, &right))).status, 401);
    let issued = Machine::of(&server, "job").result(json!({}));
    assert_eq!(
        call(&format!("Bearer {}", issued["id_token"].as_str().unwrap())).status,
        401
    );
    assert_eq!(
        call(&format!("Bearer {}", issued["access_token"].as_str().unwrap())).status,
        401
    );
    let changed = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        call(&format!("Bearer {}", signed(&server, &claims)))
    };
    for (name, value) in [
        ("iss", json!("https://other.example/")),
        ("aud", json!("web")),
        ("exp", json!(1)),
        ("sub", json!("auth0|1")),
        ("gty", json!("password")),
        ("azp", json!("web")),
    ] {
        assert_eq!(changed(name, value).status, 401, "{name}");
    }
    let scope = changed("scope", json!("read:sessions"));
    assert_eq!(scope.status, 403);
    assert!(
        scope
            .header("www-authenticate")
            .unwrap()
            .contains("scope=\"issue:login\""),
        "{scope:?}"
    );
    let mut forged = signed(&server, &right);
    forged.push('A');
    assert_eq!(call(&format!("Bearer {forged}")).status, 401);
}

#[test]
fn unusable_input_is_refused_and_named() {
    let server = server();
    let job = Machine::of(&server, "job");
    for (more, member) in [
        (json!({"client_id": null}), ""),
        (json!({"client_id": "nobody"}), "client_id"),
        (json!({"user_id": null}), "user_id"),
        (json!({"user_id": 1}), "user_id"),
        (json!({"user": {"user_id": "x"}}), "user"),
        (json!({"colour": "red"}), "colour"),
        (json!({"request": {"ip": "300.1.1.1"}}), "request.ip"),
        (json!({"request": {"cookie": "x"}}), "request.cookie"),
        (
            json!({"authentication": {"methods": [{"name": "pwd", "timestamp": "x"}]}}),
            "authentication.methods[0].timestamp",
        ),
        (json!({"redirect_uri": "https://evil.example/cb"}), "redirect_uri"),
        (json!({"audience": "https://unknown.example/"}), "audience"),
        (json!({"organization": "nobody"}), "organization"),
        (json!({"connection": "partner"}), "connection"),
        (json!({"session_id": "x"}), "session_id"),
        (json!({"saml_request": "x"}), "saml_request"),
        (
            json!({"client_id": "pay", "saml_request": "not a request"}),
            "saml_request",
        ),
        (json!({"nonce": "n".repeat(5000)}), "nonce"),
    ] {
        let reply = job.issue(more.clone());
        assert_eq!(reply.status, 400, "{more}: {reply:?}");
        let said = reply.json();
        assert_eq!(
            (&said["error"], &said["member"]),
            (&json!("invalid_request"), &json!(member)),
            "{more}: {said}"
        );
        assert!(
            said["error_description"].as_str().unwrap().contains(member),
            "{said}"
        );
    }
    let left = job.call("GET", "sessions?user_id=auth0%7C1", &Value::Null).json();
    assert_eq!(left["sessions"], json!([]), "nothing stays of what is refused");
    assert_eq!(job.issue(json!({"nonce": "n".repeat(70_000)})).status, 413);
    assert_eq!(job.call("GET", "issue", &Value::Null).status, 405);
    let url = format!("{}api/issue", server.url);
    let bearer = format!("Bearer {}", job.token);
    let form = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        Browser::default()
            .send("POST", &url, &form, "client_id=web")
            .status,
        400
    );
}

#[test]
fn users_are_brought_along_over_their_own_connection_alone() {
    let server = server();
    let job = Machine::of(&server, "job");
    let brought = |user: Value, more: Value| {
        let mut body = json!({"user_id": null, "user": user});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let new = json!({"user_id": "ext|7", "email": "new@example.org", "email_verified": true, "name": "New"});
    let first = job.result(brought(new.clone(), json!({})));
    let id = payload(&first["id_token"]);
    assert_eq!(
        (&id["sub"], &id["email"]),
        (&json!("ext|7"), &json!("new@example.org"))
    );
    assert_eq!(id["https://x/seen"]["connection"], "api");

    // Once there, the user is as brought along the next time, and keeps what Actions wrote.
    let changed = json!({"user_id": "ext|7", "email": "newer@example.org", "name": null});
    let id = payload(&job.result(brought(changed, json!({})))["id_token"]);
    assert_eq!(
        (&id["email"], &id["https://x/seen"]["plan"]),
        (&json!("newer@example.org"), &json!("gold"))
    );
    assert_eq!(id.get("name"), None);
    let as_is = job.result(json!({"user_id": "ext|7"}));
    assert_eq!(payload(&as_is["id_token"])["email"], "newer@example.org");

    for unfit in [
        "app_metadata",
        "identities",
        "roles",
        "blocked",
        "mfa_factors",
        "password_hash",
    ] {
        let reply = job.issue(brought(json!({"user_id": "ext|7", unfit: {}}), json!({})));
        assert_eq!(
            (reply.status, reply.json()["member"].clone()),
            (400, json!(format!("user.{unfit}")))
        );
    }
    let theirs = job.issue(brought(
        json!({"user_id": "auth0|1", "email": "evil@example.org"}),
        json!({}),
    ));
    assert_eq!(
        (theirs.status, &theirs.json()["error"]),
        (409, &json!("conflict"))
    );
    let elsewhere = job.issue(brought(new, json!({"connection": "db"})));
    assert_eq!(
        (elsewhere.status, &elsewhere.json()["member"]),
        (403, &json!("connection"))
    );
    assert_eq!(
        payload(&job.result(json!({}))["id_token"])["email"],
        "ada@example.org"
    );
}

/// Semantics 2.1 and server 5: a login that is denied keeps who came with it, a call that is not carried out leaves nobody.
#[test]
fn a_user_who_is_brought_along_stays_where_the_login_comes_to_its_end() {
    let folder = machine_tenant(
        "exports.onExecutePostLogin = async (event, api) => {
           if (event.user.name === 'No') {
             api.user.setAppMetadata('seen', event.stats.logins_count);
             return api.access.deny('no');
           }
           if (event.user.name === 'Away') api.redirect.sendUserTo('https://other.example/ask');
         };
         exports.onContinuePostLogin = async () => {};",
    );
    write(&folder, "organizations/acme.json", &json!({"name": "acme"}));
    let server = Server::of(folder);
    let job = Machine::of(&server, "job");
    let body = |id: &str, name: &str, more: Value| {
        let mut body = json!({"user_id": null, "user": {"user_id": id, "name": name}});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let profile = |id: &str| {
        let path = server.folder.path().join(".postlogin/postlogin.db");
        let store = rusqlite::Connection::open(path).unwrap();
        let found = store.query_row("SELECT profile FROM users WHERE user_id = ?1", [id], |row| {
            row.get::<_, String>(0)
        });
        found
            .ok()
            .map(|text| serde_json::from_str::<Value>(&text).unwrap())
    };
    for (more, member) in [
        (json!({"audience": "https://unknown.example/"}), "audience"),
        (json!({"organization": "nobody"}), "organization"),
        (json!({"session_id": "x"}), "session_id"),
        (json!({"redirect_uri": "https://evil.example/cb"}), "redirect_uri"),
        (json!({"client_id": "pay", "saml_request": "x"}), "saml_request"),
    ] {
        let reply = job.issue(body("ext|1", "Ada", more.clone()));
        assert_eq!(
            (reply.status, &reply.json()["member"]),
            (400, &json!(member)),
            "{more}"
        );
        assert_eq!(profile("ext|1"), None, "{more}");
    }
    let denied = job.result(body("ext|2", "No", json!({})));
    assert_eq!(denied["outcome"], "denied");
    let kept = profile("ext|2").unwrap();
    assert_eq!(
        (&kept["name"], &kept["app_metadata"]),
        (&json!("No"), &json!({"seen": 1}))
    );
    let refused = job.result(body("ext|3", "Ada", json!({"organization": "acme"})));
    assert_eq!(refused["outcome"], "denied");
    assert!(profile("ext|3").is_some());
    let waits = job.result(body("ext|4", "Away", json!({})));
    assert_eq!(waits["outcome"], "redirect");
    assert!(profile("ext|4").is_some());
    let path = format!("logins/{}", waits["login_id"].as_str().unwrap());
    let ended = job
        .call("POST", &path, &json!({"continue": {"method": "GET"}}))
        .json();
    assert_eq!(ended["outcome"], "issued", "{ended}");

    // A call that is not carried out changes no session, either.
    let first = job.result(body("ext|5", "Ada", json!({})));
    let session = first["session_id"].as_str().unwrap();
    let methods = || {
        let shown = job
            .call("GET", &format!("sessions/{session}"), &Value::Null)
            .json();
        shown["authentication"].clone()
    };
    let before = methods();
    let more = json!({
        "session_id": session, "organization": "nobody",
        "authentication": {"methods": [{"name": "mfa", "timestamp": "2026-01-01T00:00:00Z"}]},
    });
    assert_eq!(job.issue(body("ext|5", "Ada", more)).status, 400);
    assert_eq!(methods(), before);
}

#[test]
fn who_never_was_there_is_told_from_who_was_deleted() {
    let server = server();
    let job = Machine::of(&server, "job");
    job.result(json!({"user_id": null, "user": {"user_id": "ext|1"}}));
    postlogin("users delete ext|1")
        .from(server.folder.path())
        .run()
        .exits(0);
    for (user_id, said) in [
        ("ext|1", "the user ext|1 no longer exists"),
        ("ext|2", "there is no user with the id ext|2"),
    ] {
        let denied = job.result(json!({"user_id": user_id}));
        assert_eq!(
            (&denied["outcome"], &denied["error"]["description"]),
            (&json!("denied"), &json!(said))
        );
    }
    let again = job.result(json!({"user_id": null, "user": {"user_id": "ext|1"}}));
    assert_eq!(again["error"]["description"], "the user ext|1 no longer exists");
}

#[test]
fn a_machine_client_is_held_to_its_bounds() {
    let server = server();
    let bound = Machine::of(&server, "bound");
    for (more, member) in [
        (json!({}), "client_id"),
        (json!({"client_id": "pay"}), "connection"),
        (
            json!({"client_id": "pay", "user_id": null, "user": {"user_id": "ext|1"}}),
            "connection",
        ),
    ] {
        let reply = bound.issue(more.clone());
        assert_eq!(
            (reply.status, &reply.json()["member"]),
            (403, &json!(member)),
            "{more}"
        );
    }
    let partner = bound.result(json!({
        "client_id": "pay", "user_id": null, "user": {"user_id": "ext|1"}, "connection": "partner",
    }));
    assert_eq!(partner["outcome"], "issued", "{partner}");
}

#[test]
fn who_may_not_log_in_is_denied() {
    let folder = machine_tenant(ACTION);
    let users = fs::read_to_string(folder.path().join("users.json")).unwrap();
    let mut users: Vec<Value> = serde_json::from_str(&users).unwrap();
    users.push(json!({
        "user_id": "auth0|3", "blocked": true, "identities": [{"connection": "db", "provider": "auth0", "user_id": "3"}],
    }));
    write(&folder, "users.json", &json!(users));
    write(&folder, "organizations/acme.json", &json!({"name": "acme"}));
    let server = Server::of(folder);
    let job = Machine::of(&server, "job");
    let no_member = job.result(json!({"organization": "acme"}));
    assert_eq!(
        (&no_member["outcome"], &no_member["error"]["kind"]),
        (&json!("denied"), &json!("organization")),
        "{no_member}"
    );
    for (user_id, kind) in [
        ("auth0|2", "deny"),
        ("auth0|3", "blocked"),
        ("auth0|9", "user_gone"),
    ] {
        let denied = job.result(json!({"user_id": user_id}));
        assert_eq!(
            (&denied["outcome"], &denied["error"]["kind"]),
            (&json!("denied"), &json!(kind)),
            "{denied}"
        );
        assert_eq!(denied["error"]["code"], "access_denied", "{denied}");
        assert!(denied.get("id_token").is_none() && denied.get("refresh_token").is_none());
    }
}

#[test]
fn a_login_that_waits_goes_on_once_and_for_its_own_client() {
    let server = server();
    let job = Machine::of(&server, "job");
    let away = job.result(json!({"request": {"query": {"away": "1"}}}));
    assert_eq!(away["outcome"], "redirect", "{away}");
    let login_id = away["login_id"].as_str().unwrap();
    let path = format!("logins/{login_id}");
    assert!(
        away["redirect"]["url"]
            .as_str()
            .unwrap()
            .starts_with("https://other.example/ask?state=")
    );

    let answer = json!({"continue": {"method": "GET", "query": {"answer": "42"}}});
    assert_eq!(
        Machine::of(&server, "other").call("POST", &path, &answer).status,
        404
    );
    assert_eq!(
        Browser::default()
            .get(&format!("{}continue?state={login_id}", server.url))
            .status,
        400
    );
    let shown = job.call("GET", &path, &Value::Null);
    assert_eq!(shown.status, 200, "{shown:?}");
    let shown = shown.json();
    assert_eq!(
        (&shown["client_id"], &shown["user_id"]),
        (&json!("web"), &json!("auth0|1")),
        "{shown}"
    );
    assert_eq!(
        (&shown["outcome"], &shown["session_id"]),
        (&json!("redirect"), &away["session_id"])
    );

    // What does not fit uses nothing up.
    for unfit in [
        json!({}),
        json!({"mfa": {"factor": "otp", "outcome": "passed"}}),
        json!({"continue": {"query": {"state": "another"}}}),
        json!({"continue": {"headers": {}}}),
    ] {
        let reply = job.call("POST", &path, &unfit);
        assert_eq!(reply.status, 400, "{unfit}: {reply:?}");
    }
    let issued = job.call("POST", &path, &answer);
    assert_eq!(issued.status, 200, "{issued:?}");
    let issued = issued.json();
    assert_eq!(issued["outcome"], "issued", "{issued}");
    assert_eq!(payload(&issued["id_token"])["https://x/answer"], "42");
    assert_eq!(issued["session_id"], away["session_id"]);
    for method in ["GET", "POST"] {
        assert_eq!(job.call(method, &path, &answer).status, 404, "{method}");
    }
    // Written once, before the user left.
    assert_eq!(
        payload(&job.result(json!({}))["id_token"])["https://x/seen"]["plan"],
        "gold"
    );
}

#[test]
fn a_form_comes_back_with_its_fields() {
    let server = server();
    let job = Machine::of(&server, "job");
    let form = job.result(json!({"request": {"query": {"form": "1"}}}));
    assert_eq!(
        (&form["outcome"], &form["form"]["id"]),
        (&json!("form"), &json!("ap_1")),
        "{form}"
    );
    let path = format!("logins/{}", form["login_id"].as_str().unwrap());
    let issued = job.call("POST", &path, &json!({"form": {"answer": "yes"}}));
    assert_eq!(payload(&issued.json()["id_token"])["https://x/answer"], "yes");
}

#[test]
fn the_session_that_ended_meanwhile_lets_nothing_be_issued() {
    let server = server();
    let job = Machine::of(&server, "job");
    let away = job.result(json!({"request": {"query": {"away": "1"}}}));
    let session = format!("sessions/{}", away["session_id"].as_str().unwrap());
    assert_eq!(job.call("DELETE", &session, &Value::Null).status, 202);
    let path = format!("logins/{}", away["login_id"].as_str().unwrap());
    let ended = job.call("POST", &path, &json!({"continue": {}})).json();
    assert_eq!(
        (&ended["outcome"], ended.get("id_token")),
        (&json!("revoked"), None),
        "{ended}"
    );
}

fn authn_request(id: &str, more: &str) -> String {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    STANDARD.encode(format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{now}\" {more}><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         https://pay.example</saml:Issuer></samlp:AuthnRequest>"
    ))
}

#[test]
fn a_service_provider_gets_its_response() {
    let server = server();
    let job = Machine::of(&server, "job");
    let asked = |id: &str, more: &str| json!({"client_id": "pay", "saml_request": authn_request(id, more), "relay_state": "r&1"});
    let issued = job.result(asked("_1", ""));
    let saml = &issued["saml"];
    assert_eq!(
        (&saml["acs_url"], &saml["relay_state"]),
        (&json!("https://pay.example/acs"), &json!("r&1")),
        "{issued}"
    );
    let xml = saml["xml"].as_str().unwrap();
    assert!(
        xml.contains("InResponseTo=\"_1\"") && xml.contains("<saml:Assertion"),
        "{xml}"
    );
    // The session remembers the service provider.
    let session = format!("sessions/{}", issued["session_id"].as_str().unwrap());
    let session = job.call("GET", &session, &Value::Null).json();
    assert_eq!(session["clients"], json!([{"client_id": "pay"}]), "{session}");

    // Without a request the login begins here; a query as it was received brings its own RelayState.
    let begun_here = job.result(json!({"client_id": "pay"}));
    assert!(
        !begun_here["saml"]["xml"]
            .as_str()
            .unwrap()
            .contains("InResponseTo")
    );
    let encoded: String = url::form_urlencoded::byte_serialize(authn_request("_2", "").as_bytes()).collect();
    let query = format!("SAMLRequest={encoded}&RelayState=own");
    let by_query = job.result(json!({"client_id": "pay", "saml_request": query}));
    assert_eq!(by_query["saml"]["relay_state"], "own", "{by_query}");
    let two = job.issue(json!({"client_id": "pay", "saml_request": query, "relay_state": "second"}));
    assert_eq!((two.status, &two.json()["member"]), (400, &json!("relay_state")));

    // A request is answered once, and a call that is not carried out does not use it up.
    let mut unfit = asked("_5", "");
    unfit["organization"] = json!("nobody");
    assert_eq!(job.issue(unfit).status, 400);
    assert_eq!(job.result(asked("_5", ""))["outcome"], "issued");
    for id in ["_1", "_5"] {
        let again = job.issue(asked(id, ""));
        assert_eq!(
            (again.status, &again.json()["member"]),
            (400, &json!("saml_request")),
            "{id}"
        );
    }

    // A refusal is answered too; an ACS URL that is not registered is not.
    let mut denied = asked("_3", "");
    denied["user_id"] = json!("auth0|2");
    let denied = job.result(denied);
    assert_eq!(denied["outcome"], "denied");
    let xml = denied["saml"]["xml"].as_str().unwrap();
    assert!(
        xml.contains("status:RequestDenied") && !xml.contains("<saml:Assertion"),
        "{xml}"
    );
    let elsewhere = job.issue(asked(
        "_4",
        "AssertionConsumerServiceURL=\"https://evil.example/acs\"",
    ));
    assert_eq!(
        (elsewhere.status, &elsewhere.json()["member"]),
        (400, &json!("saml_request"))
    );
}

/// Two logins for one request wait at the same time: the second that ends is told, and noted.
#[test]
fn of_two_logins_that_wait_for_one_request_one_is_answered() {
    const AWAY: &str = "
    exports.onExecutePostLogin = async (event, api) => { api.redirect.sendUserTo('https://other.example/ask'); };
    exports.onContinuePostLogin = async () => {};";
    let server = Server::of(machine_tenant(AWAY));
    let job = Machine::of(&server, "job");
    let wait = || {
        let asked = json!({"client_id": "pay", "saml_request": authn_request("_1", "")});
        let login_id = job.result(asked)["login_id"].as_str().unwrap().to_owned();
        format!("logins/{login_id}")
    };
    let (first, second) = (wait(), wait());
    let go_on = |path: &str| job.call("POST", path, &json!({"continue": {}}));
    assert_eq!(go_on(&first).json()["outcome"], "issued");
    let again = go_on(&second);
    assert_eq!(
        (again.status, &again.json()["member"]),
        (400, &json!("saml_request"))
    );
    let refused = |line: &Value| line["event"] == "login_refused" && line["outcome"] == "request_answered";
    assert_eq!(server.log().iter().filter(|line| refused(line)).count(), 1);
}

/// Whatever an Action got hold of, and the tenant does not name, is there when the user comes back.
#[test]
fn a_signing_key_that_an_action_sets_outlives_the_time_that_the_user_is_away() {
    const KEY_FROM_A_SECRET: &str = "
    exports.onExecutePostLogin = async (event, api) => {
      api.samlResponse.setKey(event.secrets.KEY.split('~').join('\\n'));
      api.samlResponse.setCert(event.secrets.CERT.split('~').join('\\n'));
      api.redirect.sendUserTo('https://other.example/ask');
    };
    exports.onContinuePostLogin = async () => {};";
    let (key, certificate) = pair();
    let folder = machine_tenant(KEY_FROM_A_SECRET);
    // What the Action asks for is made of its secret, and is not the secret.
    let secrets = [("KEY", &key), ("CERT", &certificate)];
    let secrets: String = secrets
        .iter()
        .map(|(name, pem)| format!("a.{name}={}\n", pem.replace('\n', "~")))
        .collect::<Vec<_>>()
        .concat();
    fs::write(folder.path().join("secrets.env"), secrets).unwrap();
    write(
        &folder,
        "actions/a.json",
        &json!({
            "name": "a", "code": "./actions/a/code.js", "supported_triggers": [{"id": "post-login"}],
            "secrets": [{"name": "KEY"}, {"name": "CERT"}],
        }),
    );
    let server = Server::of(folder);
    let job = Machine::of(&server, "job");
    let away = job.result(json!({"client_id": "pay", "explain": true}));
    assert_eq!(away["outcome"], "redirect", "{away}");
    assert!(!away.to_string().contains("PRIVATE KEY"), "{away}");
    let path = format!("logins/{}", away["login_id"].as_str().unwrap());
    let issued = job.call("POST", &path, &json!({"continue": {}})).json();
    assert_eq!(issued["outcome"], "issued", "{issued}");
    let own: String = certificate
        .lines()
        .filter(|line| !line.contains("-----"))
        .collect();
    assert!(
        issued["saml"]["xml"].as_str().unwrap().contains(&own),
        "signed with the Action's own key: {issued}"
    );
}

/// A key and its certificate, as PEM.
pub(super) fn pair() -> (String, String) {
    use openssl::asn1::Asn1Time;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::x509::X509;
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut certificate = X509::builder().unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    certificate
        .set_not_after(&Asn1Time::days_from_now(30).unwrap())
        .unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    let text = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
    (
        text(key.private_key_to_pem_pkcs8().unwrap()),
        text(certificate.build().to_pem().unwrap()),
    )
}

/// Metadata that were written before the user left are not written again over what happened meanwhile.
#[test]
fn what_was_written_before_the_user_left_is_not_written_again() {
    let server = server();
    let job = Machine::of(&server, "job");
    let leave = || job.result(json!({"request": {"query": {"away": "1"}}}));
    let count = |result: &Value| result["effects"]["user"]["app_metadata"]["count"].clone();
    let first = leave();
    let second = leave();
    assert_eq!((count(&first), count(&second)), (json!(1), json!(2)));
    let path = format!("logins/{}", first["login_id"].as_str().unwrap());
    assert_eq!(
        job.call("POST", &path, &json!({"continue": {}})).json()["outcome"],
        "issued"
    );
    // The first login asked for 1 before the second wrote 2; its end does not take that back.
    assert_eq!(count(&leave()), 3);
}
