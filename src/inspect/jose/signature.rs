//! The signature of a compact token (RFC 7515 section 5.2, RFC 7518 section 3).

use super::super::asked::{Ask, is_asked};
use super::super::certificate;
use super::super::code::{CheckName, Code};
use super::super::expected::{Expected, Secret};
use super::super::jwk::Jwk;
use super::super::report::Report;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, PKeyRef, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};
use serde_json::{Map, Value};

/// What `alg` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    EdDsa,
    Es(Curve),
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

/// Each has its own hash (RFC 7518 section 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    fn nid(self) -> Nid {
        match self {
            Self::P256 => Nid::X9_62_PRIME256V1,
            Self::P384 => Nid::SECP384R1,
            Self::P521 => Nid::SECP521R1,
        }
    }

    fn hash(self) -> Hash {
        match self {
            Self::P256 => Hash::Sha256,
            Self::P384 => Hash::Sha384,
            Self::P521 => Hash::Sha512,
        }
    }

    /// Bytes of a coordinate.
    fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ES256" => Self::Es(Curve::P256),
            "ES384" => Self::Es(Curve::P384),
            "ES512" => Self::Es(Curve::P521),
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

    /// Whether this key is one for this algorithm.
    fn is_of(self, key: &PKeyRef<Public>) -> bool {
        let is_on_curve = match self {
            Self::Es(curve) => {
                let of_key = key.ec_key().ok().and_then(|key| key.group().curve_name());
                of_key == Some(curve.nid())
            }
            _ => true,
        };
        self.kind() == Some(key.id()) && is_on_curve
    }

    fn verifies(self, input: &[u8], signature: &[u8], key: &PKeyRef<Public>) -> bool {
        if !self.is_of(key) {
            return false;
        }
        let verified = || -> Result<bool, ErrorStack> {
            match self {
                Self::EdDsa => Verifier::new_without_digest(key)?.verify_oneshot(signature, input),
                Self::Es(curve) => {
                    if signature.len() != 2 * curve.size() {
                        return Ok(false);
                    }
                    let (r, s) = signature.split_at(curve.size());
                    let parts =
                        EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
                    Verifier::new(curve.hash().openssl(), key)?.verify_oneshot(&parts.to_der()?, input)
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

/// What is signed: the first two parts with their dot, and what they say.
pub(super) struct Signed<'a> {
    pub header: &'a Map<String, Value>,
    pub claims: &'a Map<String, Value>,
    pub input: &'a str,
}

/// Checks the signature. Which algorithms count is decided by the keys that were given, never by the token
/// (RFC 8725 section 3.1).
pub(super) fn check(signed: &Signed<'_>, signature: &[u8], expected: &Expected, report: &mut Report) {
    let alg = signed
        .header
        .get("alg")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if alg.eq_ignore_ascii_case("none") {
        report.find(
            Code::AlgNone,
            "header alg",
            "alg is none: the token is not signed and anybody could have written it. Never accept it",
        );
        return report.moot(CheckName::Signature, "there is none");
    }
    let Some(algorithm) = Algorithm::named(alg) else {
        report.find(
            Code::AlgUnknown,
            "header alg",
            "alg is missing or none of the algorithms of RFC 7518 and RFC 8037 for signatures",
        );
        return report.moot(CheckName::Signature, "no known algorithm made it");
    };
    report.pass(CheckName::Algorithms, alg);
    let has_keys = [Ask::Certificates, Ask::Jwks, Ask::Secrets]
        .into_iter()
        .any(|ask| is_asked(ask, expected, report.kind));
    match algorithm {
        _ if !has_keys => report.skip(
            CheckName::Signature,
            "no key was given; give --jwks, --trust, --secret-file or the tenant with the client",
        ),
        Algorithm::Hs(hash) => check_mac(hash, signed, signature, expected, report),
        _ => check_key((alg, algorithm), signed, signature, expected, report),
    }
}

fn check_key(
    (alg, algorithm): (&str, Algorithm),
    signed: &Signed<'_>,
    signature: &[u8],
    expected: &Expected,
    report: &mut Report,
) {
    let certificates = expected.token_certificates.any_of().iter();
    let certificates: Vec<_> = certificates
        .map(|certificate| Jwk::of(certificate.public_key()))
        .collect();
    let keys: Vec<&Jwk> = expected.jwks.any_of().iter().chain(&certificates).collect();
    let fits = |key: &&Jwk| {
        let is_for = key.alg.as_deref().is_none_or(|only| only == alg);
        is_for && algorithm.is_of(key.key.pkey())
    };
    if !keys.iter().any(fits) {
        return none_signs_so(alg, &keys, report);
    }
    let kid = signed.header.get("kid");
    // A key without an id is tried whatever the token names.
    let named: Vec<&Jwk> = keys
        .iter()
        .copied()
        .filter(|key| match (kid, key.kid.as_deref()) {
            (None, _) | (_, None) => true,
            (Some(kid), Some(of_key)) => kid.as_str() == Some(of_key),
        })
        .collect();
    if named.is_empty() {
        let known: Vec<_> = keys.iter().filter_map(|key| key.kid.as_deref()).collect();
        return report.find(
            Code::KidUnknown,
            "header kid",
            format!(
                "no key has the key id of the token; the key was rolled over, or another issuer signed. Known: {}",
                known.join(", ")
            ),
        );
    }
    if !named.iter().any(fits) {
        return none_signs_so(alg, &named, report);
    }
    let input = signed.input.as_bytes();
    let good = named
        .into_iter()
        .filter(|key| fits(key))
        .find(|key| algorithm.verifies(input, signature, key.key.pkey()));
    match good {
        Some(jwk) => {
            let whose = jwk.kid.as_deref().map_or("the given key".to_owned(), |kid| format!("the key {kid}"));
            report.pass(CheckName::Signature, format!("{alg}, by {whose}"));
            certificate::check_key(&jwk.key, &whose, report);
        }
        None => report.find(
            Code::JwtSignature,
            "signature",
            "the signature is not that of header and payload by the key: the token was changed after signing, or \
             another key signed",
        ),
    }
}

/// An algorithm that is not for any of the keys: the writer of the token had none of them.
fn none_signs_so(alg: &str, keys: &[&Jwk], report: &mut Report) {
    let known = keys.iter().map(|key| {
        let only = key.alg.as_deref().map(|only| format!(", {only} only"));
        certificate::describe(&key.key) + only.as_deref().unwrap_or_default()
    });
    let mut known: Vec<_> = known.collect();
    known.sort();
    known.dedup();
    let known = if known.is_empty() {
        "there is no key among them that verifies signatures".to_owned()
    } else {
        format!("they are {}", known.join("; "))
    };
    report.find(
        Code::AlgNotOfKeys,
        "header alg",
        format!(
            "the token says that it is signed with {alg}, and none of the given keys signs so ({known}). Never accept \
             it: the keys decide which algorithms count, not the token (RFC 8725 section 3.1)"
        ),
    );
}

fn check_mac(hash: Hash, signed: &Signed<'_>, signature: &[u8], expected: &Expected, report: &mut Report) {
    let counts = |secret: &&Secret| {
        secret
            .audience()
            .is_none_or(|audience| hash == Hash::Sha256 && is_for(audience, signed.claims))
    };
    let secrets: Vec<_> = expected.secrets.any_of().iter().filter(counts).collect();
    if secrets.is_empty() {
        return report.find(
            Code::AlgNotOfKeys,
            "header alg",
            "the token says that it is signed with a secret (an HMAC), and none was given that signs for its audience. \
             Never accept it: anybody can sign so with a secret of their own (RFC 8725 section 3.1). If its issuer \
             does sign so, give the secret with --secret-file, or the client whose alg is HS256",
        );
    }
    let signs = |secret: &&Secret| {
        let wanted = PKey::hmac(secret.bytes())
            .and_then(|key| Signer::new(hash.openssl(), &key)?.sign_oneshot_to_vec(signed.input.as_bytes()));
        wanted.is_ok_and(|wanted| wanted.len() == signature.len() && openssl::memcmp::eq(&wanted, signature))
    };
    if secrets.iter().any(signs) {
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

fn is_for(audience: &str, claims: &Map<String, Value>) -> bool {
    match claims.get("aud") {
        Some(Value::Array(several)) => several.iter().any(|one| one == audience),
        Some(one) => one == audience,
        None => false,
    }
}
