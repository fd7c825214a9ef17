//! Looks at one thing that a login produced or is made with: a SAML message, metadata, a token, a key
//! set, a certificate. Says what it is, how it was wrapped, every check that it passes or fails, and what
//! known service providers would refuse.
//!
//! [`inspect`] reads nothing but its arguments. A failed check is a finding, not an error: whatever the
//! bytes are, there is a report. Private keys are recognised and never shown.

mod certificate;
mod code;
mod expected;
mod indent;
mod instant;
mod jose;
mod metadata;
mod peers;
mod report;
mod saml;
mod unwrap;

pub use certificate::certificates;
pub use code::{CheckName, Code, Severity};
pub use expected::Expected;
pub use jose::{Jwk, JwkError, jwks};
pub use peers::ServiceProvider;
pub use report::{Check, Finding, Kind, Outcome, Report};

use unwrap::{Content, unwrap};

/// Inspects `bytes`, which are the thing itself or anything it travels in.
pub fn inspect(bytes: &[u8], expected: &Expected) -> Report {
    let unwrapped = unwrap(bytes);
    let mut report = Report::new(unwrapped.layers);
    match unwrapped.content {
        Content::Compact(token) => jose::inspect(&token, expected, &mut report),
        Content::Der(der) => certificate::inspect_der(&der, expected, &mut report),
        Content::Json(text) => jose::inspect_json(&text, expected, &mut report),
        Content::Pem(pem) => certificate::inspect_pem(&pem, expected, &mut report),
        Content::Stuck { code, place, message } => {
            if place.starts_with("SAML") {
                report.kind = Kind::SamlMessage;
            }
            report.find(code, place, message);
        }
        Content::Xml { text, travelled } => saml::inspect(&text, &travelled, expected, &mut report),
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expected() -> Expected {
        Expected::at(chrono::DateTime::from_timestamp(1_768_478_400, 0).unwrap())
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_there_is_a_report(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            inspect(&bytes, &expected());
        }

        #[test]
        fn whatever_the_text_is_there_is_a_report(text in "[<{ey.A-Za-z0-9+/=&%\"'>: -]{0,120}") {
            inspect(text.as_bytes(), &expected());
        }
    }
}
