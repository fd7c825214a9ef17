//! The login: a state machine that calls nobody (semantics 1, 2, 6 and 7).
//!
//! [`start`] gives the first [`Step`]; whoever drives it does what the step says (run this Action, load
//! this user, let the user go and come back) and hands in the answer, which gives the next step, until
//! [`Step::Finish`]. A suspended login is a value that can be kept as a text ([`Kept`]). It is taken up with
//! [`Today`]: user, application, tenant and Actions are looked at anew, and only what belongs to this login (its
//! request, its ids, what its Actions asked for) comes from the kept value. Commands are folded into a decision
//! and into effects only here; nothing is applied while JavaScript runs.
//!
//! After each Action the order of precedence is: uncaught error, deny or revoke, queued MFA commands,
//! redirect or form, the next Action (semantics 1.2).

mod authn_context;
mod decision;
mod effects;
mod kept;
mod mfa;
mod plan;
mod policy;
mod primary_user;
mod rebind;
mod refresh_token;
mod refusal;
mod request_fault;
mod running;
mod settle;
mod start;
mod state;
mod state_hash;
mod step;
mod suspended;
mod today;

#[cfg(test)]
mod tests;

pub use authn_context::{Reached, SecondFactor, UNSPECIFIED_CONTEXT, meets};
pub use decision::{Decision, Effects, Grant, RefreshTokenEffects, SessionEffects, UserEffects};
pub use kept::{Kept, KeptError};
pub use mfa::{MfaStep, Presented};
pub use plan::{BoundAction, Plan};
pub use policy::{MfaDemand, Policy};
pub use primary_user::LoadingUser;
pub use refresh_token::{NoRefreshToken, RefreshTokenLifetimes, issues_refresh_token};
pub use refusal::{ActionChange, Page, Refusal};
pub use request_fault::RequestFault;
pub use running::{ActionRun, Running};
pub use settle::Finished;
pub(crate) use settle::withhold;
pub use start::start;
pub use state_hash::StateHash;
pub use step::Step;
pub use suspended::factor_name;
pub use suspended::{Away, ResumeError, Suspended};
pub use today::Today;
