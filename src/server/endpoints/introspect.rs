//! `/oauth/introspect`: whether a token counts, and for whom it is (RFC 7662).

use super::presented::{AccessToken, Form, Presented, Worth};
use super::token::{Fault, authenticated, caller, refused, tell};
use crate::oauth::{Authenticated, ErrorCode, Parameters, may_have};
use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::tenant::Client;
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

/// Tells a client that has authenticated about a token that was given to it, or that is for an API which it has a grant for.
/// Of any other token it learns that the token is not active.
pub(in crate::server) fn introspect(site: &Site, received: &Received) -> Answer {
    if received.method != Method::POST {
        return Answer::wrong_method("POST");
    }
    let parameters = received.form_or_json();
    let told = match &parameters {
        Ok(parameters) => told(site, received, parameters),
        Err(error) => Err(error.clone().into()),
    };
    match told {
        Ok(told) => {
            let told = told.unwrap_or_else(|| json!({"active": false}));
            Answer::json(StatusCode::OK, &told)
        }
        Err(fault) => {
            let parameters = parameters.unwrap_or_default();
            let caller = caller(site, received, &parameters);
            tell("introspection_refused", received, caller, &parameters, &fault);
            fault.answer()
        }
    }
}

fn told(site: &Site, received: &Received, parameters: &Parameters) -> Result<Option<Value>, Fault> {
    let Authenticated::Confidential(client) = authenticated(site, received, parameters)? else {
        return Err(refused(
            ErrorCode::InvalidClient,
            "a client without credentials is told nothing of tokens",
        ));
    };
    parameters.each_once(&["token_type_hint"])?;
    let Some(token) = parameters.get("token")? else {
        return Err(refused(ErrorCode::InvalidRequest, "token is missing"));
    };
    match Presented::of(site, token) {
        None => Ok(None),
        Some(Presented::Access(token)) => {
            let is_for = |audience: &String| may_have(&site.tenant, client, audience).is_some();
            let may_know = token.client_id == client.client_id
                || matches!(&token.form, Form::Jwt { audiences, .. } if audiences.iter().any(is_for));
            if !may_know || matches!(site.worth(&token)?, Worth::Ended | Worth::UserGone) {
                return Ok(None);
            }
            Ok(Some(of_access_token(site, *token)))
        }
        Some(Presented::Refresh(token)) => {
            let family = site.living_family(&token)?;
            let family = family.filter(|family| is_of(client, &family.client_id));
            Ok(family.map(|family| {
                let end = [family.ends_at, family.idle_until].into_iter().flatten().min();
                let mut told = json!({
                    "active": true, "iss": site.url, "sub": family.user_id, "client_id": family.client_id,
                    "scope": family.grant.scopes.join(" "), "iat": family.turned_at.timestamp(),
                });
                if let Some(end) = end {
                    told["exp"] = end.timestamp().into();
                }
                told
            }))
        }
    }
}

fn of_access_token(site: &Site, token: AccessToken) -> Value {
    match token.form {
        Form::Opaque { .. } => json!({
            "active": true, "token_type": "Bearer", "iss": site.url, "sub": token.subject,
            "client_id": token.client_id, "aud": site.tenant.config.endpoints().userinfo(),
            "scope": token.scopes.join(" "), "exp": token.expires_at.timestamp(),
        }),
        Form::Jwt { claims, .. } => {
            let mut told = Map::from_iter([
                ("active".to_owned(), true.into()),
                ("token_type".to_owned(), "Bearer".into()),
                ("client_id".to_owned(), token.client_id.into()),
            ]);
            told.extend(claims);
            Value::Object(told)
        }
    }
}

fn is_of(client: &Client, client_id: &str) -> bool {
    client.client_id == client_id
}
