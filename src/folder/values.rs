//! Values that have the right type and still cannot work: reported before a login meets them.
//!
//! All of these are warnings: the rest of the tenant works, and an Action may replace some of them.

use super::entry::{Entry, Kind};
use super::problem::Problem;
use crate::json::{JsonPath, lenient, quoted};
use crate::keys::SigningPair;
use crate::saml_setting::kind::MAX_LIFETIME_SECONDS;
use crate::saml_setting::{Effective, EncryptionMismatch, Half, Halves, SamlSettings, SettingError};
use crate::tenant::{MAX_REFRESH_LIFETIME, MAX_TOKEN_LIFETIME, SamlAddon, nearest};
use serde_json::Value;

/// Checks the values of clients and APIs.
pub(super) fn check(entries: &[Entry]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in entries {
        let mut report = |path: JsonPath, code, message: String, help: String| {
            let problem = Problem::warning(code, &entry.document.file).says(message, help);
            problems.push(entry.document.locate(problem, &entry.path.then(path.0)));
        };
        let choices = CHOICES.iter().filter(|choice| choice.kind == entry.kind);
        for choice in choices {
            if let Some(found) = choice.missed(&entry.value) {
                let (message, help) = none_of(choice.allowed, found);
                report(path_of(choice.path), "bad_value", message, help);
            }
        }
        match entry.kind {
            Kind::Client => client(&entry.value, &mut report),
            Kind::ResourceServer => resource_server(&entry.value, &mut report),
            _ => {}
        }
    }
    problems
}

fn client(value: &Value, report: &mut impl FnMut(JsonPath, &'static str, String, String)) {
    let samlp = find(value, SAMLP).filter(|samlp| samlp.is_object());
    // Members of another type are told where they are read.
    let addon = samlp.and_then(|samlp| lenient::<SamlAddon>(samlp.clone()).0);
    if let Some(addon) = &addon {
        words(&addon.settings, report);
    }
    let callbacks = value.get("callbacks").and_then(Value::as_array);
    for (index, callback) in callbacks.into_iter().flatten().enumerate() {
        if let Some(text) = callback.as_str()
            && let Err(error) = url::Url::parse(text)
        {
            report(
                JsonPath::default().key("callbacks").index(index),
                "bad_value",
                format!("{} is no URL: {error}", quoted(text)),
                "write the whole URL, as in https://app.example/callback".to_owned(),
            );
        }
    }
    if let Some(addon) = &addon {
        certificates(&addon.settings, report);
        if callbacks.is_none_or(Vec::is_empty) {
            report(
                path_of(SAMLP),
                "no_callback",
                "the client has no callback, so there is no ACS URL to post responses to".to_owned(),
                "add the service provider's ACS URL to \"callbacks\"".to_owned(),
            );
        }
    }
    for (path, longest) in CLIENT_LIFETIMES {
        lifetime(value, path, *longest, report);
    }
    let is_symmetric = find(value, &["jwt_configuration", "alg"]) == Some(&Value::from("HS256"));
    if is_symmetric && !has_text(value, "client_secret") {
        report(
            JsonPath::default().key("jwt_configuration").key("alg"),
            "missing_secret",
            "HS256 signs ID tokens with the client's secret, which is not set".to_owned(),
            "add \"client_secret\", or use RS256".to_owned(),
        );
    }
}

/// Settings of a SAML add-on that have a few values, and another one.
fn words(settings: &SamlSettings, report: &mut impl FnMut(JsonPath, &'static str, String, String)) {
    for setting in settings.unusable() {
        if let (None, SettingError::Unknown { asked, known, .. }) = (setting.attribute, setting.error) {
            let (message, help) = none_of(known, asked);
            report(path_of(SAMLP).key(setting.member), "bad_value", message, help);
        }
    }
}

/// Certificates and keys of a SAML add-on that cannot be read, are of two pairs, or half of one.
fn certificates(settings: &SamlSettings, report: &mut impl FnMut(JsonPath, &'static str, String, String)) {
    let effective = Effective::of_addon(settings);
    let signing = Halves::of(&effective.cert, &effective.key);
    let encryption = Halves::of(&effective.encryption_cert, &effective.encryption_public_key);
    for (half, names) in [
        (signing.half(), "cert and key"),
        (encryption.half(), "encryptionCert and encryptionPublicKey"),
    ] {
        if let Some(Half { given, missing }) = half {
            report(
                path_of(SAMLP).key(given),
                "incomplete_pair",
                format!("{given} is set without {missing}, so logins fail unless an Action sets it"),
                format!("set both, or neither of {names}"),
            );
        }
    }
    let mut report = |member: &str, code, message: String| {
        let help =
            "logins of this client fail until this setting is corrected, or an Action sets another value"
                .to_owned();
        report(path_of(SAMLP).key(member), code, message, help);
    };
    for setting in settings.unusable() {
        if let SettingError::Pem { first, others } = setting.error {
            for error in std::iter::once(first).chain(others) {
                report(setting.member, "unreadable_pem", error.to_string());
            }
        }
    }
    if let Halves::Both(Ok(cert), Ok(key)) = signing
        && let Err(mismatch) = SigningPair::new(key.clone(), cert.clone())
    {
        report("cert", "mismatch", mismatch.to_string());
    }
    if let Halves::Both(Ok(cert), Ok(key)) = encryption
        && let Err(mismatch) = EncryptionMismatch::check(cert, key)
    {
        report("encryptionPublicKey", "mismatch", mismatch.to_string());
    }
}

fn resource_server(value: &Value, report: &mut impl FnMut(JsonPath, &'static str, String, String)) {
    if value.get("signing_alg") == Some(&Value::from("HS256")) && !has_text(value, "signing_secret") {
        report(
            JsonPath::default().key("signing_alg"),
            "missing_secret",
            "HS256 signs access tokens with the API's secret, which is not set".to_owned(),
            "add \"signing_secret\", or use RS256".to_owned(),
        );
    }
    for member in ["token_lifetime", "token_lifetime_for_web"] {
        lifetime(value, &[member], (MAX_TOKEN_LIFETIME.into(), "30 days"), report);
    }
}

/// A lifetime of 0, or of more than `longest` seconds (a text says what that is).
fn lifetime(
    value: &Value,
    path: &[&str],
    (longest, words): (u64, &str),
    report: &mut impl FnMut(JsonPath, &'static str, String, String),
) {
    let seconds = find(value, path).and_then(Value::as_f64);
    #[expect(clippy::cast_precision_loss, reason = "far below the 53 bits of a float")]
    let is_possible = |seconds: f64| (1.0..=longest as f64).contains(&seconds);
    if let Some(seconds) = seconds.filter(|seconds| !is_possible(*seconds)) {
        report(
            path_of(path),
            "bad_value",
            format!("{seconds} seconds are not possible"),
            format!("write 1 to {longest}, which is {words}"),
        );
    }
}

/// A member that has a few values only.
struct Choice {
    kind: Kind,
    path: &'static [&'static str],
    allowed: &'static [&'static str],
}

impl Choice {
    /// The member's value, if it is another than those allowed.
    fn missed<'v>(&self, value: &'v Value) -> Option<&'v str> {
        let text = find(value, self.path)?.as_str()?;
        (!text.is_empty() && !self.allowed.contains(&text)).then_some(text)
    }
}

/// What is wrong with the value `found` of a member that may have those of `allowed`, and what to do.
fn none_of(allowed: &[&str], found: &str) -> (String, String) {
    let list = allowed.join(", ");
    let help = match nearest(found, allowed.iter().copied()).first() {
        Some(near) => format!("did you mean {near}? Allowed values: {list}"),
        None => format!("allowed values: {list}"),
    };
    (format!("{} is not an allowed value", quoted(found)), help)
}

fn path_of(members: &[&str]) -> JsonPath {
    members
        .iter()
        .fold(JsonPath::default(), |path, member| path.key(member))
}

fn find<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn has_text(value: &Value, member: &str) -> bool {
    let text = value.get(member).and_then(Value::as_str);
    text.is_some_and(|text| !text.is_empty())
}

/// Where a client has its SAML settings.
const SAMLP: &[&str] = &["addons", "samlp"];

/// Lifetimes of a client's tokens and assertions in seconds, with the longest that is possible.
const CLIENT_LIFETIMES: &[(&[&str], (u64, &str))] = &[
    (
        &["jwt_configuration", "lifetime_in_seconds"],
        (MAX_TOKEN_LIFETIME as u64, "30 days"),
    ),
    (
        &["refresh_token", "token_lifetime"],
        (MAX_REFRESH_LIFETIME, "5 years"),
    ),
    (
        &["refresh_token", "idle_token_lifetime"],
        (MAX_REFRESH_LIFETIME, "5 years"),
    ),
    (
        &["addons", "samlp", "lifetimeInSeconds"],
        (MAX_LIFETIME_SECONDS as u64, "10 years"),
    ),
];

const SIGNING: &[&str] = &["RS256", "HS256", "PS256", "RS384", "RS512", "ES256", "EdDSA"];

const CHOICES: &[Choice] = &[
    Choice {
        kind: Kind::Client,
        path: &["jwt_configuration", "alg"],
        allowed: SIGNING,
    },
    Choice {
        kind: Kind::Client,
        path: &["organization_usage"],
        allowed: &["deny", "allow", "require"],
    },
    Choice {
        kind: Kind::Client,
        path: &["refresh_token", "rotation_type"],
        allowed: &["rotating", "non-rotating"],
    },
    Choice {
        kind: Kind::Client,
        path: &["refresh_token", "expiration_type"],
        allowed: &["expiring", "non-expiring"],
    },
    Choice {
        kind: Kind::ResourceServer,
        path: &["signing_alg"],
        allowed: SIGNING,
    },
    Choice {
        kind: Kind::ResourceServer,
        path: &["token_dialect"],
        allowed: &[
            "access_token",
            "access_token_authz",
            "rfc9068_profile",
            "rfc9068_profile_authz",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::super::document::{Document, Format};
    use super::*;
    use std::path::PathBuf;
    use std::rc::Rc;

    fn problems(kind: Kind, text: &str) -> Vec<String> {
        let document = Document {
            file: PathBuf::from("x.json"),
            text: text.to_owned(),
            format: Format::Json,
            filled: Vec::new(),
        };
        let entry = Entry {
            kind,
            value: document.parse().unwrap(),
            document: Rc::new(document),
            path: JsonPath::default(),
        };
        check(&[entry])
            .iter()
            .map(|problem| format!("{problem}; {}", problem.help))
            .collect()
    }

    #[test]
    fn a_slip_in_an_algorithm_is_corrected() {
        let text = r#"{"jwt_configuration": {"alg": "RS257"}, "addons": {"samlp": {
            "signatureAlgorithm": "sha256"}}, "callbacks": ["https://sp.example/acs", "nowhere"]}"#;
        assert_eq!(
            problems(Kind::Client, text),
            [
                "x.json:1:24: jwt_configuration.alg: \"RS257\" is not an allowed value; did you mean RS256? \
                 Allowed values: RS256, HS256, PS256, RS384, RS512, ES256, EdDSA",
                "x.json:2:13: addons.samlp.signatureAlgorithm: \"sha256\" is not an allowed value; allowed \
                 values: \
                 rsa-sha256, rsa-sha1, rsa-sha384, rsa-sha512, ecdsa-sha256, ecdsa-sha384, ecdsa-sha512",
                "x.json:2: callbacks[1]: \"nowhere\" is no URL: relative URL without a base; write the \
                 whole URL, as in https://app.example/callback",
            ]
        );
    }

    #[test]
    fn half_a_pair_and_a_missing_callback_are_named() {
        let text = r#"{"addons": {"samlp": {"key": "x", "encryptionCert": "y"}}}"#;
        let problems = problems(Kind::Client, text);
        assert!(problems[0].contains("key is set without cert"), "{}", problems[0]);
        assert!(problems[1].contains("encryptionCert is set without encryptionPublicKey"));
        let unreadable = problems
            .iter()
            .filter(|problem| problem.contains("expected a PEM"));
        assert_eq!(unreadable.count(), 2);
        assert!(problems[4].contains("no ACS URL"));
        assert_eq!(problems.len(), 5);
    }

    #[test]
    fn certificates_and_keys_of_a_service_provider_are_read() {
        let pem = |bytes: Result<Vec<u8>, _>| -> String {
            let bytes: Result<_, openssl::error::ErrorStack> = bytes;
            String::from_utf8(bytes.unwrap()).unwrap()
        };
        let ours = &crate::keys::ring_for_tests().current;
        let (cert, key) = (ours.certificate().x509(), ours.key().pkey());
        let other = openssl::rsa::Rsa::generate(2048).unwrap();
        let client = |samlp: Value| {
            let client = serde_json::json!({"callbacks": ["https://a.example"], "addons": {"samlp": samlp}});
            problems(Kind::Client, &client.to_string())
        };
        let (cert, key) = (pem(cert.to_pem()), pem(key.private_key_to_pem_pkcs8()));
        let fine = client(
            serde_json::json!({"cert": cert, "key": key, "encryptionCert": cert,
            "encryptionPublicKey": pem(ours.key().pkey().public_key_to_pem()), "signingCert": [cert, cert]}),
        );
        assert_eq!(fine, [""; 0]);
        let wrong = client(
            serde_json::json!({"cert": cert, "key": pem(other.private_key_to_pem()),
            "encryptionCert": cert, "encryptionPublicKey": pem(other.public_key_to_pem())}),
        );
        assert!(wrong[0].contains("addons.samlp.cert: the certificate does not belong to the key"));
        assert!(wrong[1].contains("addons.samlp.encryptionPublicKey: encryptionPublicKey does not belong"));
        assert!(wrong[1].ends_with(
            "logins of this client fail until this setting is corrected, or an Action sets another value"
        ));
        assert_eq!(wrong.len(), 2);
        let unreadable = client(serde_json::json!({"cert": key, "key": "CANARY"}));
        assert!(unreadable[0].contains("addons.samlp.cert: "), "{}", unreadable[0]);
        assert!(unreadable[1].contains("addons.samlp.key: "), "{}", unreadable[1]);
        assert_eq!(unreadable.len(), 2);
        let of_requests = client(serde_json::json!({"signingCert": [cert, key]}));
        assert!(of_requests[0].contains("addons.samlp.signingCert: expected a PEM certificate"));
        assert_eq!(of_requests.len(), 1);
        let text = unreadable.concat() + &of_requests[0];
        assert!(!text.contains("CANARY") && !text.contains(&key[30..60]), "{text}");
    }

    #[test]
    fn symmetric_signing_needs_a_secret_and_lifetimes_have_a_limit() {
        let text = r#"{"signing_alg": "HS256", "token_lifetime": 2592001, "token_lifetime_for_web": 60}"#;
        let problems = problems(Kind::ResourceServer, text);
        assert!(problems[0].contains("add \"signing_secret\""));
        assert!(problems[1].contains("write 1 to 2592000"));
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn lifetimes_of_a_client_have_limits_too() {
        let text = r#"{"callbacks": ["https://a.example"], "jwt_configuration": {"lifetime_in_seconds": 0},
            "refresh_token": {"token_lifetime": 157788001, "idle_token_lifetime": 1},
            "addons": {"samlp": {"lifetimeInSeconds": 315360001}}}"#;
        assert_eq!(
            problems(Kind::Client, text),
            [
                "x.json:1:60: jwt_configuration.lifetime_in_seconds: 0 seconds are not possible; write 1 to \
                 2592000, which is 30 days",
                "x.json:2:31: refresh_token.token_lifetime: 157788001 seconds are not possible; write 1 to \
                 157788000, which is 5 years",
                "x.json:3:34: addons.samlp.lifetimeInSeconds: 315360001 seconds are not possible; write 1 to \
                 315360000, which is 10 years",
            ]
        );
    }
}
