//! What logins would say of the settings that tokens are issued with, found without a login: the same functions
//! check them.

use super::access_token::{dialect, encryption};
use super::error::TokenError;
use super::id_token;
use super::id_token::secret;
use super::jws::{JwsKey, Owner};
use crate::json::JsonPath;
use crate::keys::KeyRing;
use crate::tenant::{Client, Effect, Finding, ResourceServer};
use crate::trace::Trace;

/// What every login of `client` that gets an ID token would fail with or warn of.
pub fn examine_client(client: &Client, keys: &KeyRing) -> Vec<Finding> {
    const CONFIGURATION: &str = "jwt_configuration";
    let mut findings = Vec::new();
    let mut trace = Trace::default();
    let alg = client.jwt_configuration.alg.as_ref();
    match secret(client) {
        Err(error) => findings.push(fails(&["client_secret"], &error)),
        Ok(secret) => {
            let key = JwsKey::choose(
                alg,
                secret.as_deref(),
                Owner::Client(&client.name),
                keys,
                &mut trace,
            );
            findings.extend(key.err().map(|error| fails(&[CONFIGURATION, "alg"], &error)));
            findings.extend(warnings(&["client_secret"], trace));
        }
    }
    let mut trace = Trace::default();
    id_token::check_lifetime(client, &mut trace);
    findings.extend(warnings(&[CONFIGURATION, "lifetime_in_seconds"], trace));
    findings
}

/// What every login that gets an access token of `api` would fail with or warn of.
pub fn examine_resource_server(api: &ResourceServer, keys: &KeyRing) -> Vec<Finding> {
    let mut trace = Trace::default();
    let secret = api.hmac_secret().map(str::as_bytes);
    let owner = Owner::Api(&api.identifier);
    let key = JwsKey::choose(api.signing_alg.as_ref(), secret, owner, keys, &mut trace);
    let errors = [
        ("token_dialect", dialect(api).err()),
        ("token_encryption", encryption(api).err()),
        ("signing_alg", key.err()),
    ];
    let errors = errors
        .into_iter()
        .filter_map(|(member, error)| Some(fails(&[member], &error?)));
    errors.chain(warnings(&["signing_secret"], trace)).collect()
}

fn fails(path: &[&str], error: &TokenError) -> Finding {
    Finding {
        path: JsonPath::of(path),
        code: TokenError::CODE.to_owned(),
        message: error.to_string(),
        effect: Effect::Fails,
    }
}

fn warnings(path: &[&str], trace: Trace) -> impl Iterator<Item = Finding> {
    let path = JsonPath::of(path);
    trace.warnings.into_iter().map(move |warning| Finding {
        path: path.clone(),
        code: warning.code,
        message: warning.message,
        effect: Effect::Warns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ring_for_tests;
    use serde_json::{Value, json};

    fn of_client(client: Value, keys: &KeyRing) -> Vec<(String, Effect)> {
        let client: Client = serde_json::from_value(client).unwrap();
        let findings = examine_client(&client, keys).into_iter();
        findings
            .map(|found| (found.path.to_string(), found.effect))
            .collect()
    }

    #[test]
    fn an_algorithm_without_a_key_or_a_secret_is_found() {
        let only_rsa = KeyRing::of(ring_for_tests().current.clone());
        let alg = || ("jwt_configuration.alg".to_owned(), Effect::Fails);
        let client = |alg: &str| json!({"client_id": "a", "jwt_configuration": {"alg": alg}});
        for name in ["ES256", "EdDSA", "HS256", "none", ""] {
            assert_eq!(of_client(client(name), &only_rsa), [alg()], "{name}");
        }
        assert_eq!(of_client(client("ES256"), ring_for_tests()), []);
        let guessed =
            json!({"client_id": "a", "client_secret": "short", "jwt_configuration": {"alg": "HS256"}});
        assert_eq!(
            of_client(guessed, &only_rsa),
            [("client_secret".to_owned(), Effect::Warns)]
        );
    }

    #[test]
    fn a_lifetime_beyond_the_platforms_is_found() {
        for (seconds, count) in [(2_592_000, 0), (2_592_001, 1), (0, 1), (1, 0)] {
            let client = json!({"client_id": "a", "jwt_configuration": {"lifetime_in_seconds": seconds}});
            assert_eq!(of_client(client, ring_for_tests()).len(), count, "{seconds}");
        }
    }

    #[test]
    fn an_api_whose_tokens_cannot_be_issued_is_found() {
        let only_rsa = KeyRing::of(ring_for_tests().current.clone());
        let api = json!({"identifier": "urn:api", "signing_alg": "EdDSA", "token_dialect": "own",
            "token_encryption": {"format": "own"}});
        let api: ResourceServer = serde_json::from_value(api).unwrap();
        let found = examine_resource_server(&api, &only_rsa);
        let members: Vec<_> = found.iter().map(|found| found.path.to_string()).collect();
        assert_eq!(members, ["token_dialect", "token_encryption", "signing_alg"]);
    }
}
