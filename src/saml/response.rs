//! The response around the assertion, or around nothing when the login was refused (SAML core 3.3.3,
//! semantics 4.12 and 4.15).

use super::assertion::instant;
use super::settings::Envelope;
use super::xml::{ASSERTION, PROTOCOL, Writer};
use crate::random::Random;
use chrono::{DateTime, Utc};

/// What stands before the assertion.
#[derive(Debug)]
pub(super) struct Response<'a> {
    pub id: String,
    pub in_response_to: Option<&'a str>,
    pub now: DateTime<Utc>,
    pub status: Status<'a>,
}

/// The outcome as the service provider is told (SAML core 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status<'a> {
    /// `Responder`, with a second-level code where one fits.
    Refused {
        detail: Option<&'static str>,
        message: &'a str,
    },
    Success,
}

impl Response<'_> {
    /// Opens the response up to its status and returns the place where its signature belongs: after
    /// the issuer. What follows is written by the caller, who closes the element.
    pub fn open(&self, envelope: &Envelope<'_>, writer: &mut Writer) -> usize {
        let issued = instant(self.now);
        let mut attributes = vec![("ID", self.id.as_str())];
        attributes.extend(self.in_response_to.map(|id| ("InResponseTo", id)));
        attributes.extend([
            ("Version", "2.0"),
            ("IssueInstant", &issued),
            ("Destination", envelope.destination),
        ]);
        writer.open("samlp:Response", &[PROTOCOL], &attributes);
        writer.open("saml:Issuer", &[ASSERTION], &[]);
        writer.text(&envelope.issuer);
        writer.close();
        let signature_place = writer.position();
        self.status.write(writer);
        signature_place
    }
}

impl Status<'_> {
    /// The refusal with the second-level code that `code`, the one OAuth would send, stands for.
    pub fn refused<'a>(code: &str, message: &'a str) -> Status<'a> {
        let detail = match code {
            "access_denied" => Some("urn:oasis:names:tc:SAML:2.0:status:RequestDenied"),
            "interaction_required" => Some("urn:oasis:names:tc:SAML:2.0:status:NoPassive"),
            _ => None,
        };
        Status::Refused { detail, message }
    }

    fn write(self, writer: &mut Writer) {
        writer.open("samlp:Status", &[], &[]);
        match self {
            Self::Success => writer.element(
                "samlp:StatusCode",
                &[("Value", "urn:oasis:names:tc:SAML:2.0:status:Success")],
                "",
            ),
            Self::Refused { detail, message } => {
                writer.open(
                    "samlp:StatusCode",
                    &[],
                    &[("Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")],
                );
                if let Some(detail) = detail {
                    writer.element("samlp:StatusCode", &[("Value", detail)], "");
                }
                writer.close();
                writer.element("samlp:StatusMessage", &[], message);
            }
        }
        writer.close();
    }
}

/// `_` and 20 random hexadecimal digits, the platform's shape.
pub(super) fn new_id(random: &mut dyn Random) -> String {
    format!("_{}", random.text(b"0123456789abcdef", 20))
}
