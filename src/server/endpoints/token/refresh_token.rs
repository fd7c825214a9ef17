//! The grant `refresh_token` (RFC 6749 section 6): the Actions run, the family turns, tokens are signed, in this order.

use super::{Fault, refused};
use crate::event::{Authentication, Circumstances, EventRefreshToken, Protocol, Transaction};
use crate::flow::{ActionLog, End, FlowError, Login};
use crate::issue::{Artefact, Ended};
use crate::login::{Decision, Effects, Finished, RefreshTokenLifetimes};
use crate::oauth::{ErrorCode, OAuthError, Parameters};
use crate::server::endpoints::TokenHolder;
use crate::server::log::{self, Entry};
use crate::server::login::decided_at_once;
use crate::server::received::Received;
use crate::server::session::{self, Came};
use crate::server::site::Site;
use crate::store::{
    Closed, Closing, Family, FamilyEnd, FamilySession, Generation, RefreshToken, Refreshing, Rotation,
    SessionChange, SessionClosing, Stale, Standing, Turn, Turned, UserChange,
};
use crate::tenant::Client;
use crate::time::{Moment, at_ms, iso, later};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

/// Exchanges a refresh token for new tokens.
pub(super) fn exchange(
    site: &Site,
    client: &Client,
    parameters: &Parameters,
    received: &Received,
) -> Result<Map<String, Value>, Fault> {
    let Some(presented) = parameters.get("refresh_token")? else {
        return Err(refused(ErrorCode::InvalidRequest, "refresh_token is missing"));
    };
    let now = site.now();
    let token = RefreshToken::read(presented, &site.server_keys).ok_or_else(worthless)?;
    let Some(refreshing) = site.store.refreshing(&token.family, now)? else {
        return Err(worthless());
    };
    let family = &refreshing.family;
    if family.client_id != client.client_id {
        return Err(worthless());
    }
    let policy = client.refresh_token.clone().unwrap_or_default();
    let leeway = TimeDelta::seconds(
        policy
            .leeway
            .and_then(|leeway| leeway.try_into().ok())
            .unwrap_or(0),
    );
    match family.standing(token.generation, leeway, now) {
        Standing::Counts | Standing::JustBefore(_) => {}
        Standing::Stale(Stale::Reused) => {
            site.store.end_family(&family.id, FamilyEnd::Reused)?;
            Entry::of("refresh_reused", received)
                .client(&client.client_id)
                .user(&family.user_id)
                .write();
            return Err(worthless());
        }
        Standing::Stale(_) => return Err(worthless()),
    }
    let exchange = Exchange {
        site,
        client,
        received,
        token: &token,
        refreshing: &refreshing,
        leeway,
        scopes: scopes(parameters, family)?,
        now,
    };
    exchange.run(parameters)
}

/// The scopes that are asked for, none of which goes beyond those of the family.
fn scopes(parameters: &Parameters, family: &Family) -> Result<Vec<String>, Fault> {
    let asked = parameters.words("scope")?;
    if asked.is_empty() {
        return Ok(family.grant.scopes.clone());
    }
    if asked.iter().all(|scope| family.grant.scopes.contains(scope)) {
        return Ok(asked);
    }
    Err(refused(
        ErrorCode::InvalidScope,
        "a scope goes beyond those that the refresh token was given for",
    ))
}

struct Exchange<'a> {
    site: &'a Site,
    client: &'a Client,
    received: &'a Received,
    token: &'a RefreshToken,
    refreshing: &'a Refreshing,
    leeway: TimeDelta,
    scopes: Vec<String>,
    now: Moment,
}

impl Exchange<'_> {
    fn run(&self, parameters: &Parameters) -> Result<Map<String, Value>, Fault> {
        let site = self.site;
        let user = self.refreshing.user.as_ref().filter(|user| !user.is_blocked());
        let user = user.ok_or_else(worthless)?;
        let login = Login::of(self.client, user, self.circumstances(parameters));
        let decided = decided_at_once(site, login).map_err(|error| cannot(&error))?;
        log::actions(site, &decided.actions, self.received);
        match decided.end {
            End::Finished(finished) => self.finish(*finished, &decided.actions),
            End::Suspended(_) => Err(refused(
                ErrorCode::InteractionRequired,
                "the login asks for something that needs a browser",
            )),
        }
    }

    fn circumstances(&self, parameters: &Parameters) -> Circumstances {
        let Refreshing { family, session, .. } = self.refreshing;
        let site = self.site;
        let request = session::request(site, self.received, &without_secrets(parameters), Came::InBody);
        Circumstances {
            transaction: Transaction {
                locale: "en".to_owned(),
                protocol: Some(Protocol::Oauth2RefreshToken),
                requested_scopes: self.scopes.clone(),
                ..Transaction::default()
            },
            request,
            authentication: Authentication {
                methods: session.as_ref().map(session::methods).unwrap_or_default(),
                ..Authentication::default()
            },
            session: session.as_ref().map(session::shown),
            refresh_token: Some(shown(family)),
            connection: site.defined(family.grant.connection.as_ref()),
            organization: family.grant.organization.clone(),
            audience: family.grant.audience.clone(),
            ..Circumstances::default()
        }
    }

    fn finish(&self, finished: Finished, actions: &[ActionLog]) -> Result<Map<String, Value>, Fault> {
        let is_issued = matches!(finished.decision, Decision::Issue(_));
        let generation = match self
            .site
            .store
            .close(self.closing(&finished.effects, is_issued))?
        {
            Closed::Kept {
                turned: Some(Turned::Now(generation) | Turned::Already(generation)),
                ..
            }
            | Closed::Lost(Turned::Now(generation) | Turned::Already(generation)) => generation,
            Closed::Kept { turned: None, .. } => self.token.generation,
            Closed::Kept {
                turned: Some(Turned::Refused(_)),
                ..
            }
            | Closed::Lost(Turned::Refused(_))
            | Closed::Overtaken(_) => return Err(worthless()),
        };
        self.issued(finished, generation, actions)
    }

    fn closing(&self, effects: &Effects, is_issued: bool) -> Closing {
        let family = &self.refreshing.family;
        let lifetimes = RefreshTokenLifetimes::of(self.client);
        let infinite = self
            .client
            .refresh_token
            .as_ref()
            .and_then(|policy| policy.infinite_idle_token_lifetime);
        let idle_until = (infinite != Some(true)).then(|| later(self.now, lifetimes.idle));
        let of_token = &effects.refresh_token;
        let mut closing = Closing::at(self.now);
        closing.turn = is_issued.then(|| Turn {
            family: family.id,
            presented: self.token.generation,
            leeway: self.leeway,
            idle_until: of_token.idle_expires_at.map(at_ms).or(idle_until),
            ends_at: of_token.expires_at.map(at_ms),
            metadata: of_token.metadata.clone(),
            device: session::device(self.received),
        });
        closing.end_family = of_token.revoked.then_some((family.id, FamilyEnd::Revoked));
        let of_session = &effects.session;
        if let (Some(session), true) = (&self.refreshing.session, !of_session.metadata.is_empty()) {
            let change = SessionChange {
                metadata: of_session.metadata.clone(),
                ..SessionChange::default()
            };
            closing.session = Some((
                session.id,
                SessionClosing::Change {
                    change: Box::new(change),
                    participant: None,
                },
            ));
        }
        let change = UserChange {
            user_metadata: effects.user.user_metadata.clone(),
            app_metadata: effects.user.app_metadata.clone(),
            login: None,
        };
        closing.user = Some((family.user_id.clone(), change));
        closing.cache.clone_from(&effects.cache);
        closing
    }

    fn issued(
        &self,
        finished: Finished,
        generation: Generation,
        actions: &[ActionLog],
    ) -> Result<Map<String, Value>, Fault> {
        let site = self.site;
        let family = &self.refreshing.family;
        let scopes = match &finished.decision {
            Decision::Issue(grant) => grant.scopes.clone(),
            Decision::Refuse(_) => Vec::new(),
        };
        let conclusion = site.issue(finished, self.client);
        let entry = |event| {
            Entry::of(event, self.received)
                .client(&self.client.client_id)
                .user(&family.user_id)
                .actions(actions)
                .trace(&conclusion.trace)
        };
        let tokens = match conclusion.ended {
            Ended::Issued(Artefact::Tokens(tokens)) => tokens,
            Ended::Issued(Artefact::Saml(_)) => return Err(worthless()),
            Ended::Refused(refusal, _) => {
                site.metrics.login(REFRESH, "refused");
                entry("refresh_refused").with("outcome", refusal.code()).write();
                let code = ErrorCode::of(refusal.oauth_error());
                return Err(OAuthError::new(code, refusal.error_description().into_owned()).into());
            }
        };
        site.metrics.login(REFRESH, "issued");
        entry("refresh_issued").with("outcome", "issued").write();
        let holder = TokenHolder {
            id: TokenHolder::id_until(later(self.now, TimeDelta::days(1))),
            user_id: family.user_id.clone(),
            client_id: self.client.client_id.clone(),
            session: match family.session {
                FamilySession::In(session) => Some(session),
                FamilySession::None | FamilySession::Outlived(_) => None,
            },
            scopes,
        };
        let mut answer = site.token_answer(*tokens, &holder);
        if family.rotation == Rotation::Rotating {
            let next = RefreshToken {
                generation,
                ..*self.token
            };
            let next = next.issue(&site.server_keys).ok_or_else(worthless)?;
            answer.insert("refresh_token".to_owned(), next.reveal().clone().into());
        }
        Ok(answer)
    }
}

const REFRESH: &str = Protocol::Oauth2RefreshToken.as_str();

/// Why an exchange cannot be carried out; the client is not told what a tenant's administrator has to mend.
fn cannot(error: &FlowError) -> Fault {
    match error {
        FlowError::Event(error) => OAuthError::new(ErrorCode::InvalidRequest, error.to_string()).into(),
        FlowError::Unavailable(unavailable) => Fault::Unavailable(unavailable.clone()),
        other => {
            log::line(&format!("an exchange cannot be carried out: {other}"));
            refused(ErrorCode::ServerError, "the exchange cannot be carried out")
        }
    }
}

/// The refresh token as Actions see it.
fn shown(family: &Family) -> EventRefreshToken {
    let time = |moment: Moment| Some(iso(moment));
    let server = family
        .grant
        .audience
        .as_ref()
        .map(|audience| json!({"audience": audience, "scopes": family.grant.scopes.join(" ")}));
    EventRefreshToken {
        id: family.id.to_string(),
        created_at: time(family.created_at),
        client_id: Some(family.client_id.clone()),
        session_id: family.session.id().map(|id| id.to_string()),
        user_id: Some(family.user_id.clone()),
        expires_at: family.ends_at.map(iso),
        idle_expires_at: family.idle_until.map(iso),
        last_exchanged_at: time(family.turned_at),
        rotating: Some(family.rotation == Rotation::Rotating),
        metadata: Some(family.metadata.clone()),
        resource_servers: Some(server.into_iter().collect()),
        device: Some(family.device.clone()),
        ..EventRefreshToken::default()
    }
}

/// Actions see what was asked for, and nothing with which it could be asked for again.
fn without_secrets(parameters: &Parameters) -> Map<String, Value> {
    let mut shown = parameters.shown_to_actions();
    for secret in ["client_secret", "refresh_token"] {
        shown.shift_remove(secret);
    }
    shown
}

fn worthless() -> Fault {
    refused(
        ErrorCode::InvalidGrant,
        "the refresh token is unknown, expired, revoked, used before, or given to another client",
    )
}
