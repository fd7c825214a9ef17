//! What an application gets of a login, and what the session remembers of that.

use crate::issue::{Artefact, Ended, Issuing, OnWarning};
use crate::saml::logout::Participant;
use crate::server::log;
use crate::server::site::Site;
use crate::store::SessionParticipant;
use crate::tenant::Client;

impl Site {
    /// On which terms this site issues now.
    pub(in crate::server) fn issuing<'a>(&'a self, client: &'a Client) -> Issuing<'a> {
        Issuing {
            tenant: &self.tenant,
            client,
            keys: &self.keys,
            now: self.now(),
            on_warning: OnWarning::Issue,
        }
    }
}

/// The application as one that takes part in the session: a service provider with what a logout has to name. Nothing where
/// the login issued nothing.
pub(in crate::server) fn participant(client: &Client, ended: &Ended) -> Option<SessionParticipant> {
    let plain = || SessionParticipant::Client(client.client_id.clone());
    match ended {
        Ended::Issued(Artefact::Tokens(_)) => Some(plain()),
        Ended::Issued(Artefact::Saml(answer)) => Some(match Participant::of(answer, client) {
            Ok(Some(participant)) => SessionParticipant::ServiceProvider(Box::new(participant)),
            Ok(None) => plain(),
            Err(error) => {
                log::line(&format!("logout of {} will not reach it: {error}", client.name));
                plain()
            }
        }),
        Ended::Refused(..) => None,
    }
}
