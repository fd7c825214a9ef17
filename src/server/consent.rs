//! A login that waits until its user has said whether the application may have what it asks for. Nothing of it is kept
//! before that but this.

use super::site::Site;
use super::views::AskedScope;
use super::wish::Wish;
use crate::flow::Unavailable;
use crate::login::{Decision, Effects, Finished, Grant};
use crate::oauth::{AuthorizeRequest, scopes_to_ask};
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
    /// The scopes that are asked for.
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
        request: &AuthorizeRequest,
        (session, authenticated): (&Session, &str),
        finished: &Finished,
    ) -> Result<Option<Self>, Unavailable> {
        let Decision::Issue(grant) = &finished.decision else {
            return Ok(None);
        };
        if client.is_first_party != Some(false) {
            return Ok(None);
        }
        let consented = site.store.consented(&place(grant, client))?;
        let is_consented = |scope: &str| consented.iter().any(|known| known == scope);
        let scopes = scopes_to_ask(client, request.prompt, grant, is_consented);
        if scopes.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            wish: Wish::Oidc(Box::new(request.clone())),
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

    /// The login as it was decided.
    pub fn into_finished(self) -> Finished {
        Finished {
            recorded: self.grant.recorded.clone(),
            decision: Decision::Issue(Box::new(self.grant)),
            effects: self.effects,
            trace: self.trace,
            saml: None,
        }
    }

    /// The scopes with what their API says of them.
    pub fn asked(&self, site: &Site) -> Vec<AskedScope> {
        let audience = self.grant.request.audience.as_deref();
        let api = audience.and_then(|audience| site.tenant.resource_server(audience));
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
        audience: grant.request.audience.as_deref().unwrap_or_default(),
    }
}
