//! Who a client is, at the endpoints that it calls itself (RFC 6749 section 2.3).

use super::client_assertion::{self, AssertionId};
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::endpoints::Endpoints;
use crate::secret::Secret;
use crate::tenant::{Client, ClientAuthentication, Tenant};
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// What a client says of itself.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    client_id: String,
    said: Said,
}

/// How a client says who it is.
#[derive(Clone, Debug)]
enum Said {
    /// By its name alone.
    Name,
    /// By a secret: one of these readings of what came.
    Secret(Vec<Secret<String>>),
    /// By an assertion that it signed.
    Assertion(Secret<String>),
}

/// A client, and whether it has proved who it is.
#[derive(Clone, Copy, Debug)]
pub enum Authenticated<'a> {
    /// By its secret, or by an assertion.
    Confidential(&'a Client),
    /// Not at all: whatever it presents must be bound to it in another way.
    Public(&'a Client),
}

/// A client whose credentials are right; an assertion counts once, which the store knows.
#[derive(Clone, Debug)]
pub struct Proved<'a> {
    /// Who it is, as soon as the assertion was not used before.
    pub client: Authenticated<'a>,
    /// The assertion, where it was one.
    pub assertion: Option<AssertionId>,
}

impl ClientCredentials {
    /// Reads the `Authorization` header and the parameters of the body.
    ///
    /// # Errors
    /// The credentials are missing, malformed, or given in several places (OP-12).
    pub fn read(authorization: Option<&str>, parameters: &Parameters) -> Result<Self, OAuthError> {
        let client_id = parameters.get("client_id")?;
        let secret = parameters.get("client_secret")?;
        let assertion = client_assertion::of(parameters)?;
        if secret.is_some() && assertion.is_some() || authorization.is_some() && assertion.is_some() {
            return Err(invalid("the client proves in two ways who it is; one is enough"));
        }
        let Some(authorization) = authorization else {
            if let Some(assertion) = assertion {
                let issuer = client_assertion::issuer(assertion);
                let issuer =
                    issuer.ok_or_else(|| refused("client_assertion is no signed JWT with an 'iss'"))?;
                if client_id.is_some_and(|client_id| client_id != issuer) {
                    return Err(invalid("client_id differs from 'iss' of client_assertion"));
                }
                return Ok(Self {
                    client_id: issuer,
                    said: Said::Assertion(assertion.to_owned().into()),
                });
            }
            let client_id = client_id.ok_or_else(|| refused("the client does not say who it is"))?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                said: secret.map_or(Said::Name, |secret| Said::Secret(vec![secret.to_owned().into()])),
            });
        };
        if secret.is_some() {
            return Err(invalid(
                "the client's secret is given in the header and in the body",
            ));
        }
        let basic =
            basic(authorization).ok_or_else(|| refused("the Authorization header is no Basic one"))?;
        if client_id.is_some_and(|client_id| client_id != basic.client_id) {
            return Err(invalid("client_id differs from that of the Authorization header"));
        }
        Ok(basic)
    }

    /// The client that is named, whether or not it is proved.
    pub fn named<'a>(&self, tenant: &'a Tenant) -> Option<&'a Client> {
        let mut clients = tenant.clients.iter();
        clients.find(|client| client.client_id == self.client_id)
    }

    /// The client, if it is what it says. A secret is taken from the header or the body, whichever of the two the client
    /// is registered for, as on the platform; a client with keys has no secret.
    ///
    /// # Errors
    /// `invalid_client`: there is none, its secret or assertion is wrong, or it has none to prove itself with. The answer
    /// is the same in each case, but for what is wrong with an assertion that the client itself signed.
    pub fn authenticate<'a>(&self, tenant: &'a Tenant, now: Moment) -> Result<Proved<'a>, OAuthError> {
        let client = self.named(tenant);
        let proved = |client| {
            Ok(Proved {
                client,
                assertion: None,
            })
        };
        let unknown = || Err(refused("the client is unknown, or its credentials are wrong"));
        let method = client.map(Client::authentication);
        match &self.said {
            Said::Name => match client.filter(|client| client.is_public()) {
                Some(client) => proved(Authenticated::Public(client)),
                None => unknown(),
            },
            Said::Secret(readings) => {
                // A client that there is not is compared with something, too.
                let absent = Secret::from(String::new());
                let known = client
                    .and_then(|client| client.client_secret.as_ref())
                    .unwrap_or(&absent);
                let is_right = readings.contains(known) && !known.reveal().is_empty();
                let takes_secrets = method != Some(ClientAuthentication::PrivateKeyJwt);
                match client.filter(|_| is_right && takes_secrets) {
                    Some(client) => proved(Authenticated::Confidential(client)),
                    None => unknown(),
                }
            }
            Said::Assertion(assertion) => {
                let Some(client) = client.filter(|_| method == Some(ClientAuthentication::PrivateKeyJwt))
                else {
                    return unknown();
                };
                let endpoints: Endpoints<'_> = tenant.config.endpoints();
                let assertion = client_assertion::accept(assertion.reveal(), client, endpoints, now)?;
                Ok(Proved {
                    client: Authenticated::Confidential(client),
                    assertion: Some(assertion),
                })
            }
        }
    }
}

impl<'a> Authenticated<'a> {
    /// The client.
    pub fn client(self) -> &'a Client {
        match self {
            Self::Confidential(client) | Self::Public(client) => client,
        }
    }
}

/// Client id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1). Many clients leave that out, as
/// RFC 7617 has it, so a secret counts as it came, too.
fn basic(header: &str) -> Option<ClientCredentials> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced)
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    };
    Some(ClientCredentials {
        client_id: decoded(client_id)?,
        said: match secret {
            "" => Said::Name,
            sent => Said::Secret(
                [decoded(sent), Some(sent.to_owned())]
                    .into_iter()
                    .flatten()
                    .map(Secret::from)
                    .collect(),
            ),
        },
    })
}

fn refused(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, description)
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::at_ms;
    use serde_json::json;

    fn tenant() -> Tenant {
        let clients = json!([
            {"name": "web", "client_id": "web", "client_secret": "p:a%s+s é"},
            {"name": "spa", "client_id": "spa", "app_type": "spa"},
            {"name": "bare", "client_id": "bare"},
        ]);
        Tenant {
            clients: serde_json::from_value(clients).unwrap(),
            ..Tenant::default()
        }
    }

    fn outcome(authorization: Option<&str>, form: &str) -> Result<String, ErrorCode> {
        let parameters = Parameters::of_form(form.as_bytes()).unwrap();
        let tenant = tenant();
        let credentials = ClientCredentials::read(authorization, &parameters).map_err(|error| error.code)?;
        let proved = credentials
            .authenticate(&tenant, at_ms(0))
            .map_err(|error| error.code)?;
        Ok(proved.client.client().client_id.clone())
    }

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn op_12_a_secret_is_taken_from_header_or_body() {
        let encoded = header("web:p%3Aa%25s%2Bs+%C3%A9");
        assert_eq!(outcome(Some(&encoded), "").as_deref(), Ok("web"));
        assert_eq!(outcome(Some(&encoded), "client_id=web").as_deref(), Ok("web"));
        let as_it_is = header("web:p:a%s+s é");
        assert_eq!(outcome(Some(&as_it_is), "").as_deref(), Ok("web"));
        let body = "client_id=web&client_secret=p%3Aa%25s%2Bs+%C3%A9";
        assert_eq!(outcome(None, body).as_deref(), Ok("web"));
        assert_eq!(outcome(None, "client_id=spa").as_deref(), Ok("spa"));
    }

    #[test]
    fn op_12_anything_else_is_refused() {
        for (authorization, form, code) in [
            (Some(header("web:wrong")), "", ErrorCode::InvalidClient),
            (
                Some(header("web:p%3Aa%25s+s+%C3%A9")),
                "",
                ErrorCode::InvalidClient,
            ),
            (Some(header("bare:")), "", ErrorCode::InvalidClient),
            (Some(header("web")), "", ErrorCode::InvalidClient),
            (Some("Basic ***".to_owned()), "", ErrorCode::InvalidClient),
            (
                Some("Bearer abc".to_owned()),
                "client_id=web",
                ErrorCode::InvalidClient,
            ),
            (
                Some(header("web:x")),
                "client_secret=x",
                ErrorCode::InvalidRequest,
            ),
            (Some(header("web:x")), "client_id=spa", ErrorCode::InvalidRequest),
            (None, "", ErrorCode::InvalidClient),
            (None, "client_id=web", ErrorCode::InvalidClient),
            (None, "client_id=web&client_secret=", ErrorCode::InvalidClient),
            (None, "client_id=bare&client_secret=", ErrorCode::InvalidClient),
            (None, "client_id=bare", ErrorCode::InvalidClient),
            (None, "client_id=spa&client_secret=x", ErrorCode::InvalidClient),
            (None, "client_id=nobody&client_secret=x", ErrorCode::InvalidClient),
        ] {
            assert_eq!(
                outcome(authorization.as_deref(), form),
                Err(code),
                "{authorization:?} {form}"
            );
        }
    }
}
