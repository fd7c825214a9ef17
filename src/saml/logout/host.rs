//! Where messages come in.

use crate::endpoints::Endpoints;
use crate::tenant::SamlConfig;

/// Where messages come in.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// Host name of the tenant.
    pub domain: &'a str,
    /// `[saml]`.
    pub config: &'a SamlConfig,
}

impl Host<'_> {
    /// Whether `destination` is an endpoint of `client_id` that takes logout messages: the one for logout, or
    /// the one for single sign-on (semantics 4). Its query is the caller's own business.
    pub(super) fn is_reached_by(self, destination: &str, client_id: &str) -> bool {
        Endpoints::of(self.domain).is_saml_logout(destination, client_id)
    }
}
