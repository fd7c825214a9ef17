//! Settings of an object that cannot be had, reported before a login meets them.
//!
//! All of these are warnings: the rest of the tenant works. Here are the settings that know themselves whether they can be
//! had (the walk of `tenant`), and secrets that are missing; `values` has what takes several members, or the SAML add-on.

use super::entry::Entry;
use super::files::Files;
use crate::json::JsonPath;
use crate::secret::Secret;
use crate::tenant::{Client, Problem, ResourceServer, Walk};

/// Reports every setting of an object that cannot be had.
pub(super) fn report(object: &impl Walk, entry: &Entry, files: &mut Files) {
    for fault in object.faults() {
        let problem = Problem::warning("bad_value", &entry.document.file);
        let problem = problem.says(fault.error.what, fault.error.help);
        push(problem, fault.path, entry, files);
    }
}

/// Reports that a client's secret is needed and not there.
pub(super) fn client_secret(client: &Client, entry: &Entry, files: &mut Files) {
    if client.jwt_configuration.is_signed_with_secret() && is_absent(client.client_secret.as_ref()) {
        let path = JsonPath::default().key("jwt_configuration").key("alg");
        let problem = Problem::warning("missing_secret", &entry.document.file).says(
            "HS256 signs ID tokens with the client's secret, which is not set",
            "add \"client_secret\", or use RS256",
        );
        push(problem, path, entry, files);
    }
}

/// Reports that an API's secret is needed and not there.
pub(super) fn signing_secret(api: &ResourceServer, entry: &Entry, files: &mut Files) {
    if api.is_signed_with_secret() && is_absent(api.signing_secret.as_ref()) {
        let problem = Problem::warning("missing_secret", &entry.document.file).says(
            "HS256 signs access tokens with the API's secret, which is not set",
            "add \"signing_secret\", or use RS256",
        );
        push(problem, JsonPath::default().key("signing_alg"), entry, files);
    }
}

fn push(problem: Problem, path: JsonPath, entry: &Entry, files: &mut Files) {
    let problem = entry.document.locate(problem, &entry.path.then(path.0));
    files.problems.push(problem);
}

fn is_absent(secret: Option<&Secret<String>>) -> bool {
    secret.is_none_or(|secret| secret.reveal().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::document::Format;
    use super::super::document::tests::document;
    use super::super::entry::Kind;
    use super::super::sources::Sources;
    use super::*;
    use serde::de::DeserializeOwned;
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::rc::Rc;

    fn problems<T: DeserializeOwned + Walk>(
        kind: Kind,
        text: &str,
        secret: fn(&T, &Entry, &mut Files),
    ) -> Vec<String> {
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
        let object: T = serde_json::from_str(text).unwrap();
        report(&object, &entry, &mut files);
        secret(&object, &entry, &mut files);
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
            problems(Kind::Client, client, client_secret),
            [
                "x.json:1:24: jwt_configuration.alg: \"RS257\" is not an allowed value; did you mean RS256? Allowed \
                 values: RS256, HS256, PS256, RS384, RS512, ES256, EdDSA",
                "x.json:2:31: refresh_token.rotation_type: \"rotate\" is not an allowed value; allowed values: \
                 rotating, non-rotating",
            ]
        );
        let api = r#"{"signing_alg": "none", "token_dialect": "jwt", "token_encryption": {"format": "own"}}"#;
        assert_eq!(
            problems(Kind::ResourceServer, api, signing_secret),
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
        let problems = problems(Kind::ResourceServer, text, signing_secret);
        assert!(problems[0].contains("write 1 to 2592000"));
        assert!(problems[1].contains("add \"signing_secret\""));
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn lifetimes_of_a_client_have_limits_too() {
        let text = r#"{"jwt_configuration": {"lifetime_in_seconds": 0},
            "refresh_token": {"token_lifetime": 157788001, "idle_token_lifetime": 1}}"#;
        assert_eq!(
            problems(Kind::Client, text, client_secret),
            [
                "x.json:1:24: jwt_configuration.lifetime_in_seconds: 0 seconds are not possible; write 1 to \
                 2592000, which is 30 days",
                "x.json:2:31: refresh_token.token_lifetime: 157788001 seconds are not possible; write 1 to \
                 157788000, which is 5 years",
            ]
        );
    }
}
