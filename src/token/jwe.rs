//! Encrypted access tokens: signed, then encrypted for the API (RFC 7516, semantics 3.7).

use super::TokenError;
use crate::keys::{Certificate, OaepDigest, PublicKey};
use crate::random::Random;
use crate::tenant::ResourceServer;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::pkey::Id;
use openssl::symm::{Cipher, encrypt_aead};
use serde_json::{Value, json};

const CONTENT_KEY_BYTES: usize = 32;
const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const MIN_RSA_BITS: u32 = 2048;

/// How an API wants its tokens encrypted; exists only if that can be done.
pub(super) struct Encryption {
    key: PublicKey,
    algorithm: KeyAlgorithm,
    kid: Option<String>,
}

/// How the content key is encrypted (RFC 7518 section 4.1).
#[derive(Clone, Copy)]
enum KeyAlgorithm {
    RsaOaep(OaepDigest),
}

impl KeyAlgorithm {
    fn named(name: &str) -> Option<Self> {
        Some(Self::RsaOaep(match name {
            "RSA-OAEP" => OaepDigest::Sha1,
            "RSA-OAEP-256" => OaepDigest::Sha256,
            "RSA-OAEP-384" => OaepDigest::Sha384,
            "RSA-OAEP-512" => OaepDigest::Sha512,
            _ => return None,
        }))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::RsaOaep(OaepDigest::Sha1) => "RSA-OAEP",
            Self::RsaOaep(OaepDigest::Sha256) => "RSA-OAEP-256",
            Self::RsaOaep(OaepDigest::Sha384) => "RSA-OAEP-384",
            Self::RsaOaep(OaepDigest::Sha512) => "RSA-OAEP-512",
        }
    }
}

impl Encryption {
    /// What `token_encryption` of the API asks for; nothing where it is absent.
    pub(super) fn of(api: &ResourceServer) -> Result<Option<Self>, TokenError> {
        let Some(settings) = api.token_encryption.as_ref().filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let refuse = |problem: String| TokenError::Encryption {
            api: api.identifier.clone(),
            problem,
        };
        let text = |pointer: &str| settings.pointer(pointer).and_then(Value::as_str);
        match settings.get("format").and_then(Value::as_str) {
            None | Some("compact-nested-jwe") => {}
            Some(_) => return Err(refuse("'format' must be 'compact-nested-jwe'".to_owned())),
        }
        let pem = text("/encryption_key/pem")
            .ok_or_else(|| refuse("'encryption_key.pem' is missing; give the API's public key".to_owned()))?;
        let key = Certificate::from_pem(pem)
            .map(|certificate| certificate.public_key())
            .or_else(|_| PublicKey::from_pem(pem))
            .map_err(|error| refuse(format!("'encryption_key.pem': {error}")))?;
        let algorithm = KeyAlgorithm::named(text("/encryption_key/alg").unwrap_or("RSA-OAEP-256"))
            .ok_or_else(|| {
                refuse(
                    "'encryption_key.alg' must be RSA-OAEP-256, RSA-OAEP-384, RSA-OAEP-512 or RSA-OAEP"
                        .to_owned(),
                )
            })?;
        if key.pkey().id() != Id::RSA || key.pkey().bits() < MIN_RSA_BITS {
            return Err(refuse(format!(
                "'encryption_key.pem' must be an RSA key of at least {MIN_RSA_BITS} bits for {}",
                algorithm.name()
            )));
        }
        Ok(Some(Self {
            key,
            algorithm,
            kid: text("/encryption_key/kid").map(str::to_owned),
        }))
    }

    /// `jwt` as a compact JWE with A256GCM. `typ` is that of the token inside.
    pub(super) fn encrypt(
        &self,
        jwt: &str,
        typ: &str,
        random: &mut dyn Random,
    ) -> Result<String, TokenError> {
        let mut content_key = [0; CONTENT_KEY_BYTES];
        random.fill(&mut content_key);
        let mut iv = [0; IV_BYTES];
        random.fill(&mut iv);
        let mut header = json!({"alg": self.algorithm.name(), "enc": "A256GCM", "typ": typ, "cty": "JWT"});
        if let Some(kid) = &self.kid {
            header["kid"] = Value::from(kid.as_str());
        }
        let KeyAlgorithm::RsaOaep(digest) = self.algorithm;
        let encrypted_key = self.key.encrypt_oaep(&content_key, digest, random)?;
        let protected = URL_SAFE_NO_PAD.encode(header.to_string());
        let mut tag = [0; TAG_BYTES];
        let content = encrypt_aead(
            Cipher::aes_256_gcm(),
            &content_key,
            Some(&iv),
            protected.as_bytes(),
            jwt.as_bytes(),
            &mut tag,
        )?;
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok([
            protected.as_str(),
            &encode(&encrypted_key),
            &encode(&iv),
            &encode(&content),
            &encode(&tag),
        ]
        .join("."))
    }
}
