//! A connection: where users come from.

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
        /// Connection metadata.
        metadata: Option<Map<String, Value>>,
    }
}
