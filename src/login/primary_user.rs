//! Another user than the one who authenticated: the profile that `setPrimaryUser` asks for (semantics 2.4).

use super::refusal::Refusal;
use super::state::State;
use super::step::Step;
use crate::random::Random;
use crate::tenant::Profile;
use crate::time::Moment;
use crate::trace::Origin;
use serde::{Deserialize, Serialize};

/// What `setPrimaryUser` asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PrimaryUser {
    /// 0-based number of the Action that asked.
    pub(super) action: usize,
    pub(super) user_id: String,
    /// Whether `event.user` is that user since.
    pub(super) seen: bool,
    /// Calls before this index were written to the user before.
    pub(super) calls_before: usize,
    /// Factors before this index were enrolled by the user before.
    pub(super) factors_before: usize,
}

/// A user whose profile is needed.
#[derive(Debug)]
pub struct LoadingUser {
    pub(super) state: Box<State>,
    pub(super) user_id: String,
    pub(super) purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Later Actions are to see the new primary user.
    Show,
    /// The last check before anything is issued.
    Confirm,
}

impl LoadingUser {
    /// Whose profile is needed.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Continues the login with the profile, or with the news that there is none.
    pub fn found(self, profile: Option<Profile>, now: Moment, random: &mut dyn Random) -> Step {
        let mut state = self.state;
        match (self.purpose, profile) {
            (Purpose::Show, profile) => {
                if let Some(profile) = profile {
                    state.become_user(profile);
                }
                state.next_mfa(now, random)
            }
            (Purpose::Confirm, Some(profile)) if profile.is_blocked() => {
                state.finish_refused(Refusal::Blocked, now)
            }
            (Purpose::Confirm, Some(profile))
                if profile
                    .secondary_identity(state.authenticated.user_id())
                    .is_some() =>
            {
                state.become_user(profile);
                state.final_mfa(now, random)
            }
            (Purpose::Confirm, _) => {
                let message = format!(
                    "the identity that authenticated is not a secondary identity of {}; link the accounts before \
                     calling setPrimaryUser",
                    self.user_id
                );
                state.trace.warn("primary_user", message, &Origin::default());
                state.finish_refused(Refusal::PrimaryUser, now)
            }
        }
    }
}

impl State {
    /// `event.user` is the primary user from now on.
    pub(super) fn become_user(&mut self, profile: Profile) {
        self.plan.event.user = crate::event::user_of(&profile);
        self.plan.facts.user_id.clone_from(&self.plan.event.user.user_id);
        self.plan.profile = profile;
        if let Some(primary) = &mut self.primary_user {
            primary.seen = true;
        }
        self.lay_over_user();
    }
}
