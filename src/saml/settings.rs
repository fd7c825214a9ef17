//! What one response is made with: defaults, under the add-on's settings, under what Actions set, each
//! setting by itself (semantics 4.1 and 4.2).

use super::attribute::{NameFormats, Typing};
use super::claim_map::{ClaimRules, Identities, Passthrough, Upn};
use super::encryption::Encryption;
use super::judge::{Judge, Purpose};
use super::layers::Layers;
use super::name_id::DEFAULT_PROBES;
use super::signature::Signing;
use super::{IdentityProvider, SamlError};
use crate::command::{DigestAlgorithm, EncryptionAlgorithm, SignatureAlgorithm};
use crate::event::SamlRequest;
use crate::keys::{Certificate, PrivateKey, PublicKey, SigningPair};
use crate::login::RefusalKind;
use crate::tenant::{Client, SamlConfig};
use chrono::TimeDelta;
use std::borrow::Cow;

/// Everything the assertion is made with; valid as a whole.
#[derive(Clone, Debug)]
pub(super) struct Settings<'a> {
    pub audiences: Vec<&'a str>,
    pub authn_context_class_ref: &'a str,
    pub claims: ClaimRules<'a>,
    pub encryption: Option<Encryption>,
    pub lifetime: TimeDelta,
    pub name_formats: NameFormats,
    pub name_id_format: &'a str,
    pub name_id_probes: Vec<&'a str>,
    pub recipient: &'a str,
    pub typing: Typing,
}

/// What a response needs whether it carries an assertion or not.
#[derive(Clone, Debug)]
pub(super) struct Envelope<'a> {
    pub acs_url: &'a str,
    pub destination: &'a str,
    pub issuer: Cow<'a, str>,
    pub relay_state: &'a str,
    pub sign: Sign,
}

/// Which element carries the signature; never both (semantics 4.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Assertion,
    Response,
}

impl<'a> Envelope<'a> {
    /// # Errors
    /// It is not known where the response is to be posted.
    pub fn new(
        layers: &Layers<'a>,
        request: Option<&'a SamlRequest>,
        client: &'a Client,
        idp: &IdentityProvider<'a>,
    ) -> Result<Self, SamlError> {
        let acs_url = request
            .map(|request| request.acs_url.as_str())
            .filter(|url| !url.is_empty())
            .or_else(|| client.callbacks.first().map(String::as_str))
            .ok_or_else(|| {
                SamlError::new(
                    RefusalKind::SamlRequest,
                    "saml_acs_missing",
                    format!(
                        "there is nowhere to post the response: the application '{}' has no callback URL",
                        client.name
                    ),
                )
            })?;
        Ok(Self {
            acs_url,
            destination: layers.destination.unwrap_or(acs_url),
            issuer: issuer(layers, idp),
            relay_state: layers
                .relay_state
                .or_else(|| request?.relay_state.as_deref())
                .unwrap_or_default(),
            sign: if layers.sign_response.unwrap_or(false) {
                Sign::Response
            } else {
                Sign::Assertion
            },
        })
    }
}

impl<'a> Settings<'a> {
    /// # Errors
    /// Settings that contradict each other or cannot be carried out.
    pub fn new(
        layers: &Layers<'a>,
        envelope: &Envelope<'a>,
        request: Option<&'a SamlRequest>,
        judge: &mut Judge<'_>,
        config: &'a SamlConfig,
    ) -> Result<Self, SamlError> {
        let audiences = match (
            &layers.audience,
            request.and_then(|request| request.issuer.as_deref()),
        ) {
            (Some(audiences), _) => audiences.clone(),
            (None, Some(issuer)) => vec![issuer],
            (None, None) => {
                judge.warn(
                    "audience_missing",
                    "the request names no issuer and no audience is set, so the assertion is not restricted \
                     to one; set the audience in the add-on or with setAudience",
                    "setAudience",
                );
                Vec::new()
            }
        };
        let choose = |flag: Option<bool>, default| flag.unwrap_or(default);
        Ok(Self {
            audiences,
            authn_context_class_ref: layers.authn_context_class_ref.unwrap_or(UNSPECIFIED_CONTEXT),
            claims: ClaimRules {
                mappings: layers.mappings,
                upn: if choose(layers.create_upn_claim, true) {
                    Upn::Create
                } else {
                    Upn::Leave
                },
                identities: if choose(layers.map_identities, true) {
                    Identities::Map
                } else {
                    Identities::Leave
                },
                passthrough: match (
                    choose(layers.passthrough_claims_with_no_mapping, true),
                    choose(layers.map_unknown_claims_as_is, false),
                ) {
                    (false, _) => Passthrough::Leave,
                    (true, false) => Passthrough::Prefixed,
                    (true, true) => Passthrough::AsIs,
                },
                prefix: &config.claim_prefix,
            },
            encryption: encryption(layers, judge)?,
            lifetime: layers.lifetime.clone().transpose()?.unwrap_or(DEFAULT_LIFETIME),
            name_formats: if choose(layers.include_attribute_name_format, true) {
                NameFormats::Inferred
            } else {
                NameFormats::Omitted
            },
            name_id_format: layers.name_id_format.unwrap_or(UNSPECIFIED_NAME_ID),
            name_id_probes: layers.name_id_probes.map_or_else(
                || DEFAULT_PROBES.to_vec(),
                |probes| probes.iter().map(String::as_str).collect(),
            ),
            recipient: layers.recipient.unwrap_or(envelope.acs_url),
            typing: if choose(layers.typed_attributes, true) {
                Typing::Inferred
            } else {
                Typing::Untyped
            },
        })
    }
}

/// Who the responses and the metadata are from.
pub(super) fn issuer<'a>(layers: &Layers<'a>, idp: &IdentityProvider<'a>) -> Cow<'a, str> {
    layers.issuer.map_or_else(
        || Cow::Owned(idp.config.issuer.replace("{domain}", idp.domain)),
        Cow::Borrowed,
    )
}

/// The pair to sign with: the tenant's, or one that is complete and belongs together.
///
/// # Errors
/// Half a pair, two parts of different pairs, or a key that is not fit.
pub(super) fn signing<'a>(
    layers: &Layers<'a>,
    idp: &IdentityProvider<'a>,
    judge: &mut Judge<'_>,
) -> Result<Signing<'a>, SamlError> {
    let pair = match (&layers.cert, &layers.key) {
        (None, None) => Cow::Borrowed(idp.pair),
        (Some(certificate), Some(key)) => {
            let pair = SigningPair::new(
                key.read(PrivateKey::from_pem)?,
                certificate.read(Certificate::from_pem)?,
            );
            let pair = pair.map_err(|mismatch| {
                SamlError::config("saml_signing_mismatch", format!("cert and key: {mismatch}"))
            })?;
            judge.validity(pair.certificate(), "cert", "setCert")?;
            Cow::Owned(pair)
        }
        (certificate, _) => {
            let (given, missing) = if certificate.is_some() {
                ("cert", "key")
            } else {
                ("key", "cert")
            };
            return Err(SamlError::config(
                "saml_signing_incomplete",
                format!(
                    "{given} is set without {missing}; set both, or neither to sign with the tenant's own pair"
                ),
            ));
        }
    };
    judge.fit(&pair.certificate().public_key(), Purpose::Sign, "setCert")?;
    let signature = layers
        .signature_algorithm
        .clone()
        .transpose()?
        .unwrap_or_default();
    let digest = layers.digest_algorithm.clone().transpose()?.unwrap_or_default();
    if signature == SignatureAlgorithm::RsaSha1 {
        judge.warn(
            "sha1_deprecated",
            &sha1_message("signatureAlgorithm", "rsa-sha256"),
            "setSignatureAlgorithm",
        );
    }
    if digest == DigestAlgorithm::Sha1 {
        judge.warn(
            "sha1_deprecated",
            &sha1_message("digestAlgorithm", "sha256"),
            "setDigestAlgorithm",
        );
    }
    Ok(Signing {
        pair,
        signature,
        digest,
    })
}

fn sha1_message(setting: &str, better: &str) -> String {
    format!(
        "{setting} is set to SHA-1, which is broken; set {better} unless the service provider knows nothing else"
    )
}

fn encryption(layers: &Layers<'_>, judge: &mut Judge<'_>) -> Result<Option<Encryption>, SamlError> {
    let (certificate, public_key) = match (&layers.encryption_cert, &layers.encryption_public_key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (
            certificate.read(Certificate::from_pem)?,
            key.read(PublicKey::from_pem)?,
        ),
        (certificate, _) => {
            let names = ["encryptionCert", "encryptionPublicKey"];
            let [given, missing] = if certificate.is_some() {
                names
            } else {
                [names[1], names[0]]
            };
            return Err(SamlError::config(
                "saml_encryption_incomplete",
                format!(
                    "{given} is set without {missing}; set both, or neither to send the assertion unencrypted"
                ),
            ));
        }
    };
    let key = judge.fit(&certificate.public_key(), Purpose::Encrypt, "setEncryptionCert")?;
    judge.validity(&certificate, "encryptionCert", "setEncryptionCert")?;
    let algorithm = layers
        .encryption_algorithm
        .clone()
        .transpose()?
        .unwrap_or_default();
    if algorithm == EncryptionAlgorithm::Aes256Cbc {
        judge.warn(
            "cbc_deprecated",
            "the assertion is encrypted with aes256-cbc, which does not protect it against changes; set \
             encryptionAlgorithm to aes256-gcm if the service provider can read it",
            "setEncryptionAlgorithm",
        );
    }
    Encryption::new(certificate, key, &public_key, algorithm).map(Some)
}

const DEFAULT_LIFETIME: TimeDelta = TimeDelta::seconds(3600);
const UNSPECIFIED_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
const UNSPECIFIED_NAME_ID: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::command::SamlSetting;
    use crate::saml::SamlError;
    use openssl::pkey::PKey;
    use serde_json::json;

    fn error(mut login: Login) -> SamlError {
        let error = login.respond().unwrap_err();
        assert_eq!(error.kind, RefusalKind::SamlConfig);
        assert!(!error.description.contains("PRIVATE KEY-"), "{error}");
        error
    }

    fn encrypting(certificate_pem: &str, public_pem: &str) -> Login {
        Login::new().addon(json!({
            "encryptionCert": certificate_pem, "encryptionPublicKey": public_pem, "encryptionAlgorithm": "aes256-gcm"
        }))
    }

    fn encrypting_for(pair: &Pair) -> Login {
        encrypting(&pair.certificate_pem, &pair.public_pem)
    }

    #[test]
    fn defaults() {
        let mut login = Login::new();
        let answer = login.respond().unwrap();
        assert_eq!(answer.acs_url, "https://sp.example/acs");
        assert_eq!(answer.relay_state, "state");
        for part in [
            "Destination=\"https://sp.example/acs\"",
            ">urn:tenant.us.example</saml:Issuer>",
            "Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\"",
            "Recipient=\"https://sp.example/acs\" InResponseTo=\"_request\"",
            "<saml:Audience>urn:sp</saml:Audience>",
            "NotOnOrAfter=\"2026-03-04T06:06:07.089Z\"",
            ">urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified<",
        ] {
            assert!(answer.xml.contains(part), "{part} in {}", answer.xml);
        }
        assert_eq!(login.warnings(), [""; 0]);
    }

    #[test]
    fn the_addon_overrides_defaults_and_actions_override_the_addon_each_setting_by_itself() {
        let answer = Login::new()
            .addon(json!({
                "audience": ["urn:a1", "urn:a2"], "issuer": "urn:addon", "recipient": "https://r/addon",
                "destination": "https://d/addon", "lifetimeInSeconds": 60, "relayState": "addon",
                "nameIdentifierFormat": "format:addon", "authnContextClassRef": "context:addon",
                "typedAttributes": false, "includeAttributeNameFormat": false
            }))
            .set(SamlSetting::Issuer("urn:action<&>\"".to_owned()))
            .set(SamlSetting::Destination("javascript:alert(1)".to_owned()))
            .set(SamlSetting::LifetimeInSeconds(61))
            .set(SamlSetting::RelayState(String::new()))
            .respond()
            .unwrap();
        for part in [
            "Destination=\"javascript:alert(1)\"",
            ">urn:action&lt;&amp;&gt;\"</saml:Issuer>",
            "<saml:Audience>urn:a1</saml:Audience><saml:Audience>urn:a2</saml:Audience>",
            "Recipient=\"https://r/addon\"",
            "NotOnOrAfter=\"2026-03-04T05:07:08.089Z\"",
            "<saml:NameID Format=\"format:addon\">",
            ">context:addon<",
            "xsi:type=\"xs:anyType\"",
        ] {
            assert!(answer.xml.contains(part), "{part} in {}", answer.xml);
        }
        assert!(!answer.xml.contains("NameFormat") && !answer.xml.contains("xs:string"));
        assert_eq!(
            (&*answer.relay_state, &*answer.acs_url),
            ("", "https://sp.example/acs")
        );
    }

    #[test]
    fn empty_texts_are_the_defaults() {
        let plain = Login::new().respond().unwrap();
        let empty = Login::new()
            .addon(
                json!({"audience": "", "issuer": "", "recipient": "", "destination": "", "cert": "",
                "key": "", "encryptionCert": "", "encryptionPublicKey": "", "signatureAlgorithm": ""}),
            )
            .respond()
            .unwrap();
        assert_eq!(plain, empty);
    }

    #[test]
    fn an_unsolicited_response_answers_nothing_and_goes_to_the_first_callback() {
        let mut login = Login::new();
        login.grant.request.saml = None;
        let answer = login.respond().unwrap();
        assert_eq!(answer.acs_url, "https://sp.example/first");
        assert_eq!(answer.relay_state, "");
        assert!(!answer.xml.contains("InResponseTo") && !answer.xml.contains("AudienceRestriction"));
        assert!(answer.xml.contains("Recipient=\"https://sp.example/first\""));
        assert_eq!(login.warnings(), ["audience_missing"]);

        login.client.callbacks.clear();
        assert_eq!(login.respond().unwrap_err().kind, RefusalKind::SamlRequest);
    }

    #[test]
    fn settings_of_the_addon_that_do_not_exist_are_refused() {
        for (addon, code) in [
            (json!({"signatureAlgorithm": "rsa-md5"}), "saml_algorithm"),
            (json!({"digestAlgorithm": "SHA256"}), "saml_algorithm"),
            (json!({"lifetimeInSeconds": 0}), "saml_lifetime"),
            (json!({"lifetimeInSeconds": -1}), "saml_lifetime"),
            (json!({"lifetimeInSeconds": 0.5}), "saml_lifetime"),
            (json!({"lifetimeInSeconds": 1e15}), "saml_lifetime"),
            (json!({"audience": "a\u{1}"}), "xml_character"),
        ] {
            assert_eq!(error(Login::new().addon(addon.clone())).code, code, "{addon}");
        }
        let bad_cipher = json!({"encryptionCert": other().certificate_pem,
            "encryptionPublicKey": other().public_pem, "encryptionAlgorithm": "aes128-cbc"});
        assert_eq!(error(Login::new().addon(bad_cipher)).code, "saml_algorithm");
    }

    #[test]
    fn half_an_encryption_is_refused() {
        let half = Login::new().set(SamlSetting::EncryptionCert(other().certificate()));
        assert_eq!(error(half).code, "saml_encryption_incomplete");
        let half = Login::new().set(SamlSetting::EncryptionPublicKey(other().public_key()));
        assert_eq!(error(half).code, "saml_encryption_incomplete");
        let across = Login::new()
            .addon(json!({"encryptionCert": other().certificate_pem}))
            .set(SamlSetting::EncryptionPublicKey(other().public_key()));
        assert!(
            { across }.respond().is_ok(),
            "the halves may come from both layers"
        );
    }

    #[test]
    fn a_public_key_of_another_certificate_is_refused_with_both_fingerprints() {
        let error = error(encrypting(&other().certificate_pem, &tenant().public_pem));
        assert_eq!(error.code, "saml_encryption_mismatch");
        for key in [tenant().public_key(), other().public_key()] {
            assert!(error.description.contains(&key.fingerprint()), "{error}");
        }
    }

    #[test]
    fn half_a_signing_pair_or_two_halves_of_different_ones_are_refused() {
        let half = Login::new().set(SamlSetting::Cert(other().certificate()));
        assert_eq!(error(half).code, "saml_signing_incomplete");
        let half = Login::new().set(SamlSetting::Key(other().key()));
        assert_eq!(error(half).code, "saml_signing_incomplete");
        let mixed = Login::new()
            .set(SamlSetting::Key(other().key()))
            .set(SamlSetting::Cert(tenant().certificate()));
        assert_eq!(error(mixed).code, "saml_signing_mismatch");
    }

    #[test]
    fn a_private_key_in_place_of_a_certificate_is_refused_and_not_shown() {
        let pair = other();
        let error = error(encrypting(&pair.key_pem, &pair.public_pem));
        assert_eq!(error.code, "saml_pem");
        assert_eq!(
            error.description,
            "add-on samlp.encryptionCert: expected a PEM certificate, found a PRIVATE KEY"
        );
    }

    #[test]
    fn short_rsa_keys_are_refused_and_1024_bits_need_the_option() {
        for bits in [512, 768] {
            let pair = Pair::rsa(bits);
            for allow in [false, true] {
                let mut login = encrypting_for(&pair);
                login.config.allow_rsa1024 = allow;
                let error = error(login);
                assert_eq!(error.code, "saml_encryption_key");
                assert!(error.description.contains(&format!("{bits} bits")), "{error}");
            }
        }
        let pair = Pair::rsa(1024);
        assert_eq!(error(encrypting_for(&pair)).code, "saml_encryption_key");
        let mut login = encrypting_for(&pair);
        login.config.allow_rsa1024 = true;
        assert!(login.respond().is_ok());
        let own = json!({"cert": pair.certificate_pem, "key": pair.key_pem});
        assert_eq!(error(Login::new().addon(own)).code, "saml_signing_key");
    }

    #[test]
    fn keys_that_are_not_rsa_are_refused_by_name() {
        let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
        let ec = PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap();
        let dsa = PKey::from_dsa(openssl::dsa::Dsa::generate(1024).unwrap()).unwrap();
        for (pkey, name) in [
            (ec, "EC"),
            (PKey::generate_ed25519().unwrap(), "Ed25519"),
            (dsa, "DSA"),
        ] {
            let pair = Pair::new(pkey);
            assert_eq!(
                error(encrypting_for(&pair)).description,
                format!(
                    "RSA key required for key transport, encryptionCert holds a{} {name} key",
                    if name == "DSA" { "" } else { "n" }
                )
            );
            let own = json!({"cert": pair.certificate_pem, "key": pair.key_pem});
            assert_eq!(error(Login::new().addon(own)).code, "saml_signing_key");
        }
    }

    fn with_public_numbers(modulus: &openssl::bn::BigNumRef, exponent: u32) -> Login {
        let exponent = openssl::bn::BigNum::from_u32(exponent).unwrap();
        let rsa = openssl::rsa::Rsa::from_public_components(modulus.to_owned().unwrap(), exponent).unwrap();
        let public = PKey::from_rsa(rsa).unwrap();
        let certificate = certificate(&public, &tenant().pkey, "20200101000000Z", "20400101000000Z");
        let public = String::from_utf8(public.public_key_to_pem().unwrap()).unwrap();
        encrypting(&pem(&certificate), &public)
    }

    #[test]
    fn exponent_1_is_refused_and_3_is_warned_about() {
        let rsa = tenant().pkey.rsa().unwrap();
        for exponent in [1, 2, 65536] {
            let error = error(with_public_numbers(rsa.n(), exponent));
            assert!(error.description.contains("exponent"), "{error}");
        }
        let mut login = with_public_numbers(rsa.n(), 3);
        assert!(login.respond().is_ok());
        assert_eq!(login.warnings(), ["rsa_exponent_3"]);
    }

    #[test]
    fn more_than_8192_bits_are_refused() {
        let mut modulus = openssl::bn::BigNum::new().unwrap();
        modulus.set_bit(16_383).unwrap();
        modulus.add_word(1).unwrap();
        let error = error(with_public_numbers(&modulus, 65537));
        assert!(error.description.contains("16384 bits, at most 8192"), "{error}");
    }

    #[test]
    fn an_expired_certificate_is_warned_about_or_refused_as_configured() {
        let pair = other();
        for (from, until) in [
            ("20200101000000Z", "20260101000000Z"),
            ("20260401000000Z", "20400101000000Z"),
        ] {
            let certificate = pem(&certificate(&pair.pkey, &pair.pkey, from, until));
            let mut login = encrypting(&certificate, &pair.public_pem);
            assert!(login.respond().is_ok());
            assert_eq!(login.warnings(), ["cert_expired"]);
            login.config.reject_expired_certs = true;
            assert_eq!(error(login).code, "saml_cert_expired");
        }
    }

    #[test]
    fn what_is_broken_but_asked_for_is_warned_about() {
        let mut login = Login::new()
            .addon(
                json!({"digestAlgorithm": "sha1", "encryptionCert": other().certificate_pem,
                "encryptionPublicKey": other().public_pem}),
            )
            .set(SamlSetting::SignatureAlgorithm(SignatureAlgorithm::RsaSha1));
        login.respond().unwrap();
        assert_eq!(
            login.warnings(),
            ["sha1_deprecated", "sha1_deprecated", "cbc_deprecated"]
        );
        assert_eq!(login.trace.warnings[0].origin.line, Some(1));
        assert_eq!(login.trace.warnings[1].origin.line, None);
    }
}
