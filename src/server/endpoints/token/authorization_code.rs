//! The grant `authorization_code` (RFC 6749 section 4.1.3, RFC 9700 section 2.1.1).

use super::{Fault, refused};
use crate::issue::{Artefact, Ended};
use crate::login::{Decision, Effects, Finished};
use crate::oauth::{ErrorCode, GrantType, OAuthError, Parameters, is_verified_by};
use crate::server::log::{self, Entry};
use crate::server::login::{Born, CodeContent};
use crate::server::received::Received;
use crate::server::site::Site;
use crate::server::token_answer::{Holds, TokenHolder};
use crate::store::{GivenWith, Hashed, Redeemed, Redemption};
use crate::tenant::Client;
use crate::trace::Trace;
use serde_json::{Map, Value};

/// Exchanges a code for tokens.
pub(super) fn exchange(
    site: &Site,
    client: &Client,
    parameters: &Parameters,
    received: &Received,
) -> Result<Map<String, Value>, Fault> {
    let Some(presented) = parameters.get("code")? else {
        return Err(refused(ErrorCode::InvalidRequest, "code is missing"));
    };
    let now = site.now();
    let hash = Hashed::of(presented);
    let code = site.store.code(&hash, now)?;
    // A code that somebody else presents stays whole for its client. One that was used ends what it gave also after its time.
    let code = code.filter(|code| code.client_id == client.client_id);
    let Some(code) = code else {
        return Err(worthless());
    };
    let content = CodeContent::of(site, &code).ok_or_else(worthless)?;
    let redirect_uri = parameters.get("redirect_uri")?;
    let fits = match content.redirect_uri.as_deref() {
        Some(given) => redirect_uri == Some(given),
        None => redirect_uri.is_none_or(|url| client.has_callback(url)),
    };
    if !fits {
        return Err(refused(
            ErrorCode::InvalidGrant,
            "redirect_uri is not that of the authorization request",
        ));
    }
    is_verified_by(content.challenge.as_ref(), parameters.get("code_verifier")?)?;
    let born = Born {
        site,
        client,
        grant: &content.grant,
        effects: &content.refresh_token,
        session: code.session,
        device: &content.device,
        now,
    };
    let (family, refresh_token) = born.family().unzip();
    let holds = Holds {
        user_id: &code.user_id,
        client_id: &client.client_id,
        given_with: GivenWith {
            family: family.as_ref().map(|family| family.id),
            session: code.session,
        },
        scopes: content.grant.scopes.clone(),
    };
    let holder = TokenHolder::of(holds, now);
    let transaction = content.grant.event.transaction.id.clone();
    let finished = Finished {
        recorded: content.grant.recorded.clone(),
        decision: Decision::Issue(Box::new(content.grant)),
        effects: Effects::default(),
        trace: Trace::default(),
        saml: None,
    };
    let told = |event| {
        Entry::of(event, received)
            .client(&client.client_id)
            .user(&code.user_id)
    };
    let conclusion = site.issue(finished, client, &holder.given_with);
    match conclusion.ended {
        Ended::Issued(Artefact::Tokens(tokens)) => {
            // Nothing leaves before the code is used, and with it is known what a second use has to end.
            let token = holder.ended_by(&tokens);
            match site.store.redeem(&hash, Redemption { family, token }, now)? {
                Redeemed::First => {}
                Redeemed::Again { .. } => {
                    told("code_reused").write();
                    return Err(worthless().told());
                }
                Redeemed::Unknown => return Err(worthless()),
            }
            told("tokens_issued")
                .with("grant_type", GrantType::AuthorizationCode.as_str())
                .with("outcome", "issued")
                .trace(&conclusion.trace)
                .write();
            let mut answer = site.token_answer(*tokens, &holder);
            answer.extend(
                refresh_token.map(|token| ("refresh_token".to_owned(), token.reveal().as_str().into())),
            );
            site.tell_demo(transaction.as_deref(), &conclusion.trace, &answer);
            Ok(answer)
        }
        Ended::Issued(Artefact::Saml(_)) => Err(worthless()),
        Ended::Refused(refusal, _) => {
            log::line(&format!("tokens cannot be issued: {}", refusal.description()));
            Err(OAuthError::new(ErrorCode::ServerError, "the tokens cannot be issued").into())
        }
    }
}

fn worthless() -> Fault {
    refused(
        ErrorCode::InvalidGrant,
        "the code is unknown, expired, used before, or given to another client",
    )
}
