//! The options of one login, as typed on the command line or written in a case's `case.toml`.

use super::engine_options::EngineOptions;
use super::trouble::Trouble;
use crate::command::FactorType;
use crate::event::Protocol;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What a login is made from.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[command(next_help_heading = "The login")]
pub struct LoginOptions {
    /// Application, by name or client id
    #[arg(long, value_name = "NAME|ID")]
    pub client: Option<String>,
    /// User, by user id or email address
    #[arg(long, value_name = "ID|EMAIL")]
    pub user: Option<String>,
    /// JSON event; its members override those made from tenant, client and user (- is stdin)
    #[arg(long, value_name = "FILE")]
    pub event: Option<PathBuf>,
    /// Run this file instead of the bound Actions (repeatable, in this order)
    #[arg(long = "action", value_name = "FILE")]
    #[serde(rename = "actions", alias = "action")]
    pub actions: Vec<PathBuf>,
    /// Secret for --action files (repeatable)
    #[arg(long = "secret", value_name = "NAME=VALUE")]
    #[serde(rename = "secrets", alias = "secret")]
    pub secrets: Vec<String>,
    /// Protocol, as in event.transaction.protocol; by default samlp for an application with the SAML add-on and
    /// oidc-basic-profile for any other
    #[arg(long, value_name = "NAME", value_parser = protocol)]
    pub protocol: Option<Protocol>,
    /// Requested scopes, separated by spaces
    #[arg(long, value_name = "SCOPES")]
    pub scope: Option<String>,
    /// Identifier of the API that the access token is for
    #[arg(long, value_name = "ID")]
    pub audience: Option<String>,
    /// OIDC nonce
    #[arg(long, value_name = "TEXT")]
    pub nonce: Option<String>,
    /// URL that the response is sent to; one of the application's callbacks
    #[arg(long, value_name = "URL")]
    #[serde(alias = "redirect_uri")]
    pub redirect_uri: Option<String>,
    /// SAML AuthnRequest: XML, base64, or a URL, query string or form body with its signature (- is stdin)
    #[arg(long, value_name = "FILE")]
    #[serde(alias = "authn_request")]
    pub authn_request: Option<PathBuf>,
    /// SAML RelayState
    #[arg(long, value_name = "TEXT")]
    #[serde(alias = "relay_state")]
    pub relay_state: Option<String>,
    /// Connection the user logs in with
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// Organization the user logs in to
    #[arg(long, value_name = "NAME|ID")]
    pub organization: Option<String>,
    /// Request with which the user comes back from a redirect, as a JSON file (repeatable, used in order)
    #[arg(long = "continue", value_name = "FILE")]
    #[serde(rename = "continue")]
    pub continues: Vec<PathBuf>,
    /// Complete the next MFA challenge or enrolment with this factor; `fail` makes it fail (repeatable)
    #[arg(long, value_name = "TYPE|fail")]
    pub mfa: Vec<MfaAnswer>,
    /// Freeze the clock at this time, JavaScript's Date included
    #[arg(long, value_name = "RFC3339")]
    pub now: Option<String>,
    /// Draw every id, content key and IV from this seed: same input, same bytes; for tests only
    #[arg(long, value_name = "TEXT")]
    pub seed: Option<String>,
    /// Wall time that the Actions together may take until the login ends or waits for the user, such as 1s
    #[arg(long, value_name = "DURATION")]
    #[serde(alias = "time_limit")]
    pub time_limit: Option<String>,
    /// Memory that an Action may use, such as 64MiB
    #[arg(long, value_name = "SIZE")]
    #[serde(alias = "memory_limit")]
    pub memory_limit: Option<String>,
    /// Treat every warning as an error
    #[arg(long)]
    pub strict: bool,
    /// Id of a Rule that ran before, for api.rules.wasExecuted (repeatable)
    #[arg(long = "rule-executed", value_name = "ID")]
    #[serde(alias = "rule_executed")]
    pub rule_executed: Vec<String>,
    /// What runs the Actions, and whom they reach.
    #[command(flatten)]
    #[serde(skip)]
    pub engines: EngineOptions,
}

/// Where keys and values outside the tenant come from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "The tenant")]
pub struct TenantOptions {
    /// Value of a @@KEY@@ or ##KEY## placeholder (repeatable)
    #[arg(long = "var", value_name = "KEY=VALUE")]
    pub variables: Vec<String>,
    /// Private key (PEM) to sign with, instead of the tenant's
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Certificate (PEM) of the key that --key gives
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
}

/// How the next factor ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaAnswer {
    /// The user proves or adds this factor.
    Complete(FactorType),
    /// The user fails.
    Fail,
}

/// A text that is not an answer to a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "known factors are otp, recovery-code, email, push-notification, phone, webauthn-platform, webauthn-roaming, fail"
)]
pub struct NoMfaAnswer;

impl FromStr for MfaAnswer {
    type Err = NoMfaAnswer;

    fn from_str(text: &str) -> Result<Self, NoMfaAnswer> {
        if text == "fail" {
            return Ok(Self::Fail);
        }
        let factor = serde_json::from_value(Value::from(text));
        factor.map(Self::Complete).map_err(|_| NoMfaAnswer)
    }
}

impl<'de> Deserialize<'de> for MfaAnswer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for MfaAnswer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Complete(factor) => factor.serialize(serializer),
            Self::Fail => serializer.serialize_str("fail"),
        }
    }
}

/// A protocol as the event spells it.
fn protocol(text: &str) -> Result<Protocol, String> {
    serde_json::from_value(Value::from(text)).map_err(|_| {
        "known protocols are oidc-basic-profile, oidc-implicit-profile, oidc-hybrid-profile, oauth2-device-code, \
         oauth2-password, oauth2-refresh-token, oauth2-token-exchange, samlp, wsfed and the other values of \
         event.transaction.protocol"
            .to_owned()
    })
}

/// The request that comes back from a redirect (`--continue`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContinueRequest {
    /// Default GET, POST with a body.
    pub method: Option<String>,
    /// `{{state}}` in a value is replaced; without it the state is added.
    pub query: Map<String, Value>,
    /// As in `query`.
    pub body: Map<String, Value>,
    /// Address of the user agent.
    pub ip: Option<String>,
    /// User agent.
    pub user_agent: Option<String>,
    /// Stands for the other site: an HS256 session token is made.
    pub token: Option<ContinueToken>,
}

/// The session token of the other site.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinueToken {
    /// The shared secret.
    pub secret: String,
    /// Claims that replace or add to the standard claims; `null` removes a claim.
    #[serde(default)]
    pub payload: Map<String, Value>,
    /// Body parameter; default `session_token`.
    #[serde(default)]
    pub parameter: Option<String>,
}

impl ContinueRequest {
    /// # Errors
    /// The file cannot be read, or is not a request of this form.
    pub fn read(path: &Path) -> Result<Self, Trouble> {
        let request: Self = super::files::json(path)?;
        if request
            .token
            .as_ref()
            .is_some_and(|token| token.secret.is_empty())
        {
            return Err(Trouble::new(
                format!("{}: token.secret is empty", path.display()),
                "give the secret that the Action shares with the other site",
            ));
        }
        Ok(request)
    }
}

/// `NAME=VALUE`.
///
/// # Errors
/// There is no `=`, or no name before it.
fn assignment(text: &str, option: &str) -> Result<(String, String), Trouble> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Trouble::usage(
            format!("{option} '{text}' is not NAME=VALUE"),
            "write the name, an =, and the value",
        )),
    }
}

/// The NAME=VALUE of an option that may be given several times, each name once.
///
/// # Errors
/// One is not NAME=VALUE, or two have the same name.
pub fn assignments(texts: &[String], option: &str) -> Result<BTreeMap<String, String>, Trouble> {
    let mut all = BTreeMap::new();
    for text in texts {
        let (name, value) = assignment(text, option)?;
        if all.contains_key(&name) {
            return Err(Trouble::usage(
                format!("{option} {name} is given twice"),
                "keep one of the two: which one counts is not guessed",
            ));
        }
        all.insert(name, value);
    }
    Ok(all)
}
