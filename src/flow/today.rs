//! Taking a suspended login up: everything that the tenant says is asked of the tenant again.

use super::drive::Flow;
use super::error::{Changed, FlowError};
use super::incoming::Incoming;
use crate::event::{Asked, KnownBy};
use crate::login::{Plan, Refusal, Suspended, Today};
use crate::saml::inbound::Recipient;
use crate::tenant::{Client, Profile};
use serde_json::{Value, json};

impl Flow<'_> {
    /// What the tenant says now about a suspended login. `client` is its application.
    ///
    /// # Errors
    /// The login could not start today: its API, callback, connection or organization is gone or no longer allowed.
    pub(super) fn today(&self, suspended: &Suspended, client: &Client) -> Result<Today, FlowError> {
        let mut asked = suspended.asked().clone();
        let primary_user = match suspended.primary_user() {
            Some(user_id) => self.profiles.user(user_id)?,
            None => None,
        };
        let (mut gone, mut was_linked) = (None, false);
        let user = match &asked.user_id {
            None => None,
            Some(user_id) => Some(self.profiles.user(user_id)?.unwrap_or_else(|| {
                // Linking takes an account's own profile away.
                let primary = primary_user.as_ref();
                let linked = primary.and_then(|primary| primary.secondary_identity(user_id));
                was_linked = linked.is_some();
                if linked.is_none() {
                    gone = Some(Refusal::UserGone {
                        user_id: user_id.clone(),
                    });
                }
                stand_in(user_id, linked)
            })),
        };
        let request = asked.circumstances.authn_request.as_ref().and_then(|kept| {
            let relay_state = asked.circumstances.transaction.state.clone();
            Incoming::again(kept, relay_state, &self.recipient(client), asked.at)
        });
        let mut refused = None;
        if let Some(request) = request {
            refused = request.refusal;
            asked.circumstances.authn_request = Some(request.origin);
        }
        if asked.lost_addon(client) {
            let client = client.name.clone();
            return Err(FlowError::TenantChanged(Changed::SamlAddon { client }));
        }
        self.check_asked(&asked, client, user.as_ref())?;
        let mut opening = asked
            .open(self.tenant, client, user.as_ref())
            .map_err(|error| FlowError::TenantChanged(Changed::Request(error)))?;
        self.check_event(&opening.event)?;
        if let Some(refused) = &refused {
            opening.request.saml = Some(refused.answered.clone());
        }
        // Who was linked to the primary user meanwhile belongs to where the primary user does.
        let person = if was_linked { &primary_user } else { &user };
        let not_admitted = match person {
            Some(person) if gone.is_none() => self
                .not_admitted(&asked, person, &opening.event)
                .map_err(|error| FlowError::TenantChanged(Changed::Request(error)))?,
            _ => None,
        };
        let known = self.profiles.user(&opening.event.user.user_id)?;
        let actions = self.actions.bound();
        let mut plan = Plan::of(opening, asked, self.tenant, client, known.as_ref(), actions);
        plan.refusal = refused
            .map(|refused| refused.refusal)
            .or(gone)
            .or(plan.refusal)
            .or(not_admitted);
        Ok(Today { plan, primary_user })
    }

    /// The application of a login that was suspended.
    ///
    /// # Errors
    /// The login is another tenant's, or the application is not there any more.
    pub(super) fn client_again(&self, asked: &Asked) -> Result<Client, FlowError> {
        let here = self.tenant.config.domain();
        if asked.domain != here {
            return Err(FlowError::OtherTenant {
                kept: asked.domain.clone(),
                here: here.to_owned(),
            });
        }
        let client_id = &asked.client.client_id;
        let found = match asked.client.known_by {
            KnownBy::Event if self.tenant.clients.is_empty() => asked
                .given
                .as_ref()
                .and_then(|given| given.client_again(client_id)),
            KnownBy::Event | KnownBy::Tenant => {
                let mut clients = self.tenant.clients.iter();
                clients.find(|client| client.client_id == *client_id).cloned()
            }
        };
        found.ok_or_else(|| {
            FlowError::TenantChanged(Changed::Application {
                client_id: client_id.clone(),
            })
        })
    }

    /// Who is asked by SAML requests of this application.
    fn recipient<'a>(&'a self, client: &'a Client) -> Recipient<'a> {
        Recipient {
            client,
            endpoints: self.tenant.config.endpoints(),
            config: &self.tenant.config.saml,
        }
    }
}

/// Stands in for a user without a profile: one whose account was linked to the primary user's, or one who is gone, so
/// that the refusal has an event and finds its way to the application.
fn stand_in(user_id: &str, identity: Option<&Value>) -> Profile {
    let identities: Vec<&Value> = identity.into_iter().collect();
    let profile = json!({"user_id": user_id, "identities": identities});
    Profile(profile.as_object().cloned().unwrap_or_default())
}
