//! What the author of an Action should know about a call that was carried out.

use super::call::Call;
use super::redirect::{MIN_SECRET_BYTES, replaced_claim};
use super::{CookieMode, Facts, METHODS, Method, Signature};
use crate::time::Moment;
use crate::trace::Origin;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the engine noticed about the calls of one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// What was noticed.
    pub kind: RemarkKind,
    /// The path after `api.`, or `console.` and the method.
    pub method: String,
    /// The member, key or value that the first of the calls is remarkable for.
    #[serde(default)]
    pub about: Option<String>,
    /// Where it was noticed first.
    pub origin: Origin,
    /// In how many calls.
    pub times: u32,
}

/// What the engine may notice about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RemarkKind {
    /// The call came after the handler had returned; it was not carried out.
    ActionEnded,
    /// The argument was spelt in another way; the call was carried out with the word that is meant.
    OtherSpelling,
    /// A parameter of the query is null, and was sent without a value.
    QueryNull,
    /// A payload held another value for a claim that every session token has; the standard value was issued.
    StandardClaim,
    /// A key was given no value, so nothing was changed.
    ValueMissing,
    /// A token was made or checked with a secret that is shorter than its hash (RFC 8725 section 3.5).
    WeakSecret,
    /// An array or object was written as its JSON.
    WrittenAsJson,
}

impl RemarkKind {
    /// The code of the warning, and of the trace's reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ActionEnded => "action_ended",
            Self::OtherSpelling => "other_spelling",
            Self::QueryNull => "query_null",
            Self::StandardClaim => "standard_claim",
            Self::ValueMissing => "value_missing",
            Self::WeakSecret => "weak_secret",
            Self::WrittenAsJson => "written_as_json",
        }
    }
}

/// What is remarkable about a call that was carried out, and the member, key or value that it is about.
pub fn noticed(call: &Call, facts: &Facts, now: Moment) -> Option<(RemarkKind, String)> {
    let method = Signature::find(&call.method)?.method;
    let text = |position: usize| call.args.get(position).and_then(Value::as_str);
    match method {
        Method::RedirectEncodeToken => {
            let claim = replaced_claim(call.args.first()?, facts, now)?;
            Some((RemarkKind::StandardClaim, claim))
        }
        Method::RedirectSendUserTo => {
            let query = call.args.get(1)?.get("query")?.as_object()?;
            let (name, _) = query.iter().find(|(_, value)| value.is_null())?;
            Some((RemarkKind::QueryNull, name.clone()))
        }
        Method::SessionSetCookieMode => {
            let word = text(0)?;
            let exact = CookieMode::meant_by(word).is_some_and(|mode| mode.name() == word);
            (!exact).then(|| (RemarkKind::OtherSpelling, word.to_owned()))
        }
        Method::SessionSetMetadata => match call.args.get(1)? {
            Value::Array(_) | Value::Object(_) => Some((RemarkKind::WrittenAsJson, text(0)?.to_owned())),
            _ => None,
        },
        Method::UserSetAppMetadata | Method::UserSetUserMetadata if call.args.len() == 1 => {
            Some((RemarkKind::ValueMissing, text(0)?.to_owned()))
        }
        _ => None,
    }
}

impl Remark {
    /// One sentence for people.
    pub fn message(&self) -> String {
        let method = if self.method.starts_with(CONSOLE) {
            self.method.clone()
        } else {
            format!("api.{}", self.method)
        };
        let times = match self.times {
            ..=1 => String::new(),
            times => format!(" ({times} calls)"),
        };
        let about = self.about.as_deref().unwrap_or_default();
        match self.kind {
            RemarkKind::ActionEnded => format!(
                "{method} was asked for after the Action had ended{times}, so it was not carried out; await every \
                 promise that the Action needs, or return it"
            ),
            RemarkKind::OtherSpelling => format!(
                "{method} was given '{about}'{times}, which was taken for the mode that is meant; write persistent \
                 or non-persistent"
            ),
            RemarkKind::QueryNull => format!(
                "{method} was given null for options.query.{about}{times}, so the parameter was sent without a \
                 value; leave the member out where there is none"
            ),
            RemarkKind::StandardClaim => format!(
                "{method} was given another value for the claim '{about}'{times}, but the standard value was issued; \
                 leave the claim out of the payload, or name it otherwise"
            ),
            RemarkKind::ValueMissing => format!(
                "{method} was given no value for '{about}'{times}, so nothing was changed; give null to remove the \
                 key"
            ),
            RemarkKind::WeakSecret => format!(
                "{method} was given a secret of fewer than {MIN_SECRET_BYTES} bytes, which can be guessed; use at \
                 least {MIN_SECRET_BYTES} random bytes (RFC 8725 section 3.5)"
            ),
            RemarkKind::WrittenAsJson => format!(
                "{method} was given an array or object for '{about}'{times}, so its JSON was written; call \
                 JSON.stringify if that is meant"
            ),
        }
    }

    /// Whether there is such a method.
    pub fn is_known(&self) -> bool {
        self.method.starts_with(CONSOLE) || METHODS.iter().any(|method| method.path == self.method)
    }
}

/// How the methods of `console` begin.
pub const CONSOLE: &str = "console.";
