//! What logins would say of an add-on's settings, found without a login: the same functions look at them.

use super::effective;
use super::key_policy::KeyPolicy;
use super::name_id::pairwise_secret;
use super::settings::{self, AUDIENCE_MISSING, Sign};
use crate::algorithm::Digest;
use crate::json::JsonPath;
use crate::saml::error::SamlError;
use crate::saml::identity_provider::IdentityProvider;
use crate::saml::inbound::Trust;
use crate::saml::post_page::arrives_unchanged;
use crate::saml_setting::{Effective, NameIdSource, Set, ValueError};
use crate::tenant::{Client, Effect, Finding};
use crate::time::Moment;
use crate::trace::Trace;
use crate::xml::illegal_character;

/// The problems of every login of `client` at `now`: settings that cannot be had, then settings that do not go
/// together. An Action may replace such a setting. Problems that reading the tenant reports are left out, and so is
/// the validity of the tenant's own certificate, which is not a setting of the client.
pub fn examine(client: &Client, idp: &IdentityProvider<'_>, now: Moment) -> Vec<Finding> {
    let Some(addon) = &client.addons.samlp else {
        return Vec::new();
    };
    let effective = effective::of_client(client);
    let mut findings = Findings {
        list: Vec::new(),
        idp,
        now,
    };
    for unusable in addon.settings.unusable() {
        let effect = match unusable.error {
            ValueError::Url { .. } => Effect::Refuses,
            _ => Effect::Fails,
        };
        findings.push(
            unusable.member,
            unusable.code().to_owned(),
            unusable.to_string(),
            effect,
        );
    }
    findings.fails("signAssertion", Sign::of(&effective).err());
    findings.signing(&effective);
    findings.encryption(&effective);
    findings.requests(client);
    if effective.name_identifier_source.usable() == Some(&NameIdSource::Pairwise) {
        findings.fails("nameIdentifierSource", pairwise_secret(idp.config).err());
    }
    findings.texts(&effective);
    if effective.audience.value.is_none() {
        findings.push(
            "audience",
            AUDIENCE_MISSING.to_owned(),
            "no audience is set, so only a request that names its issuer says for whom an assertion is; set \"audience\" \
             to the name of the service provider"
                .to_owned(),
            Effect::Warns,
        );
    }
    findings.list
}

struct Findings<'a> {
    list: Vec<Finding>,
    idp: &'a IdentityProvider<'a>,
    now: Moment,
}

impl Findings<'_> {
    fn signing(&mut self, effective: &Effective<'_>) {
        let is_own = effective.cert.value.is_some() || effective.key.value.is_some();
        let member = if is_own { "cert" } else { "signatureAlgorithm" };
        let (error, warnings) =
            self.checked(|policy, idp| settings::signing(effective, idp, policy).map(drop));
        self.fails(
            member,
            error.filter(|error| is_own || error.code != "saml_cert_expired"),
        );
        let method = effective.signature_algorithm.usable();
        let signs_with_sha1 = method.is_some_and(|method| method.digest() == Digest::Sha1);
        // In the order in which messages list them.
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

    fn encryption(&mut self, effective: &Effective<'_>) {
        let (error, trace) = self.checked(|policy, _| settings::encryption(effective, policy).map(drop));
        self.fails("encryptionCert", error);
        for warning in trace.warnings {
            let member = match warning.code.as_str() {
                "cbc_deprecated" | "no_encryption" if effective.encryption_algorithm.value.is_some() => {
                    "encryptionAlgorithm"
                }
                "no_encryption" => "keyEncryptionAlgorithm",
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

    fn texts(&mut self, effective: &Effective<'_>) {
        fn text<'a>(set: &Set<'a, String>) -> Option<&'a str> {
            set.usable().map(String::as_str)
        }
        let issuer = settings::issuer(effective, self.idp).unwrap_or_default();
        let texts = [
            ("authnContextClassRef", text(&effective.authn_context_class_ref)),
            ("issuer", Some(&*issuer)),
            ("nameIdentifierFormat", text(&effective.name_identifier_format)),
            ("nameQualifier", text(&effective.name_qualifier)),
            ("spNameQualifier", text(&effective.sp_name_qualifier)),
        ];
        let audiences = effective.audience.usable().into_iter().flatten();
        let audiences = audiences.map(|audience| ("audience", Some(audience.as_str())));
        for (member, text) in texts.into_iter().chain(audiences) {
            if let Some(character) = text.and_then(illegal_character) {
                let message = format!("{member} holds the character {character:?}, which XML cannot hold");
                self.fails(member, Some(SamlError::config("xml_character", message)));
            }
        }
        if let Some(Err(lost)) = text(&effective.relay_state).map(arrives_unchanged) {
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
            trace: &mut trace,
        };
        let error = step(&mut policy, self.idp).err();
        (error, trace)
    }

    /// `error` with the setting `member`, unless the error names its own place or reading the tenant reports it.
    fn fails(&mut self, member: &'static str, error: Option<SamlError>) {
        let is_told =
            |error: &SamlError| TOLD_IN_PLACE.contains(&error.code) || TOLD_BY_READING.contains(&error.code);
        if let Some(error) = error.filter(|error| !is_told(error)) {
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

    fn push(&mut self, member: &str, code: String, message: String, effect: Effect) {
        self.list.push(Finding {
            path: JsonPath::of(&["addons", "samlp"]).key(member),
            code,
            message,
            effect,
        });
    }
}

/// What is said of settings that cannot be had, which steps meet again.
const TOLD_IN_PLACE: [&str; 3] = ["saml_algorithm", "saml_pem", "saml_url"];

/// What the tenant's reader says of two settings, with the member that is at fault.
const TOLD_BY_READING: [&str; 4] = [
    "saml_encryption_incomplete",
    "saml_encryption_mismatch",
    "saml_signing_incomplete",
    "saml_signing_mismatch",
];

/// Warnings of what some service providers know nothing better than.
const ADVICE: [&str; 3] = ["cbc_deprecated", "rsa_exponent_3", "sha1_deprecated"];

#[cfg(test)]
mod tests;
