//! `redirect.sendUserTo`, and the session tokens of `encodeToken` and `validateToken` (semantics 2.8).

use super::Facts;
use super::arguments::Arguments;
use super::call_error::CallError;
use crate::json;
use crate::time::{Moment, later, numeric_date};
use crate::web_url::{UrlFault, UrlUse, shown_url, web_url};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde_json::{Map, Value, json};
use url::Url;

const MAX_URL_BYTES: usize = 8 * 1024;
const DEFAULT_EXPIRY_SECONDS: i64 = 900;
const MAX_EXPIRY_SECONDS: f64 = 10.0 * 365.25 * 86_400.0;
const FUTURE_IAT_TOLERANCE: TimeDelta = TimeDelta::seconds(60);
/// HS256 needs a key as long as its hash (RFC 7518 section 3.2, RFC 8725 section 3.5).
pub(super) const MIN_SECRET_BYTES: usize = 32;

/// A URL that a user may be sent to; anything else is refused.
pub(super) fn redirect_url(text: &str, name: &str, arguments: &Arguments) -> Result<Url, CallError> {
    web_url(text, UrlUse::Redirect).map_err(|fault| {
        let shown = shown_url(text);
        arguments.refuse(match fault {
            UrlFault::Empty(_) | UrlFault::NotAbsolute(_) | UrlFault::Scheme { .. } => {
                format!("{name} must be an absolute http or https URL, got {shown}")
            }
            fault => format!("{name} {fault}, got {shown}"),
        })
    })
}

/// `sendUserTo(url, {query?})`: the URL with the query merged in, without `state`. A member that is null is sent
/// without a value.
pub(super) fn destination(arguments: &Arguments) -> Result<String, CallError> {
    let text = arguments.text(0)?;
    too_long(text.len(), arguments)?;
    let mut url = redirect_url(text, "url", arguments)?;
    let options = arguments.options(1)?;
    if let Some(query) = options.object("query")? {
        let added = query.iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name.as_str(), text.clone())),
            Value::Number(number) => Ok((name.as_str(), number.to_string())),
            Value::Bool(flag) => Ok((name.as_str(), flag.to_string())),
            Value::Null => Ok((name.as_str(), String::new())),
            _ => Err(arguments.refuse(format!(
                "options.query.{name} must be a string, a number, a boolean or null"
            ))),
        });
        let added = added.collect::<Result<Vec<_>, _>>()?;
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .into_owned()
            .filter(|(name, _)| !query.contains_key(name))
            .collect();
        if kept.len() == url.query_pairs().count() {
            // nothing is replaced: the URL's own query stays as it was written
            if !added.is_empty() {
                url.query_pairs_mut().extend_pairs(added);
            }
        } else {
            url.query_pairs_mut()
                .clear()
                .extend_pairs(kept)
                .extend_pairs(added);
        }
    }
    too_long(url.as_str().len(), arguments)?;
    Ok(url.into())
}

fn too_long(bytes: usize, arguments: &Arguments) -> Result<(), CallError> {
    if bytes > MAX_URL_BYTES {
        return Err(arguments.refuse(format!(
            "the URL is {bytes} bytes long, the limit is {MAX_URL_BYTES} bytes"
        )));
    }
    Ok(())
}

/// `encodeToken({secret, payload, expiresInSeconds?})`: a compact JWT, HS256. The payload may name another issuer;
/// its values for the other standard claims are not issued ([`replaced_claim`]).
pub(super) fn encode_token(arguments: &Arguments, facts: &Facts, now: Moment) -> Result<String, CallError> {
    arguments.object(0)?;
    let options = arguments.options(0)?;
    let secret = match options.text("secret")? {
        Some(secret) if !secret.is_empty() => secret,
        _ => return Err(arguments.refuse("options.secret must be a non-empty string")),
    };
    let Some(payload) = options.object("payload")? else {
        return Err(arguments.refuse("options.payload is missing; give an object, which may be empty ({})"));
    };
    let lifetime = match options.number("expiresInSeconds")? {
        None => DEFAULT_EXPIRY_SECONDS,
        Some(seconds) if (1.0..=MAX_EXPIRY_SECONDS).contains(&seconds) && seconds.fract() == 0.0 => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be a whole number within range"
            )]
            let seconds = seconds as i64;
            seconds
        }
        Some(_) => {
            return Err(
                arguments.refuse("options.expiresInSeconds must be a whole number of seconds, at least 1")
            );
        }
    };
    let mut claims = standard(lifetime, facts, now);
    for (name, value) in payload {
        if name == "iss" || !claims.contains_key(name) {
            claims.insert(name.clone(), value.clone());
        }
    }
    Ok(sign(secret, &Value::Object(claims)))
}

/// The claims of every session token.
fn standard(lifetime: i64, facts: &Facts, now: Moment) -> Map<String, Value> {
    let issued_at = now.timestamp();
    Map::from_iter([
        ("iat".to_owned(), json!(issued_at)),
        ("iss".to_owned(), json!(facts.hostname)),
        ("sub".to_owned(), json!(facts.user_id)),
        ("exp".to_owned(), json!(issued_at + lifetime)),
        ("ip".to_owned(), json!(facts.ip)),
    ])
}

/// The first claim of `options.payload` that is not issued, because every session token has another value for it.
pub(super) fn replaced_claim(options: &Value, facts: &Facts, now: Moment) -> Option<String> {
    let payload = options.get("payload")?.as_object()?;
    let lifetime = options.get("expiresInSeconds").and_then(Value::as_i64);
    let mut standard = standard(lifetime.unwrap_or(DEFAULT_EXPIRY_SECONDS), facts, now);
    standard.shift_remove("iss");
    let mut replaced = standard
        .into_iter()
        .filter(|(name, value)| payload.get(name).is_some_and(|given| given != value));
    replaced.next().map(|(name, _)| name)
}

/// The session token of a redirect, or of the site that sends the user back: a compact HS256 JWT with the header of
/// the platform's own tokens (semantics 2.8).
pub fn sign(secret: &str, claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(hmac(secret, &signed));
    format!("{signed}.{signature}")
}

/// Whether a call makes or checks a token with a secret that is too short for HS256.
pub(crate) fn is_weak(method: &str, args: &[Value]) -> bool {
    let makes_or_checks = matches!(method, "redirect.encodeToken" | "redirect.validateToken");
    let secret = args.first().and_then(|options| options.get("secret")?.as_str());
    makes_or_checks && secret.is_some_and(|secret| (1..MIN_SECRET_BYTES).contains(&secret.len()))
}

fn hmac(secret: &str, text: &str) -> Vec<u8> {
    PKey::hmac(secret.as_bytes())
        .and_then(|key| Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(text.as_bytes()))
        .expect("HMAC-SHA256 with a non-empty key cannot fail")
}

/// `validateToken({secret, tokenParameterName?})`: the payload of the token that came back.
pub(super) fn validate_token(arguments: &Arguments, facts: &Facts, now: Moment) -> Result<Value, CallError> {
    arguments.object(0)?;
    let options = arguments.options(0)?;
    let secret = match options.text("secret")? {
        Some(secret) if !secret.is_empty() => secret,
        _ => return Err(arguments.refuse("options.secret must be a non-empty string")),
    };
    let name = options.text("tokenParameterName")?.unwrap_or("session_token");
    let token = match facts.body.get(name).or_else(|| facts.query.get(name)) {
        Some(Value::String(token)) if !token.is_empty() => token,
        Some(Value::Array(_)) => {
            return Err(arguments.refuse(format!("the parameter '{name}' was sent more than once")));
        }
        _ => {
            return Err(arguments.refuse(format!(
                "the request has no parameter '{name}' with a session token"
            )));
        }
    };
    let invalid = |reason: &str| arguments.refuse(format!("The session token is invalid: {reason}"));
    let claims = verified_claims(secret, token).map_err(|reason| invalid(&reason))?;
    standard_claims(&claims, facts, now).map_err(|reason| invalid(&reason))?;
    let state = facts.state.as_deref();
    if state.is_none() || claims.get("state").and_then(Value::as_str) != state {
        return Err(invalid("state in the token does not match the /continue state"));
    }
    Ok(Value::Object(claims))
}

/// The members of one part of a token; a part with two members of one name is refused.
fn object(part: &str, name: &str) -> Result<Map<String, Value>, String> {
    let malformed = || format!("malformed {name}");
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed())?;
    let object = serde_json::from_slice::<Map<String, Value>>(&bytes).map_err(|_| malformed())?;
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed())?;
    json::unambiguous(text).map_err(|error| format!("ambiguous {name}: {error}"))?;
    Ok(object)
}

fn verified_claims(secret: &str, token: &str) -> Result<Map<String, Value>, String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err("malformed, a compact JWT has three parts".to_owned());
    };
    let header_members = object(header, "header")?;
    if header_members.get("alg").and_then(Value::as_str) != Some("HS256")
        || header_members.contains_key("crit")
    {
        return Err("algorithm not allowed, only HS256 is".to_owned());
    }
    let given = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| "signature malformed")?;
    let wanted = hmac(secret, &format!("{header}.{payload}"));
    if given.len() != wanted.len() || !openssl::memcmp::eq(&given, &wanted) {
        return Err("signature verification failed".to_owned());
    }
    object(payload, "payload")
}

fn standard_claims(claims: &Map<String, Value>, facts: &Facts, now: Moment) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("missing or invalid standard claims: {what}"));
    let mut times = [None; 3];
    for (name, time) in ["iat", "exp", "nbf"].into_iter().zip(&mut times) {
        if let Some(value) = claims.get(name) {
            match numeric_date(value) {
                Ok(moment) => *time = Some(moment),
                Err(why) => return wrong(&format!("{name} must be a number of seconds since 1970: {why}")),
            }
        }
    }
    let [Some(issued_at), Some(expires), _] = times else {
        return Err("missing or invalid standard claims".to_owned());
    };
    if issued_at > later(now, FUTURE_IAT_TOLERANCE) {
        return wrong("iat is in the future");
    }
    if expires <= now {
        return Err("expired".to_owned());
    }
    if claims.get("sub").and_then(Value::as_str) != Some(&facts.user_id) {
        return wrong("sub is not this user");
    }
    match claims.get("iss").and_then(Value::as_str) {
        Some(issuer) if !issuer.is_empty() => Ok(()),
        _ => wrong("iss is missing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::at_ms;

    /// Why a token with these members and a good signature is refused.
    fn refused(header: &str, payload: &str) -> Option<String> {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac("secret", &signed)));
        let facts = Facts {
            user_id: "ada".to_owned(),
            ..Facts::default()
        };
        let claims = verified_claims("secret", &token);
        let judged = claims.and_then(|claims| standard_claims(&claims, &facts, at_ms(1_764_064_800_000)));
        judged.err()
    }

    const HEADER: &str = r#"{"alg":"HS256"}"#;

    #[test]
    fn a_member_that_is_there_twice_is_refused_wherever_it_is() {
        let good = r#"{"iss":"i","sub":"ada","iat":1764064800,"exp":1764064900.5}"#;
        assert_eq!(refused(HEADER, good), None);
        for (header, payload, said) in [
            (
                r#"{"alg":"HS256","alg":"HS256"}"#,
                good,
                "ambiguous header: the member \"alg\" is given twice",
            ),
            (
                HEADER,
                r#"{"iss":"i","sub":"eve","sub":"ada","iat":1764064800,"exp":1764064900}"#,
                "ambiguous payload: the member \"sub\" is given twice",
            ),
            (
                HEADER,
                r#"{"iss":"i","sub":"ada","iat":1764064800,"exp":1764064900,"a":[{"b":1,"b":1}]}"#,
                "ambiguous payload: the member \"b\" is given twice",
            ),
        ] {
            let refused = refused(header, payload).unwrap();
            assert!(refused.starts_with(said), "{refused}");
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused_with_its_name() {
        for (name, value) in [
            ("exp", "1e20"),
            ("exp", "253402300800"),
            ("exp", "\"1764064900\""),
            ("iat", "-1"),
            ("iat", "[]"),
            ("nbf", "-1e20"),
        ] {
            let others = ["iat", "exp"].into_iter().filter(|other| *other != name);
            let others: Vec<_> = others.map(|other| format!("\"{other}\":1764064800,")).collect();
            let others = others.concat();
            let payload = format!(r#"{{"iss":"i","sub":"ada",{others}"{name}":{value}}}"#);
            let refused = refused(HEADER, &payload).unwrap();
            let said = format!(
                "missing or invalid standard claims: {name} must be a number of seconds since 1970: "
            );
            assert!(refused.starts_with(&said), "{name} {value}: {refused}");
        }
    }
}
