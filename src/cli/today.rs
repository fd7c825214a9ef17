//! Taking a suspended login up: everything that the tenant says is asked of the tenant again.

use super::authn_request::Incoming;
use super::desk::Desk;
use super::trouble::Trouble;
use crate::event::{Asked, KnownBy};
use crate::login::{BoundAction, Refusal, Suspended, Today};
use crate::random::SeededRandom;
use crate::tenant::{Client, Profile};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

impl Desk {
    /// What the tenant says today about a suspended login. `client` is its application, `actions` are the bound
    /// Actions.
    ///
    /// # Errors
    /// The login is another tenant's, or could not start today: its API, callback, connection or organization is
    /// gone or no longer allowed.
    pub(super) fn today(
        &self,
        suspended: &Suspended,
        client: &Client,
        actions: Vec<BoundAction>,
    ) -> Result<Today, Trouble> {
        let mut asked = suspended.asked().clone();
        let primary_user = suspended.primary_user().and_then(|id| self.tenant.user_by_id(id));
        let mut gone = None;
        let user = asked.user_id.as_deref().map(|id| {
            self.tenant.user_by_id(id).cloned().unwrap_or_else(|| {
                // Linking takes an account's own profile away.
                let linked = primary_user.and_then(|primary| primary.secondary_identity(id));
                if linked.is_none() {
                    gone = Some(Refusal::UserGone {
                        user_id: id.to_owned(),
                    });
                }
                stand_in(id, linked)
            })
        });
        let request = asked.options.authn_request.as_ref().and_then(|kept| {
            let at = DateTime::from_timestamp_millis(asked.at_ms).unwrap_or(DateTime::<Utc>::MIN_UTC);
            let relay_state = asked.options.relay_state.clone();
            Incoming::again(kept, relay_state, &self.recipient(client), at)
        });
        let mut refused = None;
        if let Some(request) = request {
            refused = request.refusal;
            asked.options.authn_request = Some(request.origin);
        }
        // The login has its ids; those that are drawn for this opening are not used.
        let mut unused = SeededRandom::new("");
        let mut opening = asked
            .open(&self.tenant, client, user.as_ref(), &mut unused)
            .map_err(|error| over(&error.to_string()))?;
        if opening.event.transaction.protocol != suspended.event().transaction.protocol {
            return Err(over(&format!(
                "the SAML add-on of the application {} was added or removed",
                client.name
            )));
        }
        if let Some((_, answered)) = &refused {
            opening.request.saml = Some(answered.clone());
        }
        let mut plan = self.plan_of(opening, asked, client, actions);
        plan.refusal = refused.map(|(refusal, _)| refusal).or(gone).or(plan.refusal);
        Ok(Today {
            plan,
            primary_user: primary_user.cloned(),
        })
    }

    /// The application of a login that was suspended.
    ///
    /// # Errors
    /// The login is another tenant's, or the application is not there any more.
    pub(super) fn client_again(&self, asked: &Asked) -> Result<Client, Trouble> {
        let domain = &self.tenant.config.domain;
        if asked.domain != *domain {
            return Err(Trouble::new(
                format!(
                    "the login was kept for the tenant {}, and this is {domain}",
                    asked.domain
                ),
                "name the tenant that the login was begun with, or start the login again",
            ));
        }
        let id = &asked.client.client_id;
        let found = match asked.client.known_by {
            KnownBy::Tenant => self
                .tenant
                .clients
                .iter()
                .find(|client| client.client_id == *id)
                .cloned(),
            KnownBy::Event => {
                let of_event = self.client(None, asked.given.as_ref()).ok();
                of_event
                    .filter(|client| client.client_id == *id)
                    .or_else(|| self.client(Some(id), asked.given.as_ref()).ok())
                    .filter(|client| client.client_id == *id)
            }
        };
        found.ok_or_else(|| over(&format!("the application {id} is not there any more")))
    }
}

/// A login that could not be started today does not go on, either.
fn over(why: &str) -> Trouble {
    Trouble::new(
        format!("the login cannot go on, because the tenant changed while the user was away: {why}"),
        "start the login again from the application",
    )
}

/// Stands in for a user without a profile: one whose account was linked to the primary user's, or one who is gone, so
/// that the refusal has an event and finds its way to the application.
fn stand_in(user_id: &str, identity: Option<&Value>) -> Profile {
    let identities: Vec<&Value> = identity.into_iter().collect();
    let profile = json!({"user_id": user_id, "identities": identities});
    Profile(profile.as_object().cloned().unwrap_or_default())
}
