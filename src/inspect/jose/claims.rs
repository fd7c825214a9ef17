//! The claims of a token: ID token (OIDC Core 2), access token (RFC 9068), logout token (OIDC
//! Back-Channel Logout 2.4).

use super::super::asked::{Ask, is_asked};
use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::instant::words;
use super::super::report::{Kind, Report};
use crate::time::{CLOCK_SKEW, Moment, iso, numeric_date};
use serde_json::{Map, Value};

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What kind of token it is, by its type and what it holds.
pub(super) fn kind(header: &Map<String, Value>, claims: &Map<String, Value>) -> Kind {
    let has = |name: &str| claims.contains_key(name);
    match typ(header) {
        Type::Named(typ) if typ == "logout+jwt" => return Kind::LogoutToken,
        Type::Named(typ) if typ == "at+jwt" => return Kind::AccessToken,
        // A token says by its type that it is nothing else (RFC 8725 section 3.11).
        Type::Named(_) => return Kind::Jwt,
        Type::Any => {}
    }
    let events = claims.get("events");
    if events.and_then(|events| events.get(LOGOUT_EVENT)).is_some() {
        return Kind::LogoutToken;
    }
    if has("scope") || has("permissions") || has("gty") {
        return Kind::AccessToken;
    }
    // An issuer's token for a client: where no type names the kind of token, the audience does.
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

/// What `typ` says (RFC 7515 section 4.1.9).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Type {
    /// Nothing but that it is a token.
    Any,
    /// One kind and no other, in lower case and without `application/`.
    Named(String),
}

fn typ(header: &Map<String, Value>) -> Type {
    let typ = match header.get("typ") {
        None => return Type::Any,
        Some(Value::String(typ)) => typ.to_ascii_lowercase(),
        Some(other) => return Type::Named(other.to_string()),
    };
    match typ.strip_prefix("application/").unwrap_or(&typ) {
        "jose" | "jwt" => Type::Any,
        typ => Type::Named(typ.to_owned()),
    }
}

pub(super) fn check(
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    expected: &Expected,
    report: &mut Report,
) {
    let before = report.findings.len();
    check_presence(claims, expected, report);
    let times = ["exp", "nbf", "iat"].map(|name| time(claims, name, report));
    time(claims, "auth_time", report);
    check_texts(claims, report);
    check_times(times, expected, report);
    check_issuer(claims, expected, report);
    check_audience(claims, expected, report);
    check_client(claims, expected, report);
    check_nonce(header, claims, expected, report);
    if report.kind == Kind::LogoutToken {
        check_logout_token(claims, report);
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

/// What a token of this kind must have, and what was asked for.
fn check_presence(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let kind = report.kind;
    let required: &[&str] = match kind {
        Kind::IdToken => &["iss", "sub", "aud", "exp", "iat"],
        Kind::AccessToken => &["iss", "aud", "exp"],
        Kind::LogoutToken => &["iss", "aud", "iat", "jti", "events"],
        _ => &[],
    };
    let asked = [
        ("iss", is_asked(Ask::Issuer, expected, kind)),
        ("aud", audience(expected, kind).is_some()),
        ("exp", is_asked(Ask::Moment, expected, kind)),
    ];
    let asked = asked.into_iter().filter(|(_, is_asked)| *is_asked);
    let asked = asked
        .map(|(name, _)| name)
        .filter(|name| !required.contains(name));
    let missing = |name: &&str| !claims.contains_key(*name);
    let required: Vec<_> = required.iter().copied().filter(missing).collect();
    let asked: Vec<_> = asked.filter(missing).collect();
    for (names, why) in [
        (required, "that a token of this kind must have"),
        (asked, "that were asked for"),
    ] {
        if !names.is_empty() {
            report.find(
                Code::ClaimMissing,
                "payload",
                format!("claims {why} are missing: {}", names.join(", ")),
            );
        }
    }
}

/// A moment among the claims.
#[derive(Clone, Copy, Debug)]
enum Claimed {
    Absent,
    At(Moment),
    Unreadable,
}

impl Claimed {
    fn at(self) -> Option<Moment> {
        match self {
            Self::At(time) => Some(time),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

fn time(claims: &Map<String, Value>, name: &'static str, report: &mut Report) -> Claimed {
    let Some(value) = claims.get(name) else {
        return Claimed::Absent;
    };
    match numeric_date(value) {
        Ok(time) => Claimed::At(time),
        Err(why) => {
            report.find(
                Code::ClaimType,
                format!("payload {name}"),
                format!("{name} must be a number of seconds since 1970 (RFC 7519 section 2): {why}"),
            );
            Claimed::Unreadable
        }
    }
}

fn wrong_type(name: &'static str, right: &str, report: &mut Report) {
    report.find(
        Code::ClaimType,
        format!("payload {name}"),
        format!("{name} must be {right}"),
    );
}

/// Claims that readers compare as a text: some readers accept a number or a list there, and others refuse it.
/// `iss`, `aud` and `nonce` are checked where they are compared.
fn check_texts(claims: &Map<String, Value>, report: &mut Report) {
    for name in TEXTS {
        if claims.get(name).is_some_and(|value| !value.is_string()) {
            wrong_type(name, "a text (RFC 7519 section 4.1, OIDC Core 2)", report);
        }
    }
}

const TEXTS: [&str; 8] = [
    "acr",
    "at_hash",
    "azp",
    "c_hash",
    "client_id",
    "jti",
    "sid",
    "sub",
];

fn check_times([exp, nbf, iat]: [Claimed; 3], expected: &Expected, report: &mut Report) {
    let now = expected.now;
    if let Some(iat) = iat.at().filter(|iat| now < *iat - CLOCK_SKEW) {
        report.find(
            Code::IssuedInFuture,
            "payload iat",
            format!(
                "issued {} ahead of now: iat is {}, now is {}; check the clocks of issuer and receiver",
                words(iat - now),
                iso(iat),
                iso(now)
            ),
        );
    }
    if let Some(exp) = exp.at().filter(|exp| now >= *exp + CLOCK_SKEW) {
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
    if let Some(nbf) = nbf.at().filter(|nbf| now < *nbf - CLOCK_SKEW) {
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
    match (exp, nbf) {
        (Claimed::Unreadable, _) | (_, Claimed::Unreadable) => {
            report.moot(CheckName::Validity, "exp or nbf is not a time");
        }
        (Claimed::At(exp), _) => report.pass(CheckName::Validity, format!("until {}", iso(exp))),
        // A claim that was asked for and is missing was reported.
        (Claimed::Absent, _) => report.moot(CheckName::Validity, "there is no exp"),
    }
}

fn check_issuer(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let found = match claims.get("iss") {
        None => return report.moot(CheckName::Issuer, "there is no iss"),
        Some(Value::String(found)) => found,
        Some(_) => {
            wrong_type("iss", "a text (RFC 7519 section 4.1.1)", report);
            return report.moot(CheckName::Issuer, "iss is not a text");
        }
    };
    match expected.token_issuer.text() {
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

/// The audience that a token of this kind must have.
fn audience(expected: &Expected, kind: Kind) -> Option<&str> {
    let client_id = match kind {
        Kind::AccessToken => None,
        _ => expected.client_id.text(),
    };
    expected.audience.asked().map(String::as_str).or(client_id)
}

fn check_audience(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let audiences: Option<Vec<&str>> = match claims.get("aud") {
        None => return report.moot(CheckName::Audience, "there is no aud"),
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(list)) => list.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    let Some(audiences) = audiences else {
        wrong_type(
            "aud",
            "a text or an array of texts (RFC 7519 section 4.1.3)",
            report,
        );
        return report.moot(CheckName::Audience, "aud is neither a text nor an array of texts");
    };
    let found = match audiences[..] {
        [] => "nobody (aud is empty)".to_owned(),
        _ => audiences.join(", "),
    };
    match audience(expected, report.kind) {
        None => report.skip(
            CheckName::Audience,
            format!("for {found}; no audience was given to compare with"),
        ),
        Some(wanted) if audiences.contains(&wanted) => check_authorized(wanted, claims, report),
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

/// An ID token that is for the client and for others says whom it was issued to (OIDC Core 3.1.3.7). Of other tokens
/// the audience is no client.
fn check_authorized(client: &str, claims: &Map<String, Value>, report: &mut Report) {
    let other = claims
        .get("azp")
        .filter(|azp| report.kind == Kind::IdToken && azp.as_str() != Some(client));
    match other {
        None => report.pass(CheckName::Audience, client),
        Some(azp) => report.find(
            Code::AzpOther,
            "payload azp",
            format!(
                "azp is {azp}, expected was \"{client}\": the token was issued to another client, which may show it to \
                 this one (OIDC Core 3.1.3.7)"
            ),
        ),
    }
}

/// The client that asked for an access token: `client_id` (RFC 9068 section 2.2), on the platform `azp`.
fn check_client(claims: &Map<String, Value>, expected: &Expected, report: &mut Report) {
    let Some(wanted) = expected
        .client_id
        .text()
        .filter(|_| report.kind == Kind::AccessToken)
    else {
        return;
    };
    let named: Vec<_> = ["client_id", "azp"]
        .into_iter()
        .filter_map(|name| Some((name, claims.get(name)?)))
        .collect();
    let other = named.iter().find(|(_, found)| found.as_str() != Some(wanted));
    match (named.is_empty(), other) {
        (false, None) => report.pass(CheckName::Client, wanted),
        (false, Some((name, found))) => report.find(
            Code::ClientOther,
            format!("payload {name}"),
            format!("{name} is {found}, expected was \"{wanted}\": another client asked for the token"),
        ),
        (true, _) => report.find(
            Code::ClientOther,
            "payload",
            format!("the token names no client (client_id, azp), expected was {wanted}"),
        ),
    }
}

/// The nonce makes an ID token that of one login (OIDC Core 3.1.3.7); no other token stands for it.
fn check_nonce(
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    expected: &Expected,
    report: &mut Report,
) {
    let Some(wanted) = expected.nonce.text() else {
        return;
    };
    if let Type::Named(typ) = typ(header) {
        return report.find(
            Code::NonceOther,
            "header typ",
            format!(
                "the token calls itself {typ}, so the token is not an ID token, and its nonce belongs to no \
                login"
            ),
        );
    }
    if report.kind == Kind::LogoutToken {
        return report.find(
            Code::NonceOther,
            "payload events",
            "the token is a logout token, which answers no login and has no nonce to compare",
        );
    }
    if claims.get("nonce").and_then(Value::as_str) == Some(wanted) {
        return report.pass(CheckName::Nonce, "that of the request");
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
