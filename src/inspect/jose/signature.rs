//! The signature of a compact token (RFC 7515 section 5.2, RFC 7518 section 3).

use super::super::certificate;
use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::report::Report;
use super::jwk::Jwk;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, PKeyRef, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};
use serde_json::{Map, Value};

/// What `alg` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    EdDsa,
    /// With the bytes of a coordinate.
    Es(Hash, usize),
    Hs(Hash),
    Ps(Hash),
    Rs(Hash),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn openssl(self) -> MessageDigest {
        match self {
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ES256" => Self::Es(Hash::Sha256, 32),
            "ES384" => Self::Es(Hash::Sha384, 48),
            "ES512" => Self::Es(Hash::Sha512, 66),
            "EdDSA" => Self::EdDsa,
            "HS256" => Self::Hs(Hash::Sha256),
            "HS384" => Self::Hs(Hash::Sha384),
            "HS512" => Self::Hs(Hash::Sha512),
            "PS256" => Self::Ps(Hash::Sha256),
            "PS384" => Self::Ps(Hash::Sha384),
            "PS512" => Self::Ps(Hash::Sha512),
            "RS256" => Self::Rs(Hash::Sha256),
            "RS384" => Self::Rs(Hash::Sha384),
            "RS512" => Self::Rs(Hash::Sha512),
            _ => return None,
        })
    }

    fn kind(self) -> Option<Id> {
        match self {
            Self::EdDsa => Some(Id::ED25519),
            Self::Es(..) => Some(Id::EC),
            Self::Hs(_) => None,
            Self::Ps(_) | Self::Rs(_) => Some(Id::RSA),
        }
    }

    fn verifies(self, input: &[u8], signature: &[u8], key: &PKeyRef<Public>) -> bool {
        if self.kind() != Some(key.id()) {
            return false;
        }
        let verified = || -> Result<bool, ErrorStack> {
            match self {
                Self::EdDsa => Verifier::new_without_digest(key)?.verify_oneshot(signature, input),
                Self::Es(hash, size) => {
                    if signature.len() != 2 * size
                        || key.bits().div_ceil(8) != u32::try_from(size).unwrap_or(0)
                    {
                        return Ok(false);
                    }
                    let (r, s) = signature.split_at(size);
                    let parts =
                        EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
                    Verifier::new(hash.openssl(), key)?.verify_oneshot(&parts.to_der()?, input)
                }
                Self::Hs(_) => Ok(false),
                Self::Ps(hash) => {
                    let mut verifier = Verifier::new(hash.openssl(), key)?;
                    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
                    verifier.set_rsa_mgf1_md(hash.openssl())?;
                    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                    verifier.verify_oneshot(signature, input)
                }
                Self::Rs(hash) => Verifier::new(hash.openssl(), key)?.verify_oneshot(signature, input),
            }
        };
        // OpenSSL reports a value that cannot be a signature as an error.
        verified().unwrap_or(false)
    }
}

/// Checks the signature over `input`, the first two parts with their dot.
pub(super) fn check(
    header: &Map<String, Value>,
    input: &str,
    signature: &[u8],
    expected: &Expected,
    report: &mut Report,
) {
    let alg = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    if alg.eq_ignore_ascii_case("none") {
        return report.find(
            Code::AlgNone,
            "header alg",
            "alg is none: the token is not signed and anybody could have written it. Never accept it",
        );
    }
    let Some(algorithm) = Algorithm::named(alg) else {
        return report.find(
            Code::AlgUnknown,
            "header alg",
            "alg is missing or none of the algorithms of RFC 7518 and RFC 8037 for signatures",
        );
    };
    report.pass(CheckName::Algorithms, alg);
    if let Algorithm::Hs(hash) = algorithm {
        return check_mac(hash, input, signature, expected, report);
    }
    let kid = header.get("kid").and_then(Value::as_str);
    let keys = &expected.jwks;
    if keys.is_empty() {
        return report.skip(
            CheckName::Signature,
            "no key was given; give --jwks, --certificate or the tenant",
        );
    }
    let named: Vec<&Jwk> = keys
        .iter()
        .filter(|key| key.kid.is_some() && key.kid.as_deref() == kid)
        .collect();
    // A certificate that was given has no key id: it is tried whatever the token names.
    let nameless = keys.iter().filter(|key| key.kid.is_none());
    let candidates: Vec<&Jwk> = match kid {
        Some(_) => named.iter().copied().chain(nameless).collect(),
        None => keys.iter().collect(),
    };
    if candidates.is_empty() {
        let known: Vec<_> = keys.iter().filter_map(|key| key.kid.as_deref()).collect();
        return report.find(
            Code::KidUnknown,
            "header kid",
            format!(
                "no key has the id of the token; it was rolled over, or another issuer signed. Known: {}",
                known.join(", ")
            ),
        );
    }
    let good = candidates.iter().find(|jwk| {
        let is_for = jwk.alg.as_deref().is_none_or(|only| only == alg);
        is_for && algorithm.verifies(input.as_bytes(), signature, jwk.key.pkey())
    });
    match good {
        Some(jwk) => {
            let whose = jwk.kid.as_deref().map_or("the given key".to_owned(), |kid| format!("the key {kid}"));
            report.pass(CheckName::Signature, format!("{alg}, by {whose}"));
            certificate::judge_key(&jwk.key, &whose, report);
        }
        None => report.find(
            Code::JwtSignature,
            "signature",
            "the signature is not that of header and payload by the key: the token was changed after signing, or \
             another key signed",
        ),
    }
}

fn check_mac(hash: Hash, input: &str, signature: &[u8], expected: &Expected, report: &mut Report) {
    if expected.secrets.is_empty() {
        return report.skip(
            CheckName::Signature,
            "no secret was given; give --secret-file or the tenant with the client",
        );
    }
    let signs = |secret: &Vec<u8>| {
        let wanted = PKey::hmac(secret)
            .and_then(|key| Signer::new(hash.openssl(), &key)?.sign_oneshot_to_vec(input.as_bytes()));
        wanted.is_ok_and(|wanted| wanted.len() == signature.len() && openssl::memcmp::eq(&wanted, signature))
    };
    if expected.secrets.iter().any(signs) {
        report.pass(CheckName::Signature, "by the given secret");
    } else {
        report.find(
            Code::JwtSignature,
            "signature",
            "the signature is not that of header and payload by the secret: the token was changed after signing, or \
             another secret signed",
        );
    }
}
