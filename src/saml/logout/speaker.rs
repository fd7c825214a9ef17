//! As whom messages are sent to a service provider: the issuer it knows, and the pair whose certificate it
//! has. Both may be another for each application (semantics 4.2).

use crate::saml::judge::Judge;
use crate::saml::layers::Layers;
use crate::saml::settings::{issuer, signing};
use crate::saml::signature::Signing;
use crate::saml::{IdentityProvider, SamlError};
use crate::tenant::Client;
use crate::trace::Trace;
use chrono::{DateTime, Utc};
use std::borrow::Cow;

/// The identity provider as one service provider knows it.
#[derive(Clone, Debug)]
pub struct Speaker<'a> {
    pub(super) issuer: Cow<'a, str>,
    pub(super) signing: Signing<'a>,
}

impl<'a> Speaker<'a> {
    /// As `client` knows it, by its add-on; `trace` is warned.
    ///
    /// # Errors
    /// Half a pair, two parts of different pairs, or a key that is not fit.
    pub fn new(
        client: &'a Client,
        idp: &IdentityProvider<'a>,
        now: DateTime<Utc>,
        trace: &mut Trace,
    ) -> Result<Self, SamlError> {
        let layers = client.addons.samlp.as_ref().map(Layers::of_addon);
        let layers = layers.unwrap_or_default();
        let mut judge = Judge {
            config: idp.config,
            now,
            recorded: &[],
            trace,
        };
        Ok(Self {
            issuer: issuer(&layers, idp),
            signing: signing(&layers, idp, &mut judge)?,
        })
    }
}
