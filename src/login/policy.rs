//! The tenant's rules for a login: lifetimes, factors, step-up.

use super::authn_context::{Reached, SecondFactor, UNSPECIFIED_CONTEXT};
use super::refresh_token::{RefreshTokenLifetimes, issues_refresh_token};
use crate::command::{FactorType, factor_spelling};
use crate::event::{Opening, Protocol};
use crate::tenant::{AuthnContextChoice, Client, EnrollExhausted, IDLE_SESSION_HOURS, SESSION_HOURS, Tenant};
use chrono::TimeDelta;
use serde_json::Value;

/// The tenant's rules, as far as a login depends on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Longest absolute lifetime of a session.
    pub session_lifetime: TimeDelta,
    /// Longest idle lifetime of a session.
    pub session_idle_lifetime: TimeDelta,
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
        Self {
            session_lifetime: TimeDelta::hours(i64::from(SESSION_HOURS)),
            session_idle_lifetime: TimeDelta::hours(i64::from(IDLE_SESSION_HOURS)),
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

impl Policy {
    /// The rules of `tenant` for a login to `client` that was opened.
    pub fn of(tenant: &Tenant, client: &Client, opening: &Opening) -> Self {
        let settings = &tenant.settings;
        let exchange = opening.event.transaction.protocol == Some(Protocol::Oauth2RefreshToken);
        let audience = opening.request.audience.as_deref();
        let api = audience.and_then(|audience| tenant.resource_server(audience));
        let issued =
            exchange || issues_refresh_token(&opening.event, &opening.request, client, api) == Ok(true);
        Self {
            session_lifetime: settings.session_hours().span(),
            session_idle_lifetime: settings.idle_session_hours().span(),
            refresh_token: issued.then(|| RefreshTokenLifetimes::of(client)),
            factors: tenant
                .factors
                .as_ref()
                .map(|names| names.iter().filter_map(|name| factor(name)).collect()),
            mfa: MfaDemand::of(tenant, client, opening),
            customize_mfa: settings.customize_mfa_in_postlogin_action.unwrap_or(true),
            enroll_exhausted: tenant.config.mfa.enroll_exhausted,
        }
    }
}

impl MfaDemand {
    /// Whether the request asks for a context that the tenant maps to a second factor, or, where the request decides
    /// about the context, for one that nothing but a second factor reaches.
    fn of(tenant: &Tenant, client: &Client, opening: &Opening) -> Self {
        let saml = &tenant.config.saml;
        let mapped = |class: &String| saml.mfa_contexts.contains(class);
        let transaction = &opening.event.transaction;
        if transaction.protocol != Some(Protocol::Samlp) {
            return Self::None;
        }
        let request = opening.request.saml.as_ref();
        let wanted = request
            .and_then(|request| request.wishes.context.as_ref())
            .filter(|_| saml.authn_context == AuthnContextChoice::Requested);
        let needs_factor = wanted.is_some_and(|wanted| {
            let reached = |factor| Reached {
                configured: configured_context(client),
                mfa_contexts: &saml.mfa_contexts,
                factor,
            };
            reached(SecondFactor::Unproved).class_for(wanted).is_none()
                && reached(SecondFactor::Proved).class_for(wanted).is_some()
        });
        if needs_factor || transaction.acr_values.iter().any(mapped) {
            Self::RequestedContext
        } else {
            Self::None
        }
    }
}

/// The class that the add-on sets; what an Action will set is not known yet.
fn configured_context(client: &Client) -> &str {
    let addon = client.addons.samlp.as_ref();
    let set = addon.and_then(|addon| addon.settings.authn_context_class_ref.as_ref());
    set.and_then(|set| set.as_ref().ok())
        .map_or(UNSPECIFIED_CONTEXT, String::as_str)
}

/// A factor of `guardian-factors/*.json`, as the API spells it.
fn factor(name: &str) -> Option<FactorType> {
    serde_json::from_value(Value::from(factor_spelling(name))).ok()
}
