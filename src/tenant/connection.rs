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
    }
}

impl Connection {
    /// Whether the platform would let users of this client log in by it. Where the export does not say, it would.
    pub fn is_enabled_for(&self, client: &Client) -> bool {
        let is_it = |enabled: &String| *enabled == client.client_id || *enabled == client.name;
        self.enabled_clients
            .as_ref()
            .is_none_or(|enabled| enabled.iter().any(is_it))
    }
}
