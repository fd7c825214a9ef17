//! What a login would refuse or warn of, `check` says without one, and in the same words.

use super::tenant;
use crate::terminal::postlogin;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509NameBuilder};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const MIA: &str = "run . --client web --user mia@lake.example --format json";

fn rsa(bits: u32) -> PKey<Private> {
    Rsa::generate(bits).and_then(PKey::from_rsa).unwrap()
}

fn key_pem(key: &PKey<Private>) -> String {
    String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap()
}

/// A self-signed certificate; times as `20260101000000Z`.
fn certificate(key: &PKey<Private>, from: &str, until: &str) -> String {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "lake").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    let serial = BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(key).unwrap();
    builder
        .set_not_before(&Asn1Time::from_str(from).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::from_str(until).unwrap())
        .unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    String::from_utf8(builder.build().to_pem().unwrap()).unwrap()
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn name_keys(root: &Path, entries: &str) {
    write(
        root,
        "postlogin.toml",
        &format!("domain = \"lake.example\"\n\n[keys]\n{entries}"),
    );
}

/// A service provider's application with these members of `addons.samlp`.
fn service_provider(root: &Path, samlp: &Value) {
    let client = json!({"name": "sp", "client_id": "sp", "callbacks": ["https://sp.example/acs"],
        "addons": {"samlp": samlp}});
    write(root, "clients/sp.json", &client.to_string());
}

fn codes(result: &Value) -> Vec<&str> {
    let warnings = result["warnings"].as_array().unwrap().iter();
    warnings
        .map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

#[test]
fn every_entry_of_keys_that_cannot_be_used_is_told_with_its_line_by_all_who_read_it() {
    let root = tenant();
    name_keys(
        root.path(),
        "next = \"short.pem\"\nprevious = \"cert.pem\"\nec = \"rsa.pem\"\ned25519 = \"none.pem\"\n\
         current_cert = \"alone.crt\"\n",
    );
    service_provider(root.path(), &json!({}));
    let long = rsa(2048);
    write(root.path(), "short.pem", &key_pem(&rsa(1024)));
    write(
        root.path(),
        "cert.pem",
        &certificate(&long, "20200101000000Z", "20490101000000Z"),
    );
    write(root.path(), "rsa.pem", &key_pem(&long));
    let reported = [
        "postlogin.toml:4:1 at keys.next: error: ./short.pem: the RSA key has 1024 bits",
        "postlogin.toml:5:1 at keys.previous: error: ./cert.pem: expected a PEM private key, found a CERTIFICATE",
        "postlogin.toml:6:1 at keys.ec: error: ./rsa.pem holds an RSA key of 2048 bits; an EC key on P-256",
        "postlogin.toml:7:1 at keys.ed25519: error: ./none.pem does not exist",
        "postlogin.toml:8:1 at keys.current_cert: error: current_cert names ./alone.crt, but [keys] names no \
         current key",
    ];
    for line in [
        "check .",
        MIA,
        "metadata . --client sp",
        "keys list .",
        "keys jwks .",
    ] {
        let done = postlogin(line).from(root.path()).run().exits(1);
        let said = done.out + &done.err;
        for problem in reported {
            assert!(said.contains(problem), "{line}: {problem}\n{said}");
        }
        assert_eq!(said.matches("(keys)").count(), reported.len(), "{line}: {said}");
        assert!(said.contains("help: make a key there with `openssl genpkey -algorithm ed25519`"));
    }
    assert!(!root.path().join(".postlogin").exists());
}

#[test]
fn a_named_certificate_of_another_key_and_a_kept_key_that_is_none_are_told() {
    let root = tenant();
    name_keys(
        root.path(),
        "current = \"own.pem\"\ncurrent_cert = \"other.crt\"\n",
    );
    write(root.path(), "own.pem", &key_pem(&rsa(2048)));
    write(
        root.path(),
        "other.crt",
        &certificate(&rsa(2048), "20200101000000Z", "20490101000000Z"),
    );
    postlogin("check .").from(root.path()).run().exits(1).says(
        "postlogin.toml:5:1 at keys.current_cert: error: ./own.pem and ./other.crt: the certificate does not",
    );
    name_keys(root.path(), "");
    write(root.path(), ".postlogin/keys/next.pem", "half a set");
    write(root.path(), ".postlogin/keys/ec.pem", "half a set");
    for line in ["check .", MIA] {
        let done = postlogin(line).from(root.path()).run().exits(1);
        let said = done.out + &done.err;
        for file in ["next.pem", "ec.pem"] {
            let problem = format!(".postlogin/keys/{file}: error: ./.postlogin/keys/{file}: expected a PEM");
            assert!(said.contains(&problem), "{line}: {said}");
        }
    }
    assert!(!root.path().join(".postlogin/keys/current.pem").exists());
}

#[test]
fn a_check_makes_no_keys() {
    let root = tenant();
    service_provider(root.path(), &json!({"signatureAlgorithm": "ecdsa-sha256"}));
    postlogin("check .")
        .from(root.path())
        .run()
        .exits(0)
        .says("clients/sp.json:1:")
        .says("at addons.samlp.signatureAlgorithm: warning: EC key required for ECDSA");
    assert!(!root.path().join(".postlogin").exists());
}

#[test]
fn an_own_certificate_that_has_expired_or_will_soon_is_told_by_login_metadata_and_check() {
    let root = tenant();
    name_keys(root.path(), "current = \"own.pem\"\n");
    service_provider(root.path(), &json!({"audience": "urn:sp"}));
    let key = rsa(2048);
    let pair = key_pem(&key) + &certificate(&key, "20300101000000Z", "20400131000000Z");
    write(root.path(), "own.pem", &pair);
    for (now, code, said) in [
        (
            "2029-12-31T23:59:59Z",
            "cert_expired",
            "is not valid yet, only from 2030-01-01 00:00 UTC, and service providers may refuse it until then",
        ),
        (
            "2040-01-01T00:00:00Z",
            "cert_expires_soon",
            "expires on 2040-01-31 00:00 UTC, and service providers may refuse it then",
        ),
        (
            "2050-01-01T00:00:00Z",
            "cert_expired",
            "expired on 2040-01-31 00:00 UTC, and service providers may refuse it",
        ),
    ] {
        let said = format!("the certificate of the tenant's signing key {said}");
        let line = format!("run . --client sp --user mia@lake.example --now {now} --format json");
        let login = postlogin(&line).from(root.path()).run().exits(0).says(&said);
        assert_eq!(codes(&login.json()), [code]);
        let line = format!("metadata . --client sp --now {now}");
        let metadata = postlogin(&line).from(root.path()).run().exits(0);
        metadata
            .warns(&format!("warning: {said}"))
            .warns(&format!("({code})"));
        let line = format!("check . --now {now}");
        let check = postlogin(&line).from(root.path()).run().exits(0);
        check.says(&format!(
            "postlogin.toml:4:1 at keys.current: warning: {said} ({code})"
        ));
        let line = format!("check . --strict --now {now}");
        postlogin(&line).from(root.path()).run().exits(1);
    }
    for line in [
        "run . --client sp --user mia@lake.example --now 2039-12-31T23:59:59Z --strict",
        "check . --strict --now 2039-12-31T23:59:59Z",
    ] {
        postlogin(line)
            .from(root.path())
            .run()
            .exits(0)
            .never_says("the certificate");
    }
}

#[test]
fn a_kept_certificate_is_told_of_when_it_has_expired_and_a_rotation_helps() {
    let root = tenant();
    service_provider(root.path(), &json!({"audience": "urn:sp"}));
    let line = "run . --client sp --user mia@lake.example --format json --now";
    let at = |now: &str| {
        let done = postlogin(&format!("{line} {now}")).from(root.path()).run();
        done.exits(0).json()
    };
    // Made today, which is after the moment of the frozen clock: no fault of the keys.
    assert_eq!(at("2020-01-01T00:00:00Z")["warnings"], json!([]));
    assert_eq!(codes(&at("2100-01-01T00:00:00Z")), ["cert_expired"]);
    let check = |now: &str| {
        let done = postlogin(&format!("check . --now {now}")).from(root.path()).run();
        done.exits(0).out
    };
    let reported = check("2100-01-01T00:00:00Z");
    for file in ["current.pem", "next.pem"] {
        assert!(
            reported.contains(&format!(".postlogin/keys/{file}: warning: the certificate of")),
            "{reported}"
        );
    }
    assert!(
        reported.contains("help: where postlogin keeps the keys, run `postlogin keys rotate`"),
        "{reported}"
    );
    postlogin("keys rotate . --now 2100-01-01T00:00:00Z")
        .from(root.path())
        .run()
        .exits(0);
    assert_eq!(at("2100-01-01T00:00:00Z")["warnings"], json!([]));
    let left = check("2100-01-01T00:00:00Z");
    assert_eq!(left.matches("(cert_expired)").count(), 1, "{left}");
    assert!(left.contains("the tenant's previous signing key"), "{left}");
}

#[test]
fn the_certificate_of_an_option_is_judged_instead_of_the_tenants() {
    let root = tenant();
    service_provider(root.path(), &json!({"audience": "urn:sp"}));
    let key = rsa(2048);
    write(root.path(), "own.key", &key_pem(&key));
    write(
        root.path(),
        "own.crt",
        &certificate(&key, "20200101000000Z", "20210101000000Z"),
    );
    let run = "run . --client sp --user mia@lake.example --format json --key own.key --cert own.crt";
    let login = postlogin(run).from(root.path()).run().exits(0).json();
    assert_eq!(codes(&login), ["cert_expired"]);
    postlogin("check . --key own.key --cert own.crt")
        .from(root.path())
        .run()
        .exits(0)
        .says(
            "own.crt: warning: the certificate of the tenant's signing key expired on 2021-01-01 00:00 UTC",
        );
    fs::remove_file(root.path().join("own.crt")).unwrap();
    postlogin("check . --key own.key --cert own.crt")
        .from(root.path())
        .run()
        .exits(1)
        .says("own.crt does not exist");
}

#[test]
fn certificates_in_an_add_on_that_are_out_of_their_time_are_told_by_check() {
    let root = tenant();
    let key = rsa(2048);
    let public = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
    let ended = certificate(&key, "20200101000000Z", "20260101000000Z");
    service_provider(
        root.path(),
        &json!({"audience": "urn:sp", "cert": ended, "key": key_pem(&key), "encryptionCert": ended,
            "encryptionPublicKey": public, "encryptionAlgorithm": "aes256-gcm", "signingCert": ended}),
    );
    let check = |now: &str| {
        let line = format!("check . --now {now}");
        postlogin(&line).from(root.path()).run().exits(0).out
    };
    let reported = check("2026-02-01T00:00:00Z");
    for member in ["cert", "encryptionCert", "signingCert"] {
        assert!(
            reported.contains(&format!(" at addons.samlp.{member}: warning: ")),
            "{reported}"
        );
    }
    assert_eq!(reported.matches("(cert_expired)").count(), 3, "{reported}");
    assert_eq!(
        check("2025-12-15T00:00:00Z")
            .matches("(cert_expires_soon)")
            .count(),
        1
    );
}

#[test]
fn more_bound_actions_than_the_platform_takes_are_told_by_check_and_login() {
    let root = tenant();
    let bind = |count: usize| {
        let mut bound = Vec::new();
        for number in 1..=count {
            let name = format!("a{number}");
            let action = json!({"name": name, "code": format!("./actions/{name}/code.js"),
                "supported_triggers": [{"id": "post-login", "version": "v3"}], "deployed": true});
            write(root.path(), &format!("actions/{name}.json"), &action.to_string());
            write(
                root.path(),
                &format!("actions/{name}/code.js"),
                "exports.onExecutePostLogin = async () => {};",
            );
            bound.push(json!({"action_name": name}));
        }
        write(
            root.path(),
            "triggers/triggers.json",
            &json!({"post-login": bound}).to_string(),
        );
    };
    bind(20);
    postlogin("check . --strict").from(root.path()).run().exits(0);
    let login = postlogin(MIA).from(root.path()).run().exits(0).json();
    assert_eq!(login["warnings"], json!([]));
    bind(21);
    postlogin("check .").from(root.path()).run().exits(0).says(
        "triggers/triggers.json:1:2 at post-login: warning: 21 Actions are bound to post-login, the platform runs at \
         most 20 (too_many_actions)",
    );
    let login = postlogin(MIA).from(root.path()).run().exits(0).json();
    assert_eq!(codes(&login), ["too_many_actions"]);
    assert_eq!(login["actions"].as_array().unwrap().len(), 21);
}

#[test]
fn a_lifetime_beyond_the_platforms_is_told_by_check_and_login() {
    let root = tenant();
    write(
        root.path(),
        "clients/web.json",
        r#"{"name": "web", "client_id": "web", "callbacks": ["https://app.example/cb"],
  "jwt_configuration": {"lifetime_in_seconds": 2592001}}"#,
    );
    let check = postlogin("check .").from(root.path()).run().exits(0).out;
    let at = "clients/web.json:2:25 at jwt_configuration.lifetime_in_seconds: warning";
    assert_eq!(check.matches(at).count(), 1, "{check}");
    let login = postlogin(MIA).from(root.path()).run().exits(0).json();
    assert_eq!(codes(&login), ["token_lifetime"]);
    let claims = &login["id_token_claims"];
    let span = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(span, 2_592_001, "what the tenant sets is issued");
}

#[test]
fn a_refresh_token_beyond_the_platforms_is_told_where_one_is_issued() {
    let root = tenant();
    write(
        root.path(),
        "clients/web.json",
        r#"{"name": "web", "client_id": "web", "callbacks": ["https://app.example/cb"],
  "grant_types": ["authorization_code", "refresh_token"],
  "refresh_token": {"token_lifetime": 157788001}}"#,
    );
    write(
        root.path(),
        "resource-servers/api.json",
        r#"{"name": "api", "identifier": "urn:api", "allow_offline_access": true}"#,
    );
    postlogin("check .")
        .from(root.path())
        .run()
        .exits(0)
        .says("clients/web.json:3:21 at refresh_token.token_lifetime: warning");
    let login = |scope: &str| {
        let line = postlogin(MIA).words("--audience urn:api --scope").word(scope);
        line.from(root.path()).run().exits(0).json()
    };
    assert_eq!(codes(&login("openid offline_access")), ["token_lifetime"]);
    assert_eq!(codes(&login("openid")), [""; 0]);
}

#[test]
fn an_algorithm_whose_key_is_not_named_is_told_by_check() {
    let root = tenant();
    name_keys(root.path(), "current = \"own.pem\"\n");
    write(root.path(), "own.pem", &key_pem(&rsa(2048)));
    write(
        root.path(),
        "clients/web.json",
        r#"{"name": "web", "client_id": "web", "callbacks": ["https://app.example/cb"],
  "jwt_configuration": {"alg": "ES256"}}"#,
    );
    let said = "asks for ES256, but there is no key for it";
    postlogin("check .")
        .from(root.path())
        .run()
        .exits(0)
        .says("clients/web.json:2:25 at jwt_configuration.alg: warning: ")
        .says(said);
    postlogin(MIA).from(root.path()).run().exits(3).warns(said);
}

#[test]
fn a_client_id_that_is_a_path_of_the_server_is_refused_by_check() {
    let root = tenant();
    write(
        root.path(),
        "clients/web.json",
        "{\"name\": \"web\",\n  \"client_id\": \"metadata\"}",
    );
    postlogin("check .")
        .from(root.path())
        .run()
        .exits(1)
        .says("clients/web.json:2:3 at client_id: error: the client id 'metadata' is the server's own");
}

#[test]
fn urls_that_no_browser_takes_are_told_by_check_with_their_place_and_met_by_the_login_that_would_use_them() {
    let root = tenant();
    let addon = |samlp: Value| {
        let client = json!({"name": "sp", "client_id": "sp1", "callbacks": ["https://sp.example/acs", "/acs"],
            "allowed_logout_urls": ["data:text/html,x"],
            "oidc_logout": {"backchannel_logout_urls": ["https://user:pw@sp.example/"]}, "addons": {"samlp": samlp}});
        let client = serde_json::to_string_pretty(&client).unwrap();
        write(root.path(), "clients/sp.json", &client);
    };
    let login = "run . --client sp --user mia@lake.example --protocol samlp";
    addon(
        json!({"audience": "", "destination": "javascript:alert(1)", "recipient": "https://sp.example/#a",
        "logout": {"callback": "vbscript:x", "response_callback": "https://sp.example/a b"},
        "assertionConsumerServices": [{"index": 0, "url": "file:///acs"}]}),
    );
    let check = postlogin("check .").from(root.path()).run().exits(1);
    for (path, what) in [
        ("callbacks[1]", "'/acs' is no absolute URL"),
        ("allowed_logout_urls[0]", "has the scheme 'data'"),
        (
            "oidc_logout.backchannel_logout_urls[0]",
            "holds a user name or a password",
        ),
        ("addons.samlp.destination", "has the scheme 'javascript'"),
        ("addons.samlp.recipient", "has a fragment"),
        ("addons.samlp.logout.callback", "has the scheme 'vbscript'"),
        ("addons.samlp.logout.response_callback", "holds U+0020"),
        (
            "addons.samlp.assertionConsumerServices[0].url",
            "has the scheme 'file'",
        ),
    ] {
        let line = check
            .out
            .lines()
            .find(|line| line.contains(&format!(" at {path}: error: ")))
            .unwrap_or_else(|| panic!("{path}: {}", check.out));
        assert!(
            line.starts_with("clients/sp.json:") && line.contains(what),
            "{line}"
        );
    }
    assert!(
        check
            .out
            .contains(" at addons.samlp.audience: warning: the audience is empty, which counts as none"),
        "{}",
        check.out
    );
    postlogin(login)
        .from(root.path())
        .run()
        .exits(3)
        .says("'javascript:alert(1)'");
    // What this login does not use stops nobody.
    postlogin(MIA).from(root.path()).run().exits(0);
    addon(json!({"audience": "urn:sp", "logout": {"callback": "vbscript:x"}}));
    postlogin(login).from(root.path()).run().exits(0);
}

#[test]
fn an_add_on_without_audience_is_told_by_check_and_met_by_the_login_that_no_request_starts() {
    let root = tenant();
    service_provider(root.path(), &json!({}));
    let login = "run . --client sp --user mia@lake.example --protocol samlp";
    let check = || postlogin("check .").from(root.path()).run().exits(0);
    check().says(" at addons.samlp.audience: warning: no audience is set");
    postlogin(login)
        .from(root.path())
        .run()
        .exits(3)
        .says("\"code\": \"audience_missing\"");
    write(
        root.path(),
        "postlogin.toml",
        "domain = \"lake.example\"\n[saml]\nno_audience = \"omit\"\n",
    );
    check().says("no audience is set");
    postlogin(login)
        .from(root.path())
        .run()
        .exits(0)
        .says("audience_missing");
}
