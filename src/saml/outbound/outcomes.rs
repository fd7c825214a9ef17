//! What became of every SAML setting that Actions made, and of every custom claim of the ID token.

use super::claim_attributes::{ClaimAttributes, Outcome};
use super::claim_map::Passthrough;
use super::settings::Settings;
use crate::command::{Command, Recorded};
use crate::event::SamlRequest;
use crate::saml_setting::SamlSetting;
use crate::token::{Joins, ProfileClaim};
use crate::trace::{SAML_ATTRIBUTE, Trace, id_token_claim};

/// Notes in the trace for every SAML command whether it is in the response.
pub(super) fn note(
    recorded: &[Recorded],
    settings: &Settings<'_>,
    request: Option<&SamlRequest>,
    trace: &mut Trace,
) {
    let calls: Vec<_> = recorded
        .iter()
        .map(|record| (&record.command, &record.origin))
        .filter(|(command, _)| matches!(command, Command::Saml(_) | Command::SetSamlAttribute { .. }))
        .map(|(command, origin)| (command.target(), command, origin))
        .collect();
    trace.entries.reserve(calls.len());
    let last = last_of_each(&calls, |(target, ..)| target);
    for ((target, command, origin), last) in calls.into_iter().zip(last) {
        if !last {
            trace.overridden(target, origin);
        } else if let Some((reason, message)) = without_effect(command, settings, request) {
            trace.dropped(target, origin, reason, message);
        } else {
            trace.applied(target, origin);
        }
    }
}

/// Notes for every custom claim of the ID token which attributes it is, or why it is none (semantics 15.3).
pub(super) fn note_claims(claims: &[ProfileClaim<'_>], attributes: &ClaimAttributes<'_>, trace: &mut Trace) {
    for ProfileClaim {
        name,
        value,
        origin,
        joins,
    } in claims
    {
        let target = id_token_claim(name);
        match joins {
            Joins::No { reason, message } => trace.dropped(target, origin, reason, message),
            Joins::Overridden => trace.overridden(target, origin),
            // The call takes back what was set.
            Joins::Yes if value.is_none() => trace.applied(target, origin),
            Joins::Yes => {
                let mut is_taken = false;
                for given in attributes.of(name) {
                    is_taken = true;
                    let target = format!("{SAML_ATTRIBUTE}{}", given.attribute);
                    match &given.outcome {
                        Outcome::Stated => trace.applied(target, origin),
                        Outcome::Replaced => trace.overridden(target, origin),
                        Outcome::LeftOut(reason, message) => trace.dropped(target, origin, reason, message),
                    }
                }
                if !is_taken {
                    let shown: String = name.chars().take(80).collect();
                    trace.dropped(
                        target,
                        origin,
                        "claim_not_mapped",
                        format!(
                            "the claim '{shown}' is no attribute of the SAML response: no mapping of the add-on names \
                             it, and it does not pass through; name it in addons.samlp.mappings, or set the attribute \
                             with api.samlResponse.setAttribute"
                        ),
                    );
                }
            }
        }
    }
}

/// Whether each call is the last one for its target: the one that counts.
fn last_of_each<T>(calls: &[T], target: impl Fn(&T) -> &str) -> Vec<bool> {
    // Sorted, because hashing so few names takes longer.
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by_key(|index| target(&calls[*index]));
    let mut last = vec![false; calls.len()];
    for same in order.chunk_by(|one, other| target(&calls[*one]) == target(&calls[*other])) {
        if let Some(index) = same.last() {
            last[*index] = true;
        }
    }
    last
}

fn without_effect(
    command: &Command,
    settings: &Settings<'_>,
    request: Option<&SamlRequest>,
) -> Option<(&'static str, &'static str)> {
    let Command::Saml(setting) = command else {
        return None;
    };
    match setting {
        SamlSetting::EncryptionAlgorithm(_) if settings.encryption.is_none() => Some((
            "no_encryption",
            "setEncryptionAlgorithm has no effect: neither encryptionCert nor encryptionPublicKey is set, so \
             nothing is encrypted",
        )),
        SamlSetting::KeyEncryptionAlgorithm(_) if settings.encryption.is_none() => Some((
            "no_encryption",
            "setKeyEncryptionAlgorithm has no effect: neither encryptionCert nor encryptionPublicKey is set, so \
             nothing is encrypted",
        )),
        SamlSetting::MapUnknownClaimsAsIs(_) if settings.claims.passthrough == Passthrough::Leave => Some((
            "no_passthrough",
            "setMapUnknownClaimsAsIs has no effect: passthroughClaimsWithNoMapping is off",
        )),
        SamlSetting::SigningCert(_) if request.is_none_or(|request| request.id.is_none()) => Some((
            "no_request",
            "setSigningCert has no effect: the login was not started by a request that could be signed",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::tests::fixture::*;
    use crate::trace::Status;

    fn outcomes(mut login: Login) -> Vec<(String, Status, Option<String>)> {
        login.respond().unwrap();
        let entries = login.trace.entries.into_iter();
        entries
            .map(|entry| (entry.target, entry.status, entry.reason))
            .collect()
    }

    #[test]
    fn the_last_call_for_a_target_is_applied_and_earlier_ones_are_overridden() {
        let login = Login::new()
            .attribute("a", &[text("1")])
            .set(SamlSetting::Audience(vec!["urn:one".to_owned()]))
            .attribute("b", &[])
            .attribute("a", &[text("2")])
            .set(SamlSetting::Audience(vec!["urn:two".to_owned()]))
            .set(SamlSetting::SignatureAlgorithm(
                crate::algorithm::SignatureMethod::RsaSha256,
            ));
        let expected = [
            ("saml/attribute:a", Status::Overridden),
            ("saml/audience", Status::Overridden),
            ("saml/attribute:b", Status::Applied),
            ("saml/attribute:a", Status::Applied),
            ("saml/audience", Status::Applied),
            ("saml/signatureAlgorithm", Status::Applied),
        ]
        .map(|(target, status)| (target.to_owned(), status, None));
        assert_eq!(outcomes(login), expected);
    }

    #[test]
    fn a_setting_without_effect_is_dropped_with_its_reason() {
        let mut login = Login::new()
            .set(SamlSetting::EncryptionAlgorithm(
                crate::algorithm::ContentCipher::Aes256Gcm,
            ))
            .set(SamlSetting::PassthroughClaimsWithNoMapping(false))
            .set(SamlSetting::MapUnknownClaimsAsIs(true))
            .set(SamlSetting::SigningCert(vec![other().certificate()]));
        login.grant.request.saml = None;
        login = login.addon(serde_json::json!({"audience": "urn:sp"}));
        let dropped: Vec<_> = outcomes(login)
            .into_iter()
            .filter(|(_, status, _)| *status == Status::Dropped)
            .map(|(target, _, reason)| (target, reason.unwrap()))
            .collect();
        let expected = [
            ("saml/encryptionAlgorithm", "no_encryption"),
            ("saml/mapUnknownClaimsAsIs", "no_passthrough"),
            ("saml/signingCert", "no_request"),
        ]
        .map(|(target, reason)| (target.to_owned(), reason.to_owned()));
        assert_eq!(dropped, expected);
    }

    #[test]
    fn an_error_leaves_no_entries() {
        let mut login = Login::new().set(SamlSetting::Cert(other().certificate()));
        login.respond().unwrap_err();
        assert_eq!(login.trace.entries, []);
    }
}
