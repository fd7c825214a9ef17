//! From the members of a user to what proves the password: the forms of the platform's bulk import.

use super::digest::{self, Digest};
use super::encoded::{Encoding, PasswordEncoding, base64};
use super::fault::PasswordFault;
use super::hash::{Argon2, PasswordHash, Position, Salt, Scheme, Variant};
use super::phc::Phc;
use crate::tenant::Credentials;
use serde_json::{Map, Value};

impl PasswordHash {
    /// What proves the password of a user; nothing where the user has none.
    ///
    /// # Errors
    /// It cannot be read, or would be too costly to check.
    pub fn of(credentials: &Credentials) -> Result<Option<Self>, PasswordFault> {
        let member = |name: &str| credentials.0.get(name).filter(|value| !value.is_null());
        // The platform's export of hashes has the second name.
        let plain = member("password_hash").or_else(|| member("passwordHash"));
        let read = match (plain, member("custom_password_hash")) {
            (Some(_), Some(_)) => return Err(PasswordFault::TwoHashes),
            (Some(plain), None) => Self {
                scheme: bcrypt(plain.as_str().unwrap_or_default(), "password_hash")?,
                encoding: PasswordEncoding::default(),
            },
            (None, Some(custom)) => custom_hash(custom)?,
            (None, None) if member("password").is_some() => return Err(PasswordFault::ClearText),
            (None, None) => return Ok(None),
        };
        read.cost().bounded()?;
        Ok(Some(read))
    }
}

fn custom_hash(custom: &Value) -> Result<PasswordHash, PasswordFault> {
    let custom = Custom::of(custom)?;
    let scheme = match custom.algorithm {
        "argon2" => argon2(custom.value)?,
        "bcrypt" => bcrypt(custom.value, VALUE)?,
        "hmac" => custom.hmac()?,
        "ldap" => ldap(custom.value)?,
        "md4" | "md5" | "sha1" | "sha256" | "sha512" => custom.digest()?,
        "pbkdf2" => pbkdf2(custom.value)?,
        "scrypt" => custom.scrypt()?,
        _ => {
            return Err(PasswordFault::Unknown {
                member: "custom_password_hash.algorithm",
                known: "argon2, bcrypt, hmac, ldap, md4, md5, sha1, sha256, sha512, pbkdf2, scrypt",
            });
        }
    };
    Ok(PasswordHash {
        scheme,
        encoding: custom.password_encoding()?,
    })
}

const VALUE: &str = "custom_password_hash.hash.value";

/// `custom_password_hash` of a user.
struct Custom<'a> {
    members: &'a Map<String, Value>,
    algorithm: &'a str,
    /// `hash`, where it is an object.
    hash: Option<&'a Map<String, Value>>,
    value: &'a str,
}

impl<'a> Custom<'a> {
    fn of(custom: &'a Value) -> Result<Self, PasswordFault> {
        let members = custom
            .as_object()
            .ok_or(PasswordFault::Missing("custom_password_hash.algorithm"))?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let hash = members.get("hash");
        let object = hash.and_then(Value::as_object);
        let value = match object {
            Some(object) => object.get("value").and_then(Value::as_str),
            None => hash.and_then(Value::as_str),
        };
        Ok(Self {
            members,
            algorithm: text("algorithm").ok_or(PasswordFault::Missing("custom_password_hash.algorithm"))?,
            hash: object,
            value: value
                .filter(|value| !value.is_empty())
                .ok_or(PasswordFault::Missing(VALUE))?,
        })
    }

    fn digest(&self) -> Result<Scheme, PasswordFault> {
        let digest = Digest::named(self.algorithm).ok_or(PasswordFault::Missing(VALUE))?;
        Ok(Scheme::Digest {
            digest,
            salt: self.salt()?,
            hash: self.sized_hash(digest)?,
        })
    }

    fn hmac(&self) -> Result<Scheme, PasswordFault> {
        let member = |name: &str| self.hash.and_then(|hash| hash.get(name));
        let digest = member("digest").and_then(Value::as_str);
        let digest = digest.ok_or(PasswordFault::Missing("custom_password_hash.hash.digest"))?;
        let digest = Digest::named(digest).ok_or(PasswordFault::Unknown {
            member: "custom_password_hash.hash.digest",
            known: digest::NAMES,
        })?;
        let key = member("key").ok_or(PasswordFault::Missing("custom_password_hash.hash.key"))?;
        Ok(Scheme::Hmac {
            digest,
            key: encoded(key, "custom_password_hash.hash.key")?,
            salt: self.salt()?,
            hash: self.sized_hash(digest)?,
        })
    }

    fn scrypt(&self) -> Result<Scheme, PasswordFault> {
        let hash = self.hash_bytes(self.hash_encoding()?.unwrap_or(Encoding::Base64))?;
        let length = self
            .number("keylen")?
            .ok_or(PasswordFault::Missing("custom_password_hash.keylen"))?;
        if u64::try_from(hash.len()) != Ok(length) || hash.len() < MIN_HASH {
            return Err(PasswordFault::NotReadable {
                member: VALUE,
                wanted: "as long as keylen says",
            });
        }
        let n = self.number("cost")?.unwrap_or(16_384);
        let small = |name, default| {
            let number = self.number(name)?.unwrap_or(default);
            u32::try_from(number).map_err(|_| not_positive(name))
        };
        if !n.is_power_of_two() || n < 2 {
            return Err(PasswordFault::NotReadable {
                member: "custom_password_hash.cost",
                wanted: "a power of two",
            });
        }
        Ok(Scheme::Scrypt {
            n,
            r: small("blockSize", 8)?,
            p: small("parallelization", 1)?,
            salt: self.salt()?.bytes,
            hash,
        })
    }

    /// A number above 0 beside the hash or in it.
    fn number(&self, name: &'static str) -> Result<Option<u64>, PasswordFault> {
        let inside = || self.hash.and_then(|hash| hash.get(name));
        let Some(value) = self.members.get(name).or_else(inside) else {
            return Ok(None);
        };
        let number = value.as_u64().filter(|number| *number > 0);
        number.map(Some).ok_or_else(|| not_positive(name))
    }

    fn salt(&self) -> Result<Salt, PasswordFault> {
        let Some(salt) = self.members.get("salt").filter(|salt| !salt.is_null()) else {
            return Ok(Salt::default());
        };
        let position = match salt.get("position").and_then(Value::as_str) {
            None | Some("prefix") => Position::Prefix,
            Some("suffix") => Position::Suffix,
            Some(_) => {
                return Err(PasswordFault::Unknown {
                    member: "custom_password_hash.salt.position",
                    known: "prefix, suffix",
                });
            }
        };
        Ok(Salt {
            bytes: encoded(salt, "custom_password_hash.salt")?,
            position,
        })
    }

    fn password_encoding(&self) -> Result<PasswordEncoding, PasswordFault> {
        let password = self.members.get("password");
        let name = password.and_then(|password| password.get("encoding")?.as_str());
        name.map_or(Ok(PasswordEncoding::default()), |name| {
            PasswordEncoding::named(name).ok_or(PasswordFault::Unknown {
                member: "custom_password_hash.password.encoding",
                known: "ascii, utf8, utf16le, ucs2, latin1, binary",
            })
        })
    }

    fn hash_encoding(&self) -> Result<Option<Encoding>, PasswordFault> {
        let encoding = self.hash.and_then(|hash| hash.get("encoding"));
        encoding
            .map(|encoding| named_encoding(encoding, "custom_password_hash.hash.encoding"))
            .transpose()
    }

    fn hash_bytes(&self, encoding: Encoding) -> Result<Vec<u8>, PasswordFault> {
        encoding.decode(self.value, VALUE)
    }

    /// The hash, as long as the digest is. Where the encoding is not given, its length tells.
    fn sized_hash(&self, digest: Digest) -> Result<Vec<u8>, PasswordFault> {
        let by_length = if self.value.len() == digest.size() * 2 {
            Encoding::Hex
        } else {
            Encoding::Base64
        };
        let bytes = self.hash_bytes(self.hash_encoding()?.unwrap_or(by_length))?;
        if bytes.len() == digest.size() {
            return Ok(bytes);
        }
        Err(PasswordFault::NotReadable {
            member: VALUE,
            wanted: "as long as the digest",
        })
    }
}

/// `{value, encoding}`, or the text alone.
fn encoded(value: &Value, member: &'static str) -> Result<Vec<u8>, PasswordFault> {
    if let Some(text) = value.as_str() {
        return Ok(text.as_bytes().to_vec());
    }
    let encoding = match value.get("encoding") {
        Some(encoding) => named_encoding(encoding, member)?,
        None => Encoding::Utf8,
    };
    let text = value.get("value").and_then(Value::as_str);
    encoding.decode(text.ok_or(PasswordFault::Missing(member))?, member)
}

fn named_encoding(name: &Value, member: &'static str) -> Result<Encoding, PasswordFault> {
    Encoding::named(name.as_str().unwrap_or_default()).ok_or(PasswordFault::Unknown {
        member,
        known: "base64, hex, utf8",
    })
}

fn not_positive(member: &'static str) -> PasswordFault {
    PasswordFault::NotReadable {
        member,
        wanted: "a number above 0",
    }
}

fn bcrypt(text: &str, member: &'static str) -> Result<Scheme, PasswordFault> {
    const ALPHABET: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let rest = ["$2a$", "$2b$", "$2y$"]
        .iter()
        .find_map(|version| text.strip_prefix(version));
    let cost = rest.and_then(|rest| {
        let (cost, rest) = rest.split_once('$')?;
        let is_whole = rest.len() == 53 && rest.chars().all(|character| ALPHABET.contains(character));
        let cost = cost.parse().ok().filter(|_| cost.len() == 2 && is_whole)?;
        (4..=31).contains(&cost).then_some(cost)
    });
    let cost = cost.ok_or(PasswordFault::NotReadable {
        member,
        wanted: "a bcrypt hash such as $2b$10$ and 53 characters",
    })?;
    Ok(Scheme::Bcrypt {
        text: text.to_owned(),
        cost,
    })
}

fn argon2(text: &str) -> Result<Scheme, PasswordFault> {
    let read = || {
        let phc = Phc::read(text).filter(|phc| phc.has_only(&["v", "m", "t", "p"]))?;
        let variant = match phc.id {
            "argon2d" => Variant::D,
            "argon2i" => Variant::I,
            "argon2id" => Variant::Id,
            _ => return None,
        };
        let version = phc.number("v", Some(0x10))?;
        let argon2 = Argon2 {
            variant,
            version,
            memory: phc.number("m", None)?,
            passes: phc.number("t", None)?,
            lanes: phc.number("p", None)?,
            salt: phc.salt,
            hash: phc.hash,
        };
        let Argon2 {
            memory,
            passes,
            lanes,
            salt,
            hash,
            ..
        } = &argon2;
        let is_argon2 = [0x10, 0x13].contains(&version)
            && *passes > 0
            && (1..=255).contains(lanes)
            && *memory >= 8 * lanes
            && salt.len() >= 8
            && (MIN_HASH..=MAX_HASH).contains(&hash.len());
        is_argon2.then_some(argon2)
    };
    read().map(Scheme::Argon2).ok_or(PasswordFault::NotReadable {
        member: VALUE,
        wanted: "a PHC string such as $argon2id$v=19$m=19456,t=2,p=1$salt$hash",
    })
}

fn pbkdf2(text: &str) -> Result<Scheme, PasswordFault> {
    let read = || {
        let phc = Phc::read(text).filter(|phc| phc.has_only(&["i", "l", ""]))?;
        let digest = match phc.id.strip_prefix("pbkdf2")? {
            "" => Digest::Sha1,
            name => Digest::named(name.strip_prefix('-')?)?,
        };
        let iterations = phc.number("i", phc.number("", Some(PBKDF2_ITERATIONS)))?;
        let length = phc.number("l", u32::try_from(phc.hash.len()).ok())?;
        let is_whole = iterations > 0
            && digest != Digest::Md4
            && usize::try_from(length) == Ok(phc.hash.len())
            && (MIN_HASH..=MAX_HASH).contains(&phc.hash.len());
        is_whole.then_some(Scheme::Pbkdf2 {
            digest,
            iterations,
            salt: phc.salt,
            hash: phc.hash,
        })
    };
    read().ok_or(PasswordFault::NotReadable {
        member: VALUE,
        wanted: "a PHC string such as $pbkdf2-sha512$i=100000,l=64$salt$hash",
    })
}

/// RFC 2307 section 5.3, with the longer digests that directories write.
fn ldap(text: &str) -> Result<Scheme, PasswordFault> {
    let fault = PasswordFault::NotReadable {
        member: VALUE,
        wanted: "a digest in base64, such as {SSHA} and its text",
    };
    let Some((scheme, encoded)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) else {
        let hash_and_salt = base64(text).filter(|bytes| bytes.len() >= Digest::Md5.size());
        return hash_and_salt
            .map(|hash_and_salt| Scheme::Unnamed { hash_and_salt })
            .ok_or(fault);
    };
    let name = scheme.to_ascii_lowercase();
    let (digest, is_salted) = match name.as_str() {
        "md5" => (Digest::Md5, false),
        "smd5" => (Digest::Md5, true),
        name => match name.strip_prefix("ssha") {
            Some(size) => (Digest::named(&format!("sha{size}")).ok_or(UNKNOWN_SCHEME)?, true),
            None if name.starts_with("sha") => (Digest::named(name).ok_or(UNKNOWN_SCHEME)?, false),
            None => return Err(UNKNOWN_SCHEME),
        },
    };
    let mut hash = base64(encoded)
        .filter(|bytes| bytes.len() >= digest.size())
        .ok_or(fault.clone())?;
    let salt = hash.split_off(digest.size());
    if !is_salted && !salt.is_empty() {
        return Err(fault);
    }
    Ok(Scheme::Digest {
        digest,
        salt: Salt {
            bytes: salt,
            position: Position::Suffix,
        },
        hash,
    })
}

const UNKNOWN_SCHEME: PasswordFault = PasswordFault::Unknown {
    member: VALUE,
    known: "{MD5}, {SMD5}, {SHA}, {SSHA}, {SHA256}, {SSHA256}, {SHA384}, {SSHA384}, {SHA512}, {SSHA512}",
};
/// A shorter hash would be found by guessing.
const MIN_HASH: usize = 4;
const MAX_HASH: usize = 1024;
const PBKDF2_ITERATIONS: u32 = 100_000;
