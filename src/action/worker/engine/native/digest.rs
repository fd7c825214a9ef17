//! Hashes and HMAC, with OpenSSL.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the binding hands over owned values"
)]

use super::memory::{copied, read};
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::sign::Signer;
use rquickjs::{Ctx, Error, Exception, Function, Object, Result, TypedArray};

/// What `getHashes` lists.
const NAMES: [&str; 12] = [
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha3-224",
    "sha3-256",
    "sha3-384",
    "sha3-512",
    "sha384",
    "sha512",
    "sha512-224",
    "sha512-256",
];

pub(super) fn define<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("hash", Function::new(ctx.clone(), digest)?)?;
    native.set(
        "hashKnown",
        Function::new(ctx.clone(), |name: String| algorithm(&name).is_some())?,
    )?;
    native.set("hashes", Function::new(ctx.clone(), || NAMES.to_vec())?)?;
    native.set("hmac", Function::new(ctx.clone(), hmac)?)?;
    native.set("equal", Function::new(ctx.clone(), equal)?)
}

fn algorithm(name: &str) -> Option<MessageDigest> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("rsa-").unwrap_or(&name);
    let name = match name {
        "sha-1" => "sha1",
        "sha-256" => "sha256",
        "sha-384" => "sha384",
        "sha-512" => "sha512",
        name => name,
    };
    NAMES
        .contains(&name)
        .then(|| MessageDigest::from_name(name))
        .flatten()
}

fn known(ctx: &Ctx<'_>, name: &str) -> Result<MessageDigest> {
    algorithm(name).ok_or_else(|| unsupported(ctx, name))
}

fn unsupported(ctx: &Ctx<'_>, name: &str) -> Error {
    Exception::throw_message(ctx, &format!("Digest method not supported: {name}"))
}

fn digest<'js>(ctx: Ctx<'js>, name: String, bytes: TypedArray<'js, u8>) -> Result<TypedArray<'js, u8>> {
    let algorithm = known(&ctx, &name)?;
    let digest = read(&ctx, &bytes, |bytes| hash(algorithm, bytes))?;
    copied(&ctx, &digest.map_err(|_| unsupported(&ctx, &name))?)
}

fn hmac<'js>(
    ctx: Ctx<'js>,
    name: String,
    key: TypedArray<'js, u8>,
    bytes: TypedArray<'js, u8>,
) -> Result<TypedArray<'js, u8>> {
    let algorithm = known(&ctx, &name)?;
    let key = read(&ctx, &key, PKey::hmac)?;
    let mac = read(&ctx, &bytes, |bytes| {
        Signer::new(algorithm, &*key?)?.sign_oneshot_to_vec(bytes)
    })?;
    copied(&ctx, &mac.map_err(|_| unsupported(&ctx, &name))?)
}

/// Whether two byte strings are the same, in time that depends on their length only.
fn equal<'js>(ctx: Ctx<'js>, a: TypedArray<'js, u8>, b: TypedArray<'js, u8>) -> Result<bool> {
    read(&ctx, &a, |a| {
        read(&ctx, &b, |b| a.len() == b.len() && openssl::memcmp::eq(a, b))
    })?
}
