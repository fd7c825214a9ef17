//! Sessions and refresh tokens as they are listed, with the members of the platform's Management API. Nothing of it can be
//! presented: of a cookie there is a hash alone, and the id of a refresh token is that of its family.

use super::session::shown;
use crate::event::EventSession;
use crate::store::{Family, FamilySession, Holder, Rotation, Session};
use crate::time::{Moment, iso};
use serde_json::{Value, json};

/// A session.
pub fn listed_session(session: &Session) -> Value {
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

/// A refresh token.
pub fn listed_refresh_token(family: &Family) -> Value {
    let time = |moment: Option<Moment>| moment.map(iso);
    let session_id = match &family.session {
        FamilySession::In(session) => Some(session.to_string()),
        FamilySession::Outlived(_) | FamilySession::None => None,
    };
    json!({
        "id": family.id.to_string(), "user_id": family.user_id, "client_id": family.client_id,
        "session_id": session_id, "created_at": iso(family.created_at),
        "idle_expires_at": time(family.idle_until), "expires_at": time(family.ends_at),
        "last_exchanged_at": time(family.last_exchange()),
        "rotating": family.rotation == Rotation::Rotating, "device": family.device,
        "resource_servers": [{"audience": family.grant.audience, "scopes": family.grant.scopes.join(" ")}],
        "refresh_token_metadata": family.metadata,
    })
}
