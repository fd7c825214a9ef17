//! The grant `refresh_token` (RFC 6749 section 6): the Actions run, the family turns, tokens are signed, in this order.

use super::no_browser::decided;
use super::{Fault, refused};
use crate::event::{Authentication, Circumstances, EventRefreshToken, Protocol, Transaction};
use crate::flow::{ActionLog, Login};
use crate::issue::{Artefact, Ended};
use crate::login::{Decision, Effects, Finished, Refusal};
use crate::oauth::{ErrorCode, OAuthError, Parameters, RefreshTokenEnds, exchanged_scopes, leeway};
use crate::server::log::{self, Entry};
use crate::server::login::of_user;
use crate::server::received::Received;
use crate::server::session;
use crate::server::site::Site;
use crate::server::token_answer::{Holds, TokenHolder};
use crate::store::{
    Closed, Closing, Family, FamilyEnd, Generation, GivenWith, RefreshToken, Refreshing, Rotation, Stale,
    Standing, Turn, Turned,
};
use crate::tenant::Client;
use crate::time::{Moment, iso};
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
    let token = RefreshToken::read(presented, &site.seals.server_keys).ok_or_else(worthless)?;
    let Some(refreshing) = site.store.refreshing(&token.family, now)? else {
        return Err(worthless());
    };
    let family = &refreshing.family;
    if family.client_id != client.client_id {
        return Err(worthless());
    }
    let leeway = leeway(client);
    match family.standing(token.generation, leeway, now) {
        Standing::Counts | Standing::JustBefore(_) => {}
        Standing::Stale(Stale::Reused) => {
            site.store.end_family(&family.id, FamilyEnd::Reused, now)?;
            Entry::of("refresh_reused", received)
                .client(&client.client_id)
                .user(&family.user_id)
                .with("refresh_token_id", family.id.to_string())
                .write();
            return Err(worthless().told());
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
        scopes: exchanged_scopes(parameters, &family.grant.scopes)?,
        now,
    };
    exchange.run(parameters)
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
        let user = self.refreshing.user.as_ref().filter(|user| !user.is_blocked());
        let user = user.ok_or_else(worthless)?;
        let login = Login::of(self.client, user, self.circumstances(parameters));
        let (mut finished, actions) =
            decided(self.site, login, ErrorCode::InvalidGrant).map_err(|fault| {
                if let Fault::Refused(error) = &fault {
                    self.refused(&error.description, &[]);
                }
                fault.told()
            })?;
        log::actions(self.site, &actions, self.received);
        // The session is not in the event (semantics 5.2); when the user proved who they are stays true.
        if let Decision::Issue(grant) = &mut finished.decision {
            grant.request.authenticated_at = self.refreshing.family.grant.authenticated_at;
        }
        self.finish(finished, &actions)
    }

    fn circumstances(&self, parameters: &Parameters) -> Circumstances {
        let family = &self.refreshing.family;
        let site = self.site;
        let methods = family.grant.methods.iter();
        let methods = methods.filter_map(|method| serde_json::from_value(method.clone()).ok());
        let request = session::own_request(site, self.received, parameters.shown_without_secrets());
        Circumstances {
            transaction: Transaction {
                locale: "en".to_owned(),
                protocol: Some(Protocol::Oauth2RefreshToken),
                requested_scopes: self.scopes.clone(),
                ..Transaction::default()
            },
            request,
            authentication: Authentication {
                methods: methods.collect(),
                ..Authentication::default()
            },
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
            | Closed::Answered
            | Closed::Overtaken(_) => {
                self.refused("overtaken", actions);
                return Err(worthless().told());
            }
        };
        self.issued(finished, generation, actions)
    }

    /// Tells of an exchange that comes to nothing, but for what the family did.
    fn refused(&self, outcome: &str, actions: &[ActionLog]) {
        self.site.metrics.login(REFRESH, "refused");
        Entry::of("refresh_refused", self.received)
            .client(&self.client.client_id)
            .user(&self.refreshing.family.user_id)
            .actions(actions)
            .with("outcome", outcome)
            .write();
    }

    fn closing(&self, effects: &Effects, is_issued: bool) -> Closing {
        let family = &self.refreshing.family;
        let of_token = &effects.refresh_token;
        let ends = RefreshTokenEnds::at_exchange(self.client, of_token, family.ends_at, self.now);
        let mut closing = Closing::at(self.now);
        closing.turn = is_issued.then(|| Turn {
            family: family.id,
            presented: self.token.generation,
            primary_user: effects.user.primary_user.clone(),
            leeway: self.leeway,
            idle_until: ends.idle_until,
            ends_at: ends.ends_at,
            metadata: of_token.metadata.clone(),
            device: session::device(self.received),
        });
        closing.end_family = of_token.revoked.then_some((family.id, FamilyEnd::Revoked));
        closing.user = Some(of_user(effects, &family.user_id, None));
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
        let (user_id, scopes) = match &finished.decision {
            Decision::Issue(grant) => (grant.event.user.user_id.clone(), grant.scopes.clone()),
            Decision::Refuse(_) => (family.user_id.clone(), Vec::new()),
        };
        let given_with = GivenWith {
            family: Some(family.id),
            // Tokens that come after a session has ended are not its own.
            session: self.refreshing.session.as_ref().map(|session| session.id),
        };
        let conclusion = site.issue(finished, self.client, &given_with);
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
                let code = match refusal {
                    // What was granted does not count any more (RFC 6749 section 5.2).
                    Refusal::NotAdmitted { .. } => ErrorCode::InvalidGrant,
                    _ => ErrorCode::of(refusal.oauth_error()),
                };
                let error = OAuthError::new(code, refusal.error_description().into_owned());
                return Err(Fault::Told(error));
            }
        };
        site.metrics.login(REFRESH, "issued");
        entry("refresh_issued").with("outcome", "issued").write();
        let holds = Holds {
            user_id: &user_id,
            client_id: &self.client.client_id,
            given_with,
            scopes,
        };
        let holder = TokenHolder::of(holds, self.now);
        let mut answer = site.token_answer(*tokens, &holder);
        if family.rotation == Rotation::Rotating {
            let next = RefreshToken {
                generation,
                ..*self.token
            };
            let next = next.issue(&site.seals.server_keys).ok_or_else(worthless)?;
            answer.insert("refresh_token".to_owned(), next.reveal().clone().into());
        }
        Ok(answer)
    }
}

const REFRESH: &str = Protocol::Oauth2RefreshToken.as_str();

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
        last_exchanged_at: family.last_exchange().map(iso),
        rotating: Some(family.rotation == Rotation::Rotating),
        metadata: Some(family.metadata.clone()),
        resource_servers: Some(server.into_iter().collect()),
        device: Some(family.device.clone()),
        ..EventRefreshToken::default()
    }
}

fn worthless() -> Fault {
    refused(
        ErrorCode::InvalidGrant,
        "the refresh token is unknown, expired, revoked, used before, or given to another client",
    )
}
