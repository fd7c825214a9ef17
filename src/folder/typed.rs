//! A part of a document as what it should be; every member that is something else is a problem with its place.

use super::document::Document;
use super::placeholder::has_marker;
use crate::json::{JsonPath, discreet, lenient, without_nulls};
use crate::tenant::Problem;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// [`lenient`] for a part of a document: `path` leads from the document's root to `value`.
pub(super) fn typed<T: DeserializeOwned>(
    value: &Value,
    document: &Document,
    path: &JsonPath,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let (typed, ill_typed) = lenient(without_nulls(value));
    for ill in ill_typed {
        if has_marker(&ill.message) {
            continue;
        }
        let path = path.then(ill.path.0);
        let help = match document.is_filled(&path) {
            true => "correct the value; a placeholder ##KEY## inside quotes is always text, @@KEY@@ is JSON",
            false if ill.message.starts_with("expected an array, found the text") => {
                "put the text into brackets: [\"...\"]"
            }
            false if ill.message.contains(", found the text") && !ill.message.contains("an object") => {
                "write the value without quotes"
            }
            false => "correct the value",
        };
        let problem = Problem::error("wrong_type", &document.file).says(discreet(ill.message, &path), help);
        problems.push(document.locate(problem, &path));
    }
    typed
}
