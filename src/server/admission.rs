//! How many logins an address may begin: each of them is a row in the store, and nobody has proved anything yet. It is
//! counted in memory, so that a request too many costs nothing.

use super::throttle::place;
use crate::time::Moment;
use chrono::TimeDelta;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// What each address has begun. It outlives a reload.
#[derive(Debug, Default)]
pub(super) struct Admission {
    /// From when each owes nothing any more.
    owed: Mutex<HashMap<String, Moment>>,
}

impl Admission {
    /// Whether this address may begin another login, which is counted.
    pub fn admits(&self, ip: IpAddr, now: Moment) -> bool {
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        if owed.len() >= MOST_PLACES {
            owed.retain(|_, until| *until > now);
        }
        if owed.len() >= MOST_PLACES {
            // So many addresses at once are no longer told apart.
            return true;
        }
        let until = owed.entry(place(ip)).or_insert(now);
        let most = EACH * AT_ONCE;
        // More is never owed: the clock was ahead, and has been set back.
        let is_of_another_clock = *until - now > most;
        let next = if is_of_another_clock {
            now
        } else {
            (*until).max(now)
        } + EACH;
        let is_admitted = next - now <= most;
        if is_admitted {
            *until = next;
        }
        is_admitted
    }
}

/// Longest row, in bytes.
pub(super) const MOST_BYTES: usize = 8 << 10;
/// After this one more may be begun: 25 in a second.
const EACH: TimeDelta = TimeDelta::milliseconds(40);
/// How many may be begun at once.
const AT_ONCE: i32 = 3000;
const MOST_PLACES: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::at_ms;

    #[test]
    fn an_address_begins_so_many_at_once_and_others_are_not_held_up() {
        let admission = Admission::default();
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let now = at_ms(1_000_000);
        let admitted = (0..AT_ONCE * 2).filter(|_| admission.admits(one, now)).count();
        assert_eq!(admitted, 3000);
        assert!(admission.admits(other, now));
        assert!(!admission.admits(one, at_ms(1_000_039)));
        assert!(admission.admits(one, at_ms(1_000_040)));
        assert!(!admission.admits(one, at_ms(1_000_041)));
    }

    #[test]
    fn st_14_a_clock_that_is_set_back_holds_nobody_up() {
        let admission = Admission::default();
        let ip = "192.0.2.1".parse().unwrap();
        for now in [90_000_000, 3_600_000, 86_400_000, 0] {
            assert!(admission.admits(ip, at_ms(now)), "{now}");
        }
    }
}
