//! Key roll-over as those see it who know nothing but the metadata or the key set, and read them once in
//! a while. What they verify with is not ours: another canonicaliser, and OpenSSL.

use crate::terminal::postlogin;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bergshamra_c14n::{C14nMode, canonicalize};
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use openssl::sign::Verifier;
use openssl::x509::X509;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A tenant with keys of its own, a service provider and a web application.
fn tenant() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("clients")).unwrap();
    for (name, text) in [
        (
            "clients/sp.json",
            r#"{"name": "sp", "callbacks": ["https://sp.example/acs"], "addons": {"samlp": {"audience": "urn:sp"}}}"#,
        ),
        (
            "clients/web.json",
            r#"{"name": "web", "client_id": "web", "callbacks": ["https://web.example/cb"]}"#,
        ),
        (
            "users.json",
            r#"[{"user_id": "auth0|1", "email": "ada@example.org"}]"#,
        ),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What a service provider keeps of the metadata: the keys of its certificates.
fn metadata(root: &Path) -> Vec<PKey<Public>> {
    let document = postlogin("metadata . --client sp").from(root).run().exits(0).out;
    let certificates = document.split("<X509Certificate>").skip(1);
    let key = |part: &str| {
        let der = STANDARD.decode(part.split_once('<').unwrap().0).unwrap();
        X509::from_der(&der).unwrap().public_key().unwrap()
    };
    certificates.map(key).collect()
}

fn key_set(root: &Path) -> Value {
    postlogin("keys jwks .").from(root).run().exits(0).json()
}

/// The signed assertion of a login.
fn assertion(root: &Path) -> String {
    let line = "run . --client sp --user ada@example.org";
    let login = postlogin(line).from(root).run().exits(0).json();
    login["saml"]["assertion_xml"].as_str().unwrap().to_owned()
}

fn id_token(root: &Path) -> String {
    let line = "run . --client web --user ada@example.org --scope openid";
    let login = postlogin(line).from(root).run().exits(0).json();
    login["id_token"].as_str().unwrap().to_owned()
}

fn rotate(root: &Path) {
    postlogin("keys rotate . --min-interval 0s")
        .from(root)
        .run()
        .exits(0);
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

fn is_signed_by(octets: &[u8], signature: &[u8], key: &PKey<Public>) -> bool {
    let mut verifier = Verifier::new(MessageDigest::sha256(), key).unwrap();
    verifier.update(octets).unwrap();
    verifier.verify(signature).unwrap()
}

/// Whether one of `keys` signed the assertion as it is.
fn accepts(keys: &[PKey<Public>], assertion: &str) -> bool {
    let exclusive = |xml: &str| canonicalize(xml, C14nMode::Exclusive, None, &[""; 0]).unwrap();
    let (before, rest) = assertion.split_once("<Signature ").unwrap();
    let (signature, after) = rest.split_once("</Signature>").unwrap();
    let digest = openssl::sha::sha256(&exclusive(&format!("{before}{after}")));
    assert_eq!(
        between(signature, "<DigestValue>", "</DigestValue>"),
        STANDARD.encode(digest)
    );
    // Namespaces are as they are in the signature's place.
    let (_, info) = signature.split_once("<SignedInfo").unwrap();
    let (info, _) = info.split_once("</SignedInfo>").unwrap();
    let info = info.replacen(" xmlns=\"http://www.w3.org/2000/09/xmldsig#\"", "", 1);
    let info = format!("<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"{info}</SignedInfo>");
    let value = STANDARD
        .decode(between(signature, "<SignatureValue>", "</SignatureValue>"))
        .unwrap();
    let octets = exclusive(&info);
    keys.iter().any(|key| is_signed_by(&octets, &value, key))
}

/// Whether the key set has the key that the token names, and it signed the token.
fn knows(key_set: &Value, token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
    let keys = key_set["keys"].as_array().unwrap();
    let Some(key) = keys.iter().find(|key| key["kid"] == header["kid"]) else {
        return false;
    };
    let number = |member: &str| BigNum::from_slice(&decode(key[member].as_str().unwrap())).unwrap();
    let key = Rsa::from_public_components(number("n"), number("e")).unwrap();
    let octets = format!("{}.{}", parts[0], parts[1]);
    is_signed_by(
        octets.as_bytes(),
        &decode(parts[2]),
        &PKey::from_rsa(key).unwrap(),
    )
}

#[test]
fn a_service_provider_that_is_one_rotation_behind_never_misses_a_login() {
    let tenant = tenant();
    let root = tenant.path();
    let first = metadata(root);
    assert_eq!(first.len(), 2, "the next key is listed before it ever signs");
    assert!(
        accepts(&first[..1], &assertion(root)),
        "the first listed one signs"
    );

    let mut known = first.clone();
    for rotation in 1..=3 {
        let from_before = assertion(root);
        rotate(root);
        let fresh = metadata(root);
        let now = assertion(root);
        assert!(
            accepts(&known, &now),
            "rotation {rotation}: with the metadata from before it"
        );
        assert!(
            accepts(&fresh, &now),
            "rotation {rotation}: with the metadata of today"
        );
        assert!(
            accepts(&fresh[..1], &now),
            "rotation {rotation}: by the first listed one"
        );
        assert!(
            accepts(&fresh, &from_before),
            "rotation {rotation}: a response from before it, with the metadata of today"
        );
        assert_eq!(fresh.len(), 3);
        let has = |keys: &[PKey<Public>], wanted: &PKey<Public>| keys.iter().any(|key| key.public_eq(wanted));
        assert_eq!(
            has(&fresh, &first[0]),
            rotation < 2,
            "rotation {rotation}: when the first key goes"
        );
        known = fresh;
    }
    assert!(
        !accepts(&first, &assertion(root)),
        "metadata that is three rotations old says nothing about today's key"
    );
}

#[test]
fn an_api_that_is_one_rotation_behind_never_misses_a_token() {
    let tenant = tenant();
    let root = tenant.path();
    let first = key_set(root);
    let first_token = id_token(root);
    assert!(knows(&first, &first_token));

    let mut known = first.clone();
    for rotation in 1..=3 {
        let from_before = id_token(root);
        rotate(root);
        let fresh = key_set(root);
        let now = id_token(root);
        assert!(
            knows(&known, &now),
            "rotation {rotation}: with the key set from before it"
        );
        assert!(
            knows(&fresh, &now),
            "rotation {rotation}: with the key set of today"
        );
        assert!(
            knows(&fresh, &from_before),
            "rotation {rotation}: a token from before it, with the key set of today"
        );
        assert_eq!(
            knows(&fresh, &first_token),
            rotation < 2,
            "rotation {rotation}: when the first key goes"
        );
        known = fresh;
    }
    assert!(!knows(&first, &id_token(root)));
}

#[test]
fn a_second_rotation_waits_for_readers_and_for_the_longest_token() {
    let tenant = tenant();
    let root = tenant.path();
    let run = |line: &str| postlogin(line).from(root).run();
    run("keys list .").exits(0);
    run("keys rotate . --now 2040-01-01T00:00:00Z").exits(0);
    let list = run("keys list .").exits(0).out;
    run("keys rotate . --now 2040-01-07T23:59:59Z")
        .exits(1)
        .warns("wait until 2040-01-08 00:00 UTC")
        .warns("--min-interval 0s");
    run("keys retire . --now 2040-01-07T23:59:59Z")
        .exits(1)
        .warns("wait until 2040-01-08");
    assert_eq!(run("keys list .").exits(0).out, list);

    fs::create_dir(root.join("resource-servers")).unwrap();
    let api = r#"{"name": "api", "identifier": "urn:api", "token_lifetime": 1728000}"#;
    fs::write(root.join("resource-servers/api.json"), api).unwrap();
    run("keys rotate . --now 2040-01-08T00:00:00Z")
        .exits(1)
        .warns("wait until 2040-01-21 00:00 UTC");
    run("keys rotate . --now 2040-01-21T00:00:00Z").exits(0);
    run("keys retire . --now 2040-02-10T00:00:00Z").exits(0);
    let left = run("keys list .").exits(0);
    assert!(!left.out.contains("previous"), "{}", left.out);
    assert_eq!(metadata(root).len(), 2);
    run("keys retire .").exits(1).warns("no previous key");
}

#[test]
fn keys_of_the_tenants_own_are_rolled_by_the_tenant() {
    let tenant = tenant();
    let root = tenant.path();
    for name in ["one.pem", "two.pem", "three.pem"] {
        postlogin("keys new").word(name).from(root).run().exits(0);
    }
    let named = |keys: &str| fs::write(root.join("postlogin.toml"), format!("[keys]\n{keys}\n")).unwrap();
    named("current = \"one.pem\"\nnext = \"two.pem\"");
    postlogin("keys rotate .")
        .from(root)
        .run()
        .exits(1)
        .warns("signing keys are named in [keys] of postlogin.toml")
        .warns("'postlogin keys new FILE'");
    let before = metadata(root);
    assert_eq!(before.len(), 2);
    named("current = \"two.pem\"\nnext = \"three.pem\"\nprevious = \"one.pem\"");
    assert!(accepts(&before, &assertion(root)));
    assert_eq!(metadata(root).len(), 3);
}

/// Two at once: each sees what the other left, so the second comes too early, and no key is lost.
#[test]
fn rotations_at_the_same_time_go_one_after_the_other() {
    let tenant = tenant();
    let root = tenant.path();
    postlogin("keys rotate .").from(root).run().exits(0);
    let before = key_set(root);
    let turns: Vec<_> = (0..3)
        .map(|_| {
            let root = root.to_owned();
            std::thread::spawn(move || postlogin("keys rotate .").from(&root).run().status)
        })
        .collect();
    let mut statuses: Vec<_> = turns.into_iter().map(|turn| turn.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [0, 1, 1],
        "the first one rotates, to the others it is too early"
    );
    let kids = |set: &Value| {
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    let after = kids(&key_set(root));
    assert!(kids(&before).iter().all(|kid| after.contains(kid)), "{after:?}");
}
