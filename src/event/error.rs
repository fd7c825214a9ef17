//! Why no login can start.

use crate::json::{JsonPath, discreet, plain_words};
use crate::tenant::LookupError;
use crate::web_url::{UrlFault, shown_url};

/// No login can start with what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The URL is not among the client's callbacks.
    #[error(
        "{url} is not a callback of the client \"{client}\"; {}",
        listed(
            allowed,
            "use one of",
            "add it to \"callbacks\" of the client, which has none"
        )
    )]
    CallbackNotAllowed {
        /// The client's name.
        client: String,
        /// The URL that was asked for.
        url: String,
        /// The client's callbacks.
        allowed: Vec<String>,
    },
    /// A callback of the client that no browser is sent to.
    #[error(
        "the callback {} of the client \"{client}\" {fault}; correct it in \"callbacks\"",
        shown_url(url)
    )]
    CallbackUnsafe {
        /// The client's name.
        client: String,
        /// The URL.
        url: String,
        /// Why.
        fault: UrlFault,
    },
    /// The connection is not there.
    #[error(transparent)]
    Connection(LookupError),
    /// A SAML client without any callback.
    #[error("the client \"{client}\" has no callback, so there is no ACS URL; add it to \"callbacks\"")]
    NoAcsUrl {
        /// The client's name.
        client: String,
    },
    /// Neither a user nor an event with one was given.
    #[error("the login has no user; name a user, or give an event with user.user_id")]
    NoUser,
    /// The given event is not an object.
    #[error("the event must be a JSON object such as {{\"user\": {{\"user_id\": \"auth0|1\"}}}}")]
    NotAnObject,
    /// The organization is not there.
    #[error(transparent)]
    Organization(LookupError),
    /// An application was asked for, and the given event is of another one.
    #[error("the application is {asked}, but the event is of the application {client_id}")]
    OtherClient {
        /// The name or client id that was asked for.
        asked: String,
        /// The event's application.
        client_id: String,
    },
    /// The client does not take organizations, or wants one.
    #[error("the client \"{client}\" {rule}")]
    OrganizationUsage {
        /// The client's name.
        client: String,
        /// What it wants.
        rule: &'static str,
    },
    /// The given event has a member that only an Action's own run adds.
    #[error(
        "secrets do not belong in an event, which is written to state files; give them with --secret \
         NAME=VALUE or in secrets.env of the tenant folder"
    )]
    Secrets,
    /// A member of the given event has the wrong type.
    #[error("the event's member {path}: {message}")]
    Shape {
        /// Where, such as `transaction.protocol`.
        path: String,
        /// What was expected and what was found.
        message: String,
    },
    /// The audience is not an API of the tenant.
    #[error(
        "{audience} is not an API of this tenant; {}",
        listed(known, "use one of", "add it under resource-servers/")
    )]
    UnknownAudience {
        /// The audience that was asked for.
        audience: String,
        /// The APIs there are.
        known: Vec<String>,
    },
    /// The user is not in the organization.
    #[error("the user {user_id} is not a member of the organization \"{organization}\"")]
    NotAMember {
        /// The user's id.
        user_id: String,
        /// The organization's name.
        organization: String,
    },
}

impl EventError {
    pub(super) fn shape(path: &JsonPath, error: &serde_json::Error) -> Self {
        Self::Shape {
            path: path.to_string(),
            message: discreet(plain_words(&error.to_string()), path),
        }
    }
}

fn listed(items: &[String], before: &str, none: &str) -> String {
    if items.is_empty() {
        return none.to_owned();
    }
    format!("{before}: {}", items.join(", "))
}
