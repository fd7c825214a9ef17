//! Rolling the kept keys without an outage: a key is published before it signs, and stays published
//! after it has signed.
//!
//! Who reads the metadata or the key set between two rotations knows the key that signs after the second
//! one. Every rotation makes the next key, so the age of the next key is the time since the last rotation:
//! readers have had as long to learn it, and the previous key has not signed for as long.

use super::config::KeysConfig;
use super::files::COMMON_NAME;
use super::generate::certified;
use super::step::RotationStep;
use super::store::{Folder, Role};
use super::{KeyError, KeyRing, SigningPair, Validity, rsa_pair};
use crate::random::Random;
use crate::time::{Moment, later, length};
use std::path::Path;
use std::time::Duration;

/// What [`rotate`] did.
#[derive(Clone, Debug)]
pub enum Rotation {
    /// There was no next key, so none that a reader could know: one was made, and the current one goes on
    /// signing.
    Published(KeyRing),
    /// The next key signs, the current one became the previous, and a new next one is published.
    Rolled(KeyRing),
}

impl Rotation {
    /// The keys after it.
    pub fn ring(&self) -> &KeyRing {
        match self {
            Self::Published(ring) | Self::Rolled(ring) => ring,
        }
    }
}

/// Rolls the kept keys one step on, unless the last step was less than `interval` ago.
///
/// The first step of a set whose keys were made together needs no waiting: nobody knows the one without the
/// other.
///
/// # Errors
/// [`KeyError::Named`] when `[keys]` names one of the keys, [`KeyError::TooEarly`], a kept file that cannot
/// be used or written.
pub fn rotate(
    root: &Path,
    config: &KeysConfig,
    interval: Duration,
    now: Moment,
    random: &mut dyn Random,
) -> Result<Rotation, KeyError> {
    kept(config)?;
    let folder = Folder::of(root);
    // Keys that cannot be read are named, before the folder that cannot be held.
    folder.read()?;
    let _held = folder.lock()?;
    let Some(old) = folder.read()? else {
        return folder.begin(now, random).map(Rotation::Published);
    };
    let Some(current) = old.next else {
        let next = rsa_pair(COMMON_NAME, now, random)?;
        folder.replace([(Role::Next, &next)])?;
        return Ok(Rotation::Published(KeyRing {
            next: Some(next),
            ..old
        }));
    };
    if old.previous.is_some() || made_at(&current) > made_at(&old.current) {
        wait(RotationStep::Rotate, &current, interval, now)?;
    }
    let current = in_time(current, now, random)?;
    let next = rsa_pair(COMMON_NAME, now, random)?;
    // Stopped half-way, a key is there twice, and none that may still sign is lost.
    folder.replace([
        (Role::Previous, &old.current),
        (Role::Current, &current),
        (Role::Next, &next),
    ])?;
    Ok(Rotation::Rolled(KeyRing {
        previous: Some(old.current),
        current,
        next: Some(next),
        ec: old.ec,
        ed25519: old.ed25519,
    }))
}

/// Takes the previous key away, unless it signed less than `interval` ago.
///
/// # Errors
/// As [`rotate`], and [`KeyError::NothingToRetire`].
pub fn retire(
    root: &Path,
    config: &KeysConfig,
    interval: Duration,
    now: Moment,
) -> Result<KeyRing, KeyError> {
    kept(config)?;
    let folder = Folder::of(root);
    if !folder.is_there() {
        return Err(KeyError::NothingToRetire);
    }
    folder.read()?;
    let _held = folder.lock()?;
    let ring = folder.read()?.ok_or(KeyError::NothingToRetire)?;
    if ring.previous.is_none() {
        return Err(KeyError::NothingToRetire);
    }
    if let Some(next) = &ring.next {
        wait(RotationStep::Retire, next, interval, now)?;
    }
    folder.remove(Role::Previous)?;
    Ok(KeyRing {
        previous: None,
        ..ring
    })
}

/// The pair, with a new certificate for its key where the old one has expired: keys that were made together expire
/// together.
fn in_time(pair: SigningPair, now: Moment, random: &mut dyn Random) -> Result<SigningPair, KeyError> {
    match pair.certificate().validity(now) {
        Validity::Expired => certified(pair.key().clone(), COMMON_NAME, now, random),
        Validity::NotYet | Validity::Valid => Ok(pair),
    }
}

/// When a pair was made: the start of its certificate.
fn made_at(pair: &SigningPair) -> Moment {
    pair.certificate().not_before()
}

/// A key of the kept set takes part only if `[keys]` names none in its place.
fn kept(config: &KeysConfig) -> Result<(), KeyError> {
    let named = [&config.current, &config.next, &config.previous];
    if named.into_iter().any(Option::is_some) {
        return Err(KeyError::Named);
    }
    Ok(())
}

fn wait(step: RotationStep, next: &SigningPair, interval: Duration, now: Moment) -> Result<(), KeyError> {
    let since = made_at(next);
    let from = later(since, length(interval));
    if now < from {
        return Err(KeyError::TooEarly { step, since, from });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{load, write_pair};
    use super::*;
    use crate::random::SystemRandom;
    use chrono::TimeDelta;
    use std::path::PathBuf;

    const WEEK: Duration = Duration::from_hours(7 * 24);

    fn now() -> Moment {
        Moment::from_timestamp(2_000_000_000, 0).unwrap()
    }

    fn days(count: i64) -> Moment {
        now() + TimeDelta::days(count)
    }

    fn roll(root: &Path, now: Moment) -> Result<Rotation, KeyError> {
        rotate(root, &KeysConfig::default(), WEEK, now, &mut SystemRandom)
    }

    fn kids(ring: &KeyRing) -> [Option<String>; 3] {
        let kid = |pair: &SigningPair| pair.kid().to_owned();
        [
            ring.previous.as_ref().map(kid),
            Some(kid(&ring.current)),
            ring.next.as_ref().map(kid),
        ]
    }

    fn loaded(root: &Path) -> KeyRing {
        load(root, &KeysConfig::default()).unwrap().0
    }

    #[test]
    fn a_key_is_published_then_signs_then_stays_then_goes() {
        let root = tempfile::tempdir().unwrap();
        let Rotation::Published(first) = roll(root.path(), now()).unwrap() else {
            panic!("a set that was not there is made and not rolled")
        };
        let mut before = kids(&first);
        for step in 0..3 {
            let rolled = roll(root.path(), days(step * 7)).unwrap();
            assert!(matches!(rolled, Rotation::Rolled(_)));
            let after = kids(rolled.ring());
            assert_eq!(after[..2], before[1..]);
            assert!(after[2].is_some() && !before.contains(&after[2]));
            assert_eq!(kids(&loaded(root.path())), after);
            let ec = |ring: &KeyRing| ring.ec.as_ref().unwrap().kid().to_owned();
            assert_eq!(ec(rolled.ring()), ec(&first));
            before = after;
        }
        assert!(!before.contains(&kids(&first)[1]), "the first key is gone");
    }

    #[test]
    fn a_second_rotation_waits_until_readers_know_the_next_key() {
        let root = tempfile::tempdir().unwrap();
        roll(root.path(), now()).unwrap();
        roll(root.path(), now()).unwrap();
        let before = kids(&loaded(root.path()));
        let early = roll(root.path(), days(7) - TimeDelta::seconds(1)).unwrap_err();
        assert_eq!(
            early.to_string(),
            "it is too early to rotate the keys: the last rotation was on 2033-05-18 03:33 UTC, so service \
             providers \
             and APIs may not know the next key yet, and what the previous key signed may still be valid; wait until \
             2033-05-25 03:33 UTC"
        );
        assert_eq!(kids(&loaded(root.path())), before);
        roll(root.path(), days(7)).unwrap();
    }

    #[test]
    fn a_key_whose_certificate_has_expired_signs_with_a_new_one() {
        let root = tempfile::tempdir().unwrap();
        let first = roll(root.path(), now()).unwrap();
        let much_later = days(20 * 365);
        let rolled = roll(root.path(), much_later).unwrap();
        assert_eq!(kids(rolled.ring())[1], kids(first.ring())[2]);
        let kept = loaded(root.path()).current;
        assert_eq!(kept.certificate().validity(much_later), Validity::Valid);
    }

    #[test]
    fn without_a_next_key_one_is_published_and_does_not_sign() {
        let root = tempfile::tempdir().unwrap();
        let first = roll(root.path(), now()).unwrap();
        std::fs::remove_file(root.path().join(".postlogin/keys/next.pem")).unwrap();
        let Rotation::Published(published) = roll(root.path(), days(1)).unwrap() else {
            panic!("nobody knows a next key yet")
        };
        assert_eq!(kids(&published)[1], kids(first.ring())[1]);
        assert!(matches!(
            roll(root.path(), days(2)),
            Err(KeyError::TooEarly { .. })
        ));
        let rolled = roll(root.path(), days(8)).unwrap();
        assert_eq!(kids(rolled.ring())[1], kids(&published)[2]);
    }

    #[test]
    fn the_previous_key_is_retired_when_nothing_that_it_signed_counts_any_more() {
        let root = tempfile::tempdir().unwrap();
        let retire = |now| retire(root.path(), &KeysConfig::default(), WEEK, now);
        assert!(matches!(retire(now()), Err(KeyError::NothingToRetire)));
        roll(root.path(), now()).unwrap();
        assert!(matches!(retire(days(9)), Err(KeyError::NothingToRetire)));
        roll(root.path(), now()).unwrap();
        assert!(matches!(retire(days(6)), Err(KeyError::TooEarly { .. })));
        assert!(loaded(root.path()).previous.is_some());
        let ring = retire(days(7)).unwrap();
        assert!(ring.previous.is_none());
        assert_eq!(kids(&loaded(root.path())), kids(&ring));
    }

    #[test]
    fn keys_that_the_tenant_names_are_not_rolled() {
        let root = tempfile::tempdir().unwrap();
        roll(root.path(), now()).unwrap();
        let own = PathBuf::from("own.pem");
        write_pair(&crate::keys::ring_for_tests().current, &root.path().join(&own)).unwrap();
        let before = kids(&loaded(root.path()));
        for config in [
            KeysConfig {
                current: Some(own.clone()),
                ..KeysConfig::default()
            },
            // The kept next key is not the one that is published.
            KeysConfig {
                next: Some(own),
                ..KeysConfig::default()
            },
        ] {
            let refused = rotate(root.path(), &config, WEEK, days(30), &mut SystemRandom);
            assert!(matches!(refused, Err(KeyError::Named)));
        }
        assert_eq!(kids(&loaded(root.path())), before);
    }

    #[test]
    fn a_rotation_that_stopped_half_way_loses_no_key_that_may_sign() {
        let root = tempfile::tempdir().unwrap();
        let first = roll(root.path(), now()).unwrap();
        let keys = root.path().join(".postlogin/keys");
        // Previous and current are written, next is not.
        std::fs::copy(keys.join("current.pem"), keys.join("previous.pem")).unwrap();
        std::fs::copy(keys.join("next.pem"), keys.join("current.pem")).unwrap();
        let [_, current, next] = kids(first.ring());
        assert_eq!(kids(&loaded(root.path())), [current.clone(), next.clone(), None]);
        let Rotation::Published(again) = roll(root.path(), days(1)).unwrap() else {
            panic!("the key that signs was published, the one after it is not yet")
        };
        assert_eq!(kids(&again)[..2], [current, next]);
    }
}
