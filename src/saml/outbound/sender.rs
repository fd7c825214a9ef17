//! The sender of messages to a service provider: the issuer it knows, and the pair whose certificate it has. Both may
//! be another for each application (semantics 4.2).

use super::effective;
use super::key_policy::KeyPolicy;
use super::settings::{issuer, signing};
use super::signature::Signing;
use crate::saml::error::SamlError;
use crate::saml::identity_provider::IdentityProvider;
use crate::tenant::Client;
use crate::time::Moment;
use crate::trace::Trace;
use std::borrow::Cow;

/// The identity provider as one service provider knows it.
#[derive(Clone, Debug)]
pub struct Sender<'a> {
    pub(in crate::saml) issuer: Cow<'a, str>,
    pub(in crate::saml) signing: Signing<'a>,
}

impl<'a> Sender<'a> {
    /// As `client` knows it, by its add-on; `trace` is warned.
    ///
    /// # Errors
    /// Half a pair, two parts of different pairs, or a key that is not fit.
    pub fn new(
        client: &'a Client,
        idp: &IdentityProvider<'a>,
        now: Moment,
        trace: &mut Trace,
    ) -> Result<Self, SamlError> {
        let effective = effective::of_client(client);
        let mut policy = KeyPolicy {
            config: idp.config,
            now,
            trace,
        };
        Ok(Self {
            issuer: issuer(&effective, idp)?,
            signing: signing(&effective, idp, &mut policy)?,
        })
    }
}
