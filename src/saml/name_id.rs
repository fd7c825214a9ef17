//! The NameID: the first probe that has a value (semantics 4.6, SAML core 2.2.3).

use super::SamlError;
use super::claim_map::ClaimMap;
use super::xml::illegal_character;
use crate::login::RefusalKind;

/// Claim names that are tried where nothing else is set.
pub(super) const DEFAULT_PROBES: [&str; 3] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
];

/// The NameID's text.
///
/// # Errors
/// No probe has a value; the error names the probes. Or the value cannot be held by XML.
pub(super) fn name_id(probes: &[&str], claims: &ClaimMap<'_>) -> Result<String, SamlError> {
    let filled = |probe: &&str| {
        let value = claims.first_value(probe)?;
        let text = value.text();
        (!text.is_empty())
            .then(|| (*probe).to_owned())
            .map(|probe| (probe, text.into_owned()))
    };
    let Some((probe, text)) = probes.iter().find_map(filled) else {
        let tried = if probes.is_empty() {
            "none was to be tried".to_owned()
        } else {
            format!("tried {}", probes.join(", "))
        };
        return Err(SamlError::new(
            RefusalKind::NameId,
            "name_id",
            format!(
                "no attribute yields a NameID, {tried}; give the user one of them or set others with \
                 nameIdentifierProbes"
            ),
        ));
    };
    match illegal_character(&text) {
        None => Ok(text),
        Some(character) => Err(SamlError::xml_character(
            format_args!("the NameID, taken from '{probe}',"),
            character,
        )),
    }
}
