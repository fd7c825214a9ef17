//! The event as tenant, client, user and request make it, before a given one is laid over it.

use super::connection::{connection, organization};
use super::grant;
use super::user::user_of;
use super::{
    Authentication, AuthenticationMethod, AuthnBinding, Authorization, Dict, Event, EventClient,
    EventConnection, EventError, EventOptions, EventRefreshToken, EventRequest, EventResourceServer,
    EventSession, EventTenant, Protocol, Stats, Transaction,
};
use crate::json::JsonPath;
use crate::random::Random;
use crate::tenant::{Client, Profile, Tenant};
use crate::time::iso;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

/// What the parts of an event are made from.
pub(super) struct Draft<'a> {
    pub tenant: &'a Tenant,
    pub client: &'a Client,
    pub options: &'a EventOptions<'a>,
    pub given: Option<&'a Value>,
    pub profile: &'a Profile,
    pub now: DateTime<Utc>,
}

impl Draft<'_> {
    pub(super) fn event(&self, random: &mut dyn Random) -> Result<Event, EventError> {
        let Self {
            tenant,
            client,
            options,
            profile,
            ..
        } = self;
        let protocol = self.protocol()?;
        let mut id = |prefix: &str| format!("{prefix}{}", random.text(ALPHANUMERIC, 32));
        let connection = connection(tenant, profile, options.connection.as_deref())?;
        let organization = organization(tenant, client, profile, options.organization.as_deref())?;
        let transaction = self.transaction(protocol, &mut id);
        let audience = self.audience()?;
        let resource_server = audience.filter(|_| protocol != Protocol::Samlp);
        let domain = tenant.config.domain.as_str();
        let is_exchange = matches!(
            protocol,
            Protocol::Oauth2RefreshToken | Protocol::Oauth2TokenExchange
        );
        let has_session = !is_exchange && protocol != Protocol::Oauth2Password;
        let session = has_session.then(|| self.session(&mut id));
        let refresh_token = (protocol == Protocol::Oauth2RefreshToken)
            .then(|| self.refresh_token(&transaction, resource_server.as_deref(), &mut id));
        Ok(Event {
            authentication: Some(Authentication {
                methods: self.methods(&connection),
                ..Authentication::default()
            }),
            authorization: Some(Authorization {
                roles: grant::role_names(profile, tenant),
                ..Authorization::default()
            }),
            client: EventClient {
                client_id: client.client_id.clone(),
                name: client.name.clone(),
                metadata: client.client_metadata.clone(),
                ..EventClient::default()
            },
            request: self.event_request(protocol, &transaction, resource_server.as_deref()),
            resource_server: resource_server.map(|identifier| EventResourceServer {
                identifier,
                ..EventResourceServer::default()
            }),
            connection,
            organization,
            refresh_token,
            session,
            stats: Stats {
                logins_count: profile.0.get("logins_count").and_then(Value::as_u64).unwrap_or(0) + 1,
                ..Stats::default()
            },
            tenant: EventTenant {
                id: domain.split('.').next().unwrap_or(domain).to_owned(),
                ..EventTenant::default()
            },
            transaction,
            user: user_of(profile),
            ..Event::default()
        })
    }

    fn given_text(&self, pointer: &str) -> Option<&str> {
        self.given?.pointer(pointer)?.as_str()
    }

    fn protocol(&self) -> Result<Protocol, EventError> {
        if let Some(name) = self.given_text("/transaction/protocol") {
            return serde_json::from_value(name.into()).map_err(|error| {
                EventError::shape(&JsonPath::default().key("transaction").key("protocol"), &error)
            });
        }
        let options = self.options;
        let wants_oidc = options.scope.is_some() || options.nonce.is_some() || options.audience.is_some();
        let is_saml = options.authn_request.is_some() || (self.client.addons.samlp.is_some() && !wants_oidc);
        Ok(options.protocol.unwrap_or(if is_saml {
            Protocol::Samlp
        } else {
            Protocol::OidcBasicProfile
        }))
    }

    /// The API that was asked for, if any; the userinfo endpoint is none.
    fn audience(&self) -> Result<Option<String>, EventError> {
        if let Some(given) = self.given_text("/resource_server/identifier") {
            return Ok(Some(given.to_owned()));
        }
        let userinfo = format!("https://{}/userinfo", self.tenant.config.domain);
        let Some(asked) = self.options.audience.as_deref() else {
            let default = self.tenant.settings.default_audience.clone();
            return Ok(default.filter(|audience| !audience.is_empty()));
        };
        if asked == userinfo {
            return Ok(None);
        }
        match self.tenant.resource_server(asked) {
            Some(server) => Ok(Some(server.identifier.clone())),
            None => Err(EventError::UnknownAudience {
                audience: asked.to_owned(),
                known: self
                    .tenant
                    .resource_servers
                    .iter()
                    .map(|server| server.identifier.clone())
                    .collect(),
            }),
        }
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

    fn event_request(
        &self,
        protocol: Protocol,
        transaction: &Transaction,
        audience: Option<&str>,
    ) -> EventRequest {
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
            hostname: Some(self.tenant.config.domain.clone()),
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
            user_id: Some(self.profile.user_id().to_owned()),
            created_at: now.clone(),
            updated_at: now.clone(),
            authenticated_at: now.clone(),
            idle_expires_at: Some(iso(self.now + hours(settings.idle_session_hours()))),
            expires_at: Some(iso(self.now + hours(settings.session_hours()))),
            last_interacted_at: now,
            clients: Some(vec![json!({"client_id": self.client.client_id})]),
            device: Some(json!({"initial_ip": LOCAL, "last_ip": LOCAL})),
            cookie: Some(json!({"mode": "persistent"})),
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
        let after = |seconds: Option<u64>, infinite: Option<bool>| {
            let seconds = seconds.filter(|_| infinite != Some(true))?;
            let seconds = i64::try_from(seconds).ok()?;
            let end = self.now.checked_add_signed(Duration::try_seconds(seconds)?)?;
            Some(iso(end))
        };
        let scopes = transaction.requested_scopes.join(" ");
        let server = audience.map(|audience| json!({"audience": audience, "scopes": scopes}));
        EventRefreshToken {
            id: id("rt_"),
            created_at: Some(iso(self.now)),
            client_id: Some(self.client.client_id.clone()),
            user_id: Some(self.profile.user_id().to_owned()),
            expires_at: after(policy.token_lifetime, policy.infinite_token_lifetime),
            idle_expires_at: after(policy.idle_token_lifetime, policy.infinite_idle_token_lifetime),
            rotating: Some(policy.rotation_type.as_deref() == Some("rotating")),
            metadata: Some(Dict::new()),
            resource_servers: Some(server.into_iter().collect()),
            ..EventRefreshToken::default()
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A lifetime in hours; what is not between a second and a century is that.
fn hours(hours: f64) -> Duration {
    let seconds = (hours * 3600.0).clamp(1.0, 3_155_760_000.0);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
    Duration::seconds(seconds as i64)
}

/// Where a made request comes from.
const LOCAL: &str = "127.0.0.1";

const DEFAULT_SCOPE: &str = "openid profile email";

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
