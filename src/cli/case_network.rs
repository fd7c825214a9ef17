//! What a case did not get from its `http.json`, and what it left there.

use super::escape::printable;
use super::http_json::NAME;
use crate::egress::recorded::Told;

/// Where the answers of a case come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// Its `http.json`.
    File,
    /// There is no such file.
    Nothing,
}

/// Requests that nothing answered, as they are shown: the case fails.
pub(super) fn differences(told: &Told, from: From) -> impl Iterator<Item = String> {
    told.unanswered.iter().map(move |unanswered| match from {
        From::File => printable(&format!("{NAME}: {unanswered}")),
        From::Nothing => printable(&format!(
            "{unanswered}: the case has no {NAME}; write one, or record it with `postlogin test --record`"
        )),
    })
}

/// What the author of the case should know.
pub(super) fn notes(told: &Told) -> impl Iterator<Item = String> {
    let bodies = told.other_bodies.iter().map(|other| format!("{NAME}: {other}"));
    let unused = told.unused.iter();
    bodies.chain(unused.map(|(number, line)| format!("no Action asked for entry {number} of {NAME}, {line}")))
}
