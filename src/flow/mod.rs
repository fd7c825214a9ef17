//! A login from the request to what the application gets, for everybody who drives logins: the command line, a
//! server, a program of one's own.
//!
//! [`Flow::login`] begins a login with its [`Circumstances`](crate::event::Circumstances), runs what the login machine
//! asks for ([`login`](crate::login)), and concludes it ([`issue`](crate::issue)). Where the user leaves, the login is
//! handed to [`Suspensions`]; [`Flow::resume`] takes it up with what the tenant says by then, and [`Seen`] takes care
//! that one answer gives one login. All that is not a rule of the login is behind a trait: [`Actions`] runs scripts,
//! [`Profiles`] finds users, [`Organizations`] knows whom organizations let in, [`Clock`] tells the time, [`Answers`] has what is ready when the login asks.

mod answer;
mod defaults;
mod drive;
mod error;
mod incoming;
mod needed;
mod outcome;
mod surroundings;
mod today;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use defaults::{Nowhere, SystemClock};
pub use drive::{Flow, Login};
pub use error::{Changed, FlowError, Unavailable};
pub use incoming::{GivenRequest, Incoming, RefusedLogin, SecondRelayState};
pub use outcome::{ActionLog, Decided, End, Outcome, Rest};
pub use surroundings::{
    Actions, Answers, Clock, Organizations, Profiles, RestingPlace, Seen, Suspensions, Use,
};
