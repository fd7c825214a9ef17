//! What became of every request of every Action: nothing is dropped in silence.

use serde::{Deserialize, Serialize};

/// Where in the customer's code a request was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The Action's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The file that the Action has required, as seen from its folder; absent for its main file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// 1-based line in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// 1-based column in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is in the result as asked for.
    Applied,
    /// It is in the result, with a value moved into what is allowed.
    Clamped,
    /// The login was refused, so nothing was issued.
    Discarded,
    /// It is not in the result; the reason says why.
    Dropped,
    /// A later request for the same target replaced it.
    Overridden,
}

/// One line of the trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was to change: `id_token/<claim>`, `access_token/<claim>`, `access_token/scope:<scope>`,
    /// `saml/attribute:<name>`, `saml/<setting>`, `user/app_metadata:<key>`, `session/expires_at`,
    /// `http/<method> <url>` ...
    pub target: String,
    /// Who asked for it.
    #[serde(flatten)]
    pub origin: Origin,
    /// What became of the command.
    pub status: Status,
    /// Why, as a stable code such as `restricted_claim`; absent when it was applied as asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Something the person who runs this should know, though the login went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable code, the same words as the trace's `reason` where both exist.
    pub code: String,
    /// One sentence: what, where, and what to do.
    pub message: String,
    /// Who caused it.
    #[serde(flatten)]
    pub origin: Origin,
}

/// The trace of one login, with its warnings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// In the order in which things were decided.
    pub entries: Vec<Entry>,
    /// In the order in which they were noticed.
    pub warnings: Vec<Warning>,
}

impl Trace {
    /// What the target of a request over the network begins with; method and URL follow.
    pub const HTTP: &str = "http/";

    /// The request is in the result as asked for.
    pub fn applied(&mut self, target: impl Into<String>, origin: &Origin) {
        self.push(target, origin, Status::Applied, None);
    }

    /// A later request for the same target won.
    pub fn overridden(&mut self, target: impl Into<String>, origin: &Origin) {
        self.push(target, origin, Status::Overridden, None);
    }

    /// The login was refused, the request went with it. `reason` is the refusal's code.
    pub fn discarded(&mut self, target: impl Into<String>, origin: &Origin, reason: &str) {
        self.push(target, origin, Status::Discarded, Some(reason));
    }

    /// What was said to be in the result is not, because nothing is issued after all. A claim of the ID token is also
    /// told under the SAML attribute that it became.
    pub fn discard(&mut self, target: &str, origin: &Origin, reason: &str) {
        let is_claim = target.starts_with(ID_TOKEN);
        let said = |entry: &Entry| {
            let is_same = entry.target == target || is_claim && entry.target.starts_with(SAML_ATTRIBUTE);
            is_same && entry.origin == *origin
        };
        let mut is_told = false;
        for entry in self.entries.iter_mut().filter(|entry| said(entry)) {
            is_told = true;
            if matches!(entry.status, Status::Applied | Status::Clamped) {
                entry.status = Status::Discarded;
                entry.reason = Some(reason.to_owned());
            }
        }
        if !is_told {
            self.discarded(target, origin, reason);
        }
    }

    /// The request is not in the result; also a warning with `message`.
    pub fn dropped(
        &mut self,
        target: impl Into<String>,
        origin: &Origin,
        reason: &str,
        message: impl Into<String>,
    ) {
        self.push(target, origin, Status::Dropped, Some(reason));
        self.warn(reason, message, origin);
    }

    /// The request was moved into what is allowed; also a warning with `message`.
    pub fn clamped(
        &mut self,
        target: impl Into<String>,
        origin: &Origin,
        reason: &str,
        message: impl Into<String>,
    ) {
        self.push(target, origin, Status::Clamped, Some(reason));
        self.warn(reason, message, origin);
    }

    /// A request over the network to which no answer came: its script was told, so this is no warning.
    pub fn unanswered(&mut self, target: impl Into<String>, origin: &Origin) {
        self.push(target, origin, Status::Dropped, Some("no_answer"));
    }

    /// A warning that is not about what became of one request.
    pub fn warn(&mut self, code: impl Into<String>, message: impl Into<String>, origin: &Origin) {
        self.warnings.push(Warning {
            code: code.into(),
            message: message.into(),
            origin: origin.clone(),
        });
    }

    fn push(&mut self, target: impl Into<String>, origin: &Origin, status: Status, reason: Option<&str>) {
        self.entries.push(Entry {
            target: target.into(),
            origin: origin.clone(),
            status,
            reason: reason.map(str::to_owned),
        });
    }
}

/// The target of a custom claim of the ID token.
pub(crate) fn id_token_claim(name: &str) -> String {
    format!("{ID_TOKEN}{name}")
}

/// What the target of a SAML attribute begins with.
pub(crate) const SAML_ATTRIBUTE: &str = "saml/attribute:";
const ID_TOKEN: &str = "id_token/";
