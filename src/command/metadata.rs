//! Metadata of the transaction, the session and the refresh token (semantics 8 and 11).

use super::arguments::Arguments;
use super::call_error::CallError;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// A change to the metadata of a session or a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetadataChange {
    /// One key is deleted.
    Delete {
        /// The key.
        key: String,
    },
    /// All keys are deleted.
    Evict,
    /// One key is set.
    Set {
        /// At most 255 characters.
        key: String,
        /// At most 255 characters.
        value: String,
    },
}

/// Whose metadata is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    RefreshToken,
    Session,
}

impl Holder {
    /// The refusal of a call; for refresh tokens the platform documents how its text begins (semantics 11).
    pub(super) fn refuse(self, arguments: &Arguments, reason: impl Into<String>) -> CallError {
        let reason = reason.into();
        match self {
            Self::RefreshToken => CallError::new(
                "",
                format!("Failed to set refresh token metadata: Invalid metadata: {reason}"),
            ),
            Self::Session => arguments.refuse(reason),
        }
    }
}

/// What transaction metadata may hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TransactionValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A number that JavaScript holds exactly.
    Number(Number),
    /// Text of at most 8 KiB.
    Text(String),
}

const MAX_CHARACTERS: usize = 255;
const MAX_TRANSACTION_KEY: usize = 64;
const MAX_TRANSACTION_VALUE: usize = 8 * 1024;
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// `setMetadata(key, value)` of a session or a refresh token; `null` deletes. A session keeps the JSON of an array or
/// object; of a refresh token the platform documents that such a value is refused.
pub(super) fn set(arguments: &Arguments, of: Holder) -> Result<MetadataChange, CallError> {
    let key = key(arguments, of)?;
    let value = match (arguments.value(1), of) {
        (None | Some(Value::Null), _) => return Ok(MetadataChange::Delete { key }),
        (Some(Value::String(text)), _) => text.clone(),
        (Some(value @ (Value::Array(_) | Value::Object(_))), Holder::Session) => value.to_string(),
        (Some(_), _) => {
            let reason = format!("the value of '{key}' must be a string or null");
            return Err(of.refuse(arguments, reason));
        }
    };
    let characters = value.chars().count();
    if characters > MAX_CHARACTERS {
        let reason =
            format!("the value of '{key}' has {characters} characters, the limit is {MAX_CHARACTERS}");
        return Err(of.refuse(arguments, reason));
    }
    Ok(MetadataChange::Set { key, value })
}

/// `deleteMetadata(key)`.
pub(super) fn delete(arguments: &Arguments, of: Holder) -> Result<MetadataChange, CallError> {
    Ok(MetadataChange::Delete {
        key: key(arguments, of)?,
    })
}

fn key(arguments: &Arguments, of: Holder) -> Result<String, CallError> {
    let key = arguments
        .text(0)
        .map_err(|error| of.refuse(arguments, error.reason))?;
    let known = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if key.is_empty() || key.chars().count() > MAX_CHARACTERS || !key.chars().all(known) {
        return Err(of.refuse(
            arguments,
            format!(
                "a key has 1 to {MAX_CHARACTERS} characters out of A-Z a-z 0-9 _ -, got '{}'",
                key.chars().take(80).collect::<String>()
            ),
        ));
    }
    Ok(key.to_owned())
}

/// `transaction.setMetadata(key, value)`: the key and its new value; without a value the key is deleted.
pub(super) fn transaction(arguments: &Arguments) -> Result<(String, Option<TransactionValue>), CallError> {
    let key = arguments.filled(0)?;
    if key.chars().count() > MAX_TRANSACTION_KEY {
        return Err(arguments.refuse(format!("key is longer than {MAX_TRANSACTION_KEY} characters")));
    }
    let value = match arguments.value(1) {
        None | Some(Value::Null) => None,
        Some(Value::Bool(flag)) => Some(TransactionValue::Boolean(*flag)),
        Some(Value::Number(number))
            if number
                .as_f64()
                .is_some_and(|float| float.abs() <= MAX_SAFE_INTEGER) =>
        {
            Some(TransactionValue::Number(number.clone()))
        }
        Some(Value::String(text)) if text.len() > MAX_TRANSACTION_VALUE => {
            return Err(arguments.refuse(format!(
                "the value of '{key}' is {} bytes long, the limit is {MAX_TRANSACTION_VALUE} bytes",
                text.len()
            )));
        }
        Some(Value::String(text)) => Some(TransactionValue::Text(text.clone())),
        Some(_) => {
            return Err(arguments.refuse(format!(
                "the value of '{key}' must be a string, a boolean, null, or a number that JavaScript holds exactly"
            )));
        }
    };
    Ok((key.to_owned(), value))
}
