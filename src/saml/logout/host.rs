//! Where messages come in.

use crate::endpoints::Endpoints;
use crate::tenant::SamlConfig;

/// Where messages come in.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// What the tenant publishes.
    pub endpoints: Endpoints<'a>,
    /// `[saml]`.
    pub config: &'a SamlConfig,
}

impl Host<'_> {
    /// Whether `destination` is an endpoint of `client_id` that takes logout messages: the one for logout, or
    /// the one for single sign-on (semantics 4). Its query is the caller's own business.
    pub(super) fn is_reached_by(self, destination: &str, client_id: &str) -> bool {
        self.endpoints.is_saml_logout(destination, client_id)
    }
}
