//! `/api/sessions`: which sessions a user has, and their end. The members are those of the platform's Management API.

use super::fault::ApiFault;
use crate::event::EventSession;
use crate::oauth::{ApiScope, BodyFault, Machine};
use crate::server::answer::Answer;
use crate::server::log::Entry;
use crate::server::received::Received;
use crate::server::session::shown;
use crate::server::site::Site;
use crate::store::{Families, Holder, Session};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

/// The sessions of the user whom the query names: lists or ends them.
pub(in crate::server) fn sessions(site: &Site, received: &Received) -> Answer {
    called(site, received, |machine, asks| {
        let user_id = user_id(received)?;
        let sessions = site.store.sessions_of_user(&user_id, site.now())?;
        if asks == Asks::Read {
            let sessions: Vec<Value> = sessions.iter().map(listed).collect();
            return Ok(Answer::json(StatusCode::OK, &json!({"sessions": sessions})));
        }
        for session in &sessions {
            end(site, received, session, machine)?;
        }
        Ok(Answer::empty(StatusCode::ACCEPTED))
    })
}

/// One session: shows or ends it, with its refresh tokens.
pub(in crate::server) fn session(site: &Site, received: &Received) -> Answer {
    called(site, received, |machine, asks| {
        let id = received.segment.parse().ok();
        let session = match &id {
            Some(id) => site.store.session(id, site.now())?,
            None => None,
        };
        let session = session.ok_or(ApiFault::NotFound(
            "there is no session with this id that has not ended",
        ))?;
        if asks == Asks::Read {
            return Ok(Answer::json(StatusCode::OK, &listed(&session)));
        }
        end(site, received, &session, machine)?;
        Ok(Answer::empty(StatusCode::ACCEPTED))
    })
}

/// What a call wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    Read,
    End,
}

/// Answers GET and DELETE for whoever may call.
pub(super) fn called(
    site: &Site,
    received: &Received,
    then: impl FnOnce(&Machine, Asks) -> Result<Answer, ApiFault>,
) -> Answer {
    let (asks, scope) = match received.method {
        Method::GET => (Asks::Read, ApiScope::ReadSessions),
        Method::DELETE => (Asks::End, ApiScope::DeleteSessions),
        _ => return Answer::wrong_method("GET, DELETE"),
    };
    match site.machine(received, scope) {
        Ok(machine) => then(&machine, asks).unwrap_or_else(ApiFault::answer),
        Err(answer) => answer,
    }
}

/// The parameter `user_id` of the query.
pub(super) fn user_id(received: &Received) -> Result<String, ApiFault> {
    let missing = || BodyFault::of("user_id", "it is missing in the query, or given twice");
    let query = received.query().map_err(|_| missing())?;
    let user_id = query.get("user_id").map_err(|_| missing())?;
    Ok(user_id.ok_or_else(missing)?.to_owned())
}

fn end(site: &Site, received: &Received, session: &Session, machine: &Machine) -> Result<(), ApiFault> {
    site.store.end_session(&session.id, Families::End)?;
    Entry::of("session_ended", received)
        .user(&session.user_id)
        .with("session_id", session.id.to_string())
        .with("caller", &*machine.client_id)
        .write();
    Ok(())
}

/// A session as it is listed. Nothing of it can be presented: the cookie is kept as a hash alone.
pub(in crate::server) fn listed(session: &Session) -> Value {
    let EventSession {
        id,
        user_id,
        created_at,
        updated_at,
        authenticated_at,
        idle_expires_at,
        expires_at,
        last_interacted_at,
        clients,
        device,
        cookie,
        metadata,
        ..
    } = shown(session);
    let machine = match &session.holder {
        Holder::Browser => None,
        Holder::Machine(client_id) => Some(client_id),
    };
    let mut listed = json!({
        "id": id, "user_id": user_id, "created_at": created_at, "updated_at": updated_at,
        "authenticated_at": authenticated_at, "idle_expires_at": idle_expires_at, "expires_at": expires_at,
        "last_interacted_at": last_interacted_at, "clients": clients, "device": device, "cookie": cookie,
        "authentication": {"methods": session.methods}, "session_metadata": metadata,
    });
    if let (Value::Object(members), Some(client_id)) = (&mut listed, machine) {
        // A session of `/api/issue` has no cookie.
        members.shift_remove("cookie");
        members.insert("machine_client_id".to_owned(), client_id.as_str().into());
    }
    listed
}
