//! The tenant on the day on which the user comes back. Its values are never taken from the kept login.

use super::effects::is_left_out;
use super::plan::Plan;
use super::primary_user::PrimaryUser;
use super::refusal::Refusal;
use super::settle::Finished;
use super::state::{State, set_or_delete};
use super::suspended::factor_name;
use crate::command::Command;
use crate::event::{Authentication, EnrolledFactor};
use crate::tenant::Profile;
use crate::time::Moment;

/// The values that a suspended login is resumed with: the same login as it would start today.
///
/// Whoever drives the login makes it for each answer: [`Asked::open`](crate::event::Asked::open) of
/// [`Suspended::asked`](super::Suspended::asked) gives what [`Plan::of`] makes the plan of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Today {
    /// The same login, started today: user, application, API, roles, the tenant's rules, and the bound Actions.
    /// Its `refusal` says why nothing may be issued by now.
    pub plan: Plan,
    /// The profile of [`Suspended::primary_user`](super::Suspended::primary_user); `None` where there is none.
    pub primary_user: Option<Profile>,
}

impl State {
    /// The login as it stands today.
    ///
    /// # Errors
    /// The login ends here: the user is blocked or removed, or the Action that sent the user away was changed.
    pub(super) fn taken_up(
        mut self: Box<Self>,
        today: Today,
        now: Moment,
    ) -> Result<Box<Self>, Box<Finished>> {
        let Plan {
            event,
            profile,
            mut request,
            mut facts,
            actions,
            refusal,
            policy,
            asked: _,
            cache: _,
        } = today.plan;
        let before = std::mem::replace(&mut self.plan.event, event);
        self.plan.event.go_on_from(before);
        if !self.mfa.methods.is_empty() {
            let methods = &mut self
                .plan
                .event
                .authentication
                .get_or_insert_with(Authentication::default)
                .methods;
            methods.extend(self.mfa.methods.iter().cloned());
        }
        request.code = self.plan.request.code.take();
        self.plan.request = request;
        self.plan.policy = policy;
        let segment = std::mem::take(&mut self.plan.facts);
        (facts.query, facts.body) = (segment.query, segment.body);
        (facts.state, facts.ip) = (segment.state, segment.ip);
        self.plan.facts = facts;
        self.authenticated.clone_from(&profile);
        self.plan.profile = profile;
        let chosen = self.see_primary_user(today.primary_user);
        let bound = self.rebind(actions);
        match refusal.or(chosen.err()).or(bound.err()) {
            None => Ok(self),
            Some(refusal) => Err(Box::new(Finished::refused(self, refusal, now))),
        }
    }

    /// `event.user` is again the user whom `setPrimaryUser` named, or else the one who authenticated.
    fn see_primary_user(&mut self, profile: Option<Profile>) -> Result<(), Refusal> {
        match (&self.primary_user, profile) {
            (Some(_), Some(profile)) if profile.is_blocked() => Err(Refusal::Blocked),
            (Some(_), Some(profile)) => {
                self.become_user(profile);
                Ok(())
            }
            (
                Some(PrimaryUser {
                    seen: true, user_id, ..
                }),
                None,
            ) => Err(Refusal::UserGone {
                user_id: user_id.clone(),
            }),
            // Where nobody was found at the call, either, the last check speaks.
            (_, None) | (None, _) => {
                self.lay_over_user();
                Ok(())
            }
        }
    }

    /// Lays over the user's profile what this login has written to it and enrolled.
    pub(super) fn lay_over_user(&mut self) {
        let (calls, factors) = match &self.primary_user {
            Some(primary) if primary.seen => (primary.calls_before, primary.factors_before),
            _ => (0, 0),
        };
        let user = &mut self.plan.event.user;
        let written = self.recorded.iter().take(self.written).skip(calls);
        for recorded in written.filter(|recorded| !is_left_out(recorded, self.primary_user.as_ref())) {
            let (target, name, value) = match &recorded.command {
                Command::SetUserMetadata { name, value } => (&mut user.user_metadata, name, value),
                Command::SetAppMetadata { name, value } => (&mut user.app_metadata, name, value),
                _ => continue,
            };
            set_or_delete(target, name, value.clone());
        }
        for factor in self.mfa.enrolled.iter().skip(factors) {
            let kind = factor_name(*factor);
            let enrolled = user.enrolled_factors.get_or_insert_default();
            if !enrolled.iter().any(|known| known.kind == kind) {
                enrolled.push(EnrolledFactor {
                    kind,
                    ..EnrolledFactor::default()
                });
            }
        }
    }
}
