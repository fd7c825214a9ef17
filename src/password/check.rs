//! Checking a password, and making the hash of one. Both take the time and memory that [`PasswordHash::cost`] tells.

use super::digest::Digest;
use super::encoded::PasswordEncoding;
use super::hash::{Argon2, PasswordHash, Position, Salt, Scheme, Variant};
use crate::random::Random;
use crate::tenant::{Credentials, PasswordKind};
use argon2::{Algorithm, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use md4::Digest as _;
use openssl::hash::{MessageDigest, hash};
use openssl::memcmp::eq;
use openssl::pkcs5;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Map, json};
use zeroize::Zeroizing;

impl PasswordHash {
    /// Whether `password` is the one that this was made of.
    pub fn is_of(&self, password: &str) -> bool {
        let password = Zeroizing::new(self.encoding.encode(password));
        match &self.scheme {
            Scheme::Argon2(argon2) => argon2
                .of(&password)
                .is_some_and(|found| same(&found, &argon2.hash)),
            Scheme::Bcrypt { text, .. } => bcrypt::verify(&*password, text).unwrap_or(false),
            Scheme::Digest { digest, salt, hash } => {
                let salted = Zeroizing::new(salt.with(&password));
                digest.of(&salted).is_some_and(|found| same(&found, hash))
            }
            Scheme::Hmac {
                digest,
                key,
                salt,
                hash,
            } => {
                let salted = Zeroizing::new(salt.with(&password));
                digest.hmac(key, &salted).is_some_and(|found| same(&found, hash))
            }
            Scheme::Unnamed { hash_and_salt } => UNNAMED.iter().any(|digest| {
                let (hash, salt) = hash_and_salt.split_at(digest.size().min(hash_and_salt.len()));
                let salted = Zeroizing::new([&password, salt].concat());
                digest.of(&salted).is_some_and(|found| same(&found, hash))
            }),
            Scheme::Pbkdf2 {
                digest,
                iterations,
                salt,
                hash,
            } => {
                let mut found = vec![0; hash.len()];
                let made = digest.openssl().is_some_and(|digest| {
                    pkcs5::pbkdf2_hmac(&password, salt, *iterations as usize, digest, &mut found).is_ok()
                });
                made && same(&found, hash)
            }
            Scheme::Scrypt { n, r, p, salt, hash } => {
                let mut found = vec![0; hash.len()];
                let most = self
                    .cost()
                    .bytes
                    .saturating_add(u64::from(*r) * u64::from(*p) * 256 + (1 << 20));
                pkcs5::scrypt(
                    &password,
                    salt,
                    *n,
                    u64::from(*r),
                    u64::from(*p),
                    most,
                    &mut found,
                )
                .is_ok()
                    && same(&found, hash)
            }
        }
    }

    /// What a user has who chose `password`, in the form of the bulk import.
    pub fn make(password: &str, kind: PasswordKind, random: &mut dyn Random) -> Option<Credentials> {
        let mut salt = [0; 16];
        random.fill(&mut salt);
        let members = match kind {
            PasswordKind::Argon2id {
                memory,
                passes,
                lanes,
            } => {
                let argon2 = Argon2 {
                    variant: Variant::Id,
                    version: 0x13,
                    memory,
                    passes,
                    lanes,
                    salt: salt.to_vec(),
                    hash: vec![0; 32],
                };
                let hash = argon2.of(password.as_bytes())?;
                let text = format!(
                    "$argon2id$v=19$m={memory},t={passes},p={lanes}${}${}",
                    STANDARD_NO_PAD.encode(salt),
                    STANDARD_NO_PAD.encode(hash)
                );
                let value = json!({"algorithm": "argon2", "hash": {"value": text, "encoding": "utf8"}});
                Map::from_iter([("custom_password_hash".to_owned(), value)])
            }
            PasswordKind::Bcrypt { cost } => {
                let text = bcrypt::hash_with_salt(password, cost, salt).ok()?.to_string();
                Map::from_iter([("password_hash".to_owned(), json!(text))])
            }
        };
        Some(Credentials(members))
    }
}

impl PasswordEncoding {
    /// The password as bytes.
    fn encode(self, password: &str) -> Vec<u8> {
        match self {
            Self::LowBytes => password
                .encode_utf16()
                .map(|unit| unit.to_le_bytes()[0])
                .collect(),
            Self::Utf16 => password.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf8 => password.as_bytes().to_vec(),
        }
    }
}

impl Salt {
    /// The password with the salt.
    fn with(&self, password: &[u8]) -> Vec<u8> {
        match self.position {
            Position::Prefix => [&self.bytes, password].concat(),
            Position::Suffix => [password, &self.bytes].concat(),
        }
    }
}

impl Argon2 {
    fn of(&self, password: &[u8]) -> Option<Vec<u8>> {
        let algorithm = match self.variant {
            Variant::D => Algorithm::Argon2d,
            Variant::I => Algorithm::Argon2i,
            Variant::Id => Algorithm::Argon2id,
        };
        let version = Version::try_from(self.version).ok()?;
        let parameters = Params::new(self.memory, self.passes, self.lanes, Some(self.hash.len())).ok()?;
        let mut found = vec![0; self.hash.len()];
        argon2::Argon2::new(algorithm, version, parameters)
            .hash_password_into(password, &self.salt, &mut found)
            .ok()?;
        Some(found)
    }
}

impl Digest {
    fn of(self, content: &[u8]) -> Option<Vec<u8>> {
        match self.openssl() {
            Some(digest) => Some(hash(digest, content).ok()?.to_vec()),
            None => Some(md4::Md4::digest(content).to_vec()),
        }
    }

    fn hmac(self, key: &[u8], content: &[u8]) -> Option<Vec<u8>> {
        let Some(digest) = self.openssl() else {
            return self.hmac_of_md4(key, content);
        };
        let key = PKey::hmac(key).ok()?;
        let mut signer = Signer::new(digest, &key).ok()?;
        signer.sign_oneshot_to_vec(content).ok()
    }

    /// RFC 2104 with the one digest that OpenSSL has not.
    fn hmac_of_md4(self, key: &[u8], content: &[u8]) -> Option<Vec<u8>> {
        const BLOCK: usize = 64;
        let mut block = if key.len() > BLOCK {
            self.of(key)?
        } else {
            key.to_vec()
        };
        block.resize(BLOCK, 0);
        let padded = |with: u8| block.iter().map(move |byte| byte ^ with).collect::<Vec<u8>>();
        let inner = self.of(&[&padded(0x36), content].concat())?;
        self.of(&[padded(0x5c), inner].concat())
    }

    /// Nothing for MD4, which OpenSSL has no more.
    fn openssl(self) -> Option<MessageDigest> {
        Some(match self {
            Self::Md4 => return None,
            Self::Md5 => MessageDigest::md5(),
            Self::Ripemd160 => MessageDigest::ripemd160(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha224 => MessageDigest::sha224(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        })
    }
}

/// In constant time; a hash is never empty.
fn same(found: &[u8], hash: &[u8]) -> bool {
    found.len() == hash.len() && eq(found, hash)
}

/// What directories write without its name.
const UNNAMED: [Digest; 5] = [
    Digest::Md5,
    Digest::Sha1,
    Digest::Sha256,
    Digest::Sha384,
    Digest::Sha512,
];
