//! The grant `client_credentials` (RFC 6749 section 4.4).

use super::Fault;
use crate::oauth::{Authenticated, ErrorCode, GrantType, MachineRequest, OAuthError, Parameters};
use crate::random::SystemRandom;
use crate::server::log::{self, Entry};
use crate::server::login::algorithm;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::token::{Issuer, MachineGrant, machine_token};
use crate::trace::Trace;
use serde_json::{Map, Value};

/// Gives a machine its access token.
pub(super) fn issue(
    site: &Site,
    client: Authenticated<'_>,
    parameters: &Parameters,
    received: &Received,
) -> Result<Map<String, Value>, Fault> {
    let request = MachineRequest::accept(parameters, client, &site.tenant)?;
    let grant = MachineGrant {
        client: client.client(),
        api: &request.api,
        scopes: &request.scopes,
    };
    let issuer = Issuer {
        endpoints: site.tenant.config.endpoints(),
        keys: &site.keys,
        jti: None,
    };
    let made = || {
        machine_token(
            grant,
            &issuer,
            site.now(),
            &mut SystemRandom,
            &mut Trace::default(),
        )
    };
    let made = site.signing(made, |made| algorithm(made.as_ref().ok()?.0.as_str()));
    let (token, expires_in) = made.map_err(|error| {
        log::line(&format!("a machine's token cannot be issued: {error}"));
        OAuthError::new(ErrorCode::ServerError, "the token cannot be issued")
    })?;
    Entry::of("tokens_issued", received)
        .client(&client.client().client_id)
        .with("grant_type", GrantType::ClientCredentials.as_str())
        .with("audience", &*request.api.identifier)
        .with("outcome", "issued")
        .write();
    let mut answer = Map::new();
    answer.insert("access_token".to_owned(), token.as_str().into());
    answer.insert("token_type".to_owned(), "Bearer".into());
    answer.insert("expires_in".to_owned(), expires_in.into());
    if !request.scopes.is_empty() {
        answer.insert("scope".to_owned(), request.scopes.join(" ").into());
    }
    Ok(answer)
}
