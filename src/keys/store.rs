//! The key ring of a tenant: from the files it names, or from the set that is kept beside its files.

use super::config::KeysConfig;
use super::examine::Part;
use super::files::{self, COMMON_NAME};
use super::{
    Fault, KeyError, KeyPlace, KeyRing, PrivateKey, SigningPair, UnusableKeys, examine, generate, rsa_pair,
};
use crate::disk::{self, Locked, PRIVATE, Staged};
use crate::random::{Random, SystemRandom};
use crate::time::Moment;
use chrono::Utc;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Where the keys of a [`KeyRing`] come from. Its `Display` is the line that is said on stderr, empty
/// where there is nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// `[keys]` names them.
    File {
        /// Key files that others can read; one sentence each.
        warnings: Vec<String>,
    },
    /// An earlier run made them.
    Kept {
        /// The folder.
        path: PathBuf,
        /// Key files that others can read; one sentence each.
        warnings: Vec<String>,
    },
    /// Made now, and kept.
    Made {
        /// The folder.
        path: PathBuf,
    },
    /// Made now, and gone when the process ends.
    ThisRunOnly {
        /// Why they cannot be kept.
        why: String,
    },
}

impl KeyOrigin {
    /// What should be changed about the files, one sentence each.
    pub fn warnings(&self) -> &[String] {
        match self {
            Self::File { warnings } | Self::Kept { warnings, .. } => warnings,
            Self::Made { .. } | Self::ThisRunOnly { .. } => &[],
        }
    }
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { .. } | Self::Kept { .. } => Ok(()),
            Self::Made { path } => write!(
                formatter,
                "signing keys were made and are kept in {}; name your own in [keys] of postlogin.toml",
                path.display()
            ),
            Self::ThisRunOnly { why } => write!(
                formatter,
                "signing keys were made for this run only, because postlogin cannot store the keys: {why}; name your \
                 own in [keys] of postlogin.toml"
            ),
        }
    }
}

/// The signing keys of the tenant in `root` (interface 1, "Signing keys").
///
/// Paths in `[keys]` are relative to `root`. Without a current key there, the set in
/// `<root>/.postlogin/keys` is read. Where there is none, one is made and kept, or made for this run where
/// this user may not write there. A file or folder that is there and cannot be used is an error; nothing is
/// made in its place.
///
/// # Errors
/// Every named or kept file that is missing, unreadable or not the key it should be; a set that was made and
/// cannot be kept though this user may write, as on a full disk.
pub fn load(root: &Path, config: &KeysConfig) -> Result<(KeyRing, KeyOrigin), UnusableKeys> {
    let examined = examine(root, config);
    if !examined.faults.is_empty() {
        let faults = examined.faults;
        return Err(UnusableKeys { faults });
    }
    let named = [
        &config.current,
        &config.next,
        &config.previous,
        &config.ec,
        &config.ed25519,
    ];
    let named = named.into_iter().flatten();
    let mut warnings: Vec<String> = named
        .filter_map(|path| disk::exposure(&root.join(path)))
        .collect();
    let folder = Folder::of(root);
    if let Some(ring) = examined.ring() {
        if config.current.is_some() {
            return Ok((ring, KeyOrigin::File { warnings }));
        }
        warnings.extend(folder.exposures());
        let path = folder.0;
        return Ok((ring, KeyOrigin::Kept { path, warnings }));
    }
    let (made, origin) = make(&folder).map_err(|error| UnusableKeys {
        faults: vec![Fault {
            place: KeyPlace::Kept(Folder::relative()),
            error,
        }],
    })?;
    let named = examined.named;
    let ring = KeyRing {
        current: made.current,
        next: named.next.or(made.next),
        previous: named.previous.or(made.previous),
        ec: named.ec.or(made.ec),
        ed25519: named.ed25519.or(made.ed25519),
    };
    Ok((ring, origin))
}

/// Writes key and certificate into one new PEM file that only its owner can read, as `[keys]` takes it.
///
/// # Errors
/// The file exists, or cannot be written.
pub fn write_pair(pair: &SigningPair, path: &Path) -> Result<(), KeyError> {
    let staged = pair_pem(pair).and_then(|pem| Staged::new(path, &pem, PRIVATE));
    staged.and_then(Staged::add).map_err(|source| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists { path },
            _ => KeyError::Unwritable { path, source },
        }
    })
}

/// A set that is made and kept, or made for this run.
fn make(folder: &Folder) -> Result<(KeyRing, KeyOrigin), KeyError> {
    let path = folder.0.clone();
    let made = folder
        .lock()
        .and_then(|_held| folder.begin(system_time(), &mut SystemRandom));
    match made {
        Ok(ring) => Ok((ring, KeyOrigin::Made { path })),
        Err(KeyError::Unwritable { path, source }) if may_not(&source) => {
            if folder.has_any()? {
                return Err(KeyError::NotWhole {
                    path: folder.0.join(CURRENT),
                    source,
                });
            }
            let ring = generate(COMMON_NAME, system_time(), &mut SystemRandom)?;
            let why = format!("{}: {source}", path.display());
            Ok((ring, KeyOrigin::ThisRunOnly { why }))
        }
        Err(error) => Err(error),
    }
}

/// Whether it is for this user, or for nobody, to write there; a full disk is neither.
pub(super) fn may_not(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// `<root>/.postlogin/keys`: one PEM file for each member of the ring, those of RSA with certificate.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn of(root: &Path) -> Self {
        Self(root.join(Self::relative()))
    }

    /// The folder as seen from that of the tenant.
    pub(super) fn relative() -> PathBuf {
        Path::new(".postlogin").join("keys")
    }

    /// The kept ring, unless there is no current key.
    pub(super) fn read(&self) -> Result<Option<KeyRing>, KeyError> {
        let mut faults = Vec::new();
        let part = self.part(&mut faults);
        match faults.into_iter().next() {
            Some(fault) => Err(fault.error),
            None => Ok(part.current.map(|current| KeyRing {
                current,
                next: part.next,
                previous: part.previous,
                ec: part.ec,
                ed25519: part.ed25519,
            })),
        }
    }

    /// Every kept key that can be read; a fault for each other one.
    pub(super) fn part(&self, faults: &mut Vec<Fault>) -> Part {
        let mut part = Part::default();
        if let Err(error) = self.existing(CURRENT)
            && error.is_of_permission()
        {
            // What this user may not look into says the same of every file in it.
            faults.push(Fault {
                place: KeyPlace::Kept(Self::relative().join(CURRENT)),
                error,
            });
            return part;
        }
        part.current = self.pair(Role::Current, faults);
        part.next = self.pair(Role::Next, faults);
        part.previous = self.pair(Role::Previous, faults);
        part.ec = self.read_file(EC, files::ec_key, faults);
        part.ed25519 = self.read_file(ED25519, files::ed25519_key, faults);
        if let Some(current) = &part.current {
            let other = |pair: &SigningPair| pair.kid() != current.kid();
            part.next = part.next.filter(other);
            part.previous = part.previous.filter(other);
        }
        part
    }

    fn pair(&self, role: Role, faults: &mut Vec<Fault>) -> Option<SigningPair> {
        let pair = self.read_file(role.file(), files::signing_pair, faults)?;
        let has_begun = pair.certificate().not_before() <= system_time();
        Some(if has_begun { pair.made_here() } else { pair })
    }

    /// What `read` makes of the file of this name, where it is there.
    fn read_file<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Path) -> Result<T, KeyError>,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let found = self
            .existing(name)
            .and_then(|path| path.map(|path| read(&path)).transpose());
        found.unwrap_or_else(|error| {
            let place = KeyPlace::Kept(Self::relative().join(name));
            faults.push(Fault { place, error });
            None
        })
    }

    /// The file of this name, where it is there.
    fn existing(&self, name: &str) -> Result<Option<PathBuf>, KeyError> {
        let path = self.0.join(name);
        match disk::is_file(&path) {
            Ok(there) => Ok(there.then_some(path)),
            Err(source) => Err(files::unreadable(&path, source)),
        }
    }

    /// Whether any key is kept.
    fn has_any(&self) -> Result<bool, KeyError> {
        for name in ALL {
            if self.existing(name)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn exposures(&self) -> impl Iterator<Item = String> {
        ALL.into_iter()
            .filter_map(|name| disk::exposure(&self.0.join(name)))
    }

    /// Whether the folder is there.
    pub(super) fn is_there(&self) -> bool {
        disk::is_there(&self.0)
    }

    /// Holds the folder, which is made where it is not there: a step that reads and writes keys is one step to every
    /// other process. Waits for one that is at it.
    pub(super) fn lock(&self) -> Result<Locked, KeyError> {
        prepare(&self.0, self.0.parent().unwrap_or(&self.0))?;
        disk::lock(&self.0).map_err(|source| files::unreadable(&self.0, source))
    }

    /// Makes a set with a next key and keeps it, in the folder that is held.
    pub(super) fn begin(&self, now: Moment, random: &mut dyn Random) -> Result<KeyRing, KeyError> {
        if let Some(ring) = self.read()? {
            return Ok(ring);
        }
        let ring = KeyRing {
            next: Some(rsa_pair(COMMON_NAME, now, random)?),
            ..generate(COMMON_NAME, now, random)?
        };
        self.keep(&ring)?;
        // Another process may have been first; then its keys count.
        Ok(self.read()?.unwrap_or(ring))
    }

    /// Writes the ring, or nothing where the disk does not take all of it; the current key last, because
    /// with it the set is complete.
    fn keep(&self, ring: &KeyRing) -> Result<(), KeyError> {
        let mut staged = Vec::new();
        for (name, key) in [(EC, &ring.ec), (ED25519, &ring.ed25519)] {
            if let Some(key) = key {
                staged.push((name, self.stage(name, private_pem(key.key()))?));
            }
        }
        for (name, pair) in [(NEXT, ring.next.as_ref()), (CURRENT, Some(&ring.current))] {
            if let Some(pair) = pair {
                staged.push((name, self.stage(name, pair_pem(pair))?));
            }
        }
        for (name, staged) in staged {
            match staged.add() {
                // Another process was first with this one.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                added => added.map_err(|source| unwritable(self.0.join(name), source))?,
            }
        }
        Ok(())
    }

    /// Writes pairs over those that are there, in this order, or none where the disk does not take all.
    pub(super) fn replace<'p>(
        &self,
        pairs: impl IntoIterator<Item = (Role, &'p SigningPair)>,
    ) -> Result<(), KeyError> {
        let staged = pairs
            .into_iter()
            .map(|(role, pair)| Ok((role.file(), self.stage(role.file(), pair_pem(pair))?)))
            .collect::<Result<Vec<_>, KeyError>>()?;
        for (name, staged) in staged {
            let replaced = staged.replace();
            replaced.map_err(|source| unwritable(self.0.join(name), source))?;
        }
        Ok(())
    }

    /// Takes a pair away.
    #[expect(clippy::disallowed_methods, reason = "kept keys are files")]
    pub(super) fn remove(&self, role: Role) -> Result<(), KeyError> {
        let path = self.0.join(role.file());
        std::fs::remove_file(&path).map_err(|source| unwritable(path, source))
    }

    /// A file that only its owner can read, not yet in its place.
    fn stage(&self, name: &str, content: io::Result<Vec<u8>>) -> Result<Staged, KeyError> {
        let path = self.0.join(name);
        let staged = content.and_then(|content| Staged::new(&path, &content, PRIVATE));
        staged.map_err(|source| unwritable(path, source))
    }
}

/// Makes the folder `home` where none is there, for its owner alone and out of version control.
///
/// # Errors
/// It cannot be made.
pub fn make_home(home: &Path) -> Result<(), KeyError> {
    if disk::is_there(home) {
        return Ok(());
    }
    prepare(home, home)
}

/// Makes `folder`, which is `home` or in it, and keeps `home` out of version control.
#[expect(clippy::disallowed_methods, reason = "kept keys are files")]
pub(super) fn prepare(folder: &Path, home: &Path) -> Result<(), KeyError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|source| unwritable(folder.to_owned(), source))?;
    let ignore = home.join(".gitignore");
    if disk::is_file(&ignore).map_err(|source| files::unreadable(&ignore, source))? {
        return Ok(());
    }
    let written = Staged::new(&ignore, b"*\n", 0o644).and_then(Staged::replace);
    written.map_err(|source| unwritable(ignore, source))
}

pub(super) fn unwritable(path: PathBuf, source: io::Error) -> KeyError {
    KeyError::Unwritable { path, source }
}

/// What an RSA pair of the ring is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Current,
    Next,
    Previous,
}

impl Role {
    const fn file(self) -> &'static str {
        match self {
            Self::Current => CURRENT,
            Self::Next => NEXT,
            Self::Previous => PREVIOUS,
        }
    }
}

fn pair_pem(pair: &SigningPair) -> io::Result<Vec<u8>> {
    let certificate = pair.certificate().x509().to_pem()?;
    Ok([private_pem(pair.key())?, certificate].concat())
}

fn private_pem(key: &PrivateKey) -> io::Result<Vec<u8>> {
    Ok(key.pkey().private_key_to_pem_pkcs8()?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a certificate's dates are those of the day it is made"
)]
fn system_time() -> Moment {
    Utc::now()
}

const CURRENT: &str = "current.pem";
const NEXT: &str = "next.pem";
const PREVIOUS: &str = "previous.pem";
const EC: &str = "ec.pem";
const ED25519: &str = "ed25519.pem";
const ALL: [&str; 5] = [CURRENT, NEXT, PREVIOUS, EC, ED25519];

#[cfg(test)]
mod tests;
