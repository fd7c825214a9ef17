//! What a login was opened with, so that a later day's tenant can open it again.

use super::{Event, EventError, EventOptions, Opening, Protocol, build};
use crate::random::Random;
use crate::tenant::{Client, Profile, Tenant};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was asked for and given when a login began, without anything that the tenant said to it.
///
/// A suspended login is kept with this. [`Asked::open`] with the tenant of the day on which the user comes back
/// gives the user, the application, the API and everything else as they are on that day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The domain of the tenant that was asked.
    pub domain: String,
    /// The application.
    pub client: AskedClient,
    /// The id of the user whom the tenant knows; absent where the given event alone says who logs in.
    pub user_id: Option<String>,
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// The request and its circumstances.
    pub options: EventOptions<'static>,
    /// The given event, which wins member by member.
    pub given: Option<Value>,
}

/// The application that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedClient {
    /// Client id.
    pub client_id: String,
    /// Who says what it is.
    pub known_by: KnownBy,
}

/// Who says what an application is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// The given event, where there is no tenant with applications.
    #[default]
    Event,
    /// The tenant.
    Tenant,
}

impl Asked {
    /// Opens the login: its event and everything else that it starts with. `user` is the profile of `user_id`.
    ///
    /// # Errors
    /// As [`build`]: no such login can start.
    pub fn open(
        &self,
        tenant: &Tenant,
        client: &Client,
        user: Option<&Profile>,
        random: &mut dyn Random,
    ) -> Result<Opening, EventError> {
        let options = EventOptions {
            user,
            ..self.options.clone()
        };
        let at = DateTime::from_timestamp_millis(self.at_ms).unwrap_or(DateTime::<Utc>::MIN_UTC);
        build(tenant, client, &options, self.given.as_ref(), at, random)
    }

    /// Writes down what the request left open and the tenant decided when it opened the login as `event`: where
    /// the answer goes, the API, the connection and the organization. They are those of this login from now on.
    pub fn decide(&mut self, event: &Event, tenant: &Tenant) {
        let given = |member: &str| {
            self.given
                .as_ref()
                .is_some_and(|given| given.get(member).is_some())
        };
        let (api, connection, organization) = (
            !given("resource_server"),
            !given("connection"),
            !given("organization"),
        );
        let options = &mut self.options;
        if options.redirect_uri.is_none() {
            options.redirect_uri.clone_from(&event.transaction.redirect_uri);
        }
        // A SAML login has no API, and one that names an API would not be a SAML login.
        if options.audience.is_none() && api && event.transaction.protocol != Some(Protocol::Samlp) {
            options.audience = match &event.resource_server {
                None => Some(format!("https://{}/userinfo", tenant.config.domain)),
                Some(server) => tenant
                    .resource_server(&server.identifier)
                    .map(|known| known.identifier.clone()),
            };
        }
        // A connection that the tenant does not define was made up from the user's identity.
        if options.connection.is_none() && connection {
            let known = tenant.connection(&event.connection.name);
            options.connection = known.map(|known| known.name.clone());
        }
        if options.organization.is_none() && organization {
            options.organization = event
                .organization
                .as_ref()
                .map(|organization| organization.name.clone());
        }
    }
}

impl Event {
    /// Makes this event, which a later day's tenant made, the one of the login that had `before`: its ids, its
    /// metadata and the request of its current segment stay.
    pub(crate) fn go_on_from(&mut self, before: Self) {
        self.request = before.request;
        self.prompt = before.prompt;
        self.transaction.id = before.transaction.id;
        self.transaction.state = before.transaction.state;
        self.transaction.metadata = before.transaction.metadata;
        if let (Some(session), Some(before)) = (&mut self.session, before.session) {
            session.id = before.id;
            session.metadata = before.metadata;
        }
        if let (Some(token), Some(before)) = (&mut self.refresh_token, before.refresh_token) {
            token.id = before.id;
            token.metadata = before.metadata;
        }
    }
}
