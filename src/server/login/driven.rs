//! The flow of one login, over the site's Actions, users and store.

use super::waiting::{Resumed, Waits};
use crate::command::Cache;
use crate::flow::{self, Actions as _, Decided, Flow, FlowError, Login, Nowhere, Suspensions, Unavailable};
use crate::random::{Random, SystemRandom};
use crate::server::site::Site;
use crate::store::{Bound, BroughtUser, StoreError};
use crate::tenant::Client;
use serde::Serialize;
use std::io;

/// Begins a login whose user is nowhere: nothing is kept of one that would have to wait.
///
/// # Errors
/// As [`Flow::decide`].
pub(in crate::server) fn decided_at_once(site: &Site, login: Login<'_>) -> Result<Decided, FlowError> {
    begun(site, login, &Nowhere)
}

/// Begins a login, which finds the cache as earlier logins left it.
fn begun(site: &Site, login: Login<'_>, suspensions: &dyn Suspensions) -> Result<Decided, FlowError> {
    let actions = site.actions();
    let cache = if actions.bound().is_empty() {
        Cache::default()
    } else {
        site.store.action_cache(site.now()).map_err(Unavailable::from)?
    };
    let random: &mut dyn Random = &mut SystemRandom;
    let mut flow = Flow {
        profiles: site,
        organizations: site,
        suspensions,
        ..Flow::new(&site.tenant, &site.keys, &actions, random)
    };
    flow.decide(Login { cache, ..login }, &mut None::<flow::Answer>)
}

/// Why a used answer could not be remembered: the store did not answer.
pub(in crate::server) fn not_remembered(error: &io::Error) -> Unavailable {
    let of_store = error
        .get_ref()
        .and_then(|error| error.downcast_ref::<StoreError>());
    match of_store {
        Some(error) => error.clone().into(),
        None => Unavailable::new(error.to_string(), "try again"),
    }
}

/// A login that is driven until it is decided, or its user has to go somewhere else.
pub(in crate::server) struct Driven<'a, C> {
    pub site: &'a Site,
    /// What is kept with the login while its user is away.
    pub carried: &'a C,
    /// Who may go on with it.
    pub bound_to: Bound,
    /// The user whom a machine client brought along; nobody knows of them before the login comes to rest.
    pub brought: Option<&'a BroughtUser>,
}

impl<C: Serialize> Driven<'_, C> {
    /// Begins a login.
    ///
    /// # Errors
    /// As [`Flow::decide`].
    pub fn begin(&self, login: Login<'_>) -> Result<Decided, FlowError> {
        begun(self.site, login, &self.waits(None))
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
            organizations: site,
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
            brought: self.brought,
            resumed,
        }
    }
}
