//! How many signed responses a second the crate samael makes: `samael-rate RESPONSE KEY CERT SECONDS XML`
//!
//! Prints one line of JSON and writes one response to XML. samael's own way signs the response; here its
//! template is moved to the assertion, so that it does what the others do.

use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use openssl::x509::X509;
use samael::attribute::{Attribute, AttributeValue};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider};
use samael::idp::response_builder::build_response_template;
use samael::signature::Signature;
use samael::traits::ToXml;
use serde::Deserialize;
use std::error::Error;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Deserialize)]
struct Wanted {
    issuer: String,
    audience: String,
    acs_url: String,
    request_id: String,
    name_id: String,
    attributes: serde_json::Map<String, serde_json::Value>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [response, key, cert, seconds, xml] = arguments.as_slice() else {
        return Err("usage: samael-rate RESPONSE KEY CERT SECONDS XML".into());
    };
    let wanted: Wanted = serde_json::from_slice(&std::fs::read(response)?)?;
    let key = PKey::private_key_from_pem(&std::fs::read(key)?)?;
    let key_der = key.rsa()?.private_key_to_der()?;
    let certificate = CertificateDer::from(X509::from_pem(&std::fs::read(cert)?)?.to_der()?);

    let mut once = || issue(&wanted, &key_der, &certificate);
    let made = once()?;
    std::fs::write(xml, &made)?;
    let (per_second, bare_per_second) = rates(&mut once, &mut || bare(&key), seconds.parse()?)?;
    println!(
        "{}",
        serde_json::json!({
            "per_second": per_second, "bare_per_second": bare_per_second, "bytes": made.len(),
        })
    );
    Ok(())
}

fn issue(wanted: &Wanted, key_der: &[u8], certificate: &CertificateDer) -> Result<String> {
    let mut response = build_response_template(
        certificate,
        &wanted.name_id,
        &wanted.audience,
        &wanted.issuer,
        &wanted.acs_url,
        &wanted.request_id,
        &[],
    );
    response.signature = None;
    let assertion = response
        .assertion
        .as_mut()
        .ok_or("the template has no assertion")?;
    assertion.signature = Some(Signature::template(&assertion.id, certificate));
    let statements = assertion
        .attribute_statements
        .as_mut()
        .ok_or("the template has no attributes")?;
    statements[0].attributes = wanted.attributes.iter().map(attribute).collect();
    Ok(Crypto::sign_xml(response.to_string()?.as_str(), key_der)?)
}

fn attribute((name, values): (&String, &serde_json::Value)) -> Attribute {
    Attribute {
        friendly_name: None,
        name: Some(name.clone()),
        name_format: Some("urn:oasis:names:tc:SAML:2.0:attrname-format:basic".to_owned()),
        values: values
            .as_array()
            .into_iter()
            .flatten()
            .map(|value| AttributeValue {
                attribute_type: Some("xs:string".to_owned()),
                value: value.as_str().map(str::to_owned),
            })
            .collect(),
    }
}

fn bare(key: &PKey<Private>) -> Result<String> {
    let mut signer = Signer::new(MessageDigest::sha256(), key)?;
    signer.update(&[0; 512])?;
    signer.sign_to_vec()?;
    Ok(String::new())
}

/// Calls in turns of a fifth of a second with the bare signature; both in calls a CPU second.
fn rates<'a>(
    once: &'a mut dyn FnMut() -> Result<String>,
    bare: &'a mut dyn FnMut() -> Result<String>,
    seconds: f64,
) -> Result<(f64, f64)> {
    let mut tallies = [(once, 0_u32, Duration::ZERO), (bare, 0, Duration::ZERO)];
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        for (call, count, used) in &mut tallies {
            let (turn, before) = (Instant::now() + Duration::from_millis(200), cpu()?);
            while Instant::now() < turn {
                call()?;
                *count += 1;
            }
            *used += cpu()? - before;
        }
    }
    let [first, second] = tallies.map(|(_, count, used)| f64::from(count) / used.as_secs_f64());
    Ok((first, second))
}

fn cpu() -> Result<Duration> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec that outlives the call, which only writes to it.
    if unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) } != 0 {
        return Err("there is no clock for CPU time".into());
    }
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}
