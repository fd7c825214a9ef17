//! What is fuzzed: one function for each target, taking any bytes. A panic is a finding, and so is a
//! broken promise: each target asserts what must hold for whatever it was given.

use bergshamra_c14n::{C14nMode, canonicalize};
use postlogin::inspect::{Expected, Outcome, Wanted, inspect, jwks};
use postlogin::keys::{Certificate, PrivateKey, PublicKey};
use postlogin::saml::inbound::{Carrier, Sha1Policy, binding, verify};
use postlogin::saml::metadata::{ImportTerms, Release, import, service_provider};
use postlogin::tenant::SamlConfig;
use postlogin::xml::{self, Limits, Writer, exclusive};

/// Name, function, and the folders whose files are its seeds.
pub type Target = (&'static str, fn(&[u8]), &'static [&'static str]);

/// All of them.
pub const TARGETS: [Target; 9] = [
    ("heap", postlogin::action::check_heap, &["fixtures/hostile"]),
    ("inspect", inspected, &["fixtures/inspect"]),
    ("metadata", metadata, &["fixtures/metadata"]),
    ("pem", pem, &["certs"]),
    ("query", query, &["fixtures/cases/authn-request"]),
    ("saml_message", saml_message, &["fixtures/cases/authn-request"]),
    ("verify", verified, &["fixtures/cases/authn-request"]),
    ("writer", writer, &["fixtures/cases/authn-request"]),
    ("xml", xml_reader, &["fixtures/cases/authn-request"]),
];

/// Anything that anybody may want explained.
pub fn inspected(data: &[u8]) {
    let moment = "2026-01-15T12:01:00Z".parse().expect("a moment");
    let key = PrivateKey::from_pem(include_str!("../certs/sp.key")).expect("the key of the seeds");
    let set = include_str!("../fixtures/inspect/genuine/jwks.json");
    let set = serde_json::from_str(set).expect("the key set of the seeds");
    let report = inspect(
        data,
        &Expected {
            certificates: Wanted::Asked(vec![signer()]),
            request_certificates: Wanted::Asked(vec![signer()]),
            key: Wanted::Asked(key),
            jwks: Wanted::Asked(jwks(&set).expect("the key set of the seeds")),
            ..Expected::at(moment)
        },
    );
    let failed = report.checks.iter().any(|check| check.result == Outcome::Fail);
    assert_eq!(failed, !report.is_good(), "an error is a failed check");
    let printed = serde_json::to_string(&report).expect("a report has a JSON form");
    // No report may show what could be a private key.
    let text = String::from_utf8_lossy(data);
    if text.contains("PRIVATE KEY-----") && text.starts_with("-----BEGIN ") {
        let quoted = |line: &str| line.len() == 64 && line.starts_with("MIIE") && printed.contains(line);
        assert!(!text.lines().any(quoted), "a report quotes a private key");
    }
}

/// Metadata of a service provider, and what becomes of it in a client: taken in once, it is there.
pub fn metadata(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let now = "2026-01-15T12:01:00Z".parse().expect("a moment");
    let Ok(provider) = service_provider(&text, None, &[], now) else {
        return;
    };
    assert!(!provider.endpoints.is_empty(), "there is somewhere to post to");
    let (mut client, config) = (serde_json::Map::new(), SamlConfig::default());
    let terms = ImportTerms {
        config: &config,
        signing_key: None,
        release: Release::Beside,
        now,
    };
    import(&provider, &mut client, &terms);
    let first = client.clone();
    let again = import(&provider, &mut client, &terms);
    assert_eq!(client, first);
    assert!(!again.changes_anything(), "what was imported is imported");
}

/// Certificates and keys as somebody may have pasted them.
pub fn pem(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for error in [
        Certificate::from_pem(&text).err().map(|error| error.to_string()),
        PrivateKey::from_pem(&text).err().map(|error| error.to_string()),
        PublicKey::from_pem(&text).err().map(|error| error.to_string()),
    ] {
        // No error may quote what could be a key. Input with a space may be the words of the error themselves.
        let secret = |line: &&str| line.len() > 60 && !line.contains(' ');
        let quoted = |error: &String| text.lines().filter(secret).any(|line| error.contains(line));
        assert!(!error.as_ref().is_some_and(quoted), "an error quotes its input");
    }
}

/// Query strings and form bodies.
pub fn query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for carrier in [Carrier::Request, Carrier::Response] {
        if let Ok(received) = binding::read(&text, carrier) {
            assert!(received.xml.len() <= binding::MAX_INFLATED_BYTES);
            let relay_state = received.relay_state.unwrap_or_default();
            let written = binding::query(&received.xml, carrier, &relay_state, None);
            // A message that compresses badly may be too long when it is written again.
            if let Ok(again) = binding::read(&written, carrier) {
                assert_eq!(again.xml, received.xml);
                assert_eq!(again.relay_state.unwrap_or_default(), relay_state);
            }
            if let Some(signature) = received.signature {
                let respelt = binding::respelt(&signature.octets);
                assert_eq!(binding::respelt(&respelt), respelt);
            }
        }
    }
}

/// Base64 with or without DEFLATE.
pub fn saml_message(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(xml) = binding::decode(text.trim(), Carrier::Request) {
        let _ = xml::read(&xml, Limits::MESSAGE);
    }
    let _ = binding::read(&text, Carrier::Request);
}

/// Signatures over any XML: one that counts covers exactly what a genuine signer signed.
pub fn verified(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(document) = xml::read(text.trim(), Limits::MESSAGE) else {
        return;
    };
    let trusted = [signer()];
    for element in document.root().descendants() {
        if let Ok(verified) = verify(element, &trusted, Sha1Policy::Accept) {
            let signature = verified
                .element()
                .children()
                .find(|child| child.local() == "Signature");
            let covered = exclusive(verified.element(), signature, &[]);
            let genuine = |id: &str| covered.contains(&format!(" ID=\"{id}\""));
            assert!(genuine("_request"), "a signature counts over {covered}");
            assert!(!covered.contains("_evil"), "a signature counts over {covered}");
        }
    }
}

/// Any text written comes back the same.
pub fn writer(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (attribute, value) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let mut writer = Writer::new();
    writer.element("a", &[("b", attribute)], value);
    let Ok(written) = writer.finish() else {
        return;
    };
    let limits = Limits {
        bytes: written.len(),
        ..Limits::MESSAGE
    };
    let document = xml::read(&written, limits).expect("what is written can be read");
    assert_eq!(document.root().attribute("b"), Some(attribute));
    // A line feed stays one, and nothing else changes.
    assert_eq!(document.root().value(), Some(value));
}

/// The strict reader and the canonical form.
pub fn xml_reader(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(document) = xml::read(&text, Limits::MESSAGE) else {
        return;
    };
    let canonical = exclusive(document.root(), None, &[]);
    let limits = Limits {
        bytes: canonical.len(),
        ..Limits::MESSAGE
    };
    let again = xml::read(&canonical, limits).expect("a canonical form can be read");
    assert_eq!(
        exclusive(again.root(), None, &[]),
        canonical,
        "it is its own canonical form"
    );
    // Of what another canonicaliser reads as well, it has to make the same; but that one does not normalise
    // white space in attribute values (XML 1.0 section 3.3.3).
    let comparable = !text.contains(['\t', '\n', '\r']);
    for list in [&[][..], &["saml", "xs", "a"]] {
        if comparable && let Ok(theirs) = canonicalize(&text, C14nMode::Exclusive, None, list) {
            let ours = exclusive(document.root(), None, list);
            assert_eq!(ours, String::from_utf8_lossy(&theirs), "with {list:?}");
        }
    }
    for element in document.root().descendants() {
        let _ = (
            element.value(),
            element.namespace_of("a"),
            element.parent(),
            element.position(),
        );
    }
}

fn signer() -> Certificate {
    let pem = include_str!("../certs/sp.crt");
    Certificate::from_pem(pem).expect("the certificate of the seeds")
}
