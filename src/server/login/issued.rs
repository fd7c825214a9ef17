//! What an application gets of a login, and what the session remembers of that.

use crate::issue::{Artefact, Conclusion, Ended, Issuing, OnWarning, issue};
use crate::login::Finished;
use crate::random::SystemRandom;
use crate::saml::logout::Participant;
use crate::server::log;
use crate::server::site::Site;
use crate::store::{GivenWith, SessionParticipant};
use crate::tenant::Client;
use crate::token::AccessToken;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Instant;

impl Site {
    /// Issues what a login decided, so that the access token ends with what it is given with; one in the platform's profile,
    /// which has no `jti`, does not.
    pub(in crate::server) fn issue(
        &self,
        finished: Finished,
        client: &Client,
        given_with: &GivenWith,
    ) -> Conclusion {
        let jti = self.jti(given_with);
        let issuing = Issuing {
            tenant: &self.tenant,
            client,
            keys: &self.keys,
            now: self.now(),
            jti: jti.as_deref(),
            on_warning: OnWarning::Issue,
        };
        let made = || issue(finished, &issuing, &mut SystemRandom);
        self.signing(made, |conclusion| match &conclusion.ended {
            Ended::Issued(artefact) => Some(signed_with(artefact)),
            Ended::Refused(..) => None,
        })
    }

    /// Has its turn at signing, and measures how long something takes that signs; `with` says with which algorithm.
    #[expect(clippy::disallowed_methods, reason = "the edge: here durations are measured")]
    pub(in crate::server) fn signing<T>(
        &self,
        sign: impl FnOnce() -> T,
        with: impl FnOnce(&T) -> Option<String>,
    ) -> T {
        let turn = self.turns.take();
        let began = Instant::now();
        let signed = sign();
        drop(turn);
        if let Some(alg) = with(&signed) {
            self.metrics.signed(&alg, began.elapsed());
        }
        signed
    }
}

/// The algorithm of the first signature.
fn signed_with(artefact: &Artefact) -> String {
    match artefact {
        Artefact::Saml(answer) => {
            let method = answer.xml.split_once("SignatureMethod Algorithm=\"");
            let method = method.and_then(|(_, rest)| rest.split(['#', '"']).nth(1));
            // That of a response whose signature is within the encryption.
            method.unwrap_or("encrypted").to_owned()
        }
        Artefact::Tokens(tokens) => {
            let id_token = tokens.id_token.as_ref().map(|token| token.jwt.as_str());
            let access_token = tokens.access_token.as_ref().map(AccessToken::as_str);
            let mut tokens = id_token.into_iter().chain(access_token);
            tokens.find_map(algorithm).unwrap_or_else(|| "none".to_owned())
        }
    }
}

/// The algorithm in the header of a token.
pub(in crate::server) fn algorithm(jwt: &str) -> Option<String> {
    let header = URL_SAFE_NO_PAD.decode(jwt.split('.').next()?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    Some(header.get("alg")?.as_str()?.to_owned())
}

/// The application as one that takes part in the session: a service provider with what a logout has to name. Nothing where
/// the login issued nothing.
pub(in crate::server) fn participant(client: &Client, ended: &Ended) -> Option<SessionParticipant> {
    let plain = || SessionParticipant::Client(client.client_id.clone());
    match ended {
        Ended::Issued(Artefact::Tokens(_)) => Some(plain()),
        Ended::Issued(Artefact::Saml(answer)) => Some(match Participant::of(answer, client) {
            Ok(Some(participant)) => SessionParticipant::ServiceProvider(Box::new(participant)),
            Ok(None) => plain(),
            Err(error) => {
                log::line(&format!("logout of {} will not reach it: {error}", client.name));
                plain()
            }
        }),
        Ended::Refused(..) => None,
    }
}
