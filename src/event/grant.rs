//! Which of the requested scopes are granted, and which roles a user has.

use super::EventError;
use crate::command::{Group, Role};
use crate::tenant::{Client, Profile, Tenant, stable_id};
use serde_json::Value;

/// The requested scopes that are granted, in the order of the request.
///
/// Without an API only the OIDC scopes are; with an API also the scopes that it knows, and where it
/// enforces policies of those only the ones that a role permits. A tenant without any API (an event was
/// given alone) grants what was requested.
pub(super) fn granted(
    requested: &[String],
    audience: Option<&str>,
    roles: &[String],
    tenant: &Tenant,
) -> Vec<String> {
    let server = audience.and_then(|audience| tenant.resource_server(audience));
    let permitted = audience
        .map(|audience| permissions(audience, roles, tenant))
        .unwrap_or_default();
    let is_granted = |scope: &&String| {
        if OIDC_SCOPES.contains(&scope.as_str()) {
            return true;
        }
        let Some(server) = server else {
            return audience.is_some() && tenant.resource_servers.is_empty();
        };
        server.scopes.iter().any(|known| known.value == **scope)
            && (server.enforce_policies != Some(true) || permitted.contains(scope))
    };
    let mut granted: Vec<String> = Vec::new();
    for scope in requested.iter().filter(is_granted) {
        if !granted.contains(scope) {
            granted.push(scope.clone());
        }
    }
    granted
}

/// What the roles permit on the API, without repetition, in the order of the roles.
pub(super) fn permissions(audience: &str, roles: &[String], tenant: &Tenant) -> Vec<String> {
    let mut permitted: Vec<String> = Vec::new();
    let all = roles
        .iter()
        .filter_map(|role| tenant.role(role))
        .flat_map(|role| &role.permissions)
        .filter(|permission| permission.resource_server_identifier == audience);
    for permission in all {
        if !permitted.contains(&permission.permission_name) {
            permitted.push(permission.permission_name.clone());
        }
    }
    permitted
}

/// The roles that `names` mean; one that the tenant does not define has its name as id.
pub(super) fn roles(names: &[String], tenant: &Tenant) -> Vec<Role> {
    let role = |name: &String| match tenant.role(name) {
        Some(role) => Role {
            id: role.id.clone().unwrap_or_else(|| role.name.clone()),
            name: role.name.clone(),
            description: role.description.clone(),
        },
        None => Role {
            id: name.clone(),
            name: name.clone(),
            description: None,
        },
    };
    names.iter().map(role).collect()
}

/// Names of the roles of a profile, whether it lists names or ids.
pub(super) fn role_names(profile: &Profile, tenant: &Tenant) -> Vec<String> {
    let name = |role: &str| match tenant.role(role) {
        Some(known) => known.name.clone(),
        None => role.to_owned(),
    };
    profile.list("roles").map(name).collect()
}

/// The groups of a profile: names, or objects with `id` and `name`.
pub(super) fn groups(profile: &Profile) -> Vec<Group> {
    let group = |value: &Value| match value {
        Value::String(name) => Some(Group {
            id: stable_id("grp_", name, 16),
            name: name.clone(),
        }),
        Value::Object(_) => serde_json::from_value(value.clone()).ok(),
        _ => None,
    };
    let groups = profile.0.get("groups").and_then(Value::as_array);
    groups.into_iter().flatten().filter_map(group).collect()
}

/// Whether the client may be answered at `url`: one of its callbacks.
///
/// # Errors
/// The URL is not a callback of the application; the error lists the callbacks.
pub(super) fn check_callback(client: &Client, url: &str) -> Result<(), EventError> {
    if client.has_callback(url) {
        return Ok(());
    }
    Err(EventError::CallbackNotAllowed {
        client: client.name.clone(),
        url: url.to_owned(),
        allowed: client.callbacks.clone(),
    })
}

const OIDC_SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn tenant(enforce: bool) -> Tenant {
        let server = json!({
            "identifier": "https://api", "enforce_policies": enforce,
            "scopes": [{"value": "read:x"}, {"value": "write:x"}]
        });
        let role = json!({
            "name": "reader", "id": "rol_1",
            "permissions": [{"permission_name": "read:x", "resource_server_identifier": "https://api"}]
        });
        Tenant {
            resource_servers: vec![serde_json::from_value(server).unwrap()],
            roles: vec![serde_json::from_value(role).unwrap()],
            ..Tenant::default()
        }
    }

    #[test]
    fn only_scopes_that_the_api_knows_are_granted() {
        let requested = texts(&["openid", "write:x", "read:x", "fly", "openid", "offline_access"]);
        assert_eq!(
            granted(&requested, Some("https://api"), &[], &tenant(false)),
            ["openid", "write:x", "read:x", "offline_access"]
        );
        assert_eq!(
            granted(&requested, None, &[], &tenant(false)),
            ["openid", "offline_access"]
        );
    }

    #[test]
    fn enforced_policies_grant_what_a_role_permits() {
        let requested = texts(&["openid", "read:x", "write:x"]);
        assert_eq!(
            granted(
                &requested,
                Some("https://api"),
                &texts(&["reader"]),
                &tenant(true)
            ),
            ["openid", "read:x"]
        );
        assert_eq!(
            granted(&requested, Some("https://api"), &[], &tenant(true)),
            ["openid"]
        );
    }
}
