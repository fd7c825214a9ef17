//! `/oauth/revoke`: an application gives a token back (RFC 7009).

use super::presented::Presented;
use super::token::{Fault, authenticated, called, refused};
use crate::oauth::{ErrorCode, Parameters};
use crate::server::answer::Answer;
use crate::server::log::Entry;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::FamilyEnd;
use axum::http::StatusCode;
use serde_json::json;

/// Ends a token: of a refresh token the whole family, as on the platform, with the access tokens of that.
pub(in crate::server) fn revoke(site: &Site, received: &Received) -> Answer {
    called(site, received, "revocation_refused", |parameters| {
        revoked(site, received, parameters)?;
        // The status says everything (RFC 7009 section 2.2), but there are clients that read JSON or fail.
        Ok(Answer::json(StatusCode::OK, &json!({})))
    })
}

fn revoked(site: &Site, received: &Received, parameters: &Parameters) -> Result<(), Fault> {
    let client = authenticated(site, received, parameters)?.client();
    parameters.each_once(&["token_type_hint"])?;
    let Some(token) = parameters.get("token")? else {
        return Err(refused(ErrorCode::InvalidRequest, "token is missing"));
    };
    let ended = |what: &str, user_id: &str| {
        Entry::of("token_revoked", received)
            .client(&client.client_id)
            .user(user_id)
            .with("outcome", what)
            .write();
    };
    // A token that is none of ours is as good as revoked (RFC 7009 section 2.2).
    match Presented::of(site, token) {
        None => Ok(()),
        Some(Presented::Refresh(token)) => {
            let now = site.now();
            let Some(refreshing) = site.store.refreshing(&token.family, now)? else {
                return Ok(());
            };
            if refreshing.family.client_id != client.client_id {
                return Err(of_another());
            }
            site.store.end_family(&token.family, FamilyEnd::Revoked, now)?;
            ended("refresh_token", &refreshing.family.user_id);
            Ok(())
        }
        Some(Presented::Access(token)) => {
            if token.client_id != client.client_id {
                return Err(of_another());
            }
            site.store.end_token(&token.id, token.expires_at)?;
            ended("access_token", &token.subject);
            Ok(())
        }
    }
}

fn of_another() -> Fault {
    refused(ErrorCode::InvalidGrant, "the token was given to another client")
}
