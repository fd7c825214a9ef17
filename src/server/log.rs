//! The log of a server, on standard error. No line holds a token, a code, a secret or a key.

use crate::flow::{ActionLog, Unavailable};
use std::io::Write as _;

/// One line; what could act on a terminal is left out.
pub(super) fn line(text: &str) {
    let printable = |character: char| if character.is_control() { ' ' } else { character };
    let text: String = text.chars().map(printable).collect();
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What an Action of a login logged, and why it failed.
pub(super) fn action(action: &ActionLog) {
    for logged in &action.logs {
        line(&format!("Action '{}': {}", action.name, logged.text));
    }
    if let Some(failure) = &action.failure {
        line(&format!("Action '{}' failed: {}", action.name, failure.message));
    }
}

/// Why the server could not answer, and what to do.
pub(super) fn unavailable(unavailable: &Unavailable) {
    line(&format!("{}; {}", unavailable.what, unavailable.help));
}
