//! What was thrown in a process of Node.js, in words.

use super::said::Thrown;
use crate::action::thrown;

/// The text of a thrown value.
pub(super) fn message(value: Thrown) -> String {
    match value {
        Thrown::Kind(name) => thrown::kind(&name),
        Thrown::Object(text) => thrown::object(text),
        Thrown::Text(text) => thrown::text(text),
    }
}
