//! What a script sees at once of what it has recorded: the metadata of its event that follow.

use crate::command::{Command, MetadataChange};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// The object of the event whose `metadata` changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Owner {
    RefreshToken,
    Session,
    Transaction,
}

/// A change of the `metadata` of its owner.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// Every key goes.
    Evict,
    Remove {
        key: String,
    },
    Set {
        key: String,
        value: Json,
    },
}

/// What a command changes at once.
pub(super) fn change(command: &Command) -> Option<(Owner, Change)> {
    match command {
        Command::SetTransactionMetadata { key, value } => {
            let key = key.clone();
            let change = match value {
                None => Change::Remove { key },
                Some(value) => Change::Set {
                    key,
                    value: json!(value),
                },
            };
            Some((Owner::Transaction, change))
        }
        Command::SessionMetadata(change) => Some((Owner::Session, of_metadata(change))),
        Command::RefreshTokenMetadata(change) => Some((Owner::RefreshToken, of_metadata(change))),
        _ => None,
    }
}

fn of_metadata(change: &MetadataChange) -> Change {
    match change {
        MetadataChange::Delete { key } => Change::Remove { key: key.clone() },
        MetadataChange::Evict => Change::Evict,
        MetadataChange::Set { key, value } => Change::Set {
            key: key.clone(),
            value: json!(value),
        },
    }
}
