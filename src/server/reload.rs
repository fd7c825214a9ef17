//! A running server takes up what its folder holds now: when it is told to, when the folder changes, and when keys are
//! rotated.

use super::changes::changes;
use super::log::Entry;
use super::site::Site;
use super::switch::Switch;
use crate::keys::{KeyRing, SigningKey, SigningPair};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Where a site comes from, as whoever started the server knows it.
pub trait Source: Send + Sync {
    /// The site that follows `site`, with what the folder holds now.
    ///
    /// # Errors
    /// The folder cannot be served; why, for people.
    fn reload(&self, site: &Site) -> Result<Site, String>;

    /// `site` with the signing keys of now.
    ///
    /// # Errors
    /// A key cannot be used; why, for people.
    fn rekey(&self, site: &Site) -> Result<Site, String>;

    /// Something that is another one when the folder has changed; nothing where nobody asked for it to be watched.
    fn folder_mark(&self) -> Option<u64>;

    /// Something that is another one when the signing keys have changed.
    fn keys_mark(&self, site: &Site) -> u64;
}

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Reloads whenever `told` says so, and when files have changed, until the server ends.
pub(super) fn reload_when_told(switch: &Switch, source: &dyn Source, told: &Receiver<()>) {
    let mut folder = Watched::new(source.folder_mark());
    let mut keys = Watched::new(source.keys_mark(&switch.site()));
    loop {
        let is_told = match told.recv_timeout(EVERY) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let site = switch.site();
        let has_changed = folder.look(source.folder_mark());
        let has_other_keys = keys.look(source.keys_mark(&site));
        let (event, next) = if is_told || has_changed {
            ("reloaded", source.reload(&site))
        } else if has_other_keys {
            ("keys_reloaded", source.rekey(&site))
        } else {
            continue;
        };
        match next {
            Ok(next) => {
                let mut entry = Entry::alone(event);
                for (how, names) in changes(&site.tenant, &next.tenant) {
                    entry = entry.with(&how, names);
                }
                let (before, now) = (kids(&site.keys), kids(&next.keys));
                if before != now {
                    entry = entry.with("kids", now).with("kids_before", before);
                }
                switch.turn(next);
                entry.write();
            }
            Err(why) => Entry::alone("reload_failed")
                .with("message", why)
                .with(
                    "help",
                    "the server goes on as before; correct this and reload again",
                )
                .write(),
        }
    }
}

/// Names of the keys that sign, or will or did: the current one first.
fn kids(keys: &KeyRing) -> Vec<String> {
    let pairs = [Some(&keys.current), keys.next.as_ref(), keys.previous.as_ref()];
    let pairs = pairs.into_iter().flatten().map(SigningPair::kid);
    let others = [keys.ec.as_ref(), keys.ed25519.as_ref()];
    let others = others.into_iter().flatten().map(SigningKey::kid);
    pairs.chain(others).map(str::to_owned).collect()
}

/// Files that are looked at again and again. A change counts once nothing changes any more: who writes several files
/// writes them one after the other.
struct Watched<M> {
    settled: M,
    last: M,
}

impl<M: Copy + PartialEq> Watched<M> {
    fn new(mark: M) -> Self {
        Self {
            settled: mark,
            last: mark,
        }
    }

    /// Whether a change has come to rest.
    fn look(&mut self, mark: M) -> bool {
        let is_at_rest = mark == self.last;
        self.last = mark;
        let is_another = is_at_rest && mark != self.settled;
        if is_another {
            self.settled = mark;
        }
        is_another
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_once_and_when_it_is_over() {
        let mut watched = Watched::new(1);
        assert!(!watched.look(1));
        assert!(!watched.look(2));
        assert!(!watched.look(3));
        assert!(watched.look(3));
        assert!(!watched.look(3));
        assert!(!watched.look(4));
        assert!(!watched.look(3));
        assert!(!watched.look(3));
    }
}
