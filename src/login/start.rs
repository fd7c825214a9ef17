//! The beginning of a login.

use super::plan::Plan;
use super::refusal::Refusal;
use super::state::State;
use super::step::Step;
use crate::random::Random;
use crate::time::Moment;

/// Begins a login. A request that forbids every page is refused where the
/// user has no session: nobody can ask who they are (OpenID Connect Core 3.1.2.6, SAML core 3.4.1).
pub fn start(plan: Plan, now: Moment, random: &mut dyn Random) -> Step {
    let refusal = plan.refusal.clone().or_else(|| {
        let event = &plan.event;
        let unasked = event.is_silent() && event.has_browser() && !event.has_session();
        unasked.then_some(Refusal::LoginRequired)
    });
    let state = State::new(plan);
    match refusal {
        Some(refusal) => state.finish_refused(refusal, now),
        None => state.next_action(now, random),
    }
}
