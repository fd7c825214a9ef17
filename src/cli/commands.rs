//! Reading recorded commands: the `commands` of a result, or the whole result.

use super::files;
use super::open_tenant::OpenTenant;
use super::trouble::Trouble;
use crate::command::{Answer, Call, Command, Signature};
use serde_json::Value;
use std::path::Path;

/// Refusals that the commands themselves bring about; the commands do not hold any other refusal.
const REPRODUCED: [&str; 12] = [
    "blocked",
    "deny",
    "interaction",
    "mfa",
    "name_id",
    "primary_user",
    "revoke",
    "saml_config",
    "strict",
    "token_config",
    "too_many_redirects",
    "validation",
];

/// The commands in `path`, keys put back.
///
/// # Errors
/// The file is not a list of commands, a command could not have been recorded, or the result is of a login that
/// failed for a reason that its commands do not hold.
pub(super) fn read(path: &Path, open: &OpenTenant, secrets: &[String]) -> Result<Vec<Call>, Trouble> {
    let wrong = |what: String| {
        Trouble::new(
            format!("{}: {what}", path.display()),
            "a commands file is an array of {\"action\", \"method\", \"args\"}, or a whole result",
        )
    };
    let mut recorded = files::json::<Value>(path)?;
    if let Some(kind) = recorded.pointer("/error/kind").and_then(Value::as_str)
        && !REPRODUCED.contains(&kind)
    {
        return Err(Trouble::new(
            format!(
                "{}: the login failed ({kind}), but its commands alone would give a login that succeeds",
                path.display()
            ),
            "give the commands of a login whose Actions ran to their end",
        ));
    }
    if let Some(commands) = recorded.get_mut("commands") {
        recorded = commands.take();
    }
    let mut calls: Vec<Call> = serde_json::from_value(recorded).map_err(|error| wrong(error.to_string()))?;
    open.restore(&mut calls, secrets)?;
    for (number, call) in calls.iter().enumerate() {
        let checked = Command::parse(call).map_err(|error| wrong(format!("command {number}: {error}")))?;
        let is_cache = call.method.starts_with("cache.");
        if !is_cache && Signature::find(&call.method).is_some_and(|method| method.answer != Answer::Api) {
            return Err(wrong(format!(
                "command {number}: {} is a query, which no commands file holds",
                checked.target()
            )));
        }
    }
    Ok(calls)
}
