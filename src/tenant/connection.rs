//! A connection: where users come from.

use super::application::Client;
use super::exported::exported;
use serde::Deserialize;
use serde_json::{Map, Value};

exported! {
    /// A connection.
    Connection {
        /// Connection id.
        id: Option<String>,
        /// Connection name.
        name: String,
        /// Social: the name; database: `auth0`.
        strategy: Option<String>,
        /// Clients that may use it, by client id or name; absent where the export does not say.
        enabled_clients: Option<Vec<String>>,
        /// Connection metadata.
        metadata: Option<Map<String, Value>>,
        /// What the connection's kind has of its own.
        options: Option<ConnectionOptions>,
    }
}

exported! {
    /// `options` of a database connection.
    ConnectionOptions {
        /// Whether users have a name beside their address.
        requires_username: Option<Value>,
        /// `{email|username|phone_number: {identifier: {active}}}`: by what users log in.
        attributes: Option<Value>,
    }
}

impl Connection {
    /// The properties of a profile by which users of this connection log in. Where the export does not say, any will do.
    pub fn identifiers(&self) -> &'static [&'static str] {
        let Some(options) = &self.options else {
            return &["email", "username", "phone_number"];
        };
        let Some(attributes) = options.attributes.as_ref().and_then(Value::as_object) else {
            return match options.requires_username {
                Some(Value::Bool(false)) => &["email"],
                _ => &["email", "username"],
            };
        };
        let is_active = |name: &str| {
            let active = attributes
                .get(name)
                .and_then(|attribute| attribute.get("identifier")?.get("active"));
            active == Some(&Value::Bool(true))
        };
        match (
            is_active("email"),
            is_active("username"),
            is_active("phone_number"),
        ) {
            (true, true, true) => &["email", "username", "phone_number"],
            (false, true, true) => &["username", "phone_number"],
            (true, false, true) => &["email", "phone_number"],
            (false, false, true) => &["phone_number"],
            (false, true, false) => &["username"],
            (true, true, false) => &["email", "username"],
            (_, false, false) => &["email"],
        }
    }

    /// Whether the platform would let users of this client log in by it. Where the export does not say, it would.
    pub fn is_enabled_for(&self, client: &Client) -> bool {
        let is_it = |enabled: &String| *enabled == client.client_id || *enabled == client.name;
        self.enabled_clients
            .as_ref()
            .is_none_or(|enabled| enabled.iter().any(is_it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_connection_says_by_what_its_users_log_in() {
        for (options, identifiers) in [
            (json!(null), vec!["email", "username", "phone_number"]),
            (json!({"mfa": {}}), vec!["email", "username"]),
            (json!({"requires_username": true}), vec!["email", "username"]),
            (json!({"requires_username": false}), vec!["email"]),
            (json!({"attributes": {}}), vec!["email"]),
            (
                json!({"attributes": {"phone_number": {"identifier": {"active": true}}, "email": {"identifier": {"active": false}}}}),
                vec!["phone_number"],
            ),
        ] {
            let connection = json!({"name": "db", "options": options});
            let connection: Connection = serde_json::from_value(connection).unwrap();
            assert_eq!(connection.identifiers(), identifiers, "{options}");
        }
    }
}
