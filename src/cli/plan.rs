//! What a login starts from: its event, and the tenant's rules for it.

use super::authn_request::Incoming;
use super::desk::Desk;
use super::options::LoginOptions;
use super::trouble::Trouble;
use crate::command::FactorType;
use crate::event::{self, Event, EventOptions, Opening, Protocol};
use crate::login::{MfaDemand, Plan, Policy, RefreshTokenLifetimes, Refusal};
use crate::random::Random;
use crate::saml::inbound::Recipient;
use crate::tenant::Client;
use crate::trace::Warning;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

impl Desk {
    fn opening(
        &self,
        options: &LoginOptions,
        client: &Client,
        given: Option<&Value>,
        request: Option<&Incoming>,
        now: DateTime<Utc>,
        random: &mut dyn Random,
    ) -> Result<Opening, Trouble> {
        let user = options
            .user
            .as_deref()
            .map(|wanted| self.tenant.user(wanted))
            .transpose();
        let user = user.map_err(|error| {
            Trouble::new(
                error.to_string(),
                "give --user the user_id or email address of a user in users.json",
            )
        })?;
        if user.is_none() && given.is_none_or(|event| event.get("user").is_none()) {
            return Err(Trouble::usage(
                "who logs in?",
                "give --user ID or EMAIL, or an event with a user with --event FILE",
            ));
        }
        let event_options = EventOptions {
            user,
            protocol: options.protocol,
            scope: options.scope.clone(),
            audience: options.audience.clone(),
            nonce: options.nonce.clone(),
            redirect_uri: options.redirect_uri.clone(),
            relay_state: match request {
                Some(request) => request.relay_state.clone(),
                None => options.relay_state.clone(),
            },
            connection: options.connection.clone(),
            organization: options.organization.clone(),
            authn_request: request.map(|request| request.origin.clone()),
        };
        let opened = event::build(&self.tenant, client, &event_options, given, now, random);
        let mut opening = opened
            .map_err(|error| Trouble::new(error.to_string(), "correct the option or the event file"))?;
        opening
            .facts
            .rules_executed
            .extend(options.rule_executed.iter().cloned());
        Ok(opening)
    }

    /// What the login starts from, and what is to be said about the request.
    pub(super) fn plan(
        &self,
        options: &LoginOptions,
        client: &Client,
        given: Option<&Value>,
        actions: Vec<String>,
        now: DateTime<Utc>,
        random: &mut dyn Random,
    ) -> Result<(Plan, Vec<Warning>), Trouble> {
        let recipient = Recipient {
            client,
            domain: &self.tenant.config.domain,
            config: &self.tenant.config.saml,
        };
        let mut request = Incoming::of(options, &recipient, now)?;
        let mut opening = self.opening(options, client, given, request.as_ref(), now, random)?;
        if let Some(request) = &request
            && let Some((_, answered)) = &request.refusal
        {
            opening.request.saml = Some(answered.clone());
        }
        let refused = request.as_mut().and_then(|request| request.refusal.take());
        let plan = Plan {
            refusal: refused
                .map(|(refusal, _)| refusal)
                .or_else(|| opening.blocked.then(Refusal::blocked)),
            policy: self.policy(client, &opening),
            event: opening.event,
            profile: opening.profile,
            request: opening.request,
            facts: opening.facts,
            actions,
            cache: crate::command::Cache::default(),
        };
        Ok((plan, request.map(|request| request.warnings).unwrap_or_default()))
    }

    fn policy(&self, client: &Client, opening: &Opening) -> Policy {
        let settings = &self.tenant.settings;
        let default = Policy::default();
        let exchange = opening.event.transaction.protocol == Some(Protocol::Oauth2RefreshToken);
        let resource_server = opening
            .request
            .audience
            .as_deref()
            .and_then(|audience| self.tenant.resource_server(audience));
        let issued =
            crate::token::issues_refresh_token(&opening.event, &opening.request, client, resource_server);
        let issued = exchange || issued == Ok(true);
        Policy {
            session_lifetime_ms: settings
                .session_lifetime
                .map_or(default.session_lifetime_ms, hours_ms),
            session_idle_lifetime_ms: settings
                .idle_session_lifetime
                .map_or(default.session_idle_lifetime_ms, hours_ms),
            refresh_token: issued.then(|| refresh_lifetimes(client)),
            factors: self
                .tenant
                .factors
                .as_ref()
                .map(|names| names.iter().filter_map(|name| factor(name)).collect()),
            mfa: self.mfa_demand(&opening.event),
            customize_mfa: settings.customize_mfa_in_postlogin_action.unwrap_or(true),
            enroll_exhausted: self.tenant.config.mfa.enroll_exhausted,
        }
    }

    /// Whether the request asks for a context that the tenant maps to a second factor.
    fn mfa_demand(&self, event: &Event) -> MfaDemand {
        let mapped = |class: &String| self.tenant.config.saml.mfa_contexts.contains(class);
        let is_saml = event.transaction.protocol == Some(Protocol::Samlp);
        if is_saml && event.transaction.acr_values.iter().any(mapped) {
            MfaDemand::RequestedContext
        } else {
            MfaDemand::None
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "hours of a session are far below the range"
)]
fn hours_ms(hours: f64) -> i64 {
    (hours * 3_600_000.0) as i64
}

fn refresh_lifetimes(client: &Client) -> RefreshTokenLifetimes {
    const ABSOLUTE_SECONDS: u64 = 2_592_000;
    const IDLE_SECONDS: u64 = 1_296_000;
    let policy = client.refresh_token.clone().unwrap_or_default();
    let ms = |seconds: u64| i64::try_from(Duration::from_secs(seconds).as_millis()).unwrap_or(i64::MAX);
    RefreshTokenLifetimes {
        absolute_ms: ms(policy.token_lifetime.unwrap_or(ABSOLUTE_SECONDS)),
        idle_ms: ms(policy.idle_token_lifetime.unwrap_or(IDLE_SECONDS)),
    }
}

/// A factor of `guardian-factors/*.json`, as the API spells it.
fn factor(name: &str) -> Option<FactorType> {
    serde_json::from_value(Value::from(crate::command::factor_spelling(name))).ok()
}
