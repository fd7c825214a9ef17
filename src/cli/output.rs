//! What the command line says: results on standard output, messages on standard error.

use super::escape;
use super::trouble::Trouble;
use clap::ValueEnum;
use std::io::{IsTerminal as _, Write as _};

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Format {
    /// JSON is the default when standard output is not a terminal.
    pub(super) fn chosen(asked: Option<Self>) -> Self {
        asked.unwrap_or_else(|| {
            if std::io::stdout().is_terminal() {
                Self::Text
            } else {
                Self::Json
            }
        })
    }

    /// Prints what was written in this format.
    pub(super) fn print(self, text: &str) -> Result<(), Trouble> {
        match self {
            Self::Text => print(text),
            Self::Json if std::io::stdout().is_terminal() => print(&escape::printable_json(text)),
            Self::Json => print_exactly(text),
        }
    }
}

/// One message for the person, in one line, on standard error.
pub(super) fn tell(message: &str) {
    tell_lines(&escape::printable(message));
}

/// A message whose lines are its layout.
pub(super) fn tell_lines(message: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(
        anstream::stderr(),
        "postlogin: {}",
        escape::printable_lines(message)
    );
}

/// Text for people, on standard output; styles are left out where it is no terminal.
pub(super) fn print(text: &str) -> Result<(), Trouble> {
    write_out(&mut anstream::stdout(), text)
}

/// A document for programs, on standard output, byte for byte: the filter that removes styles would remove U+007F
/// too.
pub(super) fn print_exactly(document: &str) -> Result<(), Trouble> {
    write_out(&mut std::io::stdout(), document)
}

fn write_out(out: &mut dyn std::io::Write, text: &str) -> Result<(), Trouble> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Trouble::new(
            format!("standard output cannot be written: {error}"),
            "",
        )),
        _ => Ok(()),
    }
}
