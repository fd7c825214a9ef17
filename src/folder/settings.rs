//! Every setting with its value and where it came from, for `postlogin config`.

use super::document::Document;
use crate::json::JsonPath;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingLine {
    /// Such as `actions.time_limit`.
    pub key: String,
    /// As it would be written; secrets are never shown.
    pub value: String,
    /// Where the value came from.
    pub source: SettingSource,
}

/// Where a setting's value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingSource {
    /// Not set anywhere.
    Default,
    /// An environment variable, by name.
    Environment(String),
    /// A file of the tenant folder.
    File {
        /// Relative to the tenant folder.
        file: PathBuf,
        /// 1-based line.
        line: Option<u32>,
    },
    /// It has no value and needs one.
    Missing,
}

impl fmt::Display for SettingSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
            Self::File { file, line: None } => write!(formatter, "{}", file.display()),
            Self::File {
                file,
                line: Some(line),
            } => write!(formatter, "{}:{line}", file.display()),
            Self::Missing => formatter.write_str("missing"),
        }
    }
}

/// One line for each leaf of `value`, named below `shown`. `given` is the document, and the place in it,
/// where a user may have set it.
pub(super) fn lines(
    value: &Value,
    shown: &JsonPath,
    given: Option<(&Document, &JsonPath)>,
) -> Vec<SettingLine> {
    if let Value::Object(members) = value {
        return members
            .iter()
            .flat_map(|(name, member)| {
                let path = given.map(|(_, path)| path.key(name));
                lines(
                    member,
                    &shown.key(name),
                    given.map(|(document, _)| document).zip(path.as_ref()),
                )
            })
            .collect();
    }
    let place = given.and_then(|(document, path)| Some((document, document.line_of(path)?)));
    vec![SettingLine {
        key: shown.to_string(),
        value: match value {
            Value::Null => "(none)".to_owned(),
            Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
            other => other.to_string(),
        },
        source: place.map_or(SettingSource::Default, |(document, line)| SettingSource::File {
            file: document.file.clone(),
            line: Some(line),
        }),
    }]
}
