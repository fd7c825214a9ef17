//! The key ring of a tenant: from the files it names, or from the set that is kept beside its files.

use super::files::{self, COMMON_NAME};
use super::{KeyError, KeyRing, PrivateKey, SigningPair, generate, rsa_pair};
use crate::random::{Random, SystemRandom};
use crate::tenant::KeysConfig;
use chrono::{DateTime, Utc};
use std::fmt;
use std::io::{self, Write};
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
                "signing keys were made for this run only, because they cannot be kept: {why}; name your \
                 own in [keys] of postlogin.toml"
            ),
        }
    }
}

/// The signing keys of the tenant in `root` (interface 1, "Signing keys").
///
/// Paths in `[keys]` are relative to `root`. Without a current key there, the set in
/// `<root>/.postlogin/keys` is read, or made and kept, or made for this run where it cannot be kept.
/// A file that is there and cannot be used is an error; nothing is made in its place.
///
/// # Errors
/// A named or kept file is missing, unreadable or not the key it should be.
pub fn load(root: &Path, config: &KeysConfig) -> Result<(KeyRing, KeyOrigin), KeyError> {
    let resolve = |path: &Option<PathBuf>| path.as_ref().map(|path| root.join(path));
    let named = [
        &config.current,
        &config.next,
        &config.previous,
        &config.ec,
        &config.ed25519,
    ];
    let mut warnings: Vec<String> = named
        .into_iter()
        .filter_map(resolve)
        .filter_map(|path| files::exposure(&path))
        .collect();
    let pair = |path: &Option<PathBuf>| {
        let path = resolve(path);
        path.map(|path| files::signing_pair(&path, None)).transpose()
    };
    let (next, previous) = (pair(&config.next)?, pair(&config.previous)?);
    let ec = resolve(&config.ec).map(|path| files::ec_key(&path)).transpose()?;
    let ed25519 = resolve(&config.ed25519)
        .map(|path| files::ed25519_key(&path))
        .transpose()?;
    if let Some(current) = resolve(&config.current) {
        let certificate = resolve(&config.current_cert);
        let ring = KeyRing {
            current: files::signing_pair(&current, certificate.as_deref())?,
            next,
            previous,
            ec,
            ed25519,
        };
        return Ok((ring, KeyOrigin::File { warnings }));
    }
    let (kept, origin) = kept(&Folder::of(root), &mut warnings)?;
    let ring = KeyRing {
        next: next.or(kept.next),
        previous: previous.or(kept.previous),
        ec: ec.or(kept.ec),
        ed25519: ed25519.or(kept.ed25519),
        current: kept.current,
    };
    Ok((ring, origin))
}

/// Writes key and certificate into one new PEM file that only its owner can read, as `[keys]` takes it.
///
/// # Errors
/// The file exists, or cannot be written.
pub fn write_pair(pair: &SigningPair, path: &Path) -> Result<(), KeyError> {
    if path.exists() {
        return Err(KeyError::Exists {
            path: path.to_owned(),
        });
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = Folder(parent.unwrap_or(Path::new(".")).to_owned());
    let name = path.file_name().unwrap_or_default();
    let written = pair_pem(pair).and_then(|pem| folder.write(name, &pem, Existing::Kept));
    written.map_err(|source| KeyError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

fn kept(folder: &Folder, warnings: &mut Vec<String>) -> Result<(KeyRing, KeyOrigin), KeyError> {
    let path = folder.0.clone();
    if let Some(ring) = folder.read()? {
        warnings.extend(folder.exposures());
        let warnings = std::mem::take(warnings);
        return Ok((ring, KeyOrigin::Kept { path, warnings }));
    }
    match folder.begin(system_time(), &mut SystemRandom) {
        Ok(ring) => Ok((ring, KeyOrigin::Made { path })),
        Err(KeyError::Unwritable { path, source }) => {
            let ring = generate(COMMON_NAME, system_time(), &mut SystemRandom)?;
            let why = format!("{}: {source}", path.display());
            Ok((ring, KeyOrigin::ThisRunOnly { why }))
        }
        Err(error) => Err(error),
    }
}

/// `<root>/.postlogin/keys`: one PEM file for each member of the ring, those of RSA with certificate.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn of(root: &Path) -> Self {
        Self(root.join(".postlogin").join("keys"))
    }

    /// The kept ring, unless there is no current key.
    pub(super) fn read(&self) -> Result<Option<KeyRing>, KeyError> {
        let existing = |name: &str| Some(self.0.join(name)).filter(|path| path.exists());
        let Some(current) = existing(CURRENT) else {
            return Ok(None);
        };
        let pair = |name| {
            existing(name)
                .map(|path| files::signing_pair(&path, None))
                .transpose()
        };
        let current = files::signing_pair(&current, None)?;
        let other = |pair: &SigningPair| pair.kid() != current.kid();
        Ok(Some(KeyRing {
            next: pair(NEXT)?.filter(other),
            previous: pair(PREVIOUS)?.filter(other),
            ec: existing(EC).map(|path| files::ec_key(&path)).transpose()?,
            ed25519: existing(ED25519)
                .map(|path| files::ed25519_key(&path))
                .transpose()?,
            current,
        }))
    }

    fn exposures(&self) -> impl Iterator<Item = String> {
        [CURRENT, NEXT, PREVIOUS, EC, ED25519]
            .into_iter()
            .filter_map(|name| files::exposure(&self.0.join(name)))
    }

    /// Makes a set with a next key and keeps it. The folder is tried first, because keys take a while.
    pub(super) fn begin(&self, now: DateTime<Utc>, random: &mut dyn Random) -> Result<KeyRing, KeyError> {
        self.prepare().map_err(|source| self.unwritable(source))?;
        let ring = KeyRing {
            next: Some(rsa_pair(COMMON_NAME, now, random)?),
            ..generate(COMMON_NAME, now, random)?
        };
        self.keep(&ring).map_err(|source| self.unwritable(source))?;
        // Another process may have been first; then its keys count.
        Ok(self.read()?.unwrap_or(ring))
    }

    /// Writes the ring; the current key last, because with it the set is complete.
    fn keep(&self, ring: &KeyRing) -> io::Result<()> {
        for (name, key) in [(EC, &ring.ec), (ED25519, &ring.ed25519)] {
            if let Some(key) = key {
                self.write(name, &private_pem(key.key())?, Existing::Kept)?;
            }
        }
        if let Some(next) = &ring.next {
            self.write(NEXT, &pair_pem(next)?, Existing::Kept)?;
        }
        self.write(CURRENT, &pair_pem(&ring.current)?, Existing::Kept)
    }

    /// Writes pairs over those that are there, in this order.
    pub(super) fn replace<'p>(
        &self,
        pairs: impl IntoIterator<Item = (Role, &'p SigningPair)>,
    ) -> Result<(), KeyError> {
        for (role, pair) in pairs {
            let written = pair_pem(pair).and_then(|pem| self.write(role.file(), &pem, Existing::Replaced));
            written.map_err(|source| self.unwritable(source))?;
        }
        Ok(())
    }

    /// Takes a pair away.
    pub(super) fn remove(&self, role: Role) -> Result<(), KeyError> {
        std::fs::remove_file(self.0.join(role.file())).map_err(|source| self.unwritable(source))
    }

    fn unwritable(&self, source: io::Error) -> KeyError {
        KeyError::Unwritable {
            path: self.0.clone(),
            source,
        }
    }

    fn prepare(&self) -> io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)?;
        let ignore = self.0.with_file_name(".gitignore");
        if ignore.exists() {
            return Ok(());
        }
        std::fs::write(ignore, "*\n")
    }

    /// A file that only its owner can read, whole or not at all.
    fn write(&self, name: impl AsRef<Path>, content: &[u8], existing: Existing) -> io::Result<()> {
        let path = self.0.join(name);
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        match existing {
            Existing::Replaced => file.persist(path).map(drop).map_err(io::Error::from),
            Existing::Kept => match file.persist_noclobber(path) {
                Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
                _ => Ok(()),
            },
        }
    }
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

/// What becomes of a file that is there already.
#[derive(Clone, Copy)]
enum Existing {
    Kept,
    Replaced,
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
fn system_time() -> DateTime<Utc> {
    Utc::now()
}

const CURRENT: &str = "current.pem";
const NEXT: &str = "next.pem";
const PREVIOUS: &str = "previous.pem";
const EC: &str = "ec.pem";
const ED25519: &str = "ed25519.pem";

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_kept_private_and_found_again() {
        let root = tempfile::tempdir().unwrap();
        let (made, origin) = load(root.path(), &KeysConfig::default()).unwrap();
        let folder = root.path().join(".postlogin");
        assert_eq!(
            origin,
            KeyOrigin::Made {
                path: folder.join("keys")
            }
        );
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
        for name in [CURRENT, NEXT, EC, ED25519] {
            let metadata = fs::metadata(folder.join("keys").join(name)).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
        }
        let (kept, origin) = load(root.path(), &KeysConfig::default()).unwrap();
        assert!(matches!(&origin, KeyOrigin::Kept { warnings, .. } if warnings.is_empty()));
        assert_eq!(made.current.kid(), kept.current.kid());
        assert_eq!(
            made.current.certificate().base64(),
            kept.current.certificate().base64()
        );
        assert_eq!(made.ec.unwrap().kid(), kept.ec.unwrap().kid());
        assert_eq!(made.ed25519.unwrap().kid(), kept.ed25519.unwrap().kid());
        assert_eq!(origin.to_string(), "");
    }

    #[test]
    fn keys_that_cannot_be_kept_are_for_this_run() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".postlogin"), "a file where a folder should be").unwrap();
        let (_, origin) = load(root.path(), &KeysConfig::default()).unwrap();
        assert!(matches!(origin, KeyOrigin::ThisRunOnly { .. }), "{origin:?}");
        assert!(origin.to_string().contains("for this run only"));
    }

    #[test]
    fn a_damaged_kept_key_is_an_error_and_stays_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        load(root.path(), &KeysConfig::default()).unwrap();
        let current = root.path().join(".postlogin/keys").join(CURRENT);
        fs::write(&current, "-----BEGIN PRIVATE KEY-----\n").unwrap();
        let error = load(root.path(), &KeysConfig::default()).unwrap_err();
        assert!(error.to_string().contains(CURRENT), "{error}");
        assert_eq!(
            fs::read_to_string(&current).unwrap(),
            "-----BEGIN PRIVATE KEY-----\n"
        );
    }

    #[test]
    fn named_keys_are_read_and_a_world_readable_one_is_warned_about() {
        let root = tempfile::tempdir().unwrap();
        load(root.path(), &KeysConfig::default()).unwrap();
        let config = KeysConfig {
            current: Some(PathBuf::from(".postlogin/keys/current.pem")),
            ..KeysConfig::default()
        };
        let current = root.path().join(".postlogin/keys/current.pem");
        fs::set_permissions(&current, fs::Permissions::from_mode(0o644)).unwrap();
        let (ring, origin) = load(root.path(), &config).unwrap();
        assert!(ring.ec.is_none());
        assert_eq!(origin.warnings().len(), 1);
        assert!(origin.warnings()[0].contains("chmod 600"), "{origin:?}");
    }

    #[test]
    fn a_readable_key_in_a_repository_is_as_git_makes_it() {
        let repository = tempfile::tempdir().unwrap();
        let root = repository.path().join("tenants/acme");
        load(&root, &KeysConfig::default()).unwrap();
        let current = root.join(".postlogin/keys").join(CURRENT);
        fs::set_permissions(&current, fs::Permissions::from_mode(0o644)).unwrap();
        let warnings = || load(&root, &KeysConfig::default()).unwrap().1.warnings().len();
        assert_eq!(warnings(), 1);
        fs::create_dir(repository.path().join(".git")).unwrap();
        assert_eq!(warnings(), 0);
    }

    #[test]
    fn a_written_pair_is_private_read_again_and_never_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let pair = &crate::keys::ring_for_tests().current;
        let path = root.path().join("own.pem");
        write_pair(pair, &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(files::signing_pair(&path, None).unwrap().kid(), pair.kid());
        assert!(matches!(write_pair(pair, &path), Err(KeyError::Exists { .. })));
    }
}
