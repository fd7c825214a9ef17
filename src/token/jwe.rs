//! Encrypted access tokens: signed, then encrypted for the API (RFC 7516, semantics 3.7).

use super::ecdh_es::{Agreement, agree};
use super::error::TokenError;
use crate::random::Random;
use crate::tenant::{KeyManagement, TokenEncryption};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::symm::{Cipher, encrypt_aead};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// `jwt` as a compact JWE with A256GCM. `typ` is that of the token inside.
pub(super) fn encrypt(
    encryption: &TokenEncryption,
    jwt: &str,
    typ: &str,
    random: &mut dyn Random,
) -> Result<String, TokenError> {
    let mut header = json!({"alg": encryption.algorithm().name(), "enc": ENC, "typ": typ, "cty": "JWT"});
    if let Some(kid) = encryption.kid() {
        header["kid"] = Value::from(kid);
    }
    let (content_key, encrypted_key) = match encryption.algorithm() {
        KeyManagement::EcdhEs => {
            let Agreement {
                content_key,
                ephemeral,
            } = agree(encryption.key(), random)?;
            header["epk"] = ephemeral;
            (content_key, Vec::new())
        }
        KeyManagement::RsaOaep(digest) => {
            let mut key = Zeroizing::new(vec![0; CONTENT_KEY_BYTES]);
            random.fill(&mut key);
            let encrypted = encryption.key().encrypt_oaep(&key, digest, random)?;
            (key, encrypted)
        }
    };
    let mut iv = [0; IV_BYTES];
    random.fill(&mut iv);
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
    let parts = [
        encode(&encrypted_key),
        encode(&iv),
        encode(&content),
        encode(&tag),
    ];
    Ok(format!("{protected}.{}", parts.join(".")))
}

const ENC: &str = "A256GCM";
const CONTENT_KEY_BYTES: usize = 32;
const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
