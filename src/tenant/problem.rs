//! What is wrong with a tenant: where, and what to do.

use super::part::Part;
use crate::json::JsonPath;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The tenant cannot be used as it is, or not the part of it that is wrong.
    Error,
    /// It can be used, but probably not as meant.
    Warning,
    /// Something that postlogin does not read, or that works as set and could be better; shown with `--strict`
    /// only.
    Note,
}

/// One thing that is wrong with a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// Stable code, such as `missing_action`.
    pub code: Cow<'static, str>,
    /// The file, relative to the tenant folder.
    pub file: PathBuf,
    /// 1-based line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// 1-based column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Where in the document, such as `addons.samlp.audience`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_path: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The parts of the tenant that are concerned; none where every login is.
    #[serde(skip)]
    pub parts: Vec<Part>,
}

impl Problem {
    /// A problem about a file, which says nothing yet.
    pub fn new(severity: Severity, code: impl Into<Cow<'static, str>>, file: impl AsRef<Path>) -> Self {
        Self {
            severity,
            code: code.into(),
            file: file.as_ref().to_owned(),
            line: None,
            column: None,
            json_path: None,
            message: String::new(),
            help: String::new(),
            parts: Vec::new(),
        }
    }

    pub(crate) fn error(code: &'static str, file: impl AsRef<Path>) -> Self {
        Self::new(Severity::Error, code, file)
    }

    pub(crate) fn warning(code: &'static str, file: impl AsRef<Path>) -> Self {
        Self::new(Severity::Warning, code, file)
    }

    /// Whether every login has to be refused for it.
    pub fn is_of_every_login(&self) -> bool {
        self.severity == Severity::Error && self.parts.is_empty()
    }

    /// What problems are sorted by: errors first, then by file and line.
    pub fn order(&self) -> (Severity, &Path, Option<u32>) {
        (self.severity, &self.file, self.line)
    }

    /// What is wrong, and what to do.
    #[must_use]
    pub fn says(mut self, message: impl Into<String>, help: impl Into<String>) -> Self {
        self.message = message.into();
        self.help = help.into();
        self
    }

    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        file.clone_into(&mut self.file);
        self
    }

    pub(crate) fn line(mut self, line: Option<u32>, column: Option<u32>) -> Self {
        self.line = line;
        self.column = column;
        self
    }

    pub(crate) fn path(mut self, path: &JsonPath) -> Self {
        self.json_path = Some(path.to_string()).filter(|path| !path.is_empty());
        self
    }
}

impl fmt::Display for Problem {
    /// `clients/web.json:4:3: message`, as editors understand it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
            if let Some(column) = self.column {
                write!(formatter, ":{column}")?;
            }
        }
        write!(formatter, ": ")?;
        if let Some(path) = &self.json_path {
            write!(formatter, "{path}: ")?;
        }
        formatter.write_str(&self.message)
    }
}
