//! Values that have the right type and still cannot work: reported before a login meets them.
//!
//! All of these are warnings: the rest of the tenant works, and an Action may replace some of them. Here are the callbacks
//! and the SAML add-on of a client; `faults` has the settings of which each knows itself whether it can be had.

use super::entry::{Entry, Kind, of_kind};
use crate::json::{JsonPath, lenient, quoted};
use crate::keys::SigningPair;
use crate::saml_setting::kind::MAX_LIFETIME_SECONDS;
use crate::saml_setting::{Effective, EncryptionMismatch, Half, Halves, SamlSettings, SettingError};
use crate::tenant::{Problem, SamlAddon, unknown_word};
use serde_json::Value;

/// Checks the callbacks and the SAML add-ons of clients.
pub(super) fn check(entries: &[Entry]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in of_kind(entries, Kind::Client) {
        let mut report = |path: JsonPath, code, message: String, help: String| {
            let problem = Problem::warning(code, &entry.document.file).says(message, help);
            problems.push(entry.document.locate(problem, &entry.path.then(path.0)));
        };
        client(&entry.value, &mut report);
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
    if let Some(addon) = &addon {
        certificates(&addon.settings, report);
        empty_audience(addon, samlp, report);
        misspelt(addon, report);
        if callbacks.is_none_or(Vec::is_empty) {
            report(
                path_of(SAMLP),
                "no_callback",
                "the client has no callback, so there is no ACS URL to post responses to".to_owned(),
                "add the service provider's ACS URL to \"callbacks\"".to_owned(),
            );
        }
    }
    let lifetime_path = [SAMLP, &["lifetimeInSeconds"]].concat();
    lifetime(
        value,
        &lifetime_path,
        (MAX_LIFETIME_SECONDS.into(), "10 years"),
        report,
    );
}

/// Settings of a SAML add-on that have a few values, and another one.
fn words(settings: &SamlSettings, report: &mut impl FnMut(JsonPath, &'static str, String, String)) {
    for setting in settings.unusable() {
        if let (None, SettingError::Unknown { asked, known, .. }) = (setting.attribute, setting.error) {
            let error = unknown_word(asked, known);
            report(
                path_of(SAMLP).key(setting.member),
                "bad_value",
                error.what,
                error.help,
            );
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

/// An audience that is set and says nothing.
fn empty_audience(
    addon: &SamlAddon,
    samlp: Option<&Value>,
    report: &mut impl FnMut(JsonPath, &'static str, String, String),
) {
    let says_nothing = |written: &Value| match written {
        Value::String(_) => true,
        Value::Array(names) => names.iter().all(Value::is_string),
        _ => false,
    };
    let written = samlp.and_then(|samlp| samlp.get("audience"));
    if addon.settings.audience.is_none() && written.is_some_and(says_nothing) {
        report(
            path_of(SAMLP).key("audience"),
            "empty_audience",
            "the audience is empty, which counts as none, so only a request that names its issuer says for whom an \
             assertion is"
                .to_owned(),
            "write the name of the service provider, or leave the member out".to_owned(),
        );
    }
}

/// Members that are no settings and are called like one but for case and separators: what they ask for is not done.
fn misspelt(addon: &SamlAddon, report: &mut impl FnMut(JsonPath, &'static str, String, String)) {
    let plain = |name: &str| name.replace(['_', '-', ' '], "").to_ascii_lowercase();
    for member in addon.extra.keys() {
        let meant = SamlSettings::MEMBERS
            .iter()
            .find(|known| plain(known) == plain(member));
        if let Some(meant) = meant {
            report(
                path_of(SAMLP).key(member),
                "misspelt_member",
                format!(
                    "{} is no setting, so what it asks for is not done",
                    quoted(member)
                ),
                format!("write \"{meant}\""),
            );
        }
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

fn path_of(members: &[&str]) -> JsonPath {
    members
        .iter()
        .fold(JsonPath::default(), |path, member| path.key(member))
}

fn find<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// Where a client has its SAML settings.
const SAMLP: &[&str] = &["addons", "samlp"];

#[cfg(test)]
mod tests {
    use super::super::document::Format;
    use super::super::document::tests::document;
    use super::*;
    use std::rc::Rc;

    fn problems(text: &str) -> Vec<String> {
        let document = document("x.json", Format::Json, text);
        let entry = Entry {
            kind: Kind::Client,
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
    fn a_slip_in_an_algorithm_is_corrected_and_an_empty_audience_told() {
        let text = r#"{"addons": {"samlp": {
            "signatureAlgorithm": "sha256", "audience": " "}}, "callbacks": ["https://sp.example/acs"]}"#;
        assert_eq!(
            problems(text),
            [
                "x.json:2:13: addons.samlp.signatureAlgorithm: \"sha256\" is not an allowed value; allowed \
                 values: \
                 rsa-sha256, rsa-sha1, rsa-sha384, rsa-sha512, ecdsa-sha256, ecdsa-sha384, ecdsa-sha512",
                "x.json:2:45: addons.samlp.audience: the audience is empty, which counts as none, so only a request \
                 that names its issuer says for whom an assertion is; write the name of the service provider, or leave \
                 the member out",
            ]
        );
    }

    #[test]
    fn a_member_that_is_called_nearly_like_a_setting_is_told() {
        let client = serde_json::json!({"callbacks": ["https://sp.example/acs"],
            "addons": {"samlp": {"audience": 5, "encryptioncert": "x", "sign_response": true, "other": 1}}});
        assert_eq!(
            problems(&client.to_string()),
            [
                "x.json:1:73: addons.samlp.encryptioncert: \"encryptioncert\" is no setting, so what it asks for is not \
                 done; write \"encryptionCert\"",
                "x.json:1:94: addons.samlp.sign_response: \"sign_response\" is no setting, so what it asks for is not \
                 done; write \"signResponse\"",
            ]
            .map(str::to_owned)
        );
    }

    #[test]
    fn half_a_pair_and_a_missing_callback_are_named() {
        let text = r#"{"addons": {"samlp": {"key": "x", "encryptionCert": "y"}}}"#;
        let problems = problems(text);
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
            problems(&client.to_string())
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
    fn the_lifetime_of_an_assertion_has_a_limit() {
        let text = r#"{"callbacks": ["https://a.example"],
            "addons": {"samlp": {"lifetimeInSeconds": 315360001}}}"#;
        assert_eq!(
            problems(text),
            [
                "x.json:2:34: addons.samlp.lifetimeInSeconds: 315360001 seconds are not possible; write 1 to \
                 315360000, which is 10 years",
            ]
        );
    }
}
