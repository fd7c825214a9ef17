//! What a login starts from: its event, and the tenant's rules for it.

use super::authn_request::Incoming;
use super::desk::Desk;
use super::options::LoginOptions;
use super::trouble::Trouble;
use crate::command::FactorType;
use crate::event::{self, Asked, AskedClient, Event, EventOptions, KnownBy, Opening, Protocol};
use crate::login::{BoundAction, MfaDemand, Plan, Policy, RefreshTokenLifetimes, Refusal};
use crate::random::Random;
use crate::saml::inbound::Recipient;
use crate::tenant::{Client, Profile};
use crate::trace::{Origin, Warning};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

impl Desk {
    /// The application: the one that `--client` names, else the one of the event, else (an event without a
    /// tenant is enough) one that fits the event.
    pub(super) fn client(&self, asked: Option<&str>, event: Option<&Value>) -> Result<Client, Trouble> {
        let of_event = event
            .and_then(|event| event.pointer("/client/client_id"))
            .and_then(Value::as_str);
        match (asked.or(of_event), event) {
            (Some(wanted), _) if !self.tenant.clients.is_empty() => {
                self.tenant.client(wanted).cloned().map_err(|error| {
                    let help = "name an application of this tenant by its name or client_id";
                    Trouble::new(error.to_string(), help)
                })
            }
            (_, Some(event)) => {
                let client = event::client_of(event);
                match asked {
                    None => Ok(client),
                    Some(asked) if of_event.is_none() => Ok(Client {
                        client_id: asked.to_owned(),
                        name: asked.to_owned(),
                        ..client
                    }),
                    Some(asked) if asked == client.client_id || asked == client.name => Ok(client),
                    Some(asked) => Err(Trouble::usage(
                        format!(
                            "--client is {asked}, but the event is of the application {}",
                            client.client_id
                        ),
                        "leave --client out, or correct client.client_id in the event",
                    )),
                }
            }
            (_, None) => Err(Trouble::usage(
                "which application does the user log in to?",
                "give --client NAME, or an event that names it with --event FILE",
            )),
        }
    }

    /// What the login starts from, and what is to be said about the request.
    pub(super) fn plan(
        &self,
        options: &LoginOptions,
        client: &Client,
        given: Option<Value>,
        actions: Vec<BoundAction>,
        now: DateTime<Utc>,
        random: &mut dyn Random,
    ) -> Result<(Plan, Vec<Warning>), Trouble> {
        let mut request = Incoming::of(options, &self.recipient(client), now)?;
        let user = self.user(options, given.as_ref())?;
        let mut asked = Asked {
            domain: self.tenant.config.domain.clone(),
            client: AskedClient {
                client_id: client.client_id.clone(),
                known_by: if self.tenant.clients.is_empty() {
                    KnownBy::Event
                } else {
                    KnownBy::Tenant
                },
            },
            user_id: user.map(|user| user.user_id().to_owned()),
            at_ms: now.timestamp_millis(),
            options: event_options(options, request.as_ref()),
            given,
        };
        let opened = asked.open(&self.tenant, client, user, random);
        let mut opening = opened
            .map_err(|error| Trouble::new(error.to_string(), "correct the option or the event file"))?;
        if let Some(request) = &request
            && let Some((_, answered)) = &request.refusal
        {
            opening.request.saml = Some(answered.clone());
        }
        asked.decide(&opening.event, &self.tenant);
        let refused = request.as_mut().and_then(|request| request.refusal.take());
        let mut plan = self.plan_of(opening, asked, client, actions);
        plan.refusal = refused.map(|(refusal, _)| refusal).or(plan.refusal);
        let mut warnings = request.map(|request| request.warnings).unwrap_or_default();
        if plan.policy.refresh_token.is_some() {
            let beyond = client.refresh_lifetimes_beyond().into_iter();
            warnings.extend(beyond.map(|lifetime| Warning {
                code: "token_lifetime".to_owned(),
                message: lifetime.to_string(),
                origin: Origin::default(),
            }));
        }
        Ok((plan, warnings))
    }

    /// Who is asked by SAML requests of this application.
    pub(super) fn recipient<'a>(&'a self, client: &'a Client) -> Recipient<'a> {
        Recipient {
            client,
            domain: &self.tenant.config.domain,
            config: &self.tenant.config.saml,
        }
    }

    /// The plan of a login that was opened.
    pub(super) fn plan_of(
        &self,
        opening: Opening,
        asked: Asked,
        client: &Client,
        actions: Vec<BoundAction>,
    ) -> Plan {
        // An event may bring a user whom the tenant knows, too; that one is blocked is not an event's to say.
        let known = self.tenant.user_by_id(&opening.event.user.user_id);
        let is_blocked = opening.blocked || known.is_some_and(Profile::is_blocked);
        Plan {
            refusal: is_blocked.then_some(Refusal::Blocked),
            policy: self.policy(client, &opening),
            asked,
            event: opening.event,
            profile: opening.profile,
            request: opening.request,
            facts: opening.facts,
            actions,
            cache: crate::command::Cache::default(),
        }
    }

    /// The user of `--user`; none where the given event alone says who logs in.
    fn user(&self, options: &LoginOptions, given: Option<&Value>) -> Result<Option<&Profile>, Trouble> {
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
        Ok(user)
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

fn event_options(options: &LoginOptions, request: Option<&Incoming>) -> EventOptions<'static> {
    EventOptions {
        user: None,
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
        rules_executed: options.rule_executed.clone(),
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
