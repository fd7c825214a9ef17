//! Where a user comes from, and the organization that the user logs in to.

use super::{EventConnection, EventError, EventOrganization};
use crate::tenant::{Client, Connection, LookupError, OrganizationUsage, Profile, Tenant, stable_id};

/// The connection that was asked for, or else that of the user's first identity.
pub(super) fn connection(
    tenant: &Tenant,
    profile: &Profile,
    asked: Option<&str>,
) -> Result<EventConnection, EventError> {
    if let Some(asked) = asked {
        return tenant.connection(asked).map(shown).ok_or_else(|| {
            let names = tenant.connections.iter().map(|known| known.name.as_str());
            EventError::Connection(LookupError::new("connection", asked, names))
        });
    }
    let identity = profile.0.get("identities").and_then(|list| list.get(0));
    let text = |name: &str| identity?.get(name)?.as_str();
    let provider = text("provider").unwrap_or_else(|| match profile.user_id().split_once('|') {
        Some((provider, _)) => provider,
        None => DATABASE,
    });
    let name = text("connection").unwrap_or(match provider {
        DATABASE => "Username-Password-Authentication",
        other => other,
    });
    Ok(match tenant.connection(name) {
        Some(connection) => shown(connection),
        None => EventConnection {
            id: stable_id("con_", name, 16),
            name: name.to_owned(),
            strategy: provider.to_owned(),
            ..EventConnection::default()
        },
    })
}

/// The organization that was asked for. Whether it lets the user in is not asked here.
pub(super) fn organization(
    tenant: &Tenant,
    client: &Client,
    asked: Option<&str>,
) -> Result<Option<EventOrganization>, EventError> {
    let usage = client.organization_usage();
    let refused = |rule| {
        Err(EventError::OrganizationUsage {
            client: client.name.clone(),
            rule,
        })
    };
    let asked = match (asked, usage) {
        (Some(_), OrganizationUsage::Deny) => {
            return refused("takes no organizations; leave the organization out, or set organization_usage");
        }
        (None, OrganizationUsage::Require) => return refused("requires an organization; name one"),
        (None, _) => return Ok(None),
        (Some(asked), _) => asked,
    };
    let found = tenant.organization(asked).map_err(EventError::Organization)?;
    Ok(Some(EventOrganization {
        id: found.id.clone().unwrap_or_default(),
        name: found.name.clone(),
        display_name: found.display_name.clone().unwrap_or_else(|| found.name.clone()),
        metadata: found.metadata.clone().unwrap_or_default(),
        ..EventOrganization::default()
    }))
}

const DATABASE: &str = "auth0";

fn shown(connection: &Connection) -> EventConnection {
    EventConnection {
        id: connection.id.clone().unwrap_or_default(),
        name: connection.name.clone(),
        strategy: connection
            .strategy
            .clone()
            .unwrap_or_else(|| connection.name.clone()),
        metadata: connection.metadata.clone(),
        ..EventConnection::default()
    }
}
