//! Certificates and keys, alone or in other things. Private keys are recognised and never shown.

use super::code::{CheckName, Code};
use super::expected::Expected;
use super::report::{Kind, Report};
use crate::keys::{Certificate, PemError, PrivateKey, PublicKey, Validity};
use crate::time::iso;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1TimeRef;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey};
use openssl::x509::{X509NameRef, X509Ref};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Every PEM block of a text.
pub(super) fn inspect_pem(text: &str, expected: &Expected, report: &mut Report) {
    let text = text.replace("\\r", "\r").replace("\\n", "\n");
    let blocks = blocks(&text);
    let mut shown: Vec<_> = blocks
        .into_iter()
        .map(|block| inspect_block(block, expected, report))
        .collect();
    if shown.len() > 1 {
        report.layers.push(format!("{} PEM blocks", shown.len()));
    } else {
        report.layers.push("PEM".to_owned());
    }
    report.document = match shown.len() {
        1 => shown.remove(0),
        _ => Value::from(shown),
    };
}

fn inspect_block(pem: &str, expected: &Expected, report: &mut Report) -> Value {
    let label = pem["-----BEGIN ".len()..]
        .split("-----")
        .next()
        .unwrap_or_default();
    if label.contains("PRIVATE KEY") {
        return private_key(PrivateKey::from_pem(pem), report);
    }
    if label == "CERTIFICATE" {
        return match Certificate::from_pem(pem) {
            Ok(certificate) => inspect_certificate(&certificate, expected, report),
            Err(error) => unreadable(&error, report),
        };
    }
    match PublicKey::from_pem(pem) {
        Ok(key) => inspect_public_key(&key, report),
        Err(error) => unreadable(&error, report),
    }
}

fn unreadable(error: &PemError, report: &mut Report) -> Value {
    report.find(Code::PemUnreadable, "PEM", error.to_string());
    Value::Null
}

/// Every certificate of a PEM text, or the one in DER.
///
/// # Errors
/// Something else is in it, or nothing.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, PemError> {
    if let Some(certificate) = of_der(bytes) {
        return Ok(vec![certificate]);
    }
    let text = String::from_utf8_lossy(bytes)
        .replace("\\r", "\r")
        .replace("\\n", "\n");
    let blocks = blocks(&text);
    if blocks.is_empty() {
        return Certificate::from_pem(&text).map(|certificate| vec![certificate]);
    }
    blocks.into_iter().map(Certificate::from_pem).collect()
}

/// The PEM blocks of a text, each with what follows it.
fn blocks(text: &str) -> Vec<&str> {
    let mut starts: Vec<_> = text
        .match_indices("-----BEGIN ")
        .map(|(start, _)| start)
        .collect();
    starts.push(text.len());
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// A certificate or a key in DER.
pub(super) fn inspect_der(der: &[u8], expected: &Expected, report: &mut Report) {
    report.layers.push("DER".to_owned());
    report.document = if let Some(certificate) = of_der(der) {
        inspect_certificate(&certificate, expected, report)
    } else if let Ok(key) = PKey::private_key_from_der(der) {
        private_key(Ok(PrivateKey::from_pkey(key)), report)
    } else if let Ok(key) = PublicKey::from_pem(&pem("PUBLIC KEY", der)) {
        inspect_public_key(&key, report)
    } else {
        report.find(
            Code::NotRecognised,
            "input",
            "the input is DER, but neither a certificate nor a key; it may be cut off",
        );
        Value::Null
    };
}

fn private_key(key: Result<PrivateKey, PemError>, report: &mut Report) -> Value {
    // Beside a certificate the certificate is what the file is about.
    if report.kind == Kind::Unknown {
        report.kind = Kind::PrivateKey;
    }
    report.find(
        Code::PrivateKey,
        "input",
        "the input is a private key, which is not shown. Keep the key where only its owner can read it, and send the \
         certificate instead",
    );
    match key {
        Ok(key) => {
            let public = key.public_key();
            check_key(&public, "the private key", report);
            json!({"private_key": "not shown", "key": describe(&public), "public_key_sha256": public.fingerprint()})
        }
        Err(PemError::EncryptedKey) => {
            report.skip(CheckName::Keys, "the key is protected by a passphrase");
            json!({"private_key": "not shown", "protected": "by a passphrase"})
        }
        Err(error) => unreadable(&error, report),
    }
}

fn inspect_public_key(key: &PublicKey, report: &mut Report) -> Value {
    if report.kind == Kind::Unknown {
        report.kind = Kind::PublicKey;
    }
    check_key(key, "the public key", report);
    json!({"key": describe(key), "public_key_sha256": key.fingerprint()})
}

fn inspect_certificate(certificate: &Certificate, expected: &Expected, report: &mut Report) -> Value {
    report.kind = Kind::Certificate;
    let x509 = certificate.x509();
    let (from, to) = (moment(x509.not_before()), moment(x509.not_after()));
    match certificate.validity(expected.now) {
        Validity::Expired => {
            report.find(
                Code::CertificateExpired,
                "certificate",
                format!(
                    "the certificate expired: it was valid until {to}, now is {}; make a new certificate and roll it \
                     over",
                    iso(expected.now)
                ),
            );
            report.moot(CheckName::Validity, format!("until {to}"));
        }
        Validity::NotYet => {
            report.find(
                Code::CertificateNotYetValid,
                "certificate",
                format!(
                    "the certificate is not valid yet: it is valid from {from} on, now is {}; wait, or check the clock \
                     of the machine that made the certificate",
                    iso(expected.now)
                ),
            );
            report.moot(CheckName::Validity, format!("from {from} on"));
        }
        Validity::Valid => report.pass(CheckName::Validity, format!("from {from} until {to}")),
    }
    check_key(&certificate.public_key(), &named(certificate), report);
    let hash = signature_hash(x509);
    if hash.to_ascii_lowercase().contains("sha1") || hash.to_ascii_lowercase().contains("md5") {
        report.find(
            Code::CertificateSha1,
            "certificate",
            format!("the certificate is signed with {hash}; that matters only where its issuer is checked"),
        );
    }
    let is_self_signed = x509
        .issuer_name()
        .try_cmp(x509.subject_name())
        .is_ok_and(std::cmp::Ordering::is_eq)
        && x509
            .public_key()
            .is_ok_and(|key| x509.verify(&key).unwrap_or(false));
    json!({
        "subject": distinguished(x509.subject_name()),
        "issuer": distinguished(x509.issuer_name()),
        "self_signed": is_self_signed,
        "serial": serial(x509),
        "not_before": from,
        "not_after": to,
        "key": describe(&certificate.public_key()),
        "signature": hash,
        "sha1": fingerprint(x509, MessageDigest::sha1()),
        "sha256": fingerprint(x509, MessageDigest::sha256()),
        "public_key_sha256": certificate.public_key().fingerprint(),
    })
}

/// Length and exponent of a key, wherever it is.
pub(super) fn check_key(key: &PublicKey, whose: &str, report: &mut Report) {
    let pkey = key.pkey();
    let Some(rsa) = pkey.rsa().ok().filter(|_| pkey.id() == Id::RSA) else {
        return report.pass(CheckName::Keys, format!("{whose}: {}", describe(key)));
    };
    let before = report.findings.len();
    let bits = pkey.bits();
    if bits < 2048 {
        report.find(
            Code::KeyShort,
            whose,
            format!(
                "the RSA key has {bits} bits, at least 2048 are needed (NIST SP 800-131A); make a new pair"
            ),
        );
    } else if bits > 8192 {
        report.find(
            Code::KeyLong,
            whose,
            format!("the RSA key has {bits} bits; above 8192 verifiers give up or are kept busy"),
        );
    }
    let is = |number| BigNum::from_u32(number).is_ok_and(|number| *rsa.e() == number);
    if is(3) {
        report.find(
            Code::ExponentThree,
            whose,
            "the public exponent is 3: legal, but other mistakes do more harm with this exponent; use 65537",
        );
    } else if is(1) || !rsa.e().is_odd() {
        report.find(
            Code::Exponent,
            whose,
            "the public exponent is 1 or even, so this key protects nothing; make a new pair",
        );
    }
    if report.findings.len() == before {
        report.pass(CheckName::Keys, format!("{whose}: {}", describe(key)));
    }
}

/// How a certificate is called in a sentence.
pub(super) fn named(certificate: &Certificate) -> String {
    let x509 = certificate.x509();
    let name = common_name(x509).unwrap_or_else(|| distinguished(x509.subject_name()));
    let short: String = fingerprint(x509, MessageDigest::sha256())
        .chars()
        .take(16)
        .collect();
    format!("{name}, sha256:{short}...")
}

/// The certificate in an `X509Certificate` element.
pub(super) fn of_base64(text: &str) -> Option<Certificate> {
    let packed: String = text.split_ascii_whitespace().collect();
    of_der(&STANDARD.decode(packed).ok()?)
}

/// What kind of key it is.
pub(super) fn describe(key: &PublicKey) -> String {
    let pkey = key.pkey();
    match pkey.id() {
        Id::RSA => {
            let exponent = pkey.rsa().ok().and_then(|rsa| rsa.e().to_dec_str().ok());
            let exponent = exponent.map_or_else(String::new, |exponent| format!(", exponent {exponent}"));
            format!("RSA {} bits{exponent}", pkey.bits())
        }
        Id::EC => {
            let curve = pkey.ec_key().ok().and_then(|key| key.group().curve_name());
            let curve = curve
                .and_then(|nid| nid.short_name().ok())
                .unwrap_or("an unnamed curve");
            format!("EC on {curve}")
        }
        Id::ED25519 => "Ed25519".to_owned(),
        Id::DSA => format!("DSA {} bits", pkey.bits()),
        _ => "a key of another kind".to_owned(),
    }
}

fn of_der(der: &[u8]) -> Option<Certificate> {
    Certificate::from_pem(&pem("CERTIFICATE", der)).ok()
}

fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

fn common_name(x509: &X509Ref) -> Option<String> {
    let entry = x509.subject_name().entries_by_nid(Nid::COMMONNAME).next()?;
    entry.data().to_string().ok()
}

fn distinguished(name: &X509NameRef) -> String {
    let entries = name.entries().map(|entry| {
        let key = entry.object().nid().short_name().unwrap_or("?");
        let value = entry.data().to_string().unwrap_or_else(|_| "?".to_owned());
        format!("{key}={value}")
    });
    entries.collect::<Vec<_>>().join(", ")
}

fn serial(x509: &X509Ref) -> String {
    let number = x509
        .serial_number()
        .to_bn()
        .and_then(|number| number.to_hex_str());
    number.map_or_else(|_| String::new(), |number| number.to_ascii_lowercase())
}

fn signature_hash(x509: &X509Ref) -> String {
    let nid = x509.signature_algorithm().object().nid();
    nid.long_name().unwrap_or("an unnamed algorithm").to_owned()
}

fn fingerprint(x509: &X509Ref, digest: MessageDigest) -> String {
    let bytes = x509.digest(digest);
    bytes.map_or_else(
        |_| String::new(),
        |bytes| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        },
    )
}

fn moment(time: &Asn1TimeRef) -> String {
    time.to_string()
}
