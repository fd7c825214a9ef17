//! How bodies of `/api/issue` and `/api/logins` are read, and what is wrong with one.

use crate::json;
use serde::de::DeserializeOwned;

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
    let mut reader = serde_json::Deserializer::from_str(text);
    let typed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let member = error.path().to_string();
        let member = if member == "." { "" } else { &member };
        BodyFault::of(member, without_place(&error.inner().to_string()))
    })?;
    reader
        .end()
        .map_err(|_| BodyFault::of("", "there is more than one JSON value"))?;
    json::unambiguous(text).map_err(|twice| BodyFault::of("", twice))?;
    Ok(typed)
}

/// The message without `at line 1 column 2`.
fn without_place(message: &str) -> &str {
    message
        .split_once(" at line ")
        .map_or(message, |(before, _)| before)
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

/// Bytes of a member that is a text.
pub(super) const MOST_TEXT: usize = 4096;
