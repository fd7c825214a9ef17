//! Proof key for code exchange (RFC 7636), S256 alone: `plain` protects nobody who reads the request.

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};

/// `code_challenge` of an authorization request: base64url of a SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The challenge of a request, where it has one.
    ///
    /// # Errors
    /// The method is another one than `S256` (`plain` is also what a missing method means), or the challenge is no
    /// SHA-256 in base64url.
    pub fn of(parameters: &Parameters) -> Result<Option<Self>, OAuthError> {
        let challenge = parameters.get("code_challenge")?;
        let method = parameters.get("code_challenge_method")?;
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(invalid("code_challenge_method is given without code_challenge")),
            (Some(challenge), Some("S256")) => {
                let hash = URL_SAFE_NO_PAD.decode(challenge).ok();
                if hash.is_none_or(|hash| hash.len() != 32) {
                    return Err(invalid(
                        "code_challenge is no SHA-256 in base64url without padding",
                    ));
                }
                Ok(Some(Self(challenge.to_owned())))
            }
            (Some(_), _) => Err(invalid("code_challenge_method must be S256")),
        }
    }

    /// Whether `verifier` is what the challenge was made of.
    fn is_of(&self, verifier: &str) -> bool {
        let made = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
        secret::same(made.as_bytes(), self.0.as_bytes())
    }
}

/// Whether the token request proves that it comes from whoever began the login (OP-10).
///
/// # Errors
/// `invalid_grant`: the verifier is missing, wrong, or given though the login began without a challenge (a
/// downgrade, RFC 9700 section 4.8.2). `invalid_request`: it is none by its form (RFC 7636 section 4.1).
pub fn is_verified_by(challenge: Option<&CodeChallenge>, verifier: Option<&str>) -> Result<(), OAuthError> {
    if verifier.is_some_and(|verifier| !is_verifier(verifier)) {
        return Err(invalid(
            "code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~",
        ));
    }
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if challenge.is_of(verifier) => Ok(()),
        (Some(_), Some(_)) => Err(refused(
            "code_verifier does not fit the code_challenge of the login",
        )),
        (Some(_), None) => Err(refused(
            "code_verifier is missing: the login began with a code_challenge",
        )),
        (None, Some(_)) => Err(refused(
            "code_verifier is given, but the login began without a code_challenge",
        )),
    }
}

fn is_verifier(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

fn refused(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge(form: &str) -> Result<Option<CodeChallenge>, OAuthError> {
        CodeChallenge::of(&Parameters::of_form(form.as_bytes()).unwrap())
    }

    fn code(result: Result<(), OAuthError>) -> Option<ErrorCode> {
        result.err().map(|error| error.code)
    }

    #[test]
    fn the_example_of_the_standard_is_verified() {
        let challenge = challenge(&format!("code_challenge={CHALLENGE}&code_challenge_method=S256"));
        let challenge = challenge.unwrap().unwrap();
        assert_eq!(is_verified_by(Some(&challenge), Some(VERIFIER)), Ok(()));
    }

    #[test]
    fn op_10_no_challenge_is_passed_by() {
        let made = CodeChallenge(CHALLENGE.to_owned());
        let other = "x".repeat(43);
        for (challenge, verifier, expected) in [
            (Some(&made), Some(other.as_str()), ErrorCode::InvalidGrant),
            (Some(&made), None, ErrorCode::InvalidGrant),
            (None, Some(VERIFIER), ErrorCode::InvalidGrant),
            (Some(&made), Some(&VERIFIER[1..]), ErrorCode::InvalidRequest),
            (
                Some(&made),
                Some("y".repeat(129).as_str()),
                ErrorCode::InvalidRequest,
            ),
            (
                Some(&made),
                Some("é".repeat(43).as_str()),
                ErrorCode::InvalidRequest,
            ),
        ] {
            assert_eq!(
                code(is_verified_by(challenge, verifier)),
                Some(expected),
                "{verifier:?}"
            );
        }
        assert_eq!(is_verified_by(None, None), Ok(()));
    }

    #[test]
    fn op_10_only_s256_is_taken() {
        for form in [
            format!("code_challenge={VERIFIER}&code_challenge_method=plain"),
            format!("code_challenge={CHALLENGE}"),
            "code_challenge=short&code_challenge_method=S256".to_owned(),
            format!("code_challenge={CHALLENGE}=&code_challenge_method=S256"),
            "code_challenge_method=S256".to_owned(),
        ] {
            assert!(challenge(&form).is_err(), "{form}");
        }
        assert_eq!(challenge("").unwrap(), None);
    }
}
