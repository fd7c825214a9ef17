//! What a login needs of the world around it: each need is a trait, and whoever drives logins fulfils it.

use super::answer::Answer;
use super::error::Unavailable;
use crate::command::{Call, Report};
use crate::event::{EventConnection, EventError};
use crate::login::{ActionRun, BoundAction, Refusal, StateHash, Suspended};
use crate::tenant::{Organization, Problem, Profile};
use crate::time::Moment;
use crate::trace::Warning;
use std::io;

/// The Actions of a login.
pub trait Actions {
    /// The Actions that are bound now, in the order in which they run.
    fn bound(&self) -> Vec<BoundAction>;

    /// Runs one handler of one Action. What the Action did wrong is in the report.
    ///
    /// # Errors
    /// There is no such Action, or it cannot be run as it is set up.
    fn run(&self, run: &ActionRun<'_>) -> Result<Report, Unavailable>;

    /// What is wrong with them as they are bound, so that no login can start.
    fn faults(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// What is to be said of the Actions as they are bound.
    fn warnings(&self) -> Vec<Warning> {
        Vec::new()
    }

    /// Where Actions are not run but repeated: the calls that are left, because the login never came to them.
    fn unreached(&self) -> Vec<Call> {
        Vec::new()
    }
}

/// The tenant's users.
pub trait Profiles {
    /// The profile with exactly this user id.
    ///
    /// # Errors
    /// It cannot be known whether there is one.
    fn user(&self, user_id: &str) -> Result<Option<Profile>, Unavailable>;
}

/// Whom organizations let in.
pub trait Organizations {
    /// Why a login of this user over this connection does not get in to the organization; nothing where it does.
    ///
    /// # Errors
    /// The login cannot start.
    fn turned_away(
        &self,
        user: &Profile,
        organization: &Organization,
        connection: &EventConnection,
    ) -> Result<Option<Refusal>, EventError>;
}

/// Where the login that is driven is kept while its user is away.
pub trait Suspensions {
    /// Keeps the login, in the place of what was kept of it before.
    ///
    /// # Errors
    /// It cannot be kept, so that nobody could go on with it.
    fn keep(&self, suspended: &Suspended) -> Result<(), Unavailable>;

    /// Takes up the login that was kept.
    ///
    /// # Errors
    /// There is none, it is not valid any more, or it cannot be read.
    fn take_up(&self) -> Result<Suspended, Unavailable>;
}

/// Remembers which answers were used, so that one answer gives one login. It is asked once an answer has been
/// accepted and before anything comes of it: an answer that does not fit uses nothing up.
pub trait Seen {
    /// Notes that the login `state` was answered. Of several that note the same state at once, one is the first.
    ///
    /// # Errors
    /// It cannot be remembered, so the login must not go on.
    fn note(&self, state: &StateHash) -> io::Result<Use>;
}

/// Whether an answer was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It was used before, and gives nothing any more.
    Again,
    /// It is used for the first time.
    First,
}

/// What time it is.
pub trait Clock {
    /// Now.
    fn now(&self) -> Moment;
}

/// Answers that are ready when a login asks for them.
pub trait Answers {
    /// The answer to what `suspended` waits for, if one is ready.
    fn next(&mut self, suspended: &Suspended, now: Moment) -> Option<Answer>;

    /// What is to be said where the login comes to rest and answers are left.
    fn left(&self, _: RestingPlace) -> Option<Warning> {
        None
    }
}

/// Where a login has come to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestingPlace {
    /// The login waits for an answer that was not given.
    Away,
    /// It is over.
    Over,
}
