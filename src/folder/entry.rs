//! One exported object as it stands in a file, whichever form the export has.

use super::document::Document;
use super::placeholder::has_marker;
use crate::json::JsonPath;
use crate::tenant::{Part, PartKind};
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
    BruteForceProtection,
    Client,
    Connection,
    Factor,
    Grant,
    Hook,
    IpThrottling,
    Organization,
    ResourceServer,
    Role,
    Rule,
    Tenant,
    Triggers,
}

/// The entries of one kind, in order.
pub(super) fn of_kind(entries: &[Entry], kind: Kind) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| entry.kind == kind)
}

impl Entry {
    /// The parts of the tenant that an error in this object concerns; none where every login is concerned. An object
    /// whose name waits for a placeholder may be any of its kind.
    pub(super) fn parts(&self) -> Vec<Part> {
        let Some(kind) = self.kind.part() else {
            return Vec::new();
        };
        let named_by: &[&str] = match kind {
            PartKind::Api => &["identifier"],
            PartKind::Client => &["name", "client_id"],
            PartKind::Connection | PartKind::Organization | PartKind::Role => &["name", "id"],
            PartKind::Action | PartKind::ActionModule => &["name"],
            PartKind::Bindings | PartKind::ClientGrant | PartKind::User => &[],
        };
        parts(kind, &self.value, named_by)
    }
}

impl Kind {
    /// What an object of this kind is a part of; `None` where every login is concerned.
    pub(super) fn part(self) -> Option<PartKind> {
        match self {
            Self::Action => Some(PartKind::Action),
            Self::ActionModule => Some(PartKind::ActionModule),
            Self::Client => Some(PartKind::Client),
            Self::Grant => Some(PartKind::ClientGrant),
            Self::Connection => Some(PartKind::Connection),
            Self::Organization => Some(PartKind::Organization),
            Self::ResourceServer => Some(PartKind::Api),
            Self::Role => Some(PartKind::Role),
            // Rules and Hooks are not run; their problem is shown in logins that run Actions.
            Self::Hook | Self::Rule | Self::Triggers => Some(PartKind::Bindings),
            Self::BruteForceProtection | Self::Factor | Self::IpThrottling | Self::Tenant => None,
        }
    }
}

/// The part that an object is, by the members that name it.
pub(super) fn parts(kind: PartKind, object: &Value, named_by: &[&str]) -> Vec<Part> {
    let texts = named_by
        .iter()
        .filter_map(|member| object.get(*member)?.as_str())
        .filter(|text| !text.is_empty());
    let (waiting, names): (Vec<&str>, Vec<&str>) = texts.partition(|text| has_marker(text));
    let mut parts = Vec::new();
    if names.is_empty() || !waiting.is_empty() {
        parts.push(Part::nameless(kind));
    }
    if !names.is_empty() {
        let names = names.into_iter().map(str::to_owned).collect();
        parts.push(Part { kind, names });
    }
    parts
}
