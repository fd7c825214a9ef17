//! Signed messages that came before (SAML profiles 4.1.4.5, security considerations 6.4.5).

use crate::time::Moment;
use std::collections::HashMap;

/// IDs of the signed messages of one service provider, each remembered for as long as its message could be
/// accepted again.
#[derive(Clone, Debug, Default)]
pub struct SeenIds {
    until: HashMap<String, Moment>,
    /// When forgotten IDs are looked for next, by number of IDs.
    sweep_at: usize,
}

/// Whether a message came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// The first time.
    First,
    /// A replay.
    Repeated,
}

impl SeenIds {
    /// Notes that the message `id` came, which is refused after `until` anyway.
    pub fn note(&mut self, id: &str, until: Moment, now: Moment) -> Occurrence {
        if self.until.len() >= self.sweep_at {
            self.until.retain(|_, until| *until >= now);
            self.sweep_at = (self.until.len() * 2).max(MIN_SWEEP);
        }
        match self.until.get(id) {
            Some(known) if *known >= now => Occurrence::Repeated,
            _ => {
                self.until.insert(id.to_owned(), until);
                Occurrence::First
            }
        }
    }
}

const MIN_SWEEP: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn an_id_comes_once_until_it_has_expired() {
        let now: Moment = "2026-03-04T05:06:07Z".parse().unwrap();
        let until = now + TimeDelta::minutes(10);
        let mut seen = SeenIds::default();
        assert_eq!(seen.note("_a", until, now), Occurrence::First);
        assert_eq!(seen.note("_b", until, now), Occurrence::First);
        assert_eq!(seen.note("_a", until, now), Occurrence::Repeated);
        assert_eq!(
            seen.note("_a", until, until),
            Occurrence::Repeated,
            "at the last moment"
        );
        let later = until + TimeDelta::seconds(1);
        assert_eq!(
            seen.note("_a", later + TimeDelta::minutes(10), later),
            Occurrence::First
        );
    }

    #[test]
    fn expired_ids_are_forgotten() {
        let mut now: Moment = "2026-03-04T05:06:07Z".parse().unwrap();
        let mut seen = SeenIds::default();
        for number in 0..100_000 {
            now += TimeDelta::seconds(1);
            seen.note(&format!("_{number}"), now + TimeDelta::minutes(10), now);
        }
        assert!(seen.until.len() < 3 * MIN_SWEEP, "{}", seen.until.len());
    }
}
