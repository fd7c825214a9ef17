//! What time it is, for a server whose clock may be set back.

use super::log::Entry;
use crate::flow::{Clock as _, SystemClock};
use crate::store::{SetBack, Store, StoreError, Stored};
use crate::time::{Moment, at_ms};
use chrono::TimeDelta;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

/// The system's clock, watched: once something is over it stays over. A clock that is set back by less than
/// [`STANDS_STILL`] stands still until it has caught up; where it is set back further, the store first ends what was over
/// already, and then time goes on from there.
pub(super) struct WatchedClock {
    /// The latest moment that was told, in epoch milliseconds.
    latest: AtomicI64,
    /// The latest moment that the store knows of.
    noted: AtomicI64,
    setting_back: Mutex<()>,
    /// Times that pass twice.
    set_backs: RwLock<Vec<SetBack>>,
}

/// Clocks are corrected by less all the time.
const STANDS_STILL: TimeDelta = TimeDelta::seconds(1);
/// How much of the time may be unknown after a crash, in milliseconds.
const NOTED_EVERY: i64 = 60_000;

impl WatchedClock {
    /// Goes on from the latest moment that the store knows of.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn of(store: &dyn Store) -> Stored<Self> {
        let latest = store
            .latest_moment()?
            .map_or(i64::MIN, |latest| latest.timestamp_millis());
        Ok(Self {
            latest: AtomicI64::new(latest),
            noted: AtomicI64::new(latest),
            setting_back: Mutex::default(),
            set_backs: RwLock::new(store.set_backs()?),
        })
    }

    /// Now.
    pub fn now(&self, store: &dyn Store) -> Moment {
        let now = SystemClock.now();
        let ms = now.timestamp_millis();
        let latest = self.latest.fetch_max(ms, Ordering::SeqCst);
        if latest <= ms {
            self.note(store, ms);
            return now;
        }
        let latest = at_ms(latest);
        if latest - now < STANDS_STILL {
            return latest;
        }
        self.set_back(store)
    }

    /// Whether a token that counts from `begin` until `end` is over, or was over before the clock was set back.
    pub fn is_over(&self, store: &dyn Store, begin: Moment, end: Moment) -> bool {
        let now = self.now(store);
        let set_backs = self.set_backs.read().unwrap_or_else(PoisonError::into_inner);
        end <= now
            || set_backs
                .iter()
                .any(|back| back.has_seen_the_end(begin, end, now))
    }

    /// Tells the store once in a while. One that does not answer is asked again after the same while.
    fn note(&self, store: &dyn Store, ms: i64) {
        let noted = self.noted.load(Ordering::SeqCst);
        let is_due = ms.saturating_sub(noted) >= NOTED_EVERY;
        if is_due
            && self
                .noted
                .compare_exchange(noted, ms, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
            && let Err(error) = store.note_moment(at_ms(ms))
        {
            Entry::alone("unavailable")
                .with("message", error.to_string())
                .with("code", error.code())
                .write();
        }
    }

    /// Time goes on from now, once the store has ended what was over. Where the store does not answer, time stands still.
    fn set_back(&self, store: &dyn Store) -> Moment {
        let one = self.setting_back.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemClock.now();
        let latest = at_ms(self.latest.load(Ordering::SeqCst));
        if latest <= now {
            return now;
        }
        let set_back = store.set_back(latest, now);
        if set_back.is_ok() {
            let mut set_backs = self.set_backs.write().unwrap_or_else(PoisonError::into_inner);
            set_backs.retain(|back| back.latest > now);
            set_backs.push(SetBack { latest, back_to: now });
            drop(set_backs);
            self.latest.store(now.timestamp_millis(), Ordering::SeqCst);
            self.noted.store(now.timestamp_millis(), Ordering::SeqCst);
        }
        drop(one);
        Entry::alone("clock_set_back")
            .with("seconds", (latest - now).num_seconds())
            .with(
                "outcome",
                set_back.as_ref().map_or_else(StoreError::code, |()| "kept_over"),
            )
            .write();
        if set_back.is_ok() { now } else { latest }
    }
}
