//! The session of a browser as Actions see it, and a new one where somebody has logged in.

use super::log;
use super::received::Received;
use super::site::Site;
use crate::command::CookieMode;
use crate::event::{Device, Dict, EventRequest, EventSession, SessionClient, SessionCookie};
use crate::oauth::Came;
use crate::random::SystemRandom;
use crate::secret::Secret;
use crate::store::{
    Bucket, Change, Holder, NewHolder, NewSession, PresentedCookie, Session, SessionChange, SessionId, Stored,
};
use crate::tenant::{LetsIn, SessionCookieMode, Tenant};
use crate::time::{Moment, iso, later};
use axum::http::{Method, header};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;

/// A session that began now, and the cookie that the browser gets.
pub(super) struct Begun {
    pub session: Session,
    pub cookie: Secret<String>,
}

/// A session that a machine client begins for a user.
pub(super) struct MachineSession<'a> {
    pub client_id: &'a str,
    pub user_id: &'a str,
    pub connection: Option<&'a str>,
    /// `event.authentication.methods`
    pub methods: Vec<Value>,
    pub device: Device,
}

impl Site {
    /// The session of the browser that sent a request.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn session_of(&self, received: &Received) -> Stored<Option<Session>> {
        match self.cookies.session(received) {
            Some(cookie) => self.store.session_of(&cookie, self.now()),
            None => Ok(None),
        }
    }

    /// Whether this application, and the organization that is asked for, take who came over the session's connection. One that
    /// the tenant does not define is nobody's to open or close for applications.
    pub(super) fn takes(&self, session: &Session, client_id: &str, organization: Option<&str>) -> bool {
        let mut clients = self.tenant.clients.iter();
        let client = clients.find(|client| client.client_id == client_id);
        let Some(name) = session.connection.as_deref() else {
            return true;
        };
        let connection = self.tenant.connection(name);
        let id = connection.and_then(|connection| connection.id.as_deref());
        let organization = organization.and_then(|named| self.tenant.organization(named).ok());
        organization.is_none_or(|organization| organization.lets_in(name, id) != LetsIn::Nobody)
            && connection
                .is_none_or(|connection| client.is_some_and(|client| connection.is_enabled_for(client)))
    }

    /// The session of a user who has proved with a password over `connection` who they are: the one that the browser has,
    /// with a new cookie, where it is this user's over this connection; otherwise a new one, and the one before ends.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn begin_session(
        &self,
        user_id: &str,
        connection: Option<&str>,
        received: &Received,
    ) -> Stored<Begun> {
        let now = self.now();
        let (idle, absolute) = lifetimes(&self.tenant);
        let before = self.session_of(received)?;
        if let Some(before) = &before
            && before.user_id == user_id
            && before.connection.as_deref() == connection
            && let Some(begun) = self.proved_again(before, received, now)?
        {
            return Ok(begun);
        }
        let ends_at = later(now, absolute);
        let bucket = Bucket::of(Some(ends_at));
        let (cookie, value) = PresentedCookie::draw(bucket, &mut SystemRandom);
        let new = NewSession {
            id: SessionId::new(bucket, &mut SystemRandom),
            user_id: user_id.to_owned(),
            held_by: NewHolder::Browser(cookie.hash),
            idle_until: later(now, idle).min(ends_at),
            ends_at,
            cookie_mode: match self.tenant.settings.session_cookie_mode() {
                SessionCookieMode::NonPersistent => CookieMode::NonPersistent,
                SessionCookieMode::Persistent => CookieMode::Persistent,
            },
            methods: vec![by_password(now)],
            device: device(received),
            connection: connection.map(str::to_owned),
        };
        let session = new.begun(now);
        let after = before.map(|before| before.id);
        if let Some(ended) = self.store.begin_session(new, after.as_ref(), now)? {
            log::session_ended(received, &ended)
                .with("outcome", "another_login")
                .write();
        }
        Ok(Begun {
            session,
            cookie: value,
        })
    }

    /// A session that the machine client holds by the session's id, from `now` on. It has no cookie. Nothing is kept of it yet.
    pub(super) fn machine_session(&self, new: MachineSession<'_>, now: Moment) -> NewSession {
        let (idle, absolute) = lifetimes(&self.tenant);
        let ends_at = later(now, absolute);
        NewSession {
            id: SessionId::new(Bucket::of(Some(ends_at)), &mut SystemRandom),
            user_id: new.user_id.to_owned(),
            held_by: NewHolder::Machine(new.client_id.to_owned()),
            idle_until: later(now, idle).min(ends_at),
            ends_at,
            cookie_mode: CookieMode::Persistent,
            methods: new.methods,
            device: new.device,
            connection: new.connection.map(str::to_owned),
        }
    }

    /// The host of the public URL.
    pub(super) fn host(&self) -> Option<String> {
        url::Url::parse(&self.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
    }

    /// The same session after its user has proved again who they are. Its id stays; its cookie is another one. Nothing where it
    /// ended meanwhile.
    fn proved_again(&self, session: &Session, received: &Received, now: Moment) -> Stored<Option<Begun>> {
        let (idle, _) = lifetimes(&self.tenant);
        let (cookie, value) = PresentedCookie::draw(session.id.bucket(), &mut SystemRandom);
        let change = SessionChange {
            cookie: Some(cookie.hash),
            authenticated_at: Some(now),
            idle_until: Some(later(now, idle)),
            methods: vec![by_password(now)],
            device: device(received),
            ..SessionChange::default()
        };
        match self.store.change_session(&session.id, change, now)? {
            Change::Kept => Ok(None),
            Change::Made => {
                let session = self.store.session(&session.id, now)?;
                Ok(session.map(|session| Begun {
                    session,
                    cookie: value,
                }))
            }
        }
    }

    /// How long the browser keeps a cookie.
    pub(super) fn cookie_lives(&self) -> Duration {
        lifetimes(&self.tenant).1.to_std().unwrap_or_default()
    }
}

fn by_password(now: Moment) -> Value {
    json!({"name": "pwd", "timestamp": iso(now)})
}

/// Idle and absolute lifetime of sessions.
pub(super) fn lifetimes(tenant: &Tenant) -> (TimeDelta, TimeDelta) {
    let settings = &tenant.settings;
    (
        settings.idle_session_hours().span(),
        settings.session_hours().span(),
    )
}

/// The session as Actions see it.
pub(super) fn shown(session: &Session) -> EventSession {
    let time = |moment: Moment| Some(iso(moment));
    EventSession {
        id: session.id.to_string(),
        user_id: Some(session.user_id.clone()),
        created_at: time(session.created_at),
        updated_at: time(session.last_seen),
        authenticated_at: time(session.authenticated_at),
        idle_expires_at: time(session.idle_until),
        expires_at: time(session.ends_at),
        last_interacted_at: time(session.last_seen),
        clients: Some(session.clients.iter().map(|id| client(id)).collect()),
        device: Some(session.device.clone()),
        // A session of `/api/issue` has no cookie.
        cookie: (session.holder == Holder::Browser).then(|| SessionCookie {
            mode: Some(session.cookie_mode),
            ..SessionCookie::default()
        }),
        metadata: Some(session.metadata.clone()),
        ..EventSession::default()
    }
}

/// The session as the Actions of a login to this application see it: the application is one of the session's, and this request
/// is the last that used it.
pub(super) fn at_login(session: &Session, client_id: &str, request: &EventRequest) -> EventSession {
    let mut shown = shown(session);
    let clients = shown.clients.get_or_insert_default();
    if clients.iter().all(|known| known.client_id != client_id) {
        clients.push(client(client_id));
    }
    let device = shown.device.get_or_insert_default();
    device.last_ip = Some(request.ip.clone());
    device.last_user_agent.clone_from(&request.user_agent);
    shown
}

fn client(id: &str) -> SessionClient {
    SessionClient {
        client_id: id.to_owned(),
        ..SessionClient::default()
    }
}

/// The request as Actions see it: the one with these parameters, sent by the browser that now sends `received`.
pub(super) fn request(site: &Site, received: &Received, parameters: &Dict, came: Came) -> EventRequest {
    let (query, body, method) = match came {
        Came::InQuery => (parameters.clone(), Dict::new(), Method::GET),
        Came::InBody => (Dict::new(), parameters.clone(), Method::POST),
    };
    EventRequest {
        body,
        query,
        hostname: site.host(),
        ip: received.ip.to_string(),
        language: received.header(&header::ACCEPT_LANGUAGE).map(first_language),
        method: method.to_string(),
        user_agent: received.header(&header::USER_AGENT).map(str::to_owned),
        ..EventRequest::default()
    }
}

/// A request that Actions see as it is: with what stands in its URL, and these parameters of its body.
pub(super) fn own_request(site: &Site, received: &Received, body: Dict) -> EventRequest {
    let query = received.query().unwrap_or_default().shown_to_actions();
    EventRequest {
        body,
        method: received.method.to_string(),
        ..request(site, received, &query, Came::InQuery)
    }
}

fn first_language(header: &str) -> String {
    header
        .split([',', ';'])
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Where a session or a refresh token is used.
pub(super) fn device(received: &Received) -> Device {
    let agent = received.header(&header::USER_AGENT).map(str::to_owned);
    Device {
        initial_ip: Some(received.ip.to_string()),
        initial_user_agent: agent.clone(),
        last_ip: Some(received.ip.to_string()),
        last_user_agent: agent,
        ..Device::default()
    }
}

/// The methods of a session for `event.authentication`.
pub(super) fn methods(session: &Session) -> Vec<crate::event::AuthenticationMethod> {
    let known = session.methods.iter();
    known
        .filter_map(|method: &Value| serde_json::from_value(method.clone()).ok())
        .collect()
}
