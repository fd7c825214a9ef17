//! A role and what it permits.

use super::exported::exported;
use serde::Deserialize;

exported! {
    /// A role.
    RoleDefinition {
        /// Role id.
        id: Option<String>,
        /// Role name.
        name: String,
        /// What it is for.
        description: Option<String>,
        /// `[{permission_name, resource_server_identifier}]`.
        permissions: Vec<Permission>,
    }
}

exported! {
    /// One permission of a role.
    Permission {
        /// The scope.
        permission_name: String,
        /// The API's audience.
        resource_server_identifier: String,
    }
}
