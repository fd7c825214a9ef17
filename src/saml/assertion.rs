//! The assertion's layout (SAML core 2.3.3, profiles 4.1.4.2, semantics 4.8).

use super::attribute::write_statement;
use super::claim_map::ClaimMap;
use super::settings::Settings;
use super::xml::{ASSERTION, Writer};
use crate::random::Random;
use chrono::{DateTime, Utc};

/// One assertion about one user.
#[derive(Debug)]
pub(super) struct Assertion<'a> {
    pub id: String,
    pub issuer: &'a str,
    pub name_id: String,
    pub claims: ClaimMap<'a>,
    /// Of the session that the login belongs to.
    pub session_id: Option<&'a str>,
    pub in_response_to: Option<&'a str>,
    pub now: DateTime<Utc>,
}

impl Assertion<'_> {
    /// Writes the element and returns the place where its signature belongs: after the issuer
    /// (SAML core 2.3.3, the schema's order).
    pub fn write(&self, settings: &Settings<'_>, writer: &mut Writer) -> usize {
        let issued = instant(self.now);
        let ends = instant(self.now + settings.lifetime);
        writer.open(
            "saml:Assertion",
            &[ASSERTION],
            &[("Version", "2.0"), ("ID", &self.id), ("IssueInstant", &issued)],
        );
        writer.element("saml:Issuer", &[], self.issuer);
        let signature_place = writer.position();
        self.write_subject(settings, &ends, writer);
        writer.open(
            "saml:Conditions",
            &[],
            &[("NotBefore", &issued), ("NotOnOrAfter", &ends)],
        );
        if !settings.audiences.is_empty() {
            writer.open("saml:AudienceRestriction", &[], &[]);
            for audience in &settings.audiences {
                writer.element("saml:Audience", &[], audience);
            }
            writer.close();
        }
        writer.close();
        self.write_authn_statement(settings, &issued, writer);
        write_statement(self.claims.iter(), settings.typing, settings.name_formats, writer);
        writer.close();
        signature_place
    }

    fn write_subject(&self, settings: &Settings<'_>, ends: &str, writer: &mut Writer) {
        writer.open("saml:Subject", &[], &[]);
        writer.element(
            "saml:NameID",
            &[("Format", settings.name_id_format)],
            &self.name_id,
        );
        writer.open("saml:SubjectConfirmation", &[], &[("Method", BEARER)]);
        let mut confirmation = vec![("NotOnOrAfter", ends), ("Recipient", settings.recipient)];
        confirmation.extend(self.in_response_to.map(|id| ("InResponseTo", id)));
        writer.element("saml:SubjectConfirmationData", &confirmation, "");
        writer.close();
        writer.close();
    }

    fn write_authn_statement(&self, settings: &Settings<'_>, issued: &str, writer: &mut Writer) {
        let session_index = self.session_id.map(|id| format!("_{id}"));
        let mut statement = vec![("AuthnInstant", issued)];
        statement.extend(session_index.as_deref().map(|index| ("SessionIndex", index)));
        writer.open("saml:AuthnStatement", &[], &statement);
        writer.open("saml:AuthnContext", &[], &[]);
        writer.element("saml:AuthnContextClassRef", &[], settings.authn_context_class_ref);
        writer.close();
        writer.close();
    }
}

/// `_` and 32 random characters: more than the 128 bits that SAML core 1.3.4 wants.
pub(super) fn new_id(random: &mut dyn Random) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    format!("_{}", random.text(ALPHABET, 32))
}

/// `xs:dateTime` in UTC with milliseconds (SAML core 1.3.3).
pub(super) fn instant(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
