//! The assertion's layout (SAML core 2.3.3, profiles 4.1.4.2, semantics 4.8).

use super::attribute::{canonical, write_statement};
use super::claim_map::ClaimMap;
use super::settings::Settings;
use super::signature::Signing;
use crate::saml::answer::Subject;
use crate::saml::error::SamlError;
use crate::saml::id::Id;
use crate::time::{Moment, iso};
use crate::xml::{ASSERTION, Writer};

/// One assertion about one user.
#[derive(Debug)]
pub(super) struct Assertion<'a> {
    pub id: Id,
    pub issuer: &'a str,
    pub subject: Subject,
    pub claims: ClaimMap<'a>,
    pub in_response_to: Option<&'a str>,
    /// As it is written.
    pub issued: &'a str,
    pub now: Moment,
}

impl Assertion<'_> {
    /// Writes the element, with its signature if there is something to sign with.
    ///
    /// # Errors
    /// A text holds a character that XML cannot hold; signing fails.
    pub fn write(
        &self,
        settings: &Settings<'_>,
        signing: Option<&Signing<'_>>,
        writer: &mut Writer,
    ) -> Result<(), SamlError> {
        let start = writer.position();
        writer.open(
            "saml:Assertion",
            &[ASSERTION],
            &[
                ("ID", self.id.as_str()),
                ("IssueInstant", self.issued),
                ("Version", "2.0"),
            ],
        );
        writer.element("saml:Issuer", &[], self.issuer);
        let signature_place = writer.position();
        let ends = iso(self.now + settings.lifetime);
        self.write_subject(settings, &ends, writer);
        self.write_conditions(settings, &ends, writer);
        self.write_authn_statement(settings, writer);
        write_statement(self.claims.iter(), &settings.presentation, writer);
        writer.close();
        let written = writer.written(start)?;
        if let Some(signing) = signing {
            // After the issuer: SAML core 2.3.3, the schema's order.
            let signature = signing.sign(&self.id, &canonical(written))?;
            writer.insert(signature_place, &signature);
        }
        Ok(())
    }

    fn write_subject(&self, settings: &Settings<'_>, ends: &str, writer: &mut Writer) {
        writer.open("saml:Subject", &[], &[]);
        let name_id = &self.subject.name_id;
        let attributes: Vec<_> = [
            ("Format", name_id.format.as_deref()),
            ("NameQualifier", name_id.name_qualifier.as_deref()),
            ("SPNameQualifier", name_id.sp_name_qualifier.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        writer.element("saml:NameID", &attributes, &name_id.value);
        writer.open("saml:SubjectConfirmation", &[], &[("Method", BEARER)]);
        let mut confirmation = Vec::with_capacity(3);
        confirmation.extend(self.in_response_to.map(|id| ("InResponseTo", id)));
        confirmation.extend([("NotOnOrAfter", ends), ("Recipient", settings.recipient)]);
        writer.element("saml:SubjectConfirmationData", &confirmation, "");
        writer.close();
        writer.close();
    }

    fn write_conditions(&self, settings: &Settings<'_>, ends: &str, writer: &mut Writer) {
        let back_dated =
            (!settings.not_before_skew.is_zero()).then(|| iso(self.now - settings.not_before_skew));
        let begins = back_dated.as_deref().unwrap_or(self.issued);
        writer.open(
            "saml:Conditions",
            &[],
            &[("NotBefore", begins), ("NotOnOrAfter", ends)],
        );
        if !settings.audiences.is_empty() {
            writer.open("saml:AudienceRestriction", &[], &[]);
            for audience in &settings.audiences {
                writer.element("saml:Audience", &[], audience);
            }
            writer.close();
        }
        writer.close();
    }

    fn write_authn_statement(&self, settings: &Settings<'_>, writer: &mut Writer) {
        let session_index = self.subject.session_index.as_deref();
        let session_ends = settings.session_not_on_or_after.map(iso);
        let mut statement = Vec::with_capacity(3);
        statement.push(("AuthnInstant", self.issued));
        statement.extend(session_index.map(|index| ("SessionIndex", index)));
        statement.extend(session_ends.as_deref().map(|ends| ("SessionNotOnOrAfter", ends)));
        writer.open("saml:AuthnStatement", &[], &statement);
        writer.open("saml:AuthnContext", &[], &[]);
        writer.element("saml:AuthnContextClassRef", &[], settings.authn_context_class_ref);
        writer.close();
        writer.close();
    }
}

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

#[cfg(test)]
mod tests {
    use crate::saml::tests::fixture::*;
    use crate::saml_setting::SamlSetting;
    use serde_json::json;

    #[test]
    fn the_layout_is_fixed() {
        let assertion = Login::new()
            .set(SamlSetting::SignResponse(true))
            .set(SamlSetting::MapIdentities(false))
            .set(SamlSetting::PassthroughClaimsWithNoMapping(false))
            .addon(json!({"mappings": {"email": "mail"}}))
            .assertion();
        let (id, rest) = assertion.split_once(" ID=\"").unwrap().1.split_once('"').unwrap();
        assert_eq!(id.len(), 33);
        assert_eq!(
            rest,
            " IssueInstant=\"2026-03-04T05:06:07.089Z\" Version=\"2.0\"><saml:Issuer>urn:tenant.us.example</saml:Issuer>\
             <saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">\
             auth0|1</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData InResponseTo=\"_request\" NotOnOrAfter=\"2026-03-04T06:06:07.089Z\" \
             Recipient=\"https://sp.example/acs\"></saml:SubjectConfirmationData>\
             </saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"2026-03-04T05:06:07.089Z\" NotOnOrAfter=\"2026-03-04T06:06:07.089Z\">\
             <saml:AudienceRestriction><saml:Audience>urn:sp</saml:Audience></saml:AudienceRestriction>\
             </saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"2026-03-04T05:06:07.089Z\" SessionIndex=\"_s3ss10n\">\
             <saml:AuthnContext><saml:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext>\
             </saml:AuthnStatement>\
             <saml:AttributeStatement xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
             <saml:Attribute Name=\"mail\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:basic\">\
             <saml:AttributeValue xsi:type=\"xs:string\">ann@example.org</saml:AttributeValue></saml:Attribute>\
             <saml:Attribute Name=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\" \
             NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">\
             <saml:AttributeValue xsi:type=\"xs:string\">ann@example.org</saml:AttributeValue></saml:Attribute>\
             </saml:AttributeStatement></saml:Assertion>"
        );
    }

    #[test]
    fn without_attributes_there_is_no_statement_and_without_session_no_index() {
        let mut login = Login::new()
            .set(SamlSetting::MapIdentities(false))
            .set(SamlSetting::CreateUpnClaim(false))
            .set(SamlSetting::PassthroughClaimsWithNoMapping(false))
            .addon(json!({"mappings": {"none": "none"}}));
        login.grant.event.session = None;
        let assertion = login.assertion();
        assert!(!assertion.contains("AttributeStatement") && !assertion.contains("SessionIndex"));
    }
}
