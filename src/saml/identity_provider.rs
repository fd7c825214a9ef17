//! Who answers.

use crate::keys::SigningPair;
use crate::tenant::SamlConfig;

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub struct IdentityProvider<'a> {
    /// Host name of the tenant, for the issuer.
    pub domain: &'a str,
    /// The tenant's own pair, used where no other is set.
    pub pair: &'a SigningPair,
    /// Values that the platform fixes.
    pub config: &'a SamlConfig,
}
