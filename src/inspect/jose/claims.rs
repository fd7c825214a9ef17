//! The claims of a token: ID token (OIDC Core 2), access token (RFC 9068), logout token (OIDC
//! Back-Channel Logout 2.4).

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::instant::{SKEW, words};
use super::super::report::{Kind, Report};
use crate::time::iso;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What kind of token it is, by its type and what it holds.
pub(super) fn kind(header: &Map<String, Value>, claims: &Map<String, Value>) -> Kind {
    let typ = header
        .get("typ")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let has = |name: &str| claims.contains_key(name);
    if typ.ends_with("logout+jwt")
        || claims
            .get("events")
            .and_then(|events| events.get(LOGOUT_EVENT))
            .is_some()
    {
        return Kind::LogoutToken;
    }
    if typ.ends_with("at+jwt") || has("scope") || has("permissions") || has("gty") {
        return Kind::AccessToken;
    }
    // An issuer's token for a client: what is not told apart by a type is told by its audience.
    let one_audience = claims.get("aud").is_some_and(Value::is_string);
    if ["nonce", "at_hash", "c_hash", "auth_time", "sid"]
        .iter()
        .any(|name| has(name))
        || (one_audience && has("sub") && has("iat") && has("exp") && !has("azp") && !has("client_id"))
    {
        return Kind::IdToken;
    }
    if has("client_id") || has("azp") {
        return Kind::AccessToken;
    }
    Kind::Jwt
}

pub(super) fn check(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let before = report.findings.len();
    check_presence(claims, report);
    let times = [
        time(claims, "exp", report),
        time(claims, "nbf", report),
        time(claims, "iat", report),
    ];
    check_times(times, expected, report);
    check_issuer(claims, expected, report);
    check_audience(claims, expected, report);
    match report.kind {
        Kind::IdToken => check_id_token(claims, expected, report),
        Kind::LogoutToken => check_logout_token(claims, report),
        _ => {}
    }
    let is_new = |code: Code| {
        report.findings[before..]
            .iter()
            .any(|finding| finding.code == code)
    };
    if !is_new(Code::ClaimMissing) && !is_new(Code::ClaimType) {
        report.pass(
            CheckName::Claims,
            "those that a token of this kind must have are there",
        );
    }
}

fn check_presence(claims: &Map<String, Value>, report: &mut Report) {
    let required: &[&str] = match report.kind {
        Kind::IdToken => &["iss", "sub", "aud", "exp", "iat"],
        Kind::AccessToken => &["iss", "aud", "exp"],
        Kind::LogoutToken => &["iss", "aud", "iat", "jti", "events"],
        _ => &[],
    };
    let missing: Vec<_> = required
        .iter()
        .filter(|name| !claims.contains_key(**name))
        .copied()
        .collect();
    if !missing.is_empty() {
        report.find(
            Code::ClaimMissing,
            "payload",
            format!(
                "claims that a token of this kind must have are missing: {}",
                missing.join(", ")
            ),
        );
    }
}

fn time(claims: &Map<String, Value>, name: &'static str, report: &mut Report) -> Option<DateTime<Utc>> {
    let value = claims.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "fractions of a second do not count"
    )]
    let time = value
        .as_f64()
        .and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
    if time.is_none() {
        report.find(
            Code::ClaimType,
            format!("payload {name}"),
            format!("{name} must be a number of seconds since 1970 (RFC 7519 section 2)"),
        );
    }
    time
}

fn check_times([exp, nbf, iat]: [Option<DateTime<Utc>>; 3], expected: &Expected, report: &mut Report) {
    let now = expected.now;
    if let Some(exp) = exp.filter(|exp| now >= *exp + SKEW) {
        return report.find(
            Code::Expired,
            "payload exp",
            format!(
                "expired {} ago: exp is {}, now is {}",
                words(now - exp),
                iso(exp),
                iso(now)
            ),
        );
    }
    if let Some(nbf) = nbf.filter(|nbf| now < *nbf - SKEW) {
        return report.find(
            Code::NotYetValid,
            "payload nbf",
            format!(
                "not valid for another {}: nbf is {}, now is {}",
                words(nbf - now),
                iso(nbf),
                iso(now)
            ),
        );
    }
    if let Some(iat) = iat.filter(|iat| now < *iat - SKEW) {
        return report.find(
            Code::IssuedInFuture,
            "payload iat",
            format!("issued {} ahead of now; the clocks differ", words(iat - now)),
        );
    }
    match exp {
        Some(exp) => report.pass(CheckName::Validity, format!("until {}", iso(exp))),
        None => report.skip(CheckName::Validity, "there is no exp"),
    }
}

fn check_issuer(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let Some(found) = claims.get("iss").and_then(Value::as_str) else {
        return;
    };
    match expected.token_issuer.as_deref() {
        None => report.skip(
            CheckName::Issuer,
            format!("says {found}; no issuer was given to compare with"),
        ),
        Some(wanted) if wanted == found => report.pass(CheckName::Issuer, found),
        Some(wanted) => report.find(
            Code::IssuerOther,
            "payload iss",
            format!("iss is {found}, expected was {wanted}; the slash at the end counts"),
        ),
    }
}

fn check_audience(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let found = audiences.join(", ");
    let client_id = match report.kind {
        Kind::IdToken | Kind::LogoutToken => expected.client_id.as_deref(),
        _ => None,
    };
    match expected.audience.as_deref().or(client_id) {
        None => report.skip(
            CheckName::Audience,
            format!("for {found}; no audience was given to compare with"),
        ),
        Some(wanted) if audiences.contains(&wanted) => report.pass(CheckName::Audience, wanted),
        Some(wanted) => report.find(
            Code::AudienceOther,
            "payload aud",
            format!("the token is for {found}, expected was {wanted}"),
        ),
    }
    if report.kind == Kind::IdToken && audiences.len() > 1 && !claims.contains_key("azp") {
        report.find(
            Code::AzpMissing,
            "payload azp",
            "the token has several audiences and no azp, so it does not say who asked for it (OIDC Core 2)",
        );
    }
}

fn check_id_token(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let Some(wanted) = expected.nonce.as_deref() else {
        return;
    };
    if claims.get("nonce").and_then(Value::as_str) == Some(wanted) {
        return report.pass(CheckName::Claims, "the nonce is that of the request");
    }
    report.find(
        Code::NonceOther,
        "payload nonce",
        "the nonce is missing or not that of the request: the token was made for another login (OIDC Core 3.1.3.7)",
    );
}

fn check_logout_token(claims: &Map<String, Value>, report: &mut Report) {
    if claims.contains_key("nonce") {
        report.find(
            Code::LogoutNonce,
            "payload nonce",
            "a logout token must have no nonce, so that it can be taken for no ID token (Back-Channel Logout 2.4)",
        );
    }
    if !claims.contains_key("sub") && !claims.contains_key("sid") {
        report.find(
            Code::ClaimMissing,
            "payload",
            "a logout token must have sub or sid, or nobody is logged out (Back-Channel Logout 2.4)",
        );
    }
    let event = claims.get("events").and_then(|events| events.get(LOGOUT_EVENT));
    if claims.contains_key("events") && !event.is_some_and(Value::is_object) {
        report.find(
            Code::LogoutEvents,
            "payload events",
            format!("events must hold the member {LOGOUT_EVENT} with an object (Back-Channel Logout 2.4)"),
        );
    }
}
