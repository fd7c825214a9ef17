//! What became of every SAML setting that Actions made.

use super::settings::Settings;
use crate::command::{Command, Recorded, SamlSetting};
use crate::event::SamlRequest;
use crate::saml::claim_map::Passthrough;
use crate::trace::Trace;
use std::collections::HashSet;

/// Tells the trace for every SAML command whether it is in the response.
pub(super) fn tell(
    recorded: &[Recorded],
    settings: &Settings<'_>,
    request: Option<&SamlRequest>,
    trace: &mut Trace,
) {
    let calls: Vec<_> = recorded
        .iter()
        .filter_map(|record| match &record.command {
            Command::Saml(setting) => Some((target(setting), setting, &record.origin)),
            _ => None,
        })
        .collect();
    // From the end, so that the first one seen of a target is the one that counts.
    let mut seen = HashSet::new();
    let mut counts: Vec<bool> = calls
        .iter()
        .rev()
        .map(|(target, ..)| seen.insert(target))
        .collect();
    counts.reverse();
    for ((target, setting, origin), counts) in calls.iter().zip(counts) {
        if !counts {
            trace.overridden(target, origin);
        } else if let Some((reason, message)) = without_effect(setting, settings, request) {
            trace.dropped(target, origin, reason, message);
        } else {
            trace.applied(target, origin);
        }
    }
}

/// `saml/attribute:<name>`, or `saml/` and the setter without `set`.
fn target(setting: &SamlSetting) -> String {
    if let SamlSetting::Attribute { name, .. } = setting {
        return format!("saml/attribute:{name}");
    }
    let name = setting.setter().trim_start_matches("set");
    let (first, rest) = name.split_at(1);
    format!("saml/{}{rest}", first.to_ascii_lowercase())
}

fn without_effect(
    setting: &SamlSetting,
    settings: &Settings<'_>,
    request: Option<&SamlRequest>,
) -> Option<(&'static str, &'static str)> {
    match setting {
        SamlSetting::EncryptionAlgorithm(_) if settings.encryption.is_none() => Some((
            "no_encryption",
            "setEncryptionAlgorithm has no effect: neither encryptionCert nor encryptionPublicKey is set, so \
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
