//! The arguments of `api.samlResponse`: their types, their limits, and what is said of wrong ones.

use super::super::CallError;
use super::super::arguments::{Arguments, type_name};
use super::{SamlScalar, SamlSetting};
use crate::algorithm::Listed;
use crate::keys::{Certificate, PrivateKey, PublicKey};
use serde_json::Value;
use std::ops::RangeInclusive;

/// The setting that `samlResponse.<setter>` asks for.
pub(in crate::command) fn parse(setter: &str, arguments: &Arguments) -> Result<SamlSetting, CallError> {
    let text = |limit| {
        let text = arguments.bounded(0, limit)?;
        xml_text(text, arguments)?;
        Ok(text.to_owned())
    };
    let flag = || arguments.boolean(0);
    Ok(match setter {
        "setAttribute" => attribute(arguments)?,
        "setAudience" => SamlSetting::Audience(text(MAX_URL_BYTES)?),
        "setAuthnContextClassRef" => SamlSetting::AuthnContextClassRef(text(MAX_SHORT_BYTES)?),
        "setCert" => SamlSetting::Cert(certificate(arguments)?),
        "setCreateUpnClaim" => SamlSetting::CreateUpnClaim(flag()?),
        "setDestination" => SamlSetting::Destination(text(MAX_URL_BYTES)?),
        "setDigestAlgorithm" => SamlSetting::DigestAlgorithm(algorithm(arguments)?),
        "setEncryptionAlgorithm" => SamlSetting::EncryptionAlgorithm(algorithm(arguments)?),
        "setEncryptionCert" => SamlSetting::EncryptionCert(certificate(arguments)?),
        "setEncryptionPublicKey" => {
            let key = PublicKey::from_pem(pem(arguments)?);
            SamlSetting::EncryptionPublicKey(key.map_err(|error| arguments.refuse(error.to_string()))?)
        }
        "setIncludeAttributeNameFormat" => SamlSetting::IncludeAttributeNameFormat(flag()?),
        "setIssuer" => SamlSetting::Issuer(text(MAX_URL_BYTES)?),
        "setKey" => {
            let key = PrivateKey::from_pem(pem(arguments)?);
            SamlSetting::Key(key.map_err(|error| arguments.refuse(error.to_string()))?)
        }
        "setLifetimeInSeconds" => SamlSetting::LifetimeInSeconds(seconds(
            "lifetimeInSeconds",
            1.0..=MAX_LIFETIME_SECONDS,
            arguments,
        )?),
        "setMapIdentities" => SamlSetting::MapIdentities(flag()?),
        "setMapUnknownClaimsAsIs" => SamlSetting::MapUnknownClaimsAsIs(flag()?),
        "setNameIdentifierFormat" => SamlSetting::NameIdentifierFormat(text(MAX_SHORT_BYTES)?),
        "setNameIdentifierProbes" => SamlSetting::NameIdentifierProbes(probes(arguments)?),
        "setPassthroughClaimsWithNoMapping" => SamlSetting::PassthroughClaimsWithNoMapping(flag()?),
        "setRecipient" => SamlSetting::Recipient(text(MAX_URL_BYTES)?),
        "setRelayState" => SamlSetting::RelayState(arguments.bounded(0, MAX_RELAY_STATE_BYTES)?.to_owned()),
        "setSignResponse" => SamlSetting::SignResponse(flag()?),
        "setSignatureAlgorithm" => SamlSetting::SignatureAlgorithm(algorithm(arguments)?),
        "setSigningCert" => SamlSetting::SigningCert(certificate(arguments)?),
        "setTypedAttributes" => SamlSetting::TypedAttributes(flag()?),
        "setAttributeFriendlyName" => SamlSetting::AttributeFriendlyName {
            attribute: attribute_name(arguments)?.to_owned(),
            friendly_name: short_text(1, arguments)?,
        },
        "setAttributeType" => SamlSetting::AttributeType {
            attribute: attribute_name(arguments)?.to_owned(),
            kind: listed(1, arguments, "type", VALUE_TYPES)?,
        },
        "setAudiences" => SamlSetting::Audiences(audiences(arguments)?),
        "setKeyEncryptionAlgorithm" => SamlSetting::KeyEncryptionAlgorithm(algorithm(arguments)?),
        "setNameIdentifierSource" => {
            SamlSetting::NameIdentifierSource(listed(0, arguments, "source", "probes, pairwise, transient")?)
        }
        "setNameQualifier" => SamlSetting::NameQualifier(text(MAX_URL_BYTES)?),
        "setNotBeforeSkewSeconds" => SamlSetting::NotBeforeSkewSeconds(seconds(
            "notBeforeSkewSeconds",
            0.0..=MAX_SKEW_SECONDS,
            arguments,
        )?),
        "setSPNameQualifier" => SamlSetting::SpNameQualifier(text(MAX_URL_BYTES)?),
        "setSessionNotOnOrAfter" => SamlSetting::SessionNotOnOrAfter(seconds(
            "sessionNotOnOrAfter",
            1.0..=MAX_LIFETIME_SECONDS,
            arguments,
        )?),
        "setSignAssertion" => SamlSetting::SignAssertion(flag()?),
        _ => return Err(arguments.refuse("there is no such method")),
    })
}

fn attribute_name<'a>(arguments: &Arguments<'a>) -> Result<&'a str, CallError> {
    let name = arguments.filled(0)?;
    if name.len() > MAX_ATTRIBUTE_NAME_BYTES {
        return Err(arguments.refuse(format!(
            "attribute is {} bytes long, the limit is {MAX_ATTRIBUTE_NAME_BYTES} bytes",
            name.len()
        )));
    }
    xml_text(name, arguments)?;
    Ok(name)
}

fn short_text(index: usize, arguments: &Arguments) -> Result<String, CallError> {
    let text = arguments.bounded(index, MAX_SHORT_BYTES)?;
    xml_text(text, arguments)?;
    Ok(text.to_owned())
}

fn audiences(arguments: &Arguments) -> Result<Vec<String>, CallError> {
    let list = arguments.list(0)?;
    if list.is_empty() || list.len() > MAX_AUDIENCES {
        return Err(arguments.refuse(format!(
            "audiences must name 1 to {MAX_AUDIENCES} audiences, got {}",
            list.len()
        )));
    }
    list.iter()
        .map(|value| match value {
            Value::String(text) if !text.is_empty() && text.len() <= MAX_URL_BYTES => {
                xml_text(text, arguments)?;
                Ok(text.clone())
            }
            _ => Err(arguments.refuse(format!(
                "every audience must be a string of 1 to {MAX_URL_BYTES} bytes"
            ))),
        })
        .collect()
}

fn attribute(arguments: &Arguments) -> Result<SamlSetting, CallError> {
    let name = attribute_name(arguments)?;
    let values = match arguments.value(1) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|value| scalar(value, arguments))
            .collect::<Result<_, _>>()?,
        Some(value) => vec![scalar(value, arguments)?],
    };
    let bytes: usize = values.iter().map(|value| value.text().len()).sum();
    if bytes > MAX_ATTRIBUTE_VALUE_BYTES {
        return Err(arguments.refuse(format!(
            "the value of '{name}' is {bytes} bytes long, the limit is {MAX_ATTRIBUTE_VALUE_BYTES} bytes"
        )));
    }
    Ok(SamlSetting::Attribute {
        name: name.to_owned(),
        values,
    })
}

fn scalar(value: &Value, arguments: &Arguments) -> Result<SamlScalar, CallError> {
    match value {
        Value::Bool(flag) => Ok(SamlScalar::Boolean(*flag)),
        Value::Number(number) => Ok(SamlScalar::Number(number.as_f64().unwrap_or(f64::NAN))),
        Value::String(text) => {
            xml_text(text, arguments)?;
            Ok(SamlScalar::Text(text.clone()))
        }
        Value::Object(members) if members.get("$number") == Some(&Value::from("NaN")) => {
            Ok(SamlScalar::Number(f64::NAN))
        }
        _ => Err(arguments.refuse(format!(
            "value must be a string, a finite number, a boolean, null, or an array of strings, numbers and \
             booleans; got {}",
            type_name(value)
        ))),
    }
}

/// Characters that XML 1.0 cannot hold are refused where they are set (XML 1.0 section 2.2, Char).
fn xml_text(text: &str, arguments: &Arguments) -> Result<(), CallError> {
    match crate::xml::illegal_character(text) {
        None => Ok(()),
        Some(character) => Err(arguments.refuse(format!(
            "the text holds U+{:04X}, a character that XML cannot hold",
            u32::from(character)
        ))),
    }
}

fn algorithm<T: Listed>(arguments: &Arguments) -> Result<T, CallError> {
    let asked = arguments.text(0)?;
    T::from_action(asked).ok_or_else(|| {
        let known: Vec<_> = T::for_actions().map(T::setting_name).collect();
        arguments.refuse(format!(
            "unknown algorithm '{asked}'; known are {}",
            known.join(", ")
        ))
    })
}

fn listed<T: serde::de::DeserializeOwned>(
    index: usize,
    arguments: &Arguments,
    what: &str,
    known: &str,
) -> Result<T, CallError> {
    let asked = arguments.text(index)?;
    serde_json::from_value(Value::from(asked))
        .map_err(|_| arguments.refuse(format!("unknown {what} '{asked}'; known are {known}")))
}

fn seconds(name: &str, range: RangeInclusive<f64>, arguments: &Arguments) -> Result<u32, CallError> {
    let seconds = arguments.number(0)?;
    if seconds.fract() != 0.0 || !range.contains(&seconds) {
        return Err(arguments.refuse(format!(
            "{name} must be a whole number from {} to {}, got {seconds}",
            range.start(),
            range.end()
        )));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be within range"
    )]
    Ok(seconds as u32)
}

fn probes(arguments: &Arguments) -> Result<Vec<String>, CallError> {
    let list = arguments.list(0)?;
    // An empty list is a valid wish; it ends in the error that no NameID was found.
    if list.len() > MAX_PROBES {
        return Err(arguments.refuse(format!(
            "nameIdentifierProbes must name at most {MAX_PROBES} attributes, got {}",
            list.len()
        )));
    }
    let probe = |value: &Value| match value {
        Value::String(text) if text.len() <= MAX_SHORT_BYTES => Ok(text.clone()),
        Value::String(_) => Err(arguments.refuse(format!("a probe is longer than {MAX_SHORT_BYTES} bytes"))),
        _ => Err(arguments.refuse("every probe must be a string")),
    };
    list.iter().map(probe).collect()
}

fn pem<'a>(arguments: &Arguments<'a>) -> Result<&'a str, CallError> {
    arguments.bounded(0, MAX_PEM_BYTES)
}

fn certificate(arguments: &Arguments) -> Result<Certificate, CallError> {
    Certificate::from_pem(pem(arguments)?).map_err(|error| arguments.refuse(error.to_string()))
}

const MAX_URL_BYTES: usize = 2 * 1024;
const MAX_RELAY_STATE_BYTES: usize = 16 * 1024;
const MAX_SHORT_BYTES: usize = 512;
const MAX_ATTRIBUTE_NAME_BYTES: usize = 1024;
const MAX_ATTRIBUTE_VALUE_BYTES: usize = 2 * 1024;
const MAX_PROBES: usize = 10;
const MAX_PEM_BYTES: usize = 4 * 1024;
const MAX_LIFETIME_SECONDS: f64 = 10.0 * 365.0 * 86_400.0;
const MAX_SKEW_SECONDS: f64 = 86_400.0;
const MAX_AUDIENCES: usize = 10;
const VALUE_TYPES: &str = "xs:string, xs:boolean, xs:integer, xs:decimal, xs:double, xs:date, xs:dateTime, xs:anyURI, \
                           xs:base64Binary, xs:anyType";
