//! The end of a login: the decision, what is written, and what became of every command that neither
//! tokens nor a SAML response will speak of.

use super::decision::{Decision, Effects, Grant, RefreshTokenEffects, UserEffects};
use super::effects::{self, Scope};
use super::refusal::Refusal;
use super::state::State;
use crate::command::{Command, Recorded};
use crate::event::SamlRequest;
use crate::time::Moment;
use crate::trace::Trace;
use std::sync::Arc;

/// A login that is over.
#[derive(Debug)]
pub struct Finished {
    /// Issue, or refuse.
    pub decision: Decision,
    /// What is written, whatever the decision.
    pub effects: Effects,
    /// What became of each command; of those for tokens and SAML responses only when refused.
    pub trace: Trace,
    /// Every command of every Action that completed, in order.
    pub recorded: Arc<[Recorded]>,
    /// What a SAML login answers, also where it is refused.
    pub saml: Option<SamlRequest>,
}

impl Finished {
    pub(super) fn issued(mut state: Box<State>, now: Moment) -> Self {
        let effects = effects::of(&mut state, Scope::Issued, now);
        for recorded in &state.recorded {
            let deferred = matches!(recorded.command, Command::EnableMultifactor { .. });
            if carrier(&recorded.command) == Carrier::Login && !deferred {
                state.trace.applied(recorded.command.target(), &recorded.origin);
            }
        }
        note_multifactor(&mut state);
        if !effects::is_saml(&state.plan.event) {
            drop_saml(&state.recorded, &mut state.trace);
        }
        let scopes = scopes(&state.plan.request.granted_scopes, &state.recorded);
        let saml = answered(&state);
        let recorded: Arc<[Recorded]> = state.recorded.into();
        let grant = Grant {
            event: state.plan.event,
            profile: state.plan.profile,
            request: state.plan.request,
            scopes,
            recorded: Arc::clone(&recorded),
            mfa: !state.mfa.done.is_empty(),
        };
        Self {
            decision: Decision::Issue(Box::new(grant)),
            effects,
            trace: state.trace,
            recorded,
            saml,
        }
    }

    pub(super) fn refused(mut state: Box<State>, refusal: Refusal, now: Moment) -> Self {
        let effects = effects::of(&mut state, Scope::Refused, now);
        // The first refusing command is the one that refuses (semantics 1.1).
        let mut refusing = true;
        for recorded in &state.recorded {
            let target = recorded.command.target();
            match carrier(&recorded.command) {
                Carrier::Effects => {}
                Carrier::Refusal if std::mem::take(&mut refusing) => {
                    state.trace.applied(target, &recorded.origin);
                }
                Carrier::Artefact | Carrier::Login | Carrier::Refusal => {
                    state.trace.discarded(target, &recorded.origin, refusal.code());
                }
            }
        }
        Self {
            decision: Decision::Refuse(refusal),
            effects,
            saml: answered(&state),
            trace: state.trace,
            recorded: state.recorded.into(),
        }
    }
}

/// The effects that remain where nothing is issued after all, because the artefact cannot be built or must not be sent.
/// The trace says so of each command that would have been issued.
pub(crate) fn withhold(
    effects: Effects,
    recorded: &[Recorded],
    refusal: &Refusal,
    trace: &mut Trace,
) -> Effects {
    for this in recorded {
        if matches!(carrier(&this.command), Carrier::Artefact | Carrier::Login) {
            trace.discard(&this.command.target(), &this.origin, refusal.code());
        }
    }
    Effects {
        user: UserEffects {
            primary_user: None,
            ..effects.user
        },
        refresh_token: RefreshTokenEffects::default(),
        ..effects
    }
}

fn answered(state: &State) -> Option<SamlRequest> {
    let request = state.plan.request.saml.as_ref();
    request.filter(|_| effects::is_saml(&state.plan.event)).cloned()
}

/// `addScope` and `removeScope` in call order on the granted scopes (semantics 2.2).
fn scopes(granted: &[String], recorded: &[Recorded]) -> Vec<String> {
    let mut scopes = granted.to_vec();
    for this in recorded {
        match &this.command {
            Command::AddScope { scope } if !scopes.contains(scope) => scopes.push(scope.clone()),
            Command::RemoveScope { scope } => scopes.retain(|kept| kept != scope),
            _ => {}
        }
    }
    scopes
}

/// Which part of the program carries a command out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    /// Profile, session settings and cache: written whatever the end, and traced with the effects.
    Effects,
    /// The way of the login itself.
    Login,
    /// Refusing is what it asks for.
    Refusal,
    /// Tokens, the refresh token or the SAML response: only when issued, and traced there.
    Artefact,
}

fn carrier(command: &Command) -> Carrier {
    match command {
        Command::Deny { .. }
        | Command::RevokeRefreshToken { .. }
        | Command::RevokeSession { .. }
        | Command::ValidationError { .. } => Carrier::Refusal,
        Command::AddScope { .. }
        | Command::RefreshTokenMetadata(_)
        | Command::RemoveScope { .. }
        | Command::Saml(_)
        | Command::SetAccessTokenClaim { .. }
        | Command::SetIdTokenClaim { .. }
        | Command::SetRefreshTokenExpiresAt { .. }
        | Command::SetRefreshTokenIdleExpiresAt { .. }
        | Command::SetSamlAttribute { .. } => Carrier::Artefact,
        Command::EnableMultifactor { .. }
        | Command::Mfa(_)
        | Command::RenderPrompt { .. }
        | Command::SendUserTo { .. }
        | Command::SetPrimaryUser { .. }
        | Command::SetTransactionMetadata { .. } => Carrier::Login,
        Command::CacheDelete { .. }
        | Command::CacheSet { .. }
        | Command::RecordMethod { .. }
        | Command::SessionMetadata(_)
        | Command::SetAppMetadata { .. }
        | Command::SetCookieMode { .. }
        | Command::SetSessionExpiresAt { .. }
        | Command::SetSessionIdleExpiresAt { .. }
        | Command::SetUserMetadata { .. } => Carrier::Effects,
    }
}

fn note_multifactor(state: &mut State) {
    let origins: Vec<_> = state
        .recorded
        .iter()
        .filter(|recorded| matches!(recorded.command, Command::EnableMultifactor { .. }))
        .map(|recorded| recorded.origin.clone())
        .collect();
    for (position, origin) in origins.iter().enumerate() {
        if position + 1 < origins.len() {
            state.trace.overridden("multifactor", origin);
        } else if state.mfa.begun > 0 {
            let message = "multifactor.enable is ignored: challengeWith or enrollWith ran in this login";
            state
                .trace
                .dropped("multifactor", origin, "mfa_commands_ran", message);
        } else {
            state.trace.applied("multifactor", origin);
        }
    }
}

fn drop_saml(recorded: &[Recorded], trace: &mut Trace) {
    for this in recorded {
        if let Command::Saml(_) | Command::SetSamlAttribute { .. } = &this.command {
            let target = this.command.target();
            let message = format!("{target} has no effect: this login is not a SAML login");
            trace.dropped(target, &this.origin, "not_saml", message);
        }
    }
}
