//! The NameID: the first probe that has a value (semantics 4.6, SAML core 2.2.3).

use super::SamlError;
use super::claim_map::ClaimMap;
use crate::login::RefusalKind;
use crate::xml::illegal_character;

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

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::command::{SamlScalar, SamlSetting};
    use serde_json::json;

    fn name_id_of(login: Login) -> String {
        let assertion = login.assertion();
        let (_, rest) = assertion.split_once("<saml:NameID Format=").unwrap();
        let text = rest
            .split_once("</saml:NameID>")
            .unwrap()
            .0
            .split_once('>')
            .unwrap()
            .1;
        quick_xml::escape::unescape(text).unwrap().into_owned()
    }

    fn probes(probes: &[&str]) -> SamlSetting {
        SamlSetting::NameIdentifierProbes(probes.iter().map(|probe| (*probe).to_owned()).collect())
    }

    #[test]
    fn the_first_probe_with_a_value_wins() {
        assert_eq!(name_id_of(Login::new()), "auth0|1");
        assert_eq!(
            name_id_of(Login::new().set(probes(&["nope", DEFAULT_PROBES[1]]))),
            "ann@example.org"
        );
        assert_eq!(
            name_id_of(
                Login::new()
                    .attribute("empty", &[text("")])
                    .set(probes(&["empty", DEFAULT_PROBES[2]]))
            ),
            "Ann Example"
        );
    }

    #[test]
    fn probes_name_output_attributes() {
        let login = Login::new().addon(json!({
            "mappings": {"email": "Email"}, "nameIdentifierProbes": ["email", "Email"]
        }));
        assert_eq!(name_id_of(login), "ann@example.org");
    }

    #[test]
    fn lists_give_their_first_element_and_scalars_their_text() {
        let login = Login::new()
            .attribute("x", &[SamlScalar::Number(7.0), text("b")])
            .set(probes(&["x"]));
        assert_eq!(name_id_of(login), "7");
        let login = Login::new()
            .attribute("x", &[text(""), text("b")])
            .set(probes(&["x", DEFAULT_PROBES[0]]));
        assert_eq!(name_id_of(login), "auth0|1");
    }

    #[test]
    fn what_an_action_sets_under_the_claim_is_the_name_id() {
        assert_eq!(
            name_id_of(Login::new().attribute(DEFAULT_PROBES[0], &[text("me")])),
            "me"
        );
    }

    #[test]
    fn a_default_claim_that_mapping_left_out_is_read_from_the_profile() {
        let login = Login::new().addon(json!({"mappings": {"nickname": "nick"}}));
        assert_eq!(name_id_of(login), "auth0|1");
    }

    #[test]
    fn a_claim_that_an_action_removed_is_not_read_from_the_profile() {
        let login = Login::new().attribute(DEFAULT_PROBES[0], &[]);
        assert_eq!(name_id_of(login), "ann@example.org");
        let error = Login::new()
            .attribute(DEFAULT_PROBES[0], &[])
            .set(probes(&[DEFAULT_PROBES[0]]))
            .respond()
            .unwrap_err();
        assert_eq!((error.kind, error.code), (RefusalKind::NameId, "name_id"));
        assert!(error.description.contains(DEFAULT_PROBES[0]), "{error}");
    }

    #[test]
    fn no_probe_at_all_is_an_error() {
        let error = Login::new().set(probes(&[])).respond().unwrap_err();
        assert_eq!(error.kind, RefusalKind::NameId);
    }

    #[test]
    fn markup_and_comments_stay_text() {
        let tricky = "admin@corp.example<!---->.evil.test";
        assert_eq!(
            name_id_of(Login::new().property("user_id", json!(tricky))),
            tricky
        );
        assert_eq!(
            name_id_of(Login::new().property("user_id", json!("a\nb\r\nc"))),
            "abc"
        );
    }

    #[test]
    fn a_value_of_the_profile_that_xml_cannot_hold_is_refused() {
        let error = Login::new()
            .addon(json!({"mappings": {"nickname": "nick"}, "passthroughClaimsWithNoMapping": false}))
            .property("user_id", json!("a\u{1}"))
            .respond()
            .unwrap_err();
        assert_eq!(error.code, "xml_character");
        assert!(error.description.contains("NameID"), "{error}");
    }
}
