//! Where a login is to happen: for which API, in which organization, over which connection. What the tenant does not have
//! is refused before anybody logs in.

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::tenant::{Client, LetsIn, OrganizationUsage, Tenant};
use serde::{Deserialize, Serialize};

/// Where a login of a service provider is to happen: what the URL to which its request was sent says of that
/// (semantics 4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Name of a connection.
    pub connection: Option<String>,
    /// Name of an organization.
    pub organization: Option<String>,
}

impl Place {
    /// The place that the parameters of a URL name.
    ///
    /// # Errors
    /// The tenant has no such place, or the client may not use it.
    pub fn of(parameters: &Parameters, client: &Client, tenant: &Tenant) -> Result<Self, OAuthError> {
        let organization = organization(parameters, client, tenant)?;
        Ok(Self {
            connection: connection(parameters, client, organization.as_deref(), tenant)?,
            organization,
        })
    }
}

/// The API that `audience`, or `resource` (RFC 8707), names.
///
/// # Errors
/// The tenant has no such API, or the two name different ones.
pub(super) fn audience(parameters: &Parameters, tenant: &Tenant) -> Result<Option<String>, OAuthError> {
    let (audience, resource) = (parameters.get("audience")?, parameters.get("resource")?);
    if let (Some(audience), Some(resource)) = (audience, resource)
        && audience != resource
    {
        return Err(target("audience and resource name different APIs"));
    }
    let is_known =
        |name: &str| name == tenant.config.endpoints().userinfo() || tenant.resource_server(name).is_some();
    match (audience, resource) {
        (Some(audience), _) if !is_known(audience) => Err(invalid("audience is no API of this tenant")),
        (None, Some(resource)) if !is_known(resource) => Err(target("resource is no API of this tenant")),
        (audience, resource) => Ok(audience.or(resource).map(str::to_owned)),
    }
}

/// The organization that `organization` names, by name or id. Whether the user is a member is seen when somebody has logged
/// in.
///
/// # Errors
/// There is none, the client takes none, or it wants one and the request names none.
pub(super) fn organization(
    parameters: &Parameters,
    client: &Client,
    tenant: &Tenant,
) -> Result<Option<String>, OAuthError> {
    match (parameters.get("organization")?, client.organization_usage()) {
        (Some(_), OrganizationUsage::Deny) => Err(invalid("the client takes no organizations")),
        (None, OrganizationUsage::Require) => Err(invalid(
            "organization is missing: the client logs users in to organizations only",
        )),
        (None, OrganizationUsage::Allow | OrganizationUsage::Deny) => Ok(None),
        (Some(name), OrganizationUsage::Allow | OrganizationUsage::Require) => {
            match tenant.organization(name) {
                Ok(organization) => Ok(Some(organization.name.clone())),
                Err(_) => Err(invalid("there is no such organization")),
            }
        }
    }
}

/// The connection that `connection` names, for a login to `organization` where one is asked for. A tenant without connections
/// has those of its users' identities.
///
/// # Errors
/// There is none, or the client or the organization may not use it.
pub(super) fn connection(
    parameters: &Parameters,
    client: &Client,
    organization: Option<&str>,
    tenant: &Tenant,
) -> Result<Option<String>, OAuthError> {
    let Some(name) = parameters.get("connection")? else {
        return Ok(None);
    };
    let (name, id) = match tenant.connection(name) {
        Some(connection) if connection.is_enabled_for(client) => {
            (connection.name.as_str(), connection.id.as_deref())
        }
        Some(_) => return Err(invalid("the connection is not enabled for the client")),
        None if tenant.connections.is_empty() => (name, None),
        None => return Err(invalid("there is no such connection")),
    };
    let organization = organization.and_then(|named| tenant.organization(named).ok());
    if organization.is_some_and(|organization| organization.lets_in(name, id) == LetsIn::Nobody) {
        return Err(invalid("the connection is not enabled for the organization"));
    }
    Ok(Some(name.to_owned()))
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

fn target(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidTarget, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn tenant() -> Tenant {
        Tenant {
            resource_servers: serde_json::from_value(json!([{"identifier": "https://api.example"}])).unwrap(),
            organizations: serde_json::from_value(json!([{"name": "acme", "id": "org_1"}])).unwrap(),
            connections: serde_json::from_value(json!([
                {"name": "staff", "id": "con_1"}, {"name": "guests", "enabled_clients": ["other"]},
            ]))
            .unwrap(),
            ..Tenant::default()
        }
    }

    fn client(usage: &Value) -> Client {
        serde_json::from_value(json!({"name": "a", "client_id": "a", "organization_usage": usage})).unwrap()
    }

    fn of(form: &str) -> Parameters {
        Parameters::of_form(form.as_bytes()).unwrap()
    }

    #[test]
    fn an_organization_goes_by_name_or_id_as_far_as_the_client_takes_one() {
        let asked = |usage: &str, form: &str| {
            organization(&of(form), &client(&json!(usage)), &tenant()).map_err(|error| error.code)
        };
        let acme = || Ok(Some("acme".to_owned()));
        let refused = || Err(ErrorCode::InvalidRequest);
        for (usage, form, expected) in [
            ("allow", "organization=acme", acme()),
            ("require", "organization=org_1", acme()),
            ("allow", "", Ok(None)),
            ("deny", "", Ok(None)),
            ("require", "", refused()),
            ("deny", "organization=acme", refused()),
            ("allow", "organization=other", refused()),
            ("allow", "organization=acme&organization=acme", refused()),
        ] {
            assert_eq!(asked(usage, form), expected, "{usage} {form}");
        }
    }

    #[test]
    fn apis_and_connections_that_there_are_not_are_refused() {
        let api = |form: &str| audience(&of(form), &tenant()).map_err(|error| error.code);
        let known = || Ok(Some("https://api.example".to_owned()));
        for (form, expected) in [
            ("", Ok(None)),
            ("audience=https://api.example", known()),
            ("resource=https://api.example", known()),
            (
                "resource=https://api.example&audience=https://api.example",
                known(),
            ),
            ("audience=https://other.example", Err(ErrorCode::InvalidRequest)),
            ("resource=https://other.example", Err(ErrorCode::InvalidTarget)),
            (
                "resource=https://other.example&audience=https://api.example",
                Err(ErrorCode::InvalidTarget),
            ),
        ] {
            assert_eq!(api(form), expected, "{form}");
        }
        let over = |form: &str| {
            connection(&of(form), &client(&json!(null)), None, &tenant()).map_err(|error| error.code)
        };
        assert_eq!(over("connection=con_1"), Ok(Some("staff".to_owned())));
        assert_eq!(over("connection=guests"), Err(ErrorCode::InvalidRequest));
        assert_eq!(over("connection=other"), Err(ErrorCode::InvalidRequest));
        let bare = Tenant::default();
        let over = connection(&of("connection=db"), &client(&json!(null)), None, &bare);
        assert_eq!(over.unwrap(), Some("db".to_owned()));
        let enabled = json!([{"name": "acme", "connections": [{"connection_id": "con_2"}]}]);
        let tenant = Tenant {
            organizations: serde_json::from_value(enabled).unwrap(),
            connections: serde_json::from_value(
                json!([{"name": "staff", "id": "con_1"}, {"name": "guests", "id": "con_2"}]),
            )
            .unwrap(),
            ..Tenant::default()
        };
        let over = |name: &str| {
            let form = format!("connection={name}");
            connection(&of(&form), &client(&json!(null)), Some("acme"), &tenant).map_err(|error| error.code)
        };
        assert_eq!(over("guests"), Ok(Some("guests".to_owned())));
        assert_eq!(over("staff"), Err(ErrorCode::InvalidRequest));
    }
}
