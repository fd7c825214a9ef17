//! What time it was, so that nothing lives again when a clock is set back.

use super::error::Stored;
use crate::time::Moment;

/// A clock that was set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetBack {
    /// How late it was before.
    pub latest: Moment,
    /// How late it was then.
    pub back_to: Moment,
}

impl SetBack {
    /// Whether a token that counts from `begin` until `end` was over before the clock was set back. A token whose whole life
    /// lies in the time that passes twice may be one of the second time: it is over only as long as its beginning lies ahead
    /// of `now`. Tokens tell their beginning in whole seconds.
    pub fn has_seen_the_end(&self, begin: Moment, end: Moment, now: Moment) -> bool {
        let is_older = begin.timestamp() < self.back_to.timestamp();
        end <= self.latest && (is_older || begin > now)
    }
}

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
    /// when a session's time is over. Of tokens, which are kept nowhere, [`Moments::set_backs`] tells.
    ///
    /// # Errors
    /// The store does not answer.
    fn set_back(&self, latest: Moment, now: Moment) -> Stored<()>;

    /// When the clock was set back, as far as that time has not passed a second time.
    ///
    /// # Errors
    /// The store does not answer.
    fn set_backs(&self) -> Stored<Vec<SetBack>>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::at_ms;

    #[test]
    fn st_14_a_token_that_was_over_stays_over_and_a_new_one_counts() {
        let at = |seconds: i64| at_ms(seconds * 1_000);
        let back = SetBack {
            latest: at(5_000),
            back_to: at(1_000) + chrono::TimeDelta::milliseconds(400),
        };
        let seen = |begin: i64, end: i64, now: i64| back.has_seen_the_end(at(begin), at(end), at(now));
        assert!(seen(0, 4_000, 1_001), "it was over");
        assert!(seen(999, 5_000, 4_999), "however late it is by now");
        assert!(!seen(999, 5_001, 1_001), "it had not come to its end");
        assert!(
            !seen(1_000, 2_000, 1_500),
            "it was given in the same second, or after that"
        );
        assert!(seen(3_000, 4_000, 2_000), "its beginning lies ahead");
    }
}
