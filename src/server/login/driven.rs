//! The flow of one login, over the site's Actions, users and store.

use super::waiting::{Resumed, Waits};
use crate::flow::{self, Decided, Flow, FlowError, Login};
use crate::random::{Random, SystemRandom};
use crate::server::site::Site;
use crate::store::Bound;
use crate::tenant::Client;
use serde::Serialize;

/// A login that is driven until it is decided, or its user has to go somewhere else.
pub(in crate::server) struct Driven<'a, C> {
    pub site: &'a Site,
    /// What is kept with the login while its user is away.
    pub carried: &'a C,
    /// Who may go on with it.
    pub bound_to: Bound,
}

impl<C: Serialize> Driven<'_, C> {
    /// Begins a login.
    ///
    /// # Errors
    /// As [`Flow::decide`].
    pub fn begin(&self, login: Login<'_>) -> Result<Decided, FlowError> {
        let site = self.site;
        let actions = site.actions();
        let waits = self.waits(None);
        let random: &mut dyn Random = &mut SystemRandom;
        let mut flow = Flow {
            profiles: site,
            suspensions: &waits,
            ..Flow::new(&site.tenant, &site.keys, &actions, random)
        };
        flow.decide(login, &mut None::<flow::Answer>)
    }

    /// Goes on with a login that waited. The application is the one of that login.
    ///
    /// # Errors
    /// As [`Flow::decide_resumed`].
    pub fn go_on(&self, resumed: &Resumed, answer: flow::Answer) -> Result<(Decided, Client), FlowError> {
        let site = self.site;
        let actions = site.actions();
        let waits = self.waits(Some(resumed));
        let random: &mut dyn Random = &mut SystemRandom;
        let mut flow = Flow {
            profiles: site,
            suspensions: &waits,
            seen: &waits,
            ..Flow::new(&site.tenant, &site.keys, &actions, random)
        };
        flow.decide_resumed(&mut Some(answer))
    }

    fn waits<'b>(&'b self, resumed: Option<&'b Resumed>) -> Waits<'b, C> {
        Waits {
            site: self.site,
            carried: self.carried,
            bound_to: &self.bound_to,
            resumed,
        }
    }
}
