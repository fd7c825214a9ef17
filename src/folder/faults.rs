//! Settings that cannot be had or do not go together, reported before a login meets them.
//!
//! The walk of `tenant` finds them ([`Walk`]). Mostly they are warnings: the rest of the tenant works, and an Action may
//! replace some of them.

use super::entry::Entry;
use super::files::Files;
use crate::tenant::{Problem, Severity, Walk};

/// Reports every fault of an object with its place.
pub(super) fn report(object: &impl Walk, severity: Severity, entry: &Entry, files: &mut Files) {
    for fault in object.faults() {
        let problem = Problem::new(severity, fault.code, &entry.document.file);
        let problem = problem.says(fault.error.what, fault.error.help);
        let path = entry.path.then(fault.path.0);
        files.problems.push(entry.document.locate(problem, &path));
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::Format;
    use super::super::document::tests::document;
    use super::super::entry::Kind;
    use super::super::sources::Sources;
    use super::*;
    use crate::json::{JsonPath, lenient};
    use crate::tenant::{Client, ResourceServer};
    use serde::de::DeserializeOwned;
    use serde_json::Value;
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::rc::Rc;

    fn problems<T: DeserializeOwned + Walk>(kind: Kind, text: &str) -> Vec<String> {
        let document = document("x.json", Format::Json, text);
        let entry = Entry {
            kind,
            value: document.parse().unwrap(),
            document: Rc::new(document),
            path: JsonPath::default(),
        };
        let sources = Sources {
            environment: &|_| None,
            variables: &BTreeMap::new(),
        };
        let mut files = Files::new(Path::new("."), &sources);
        let object: T = lenient(entry.value.clone()).0.unwrap();
        report(&object, Severity::Warning, &entry, &mut files);
        let problems = files.problems.iter();
        problems
            .map(|problem| format!("{problem}; {}", problem.help))
            .collect()
    }

    #[test]
    fn a_slip_in_a_word_is_corrected() {
        let client = r#"{"jwt_configuration": {"alg": "RS257"}, "app_type": "vr", "organization_usage": "",
            "refresh_token": {"rotation_type": "rotate", "expiration_type": "expiring"}}"#;
        assert_eq!(
            problems::<Client>(Kind::Client, client),
            [
                "x.json:1:24: jwt_configuration.alg: \"RS257\" is not an allowed value; did you mean RS256? Allowed \
                 values: RS256, HS256, PS256, RS384, RS512, ES256, EdDSA",
                "x.json:2:31: refresh_token.rotation_type: \"rotate\" is not an allowed value; allowed values: \
                 rotating, non-rotating",
            ]
        );
        let api = r#"{"signing_alg": "none", "token_dialect": "jwt", "token_encryption": {"format": "own"}}"#;
        assert_eq!(
            problems::<ResourceServer>(Kind::ResourceServer, api),
            [
                "x.json:1:2: signing_alg: \"none\" is not an allowed value; allowed values: RS256, HS256, PS256, \
                 RS384, RS512, ES256, EdDSA",
                "x.json:1:25: token_dialect: \"jwt\" is not an allowed value; allowed values: access_token, \
                 access_token_authz, rfc9068_profile, rfc9068_profile_authz",
            ]
        );
    }

    #[test]
    fn symmetric_signing_needs_a_secret_and_lifetimes_have_a_limit() {
        let text = r#"{"signing_alg": "HS256", "token_lifetime": 2592001, "token_lifetime_for_web": 60}"#;
        let problems = problems::<ResourceServer>(Kind::ResourceServer, text);
        assert!(problems[0].contains("write 1 to 2592000"));
        assert!(problems[1].contains("add \"signing_secret\""));
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn lifetimes_of_a_client_have_limits_too() {
        let text = r#"{"jwt_configuration": {"lifetime_in_seconds": 0},
            "refresh_token": {"token_lifetime": 157788001, "idle_token_lifetime": 1}}"#;
        assert_eq!(
            problems::<Client>(Kind::Client, text),
            [
                "x.json:1:24: jwt_configuration.lifetime_in_seconds: 0 seconds are not possible; write 1 to \
                 2592000, which is 30 days",
                "x.json:2:31: refresh_token.token_lifetime: 157788001 seconds are not possible; write 1 to \
                 157788000, which is 5 years",
            ]
        );
    }

    #[test]
    fn a_slip_in_an_algorithm_is_corrected_and_an_empty_audience_told() {
        let text = r#"{"addons": {"samlp": {
            "signatureAlgorithm": "sha256", "audience": " "}}, "callbacks": ["https://sp.example/acs"]}"#;
        assert_eq!(
            problems::<Client>(Kind::Client, text),
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
            problems::<Client>(Kind::Client, &client.to_string()),
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
        let problems = problems::<Client>(Kind::Client, text);
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
            problems::<Client>(Kind::Client, &client.to_string())
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
            problems::<Client>(Kind::Client, text),
            [
                "x.json:2:34: addons.samlp.lifetimeInSeconds: 315360001 seconds are not possible; write 1 to \
                 315360000, which is 10 years",
            ]
        );
    }
}
