//! What a login starts from.

use super::Refusal;
use crate::command::{Cache, FactorType, Facts};
use crate::event::{Asked, Event, LoginRequest};
use crate::tenant::{EnrollExhausted, IDLE_SESSION_HOURS, Profile, SESSION_HOURS};
use serde::{Deserialize, Serialize};

/// Everything a login needs to know; nothing is looked up until the user leaves but users by id.
///
/// What the tenant says is not kept with a suspended login but asked for anew ([`Today`](super::Today)).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What the login was opened with.
    pub asked: Asked,
    /// The event as the first Action sees it.
    pub event: Event,
    /// The profile behind `event.user`.
    #[serde(skip)]
    pub profile: Profile,
    /// What the application asked for.
    #[serde(skip)]
    pub request: LoginRequest,
    /// What queries are answered from.
    pub facts: Facts,
    /// The bound Actions, in order.
    pub actions: Vec<BoundAction>,
    /// The trigger's cache as earlier executions left it.
    pub cache: Cache,
    /// Why nothing may run and nothing be issued, where that is known already.
    #[serde(skip)]
    pub refusal: Option<Refusal>,
    /// The tenant's rules.
    #[serde(skip)]
    pub policy: Policy,
}

/// An Action as it is bound on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundAction {
    /// Its name.
    pub name: String,
    /// Stands for its code ([`Script::fingerprint`](crate::action::Script::fingerprint)): an Action that is entered
    /// again must be the same. Empty where no code is run.
    pub code: String,
    /// 0-based number in the bound order of that day.
    pub place: usize,
}

/// The tenant's rules, as far as a login depends on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Longest absolute lifetime of a session, in milliseconds.
    pub session_lifetime_ms: i64,
    /// Longest idle lifetime of a session, in milliseconds.
    pub session_idle_lifetime_ms: i64,
    /// Lifetimes of the refresh token that this login issues or exchanges; `None` when there is none.
    pub refresh_token: Option<RefreshTokenLifetimes>,
    /// Factors that the tenant has enabled; `None` means all.
    pub factors: Option<Vec<FactorType>>,
    /// Whether Actions may choose MFA factors.
    pub customize_mfa: bool,
    /// Whether the user must prove a second factor whatever Actions say.
    pub mfa: MfaDemand,
    /// What an enrolment does when every asked factor is enrolled already.
    pub enroll_exhausted: EnrollExhausted,
}

impl Default for Policy {
    fn default() -> Self {
        const HOUR_MS: i64 = 60 * 60 * 1000;
        Self {
            session_lifetime_ms: i64::from(SESSION_HOURS) * HOUR_MS,
            session_idle_lifetime_ms: i64::from(IDLE_SESSION_HOURS) * HOUR_MS,
            refresh_token: None,
            factors: None,
            customize_mfa: true,
            mfa: MfaDemand::None,
            enroll_exhausted: EnrollExhausted::Fail,
        }
    }
}

/// Whether a login needs a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MfaDemand {
    /// As Actions decide.
    #[default]
    None,
    /// The service provider asked for a context that the tenant maps to MFA (SAML core 3.3.2.2.1).
    RequestedContext,
}

/// The longest a refresh token may live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshTokenLifetimes {
    /// In milliseconds from now.
    pub absolute_ms: i64,
    /// In milliseconds from now.
    pub idle_ms: i64,
}
