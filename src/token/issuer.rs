//! In whose name tokens are issued.

use crate::endpoints::Endpoints;
use crate::keys::KeyRing;

/// In whose name tokens are issued.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// Host name: tokens say `https://<domain>/`.
    pub domain: &'a str,
    /// Keys to sign with.
    pub keys: &'a KeyRing,
}

impl Issuer<'_> {
    /// The `iss` claim.
    pub fn url(&self) -> String {
        Endpoints::of(self.domain).issuer()
    }

    /// The audience of the user profile.
    pub fn userinfo(&self) -> String {
        Endpoints::of(self.domain).userinfo()
    }

    /// Whether the platform's own API has this identifier.
    pub(super) fn is_system_api(&self, identifier: &str) -> bool {
        Endpoints::of(self.domain)
            .system_apis()
            .iter()
            .any(|own| own == identifier)
    }
}
