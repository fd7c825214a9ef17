//! A token, decoded: each claim with what it means, and who asked for it.

use super::asked::Origins;
use super::words;
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

/// A token as the page shows it.
#[derive(Serialize)]
pub(super) struct Token {
    pub name: &'static str,
    /// What it is for.
    pub purpose: String,
    /// How it is signed, and how long it counts.
    pub summary: Vec<String>,
    pub header: Vec<Claim>,
    pub claims: Vec<Claim>,
    /// The raw value in its parts, which dots separate.
    pub parts: Vec<String>,
}

/// A claim or a header.
#[derive(Serialize)]
pub(super) struct Claim {
    pub name: String,
    pub value: String,
    /// What it means.
    pub meaning: Option<String>,
    /// Who asked for it.
    pub who: Option<String>,
}

/// When a token was made, and who asked for its claims.
pub(super) struct Made<'a> {
    pub at: Moment,
    pub origins: &'a Origins<'a>,
}

impl Token {
    pub fn id_token(raw: &str, made: &Made<'_>) -> Self {
        Self {
            name: "ID token",
            purpose: "Tells the application who logged in.".to_owned(),
            ..Self::decoded(raw, "id_token", made)
        }
    }

    /// `lives` in seconds, for a token that does not say so itself.
    pub fn access_token(raw: &str, lives: Option<i64>, made: &Made<'_>) -> Self {
        let mut token = Self::decoded(raw, "access_token", made);
        if token.claims.is_empty() {
            token.summary.extend(lives.map(counts));
        }
        let purpose = match token.claims.iter().find(|claim| claim.name == "aud") {
            Some(_) => "Opens the API for the application.",
            None => "Opens /userinfo of this server.",
        };
        Self {
            name: "Access token",
            purpose: purpose.to_owned(),
            ..token
        }
    }

    pub fn refresh_token(raw: &str) -> Self {
        Self {
            name: "Refresh token",
            purpose: "Brings new tokens later, without asking anybody. The Actions run again.".to_owned(),
            summary: vec![OPAQUE.to_owned()],
            header: Vec::new(),
            claims: Vec::new(),
            parts: vec![raw.to_owned()],
        }
    }

    fn decoded(raw: &str, target: &str, made: &Made<'_>) -> Self {
        let parts: Vec<String> = raw.split('.').map(str::to_owned).collect();
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let header = object(&parts[0]).unwrap_or_default();
        let payload = match &*parts {
            [_, payload, _] => object(payload).unwrap_or_default(),
            _ => Map::new(),
        };
        let algorithm = header.get("alg").and_then(Value::as_str);
        let mut summary = vec![match (parts.len(), algorithm) {
            (3, Some(algorithm)) => format!("signed with {algorithm}"),
            (5, Some(algorithm)) => format!("encrypted with {algorithm}: only the API reads it"),
            _ => OPAQUE.to_owned(),
        }];
        let seconds = |name: &str| payload.get(name).and_then(Value::as_i64);
        if let (Some(ends), Some(begins)) = (seconds("exp"), seconds("iat")) {
            summary.push(counts(ends - begins));
        }
        let claims = payload.iter().map(|(name, value)| Claim {
            name: name.clone(),
            value: words::plain(value),
            meaning: meaning(name, value, made.at),
            who: made.origins.of(&format!("{target}/{name}")),
        });
        let headers = header.iter().map(|(name, value)| Claim {
            name: name.clone(),
            value: words::plain(value),
            meaning: of_header(name).map(str::to_owned),
            who: None,
        });
        Self {
            name: "",
            purpose: String::new(),
            summary,
            header: headers.collect(),
            claims: claims.collect(),
            parts,
        }
    }
}

const OPAQUE: &str = "opaque: only this server reads it";

fn counts(seconds: i64) -> String {
    format!("counts for {}", words::span(seconds))
}

/// What a registered claim means (RFC 7519 section 4.1, OIDC Core 2 and 5.1, RFC 9068), with times in words.
fn meaning(name: &str, value: &Value, made: Moment) -> Option<String> {
    let words = match name {
        "auth_time" => "the person logged in",
        "exp" => "ends",
        "iat" => "made",
        "nbf" => "counts from",
        other => return registered(other).map(str::to_owned),
    };
    Some(match words::numeric_date(value, made) {
        Some(time) => format!("{words} {time}"),
        None => words.to_owned(),
    })
}

fn registered(name: &str) -> Option<&'static str> {
    Some(match name {
        "acr" => "how surely the person was recognised",
        "amr" => "by which methods",
        "at_hash" => "ties it to the access token",
        "aud" => "for whom it is",
        "azp" | "client_id" => "which application asked for it",
        "c_hash" => "ties it to the code",
        "email" => "address",
        "email_verified" => "whether the address was proved",
        "gty" => "by which grant",
        "iss" => "who made it",
        "jti" => "its own number",
        "nonce" => "ties it to the request",
        "org_id" => "the organization",
        "org_name" => "the organization's name",
        "permissions" => "what the person may do at the API",
        "scope" => "what the application may do",
        "sid" => "the session",
        "sub" => "the user",
        "updated_at" => "when the profile was last changed",
        _ => return None,
    })
}

fn of_header(name: &str) -> Option<&'static str> {
    Some(match name {
        "alg" => "how it is signed",
        "enc" => "how its content is encrypted",
        "kid" => "with which key",
        "typ" => "what it is",
        _ => return None,
    })
}
