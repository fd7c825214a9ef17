//! Why a connection or a request fails, as the script is told.

use super::host::Destination;
use super::limits::Reached;
use super::policy::NotAllowed;
use rustix::io::Errno;
use std::io;
use std::time::Duration;

/// Why a connection or a request fails: a code as `error.code` of Node.js has it, and a message for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    NotAllowed(#[from] NotAllowed),
    #[error("{0}")]
    Limit(Reached),
    /// What the script sent is not what egress speaks.
    #[error("{0}")]
    Protocol(String),
    #[error("{what} to {to} took longer than {} ms: request_timeout of [actions.egress]", after.as_millis())]
    TimedOut {
        what: &'static str,
        to: Destination,
        after: Duration,
    },
    #[error("getaddrinfo {code} {host}")]
    Unresolved { code: &'static str, host: String },
    /// Something failed as Node.js words it.
    #[error("{message}")]
    Failed { code: String, message: String },
    #[error("no answer is there for {method} {url}{}", nearest_words(nearest.as_deref()))]
    Unanswered {
        method: String,
        url: String,
        nearest: Option<String>,
    },
    #[error("the run was over before this request was")]
    RunOver,
    #[error("the script gave this request up")]
    GivenUp,
}

impl Refusal {
    /// A connection broke.
    pub(super) fn broken(to: &Destination, error: &io::Error) -> Self {
        let code = error_code(error);
        Self::Failed {
            code: code.to_owned(),
            message: format!("{code}: the connection to {to} broke: {error}"),
        }
    }

    /// What `error.code` is.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::NotAllowed(_) => "EACCES",
            Self::Limit(_) => "ERR_EGRESS_LIMIT",
            Self::Protocol(_) => "ERR_EGRESS_PROTOCOL",
            Self::TimedOut { .. } => "ETIMEDOUT",
            Self::Unresolved { code, .. } => code,
            Self::Failed { code, .. } => code,
            Self::Unanswered { .. } => "ERR_EGRESS_UNANSWERED",
            Self::RunOver | Self::GivenUp => "ECONNRESET",
        }
    }

    /// What a record says: the message, with the code where the message lacks it.
    pub(super) fn for_record(&self) -> String {
        let (code, message) = (self.code(), self.to_string());
        if message.contains(code) {
            message
        } else {
            format!("{code}: {message}")
        }
    }

    /// What a record said ([`Self::for_record`]), again.
    pub(super) fn from_record(error: &str) -> Self {
        let is_code = |word: &&str| {
            word.len() > 2
                && word.starts_with(|first: char| first.is_ascii_uppercase())
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let code = error
            .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .find(|word| is_code(word) && (word.starts_with('E') || word.contains('_')))
            .unwrap_or("ECONNRESET");
        let message = error.strip_prefix(&format!("{code}: ")).unwrap_or(error);
        Self::Failed {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}

/// The name of an error of the system.
pub(super) fn error_code(error: &io::Error) -> &'static str {
    match Errno::from_io_error(error) {
        Some(Errno::ACCESS) => "EACCES",
        Some(Errno::ADDRNOTAVAIL) => "EADDRNOTAVAIL",
        Some(Errno::CONNREFUSED) => "ECONNREFUSED",
        Some(Errno::HOSTUNREACH) => "EHOSTUNREACH",
        Some(Errno::MFILE | Errno::NFILE) => "EMFILE",
        Some(Errno::NETUNREACH) => "ENETUNREACH",
        Some(Errno::PIPE) => "EPIPE",
        Some(Errno::TIMEDOUT) => "ETIMEDOUT",
        _ => "ECONNRESET",
    }
}

fn nearest_words(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("; the nearest that is there is {nearest}"),
        None => "; there is none like it".to_owned(),
    }
}

/// A refusal as the other side of a pair gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What `error.code` is: `ECONNREFUSED`, `CERT_HAS_EXPIRED` ...
    pub code: String,
    /// What `error.message` is; one line.
    pub message: String,
}

impl From<&Refusal> for Refused {
    fn from(refusal: &Refusal) -> Self {
        Self {
            code: refusal.code().to_owned(),
            message: refusal
                .to_string()
                .replace(|character: char| character.is_control(), " "),
        }
    }
}
