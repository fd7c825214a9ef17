//! The body of `POST /api/logins/{id}` (server 5): the answer to a login that waits.

use super::issue_body::{BodyFault, or_default, read};
use super::issue_request::GivenHttpMethod;
use crate::command::FactorType;
use crate::event::Dict;
use serde::Deserialize;

/// The answer to a login that waits.
#[derive(Clone, Debug, PartialEq)]
pub enum GivenAnswer {
    /// The user came back from another site.
    Continue {
        /// The HTTP method.
        method: GivenHttpMethod,
        /// Query parameters.
        query: Dict,
        /// Parameters of the body.
        body: Dict,
    },
    /// The user proved a factor.
    Passed(FactorType),
    /// The user failed at a factor.
    Failed,
    /// The user sent a form with these fields.
    Form(Dict),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    #[serde(rename = "continue")]
    back: Option<Back>,
    mfa: Option<Mfa>,
    form: Option<Dict>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Back {
    #[serde(deserialize_with = "or_default")]
    method: GivenHttpMethod,
    #[serde(deserialize_with = "or_default")]
    query: Dict,
    #[serde(deserialize_with = "or_default")]
    body: Dict,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mfa {
    factor: Option<FactorType>,
    outcome: FactorOutcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FactorOutcome {
    Passed,
    Failed,
}

impl GivenAnswer {
    /// Reads the body.
    ///
    /// # Errors
    /// It is no JSON object, or has not exactly one of `continue`, `mfa` and `form`.
    pub fn read(body: &[u8]) -> Result<Self, BodyFault> {
        match read(body)? {
            AnswerBody {
                back: Some(Back { method, query, body }),
                mfa: None,
                form: None,
            } => Ok(Self::Continue { method, query, body }),
            AnswerBody {
                back: None,
                mfa: Some(Mfa { factor, outcome }),
                form: None,
            } => match (outcome, factor) {
                (FactorOutcome::Passed, Some(factor)) => Ok(Self::Passed(factor)),
                (FactorOutcome::Passed, None) => Err(BodyFault::of("mfa.factor", "it is missing")),
                (FactorOutcome::Failed, _) => Ok(Self::Failed),
            },
            AnswerBody {
                back: None,
                mfa: None,
                form: Some(fields),
            } => Ok(Self::Form(fields)),
            _ => Err(BodyFault::of("", "give exactly one of continue, mfa and form")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_answer_is_one_of_three() {
        let read = |body: Value| GivenAnswer::read(body.to_string().as_bytes());
        assert_eq!(
            read(json!({"mfa": {"factor": "otp", "outcome": "passed"}})),
            Ok(GivenAnswer::Passed(FactorType::Otp))
        );
        assert_eq!(
            read(json!({"mfa": {"outcome": "failed"}})),
            Ok(GivenAnswer::Failed)
        );
        assert!(matches!(
            read(json!({"form": {"a": 1}})),
            Ok(GivenAnswer::Form(_))
        ));
        assert!(matches!(
            read(json!({"continue": {"method": "POST", "body": {"a": "b"}}})),
            Ok(GivenAnswer::Continue { .. })
        ));
        for unfit in [
            json!({}),
            json!({"form": {}, "continue": {}}),
            json!({"mfa": {"outcome": "passed"}}),
            json!({"mfa": {"factor": "smoke", "outcome": "passed"}}),
            json!({"answer": {}}),
        ] {
            assert!(read(unfit.clone()).is_err(), "{unfit}");
        }
    }
}
