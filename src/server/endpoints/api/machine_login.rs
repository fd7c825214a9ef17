//! A login that a machine client carries through: the shell around [`login`](crate::server::login) that answers a program.

use super::fault::ApiFault;
use crate::action::SecretSearch;
use crate::event::{Device, Protocol};
use crate::flow::{ActionLog, Decided, End, Outcome, Rest};
use crate::issue::{Artefact, Conclusion, Ended};
use crate::login::{Decision, Effects, Finished, Refusal, Suspended};
use crate::oauth::{BodyFault, Machine};
use crate::result::{LoginResult, Outcome as Word, Timing};
use crate::server::answer::Answer;
use crate::server::login::{self, Born, Driven, Left, Noted, Rested, noted, participant};
use crate::server::received::Received;
use crate::server::site::Site;
use crate::server::token_answer::{Holds, TokenHolder};
use crate::store::{Bound, BroughtUser, Closed, GivenWith, NewSession, Overtaken, Session};
use crate::tenant::{Client, known_secrets};
use crate::time::iso;
use crate::trace::Trace;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is kept with such a login while its user is away.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Carried {
    pub session_id: String,
    /// Where the user's browser is.
    pub device: Device,
    pub explain: Explain,
}

/// Whether the caller wants to know what the Actions asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Explain {
    No,
    Yes,
}

/// One such login.
pub(super) struct MachineLogin<'a> {
    pub site: &'a Site,
    pub received: &'a Received,
    pub machine: &'a Machine,
    pub carried: &'a Carried,
    pub session: &'a Session,
    /// Who proved who they are; the session may be another user's since.
    pub authenticated: &'a str,
    pub protocol: Protocol,
    /// That session where it begins with this login. It is kept with what the login leaves behind.
    pub begins: Option<NewSession>,
    /// The user, where they were brought along and the store does not have them like that. They are kept with the login.
    pub brought: Option<BroughtUser>,
}

impl MachineLogin<'_> {
    pub fn driven(&self) -> Driven<'_, Carried> {
        Driven {
            site: self.site,
            carried: self.carried,
            bound_to: Bound::Machine(self.machine.client_id.clone()),
            brought: self.brought.as_ref(),
        }
    }

    /// The answer for a login that came to rest, which is kept first.
    pub fn rested(&self, decided: Decided, client: &Client) -> Result<Answer, ApiFault> {
        let Decided {
            end,
            actions,
            warnings,
        } = decided;
        let conclusion = match end {
            End::Suspended(suspended) => {
                // Nobody knows of the login yet: whoever goes on with it finds its session.
                if let Some(new) = self.begins.clone() {
                    self.site
                        .store
                        .begin_session(new, None, self.session.created_at)?;
                }
                self.note(client, &actions, Rested::Away(&suspended));
                let login_id = suspended.state().to_owned();
                let rest = Rest::Suspended(suspended);
                let outcome = Outcome {
                    rest,
                    actions,
                    warnings,
                };
                return Ok(self.answer(outcome, Some(&login_id)));
            }
            End::Finished(finished) => self.conclude(*finished, client)?,
        };
        let Some(conclusion) = conclusion else {
            self.note(client, &actions, Rested::Answered);
            return Err(answered_before().into());
        };
        let rested = conclusion.as_ref().map_or(Rested::Overtaken, Rested::Over);
        self.note(client, &actions, rested);
        let conclusion =
            conclusion.unwrap_or_else(|overtaken| refused(login::overtaken(overtaken, self.authenticated)));
        let rest = Rest::Ended(Box::new(conclusion));
        let outcome = Outcome {
            rest,
            actions,
            warnings,
        };
        Ok(self.answer(outcome, None))
    }

    /// Issues what was decided, and closes the login in the store; what happened meanwhile, where nothing was kept. Nothing where
    /// the request was answered meanwhile.
    fn conclude(
        &self,
        finished: Finished,
        client: &Client,
    ) -> Result<Option<Result<Conclusion, Overtaken>>, ApiFault> {
        let site = self.site;
        let now = site.now();
        let (mut born, mut holder) = (None, None);
        if let Decision::Issue(grant) = &finished.decision
            && grant.event.transaction.protocol != Some(Protocol::Samlp)
        {
            let of_login = Born {
                site,
                client,
                grant,
                effects: &finished.effects.refresh_token,
                session: Some(self.session.id),
                device: &self.carried.device,
                now,
            };
            born = of_login.family();
            let holds = Holds {
                user_id: &grant.event.user.user_id,
                client_id: &client.client_id,
                given_with: GivenWith {
                    family: born.as_ref().map(|(family, _)| family.id),
                    session: Some(self.session.id),
                },
                scopes: grant.scopes.clone(),
            };
            holder = Some(TokenHolder::of(holds, now));
        }
        let given_with = holder.as_ref().map(|holder| holder.given_with);
        let mut conclusion = site.issue(finished, client, &given_with.unwrap_or_default());
        let left = Left {
            site,
            session: self.session,
            authenticated: self.authenticated,
            device: &self.carried.device,
        };
        let mut closing = left.closing(&conclusion.effects, participant(client, &conclusion.ended));
        closing.answers = login::answered(client, &conclusion.ended, now);
        closing.brought.clone_from(&self.brought);
        closing.begun = self.begins.clone().map(|new| (new, self.session.created_at));
        if let (Ended::Issued(Artefact::Tokens(tokens)), Some(holder)) = (&mut conclusion.ended, &holder) {
            site.seal(tokens, holder);
            let (family, token) = born.unzip();
            closing.family = family;
            tokens.refresh_token = token.map(|token| token.reveal().clone());
        }
        Ok(match site.store.close(closing)? {
            Closed::Kept { .. } => Some(Ok(conclusion)),
            Closed::Answered => None,
            Closed::Overtaken(overtaken) => Some(Err(overtaken)),
            // Nothing was exchanged.
            Closed::Lost(_) => Some(Err(Overtaken::SessionEnded)),
        })
    }

    fn note(&self, client: &Client, actions: &[ActionLog], rested: Rested<'_>) {
        noted(&Noted {
            site: self.site,
            protocol: self.protocol,
            received: self.received,
            caller: Some(&self.machine.client_id),
            client,
            user_id: self.authenticated,
            actions,
            rested,
        });
    }

    fn answer(&self, outcome: Outcome, login_id: Option<&str>) -> Answer {
        let result = LoginResult::of(outcome, Timing::Measured);
        answer(
            self.site,
            result,
            self.carried.explain,
            Some(&self.session.id.to_string()),
            login_id,
        )
    }
}

/// A login that is over before anything is asked of the Actions.
pub(super) fn refused(refusal: Refusal) -> Conclusion {
    Conclusion {
        ended: Ended::Refused(refusal, None),
        effects: Effects::default(),
        trace: Trace::default(),
        recorded: [].into(),
    }
}

/// A request of a service provider is answered once.
pub(super) fn answered_before() -> BodyFault {
    BodyFault::of(
        "saml_request",
        "it was used already; begin again at the service provider",
    )
}

/// A login that waits, for whoever asks how it stands.
pub(super) fn waiting(site: &Site, suspended: Suspended, carried: &Carried) -> Answer {
    let event = suspended.event();
    let about = json!({
        "client_id": event.client.client_id, "user_id": event.user.user_id,
        "expires_at": iso(suspended.expires_at()),
    });
    let login_id = suspended.state().to_owned();
    let outcome = Outcome {
        rest: Rest::Suspended(Box::new(suspended)),
        actions: Vec::new(),
        warnings: Vec::new(),
    };
    let result = LoginResult::of(outcome, Timing::Measured);
    let mut shown = shown(
        site,
        result,
        Explain::No,
        Some(&carried.session_id),
        Some(&login_id),
    );
    if let (Value::Object(shown), Value::Object(about)) = (&mut shown, about) {
        shown.extend(about);
    }
    Answer::json(StatusCode::OK, &shown)
}

/// The result of a login (interface 3), with what the store has of it.
pub(super) fn answer(
    site: &Site,
    result: LoginResult,
    explain: Explain,
    session_id: Option<&str>,
    login_id: Option<&str>,
) -> Answer {
    Answer::json(
        StatusCode::OK,
        &shown(site, result, explain, session_id, login_id),
    )
}

fn shown(
    site: &Site,
    mut result: LoginResult,
    explain: Explain,
    session_id: Option<&str>,
    login_id: Option<&str>,
) -> Value {
    // A user who may not log in is a denial here, whoever denies it (server 5).
    if let Some(error) = &result.error
        && matches!(error.kind, "blocked" | "user_gone")
    {
        result.outcome = Word::Denied;
    }
    if explain == Explain::No {
        result.commands.clear();
        result.trace.clear();
        result.actions.clear();
    }
    if !result.http.is_empty() {
        let secrets = known_secrets(&site.tenant);
        let search = SecretSearch::of(secrets.iter().map(|(name, value)| (name, value)));
        result.each_url(|url| search.hide_in(url));
    }
    let mut shown = json!(result);
    if let Value::Object(members) = &mut shown {
        if explain == Explain::No {
            for name in ["commands", "trace", "actions"] {
                members.shift_remove(name);
            }
        }
        for (name, id) in [("session_id", session_id), ("login_id", login_id)] {
            if let Some(id) = id {
                members.insert(name.to_owned(), id.into());
            }
        }
    }
    shown
}
