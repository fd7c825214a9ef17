//! One exported object as it stands in a file, whichever layout the export has.

use super::document::Document;
use crate::json::JsonPath;
use serde_json::Value;
use std::rc::Rc;

/// One exported object, wherever it stands.
#[derive(Clone)]
pub(super) struct Entry {
    pub kind: Kind,
    pub document: Rc<Document>,
    /// From the document's root to the object.
    pub path: JsonPath,
    pub value: Value,
}

/// What an entry describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Action,
    ActionModule,
    Client,
    Connection,
    Factor,
    Organization,
    ResourceServer,
    Role,
    Tenant,
    Triggers,
}

/// The entries of one kind, in order.
pub(super) fn of_kind(entries: &[Entry], kind: Kind) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| entry.kind == kind)
}
