//! The password grants (RFC 6749 section 4.3): the Actions run, what they leave behind is kept, tokens are signed. There is
//! no session (semantics 5.2).

use super::no_browser::decided;
use super::{Fault, refused};
use crate::event::{Authentication, AuthenticationMethod, Circumstances, Device, Protocol, Transaction};
use crate::flow::{ActionLog, Login};
use crate::issue::{Artefact, Conclusion, Ended};
use crate::login::{Decision, Finished, Refusal};
use crate::oauth::{ErrorCode, GrantType, OAuthError, Parameters, PasswordRequest};
use crate::secret::Secret;
use crate::server::login::{Born, Noted, Rested, login_refused, noted, of_user};
use crate::server::password_check::{Attempt, PasswordCheck};
use crate::server::received::Received;
use crate::server::session;
use crate::server::site::Site;
use crate::server::token_answer::{Holds, TokenHolder};
use crate::store::{Closed, Closing, CountedLogin, FamilyId, GivenWith, StoredUser};
use crate::tenant::Client;
use crate::time::{Moment, iso};
use serde_json::{Map, Value};

/// Logs a user in with name and password.
pub(super) fn issue_tokens(
    site: &Site,
    client: &Client,
    parameters: &Parameters,
    grant: GrantType,
    received: &Received,
) -> Result<Map<String, Value>, Fault> {
    let request = PasswordRequest::accept(parameters, grant, &site.tenant)?;
    let checked = site.password_check(&Attempt {
        identifier: &request.username,
        password: request.password.reveal(),
        connection: request.connection.as_deref(),
        organization: request.organization.as_deref(),
        client,
        ip: received.ip,
    });
    let told = |outcome: &str, named: Option<&str>| {
        let protocol = Protocol::Oauth2Password;
        let entry = login_refused(site, received, protocol, &client.client_id, outcome);
        entry.of_user(named).write();
    };
    let user = match checked.map_err(Fault::Unavailable)? {
        PasswordCheck::Right(user) => user,
        PasswordCheck::Wrong { named } => {
            told("wrong_password", named.as_deref());
            let error = OAuthError::new(ErrorCode::InvalidGrant, "the name or the password is wrong");
            return Err(Fault::Told(error));
        }
        PasswordCheck::Busy => {
            told("too_many_at_once", None);
            let error = OAuthError::new(
                ErrorCode::TemporarilyUnavailable,
                "too many people log in just now; try again in a moment",
            );
            return Err(Fault::Later(error, 1));
        }
        PasswordCheck::Throttled { until, named } => {
            told("too_many_attempts", named.as_deref());
            let error = OAuthError::new(ErrorCode::TooManyAttempts, "too many attempts have failed");
            return Err(Fault::Later(error, (until - site.now()).num_seconds().max(0) + 1));
        }
    };
    let login = ByPassword {
        site,
        client,
        received,
        request: &request,
        user: &user,
        device: session::device(received),
        now: site.now(),
    };
    login.run(parameters)
}

struct ByPassword<'a> {
    site: &'a Site,
    client: &'a Client,
    received: &'a Received,
    request: &'a PasswordRequest,
    user: &'a StoredUser,
    device: Device,
    now: Moment,
}

/// What a login gave birth to.
#[derive(Default)]
struct Kept {
    family: Option<FamilyId>,
    refresh_token: Option<Secret<String>>,
}

impl ByPassword<'_> {
    fn run(&self, parameters: &Parameters) -> Result<Map<String, Value>, Fault> {
        let login = Login::of(self.client, &self.user.profile, self.circumstances(parameters));
        let (finished, actions) = decided(self.site, login, ErrorCode::InvalidRequest).map_err(|fault| {
            if let Fault::Refused(error) = &fault {
                self.note(&[], Rested::Unfit(&error.description));
            }
            fault.told()
        })?;
        let is_blocked = matches!(finished.decision, Decision::Refuse(Refusal::Blocked));
        let kept = if is_blocked {
            Some(Kept::default())
        } else {
            self.close(&finished)?
        };
        let Some(kept) = kept else {
            self.note(&actions, Rested::Overtaken);
            return Err(refused(
                ErrorCode::InvalidGrant,
                "the user was blocked or deleted while the login went on",
            )
            .told());
        };
        let (user_id, scopes) = match &finished.decision {
            Decision::Issue(grant) => (grant.event.user.user_id.clone(), grant.scopes.clone()),
            Decision::Refuse(_) => (self.user.profile.user_id().to_owned(), Vec::new()),
        };
        let holds = Holds {
            user_id: &user_id,
            client_id: &self.client.client_id,
            given_with: GivenWith {
                family: kept.family,
                session: None,
            },
            scopes,
        };
        let holder = TokenHolder::of(holds, self.now);
        let conclusion = self.site.issue(finished, self.client, &holder.given_with);
        self.note(&actions, Rested::Over(&conclusion));
        self.answer(conclusion, &holder, kept.refresh_token)
    }

    fn note(&self, actions: &[ActionLog], rested: Rested<'_>) {
        noted(&Noted {
            site: self.site,
            protocol: Protocol::Oauth2Password,
            received: self.received,
            caller: None,
            client: self.client,
            user_id: self.user.profile.user_id(),
            actions,
            rested,
        });
    }

    fn circumstances(&self, parameters: &Parameters) -> Circumstances {
        let Self {
            site, request, user, ..
        } = self;
        let connection = user.profile.connection().map(str::to_owned);
        Circumstances {
            transaction: Transaction {
                locale: "en".to_owned(),
                protocol: Some(Protocol::Oauth2Password),
                requested_scopes: request.scopes.clone(),
                ..Transaction::default()
            },
            request: session::own_request(site, self.received, parameters.shown_without_secrets()),
            authentication: Authentication {
                methods: vec![AuthenticationMethod {
                    name: "pwd".to_owned(),
                    timestamp: iso(self.now),
                    ..AuthenticationMethod::default()
                }],
                ..Authentication::default()
            },
            connection: site.defined(connection.as_ref()),
            organization: request.organization.clone(),
            audience: request.audience.clone(),
            ..Circumstances::default()
        }
    }

    /// Keeps what the login leaves behind, and gives its refresh token with the family of that; nothing where the user was
    /// blocked or deleted meanwhile.
    fn close(&self, finished: &Finished) -> Result<Option<Kept>, Fault> {
        let Self { site, user, .. } = self;
        let effects = &finished.effects;
        let mut closing = Closing::at(self.now);
        let mut login = None;
        let mut kept = Kept::default();
        if let Decision::Issue(grant) = &finished.decision {
            let born = Born {
                site,
                client: self.client,
                grant,
                effects: &effects.refresh_token,
                session: None,
                device: &self.device,
                now: self.now,
            };
            if let Some((family, token)) = born.family() {
                kept.family = Some(family.id);
                kept.refresh_token = Some(token);
                closing.family = Some(family);
            }
            login = Some(CountedLogin {
                ip: self.received.ip.to_string(),
            });
        }
        closing.user = Some(of_user(effects, user.profile.user_id(), login));
        closing.cache.clone_from(&effects.cache);
        Ok(match site.store.close(closing)? {
            Closed::Kept { .. } => Some(kept),
            Closed::Answered | Closed::Lost(_) | Closed::Overtaken(_) => None,
        })
    }

    fn answer(
        &self,
        conclusion: Conclusion,
        holder: &TokenHolder,
        refresh_token: Option<Secret<String>>,
    ) -> Result<Map<String, Value>, Fault> {
        match conclusion.ended {
            Ended::Issued(Artefact::Tokens(tokens)) => {
                let mut answer = self.site.token_answer(*tokens, holder);
                answer.extend(
                    refresh_token.map(|token| ("refresh_token".to_owned(), token.reveal().as_str().into())),
                );
                Ok(answer)
            }
            Ended::Issued(Artefact::Saml(_)) => {
                Err(refused(ErrorCode::ServerError, "the login cannot be carried out"))
            }
            Ended::Refused(refusal, _) => {
                let code = ErrorCode::of(refusal.oauth_error());
                let error = OAuthError::new(code, refusal.error_description().into_owned());
                Err(Fault::Told(error))
            }
        }
    }
}
