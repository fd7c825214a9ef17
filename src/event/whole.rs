//! All of an event.

use super::dict::Dict;
use super::parts::{
    Authentication, Authorization, EventClient, EventConnection, EventOrganization, EventRequest,
    EventResourceServer, EventTenant, Prompt, Protocol, Stats, Transaction, User,
};
use super::session::{EventRefreshToken, EventSession};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One login as an Action sees it, without `secrets`, which the engine adds for each Action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// The transaction: one login attempt or one refresh exchange.
    pub transaction: Transaction,
    /// How the user proved who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// Roles of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// The application.
    pub client: EventClient,
    /// Private to the platform; empty here.
    pub configuration: Dict,
    /// Where the user comes from.
    pub connection: EventConnection,
    /// The custom domain used, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_domain: Option<Value>,
    /// The organization the user logs in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<EventOrganization>,
    /// The form that was rendered, on resume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// The refresh token, during an exchange only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<EventRefreshToken>,
    /// The request that this segment of the login answers.
    pub request: EventRequest,
    /// The API the access token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_server: Option<EventResourceServer>,
    /// The browser session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<EventSession>,
    /// Counts about the user.
    pub stats: Stats,
    /// The tenant.
    pub tenant: EventTenant,
    /// The user who logs in.
    pub user: User,
    /// Members that are not documented.
    #[serde(flatten)]
    pub extra: Dict,
}

impl Event {
    /// Whether the transaction was started at a browser endpoint, so that the user can be sent away
    /// (semantics 2.8, `canRedirect`). `prompt=none` is not considered.
    pub fn has_browser(&self) -> bool {
        self.transaction.protocol.is_none_or(Protocol::has_browser)
    }

    /// Whether the user has a browser session.
    pub fn has_session(&self) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| !session.id.is_empty())
    }

    /// Whether the request forbids every page (`prompt=none`).
    pub fn is_silent(&self) -> bool {
        self.transaction
            .prompt
            .iter()
            .flatten()
            .any(|prompt| prompt == "none")
    }
}
