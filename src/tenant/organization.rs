//! An organization that users log in to.

use super::exported::exported;
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
    }
}
