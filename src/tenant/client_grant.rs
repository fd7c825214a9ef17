//! Which API a client may have by itself, without a user.

use super::application::Client;
use super::exported::exported;
use serde::Deserialize;

exported! {
    /// `grants/*.json`, or a member of `clientGrants`: an API that a client may have by its own credentials.
    ClientGrant {
        /// The client, by client id or name.
        client_id: String,
        /// The API.
        audience: String,
        /// The scopes that the client may have.
        scope: Vec<String>,
    }
}

impl ClientGrant {
    /// Whether the grant is this client's.
    pub fn is_for(&self, client: &Client) -> bool {
        self.client_id == client.client_id || self.client_id == client.name
    }
}
