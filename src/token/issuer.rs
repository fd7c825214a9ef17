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
    /// The `jti` of an access token in the profile of RFC 9068; one of chance where none is given.
    pub jti: Option<&'a str>,
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
