//! The values that a login starts from.

use super::policy::Policy;
use super::refusal::Refusal;
use crate::command::{Cache, Facts};
use crate::event::{Asked, Event, LoginRequest, Opening};
use crate::tenant::{Client, Profile, Tenant};
use serde::{Deserialize, Serialize};

/// Everything a login needs to know; nothing is looked up until the user leaves but users by id.
/// Values of the tenant are not kept with a suspended login but read again ([`Today`](super::Today)).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What the login was opened with.
    pub asked: Asked,
    /// The event as the first Action sees it.
    pub event: Event,
    /// The profile behind `event.user`.
    #[serde(skip)]
    pub profile: Profile,
    /// What the application asked for.
    #[serde(skip)]
    pub request: LoginRequest,
    /// What queries are answered from.
    pub facts: Facts,
    /// The bound Actions, in order.
    pub actions: Vec<BoundAction>,
    /// The trigger's cache as earlier executions left it.
    pub cache: Cache,
    /// Why nothing may run and nothing be issued, where that is known already.
    #[serde(skip)]
    pub refusal: Option<Refusal>,
    /// The tenant's rules.
    #[serde(skip)]
    pub policy: Policy,
}

/// An Action as it is bound on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundAction {
    /// Its name.
    pub name: String,
    /// Stands for its code ([`Script::fingerprint`](crate::action::Script::fingerprint)): an Action that is entered
    /// again must be the same. Empty where no code is run.
    pub code: String,
    /// 0-based number in the bound order of that day.
    pub place: usize,
}

impl Plan {
    /// The plan of a login that was opened. `known` is the profile that the tenant has of the user in the event.
    pub fn of(
        opening: Opening,
        asked: Asked,
        tenant: &Tenant,
        client: &Client,
        known: Option<&Profile>,
        actions: Vec<BoundAction>,
    ) -> Self {
        // An event may name a user whom the tenant knows, too; an event cannot unblock that user.
        let is_blocked = opening.blocked || known.is_some_and(Profile::is_blocked);
        Self {
            refusal: is_blocked.then_some(Refusal::Blocked),
            policy: Policy::of(tenant, client, &opening),
            asked,
            event: opening.event,
            profile: opening.profile,
            request: opening.request,
            facts: opening.facts,
            actions,
            cache: Cache::default(),
        }
    }
}
