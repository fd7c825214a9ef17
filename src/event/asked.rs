//! What a login was opened with, so that a later day's tenant can open it again.

use super::whole::Event;
use super::{Circumstances, EventError, GivenEvent, Opening, Protocol, build};
use crate::tenant::{Client, Profile, Tenant};
use crate::time::Moment;
use serde::{Deserialize, Serialize};

/// What a login was opened with, without anything that the tenant said to it.
///
/// A suspended login is kept with this. [`Asked::open`] with the tenant of the day on which the user comes back
/// gives the user, the application, the API and everything else as they are on that day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The domain of the tenant that was asked.
    pub domain: String,
    /// The application.
    pub client: AskedClient,
    /// The id of the user whom the tenant knows; absent where the given event alone names the user.
    pub user_id: Option<String>,
    /// When. Kept in epoch milliseconds.
    #[serde(rename = "at_ms", with = "chrono::serde::ts_milliseconds")]
    pub at: Moment,
    /// What really happened.
    pub circumstances: Circumstances,
    /// The given event, which wins member by member.
    pub given: Option<GivenEvent>,
}

/// The application that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedClient {
    /// Client id.
    pub client_id: String,
    /// The source of the application's settings.
    pub known_by: KnownBy,
    /// Whether it had the SAML add-on.
    pub has_samlp: bool,
}

/// The source of an application's settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// The given event, where there is no tenant with applications.
    #[default]
    Event,
    /// The tenant.
    Tenant,
}

impl AskedClient {
    /// `client` of `tenant`, or of an event where the tenant has no applications.
    pub fn of(client: &Client, tenant: &Tenant) -> Self {
        Self {
            client_id: client.client_id.clone(),
            known_by: if tenant.clients.is_empty() {
                KnownBy::Event
            } else {
                KnownBy::Tenant
            },
            has_samlp: client.addons.samlp.is_some(),
        }
    }
}

impl Asked {
    /// Opens the login: its event and everything else that it starts with. `user` is the profile of `user_id`.
    ///
    /// # Errors
    /// As [`build`]: the login cannot start.
    pub fn open(
        &self,
        tenant: &Tenant,
        client: &Client,
        user: Option<&Profile>,
    ) -> Result<Opening, EventError> {
        match (&self.given, user) {
            (Some(given), user) => given.build(tenant, client, user, &self.circumstances),
            (None, Some(user)) => build(tenant, client, user, &self.circumstances),
            (None, None) => Err(EventError::NoUser),
        }
    }

    /// Whether this is a SAML login whose application, which is `client` today, had the add-on and has it no more.
    pub fn lost_addon(&self, client: &Client) -> bool {
        self.circumstances.transaction.protocol == Some(Protocol::Samlp)
            && self.client.has_samlp
            && client.addons.samlp.is_none()
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
