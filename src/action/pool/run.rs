//! What is asked of a pool.

use super::prepared::Prepared;
use crate::action::clock::Clock;
use crate::action::limits::Limits;
use crate::action::replacements::Replacements;
use crate::command::{Facts, Handler, Recorder};
use crate::egress::Terms;
use crate::event::Event;

/// One run of one handler of one Action.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The Action.
    pub action: &'a Prepared,
    /// Which of its handlers.
    pub handler: Handler,
    /// What the handler gets, without secrets; it works on a copy.
    pub event: &'a Event,
    /// What earlier Actions asked for.
    pub recorder: &'a Recorder,
    /// What queries are answered from.
    pub facts: &'a Facts,
    /// What `Date` shows.
    pub clock: Clock,
    /// Makes all randomness of the run reproducible. For tests only.
    pub seed: Option<&'a str>,
    /// 0-based number of the run within its login: each has its own random values.
    pub ordinal: u32,
    /// What the run may use.
    pub limits: Limits,
    /// Modules that stand in for others.
    pub replacements: Option<&'a Replacements>,
    /// On which terms the run reaches the network; none: all requests are refused.
    pub network: Option<&'a Terms>,
}

/// What a worker is to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    pub action: &'a Prepared,
    pub task: Task<'a>,
    pub limits: &'a Limits,
}

/// What is to be done with an Action.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task<'a> {
    /// Only see whether it compiles.
    Check,
    Run {
        run: &'a Run<'a>,
        /// The event as JSON.
        event: &'a [u8],
    },
}
