//! Circumstances that are made up: the command line invents them for a login.

use super::build::api;
use super::connection::connection;
use super::dict::Dict;
use super::{
    Authentication, AuthenticationMethod, AuthnBinding, Circumstances, Device, EventConnection, EventError,
    EventOptions, EventRefreshToken, EventRequest, EventSession, GivenEvent, Protocol, SessionClient,
    SessionCookie, Transaction,
};
use crate::command::CookieMode;
use crate::random::{ALPHANUMERIC, Random};
use crate::tenant::{Client, OrganizationUsage, Profile, SessionHours, Tenant};
use crate::time::{Moment, iso};
use chrono::Duration;
use serde_json::{Map, json};

impl Circumstances {
    /// What may have happened when `user` logged in to `client` at `now`, as far as `options` do not say it: a
    /// request from this machine, and where the protocol has one a session that begins now.
    ///
    /// # Errors
    /// The connection is not there, or the given event names a protocol that there is not.
    pub fn made_up(
        tenant: &Tenant,
        client: &Client,
        user: &Profile,
        options: &EventOptions<'_>,
        now: Moment,
        random: &mut dyn Random,
    ) -> Result<Self, EventError> {
        let invention = Invention {
            tenant,
            client,
            user,
            options,
            now,
        };
        invention.circumstances(random)
    }
}

/// What circumstances are made up from.
struct Invention<'a> {
    tenant: &'a Tenant,
    client: &'a Client,
    user: &'a Profile,
    options: &'a EventOptions<'a>,
    now: Moment,
}

impl Invention<'_> {
    fn circumstances(&self, random: &mut dyn Random) -> Result<Circumstances, EventError> {
        let Self {
            tenant,
            user,
            options,
            ..
        } = self;
        let protocol = self.protocol()?;
        let mut id = |prefix: &str| format!("{prefix}{}", random.text(ALPHANUMERIC, 32));
        let came_over = connection(tenant, user, options.connection.as_deref())?;
        let asked = options
            .organization
            .as_deref()
            .or_else(|| self.only_organization());
        let transaction = self.transaction(protocol, &mut id);
        let api = self.api(protocol);
        let is_exchange = matches!(
            protocol,
            Protocol::Oauth2RefreshToken | Protocol::Oauth2TokenExchange
        );
        let has_session = !is_exchange && protocol != Protocol::Oauth2Password;
        let session = has_session.then(|| self.session(&mut id));
        let refresh_token = (protocol == Protocol::Oauth2RefreshToken)
            .then(|| self.refresh_token(&transaction, api.as_deref(), &mut id));
        let request = self.request(protocol, &transaction, api.as_deref());
        let nonce = options
            .nonce
            .clone()
            .filter(|_| request.query.contains_key("nonce"));
        // A connection that the tenant does not define is made up from the user's identity each time.
        let known = tenant.connection(&came_over.name).map(|known| &known.name);
        Ok(Circumstances {
            authentication: Authentication {
                methods: self.methods(&came_over),
                ..Authentication::default()
            },
            session,
            refresh_token,
            request,
            transaction,
            connection: options.connection.as_ref().or(known).cloned(),
            organization: asked.map(str::to_owned),
            audience: options.audience.clone().or_else(|| self.decided(api, protocol)),
            nonce,
            authn_request: options.authn_request.clone(),
            rules_executed: options.rules_executed.clone(),
        })
    }

    fn protocol(&self) -> Result<Protocol, EventError> {
        let options = self.options;
        if let Some(given) = options.given.map(GivenEvent::protocol).transpose()?.flatten() {
            return Ok(given);
        }
        let wants_oidc = options.scope.is_some() || options.nonce.is_some() || options.audience.is_some();
        let is_saml = options.authn_request.is_some() || (self.client.addons.samlp.is_some() && !wants_oidc);
        Ok(options.protocol.unwrap_or(if is_saml {
            Protocol::Samlp
        } else {
            Protocol::OidcBasicProfile
        }))
    }

    /// The API that the access token is for. What is asked for and not there is refused when the event is made.
    fn api(&self, protocol: Protocol) -> Option<String> {
        let given = self.options.given.and_then(GivenEvent::audience);
        let asked = self.options.audience.as_deref();
        let api = match given {
            Some(given) => Some(given.to_owned()),
            None => api(self.tenant, asked).unwrap_or_default(),
        };
        api.filter(|_| protocol != Protocol::Samlp)
    }

    /// The API for a request that names none, so that a default of a later day does not change it. A default that the
    /// tenant does not define stays open.
    fn decided(&self, api: Option<String>, protocol: Protocol) -> Option<String> {
        match api {
            Some(api) => Some(api).filter(|api| self.tenant.resource_server(api).is_some()),
            None if protocol == Protocol::Samlp => None,
            None => Some(self.tenant.config.endpoints().userinfo()),
        }
    }

    /// The user's first organization, where the application requires one.
    fn only_organization(&self) -> Option<&str> {
        let is_required = self.client.organization_usage() == OrganizationUsage::Require;
        self.user.list("organizations").next().filter(|_| is_required)
    }

    fn transaction(&self, protocol: Protocol, id: &mut impl FnMut(&str) -> String) -> Transaction {
        let options = self.options;
        let is_saml = protocol == Protocol::Samlp;
        let origin = options.authn_request.clone().unwrap_or_default();
        let first_callback = || {
            self.client
                .callbacks
                .iter()
                .find(|callback| !callback.contains('*'))
                .filter(|_| protocol.has_browser())
                .cloned()
        };
        let (response_type, response_mode): (&[&str], &str) = match protocol {
            Protocol::OidcBasicProfile => (&["code"], "query"),
            Protocol::OidcHybridProfile => (&["code", "id_token"], "fragment"),
            Protocol::OidcImplicitProfile => (&["id_token", "token"], "fragment"),
            _ => (&[], ""),
        };
        let response_type: Vec<_> = response_type.iter().map(|word| (*word).to_owned()).collect();
        Transaction {
            id: protocol.has_browser().then(|| id("")),
            acr_values: origin.acr_values,
            locale: "en".to_owned(),
            login_hint: origin.login_hint,
            prompt: origin.prompt.map(|prompt| vec![prompt]),
            protocol: Some(protocol),
            redirect_uri: options
                .redirect_uri
                .clone()
                .or(origin.acs_url)
                .or_else(first_callback),
            requested_scopes: match (&options.scope, is_saml) {
                (_, true) => Vec::new(),
                (Some(scope), false) => words(scope),
                (None, false) => words(DEFAULT_SCOPE),
            },
            response_mode: Some(response_mode.to_owned()).filter(|mode| !mode.is_empty()),
            response_type: Some(response_type).filter(|types| !types.is_empty()),
            state: if is_saml {
                options.relay_state.clone()
            } else {
                protocol.has_browser().then(|| id(""))
            },
            ..Transaction::default()
        }
    }

    fn request(&self, protocol: Protocol, transaction: &Transaction, audience: Option<&str>) -> EventRequest {
        let options = self.options;
        let mut parameters = Map::new();
        let mut set = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                parameters.insert(name.to_owned(), value.into());
            }
        };
        let grant = match protocol {
            Protocol::Oauth2Password | Protocol::Oauth2ResourceOwner => Some("password"),
            Protocol::Oauth2RefreshToken => Some("refresh_token"),
            Protocol::Oauth2TokenExchange => Some("urn:ietf:params:oauth:grant-type:token-exchange"),
            _ => None,
        };
        let scope = transaction.requested_scopes.join(" ");
        let response_type = transaction.response_type.as_ref().map(|types| types.join(" "));
        let is_saml = protocol == Protocol::Samlp;
        set("grant_type", grant);
        if !is_saml {
            set("client_id", Some(&self.client.client_id));
            set("response_type", response_type.as_deref());
            set("redirect_uri", transaction.redirect_uri.as_deref());
            set("scope", Some(scope.as_str()).filter(|scope| !scope.is_empty()));
            set("audience", audience);
            set("state", transaction.state.as_deref());
            set("nonce", options.nonce.as_deref());
        }
        set("RelayState", transaction.state.as_deref().filter(|_| is_saml));
        set("organization", options.organization.as_deref());
        set("connection", options.connection.as_deref());
        let origin = options.authn_request.as_ref();
        for (name, value) in origin.iter().flat_map(|origin| &origin.parameters) {
            parameters.insert(name.clone(), value.clone());
        }
        let posted = grant.is_some() || origin.is_some_and(|origin| origin.binding == AuthnBinding::Post);
        let made = if posted {
            (Dict::new(), parameters)
        } else {
            (parameters, Dict::new())
        };
        EventRequest {
            body: made.1,
            geoip: Dict::new(),
            hostname: Some(self.tenant.config.domain().to_owned()),
            ip: LOCAL.to_owned(),
            method: if posted { "POST" } else { "GET" }.to_owned(),
            query: made.0,
            ..EventRequest::default()
        }
    }

    fn methods(&self, connection: &EventConnection) -> Vec<AuthenticationMethod> {
        let name = match connection.strategy.as_str() {
            "auth0" => "pwd",
            "sms" | "email" => connection.strategy.as_str(),
            _ => "federated",
        };
        vec![AuthenticationMethod {
            name: name.to_owned(),
            timestamp: iso(self.now),
            ..AuthenticationMethod::default()
        }]
    }

    fn session(&self, id: &mut impl FnMut(&str) -> String) -> EventSession {
        let settings = &self.tenant.settings;
        let now = Some(iso(self.now));
        EventSession {
            id: id(""),
            user_id: Some(self.user.user_id().to_owned()),
            created_at: now.clone(),
            updated_at: now.clone(),
            authenticated_at: now.clone(),
            idle_expires_at: Some(iso(self.now + whole_seconds(settings.idle_session_hours()))),
            expires_at: Some(iso(self.now + whole_seconds(settings.session_hours()))),
            last_interacted_at: now,
            clients: Some(vec![SessionClient {
                client_id: self.client.client_id.clone(),
                ..SessionClient::default()
            }]),
            device: Some(Device {
                initial_ip: Some(LOCAL.to_owned()),
                last_ip: Some(LOCAL.to_owned()),
                ..Device::default()
            }),
            cookie: Some(SessionCookie {
                mode: Some(CookieMode::Persistent),
                ..SessionCookie::default()
            }),
            metadata: Some(Dict::new()),
            ..EventSession::default()
        }
    }

    fn refresh_token(
        &self,
        transaction: &Transaction,
        audience: Option<&str>,
        id: &mut impl FnMut(&str) -> String,
    ) -> EventRefreshToken {
        let policy = self.client.refresh_token.clone().unwrap_or_default();
        let after = |lifetime: Option<std::time::Duration>, infinite: Option<bool>| {
            let lifetime = lifetime.filter(|_| infinite != Some(true))?;
            let end = self.now.checked_add_signed(Duration::from_std(lifetime).ok()?)?;
            Some(iso(end))
        };
        let scopes = transaction.requested_scopes.join(" ");
        let server = audience.map(|audience| json!({"audience": audience, "scopes": scopes}));
        EventRefreshToken {
            id: id("rt_"),
            created_at: Some(iso(self.now)),
            client_id: Some(self.client.client_id.clone()),
            user_id: Some(self.user.user_id().to_owned()),
            expires_at: after(policy.absolute(), policy.infinite_token_lifetime),
            idle_expires_at: after(policy.idle(), policy.infinite_idle_token_lifetime),
            rotating: Some(policy.rotates()),
            metadata: Some(Dict::new()),
            resource_servers: Some(server.into_iter().collect()),
            ..EventRefreshToken::default()
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The lifetime of a session without the part of a second, but at least one second.
fn whole_seconds(hours: SessionHours) -> Duration {
    Duration::seconds(hours.span().num_seconds().max(1))
}

/// Where a made request comes from.
const LOCAL: &str = "127.0.0.1";

const DEFAULT_SCOPE: &str = "openid profile email";
