//! The work `saml-verify-request`: a signed AuthnRequest from its XML to what was verified, beside a bare
//! verification with the same key.

use super::super::trouble::Trouble;
use super::cpu::process_cpu;
use super::works::Work;
use crate::keys::Certificate;
use crate::saml::inbound::{Sha1Policy, verify};
use crate::xml::{self, Limits};
use openssl::hash::MessageDigest;
use openssl::sign::{Signer, Verifier};
use std::fmt::Display;

/// Signed by `certs/sp.key` with another program; about three kilobytes, with its certificate in KeyInfo.
const REQUEST: &str = include_str!("authn_request.xml");
const CERTIFICATE: &str = include_str!("../../../certs/sp.crt");

/// Reading and verifying the request, once for each time.
///
/// # Errors
/// OpenSSL makes no key to compare with.
pub(super) fn request(name: &'static str) -> Result<Work<'static>, Trouble> {
    let trusted = [Certificate::from_pem(CERTIFICATE).map_err(trouble)?];
    let once = move || {
        let document = xml::read(REQUEST, Limits::MESSAGE).map_err(trouble)?;
        verify(document.root(), &trusted, Sha1Policy::Refuse).map_err(trouble)?;
        Ok(REQUEST.len())
    };
    Ok(Work {
        name,
        signatures: 1,
        once: Box::new(once),
        bare: bare()?,
        cpu: Box::new(process_cpu),
    })
}

/// One SHA-256 verification over a kilobyte, with an RSA key of 2048 bits like that of the request.
#[expect(clippy::disallowed_methods, reason = "any key will do for a measurement")]
fn bare() -> Result<Box<dyn FnMut() -> Result<(), Trouble>>, Trouble> {
    let message = [0x5a_u8; 1024];
    let rsa = openssl::rsa::Rsa::generate(2048).map_err(trouble)?;
    let key = openssl::pkey::PKey::from_rsa(rsa).map_err(trouble)?;
    let signature = Signer::new(MessageDigest::sha256(), &key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(&message))
        .map_err(trouble)?;
    let public = key.public_key_to_pem().map_err(trouble)?;
    let public = openssl::pkey::PKey::public_key_from_pem(&public).map_err(trouble)?;
    Ok(Box::new(move || {
        let verified = Verifier::new(MessageDigest::sha256(), &public)
            .and_then(|mut verifier| verifier.verify_oneshot(&signature, &message))
            .map_err(trouble)?;
        verified
            .then_some(())
            .ok_or_else(|| Trouble::new("the bare verification failed", "please report this"))
    }))
}

fn trouble(error: impl Display) -> Trouble {
    Trouble::new(
        format!("the verification could not be measured: {error}"),
        "please report this",
    )
}
