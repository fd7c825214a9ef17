//! In whose name tokens are issued.

use crate::endpoints::Endpoints;
use crate::keys::KeyRing;

/// In whose name tokens are issued.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// Whose URL tokens say.
    pub endpoints: Endpoints<'a>,
    /// Keys to sign with.
    pub keys: &'a KeyRing,
    /// What a JWT access token says to the issuer alone.
    pub mark: Option<&'a [u8]>,
}

impl Issuer<'_> {
    /// The `iss` claim.
    pub fn url(&self) -> String {
        self.endpoints.issuer()
    }

    /// The audience of the user profile.
    pub fn userinfo(&self) -> String {
        self.endpoints.userinfo()
    }

    /// Whether the platform's own API has this identifier.
    pub(super) fn is_system_api(&self, identifier: &str) -> bool {
        self.endpoints.system_apis().iter().any(|own| own == identifier)
    }
}
