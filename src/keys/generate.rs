//! Making keys and the certificates that go with them.

#![expect(clippy::disallowed_methods, reason = "keys are made here")]

use super::{Certificate, KeyError, KeyRing, PrivateKey, SigningKey, SigningPair};
use crate::random::Random;
use crate::time::Moment;
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectKeyIdentifier};
use openssl::x509::{X509, X509NameBuilder};

const RSA_BITS: u32 = 2048;
const CERTIFICATE_DAYS: i64 = 3650;

/// A whole ring without `next` and `previous`: an RSA pair, a P-256 and an Ed25519 key.
///
/// Keys are drawn by OpenSSL; `now` and `random` make the certificate's dates and serial number.
///
/// # Errors
/// OpenSSL's generator fails.
pub fn generate(common_name: &str, now: Moment, random: &mut dyn Random) -> Result<KeyRing, KeyError> {
    Ok(KeyRing {
        current: rsa_pair(common_name, now, random)?,
        next: None,
        previous: None,
        ec: Some(SigningKey::new(ec_key()?)),
        ed25519: Some(SigningKey::new(ed25519_key()?)),
    })
}

/// An RSA key of 2048 bits with a self-signed certificate for ten years.
///
/// # Errors
/// OpenSSL's generator fails.
pub fn rsa_pair(common_name: &str, now: Moment, random: &mut dyn Random) -> Result<SigningPair, KeyError> {
    let key = PrivateKey::from_pkey(Rsa::generate(RSA_BITS).and_then(PKey::from_rsa)?);
    certified(key, common_name, now, random)
}

/// The key with a new self-signed certificate for ten years.
pub(super) fn certified(
    key: PrivateKey,
    common_name: &str,
    now: Moment,
    random: &mut dyn Random,
) -> Result<SigningPair, KeyError> {
    let mut serial = [0; 16];
    random.fill(&mut serial);
    let certificate = certify(&key, common_name, now.timestamp(), serial)?;
    let pair = SigningPair::new(key, certificate).map_err(|_| KeyError::Generate(ErrorStack::get()))?;
    Ok(pair.made_here())
}

/// A pair from a key that has no certificate. The certificate depends on the key alone, so that service
/// providers that keep it go on accepting it after a restart.
///
/// # Errors
/// OpenSSL cannot sign with the key.
pub fn self_signed(key: PrivateKey, common_name: &str) -> Result<SigningPair, KeyError> {
    let der = key.pkey().public_key_to_der()?;
    let mut serial = [0; 16];
    serial.copy_from_slice(&openssl::sha::sha256(&der)[..16]);
    let certificate = certify(&key, common_name, SELF_SIGNED_FROM, serial)?;
    let pair = SigningPair::new(key, certificate).map_err(|_| KeyError::Generate(ErrorStack::get()))?;
    Ok(pair.made_here())
}

pub(super) fn ec_key() -> Result<PrivateKey, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    EcKey::generate(&group)
        .and_then(PKey::from_ec_key)
        .map(PrivateKey::from_pkey)
}

pub(super) fn ed25519_key() -> Result<PrivateKey, ErrorStack> {
    PKey::generate_ed25519().map(PrivateKey::from_pkey)
}

fn certify(
    key: &PrivateKey,
    common_name: &str,
    from: i64,
    mut serial: [u8; 16],
) -> Result<Certificate, KeyError> {
    // Positive and not zero (RFC 5280 section 4.1.2.2).
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut name = X509NameBuilder::new()?;
    // RFC 5280 allows 64 characters.
    let short: String = common_name.chars().take(64).collect();
    name.append_entry_by_nid(Nid::COMMONNAME, &short)?;
    let name = name.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let serial = BigNum::from_slice(&serial).and_then(|number| Asn1Integer::from_bn(&number))?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    let time = |epoch: i64| Asn1Time::from_unix(epoch);
    let not_before = time(from)?;
    let not_after = time(from + CERTIFICATE_DAYS * 24 * 3600)?;
    builder.set_not_before(&not_before)?;
    builder.set_not_after(&not_after)?;
    builder.set_pubkey(key.pkey())?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    let identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(identifier)?;
    builder.sign(key.pkey(), MessageDigest::sha256())?;
    let pem = builder.build().to_pem()?;
    Certificate::from_pem(&String::from_utf8_lossy(&pem)).map_err(|_| KeyError::Generate(ErrorStack::get()))
}

/// 2026-01-01T00:00:00Z.
const SELF_SIGNED_FROM: i64 = 1_767_225_600;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use std::sync::OnceLock;

    /// One ring for all tests of this process.
    pub(crate) fn ring() -> &'static KeyRing {
        static RING: OnceLock<KeyRing> = OnceLock::new();
        RING.get_or_init(|| {
            let now = Moment::from_timestamp(1_790_000_000, 0).unwrap();
            generate("tenant.example", now, &mut SeededRandom::new("ring")).unwrap()
        })
    }

    #[test]
    fn a_made_certificate_lasts_ten_years_and_is_signed_by_its_key() {
        let certificate = ring().current.certificate().x509();
        assert!(certificate.verify(ring().current.key().pkey()).unwrap());
        let lifetime = certificate.not_before().diff(certificate.not_after()).unwrap();
        assert_eq!(lifetime.days, 3650);
        let serial = certificate.serial_number().to_bn().unwrap();
        assert!(!serial.is_negative() && serial.num_bytes() == 16);
    }

    #[test]
    fn a_certificate_for_a_bare_key_is_the_same_every_time() {
        let made = || self_signed(ring().current.key().clone(), "postlogin").unwrap();
        assert_eq!(made().certificate().base64(), made().certificate().base64());
    }
}
