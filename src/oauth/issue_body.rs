//! How bodies of `/api/issue` and `/api/logins` are read, and what is wrong with one.

use crate::json;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Why a body is not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct BodyFault {
    /// The member, such as `request.ip`; the body itself where there is none.
    pub member: String,
    /// One sentence that names the member.
    pub description: String,
}

impl BodyFault {
    /// What is wrong with a member.
    pub fn of(member: &str, what: impl std::fmt::Display) -> Self {
        let description = if member.is_empty() {
            format!("the body: {what}")
        } else {
            format!("{member}: {what}")
        };
        Self {
            member: member.to_owned(),
            description,
        }
    }
}

/// Reads a body that is one JSON object, each member of which is known and given once.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyFault> {
    let text = str::from_utf8(body).map_err(|_| BodyFault::of("", "it is not UTF-8"))?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| BodyFault::of("", format!("it is no JSON: {error}")))?;
    let Value::Object(members) = &value else {
        return Err(BodyFault::of("", "it is no JSON object"));
    };
    // An array would be taken for the members in their order.
    let array = members
        .iter()
        .find(|(name, value)| value.is_array() && OBJECTS.contains(&name.as_str()));
    if let Some((name, _)) = array {
        return Err(BodyFault::of(name, "it is an array; write an object"));
    }
    json::unambiguous(text).map_err(|twice| BodyFault::of("", twice))?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let member = error.path().to_string();
        let member = if member == "." { "" } else { &member };
        BodyFault::of(member, json::plain_words(&error.inner().to_string()))
    })
}

/// A member that may be left out, or `null`, which says the same.
///
/// # Errors
/// It is of the wrong type.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// # Errors
/// The text is too long for a member.
pub(super) fn short(member: &str, text: &str) -> Result<(), BodyFault> {
    if text.len() > MOST_TEXT {
        return Err(BodyFault::of(
            member,
            format!("it is longer than {MOST_TEXT} bytes"),
        ));
    }
    Ok(())
}

/// Members that are objects of their own.
const OBJECTS: [&str; 5] = ["authentication", "continue", "form", "mfa", "request"];
/// Bytes of a member that is a text.
pub(super) const MOST_TEXT: usize = 4096;
