//! An organization that users log in to, and over which connections they come.

use super::exported::exported;
use super::profile::Profile;
use serde::Deserialize;
use serde_json::{Map, Value};

exported! {
    /// An organization.
    Organization {
        /// Organization id.
        id: Option<String>,
        /// Name.
        name: String,
        /// Name for people.
        display_name: Option<String>,
        /// Organization metadata.
        metadata: Option<Map<String, Value>>,
        /// Connections that are enabled for it; absent where the export does not say.
        connections: Option<Vec<OrganizationConnection>>,
    }
}

exported! {
    /// A connection that is enabled for an organization.
    OrganizationConnection {
        /// The connection's name.
        name: Option<String>,
        /// The connection's id, in exports with ids.
        connection_id: Option<String>,
        /// Whether whoever logs in over it becomes a member.
        assign_membership_on_login: Option<bool>,
    }
}

/// Whom an organization lets in over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetsIn {
    /// Whoever logs in over it: that makes them members (`assign_membership_on_login`).
    Everybody,
    /// Its members.
    Members,
    /// Nobody: the connection is not enabled for the organization.
    Nobody,
}

impl Organization {
    /// Whom it lets in over the connection with this name, and this id where it has one. Where the export does not say which
    /// connections are enabled, members come over any.
    pub fn lets_in(&self, name: &str, id: Option<&str>) -> LetsIn {
        let Some(enabled) = &self.connections else {
            return LetsIn::Members;
        };
        let is_it = |enabled: &&OrganizationConnection| {
            enabled.name.as_deref() == Some(name) || id.is_some() && enabled.connection_id.as_deref() == id
        };
        match enabled.iter().find(is_it) {
            Some(enabled) if enabled.assign_membership_on_login == Some(true) => LetsIn::Everybody,
            Some(_) => LetsIn::Members,
            None => LetsIn::Nobody,
        }
    }

    /// Whether the profile names it among the user's organizations, by name or id.
    pub fn has_member(&self, user: &Profile) -> bool {
        let mut named = user.list("organizations");
        named.any(|name| name == self.name || Some(name) == self.id.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn organization(connections: &Value) -> Organization {
        let members = json!({"name": "acme", "id": "org_1", "connections": connections});
        serde_json::from_value(members).unwrap()
    }

    #[test]
    fn an_organization_says_whom_it_lets_in_over_a_connection() {
        let some = json!([
            {"name": "staff", "assign_membership_on_login": false},
            {"name": "partner", "assign_membership_on_login": true, "show_as_button": true},
            {"connection_id": "con_3"},
        ]);
        for (connections, name, expected) in [
            (&some, "staff", LetsIn::Members),
            (&some, "partner", LetsIn::Everybody),
            (&some, "by id", LetsIn::Members),
            (&some, "guests", LetsIn::Nobody),
            (&json!([]), "staff", LetsIn::Nobody),
            (&json!(null), "staff", LetsIn::Members),
        ] {
            let id = (name == "by id").then_some("con_3");
            assert_eq!(organization(connections).lets_in(name, id), expected, "{name}");
        }
        assert_eq!(
            organization(&json!([{}])).lets_in("staff", None),
            LetsIn::Nobody,
            "an entry that names nothing is no connection"
        );
    }
}
