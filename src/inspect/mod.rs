//! Looks at one thing that a login produced or is made with: a SAML message, metadata, a token, a key
//! set, a certificate. Says what it is, how it was wrapped, every check that it passes or fails, and what
//! known service providers would refuse.
//!
//! [`inspect`] reads nothing but its arguments. A failed check is a finding, not an error: whatever the
//! bytes are, there is a report. Private keys are recognised and never shown.
//!
//! Every check that was asked for stands in the report as passed or failed; "not checked" is for the others.

mod asked;
mod certificate;
mod code;
mod expected;
mod identifiers;
mod indent;
mod instant;
mod jose;
mod json;
mod jwk;
mod messages;
mod names;
mod peers;
mod report;
mod saml;
mod shape;
mod travelled;
mod unwrap;

pub use certificate::certificates;
pub use code::{CheckName, Code, Severity};
pub use expected::{Expected, Secret, TimeSource, Wanted};
pub use jwk::{Jwk, JwkError, jwks};
pub use peers::ServiceProvider;
pub use report::{Check, Finding, Kind, Outcome, Report};

use unwrap::{Content, listed, unwrap};

/// Inspects `bytes`, which are the thing itself or anything it travels in.
pub fn inspect(bytes: &[u8], expected: &Expected) -> Report {
    let unwrapped = unwrap(bytes, expected.pick);
    let mut report = Report::new(unwrapped.layers);
    for remark in unwrapped.remarks {
        report.find(remark.code, "input", remark.message);
    }
    match unwrapped.content {
        Content::Compact(token) => jose::inspect(&token, expected, &mut report),
        Content::Der(der) => certificate::inspect_der(&der, expected, &mut report),
        Content::Json(text) => jose::inspect_json(&text, expected, &mut report),
        Content::Pem(pem) => certificate::inspect_pem(&pem, expected, &mut report),
        Content::Stuck { code, place, message } => {
            if place.starts_with("SAML") {
                report.kind = Kind::SamlMessage;
            }
            report.give_up(code, place, message);
        }
        Content::Xml {
            text,
            which,
            travelled,
        } => {
            saml::inspect(&text, which, &travelled, expected, &mut report);
        }
    }
    if !unwrapped.passed_over.is_empty() {
        report.find(
            Code::MessagePassedOver,
            "input",
            format!(
                "the input also holds {}, which was not checked: one message, token or key set is checked at a time. \
                 Choose another one by its number with --pick",
                listed(&unwrapped.passed_over)
            ),
        );
    }
    asked::complete(expected, &mut report);
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::Value;

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

        #[test]
        fn a_claim_of_any_type_passes_only_as_what_was_asked_for(
            iss in claim("https://idp.test/"), aud in claim("web"), nonce in claim("n"), exp in claim("1"),
        ) {
            let claims = serde_json::json!({"iss": iss, "aud": aud, "nonce": nonce, "exp": exp, "sub": "ada"});
            let token = [br#"{"alg":"RS256"}"#.as_slice(), claims.to_string().as_bytes(), b"signature"]
                .map(|part| URL_SAFE_NO_PAD.encode(part))
                .join(".");
            let report = inspect(token.as_bytes(), &Expected {
                audience: Wanted::Asked("web".to_owned()),
                token_issuer: Wanted::Asked("https://idp.test/".to_owned()),
                nonce: Wanted::Asked("n".to_owned()),
                jwks: Wanted::Asked(Vec::new()),
                ..expected()
            });
            let outcome = |name| {
                let made: Vec<_> = report.checks.iter().filter(|check| check.check == name).collect();
                assert_eq!(made.len(), 1, "{name:?}: {made:?}");
                made[0].result
            };
            let wanted = |is_right| if is_right { Outcome::Pass } else { Outcome::Fail };
            prop_assert_eq!(outcome(CheckName::Issuer), wanted(iss == "https://idp.test/"));
            let texts = aud.as_array().is_some_and(|list| list.iter().all(Value::is_string));
            let is_listed = texts && aud.as_array().is_some_and(|list| list.iter().any(|one| one == "web"));
            prop_assert_eq!(outcome(CheckName::Audience), wanted(aud == "web" || is_listed));
            prop_assert_eq!(outcome(CheckName::Nonce), wanted(nonce == "n"));
            let end = exp.as_f64().is_some_and(|end| (1_768_478_400.0..8e12).contains(&end));
            prop_assert_eq!(outcome(CheckName::Validity), wanted(end));
            prop_assert_eq!(outcome(CheckName::Signature), Outcome::Fail);
        }
    }

    /// `right`, or something else that JSON can hold.
    fn claim(right: &'static str) -> impl Strategy<Value = Value> {
        let one = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (1_768_478_400_i64..1_868_478_400).prop_map(Value::from),
            Just(Value::from(1e300)),
            Just(Value::from(right)),
            "[a-z]{0,3}".prop_map(Value::from),
        ];
        prop_oneof![
            one.clone(),
            proptest::collection::vec(one, 0..3).prop_map(Value::from),
            Just(serde_json::json!({right: right})),
        ]
    }
}
