//! What went wrong on the command line's side: what, where, and what to do.

use super::escape::{printable, printable_lines};
use std::fmt;

/// Exit status when a login was issued, or suspended as asked.
pub const ISSUED: u8 = 0;
/// Exit status for our own failure or unusable input.
pub const FAILED: u8 = 1;
/// Exit status for wrong usage.
pub const USAGE: u8 = 2;
/// Exit status when the login was refused.
pub const REFUSED: u8 = 3;

/// Something that ends a command before it has a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// One line: what is wrong and where.
    pub what: String,
    /// Lines after it.
    pub lines: Vec<String>,
    /// What to do about it.
    pub help: String,
    /// Exit status.
    pub exit: u8,
}

impl Trouble {
    /// Unusable input, or our own failure.
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            lines: Vec::new(),
            help: help.into(),
            exit: FAILED,
        }
    }

    /// Wrong usage.
    pub fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            exit: USAGE,
            ..Self::new(what, help)
        }
    }

    /// In one line, for a log.
    pub fn in_one_line(&self) -> String {
        let texts = std::iter::once(&self.what).chain(&self.lines).chain([&self.help]);
        let texts: Vec<&str> = texts
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .collect();
        printable(&texts.join("; "))
    }

    /// With lines of text after the first one.
    pub fn with_lines(mut self, text: &str) -> Self {
        self.lines.extend(text.trim_end().split('\n').map(str::to_owned));
        self
    }
}

impl fmt::Display for Trouble {
    /// The text that is shown: quoted text adds no line and nothing in it acts on a terminal.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&printable(&self.what))?;
        if !self.lines.is_empty() {
            write!(formatter, "\n{}", printable_lines(&self.lines.join("\n")))?;
        }
        if !self.help.is_empty() {
            write!(formatter, "\n  help: {}", printable(&self.help))?;
        }
        Ok(())
    }
}

impl std::error::Error for Trouble {}
