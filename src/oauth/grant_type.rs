//! `grant_type`: what a client gives for tokens.

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::tenant::Client;

/// A grant that the token endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// A code of the authorization endpoint (RFC 6749 section 4.1.3).
    AuthorizationCode,
    /// The client's own credentials (RFC 6749 section 4.4).
    ClientCredentials,
    /// Name and password of a user (RFC 6749 section 4.3).
    Password,
    /// The same over the connection that `realm` names.
    PasswordRealm,
    /// A refresh token (RFC 6749 section 6).
    RefreshToken,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::ClientCredentials,
        Self::Password,
        Self::PasswordRealm,
        Self::RefreshToken,
    ];

    /// The registered name, or that of the platform.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::PasswordRealm => "http://auth0.com/oauth/grant-type/password-realm",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// The grant with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }

    /// The grant of a request, if the client is registered for it.
    ///
    /// # Errors
    /// It is missing, there is none of this name, or the client is not registered for it. A password grant that the client
    /// does not list is as good as none (RFC 9700 section 2.4).
    pub fn of(parameters: &Parameters, client: &Client) -> Result<Self, OAuthError> {
        let Some(name) = parameters.get("grant_type")? else {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "grant_type is missing",
            ));
        };
        let unsupported = || OAuthError::new(ErrorCode::UnsupportedGrantType, "this grant_type is not taken");
        let grant = Self::named(name).ok_or_else(unsupported)?;
        match grant {
            _ if client.has_grant(name) => Ok(grant),
            Self::Password | Self::PasswordRealm => Err(unsupported()),
            Self::AuthorizationCode | Self::ClientCredentials | Self::RefreshToken => Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "the client is not registered for this grant; add it to its grant_types",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn op_25_and_op_26_a_client_gets_the_grants_that_it_lists() {
        let of = |grant_types: &[&str], form: &str| {
            let client = json!({"name": "a", "grant_types": grant_types});
            let client: Client = serde_json::from_value(client).unwrap();
            let parameters = Parameters::of_form(form.as_bytes()).unwrap();
            GrantType::of(&parameters, &client).map_err(|error| error.code)
        };
        assert_eq!(of(&[], "grant_type=refresh_token"), Ok(GrantType::RefreshToken));
        for grant in GrantType::ALL {
            let form = format!("grant_type={}", grant.as_str());
            assert_eq!(of(&[grant.as_str()], &form), Ok(grant));
        }
        for (form, code) in [
            ("", ErrorCode::InvalidRequest),
            ("grant_type=", ErrorCode::InvalidRequest),
            ("grant_type=a&grant_type=a", ErrorCode::InvalidRequest),
            ("grant_type=implicit", ErrorCode::UnsupportedGrantType),
            ("grant_type=password", ErrorCode::UnsupportedGrantType),
            (
                "grant_type=http://auth0.com/oauth/grant-type/password-realm",
                ErrorCode::UnsupportedGrantType,
            ),
            ("grant_type=client_credentials", ErrorCode::UnauthorizedClient),
        ] {
            assert_eq!(of(&[], form), Err(code), "{form}");
        }
    }
}
