//! Keys and certificates from the files that a tenant names.

use super::step::RotationStep;
use super::{
    Certificate, Mismatch, PemError, PrivateKey, RsaFloor, RsaPublicKey, SigningKey, SigningPair, UnfitKey,
    self_signed,
};
use crate::disk::{self, Limit};
use crate::time::Moment;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::Id;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Common name of certificates that postlogin makes for keys that have none.
pub(super) const COMMON_NAME: &str = "postlogin";
/// The format of times in messages.
pub(super) const TIME: &str = "%Y-%m-%d %H:%M UTC";

/// Why the signing keys cannot be used. Never quotes a file's content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A folder where a file was expected.
    #[error("{} is a folder; name the PEM file in it", path.display())]
    Directory {
        /// The path.
        path: PathBuf,
    },
    /// A file of zero bytes, or of white space.
    #[error("{} is empty; it must hold PEM", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A file that must not be overwritten.
    #[error("{} exists already and is not overwritten; remove that file, or choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// OpenSSL could not make a key or certificate.
    #[error("a signing key could not be made: {0}")]
    Generate(#[from] ErrorStack),
    /// A certificate is named without the key that it is for.
    #[error("current_cert names {}, but [keys] names no current key that this certificate could belong to", certificate.display())]
    Keyless {
        /// The certificate.
        certificate: PathBuf,
    },
    /// Key and certificate are of two pairs.
    #[error("{} and {}: {source}", key.display(), certificate.display())]
    Mismatch {
        /// Where the key is.
        key: PathBuf,
        /// Where the certificate is.
        certificate: PathBuf,
        /// The fingerprints.
        source: Mismatch,
    },
    /// There is no kept file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// Keys that the tenant names are the tenant's to replace.
    #[error(
        "signing keys are named in [keys] of postlogin.toml, so rolling them is up to you: name a new one \
         ('postlogin keys new FILE') as 'next'; when the readers of metadata and key set know that key, make it \
         'current', the old one 'previous', and a newer one 'next'"
    )]
    Named,
    /// Something else in the place of the key for kept logins.
    #[error(
        "{} does not hold a key for kept logins (32 bytes in base64url); put the right file there, or \
         remove this one: \
         then a key is made, and logins that were kept before are refused", path.display()
    )]
    NoStateKey {
        /// The file.
        path: PathBuf,
    },
    /// Kept keys without the one that signs, in a folder that takes no other.
    #[error("{} is missing beside the other kept keys, and cannot be made: {source}", path.display())]
    NotWhole {
        /// The file that is missing.
        path: PathBuf,
        /// Why it cannot be made.
        source: std::io::Error,
    },
    /// There is no previous key that could be taken away.
    #[error("there is no previous key; nothing needs to be retired")]
    NothingToRetire,
    /// The file's text is not the PEM that was expected.
    #[error("{}: {source}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PemError,
    },
    /// A step of a rotation before others can follow it.
    #[error(
        "it is too early to {}: the last rotation was on {}, so {}; wait until {}",
        step.name(), since.format(TIME), step.risk(), from.format(TIME)
    )]
    TooEarly {
        /// The step.
        step: RotationStep,
        /// When the next key was made, which every rotation does.
        since: Moment,
        /// From when it is safe.
        from: Moment,
    },
    /// One key with two roles.
    #[error("{place} holds the same key as {other}; a key has one place in the ring")]
    Repeated {
        /// Where it stands again.
        place: String,
        /// Where it stands first.
        other: String,
    },
    /// An RSA key that nothing should be signed with (RFC 7518 section 3.3).
    #[error("{}: {source}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: UnfitKey,
    },
    /// The operating system refuses to read the file.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The operating system refuses to write the file.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A private key of another kind.
    #[error("{} holds {found}; {wanted} is needed here", path.display())]
    WrongKey {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
}

impl KeyError {
    /// Whether this user may not look at the file or its folder.
    pub(super) fn is_of_permission(&self) -> bool {
        matches!(self, Self::Unreadable { source, .. } if source.kind() == ErrorKind::PermissionDenied)
    }
}

/// A pair from a key file and a certificate file, as `--key` and `--cert` name them: either may be a pipe.
///
/// # Errors
/// Either file is missing, unreadable or not what it should be, or the two do not belong together.
pub fn from_files(key: &Path, cert: &Path) -> Result<SigningPair, KeyError> {
    let private = rsa_key(&read_given(key)?, key)?;
    pair(private, key, certificate(&read_given(cert)?, cert)?, cert)
}

/// A pair from a key file and the certificate in the same file, beside it as `.crt`, or made from the key.
pub(super) fn signing_pair(path: &Path) -> Result<SigningPair, KeyError> {
    let text = read(path)?;
    let key = rsa_key(&text, path)?;
    if text.contains(CERTIFICATE_BEGIN) {
        return pair(key, path, certificate(&text, path)?, path);
    }
    let beside = path.with_extension("crt");
    if beside != path
        && let Some(text) = read_kept(&beside)?
    {
        return pair(key, path, certificate(&text, &beside)?, &beside);
    }
    self_signed(key, COMMON_NAME)
}

/// The RSA key of a file whose certificate is in another one.
pub(super) fn bare_key(path: &Path) -> Result<PrivateKey, KeyError> {
    rsa_key(&read(path)?, path)
}

/// The certificate of a key in another file.
pub(super) fn bare_certificate(path: &Path) -> Result<Certificate, KeyError> {
    certificate(&read(path)?, path)
}

/// A P-256 key.
pub(super) fn ec_key(path: &Path) -> Result<SigningKey, KeyError> {
    let key = private_key(&read(path)?, path)?;
    let curve = key.pkey().ec_key().ok().and_then(|key| key.group().curve_name());
    if curve != Some(Nid::X9_62_PRIME256V1) {
        return Err(wrong(&key, path, "an EC key on P-256 (for ES256)"));
    }
    Ok(SigningKey::new(key))
}

/// An Ed25519 key.
pub(super) fn ed25519_key(path: &Path) -> Result<SigningKey, KeyError> {
    let key = private_key(&read(path)?, path)?;
    if key.pkey().id() != Id::ED25519 {
        return Err(wrong(&key, path, "an Ed25519 key (for EdDSA)"));
    }
    Ok(SigningKey::new(key))
}

/// The text of a plain file that must be there.
fn read(path: &Path) -> Result<String, KeyError> {
    read_kept(path)?.ok_or_else(|| KeyError::Missing {
        path: path.to_owned(),
    })
}

/// The text of a plain file; `None` where there is none.
fn read_kept(path: &Path) -> Result<Option<String>, KeyError> {
    let bytes = disk::read(path, Limit::Key).map_err(|source| unreadable(path, source))?;
    bytes.map(|bytes| text(&bytes, path)).transpose()
}

/// The text of a file that an option names.
fn read_given(path: &Path) -> Result<String, KeyError> {
    let bytes = disk::read_given(path, Limit::Key).map_err(|source| unreadable(path, source))?;
    text(&bytes, path)
}

fn text(bytes: &[u8], path: &Path) -> Result<String, KeyError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(KeyError::Empty {
            path: path.to_owned(),
        });
    }
    // Bytes that are no text are no PEM either; the reader of PEM says so.
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// Why a key file cannot be read.
pub(super) fn unreadable(path: &Path, source: io::Error) -> KeyError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::NotFound => KeyError::Missing { path },
        ErrorKind::IsADirectory => KeyError::Directory { path },
        _ => KeyError::Unreadable { path, source },
    }
}

fn rsa_key(text: &str, path: &Path) -> Result<PrivateKey, KeyError> {
    let key = private_key(text, path)?;
    if key.pkey().id() != Id::RSA {
        return Err(wrong(&key, path, "an RSA key"));
    }
    RsaPublicKey::new(&key.public_key(), RsaFloor::Bits2048).map_err(|source| KeyError::Unfit {
        path: path.to_owned(),
        source,
    })?;
    Ok(key)
}

/// The one private key of a file that may hold certificates and EC parameters too.
fn private_key(text: &str, path: &Path) -> Result<PrivateKey, KeyError> {
    let keys = blocks(text, |label| label.ends_with("PRIVATE KEY"));
    PrivateKey::from_pem(if keys.is_empty() { text } else { &keys }).map_err(|source| KeyError::Pem {
        path: path.to_owned(),
        source,
    })
}

/// The first certificate of a file; those after it are its issuers.
fn certificate(text: &str, path: &Path) -> Result<Certificate, KeyError> {
    let certificates = blocks(text, |label| label == "CERTIFICATE");
    let first = certificates
        .split_inclusive(CERTIFICATE_END)
        .next()
        .unwrap_or(text);
    Certificate::from_pem(first).map_err(|source| KeyError::Pem {
        path: path.to_owned(),
        source,
    })
}

/// The PEM blocks of `text` whose label is wanted, one after another.
fn blocks(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((label, body)) = after.split_once("-----") else {
            break;
        };
        let end = format!("-----END {label}-----");
        let Some(length) = body.find(&end) else {
            break;
        };
        if wanted(label) {
            found.extend(["-----BEGIN ", label, "-----", &body[..length], &end, "\n"]);
        }
        rest = &body[length + end.len()..];
    }
    found
}

/// Key and certificate, if they belong together.
pub(super) fn pair(
    key: PrivateKey,
    key_path: &Path,
    certificate: Certificate,
    path: &Path,
) -> Result<SigningPair, KeyError> {
    SigningPair::new(key, certificate).map_err(|source| KeyError::Mismatch {
        key: key_path.to_owned(),
        certificate: path.to_owned(),
        source,
    })
}

fn wrong(key: &PrivateKey, path: &Path, wanted: &'static str) -> KeyError {
    KeyError::WrongKey {
        path: path.to_owned(),
        found: key.describe(),
        wanted,
    }
}

const CERTIFICATE_BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const CERTIFICATE_END: &str = "-----END CERTIFICATE-----";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate::tests::ring;
    use std::fs;

    fn pem(key: &PrivateKey) -> String {
        String::from_utf8(key.pkey().private_key_to_pem_pkcs8().unwrap()).unwrap()
    }

    fn certificate_pem() -> String {
        String::from_utf8(ring().current.certificate().x509().to_pem().unwrap()).unwrap()
    }

    #[test]
    fn every_unusable_key_file_is_refused_with_its_path_and_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let cut: String = pem(ring().current.key()).chars().take(400).collect();
        let ec = pem(ring().ec.as_ref().unwrap().key());
        let short = openssl::rsa::Rsa::generate(1024)
            .and_then(openssl::pkey::PKey::from_rsa)
            .unwrap();
        let cases: [(&str, &str, &str); 7] = [
            ("empty.pem", "", "is empty"),
            ("blank.pem", " \n\t", "is empty"),
            ("garbage.pem", "canary-4711", "expected a PEM private key"),
            ("cut.pem", &cut, "without its end"),
            ("ec.pem", &ec, "an EC key on prime256v1; an RSA key is needed"),
            ("cert.pem", &certificate_pem(), "found a CERTIFICATE"),
            ("short.pem", &pem(&PrivateKey::from_pkey(short)), "1024 bits"),
        ];
        for (name, content, said) in cases {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            let text = signing_pair(&path).unwrap_err().to_string();
            assert!(text.contains(said), "{name}: {text}");
            assert!(text.contains(&path.display().to_string()), "{name}: {text}");
            assert!(!text.contains("canary"), "{name}: {text}");
        }
        let missing = signing_pair(&folder.path().join("none.pem"));
        assert!(missing.unwrap_err().to_string().contains("does not exist"));
        let directory = signing_pair(folder.path());
        assert!(directory.unwrap_err().to_string().contains("is a folder"));
    }

    #[test]
    fn a_certificate_is_found_in_the_same_file_beside_it_or_made() {
        let folder = tempfile::tempdir().unwrap();
        let key = pem(ring().current.key());
        let given = ring().current.certificate().base64();
        let both = folder.path().join("both.pem");
        fs::write(&both, format!("{}{key}", certificate_pem())).unwrap();
        assert_eq!(signing_pair(&both).unwrap().certificate().base64(), given);

        let alone = folder.path().join("alone.pem");
        fs::write(&alone, &key).unwrap();
        assert_ne!(signing_pair(&alone).unwrap().certificate().base64(), given);

        fs::write(folder.path().join("alone.crt"), certificate_pem()).unwrap();
        assert_eq!(signing_pair(&alone).unwrap().certificate().base64(), given);
    }

    #[test]
    fn a_certificate_of_another_key_is_refused_with_both_paths() {
        let folder = tempfile::tempdir().unwrap();
        let other = openssl::rsa::Rsa::generate(2048)
            .and_then(openssl::pkey::PKey::from_rsa)
            .unwrap();
        let (key, cert) = (folder.path().join("a.pem"), folder.path().join("b.crt"));
        fs::write(&key, pem(&PrivateKey::from_pkey(other))).unwrap();
        fs::write(&cert, certificate_pem()).unwrap();
        let text = from_files(&key, &cert).unwrap_err().to_string();
        assert!(text.contains("a.pem") && text.contains("b.crt"), "{text}");
        assert!(text.contains("does not belong to the key"), "{text}");
    }
}
