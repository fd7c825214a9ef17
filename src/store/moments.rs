//! What time it was, so that nothing lives again when a clock is set back.

use super::error::Stored;
use crate::time::Moment;

/// Questions about the time that has passed.
pub trait Moments {
    /// The latest moment that was noted.
    ///
    /// # Errors
    /// The store does not answer.
    fn latest_moment(&self) -> Stored<Option<Moment>>;

    /// Notes that it is this late.
    ///
    /// # Errors
    /// The store does not answer.
    fn note_moment(&self, now: Moment) -> Stored<()>;

    /// The clock was at `latest` and is at `now`, which is earlier. What was over at `latest` stays over: codes, logins in
    /// progress, sessions, refresh families and records of the Actions' cache. Families outlive their sessions, as they do
    /// when a session's time is over.
    ///
    /// # Errors
    /// The store does not answer.
    fn set_back(&self, latest: Moment, now: Moment) -> Stored<()>;
}
