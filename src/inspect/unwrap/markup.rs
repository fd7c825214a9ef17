//! XML that is no message itself: a SOAP envelope, a token of WS-Federation, a log with messages in its elements.

use super::content::{Part, Piece};
use super::escapes::TYPOGRAPHIC;
use super::names::SAML;
use crate::inspect::messages::{is_message, messages_inside};
use crate::xml::{self, Limits};

/// The name of the first tag after declarations and comments, with its prefix; a document type of HTML counts as a
/// tag.
pub(super) fn first_tag(text: &str) -> &str {
    let rest = from_first_tag(text);
    if rest.starts_with("<!") {
        return "!doctype html";
    }
    let name = rest.strip_prefix('<').unwrap_or_default();
    name.split([' ', '\t', '\r', '\n', '>', '/'])
        .next()
        .unwrap_or_default()
}

/// Whether a document was damaged where it was copied: something else stands behind it, or its quotes were written
/// otherwise.
pub(super) fn is_copied(text: &str) -> bool {
    let rest = from_first_tag(text);
    let tag = rest.split('>').next().unwrap_or_default();
    if tag.contains("=\\\"") || tag.contains(TYPOGRAPHIC) {
        return true;
    }
    let behind = end_of_element(rest, 0).map_or("", |end| rest[end..].trim());
    !behind.is_empty() && (!behind.starts_with('<') || behind.contains(SAML))
}

fn from_first_tag(text: &str) -> &str {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest
            .get(..9)
            .is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"))
        {
            let name = rest[9..].trim_start();
            if name
                .get(..4)
                .is_some_and(|name| name.eq_ignore_ascii_case("html"))
            {
                return rest;
            }
            // Declarations of its own stand in brackets.
            let inner = rest
                .find('[')
                .filter(|at| rest.find('>').is_none_or(|end| *at < end));
            match inner {
                Some(_) => rest.find("]>").map(|at| at + 2),
                None => rest.find('>').map(|at| at + 1),
            }
        } else {
            None
        };
        match end {
            Some(end) => rest = rest[end..].trim_start(),
            None => return rest,
        }
    }
}

/// Whether the document is itself something that is inspected, by the name of its first tag.
pub(super) fn is_itself(first_tag: &str) -> bool {
    const LOCAL: [&str; 12] = [
        "Response",
        "AuthnRequest",
        "LogoutRequest",
        "LogoutResponse",
        "ManageNameIDRequest",
        "Assertion",
        "EncryptedAssertion",
        "EncryptedID",
        "NewEncryptedID",
        "EncryptedAttribute",
        "EntityDescriptor",
        "EntitiesDescriptor",
    ];
    let local = first_tag.rsplit(':').next().unwrap_or_default();
    LOCAL.contains(&local)
}

/// The messages inside a document, or else the texts of its elements; nothing if it cannot be read.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let Ok(document) = xml::read(text, Limits::METADATA) else {
        return Vec::new();
    };
    let root = document.root();
    if is_message(root) {
        return Vec::new();
    }
    let container = match root.local() {
        "Envelope" => "SOAP envelope".to_owned(),
        other => format!("XML, {other}"),
    };
    let inside: Vec<_> = messages_inside(root)
        .take(MOST_PARTS)
        .enumerate()
        .map(|(number, element)| Part {
            layer: container.clone(),
            name: element.local().to_owned(),
            piece: Piece::Element {
                text: text.to_owned(),
                number,
            },
        })
        .collect();
    if !inside.is_empty() {
        return inside;
    }
    let texts = root.descendants().flat_map(|element| {
        let own = element.value().map(|value| (element.local(), value));
        let attributes = element
            .attributes()
            .map(|attribute| (attribute.local, attribute.value));
        own.into_iter().chain(attributes)
    });
    texts
        .filter(|(_, value)| value.trim().len() >= SHORTEST)
        .map(|(name, value)| Part {
            layer: format!("{container}, {name}"),
            name: name.to_owned(),
            piece: Piece::Text(value.to_owned()),
        })
        .collect()
}

/// Where the element that begins at `start` ends; `None` if it does not.
pub(super) fn end_of_element(text: &str, start: usize) -> Option<usize> {
    let name = text[start + 1..]
        .split([' ', '\t', '\r', '\n', '>', '/'])
        .next()?;
    if name.is_empty() || name.starts_with(['!', '?']) {
        return None;
    }
    let mut open = 0_usize;
    let mut at = start;
    loop {
        let tag = at + text[at..].find('<')?;
        let end = tag + text[tag..].find('>')?;
        let content = &text[tag + 1..end];
        let is_named = |content: &str| {
            let rest = content.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n', '/']))
        };
        if content.strip_prefix('/').is_some_and(is_named) {
            open = open.saturating_sub(1);
        } else if is_named(content) && !content.ends_with('/') {
            open += 1;
        }
        if open == 0 {
            return Some(end + 1);
        }
        at = end + 1;
    }
}

const MOST_PARTS: usize = 100;
/// No message and no token is shorter.
const SHORTEST: usize = 16;
