//! `run --record FILE`: what went into a login and what came out of it, without what is secret in it.
//!
//! The event, the requests that came back, options, time, randomness and what the network answered are kept. The tenant
//! with its Actions, users and keys is not: a replay shows what became of this login with the tenant of its day.

use super::known_secrets::KnownSecrets;
use super::login::randomness;
use super::options::{LoginOptions, assignments};
use super::trouble::Trouble;
use super::{files, http_json};
use crate::egress::recorded::{Entry, without_secrets};
use crate::result::LoginResult;
use crate::tenant::EngineChoice;
use crate::time::Moment;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The file of a record.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The number of the form.
    #[serde(rename = "postlogin_record")]
    form: Form,
    /// The tenant's folder.
    pub tenant: Option<PathBuf>,
    /// The options of the login.
    pub login: LoginOptions,
    /// The engine that was asked for.
    pub engine: Option<EngineChoice>,
    /// What stands in the files that the options name.
    pub files: IndexMap<PathBuf, String>,
    /// What the network answered.
    pub http: Vec<Entry>,
    /// What came out.
    pub result: Value,
}

/// The number of the form in which a record is written.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(try_from = "u32", into = "u32")]
struct Form;

const FORM: u32 = 1;

/// Fixes what would be another in each run: the clock and the randomness.
///
/// # Errors
/// A file is standard input, which cannot be read twice.
pub(super) fn fix(options: &mut LoginOptions, now: Moment) -> Result<(), Trouble> {
    if input_files(options).any(|path| path == Path::new("-")) {
        return Err(Trouble::usage(
            "--record cannot keep what comes from standard input (-)",
            "give the path of a file",
        ));
    }
    options.now.get_or_insert_with(|| now.to_rfc3339());
    options
        .seed
        .get_or_insert_with(|| randomness(None).text(ALPHABET, SEED_CHARACTERS));
    for action in &mut options.actions {
        *action = absolute(&*action)?;
    }
    Ok(())
}

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const SEED_CHARACTERS: usize = 26;

impl Record {
    /// What goes into the login.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn begin(
        root: Option<&Path>,
        options: &LoginOptions,
        secrets: &KnownSecrets,
    ) -> Result<Self, Trouble> {
        let files = input_files(options).map(|path| {
            let mut text = files::text(path)?;
            secrets.hide_in(&mut text);
            Ok((path.clone(), text))
        });
        let files = files.collect::<Result<_, Trouble>>()?;
        let given = assignments(&options.secrets, "--secret")?.into_keys();
        let given = given.map(|name| format!("{name}=[secret {name}]"));
        Ok(Self {
            form: Form,
            tenant: root.map(absolute).transpose()?,
            login: LoginOptions {
                secrets: given.collect(),
                ..options.clone()
            },
            engine: options.engines.engine,
            files,
            http: Vec::new(),
            result: Value::Null,
        })
    }

    /// What came out.
    ///
    /// # Errors
    /// Something in it cannot be kept without what is secret in it.
    pub(super) fn end(mut self, result: &LoginResult, secrets: &KnownSecrets) -> Result<Self, Trouble> {
        let made = http_json::made(result, secrets)?;
        self.result = shown(result, &|text| {
            secrets.hide_in(text);
            made.put_into(text);
        })?;
        self.http = made.entries;
        Ok(self)
    }

    /// # Errors
    /// The file cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), Trouble> {
        let mut record = serde_json::to_value(self).map_err(|error| unwritable(&error))?;
        if let Value::Object(options) = &mut record["login"] {
            // What was not asked for.
            options
                .retain(|_, value| !matches!(value, Value::Null | Value::Bool(false)) && *value != json!([]));
        }
        let json = serde_json::to_string_pretty(&record).map_err(|error| unwritable(&error))?;
        files::write_private(path, &(json + "\n"))
    }

    /// # Errors
    /// The file cannot be read, or is no record.
    pub(super) fn read(path: &Path) -> Result<Self, Trouble> {
        files::json(path)
    }
}

/// The files that options name, but for the Actions, which are those of today.
fn input_files(options: &LoginOptions) -> impl Iterator<Item = &PathBuf> {
    let single = options.event.iter().chain(&options.authn_request);
    single.chain(&options.continues)
}

/// A result as a record has it: without tokens, signatures and what `hide` finds, and without what is another in each run.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn shown(result: &LoginResult, hide: &dyn Fn(&mut String)) -> Result<Value, Trouble> {
    let mut value = serde_json::to_value(result).map_err(|error| unwritable(&error))?;
    if let Some(Value::Object(saml)) = value.get_mut("saml") {
        // Base64 of the XML.
        saml.shift_remove("response");
        for xml in saml.values_mut() {
            if let Value::String(xml) = xml {
                *xml = without_signatures(xml);
            }
        }
    }
    for request in value["http"].as_array_mut().into_iter().flatten() {
        if let Value::Object(request) = request {
            // Of the way, not of the answer.
            request.shift_remove("by");
            request.shift_remove("bytes");
        }
    }
    without_secrets(&mut value, hide);
    Ok(value)
}

/// The XML with a word in the place of each signature, so that nobody can use it.
fn without_signatures(xml: &str) -> String {
    let mut parts = xml.split("SignatureValue>");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for (number, part) in parts.enumerate() {
        shown.push_str("SignatureValue>");
        match part.rfind("</").filter(|_| number % 2 == 0) {
            Some(end) => {
                shown.push_str("[signature]");
                shown.push_str(&part[end..]);
            }
            None => shown.push_str(part),
        }
    }
    shown
}

fn absolute(path: impl AsRef<Path>) -> Result<PathBuf, Trouble> {
    std::path::absolute(path.as_ref()).map_err(|error| {
        Trouble::new(
            format!("{} has no absolute path: {error}", path.as_ref().display()),
            "start the command in a folder that is there",
        )
    })
}

fn unwritable(error: &serde_json::Error) -> Trouble {
    Trouble::new(
        format!("the record cannot be written as JSON: {error}"),
        "please report this",
    )
}

impl TryFrom<u32> for Form {
    type Error = String;

    fn try_from(form: u32) -> Result<Self, String> {
        if form == FORM {
            return Ok(Self);
        }
        Err(format!(
            "form {form} is of another version of postlogin, this one reads form {FORM}"
        ))
    }
}

impl From<Form> for u32 {
    fn from(Form: Form) -> Self {
        FORM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_signature_is_left_in_what_a_record_shows() {
        let xml =
            "<a><ds:SignatureValue>c2ln</ds:SignatureValue><b>1</b><SignatureValue>x</SignatureValue></a>";
        assert_eq!(
            without_signatures(xml),
            "<a><ds:SignatureValue>[signature]</ds:SignatureValue><b>1</b><SignatureValue>[signature]</SignatureValue></a>"
        );
        assert_eq!(without_signatures("<a/>"), "<a/>");
    }
}
