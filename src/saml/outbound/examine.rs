//! What logins would say of an add-on's settings, found without a login: the same functions look at them.

use super::key_policy::KeyPolicy;
use super::layers::Layers;
use super::name_id::pairwise_secret;
use super::settings::{self, Sign};
use crate::algorithm::Digest;
use crate::command::NameIdSource;
use crate::saml::error::SamlError;
use crate::saml::identity_provider::IdentityProvider;
use crate::saml::inbound::Trust;
use crate::saml::post_page::arrives_unchanged;
use crate::tenant::{Client, Effect, Finding};
use crate::trace::Trace;
use crate::xml::illegal_character;
use chrono::{DateTime, Utc};

/// What logins of `client` at `now` would fail with or warn of, whoever logs in. An Action may set what is found
/// wrong anew. What reading the tenant tells already is left out, and so is the time of the tenant's own
/// certificate, which is no setting of the client.
pub fn examine(client: &Client, idp: &IdentityProvider<'_>, now: DateTime<Utc>) -> Vec<Finding> {
    let Some(addon) = &client.addons.samlp else {
        return Vec::new();
    };
    let layers = Layers::of_addon(addon);
    let mut findings = Findings {
        list: Vec::new(),
        idp,
        now,
    };
    findings.fails("signAssertion", Sign::of(&layers).err());
    findings.signing(&layers);
    findings.encryption(&layers);
    findings.requests(client);
    findings.values(&layers);
    findings.texts(&layers);
    findings.list
}

struct Findings<'a> {
    list: Vec<Finding>,
    idp: &'a IdentityProvider<'a>,
    now: DateTime<Utc>,
}

impl Findings<'_> {
    fn signing(&mut self, layers: &Layers<'_>) {
        let is_own = layers.cert.is_some() || layers.key.is_some();
        let (error, warnings) = self.checked(|policy, idp| settings::signing(layers, idp, policy).map(drop));
        let algorithm_is_unknown = |member: &Option<Result<_, _>>| matches!(member, Some(Err(_)));
        let member = match &error {
            Some(error) if error.code == "saml_algorithm" => {
                if algorithm_is_unknown(&layers.signature_algorithm) {
                    "signatureAlgorithm"
                } else {
                    "digestAlgorithm"
                }
            }
            _ if is_own => "cert",
            _ => "signatureAlgorithm",
        };
        self.fails(
            member,
            error.filter(|error| is_own || error.code != "saml_cert_expired"),
        );
        let signs_with_sha1 =
            matches!(&layers.signature_algorithm, Some(Ok(method)) if method.digest() == Digest::Sha1);
        // In the order in which they are told.
        let mut sha1 = ["signatureAlgorithm", "digestAlgorithm"]
            .into_iter()
            .skip(usize::from(!signs_with_sha1));
        for warning in warnings.warnings {
            let member = match warning.code.as_str() {
                "sha1_deprecated" => sha1.next().unwrap_or("digestAlgorithm"),
                _ if is_own => "cert",
                _ => continue,
            };
            self.warns(member, warning.code, warning.message);
        }
    }

    fn encryption(&mut self, layers: &Layers<'_>) {
        let (error, trace) = self.checked(|policy, _| settings::encryption(layers, policy).map(drop));
        let member = match &error {
            Some(error) if error.code == "saml_algorithm" => match layers.encryption_algorithm {
                Some(Err(_)) => "encryptionAlgorithm",
                _ => "keyEncryptionAlgorithm",
            },
            _ => "encryptionCert",
        };
        self.fails(member, error);
        for warning in trace.warnings {
            let member = match warning.code.as_str() {
                "cbc_deprecated" if layers.encryption_algorithm.is_some() => "encryptionAlgorithm",
                _ => "encryptionCert",
            };
            self.warns(member, warning.code, warning.message);
        }
    }

    /// What signed requests are checked with.
    fn requests(&mut self, client: &Client) {
        match Trust::of_client(client, self.idp.config, self.now) {
            Ok(trust) => {
                if let Some((code, message)) = trust.outdated() {
                    self.warns("signingCert", code.to_owned(), message);
                }
            }
            Err(error) => self.fails("signingCert", Some(error)),
        }
    }

    fn values(&mut self, layers: &Layers<'_>) {
        self.fails("lifetimeInSeconds", failed(layers.lifetime.as_ref()));
        self.fails("notBeforeSkewSeconds", failed(layers.not_before_skew.as_ref()));
        self.fails("sessionNotOnOrAfter", failed(layers.session_end.as_ref()));
        for kind in layers.attribute_types.values() {
            self.fails("attributeTypes", failed(Some(kind)));
        }
        self.fails("nameIdentifierSource", failed(layers.name_id_source.as_ref()));
        if let Some(Ok(NameIdSource::Pairwise)) = layers.name_id_source {
            self.fails("nameIdentifierSource", pairwise_secret(self.idp.config).err());
        }
    }

    fn texts(&mut self, layers: &Layers<'_>) {
        let texts = [
            ("authnContextClassRef", layers.authn_context_class_ref),
            ("destination", layers.destination),
            ("issuer", Some(&*settings::issuer(layers, self.idp))),
            ("nameIdentifierFormat", layers.name_id_format),
            ("nameQualifier", layers.name_qualifier),
            ("recipient", layers.recipient),
            ("spNameQualifier", layers.sp_name_qualifier),
        ];
        let audiences = layers.audience.iter().flatten();
        let audiences = audiences.map(|audience| ("audience", Some(*audience)));
        for (member, text) in texts.into_iter().chain(audiences) {
            if let Some(character) = text.and_then(illegal_character) {
                let message = format!("{member} holds the character {character:?}, which XML cannot hold");
                self.fails(member, Some(SamlError::config("xml_character", message)));
            }
        }
        if let Some(Err(lost)) = layers.relay_state.map(arrives_unchanged) {
            self.warns(
                "relayState",
                "relay_state_unpostable".to_owned(),
                lost.to_string(),
            );
        }
    }

    /// What `step` fails with and warns of.
    fn checked(
        &self,
        step: impl FnOnce(&mut KeyPolicy<'_>, &IdentityProvider<'_>) -> Result<(), SamlError>,
    ) -> (Option<SamlError>, Trace) {
        let mut trace = Trace::default();
        let mut policy = KeyPolicy {
            config: self.idp.config,
            now: self.now,
            recorded: &[],
            trace: &mut trace,
        };
        let error = step(&mut policy, self.idp).err();
        (error, trace)
    }

    fn fails(&mut self, member: &'static str, error: Option<SamlError>) {
        if let Some(error) = error.filter(|error| !TOLD_BY_READING.contains(&error.code)) {
            self.push(member, error.code.to_owned(), error.description, Effect::Fails);
        }
    }

    fn warns(&mut self, member: &'static str, code: String, message: String) {
        let effect = if ADVICE.contains(&code.as_str()) {
            Effect::Advises
        } else {
            Effect::Warns
        };
        self.push(member, code, message, effect);
    }

    fn push(&mut self, member: &'static str, code: String, message: String, effect: Effect) {
        self.list.push(Finding {
            path: vec!["addons", "samlp", member],
            code,
            message,
            effect,
        });
    }
}

fn failed<T>(value: Option<&Result<T, SamlError>>) -> Option<SamlError> {
    value.and_then(|value| value.as_ref().err()).cloned()
}

/// What the tenant's reader says of the same settings, with the member that is at fault.
const TOLD_BY_READING: [&str; 5] = [
    "saml_encryption_incomplete",
    "saml_encryption_mismatch",
    "saml_pem",
    "saml_signing_incomplete",
    "saml_signing_mismatch",
];

/// Warnings of what some service providers know nothing better than.
const ADVICE: [&str; 3] = ["cbc_deprecated", "rsa_exponent_3", "sha1_deprecated"];

#[cfg(test)]
mod tests;
