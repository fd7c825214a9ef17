//! Who a client is, at the endpoints that it calls itself (RFC 6749 section 2.3).

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::secret::Secret;
use crate::tenant::{Client, Tenant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// What a client says of itself.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    client_id: String,
    secret: Option<Secret<String>>,
}

/// A client, and whether it has proved who it is.
#[derive(Clone, Copy, Debug)]
pub enum Authenticated<'a> {
    /// By its secret.
    Confidential(&'a Client),
    /// Not at all: whatever it presents must be bound to it in another way.
    Public(&'a Client),
}

impl ClientCredentials {
    /// Reads the `Authorization` header and the parameters of the body.
    ///
    /// # Errors
    /// The credentials are missing, malformed, or given in both places (OP-12).
    pub fn read(authorization: Option<&str>, parameters: &Parameters) -> Result<Self, OAuthError> {
        let client_id = parameters.get("client_id")?;
        let secret = parameters.get("client_secret")?;
        let Some(authorization) = authorization else {
            let client_id = client_id.ok_or_else(|| refused("the client does not say who it is"))?;
            return Ok(Self {
                client_id: client_id.to_owned(),
                secret: secret.map(|secret| secret.to_owned().into()),
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

    /// The client, if it is what it says.
    ///
    /// # Errors
    /// `invalid_client`: there is none, its secret is another one, or it has none to prove itself with. The answer is
    /// the same in each case.
    pub fn authenticate<'a>(&self, tenant: &'a Tenant) -> Result<Authenticated<'a>, OAuthError> {
        let client = tenant
            .clients
            .iter()
            .find(|client| client.client_id == self.client_id);
        // A client that there is not is compared with something, too.
        let absent = Secret::from(String::new());
        let known = client
            .and_then(|client| client.client_secret.as_ref())
            .unwrap_or(&absent);
        let is_right =
            self.secret.as_ref().is_some_and(|secret| secret == known) && !known.reveal().is_empty();
        match client {
            Some(client) if client.is_public() && self.secret.is_none() => Ok(Authenticated::Public(client)),
            Some(client) if is_right => Ok(Authenticated::Confidential(client)),
            _ => Err(refused("the client is unknown, or its credentials are wrong")),
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

/// Client id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1).
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
        secret: Some(decoded(secret)?.into()),
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
        let client = credentials.authenticate(&tenant).map_err(|error| error.code)?;
        Ok(client.client().client_id.clone())
    }

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn op_12_a_secret_is_taken_from_header_or_body() {
        let encoded = header("web:p%3Aa%25s%2Bs+%C3%A9");
        assert_eq!(outcome(Some(&encoded), "").as_deref(), Ok("web"));
        assert_eq!(outcome(Some(&encoded), "client_id=web").as_deref(), Ok("web"));
        let body = "client_id=web&client_secret=p%3Aa%25s%2Bs+%C3%A9";
        assert_eq!(outcome(None, body).as_deref(), Ok("web"));
        assert_eq!(outcome(None, "client_id=spa").as_deref(), Ok("spa"));
    }

    #[test]
    fn op_12_anything_else_is_refused() {
        for (authorization, form, code) in [
            (Some(header("web:wrong")), "", ErrorCode::InvalidClient),
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
