//! Why a login cannot be driven.

use crate::command::Call;
use crate::event::EventError;
use crate::login::ResumeError;
use crate::tenant::Problem;
use std::fmt;

/// Something that a login needs cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unavailable {
    /// What cannot be had, and why.
    pub what: String,
    /// What to do.
    pub help: String,
    /// The stable name of the reason, for answers and logs: that of the store's error, or `unavailable`.
    pub code: &'static str,
}

impl Unavailable {
    /// What cannot be had, and what to do.
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            help: help.into(),
            code: "unavailable",
        }
    }
}

/// Why a login cannot be carried out. A login that is refused is not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The login was answered before.
    #[error(
        "the login cannot be resumed (invalid_request): the state was used already, and one answer gives one login"
    )]
    AnsweredBefore,
    /// The login cannot start.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The answer does not fit; the login waits as before.
    #[error("the login cannot be resumed (invalid_request): {0}")]
    NoAnswer(ResumeError),
    /// The used answer cannot be recorded, so the login does not go on.
    #[error("the used answer of the login cannot be recorded: {0}")]
    NotRemembered(std::io::Error),
    /// The login is another tenant's.
    #[error("the login was kept for the tenant {kept}, but this tenant is {here}")]
    OtherTenant {
        /// The domain of the tenant that the login was begun with.
        kept: String,
        /// The domain of this one.
        here: String,
    },
    /// A login that could not be started today does not go on, either.
    #[error("the login cannot go on, because the tenant changed while the user was away: {0}")]
    TenantChanged(Changed),
    /// Something is wrong with parts of the tenant that the login needs.
    #[error("the tenant has errors that the login meets: {}", listed(.0))]
    TenantFaults(Vec<Problem>),
    /// Something that it needs cannot be had.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Commands that were to be repeated are left though the login goes on without them.
    #[error(
        "the command {} of '{}' is never reached, nor are {more} after it",
        first.method,
        first.origin.action.as_deref().unwrap_or("commands")
    )]
    Unreached {
        /// The first one.
        first: Box<Call>,
        /// How many come after it.
        more: usize,
    },
}

fn listed(problems: &[Problem]) -> String {
    let texts = problems
        .iter()
        .map(|problem| format!("{problem}; {}", problem.help));
    texts.collect::<Vec<_>>().join(" | ")
}

/// The change of a tenant that keeps a login from being started today.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Changed {
    /// The application is not there any more.
    Application {
        /// Its client id.
        client_id: String,
    },
    /// The request would be refused today.
    Request(EventError),
    /// The application lost the SAML add-on.
    SamlAddon {
        /// The application's name.
        client: String,
    },
}

impl fmt::Display for Changed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application { client_id } => {
                write!(formatter, "the application {client_id} no longer exists")
            }
            Self::Request(error) => write!(formatter, "{error}"),
            Self::SamlAddon { client } => {
                write!(
                    formatter,
                    "the SAML add-on of the application {client} was removed"
                )
            }
        }
    }
}
