//! What the Actions of a login have asked for so far, and whether the next call is allowed.

use super::arguments::Arguments;
use super::call::Call;
use super::call_error::CallError;
use super::metadata::Holder;
use super::request::Command;
use super::{Available, Cache, Facts, MetadataChange, Method, cache, query};
use crate::json;
use crate::time::Moment;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Which handler of the Action runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handler {
    /// `onContinuePostLogin`, after a redirect or a form.
    Continue,
    /// `onExecutePostLogin`.
    Execute,
}

impl Handler {
    /// The name that the Action exports.
    pub const fn export(self) -> &'static str {
        match self {
            Self::Continue => "onContinuePostLogin",
            Self::Execute => "onExecutePostLogin",
        }
    }
}

/// The kind of login, as far as methods depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preconditions {
    /// `event.session.id` is there.
    pub session: bool,
    /// `event.transaction.protocol` is `oauth2-refresh-token`.
    pub refresh_exchange: bool,
}

/// How a call was answered.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A value for the script; nothing was recorded.
    Answered(Value),
    /// A command; the script gets the value, or the `api` object where there is none.
    Recorded(Box<Command>, Option<Value>),
}

/// What the limits that span calls are computed from: plain data that travels to the worker
/// and is kept with a suspended login.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recorder {
    preconditions: Preconditions,
    /// The cache as the script sees it.
    pub cache: Cache,
    user_metadata: IndexMap<String, usize>,
    app_metadata: IndexMap<String, usize>,
    id_token: IndexMap<String, usize>,
    access_token: IndexMap<String, usize>,
    saml_attributes: IndexMap<String, usize>,
    transaction_metadata: IndexMap<String, usize>,
    session_metadata: IndexMap<String, usize>,
    refresh_token_metadata: IndexMap<String, usize>,
    primary_user: bool,
}

const MAX_METADATA_BYTES: usize = 32 * 1024;
const MAX_CLAIM_BYTES: usize = 100 * 1024;
const MAX_SAML_ATTRIBUTES: usize = 100;
const MAX_SAML_BYTES: usize = 10 * 1024;
const MAX_TRANSACTION_METADATA_BYTES: usize = 16 * 1024;
const MAX_METADATA_ENTRIES: usize = 25;

impl Recorder {
    /// A recorder that has recorded no call.
    pub fn new(preconditions: Preconditions, cache: Cache) -> Self {
        Self {
            preconditions,
            cache,
            ..Self::default()
        }
    }

    /// Answers a query, or checks and counts a command.
    ///
    /// # Errors
    /// What the script's `Error` says; the recorder is unchanged.
    pub fn call(
        &mut self,
        call: &Call,
        handler: Handler,
        facts: &Facts,
        now: Moment,
    ) -> Result<Outcome, CallError> {
        let arguments = Arguments::check(&call.method, &call.args)?;
        self.permitted(&arguments, handler)?;
        if let Some(answer) = query::answer(&arguments, facts, &self.cache, now)? {
            return Ok(Outcome::Answered(answer));
        }
        match arguments.method() {
            Method::CacheSet => self.cache_set(&arguments, now),
            Method::CacheDelete => self.cache_delete(&arguments, now),
            // `undefined` has no form in JSON, so there is nothing to write.
            Method::UserSetAppMetadata | Method::UserSetUserMetadata if arguments.value(1).is_none() => {
                arguments.filled(0)?;
                Ok(Outcome::Answered(Value::Null))
            }
            _ => {
                let command = Command::parse(call)?;
                self.count(&command, &arguments)?;
                Ok(Outcome::Recorded(Box::new(command), None))
            }
        }
    }

    /// The same recorder, which counts the metadata that session and refresh token have already: the limit of 25 entries
    /// is for all of them.
    pub fn with_metadata<'a>(
        mut self,
        session: impl Iterator<Item = &'a String>,
        refresh_token: impl Iterator<Item = &'a String>,
    ) -> Self {
        self.session_metadata.extend(session.map(|key| (key.clone(), 0)));
        self.refresh_token_metadata
            .extend(refresh_token.map(|key| (key.clone(), 0)));
        self
    }

    fn permitted(&self, arguments: &Arguments, handler: Handler) -> Result<(), CallError> {
        match arguments.available() {
            Available::OnContinue if handler == Handler::Execute => {
                Err(arguments.refuse("this is only available in onContinuePostLogin"))
            }
            Available::WithSession if !self.preconditions.session => {
                Err(arguments.refuse("this login has no session; check event.session first"))
            }
            Available::InRefreshExchange if !self.preconditions.refresh_exchange => Err(arguments.refuse(
                "this is only available in a refresh exchange, where event.transaction.protocol is \
                 'oauth2-refresh-token'",
            )),
            Available::Always
            | Available::InRefreshExchange
            | Available::OnContinue
            | Available::WithSession => Ok(()),
        }
    }

    fn cache_set(&mut self, arguments: &Arguments, now: Moment) -> Result<Outcome, CallError> {
        let key = arguments.text(0)?;
        let stored = cache::record(arguments, now)?.and_then(|record| {
            self.cache.insert(key, record.clone(), now)?;
            Ok(record)
        });
        Ok(match stored {
            Err(code) => Outcome::Answered(code.answer()),
            Ok(record) => {
                let answer = json!({"type": "success", "record": &record});
                Outcome::Recorded(Box::new(Command::CacheSet { key: key.to_owned() }), Some(answer))
            }
        })
    }

    fn cache_delete(&mut self, arguments: &Arguments, now: Moment) -> Result<Outcome, CallError> {
        let key = arguments.text(0)?;
        if let Err(code) = self.cache.remove(key, now) {
            return Ok(Outcome::Answered(code.answer()));
        }
        let command = Command::CacheDelete { key: key.to_owned() };
        Ok(Outcome::Recorded(
            Box::new(command),
            Some(json!({"type": "success"})),
        ))
    }

    fn count(&mut self, command: &Command, arguments: &Arguments) -> Result<(), CallError> {
        let refused = match command {
            Command::SetUserMetadata { name, value } => sum(
                &mut self.user_metadata,
                name,
                member_bytes(name, value),
                Measure::Object,
                "user metadata",
                MAX_METADATA_BYTES,
            ),
            Command::SetAppMetadata { name, value } => sum(
                &mut self.app_metadata,
                name,
                member_bytes(name, value),
                Measure::Object,
                "app metadata",
                MAX_METADATA_BYTES,
            ),
            Command::SetIdTokenClaim { name, value } => {
                claim(&mut self.id_token, name, value.as_ref(), "ID token")
            }
            Command::SetAccessTokenClaim { name, value } => {
                claim(&mut self.access_token, name, value.as_ref(), "access token")
            }
            Command::SetSamlAttribute { name, values } => {
                if !self.saml_attributes.contains_key(name)
                    && self.saml_attributes.len() >= MAX_SAML_ATTRIBUTES
                {
                    return Err(
                        arguments.refuse(format!("more than {MAX_SAML_ATTRIBUTES} attributes are changed"))
                    );
                }
                let bytes = name.len() + values.iter().map(|value| value.text().len()).sum::<usize>();
                sum(
                    &mut self.saml_attributes,
                    name,
                    bytes,
                    Measure::Plain,
                    "all attributes together",
                    MAX_SAML_BYTES,
                )
            }
            Command::SetTransactionMetadata { key, value: None } => {
                self.transaction_metadata.shift_remove(key);
                Ok(())
            }
            Command::SetTransactionMetadata {
                key,
                value: Some(value),
            } => {
                let bytes = member_bytes(key, &json!(value));
                let limit = MAX_TRANSACTION_METADATA_BYTES;
                sum(
                    &mut self.transaction_metadata,
                    key,
                    bytes,
                    Measure::Object,
                    "transaction metadata",
                    limit,
                )
            }
            Command::SessionMetadata(change) => entries(&mut self.session_metadata, change),
            Command::RefreshTokenMetadata(change) => {
                return entries(&mut self.refresh_token_metadata, change)
                    .map_err(|reason| Holder::RefreshToken.refuse(arguments, reason));
            }
            Command::SetPrimaryUser { .. } if self.primary_user => {
                Err("the primary user was already set in this login; it can be set once".to_owned())
            }
            Command::SetPrimaryUser { .. } => {
                self.primary_user = true;
                Ok(())
            }
            _ => Ok(()),
        };
        refused.map_err(|reason| arguments.refuse(reason))
    }
}

fn claim(
    counted: &mut IndexMap<String, usize>,
    name: &str,
    value: Option<&Value>,
    what: &str,
) -> Result<(), String> {
    let Some(value) = value else {
        counted.shift_remove(name);
        return Ok(());
    };
    sum(
        counted,
        name,
        member_bytes(name, value),
        Measure::Object,
        &format!("custom claims of the {what}"),
        MAX_CLAIM_BYTES,
    )
}

/// How a sum of members becomes a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// The members' JSON object: two braces, and no comma after the last member.
    Object,
    /// The members alone.
    Plain,
}

impl Measure {
    const fn overhead(self) -> usize {
        match self {
            Self::Object => 1,
            Self::Plain => 0,
        }
    }
}

/// The bytes of `"name":value,`.
fn member_bytes(name: &str, value: &Value) -> usize {
    json::text_size(name) + json::size(value) + 2
}

/// Puts `bytes` in the slot of `key`, unless all slots together would pass `limit`.
fn sum(
    counted: &mut IndexMap<String, usize>,
    key: &str,
    bytes: usize,
    measure: Measure,
    what: &str,
    limit: usize,
) -> Result<(), String> {
    let others: usize = counted
        .iter()
        .filter(|(other, _)| *other != key)
        .fold(0, |sum: usize, (_, bytes)| sum.saturating_add(*bytes));
    // A kept login may hold any number.
    let total = others.saturating_add(bytes).saturating_add(measure.overhead());
    if total > limit {
        return Err(format!(
            "with '{}', {what} would be {total} bytes, the limit is {limit} bytes",
            shown(key)
        ));
    }
    counted.insert(key.to_owned(), bytes);
    Ok(())
}

fn entries(counted: &mut IndexMap<String, usize>, change: &MetadataChange) -> Result<(), String> {
    match change {
        MetadataChange::Delete { key } => {
            counted.shift_remove(key);
        }
        MetadataChange::Evict => counted.clear(),
        MetadataChange::Set { key, .. } => {
            if !counted.contains_key(key) && counted.len() >= MAX_METADATA_ENTRIES {
                return Err(format!(
                    "there are {MAX_METADATA_ENTRIES} entries already, which is the limit"
                ));
            }
            counted.insert(key.clone(), 0);
        }
    }
    Ok(())
}

fn shown(key: &str) -> String {
    key.chars().take(80).collect()
}
