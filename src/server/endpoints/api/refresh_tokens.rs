//! `/api/refresh-tokens`: which refresh tokens a user has, and their end. The members are those of the platform's
//! Management API; the id is that of the family, and is no token.

use super::fault::ApiFault;
use super::sessions::{Asks, called, user_id};
use crate::oauth::Machine;
use crate::server::answer::Answer;
use crate::server::listed::listed_refresh_token;
use crate::server::log::Entry;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::{Family, FamilyEnd};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// The refresh tokens of the user whom the query names: lists or ends them.
pub(in crate::server) fn refresh_tokens(site: &Site, received: &Received) -> Answer {
    called(site, received, |machine, asks| {
        let (user_id, now) = (user_id(received)?, site.now());
        if asks == Asks::Read {
            let families = site.store.families_of(&user_id, now)?;
            let tokens: Vec<Value> = families.iter().map(listed_refresh_token).collect();
            return Ok(Answer::json(StatusCode::OK, &json!({"tokens": tokens})));
        }
        for family in site.store.end_families_of(&user_id, FamilyEnd::Revoked, now)? {
            log_end(received, &family, machine);
        }
        Ok(Answer::empty(StatusCode::ACCEPTED))
    })
}

/// One refresh token: shows or ends it.
pub(in crate::server) fn refresh_token(site: &Site, received: &Received) -> Answer {
    called(site, received, |machine, asks| {
        let id = received.segment.parse().ok();
        let now = site.now();
        let family = match &id {
            Some(id) => site
                .store
                .refreshing(id, now)?
                .map(|refreshing| refreshing.family),
            None => None,
        };
        let family = family
            .filter(|family| family.lives(now))
            .ok_or(ApiFault::NotFound(
                "there is no refresh token with this id that has not ended",
            ))?;
        if asks == Asks::Read {
            return Ok(Answer::json(StatusCode::OK, &listed_refresh_token(&family)));
        }
        site.store.end_family(&family.id, FamilyEnd::Revoked, now)?;
        log_end(received, &family, machine);
        Ok(Answer::empty(StatusCode::ACCEPTED))
    })
}

fn log_end(received: &Received, family: &Family, machine: &Machine) {
    Entry::of("refresh_ended", received)
        .client(&family.client_id)
        .user(&family.user_id)
        .with("refresh_token_id", family.id.to_string())
        .with("caller", &*machine.client_id)
        .write();
}
