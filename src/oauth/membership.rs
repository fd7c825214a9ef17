//! Who gets in to an organization: a member, over a connection that is enabled for it.
//!
//! A user is a member where the profile says so (`organizations`), or by logging in over a connection that makes members
//! (`assign_membership_on_login`). Nothing is kept of the latter: it is asked at each login. An export of the platform has no
//! members, so what is not said of a user is not so.

use crate::event::EventConnection;
use crate::login::Refusal;
use crate::tenant::{LetsIn, Organization, Profile, Tenant};
use std::collections::HashSet;

/// Why a login over this connection does not get the user in to the organization; nothing where it does.
pub fn turned_away(
    user: &Profile,
    organization: &Organization,
    connection: &EventConnection,
) -> Option<Refusal> {
    let Organization { id, name, .. } = organization;
    let description = match organization.lets_in(&connection.name, Some(&connection.id)) {
        LetsIn::Everybody => return None,
        LetsIn::Members if organization.has_member(user) => return None,
        // As the platform says it: applications look for these words.
        LetsIn::Members => format!(
            "user {} is not part of the {} organization",
            user.user_id(),
            id.as_ref().unwrap_or(name)
        ),
        LetsIn::Nobody => format!(
            "the connection {} is not enabled for the organization {name}",
            connection.name
        ),
    };
    Some(Refusal::NotAdmitted { description })
}

/// Organizations that nobody of the tenant's own users gets in to: which, and what to do.
pub fn closed(tenant: &Tenant) -> Option<(String, String)> {
    let names = without_entrance(tenant);
    let shown = names
        .iter()
        .take(MOST_NAMED)
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(", ");
    let which = match names.len() {
        0 => return None,
        1 => format!("the organization {shown}"),
        count if count > MOST_NAMED => {
            format!("{count} organizations: {shown} and {} more", count - MOST_NAMED)
        }
        count => format!("{count} organizations: {shown}"),
    };
    Some((
        format!("nobody of users.json can log in to {which}"),
        "name the organization in \"organizations\" of its members in users.json (users that a store has already get it by \
         'postlogin users import users.json --upsert'), or set assign_membership_on_login for a connection of the organization"
            .to_owned(),
    ))
}

/// Most organizations that are named in one line.
const MOST_NAMED: usize = 5;

fn without_entrance(tenant: &Tenant) -> Vec<&str> {
    if tenant.organizations.is_empty() {
        return Vec::new();
    }
    let makes_members = |organization: &&Organization| {
        let mut enabled = organization.connections.iter().flatten();
        enabled.any(|connection| connection.assign_membership_on_login == Some(true))
    };
    let mut open: HashSet<&str> = HashSet::new();
    for user in tenant.users.profiles() {
        let named = user
            .list("organizations")
            .filter_map(|name| tenant.organization(name).ok());
        let connection = user.connection().unwrap_or_default();
        let id = tenant
            .connection(connection)
            .and_then(|known| known.id.as_deref());
        let entered = named.filter(|named| named.lets_in(connection, id) != LetsIn::Nobody);
        open.extend(entered.map(|entered| entered.name.as_str()));
    }
    tenant
        .organizations
        .iter()
        .filter(|organization| !makes_members(organization) && !open.contains(organization.name.as_str()))
        .map(|organization| organization.name.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn tenant() -> Tenant {
        let user = |id: &str, connection: &str, organizations: &Value| {
            let profile = json!({
                "user_id": id, "identities": [{"connection": connection}], "organizations": organizations,
            });
            serde_json::from_value::<Profile>(profile).unwrap()
        };
        Tenant {
            organizations: serde_json::from_value(json!([
                {"name": "acme", "id": "org_1"},
                {"name": "initech", "id": "org_2", "connections": [{"name": "staff"}, {"name": "partner", "assign_membership_on_login": true}]},
                {"name": "nobody", "id": "org_3"},
                {"name": "shut", "id": "org_4", "connections": []},
            ]))
            .unwrap(),
            users: [
                user("ada", "staff", &json!(["acme"])),
                user("bo", "staff", &json!(["org_2", "shut"])),
                user("cyd", "partner", &json!(null)),
                user("eve", "guests", &json!(["org_1", "initech"])),
            ]
            .into_iter()
            .collect(),
            ..Tenant::default()
        }
    }

    #[test]
    fn members_get_in_over_the_connections_of_their_organization() {
        let tenant = tenant();
        for (user_id, expected) in [
            ("ada", [true, false, false, false]),
            ("bo", [false, true, false, false]),
            ("cyd", [false, true, false, false]),
            ("eve", [true, false, false, false]),
        ] {
            let user = tenant.user_by_id(user_id).unwrap();
            let connection = EventConnection {
                name: user.connection().unwrap().to_owned(),
                ..EventConnection::default()
            };
            let gets_in = tenant
                .organizations
                .iter()
                .map(|organization| turned_away(user, organization, &connection).is_none());
            assert_eq!(gets_in.collect::<Vec<_>>(), expected, "{user_id}");
        }
    }

    #[test]
    fn an_organization_that_nobody_gets_in_to_is_told() {
        let told = |tenant: &Tenant| closed(tenant).map(|(what, _)| what);
        let mut tenant = tenant();
        assert_eq!(
            told(&tenant).as_deref(),
            Some("nobody of users.json can log in to 2 organizations: \"nobody\", \"shut\"")
        );
        tenant.organizations.pop();
        assert_eq!(
            told(&tenant).as_deref(),
            Some("nobody of users.json can log in to the organization \"nobody\"")
        );
        tenant.organizations.pop();
        assert_eq!(told(&tenant), None);
        assert_eq!(told(&Tenant::default()), None);
    }
}
