//! Tokens and key sets.

mod claims;
mod jwe;
mod signature;

use super::certificate;
use super::code::{CheckName, Code};
use super::expected::Expected;
use super::json::{self, JsonError};
use super::jwk::Jwk;
use super::report::{Kind, Report};
use crate::keys::Validity;
use crate::time::iso;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use signature::Signed;
use std::collections::HashSet;

/// A compact token, signed or encrypted.
pub(super) fn inspect(token: &str, expected: &Expected, report: &mut Report) {
    report.kind = Kind::Jwt;
    if token.contains(char::is_whitespace) {
        return report.give_up(
            Code::JwtMalformed,
            "token",
            "there is white space inside: the input is several tokens, or one token on several lines. Give one token \
             on one line",
        );
    }
    let parts: Vec<&str> = token.split('.').collect();
    let Some(header) = object(parts[0], "header", report) else {
        return;
    };
    report.document = json!({"header": header});
    check_header(&header, report);
    match parts[..] {
        [_, ref rest @ ..] if rest.len() == 4 => {
            if let Some(damaged) = rest.iter().position(|part| URL_SAFE_NO_PAD.decode(part).is_err()) {
                report.kind = Kind::Jwe;
                return report.give_up(
                    Code::JwtMalformed,
                    "token",
                    format!(
                        "part {} of 5 is not base64url without padding (RFC 7516 section 7.1)",
                        damaged + 2
                    ),
                );
            }
            let Some(inside) = jwe::open(token, &header, expected, report) else {
                return;
            };
            report.layers.push("JWE".to_owned());
            report.decrypted = Some(inside.clone());
            let parts: Vec<&str> = inside.split('.').collect();
            if parts.len() != 3 {
                return report.stays_closed("the decrypted content is not a signed token");
            }
            let Some(inner) = object(parts[0], "header", report) else {
                return;
            };
            check_header(&inner, report);
            inspect_signed(&inside, &inner, expected, report);
        }
        [_, _, _] => inspect_signed(token, &header, expected, report),
        _ => report.give_up(
            Code::JwtMalformed,
            "token",
            format!(
                "a signed token has 3 parts, an encrypted token has 5, this token has {}; it may be cut off",
                parts.len()
            ),
        ),
    }
}

fn inspect_signed(token: &str, header: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let Some((input, signature)) = token.rsplit_once('.') else {
        return;
    };
    let payload = input.split('.').nth(1).unwrap_or_default();
    let Some(claims) = object(payload, "payload", report) else {
        return;
    };
    report.kind = claims::kind(header, &claims);
    report.document = json!({"header": header, "claims": claims});
    if let Ok(value) = URL_SAFE_NO_PAD.decode(signature) {
        let signed = Signed {
            header,
            claims: &claims,
            input,
        };
        signature::check(&signed, &value, expected, report);
    } else {
        report.find(
            Code::JwtMalformed,
            "signature",
            "the signature is not base64url without padding (RFC 7515 section 2); it may be cut off",
        );
        report.moot(CheckName::Signature, "the signature is not base64url");
    }
    claims::check(header, &claims, expected, report);
}

/// A part of a token that is a JSON object.
fn object(part: &str, name: &'static str, report: &mut Report) -> Option<Map<String, Value>> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(part) else {
        report.give_up(
            Code::JwtMalformed,
            name,
            format!("the {name} is not base64url without padding (RFC 7515 section 2); it may be cut off"),
        );
        return None;
    };
    if let Value::Object(object) = strict(&bytes, name, report)? {
        return Some(object);
    }
    report.give_up(
        Code::JsonInvalid,
        name,
        format!("the {name} is JSON, but no object"),
    );
    None
}

fn strict(bytes: &[u8], name: &'static str, report: &mut Report) -> Option<Value> {
    match json::read(bytes) {
        Ok(value) => Some(value),
        Err(JsonError::Invalid(error)) => {
            report.give_up(
                Code::JsonInvalid,
                name,
                format!("the {name} is not JSON: {error}"),
            );
            None
        }
        Err(JsonError::Repeated(error)) => {
            report.give_up(
                Code::JsonRepeatedMember,
                name,
                format!("in the {name} {error}; readers disagree which one counts"),
            );
            None
        }
    }
}

fn check_header(header: &Map<String, Value>, report: &mut Report) {
    let before = report.findings.len();
    if let Some(crit) = header.get("crit") {
        report.find(
            Code::CritUnknown,
            "header crit",
            format!(
                "crit names extensions that must be understood and are not: {crit} (RFC 7515 section 4.1.11)"
            ),
        );
    }
    if header.get("b64").is_some_and(|encoded| *encoded != true) {
        report.find(
            Code::UnencodedPayload,
            "header b64",
            "b64 says that the payload is signed as it is and not as base64url, which a token must not say: readers \
             that know b64 take other bytes for signed than those that do not (RFC 7797 sections 6 and 7)",
        );
    }
    let embedded: Vec<_> = ["jku", "jwk", "x5c", "x5u"]
        .into_iter()
        .filter(|name| header.contains_key(*name))
        .collect();
    if !embedded.is_empty() {
        report.find(
            Code::EmbeddedKey,
            "header",
            format!(
                "the header brings a key of its own ({}), which is ignored: anybody can sign with a key of their own",
                embedded.join(", ")
            ),
        );
    }
    if report.findings.len() == before {
        let typ = header.get("typ").and_then(Value::as_str).unwrap_or("absent");
        report.pass(
            CheckName::Header,
            format!("typ {typ}, nothing that must be understood"),
        );
    }
}

/// JSON that is not a token: a key set, a single key, or something else.
pub(super) fn inspect_json(text: &str, expected: &Expected, report: &mut Report) {
    report.layers.push("JSON".to_owned());
    let Some(value) = strict(text.as_bytes(), "input", report) else {
        return;
    };
    let keys = match &value {
        Value::Object(object) if object.contains_key("kty") => vec![value.clone()],
        _ => match value.get("keys").and_then(Value::as_array) {
            Some(keys) => keys.clone(),
            None => {
                return report.give_up(
                    Code::NotRecognised,
                    "input",
                    "the input is JSON, but neither a key set (keys), a key (kty) nor the result of a login, and no \
                     member holds a SAML message (SAMLResponse, SAMLRequest, wresult) or a token (id_token, \
                     access_token, logout_token)",
                );
            }
        },
    };
    report.kind = Kind::Jwks;
    let before = report.findings.len();
    let mut seen = HashSet::new();
    for (number, key) in keys.iter().enumerate() {
        if report.is_full() {
            break;
        }
        let place = format!("keys[{number}]");
        let Some(object) = key.as_object() else {
            report.find(Code::JwkUnreadable, place, "the input is not an object");
            continue;
        };
        check_jwk(object, &place, expected, report);
        if let Some(kid) = object.get("kid").and_then(Value::as_str)
            && !seen.insert(kid)
        {
            report.find(
                Code::KidRepeated,
                &place,
                "another key has the same kid; which one verifies is not known (RFC 7517 section 4.5)",
            );
        }
    }
    if report.findings.len() == before {
        report.pass(CheckName::Keys, format!("{} keys, no id (kid) twice", keys.len()));
    }
    report.document = json!({"keys": keys.iter().map(without_secrets).collect::<Vec<_>>()});
}

fn check_jwk(object: &Map<String, Value>, place: &str, expected: &Expected, report: &mut Report) {
    if PRIVATE.iter().any(|name| object.contains_key(*name)) {
        report.find(
            Code::JwkPrivate,
            place,
            "the key is private or secret; publish the public members only, and make a new key if this key was \
             published",
        );
    }
    match Jwk::parse(object) {
        Ok(jwk) => {
            certificate::check_key(&jwk.key, place, report);
            let chain = object
                .get("x5c")
                .and_then(|chain| chain.get(0))
                .and_then(Value::as_str);
            let Some(certificate) = chain.map(certificate::of_base64) else {
                return;
            };
            match certificate {
                Some(certificate) if certificate.public_key().fingerprint() == jwk.key.fingerprint() => {
                    let name = certificate::named(&certificate);
                    match certificate.validity(expected.now) {
                        Validity::Valid => {}
                        Validity::Expired => report.find(
                            Code::SigningCertificateExpired,
                            place,
                            format!(
                                "the certificate {name} has expired: it was valid until {}, now is {}",
                                certificate.x509().not_after(),
                                iso(expected.now)
                            ),
                        ),
                        Validity::NotYet => report.find(
                            Code::SigningCertificateNotYetValid,
                            place,
                            format!(
                                "the certificate {name} is not valid yet: it is valid from {} on, now is {}",
                                certificate.x509().not_before(),
                                iso(expected.now)
                            ),
                        ),
                    }
                }
                _ => report.find(
                    Code::CertificateUnreadable,
                    place,
                    "x5c is not a certificate of this key (RFC 7517 section 4.7)",
                ),
            }
        }
        Err(error) => report.find(Code::JwkUnreadable, place, error.to_string()),
    }
}

/// The key without its private members.
fn without_secrets(key: &Value) -> Value {
    let mut key = key.clone();
    if let Some(object) = key.as_object_mut() {
        for name in PRIVATE {
            if let Some(value) = object.get_mut(name) {
                *value = Value::from("not shown");
            }
        }
    }
    key
}

/// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
