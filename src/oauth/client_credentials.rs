//! The grant `client_credentials` (RFC 6749 section 4.4): a machine gets an access token for an API that `grants/*.json`
//! gives it. No user, no Action.

use super::client_authentication::Authenticated;
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::tenant::{Client, OWN_API, ResourceServer, Tenant};
use std::borrow::Cow;

/// What a machine gets a token for.
#[derive(Clone, Debug)]
pub struct MachineRequest<'a> {
    /// The API.
    pub api: Cow<'a, ResourceServer>,
    /// In the order of the request, or of the grant where the request names none.
    pub scopes: Vec<String>,
}

impl<'a> MachineRequest<'a> {
    /// Accepts a request of a client that has authenticated.
    ///
    /// # Errors
    /// The client is a public one, names no API, may not have the API, or not all of the scopes. An API that there is not
    /// and one that the client may not have get the same answer.
    pub fn accept(
        parameters: &Parameters,
        client: Authenticated<'a>,
        tenant: &'a Tenant,
    ) -> Result<Self, OAuthError> {
        let Authenticated::Confidential(client) = client else {
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "a client without credentials gets no token by client_credentials",
            ));
        };
        if parameters.get("organization")?.is_some() {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "organization is not taken with client_credentials",
            ));
        }
        let asked = match parameters.get("audience")? {
            Some(audience) => Some(audience),
            None => parameters.get("resource")?,
        };
        let default = tenant.settings.default_audience.as_deref();
        let Some(audience) = asked.or(default.filter(|audience| !audience.is_empty())) else {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "audience is missing: name the identifier of the API",
            ));
        };
        let (Some(api), Some(may_have)) = (api(tenant, audience), may_have(tenant, client, audience)) else {
            return Err(OAuthError::new(
                ErrorCode::AccessDenied,
                "the client may not have this API; add a grant for it under grants/",
            ));
        };
        let asked = parameters.words("scope")?;
        if let Some(beyond) = asked.iter().find(|scope| !may_have.contains(scope)) {
            let beyond: String = beyond.chars().take(80).collect();
            return Err(OAuthError::new(
                ErrorCode::InvalidScope,
                format!("the client may not have the scope '{beyond}'"),
            ));
        }
        let scopes = if asked.is_empty() {
            may_have.into_iter().cloned().collect()
        } else {
            asked
        };
        Ok(Self { api, scopes })
    }
}

/// The API with this identifier. The server's own needs no file.
fn api<'a>(tenant: &'a Tenant, audience: &str) -> Option<Cow<'a, ResourceServer>> {
    match tenant.resource_server(audience) {
        Some(api) => Some(Cow::Borrowed(api)),
        None if audience == OWN_API => Some(Cow::Owned(ResourceServer::own())),
        None => None,
    }
}

/// The scopes that the client may have of an API, each once; nothing where no grant names both.
pub fn may_have<'a>(tenant: &'a Tenant, client: &Client, audience: &str) -> Option<Vec<&'a String>> {
    let grants = tenant.client_grants.iter();
    let mut grants = grants
        .filter(|grant| grant.audience == audience && grant.is_for(client))
        .peekable();
    grants.peek()?;
    let mut scopes: Vec<&String> = Vec::new();
    for scope in grants.flat_map(|grant| &grant.scope) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Some(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tenant() -> Tenant {
        let clients = json!([
            {"name": "Billing", "client_id": "m", "client_secret": "s"},
            {"name": "other", "client_id": "o", "client_secret": "s"},
        ]);
        let grants = json!([
            {"client_id": "Billing", "audience": "https://api.example", "scope": ["read:x", "write:x"]},
            {"client_id": "m", "audience": "https://api.example", "scope": ["read:x", "fly"]},
            {"client_id": "m", "audience": "urn:postlogin:api", "scope": ["issue:login"]},
            {"client_id": "m", "audience": "https://gone.example", "scope": []},
        ]);
        Tenant {
            clients: serde_json::from_value(clients).unwrap(),
            client_grants: serde_json::from_value(grants).unwrap(),
            resource_servers: serde_json::from_value(json!([{"identifier": "https://api.example"}])).unwrap(),
            ..Tenant::default()
        }
    }

    fn accepted(client: usize, form: &str) -> Result<(String, String), ErrorCode> {
        let tenant = tenant();
        let parameters = Parameters::of_form(form.as_bytes()).unwrap();
        let client = Authenticated::Confidential(&tenant.clients[client]);
        let accepted = MachineRequest::accept(&parameters, client, &tenant);
        let accepted = accepted.map_err(|error| error.code)?;
        Ok((accepted.api.identifier.clone(), accepted.scopes.join(" ")))
    }

    #[test]
    fn a_client_gets_what_its_grants_give_it_and_no_more() {
        let api = "https://api.example";
        for (form, scopes) in [
            ("audience=https://api.example", "read:x write:x fly"),
            ("audience=https://api.example&scope=fly+read:x+fly", "fly read:x"),
            ("resource=https://api.example&scope=write:x", "write:x"),
        ] {
            assert_eq!(
                accepted(0, form),
                Ok((api.to_owned(), scopes.to_owned())),
                "{form}"
            );
        }
        let own = accepted(0, "audience=urn:postlogin:api");
        assert_eq!(own, Ok((OWN_API.to_owned(), "issue:login".to_owned())));
        for (client, form, code) in [
            (0, "", ErrorCode::InvalidRequest),
            (0, "audience=a&audience=a", ErrorCode::InvalidRequest),
            (
                0,
                "audience=urn:postlogin:api&organization=o",
                ErrorCode::InvalidRequest,
            ),
            (0, "audience=https://api.example/", ErrorCode::AccessDenied),
            (0, "audience=https://gone.example", ErrorCode::AccessDenied),
            (1, "audience=https://api.example", ErrorCode::AccessDenied),
            (1, "audience=urn:postlogin:api", ErrorCode::AccessDenied),
            (
                0,
                "audience=https://api.example&scope=openid",
                ErrorCode::InvalidScope,
            ),
            (
                0,
                "audience=urn:postlogin:api&scope=issue:login+read:sessions",
                ErrorCode::InvalidScope,
            ),
        ] {
            assert_eq!(accepted(client, form), Err(code), "{form}");
        }
    }

    #[test]
    fn a_client_that_proves_nothing_gets_no_token() {
        let tenant = tenant();
        let parameters = Parameters::of_form(b"audience=https://api.example").unwrap();
        let public = MachineRequest::accept(&parameters, Authenticated::Public(&tenant.clients[0]), &tenant);
        assert_eq!(public.unwrap_err().code, ErrorCode::UnauthorizedClient);
    }
}
