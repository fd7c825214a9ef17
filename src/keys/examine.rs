//! Every key that a tenant names or keeps, read without making any, so that all faults are reported at once.

use super::config::KeysConfig;
use super::files;
use super::store::Folder;
use super::{KeyError, KeyRing, OwnPair, SigningKey, SigningPair};
use std::path::{Path, PathBuf};

/// What there is of a tenant's keys, before any is made.
#[derive(Debug, Default)]
pub struct Examined {
    /// Every key that cannot be used.
    pub faults: Vec<Fault>,
    /// From `[keys]`.
    pub(super) named: Part,
    /// From the folder where keys are kept; read only where `[keys]` names no current one.
    pub(super) kept: Part,
}

/// A key that cannot be used.
#[derive(Debug)]
pub struct Fault {
    /// Where it stands.
    pub place: KeyPlace,
    /// What is wrong with it.
    pub error: KeyError,
}

/// Where a key of a tenant stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// The file, or folder, in which keys are kept.
    Kept(PathBuf),
    /// The entry of `[keys]` that names it.
    Named(&'static str),
}

impl std::fmt::Display for KeyPlace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kept(file) => write!(formatter, "{}", file.display()),
            Self::Named(entry) => write!(formatter, "[keys] {entry}"),
        }
    }
}

/// Why there is no key ring: every key that cannot be used.
#[derive(Debug)]
pub struct UnusableKeys {
    /// At least one.
    pub faults: Vec<Fault>,
}

impl std::error::Error for UnusableKeys {}

impl std::fmt::Display for UnusableKeys {
    /// One line for each.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let before = if index == 0 { "" } else { "\n" };
            write!(formatter, "{before}{}", fault.error)?;
        }
        Ok(())
    }
}

/// Reads every key that `[keys]` names, and those that are kept where it names no current one. Makes none.
pub fn examine(root: &Path, config: &KeysConfig) -> Examined {
    let mut examined = Examined::default();
    examined.named = named(root, config, &mut examined.faults);
    if config.current.is_none() {
        examined.kept = Folder::of(root).part(&mut examined.faults);
    }
    let repeated = examined.repeated();
    examined.faults.extend(repeated);
    examined
}

impl Examined {
    /// The ring, where there is a current key.
    pub fn ring(&self) -> Option<KeyRing> {
        let Self { named, kept, .. } = self;
        Some(KeyRing {
            current: named.current.clone().or_else(|| kept.current.clone())?,
            next: named.next.clone().or_else(|| kept.next.clone()),
            previous: named.previous.clone().or_else(|| kept.previous.clone()),
            ec: named.ec.clone().or_else(|| kept.ec.clone()),
            ed25519: named.ed25519.clone().or_else(|| kept.ed25519.clone()),
        })
    }

    /// Every place at which a key stands that another place has already.
    fn repeated(&self) -> Vec<Fault> {
        let pairs = self.pairs();
        let again = pairs.iter().enumerate().filter_map(|(index, (_, place, pair))| {
            let mut before = pairs[..index].iter();
            let (_, other, _) = before.find(|(_, _, other)| other.kid() == pair.kid())?;
            let error = KeyError::Repeated {
                place: place.to_string(),
                other: other.to_string(),
            };
            let place = place.clone();
            Some(Fault { place, error })
        });
        again.collect()
    }

    /// The pairs that can be read and are published, with the place of each.
    pub fn pairs(&self) -> Vec<(OwnPair, KeyPlace, &SigningPair)> {
        let roles = [
            (
                OwnPair::Current,
                "current",
                &self.named.current,
                &self.kept.current,
            ),
            (OwnPair::Next, "next", &self.named.next, &self.kept.next),
            (
                OwnPair::Previous,
                "previous",
                &self.named.previous,
                &self.kept.previous,
            ),
        ];
        let published = roles.into_iter().filter_map(|(own, role, named, kept)| {
            let of_kept = || {
                let file = Folder::relative().join(format!("{role}.pem"));
                Some((own, KeyPlace::Kept(file), kept.as_ref()?))
            };
            match named {
                Some(pair) => Some((own, KeyPlace::Named(role), pair)),
                None => of_kept(),
            }
        });
        published.collect()
    }
}

/// Keys of one origin.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub current: Option<SigningPair>,
    pub next: Option<SigningPair>,
    pub previous: Option<SigningPair>,
    pub ec: Option<SigningKey>,
    pub ed25519: Option<SigningKey>,
}

/// What `[keys]` names.
fn named(root: &Path, config: &KeysConfig, faults: &mut Vec<Fault>) -> Part {
    let resolve = |path: &Option<PathBuf>| path.as_ref().map(|path| root.join(path));
    let mut entries = Entries(faults);
    Part {
        current: match (resolve(&config.current), resolve(&config.current_cert)) {
            (None, None) => None,
            (Some(path), None) => entries.usable("current", files::signing_pair(&path)),
            (Some(path), Some(beside)) => {
                let key = entries.usable("current", files::bare_key(&path));
                let certificate = entries.usable("current_cert", files::bare_certificate(&beside));
                key.zip(certificate).and_then(|(key, certificate)| {
                    entries.usable("current_cert", files::pair(key, &path, certificate, &beside))
                })
            }
            (None, Some(certificate)) => {
                entries.usable("current_cert", Err(KeyError::Keyless { certificate }))
            }
        },
        next: resolve(&config.next).and_then(|path| entries.usable("next", files::signing_pair(&path))),
        previous: resolve(&config.previous)
            .and_then(|path| entries.usable("previous", files::signing_pair(&path))),
        ec: resolve(&config.ec).and_then(|path| entries.usable("ec", files::ec_key(&path))),
        ed25519: resolve(&config.ed25519)
            .and_then(|path| entries.usable("ed25519", files::ed25519_key(&path))),
    }
}

/// Entries of `[keys]`, with the faults found so far.
struct Entries<'f>(&'f mut Vec<Fault>);

impl Entries<'_> {
    /// What was read from an entry, or its fault.
    fn usable<T>(&mut self, entry: &'static str, read: Result<T, KeyError>) -> Option<T> {
        read.map_err(|error| {
            let place = KeyPlace::Named(entry);
            self.0.push(Fault { place, error });
        })
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{load, write_pair};
    use super::*;
    use crate::keys::generate::tests::ring;
    use std::fs;

    fn places(examined: &Examined) -> Vec<KeyPlace> {
        let faults = examined.faults.iter();
        faults.map(|fault| fault.place.clone()).collect()
    }

    fn every_entry() -> KeysConfig {
        let path = |name: &str| Some(PathBuf::from(name));
        KeysConfig {
            current: path("current.pem"),
            current_cert: path("current.crt"),
            next: path("next.pem"),
            previous: path("previous.pem"),
            ec: path("ec.pem"),
            ed25519: path("ed25519.pem"),
        }
    }

    #[test]
    fn every_entry_that_cannot_be_used_is_told_and_nothing_is_made() {
        let root = tempfile::tempdir().unwrap();
        let entries = ["current", "current_cert", "next", "previous", "ec", "ed25519"];
        let all: Vec<_> = entries.map(KeyPlace::Named).into();
        assert_eq!(places(&examine(root.path(), &every_entry())), all);
        let refused = load(root.path(), &every_entry()).unwrap_err();
        assert_eq!(refused.to_string().lines().count(), 6);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn keys_beside_no_current_one_are_examined_with_those_that_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let config = KeysConfig {
            current: None,
            current_cert: None,
            ..every_entry()
        };
        load(root.path(), &KeysConfig::default()).unwrap();
        fs::write(root.path().join(".postlogin/keys/ec.pem"), "x").unwrap();
        let found = places(&examine(root.path(), &config));
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(found[4], KeyPlace::Kept(PathBuf::from(".postlogin/keys/ec.pem")));
    }

    #[test]
    fn a_certificate_without_its_key_and_one_of_another_key_are_told() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: Vec<u8>| fs::write(root.path().join(name), text).unwrap();
        let other = crate::keys::rsa_pair(
            "x",
            chrono::DateTime::UNIX_EPOCH,
            &mut crate::random::SystemRandom,
        );
        write(
            "current.crt",
            other.unwrap().certificate().x509().to_pem().unwrap(),
        );
        write_pair(&ring().current, &root.path().join("current.pem")).unwrap();
        let pair = |current: Option<&str>| KeysConfig {
            current: current.map(PathBuf::from),
            current_cert: Some(PathBuf::from("current.crt")),
            ..KeysConfig::default()
        };
        for (current, said) in [(None, "no current key"), (Some("current.pem"), "does not belong")] {
            let examined = examine(root.path(), &pair(current));
            assert_eq!(places(&examined), [KeyPlace::Named("current_cert")]);
            let text = examined.faults[0].error.to_string();
            assert!(text.contains(said), "{text}");
        }
    }

    #[test]
    fn a_named_pair_takes_the_place_of_the_kept_one() {
        let root = tempfile::tempdir().unwrap();
        load(root.path(), &KeysConfig::default()).unwrap();
        write_pair(&ring().current, &root.path().join("next.pem")).unwrap();
        let config = KeysConfig {
            next: Some(PathBuf::from("next.pem")),
            ..KeysConfig::default()
        };
        let examined = examine(root.path(), &config);
        let places: Vec<_> = examined.pairs().into_iter().map(|(_, place, _)| place).collect();
        let kept = KeyPlace::Kept(PathBuf::from(".postlogin/keys/current.pem"));
        assert_eq!(places, [kept, KeyPlace::Named("next")]);
    }

    #[test]
    fn a_key_with_two_places_is_refused_with_both() {
        let root = tempfile::tempdir().unwrap();
        load(root.path(), &KeysConfig::default()).unwrap();
        write_pair(&ring().current, &root.path().join("a.pem")).unwrap();
        fs::copy(root.path().join("a.pem"), root.path().join("b.pem")).unwrap();
        let path = |name: &str| Some(PathBuf::from(name));
        let named = KeysConfig {
            current: path("a.pem"),
            previous: path("b.pem"),
            ..KeysConfig::default()
        };
        let beside_kept = KeysConfig {
            next: path(".postlogin/keys/current.pem"),
            ..KeysConfig::default()
        };
        for (config, said) in [
            (named, "[keys] previous holds the same key as [keys] current"),
            (
                beside_kept,
                "[keys] next holds the same key as .postlogin/keys/current.pem",
            ),
        ] {
            let text = load(root.path(), &config).unwrap_err().to_string();
            assert!(text.starts_with(said), "{text}");
        }
        let kept = root.path().join(".postlogin/keys");
        fs::copy(kept.join("next.pem"), kept.join("previous.pem")).unwrap();
        let text = load(root.path(), &KeysConfig::default()).unwrap_err().to_string();
        assert!(
            text.contains("previous.pem holds the same key as .postlogin/keys/next.pem"),
            "{text}"
        );
    }
}
