//! Requests of service providers: SR-31 to SR-34, and what else a request may ask for.

use super::browser::{Browser, Reply};
use super::issue::pair;
use super::oidc::authorize;
use super::running::{PASSWORD, Server, put, tenant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use rusqlite::Connection;
use serde_json::json;
use std::fs;
use std::io::Write as _;
use url::form_urlencoded::byte_serialize;

/// An AuthnRequest with these attributes and children.
fn xml(id: &str, at: DateTime<Utc>, attributes: &str, children: &str) -> String {
    let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{at}\" \
         {attributes}><saml:Issuer>https://pay.example</saml:Issuer>{children}</samlp:AuthnRequest>"
    )
}

pub(super) fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

pub(super) fn deflated(text: &[u8]) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    escaped(&STANDARD.encode(encoder.finish().unwrap()))
}

fn redirected(server: &Server, xml: &str, more: &str) -> String {
    format!(
        "{}samlp/pay?SAMLRequest={}{more}",
        server.url,
        deflated(xml.as_bytes())
    )
}

fn response(page: &Reply) -> String {
    let message = page.field("SAMLResponse").unwrap_or_else(|| panic!("{page:?}"));
    String::from_utf8(STANDARD.decode(message).unwrap()).unwrap()
}

/// A browser in which Ada has a session.
fn logged_in(server: &Server) -> Browser {
    let mut browser = Browser::default();
    let asked = browser.get(&redirected(server, &xml("_0", Utc::now(), "", ""), ""));
    assert!(response(&browser.log_in(&asked, "ada@example.org", PASSWORD)).contains("<saml:Assertion"));
    browser
}

#[test]
fn a_relay_state_goes_back_unchanged_unless_it_is_too_long() {
    let server = Server::start();
    let mut browser = logged_in(&server);
    for (id, length) in [("_81", 81), ("_1k", 1024)] {
        let state = "r".repeat(length);
        let page = browser.get(&redirected(
            &server,
            &xml(id, Utc::now(), "", ""),
            &format!("&RelayState={state}"),
        ));
        assert_eq!(page.field("RelayState").as_deref(), Some(&*state), "{length}");
    }
    let posted = format!(
        "SAMLRequest={}&RelayState={}",
        escaped(&STANDARD.encode(xml("_64k", Utc::now(), "", ""))),
        "r".repeat(64 << 10)
    );
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let refused = browser.send("POST", &format!("{}samlp/pay", server.url), &kind, &posted);
    assert!(matches!(refused.status, 400 | 413), "{refused:?}");
    assert!(refused.field("SAMLResponse").is_none());
}

#[test]
fn a_request_that_inflates_without_end_is_refused() {
    let server = Server::start();
    let bomb = deflated(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100 << 10);
    let url = format!(
        "{}samlp/pay?SAMLRequest={}",
        server.url,
        &bomb[..bomb.len().min(60 << 10)]
    );
    let refused = Browser::default().get(&url);
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    let small = deflated(&vec![b' '; 4 << 20]);
    let refused = Browser::default().get(&format!("{}samlp/pay?SAMLRequest={small}", server.url));
    assert_eq!(refused.status, 400, "{refused:?}");
}

#[test]
fn a_signed_request_is_fresh_and_counts_once() {
    let (key, certificate) = pair();
    let folder = tenant();
    let pay = json!({
        "name": "pay", "client_id": "pay", "callbacks": ["https://pay.example/acs"],
        "addons": {"samlp": {"audience": "https://pay.example", "signingCert": certificate}},
    });
    fs::write(folder.path().join("clients/pay.json"), pay.to_string()).unwrap();
    let server = Server::of(folder);
    let key = PKey::private_key_from_pem(key.as_bytes()).unwrap();
    let signed = |id: &str, at: DateTime<Utc>| {
        let algorithm = escaped("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
        let octets = format!(
            "SAMLRequest={}&RelayState=r&SigAlg={algorithm}",
            deflated(xml(id, at, "", "").as_bytes())
        );
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        let signature = signer.sign_oneshot_to_vec(octets.as_bytes()).unwrap();
        format!(
            "{}samlp/pay?{octets}&Signature={}",
            server.url,
            escaped(&STANDARD.encode(signature))
        )
    };
    let browser = &mut Browser::default();
    let first = signed("_1", Utc::now());
    let asked = browser.get(&first);
    assert_eq!(asked.status, 303, "{asked:?}");
    assert!(response(&browser.log_in(&asked, "ada@example.org", PASSWORD)).contains("<saml:Assertion"));
    // The session is there, and still the same request gives nothing, also in another browser.
    for again in [browser.get(&first), Browser::default().get(&first)] {
        assert_eq!(again.status, 400, "{again:?}");
        assert!(again.field("SAMLResponse").is_none());
    }
    for (id, days) in [("_old", -1), ("_ahead", 1)] {
        let refused = browser.get(&signed(id, Utc::now() + TimeDelta::days(days)));
        let has_assertion =
            refused.field("SAMLResponse").is_some() && response(&refused).contains("<saml:Assertion");
        assert!(!has_assertion, "{id}: {refused:?}");
    }
    let forged = signed("_2", Utc::now()).replace("RelayState=r", "RelayState=s");
    let forged = browser.get(&forged);
    assert!(forged.field("SAMLResponse").is_none() || !response(&forged).contains("<saml:Assertion"));
    assert!(response(&browser.get(&signed("_3", Utc::now()))).contains("<saml:Assertion"));
}

/// Issue 14, point 3: the id of a request that is not signed is used once the login for it has come to its end, and not before.
#[test]
fn a_request_that_is_not_signed_is_answered_once() {
    let server = Server::start();
    let request = |id: &str| redirected(&server, &xml(id, Utc::now(), "", ""), "&RelayState=r");
    let is_used = |reply: &Reply| {
        (reply.status, reply.field("SAMLResponse")) == (400, None)
            && reply.body.contains("This request was already used")
    };
    let browser = &mut Browser::default();
    // Loaded again, in another tab and by a stranger, who proves nothing: it is as good as new.
    let tabs = [browser.get(&request("_1")), browser.get(&request("_1"))];
    let forms = tabs.map(|asked| {
        browser.get(asked.header("location").unwrap());
        browser.login_form(&asked)
    });
    assert_eq!(Browser::default().get(&request("_1")).status, 303);
    assert_eq!(
        browser.send_login(&forms[0], "ada@example.org", "wrong").status,
        400
    );
    let page = browser.send_login(&forms[0], "ada@example.org", PASSWORD);
    assert!(response(&page).contains("InResponseTo=\"_1\""), "{page:?}");
    // The other tab, the way back, and another browser.
    let second = browser.send_login(&forms[1], "ada@example.org", PASSWORD);
    assert!(is_used(&second), "{second:?}");
    assert!(is_used(&browser.get(&request("_1"))));
    assert!(is_used(&Browser::default().get(&request("_1"))));
    let passive = xml("_1", Utc::now(), "IsPassive=\"true\"", "");
    assert!(is_used(&browser.get(&redirected(&server, &passive, ""))));
    // The browser is logged in, and another request is another one.
    assert!(response(&browser.get(&request("_2"))).contains("<saml:Assertion"));
    // A denial is an answer, too.
    let eve = &mut Browser::default();
    let asked = eve.get(&request("_3"));
    let denied = response(&eve.log_in(&asked, "eve@example.org", PASSWORD));
    assert!(denied.contains("status:RequestDenied"), "{denied}");
    assert!(is_used(&eve.get(&request("_3"))));
    // That nobody is logged in is told as often as it is asked: nobody has proved anything.
    let passive = redirected(&server, &xml("_4", Utc::now(), "IsPassive=\"true\"", ""), "");
    for _ in 0..2 {
        assert!(response(&Browser::default().get(&passive)).contains("status:NoPassive"));
    }
    assert!(response(&browser.get(&passive)).contains("<saml:Assertion"));
    let outcomes = server.log();
    assert!(outcomes.iter().any(|line| line["outcome"] == "request_answered"));
}

/// Of many that end at the same time one is answered.
#[test]
fn of_many_logins_for_one_request_one_is_answered() {
    let server = Server::start();
    let browser = logged_in(&server);
    let url = redirected(&server, &xml("_many", Utc::now(), "", ""), "");
    let answered = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..12)
            .map(|_| {
                let mut browser = browser.clone();
                let url = &url;
                scope.spawn(move || browser.get(url).field("SAMLResponse").is_some())
            })
            .collect();
        let came = asking.into_iter().map(|asked| asked.join().unwrap());
        came.filter(|is_answered| *is_answered).count()
    });
    assert_eq!(answered, 1);
}

#[test]
fn a_passive_request_gets_an_assertion_where_nothing_has_to_be_shown() {
    let server = Server::start();
    let passive = |id: &str| redirected(&server, &xml(id, Utc::now(), "IsPassive=\"true\"", ""), "");
    let nobody = response(&Browser::default().get(&passive("_1")));
    assert!(
        nobody.contains("status:NoPassive") && nobody.contains("status:Responder"),
        "{nobody}"
    );
    let browser = &mut logged_in(&server);
    let known = response(&browser.get(&passive("_2")));
    assert!(
        known.contains("<saml:Assertion") && known.contains("InResponseTo=\"_2\""),
        "{known}"
    );
}

#[test]
fn a_forced_login_asks_again_and_says_when() {
    let server = Server::start();
    let browser = &mut logged_in(&server);
    let forced = browser.get(&redirected(
        &server,
        &xml("_1", Utc::now(), "ForceAuthn=\"true\"", ""),
        "",
    ));
    assert_eq!(forced.status, 303);
    let fresh = response(&browser.log_in(&forced, "ada@example.org", PASSWORD));
    assert!(
        fresh.contains("<saml:Assertion") && fresh.contains("InResponseTo=\"_1\""),
        "{fresh}"
    );
    let both = xml("_2", Utc::now(), "ForceAuthn=\"true\" IsPassive=\"true\"", "");
    let both = response(&browser.get(&redirected(&server, &both, "")));
    assert!(both.contains("status:NoPassive"), "{both}");
}

#[test]
fn a_context_that_the_login_does_not_reach_is_refused_where_the_tenant_wants_that() {
    let folder = tenant();
    let pay = json!({
        "name": "pay", "client_id": "pay", "callbacks": ["https://pay.example/acs"],
        "addons": {"samlp": {
            "audience": "https://pay.example",
            "authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        }},
    });
    fs::write(folder.path().join("clients/pay.json"), pay.to_string()).unwrap();
    fs::write(
        folder.path().join("postlogin.toml"),
        "[saml]\nauthn_context = \"requested\"\n",
    )
    .unwrap();
    let server = Server::of(folder);
    let browser = &mut logged_in(&server);
    let asking = |id: &str, class: &str| {
        let context = format!(
            "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:{class}\
             </saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
        );
        redirected(&server, &xml(id, Utc::now(), "", &context), "")
    };
    let reached = response(&browser.get(&asking("_1", "PasswordProtectedTransport")));
    assert!(
        reached.contains("<saml:Assertion") && reached.contains("PasswordProtectedTransport"),
        "{reached}"
    );
    let beyond = response(&browser.get(&asking("_2", "TimeSyncToken")));
    assert!(
        beyond.contains("status:NoAuthnContext") && !beyond.contains("<saml:Assertion"),
        "{beyond}"
    );
}

/// A connection that is not enabled for an application opens it neither by its password nor by a session.
#[test]
fn a_session_is_for_the_applications_of_its_connection() {
    let folder = tenant();
    let db = json!({"name": "db", "strategy": "auth0", "enabled_clients": ["web"]});
    put(&folder, "database-connections/db/database.json", &db);
    let server = Server::of(folder);
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    let answer = browser.log_in(&asked, "ada@example.org", PASSWORD);
    assert!(answer.sent("code").is_some(), "{answer:?}");
    assert!(
        browser
            .get(&authorize(&server, "&prompt=none"))
            .sent("code")
            .is_some()
    );
    let passive = redirected(&server, &xml("_1", Utc::now(), "IsPassive=\"true\"", ""), "");
    let refused = response(&browser.get(&passive));
    assert!(
        refused.contains("status:NoPassive") && !refused.contains("<saml:Assertion"),
        "{refused}"
    );
    let asked = browser.get(&redirected(&server, &xml("_2", Utc::now(), "", ""), ""));
    let refused = browser.log_in(&asked, "ada@example.org", PASSWORD);
    assert_eq!(refused.status, 400, "{refused:?}");
}

/// SR-01, SR-21: what brings no request, or hides it, begins no login; a query without one does.
#[test]
fn a_form_has_a_request_and_a_query_names_it_as_the_standard_does() {
    let server = Server::start();
    let url = format!("{}samlp/pay", server.url);
    let message = xml("_1", Utc::now(), "", "");
    let (deflated, plain) = (deflated(message.as_bytes()), escaped(&STANDARD.encode(&message)));
    let form = "application/x-www-form-urlencoded";
    for (kind, query, body) in [
        (form, String::new(), String::new()),
        (form, String::new(), "RelayState=r".to_owned()),
        (
            form,
            format!("?SAMLRequest={deflated}"),
            "RelayState=r".to_owned(),
        ),
        (
            form,
            String::new(),
            format!("SAMLRequest={plain}&SAMLRequest={plain}"),
        ),
        ("text/plain", String::new(), format!("SAMLRequest={plain}")),
        (
            "application/json",
            String::new(),
            "{\"SAMLRequest\": \"x\"}".to_owned(),
        ),
    ] {
        let browser = &mut Browser::default();
        let kept = browser.send("POST", &format!("{url}{query}"), &[("Content-Type", kind)], &body);
        let refused = browser.get(kept.header("location").unwrap());
        assert_eq!(
            (refused.status, refused.header("location")),
            (400, None),
            "{kind} {query} {body}"
        );
    }
    for query in [
        format!("SAMLRequest={deflated}&SAMLRequest={deflated}"),
        "SAMLRequest".to_owned(),
        "SAMLRequest=".to_owned(),
        "RelayState=a&RelayState=b".to_owned(),
    ] {
        let refused = Browser::default().get(&format!("{url}?{query}"));
        assert_eq!(
            (refused.status, refused.header("location")),
            (400, None),
            "{query}"
        );
    }
    let begun = Browser::default().get(&format!("{url}?RelayState=r"));
    assert!(
        begun.header("location").unwrap().contains("/u/login"),
        "{begun:?}"
    );
    // A name that is escaped is the same name.
    let passive = xml("_2", Utc::now(), "IsPassive=\"true\"", "");
    let hidden = redirected(&server, &passive, "").replace("SAMLRequest", "%53AMLRequest");
    let refused = response(&Browser::default().get(&hidden));
    assert!(
        refused.contains("InResponseTo=\"_2\"") && refused.contains("NoPassive"),
        "{refused}"
    );
    // The media type is written as one likes (RFC 9110 section 8.3.1).
    let browser = &mut Browser::default();
    let kind = [(
        "Content-Type",
        "Application/X-WWW-Form-Urlencoded; Charset=\"UTF-8\"",
    )];
    let kept = browser.send("POST", &url, &kind, &format!("SAMLRequest={plain}"));
    let asked = browser.get(kept.header("location").unwrap());
    assert!(
        asked.header("location").unwrap().contains("/u/login"),
        "{asked:?}"
    );
}

/// The session remembers what a logout has to name, and one session serves both protocols.
#[test]
fn the_session_remembers_each_service_provider() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    assert!(
        browser
            .log_in(&asked, "ada@example.org", PASSWORD)
            .sent("code")
            .is_some()
    );
    let page = browser.get(&redirected(&server, &xml("_1", Utc::now(), "", ""), ""));
    let assertion = response(&page);
    let (_, rest) = assertion.split_once("SessionIndex=\"").unwrap();
    let index = rest.split_once('"').unwrap().0;
    let store = Connection::open(server.folder.path().join(".postlogin/postlogin.db")).unwrap();
    let rows: Vec<(String, Option<String>)> = store
        .prepare("SELECT client_id, saml FROM participants ORDER BY place")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0], ("web".to_owned(), None));
    let saml = rows[1].1.as_deref().unwrap();
    assert!(saml.contains(index) && saml.contains("auth0|1"), "{saml}");
}
