//! The parameters of a request, as they came.

use super::error::{ErrorCode, OAuthError};
use crate::event::Dict;
use crate::json;
use percent_encoding::percent_decode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names and values in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

/// Where the parameters of a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// In a form, by POST.
    InBody,
    /// In the query, by GET.
    InQuery,
}

/// Longest query or body of parameters, in bytes.
pub const MAX_PARAMETERS: usize = 16 << 10;

impl Parameters {
    /// Decodes a query or a form body (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// It is too long, has a `%` that is no escape, or is not UTF-8 when decoded: none of that is repaired.
    pub fn of_form(form: &[u8]) -> Result<Self, OAuthError> {
        if form.len() > MAX_PARAMETERS {
            return Err(invalid(format!(
                "the parameters are {} bytes long; the limit is {MAX_PARAMETERS}",
                form.len()
            )));
        }
        let parts = form.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
        let pairs = parts.map(|part| {
            let equals = part.iter().position(|byte| *byte == b'=');
            let (name, value) = match equals {
                Some(at) => (&part[..at], &part[at + 1..]),
                None => (part, &b""[..]),
            };
            Ok((decoded(name)?, decoded(value)?))
        });
        Ok(Self {
            pairs: pairs.collect::<Result<_, OAuthError>>()?,
        })
    }

    /// Reads a JSON body, which the platform's token endpoint takes too: an object of texts.
    ///
    /// # Errors
    /// It is too long, no object, has a member twice, or a value that is no text, number or Boolean.
    pub fn of_json(body: &[u8]) -> Result<Self, OAuthError> {
        if body.len() > MAX_PARAMETERS {
            return Err(invalid(format!(
                "the body is {} bytes long; the limit is {MAX_PARAMETERS}",
                body.len()
            )));
        }
        let text = str::from_utf8(body).map_err(|_| invalid("the body is not UTF-8"))?;
        let value: Value =
            serde_json::from_str(text).map_err(|error| invalid(format!("the body is no JSON: {error}")))?;
        json::unambiguous(text).map_err(|twice| invalid(twice.to_string()))?;
        let Value::Object(members) = value else {
            return Err(invalid("the body is no JSON object"));
        };
        let pairs = members.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(number) => Ok((name, number.to_string())),
            Value::Bool(is) => Ok((name, is.to_string())),
            Value::Null => Ok((name, String::new())),
            Value::Array(_) | Value::Object(_) => Err(invalid(format!("'{}' is no text", shown(&name)))),
        });
        Ok(Self {
            pairs: pairs.collect::<Result<_, OAuthError>>()?,
        })
    }

    /// The value of a parameter; an empty one counts as left out (RFC 6749 section 3.1).
    ///
    /// # Errors
    /// The parameter is given twice (OP-06).
    pub fn get(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        let mut values = self.pairs.iter().filter(|(known, _)| known == name);
        let first = values.next();
        if values.next().is_some() {
            return Err(invalid(format!("the parameter '{name}' is given twice")));
        }
        Ok(first
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty()))
    }

    /// The words of a parameter, which white space separates.
    ///
    /// # Errors
    /// The parameter is given twice.
    pub fn words(&self, name: &str) -> Result<Vec<String>, OAuthError> {
        let text = self.get(name)?.unwrap_or_default();
        let mut words: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        Ok(words)
    }

    /// That none of `names` is given twice.
    ///
    /// # Errors
    /// One is.
    pub fn each_once(&self, names: &[&str]) -> Result<(), OAuthError> {
        names.iter().try_for_each(|name| self.get(name).map(drop))
    }

    /// As Actions see them (`event.request.query`, `event.request.body`): of a name that is given twice the last value.
    pub fn shown_to_actions(&self) -> Dict {
        self.pairs
            .iter()
            .map(|(name, value)| (name.clone(), Value::String(value.clone())))
            .collect()
    }
}

impl Parameters {
    /// As Actions see what another site sends: of a name that is given twice all values, so that nobody takes one of them for
    /// the only one.
    pub fn shown_as_sent(&self) -> Dict {
        let mut shown = Dict::new();
        for (name, value) in &self.pairs {
            let value = Value::String(value.clone());
            match shown.get_mut(name) {
                None => {
                    shown.insert(name.clone(), value);
                }
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        shown
    }

    /// As [`Self::shown_to_actions`], without what proves something or could be presented again.
    pub fn shown_without_secrets(&self) -> Dict {
        let mut shown = self.shown_to_actions();
        for secret in SECRETS {
            shown.shift_remove(*secret);
        }
        shown
    }
}

/// Parameters of the token endpoint that no Action sees.
const SECRETS: &[&str] = &[
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "password",
    "refresh_token",
];

fn decoded(part: &[u8]) -> Result<String, OAuthError> {
    let mut rest = part;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let is_escape = rest
            .get(at + 1..at + 3)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if !is_escape {
            return Err(invalid(
                "a parameter holds a '%' that two hexadecimal digits do not follow",
            ));
        }
        rest = &rest[at + 3..];
    }
    let spaced: Vec<u8> = part
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent_decode(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| invalid("a parameter is not UTF-8"))
}

fn shown(name: &str) -> String {
    name.chars()
        .filter(|character| !character.is_control())
        .take(40)
        .collect()
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(form: &str) -> Parameters {
        Parameters::of_form(form.as_bytes()).unwrap()
    }

    #[test]
    fn a_form_is_decoded_once() {
        let form = of("scope=openid+a%20b&state=%2541%0D%0A&flag&=x&&e=");
        assert_eq!(form.words("scope").unwrap(), ["openid", "a", "b"]);
        assert_eq!(form.get("state").unwrap(), Some("%41\r\n"));
        assert_eq!(form.get("flag").unwrap(), None);
        assert_eq!(form.get("e").unwrap(), None);
        assert_eq!(form.get("other").unwrap(), None);
    }

    #[test]
    fn op_06_a_parameter_that_is_given_twice_is_refused() {
        for form in ["a=1&a=1", "a=1&a=2", "a=&a=1", "%61=1&a=1"] {
            let error = of(form).get("a").unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidRequest, "{form}");
        }
    }

    #[test]
    fn op_17_what_cannot_be_decoded_is_refused() {
        for form in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"a=\xff", b"%C3=1"] {
            assert!(Parameters::of_form(form).is_err(), "{form:?}");
        }
        let long = vec![b'a'; MAX_PARAMETERS + 1];
        assert!(Parameters::of_form(&long).is_err());
    }

    #[test]
    fn op_25_a_json_body_is_an_object_of_texts_without_repetition() {
        let body = br#"{"grant_type": "refresh_token", "n": 1, "b": true, "none": null}"#;
        let parameters = Parameters::of_json(body).unwrap();
        assert_eq!(parameters.get("grant_type").unwrap(), Some("refresh_token"));
        assert_eq!(parameters.get("n").unwrap(), Some("1"));
        assert_eq!(parameters.get("none").unwrap(), None);
        for body in [
            &b"[]"[..],
            b"\"a\"",
            b"{",
            b"",
            br#"{"a": {}}"#,
            br#"{"a": "1", "a": "1"}"#,
            b"\xff",
        ] {
            assert!(Parameters::of_json(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn actions_see_every_parameter() {
        let sent = of("a=1&b=2&b=3&b=").shown_as_sent();
        assert_eq!(
            Value::Object(sent),
            serde_json::json!({"a": "1", "b": ["2", "3", ""]})
        );
        let seen = of("ext-a=1&b=2&b=3").shown_to_actions();
        assert_eq!(Value::Object(seen), serde_json::json!({"ext-a": "1", "b": "3"}));
    }

    #[test]
    fn actions_see_no_secret_of_the_token_endpoint() {
        let form = "grant_type=password&username=a&password=x&client_secret=x&client_assertion=x&code=x&code_verifier=x\
                    &refresh_token=x&audience=y";
        let seen = Value::Object(of(form).shown_without_secrets());
        let expected = serde_json::json!({"grant_type": "password", "username": "a", "audience": "y"});
        assert_eq!(seen, expected);
    }
}
