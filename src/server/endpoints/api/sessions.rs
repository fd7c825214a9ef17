//! `/api/sessions`: which sessions a user has, and their end. The members are those of the platform's Management API.

use super::fault::ApiFault;
use crate::oauth::{ApiScope, BodyFault, Machine};
use crate::server::answer::Answer;
use crate::server::listed::listed_session;
use crate::server::log;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::{EndedSession, Families};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

/// The sessions of the user whom the query names: lists or ends them.
pub(in crate::server) fn sessions(site: &Site, received: &Received) -> Answer {
    called(site, received, |machine, asks| {
        let user_id = user_id(received)?;
        let now = site.now();
        if asks == Asks::Read {
            let sessions = site.store.sessions_of_user(&user_id, now)?;
            let sessions: Vec<Value> = sessions.iter().map(listed_session).collect();
            return Ok(Answer::json(StatusCode::OK, &json!({"sessions": sessions})));
        }
        for ended in site.store.end_sessions_of_user(&user_id, Families::End, now)? {
            log_end(received, &ended, machine);
        }
        Ok(Answer::empty(StatusCode::ACCEPTED))
    })
}

/// One session: shows or ends it, with its refresh tokens.
pub(in crate::server) fn session(site: &Site, received: &Received) -> Answer {
    called(site, received, |machine, asks| {
        let id = received.segment.parse().ok();
        let now = site.now();
        let session = match &id {
            Some(id) => site.store.session(id, now)?,
            None => None,
        };
        let session = session.ok_or(ApiFault::NotFound(
            "there is no session with this id that has not ended",
        ))?;
        if asks == Asks::Read {
            return Ok(Answer::json(StatusCode::OK, &listed_session(&session)));
        }
        if let Some(ended) = site.store.end_session(&session.id, Families::End, now)? {
            log_end(received, &ended, machine);
        }
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

fn log_end(received: &Received, session: &EndedSession, machine: &Machine) {
    log::session_ended(received, session)
        .with("outcome", "api")
        .with("caller", &*machine.client_id)
        .write();
}
