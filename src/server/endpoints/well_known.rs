//! `/.well-known/...`: what this issuer is and signs with. The store is not asked.

use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;

/// The discovery document.
pub(in crate::server) fn provider(site: &Site, received: &Received) -> Answer {
    site.publications.discovery.answer(received)
}

/// The key set.
pub(in crate::server) fn jwks(site: &Site, received: &Received) -> Answer {
    site.publications.key_set.answer(received)
}
