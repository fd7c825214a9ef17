//! A login that waits until its user has said whether the application may have what it asks for. Nothing of it is kept
//! before that but this.

use super::site::Site;
use super::views::{AskedScope, Asks};
use super::wish::Wish;
use crate::event::Protocol;
use crate::flow::Unavailable;
use crate::login::{Decision, Effects, Finished, Grant, Refusal};
use crate::oauth::{is_asked_for, scopes_to_ask, turned_away};
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::store::{Bound, ConsentPlace, Hashed, NewLogin, Session};
use crate::tenant::Client;
use crate::time::later;
use crate::trace::Trace;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// A login that is decided, and whose user is asked. It is kept encrypted.
#[derive(Serialize, Deserialize)]
pub(super) struct Unconsented {
    pub wish: Wish,
    /// The id of the session in which somebody logged in.
    pub session: String,
    /// Who proved who they are.
    pub authenticated: String,
    /// The scopes that are asked for; none where the application wants to know who the user is.
    pub scopes: Vec<String>,
    pub grant: Grant,
    effects: Effects,
    trace: Trace,
}

const UNCONSENTED: &[u8] = b"login without consent";
const OPEN: TimeDelta = TimeDelta::hours(1);
const ID_LENGTH: usize = 43;

impl Unconsented {
    /// What the user of this login has to be asked first; nothing where it may be closed. With the session is told who
    /// proved who they are.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn of(
        site: &Site,
        client: &Client,
        wish: &Wish,
        (session, authenticated): (&Session, &str),
        finished: &Finished,
    ) -> Result<Option<Self>, Unavailable> {
        let Decision::Issue(grant) = &finished.decision else {
            return Ok(None);
        };
        if !is_asked_for(client) {
            return Ok(None);
        }
        let consented = site.store.consented(&place(grant, client))?;
        let scopes = scopes_to_ask(client, wish.prompt(site), grant, consented.as_deref());
        Ok(scopes.map(|scopes| Self {
            wish: wish.clone(),
            session: session.id.to_string(),
            authenticated: authenticated.to_owned(),
            scopes: scopes.into_iter().map(str::to_owned).collect(),
            grant: (**grant).clone(),
            effects: finished.effects.clone(),
            trace: finished.trace.clone(),
        }))
    }

    /// Keeps the login, and says under which id.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn keep(&self, site: &Site, browser: Hashed) -> Result<String, Unavailable> {
        let id = SystemRandom.text(ALPHANUMERIC, ID_LENGTH);
        let content = serde_json::to_vec(self).expect("a decided login is JSON");
        site.store.add_login(NewLogin {
            id: Hashed::of(&id),
            bound_to: Bound::Browser(browser),
            content: site.hide(UNCONSENTED, &content),
            expires_at: later(site.now(), OPEN),
        })?;
        Ok(id)
    }

    /// The login with this id, where this browser began it.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn find(site: &Site, browser: Hashed, state: &str) -> Result<Option<Self>, Unavailable> {
        let found = site.store.login(&Hashed::of(state), site.now())?;
        let found = found.filter(|login| login.bound_to == Bound::Browser(browser));
        let content = found.and_then(|login| site.seals.server_keys.show(UNCONSENTED, &login.content));
        Ok(content.and_then(|content| serde_json::from_slice(content.reveal()).ok()))
    }

    /// Remembers that the user consents.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn consent(&self, site: &Site, client: &Client) -> Result<(), Unavailable> {
        site.store
            .consent(&place(&self.grant, client), &self.scopes, site.now())?;
        Ok(())
    }

    /// Why the user does not get in to the organization any more; nothing where they do, or where there is none.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn not_admitted(&self, site: &Site) -> Result<Option<Refusal>, Unavailable> {
        let event = &self.grant.event;
        let Some(asked) = &event.organization else {
            return Ok(None);
        };
        let Ok(organization) = site.tenant.organization(&asked.name) else {
            let description = format!("there is no organization {} any more", asked.name);
            return Ok(Some(Refusal::NotAdmitted { description }));
        };
        // Whoever is gone is refused when the login is closed.
        let user = site.store.stored_user(&self.authenticated)?;
        Ok(user.and_then(|user| turned_away(&user.profile, organization, &event.connection)))
    }

    /// The login as it was decided.
    pub fn into_finished(mut self, site: &Site) -> Finished {
        // What a SAML request asks of its answer is not kept, but read again.
        if let (Some(saml), Wish::Saml(wish)) = (&mut self.grant.request.saml, &self.wish)
            && let Some(incoming) = wish.incoming(site)
        {
            saml.wishes = incoming.origin.wishes.clone();
        }
        Finished {
            recorded: self.grant.recorded.clone(),
            saml: self.grant.request.saml.clone(),
            decision: Decision::Issue(Box::new(self.grant)),
            effects: self.effects,
            trace: self.trace,
        }
    }

    /// What the page says that the application asks for.
    pub fn asks(&self) -> Asks {
        if self.scopes.is_empty() {
            Asks::Login
        } else {
            Asks::Access
        }
    }

    /// The scopes with what their API says of them. An application that asks for none learns who the user is, and may call the
    /// API; a service provider gets the profile.
    pub fn asked(&self, site: &Site) -> Vec<AskedScope> {
        let audience = self.grant.request.audience.as_deref();
        let api = audience.and_then(|audience| site.tenant.resource_server(audience));
        let plain = |scope: &str| AskedScope {
            scope: scope.to_owned(),
            api: None,
            description: None,
        };
        if is_saml(&self.grant) {
            return ["openid", "profile", "email"].map(plain).into();
        }
        if self.scopes.is_empty() {
            let of_api = api.map(|api| AskedScope {
                api: Some(api.name.clone()),
                ..plain("")
            });
            return std::iter::once(plain("openid")).chain(of_api).collect();
        }
        let asked = self.scopes.iter().map(|scope| {
            let defined = api.and_then(|api| api.scopes.iter().find(|known| known.value == *scope));
            AskedScope {
                scope: scope.clone(),
                api: defined.and(api).map(|api| api.name.clone()),
                description: defined
                    .and_then(|known| known.description.clone())
                    .filter(|text| !text.is_empty()),
            }
        });
        asked.collect()
    }

    /// Who is asked, as people call themselves.
    pub fn user(&self) -> &str {
        let profile = &self.grant.profile;
        ["email", "username", "phone_number", "name"]
            .into_iter()
            .find_map(|property| profile.text(property))
            .unwrap_or_else(|| profile.user_id())
    }
}

fn place<'a>(grant: &'a Grant, client: &'a Client) -> ConsentPlace<'a> {
    ConsentPlace {
        user_id: &grant.event.user.user_id,
        client_id: &client.client_id,
        audience: if is_saml(grant) {
            SAML
        } else {
            grant.request.audience.as_deref().unwrap_or_default()
        },
    }
}

fn is_saml(grant: &Grant) -> bool {
    grant.event.transaction.protocol == Some(Protocol::Samlp)
}

/// Stands for a service provider where a consent is kept: it gets a profile and no scopes.
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
