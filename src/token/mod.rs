//! From a grant to ID token, access token and refresh token (semantics 3).
//!
//! Order of claims: the issuer's registered ones, then the profile claims that the granted scopes select
//! (OIDC Core 5.4), then what Actions set, in call order. What Actions set never changes a registered
//! claim; what is left out is in the trace with its reason.

mod access_token;
mod claims;
mod ecdh_es;
mod examine;
mod id_token;
mod jwe;
mod jwks;
mod jws;
mod names;
#[cfg(test)]
mod tests;

pub use examine::{examine_client, examine_resource_server};
pub use id_token::secret as client_secret;
pub use jwks::jwks;
pub use names::{ClaimName, RESTRICTED, STANDARD};

use crate::algorithm::JwsAlgorithm;
use crate::endpoints::Endpoints;
use crate::event::Protocol;
use crate::keys::{KeyRing, SigningError};
use crate::login::{Grant, issues_refresh_token};
use crate::random::Random;
use crate::tenant::{Client, Dialect, ResourceServer};
use crate::trace::{Origin, Trace};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::collections::HashSet;

impl TokenError {
    /// The stable code of all of them.
    pub const CODE: &'static str = "token_config";
}

/// In whose name tokens are issued.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// Host name: tokens say `https://<domain>/`.
    pub domain: &'a str,
    /// Keys to sign with.
    pub keys: &'a KeyRing,
}

/// Whether `org_name` stands beside `org_id`; a setting of the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationNames {
    /// Both.
    Include,
    /// `org_id` alone.
    Omit,
}

/// What a login issues: the token response (RFC 6749 section 5.1, OIDC Core 3.1.3.3).
#[derive(Clone)]
pub struct Tokens {
    /// When `openid` was granted.
    pub id_token: Option<SignedToken>,
    /// Unless the response type asks for an ID token alone.
    pub access_token: Option<AccessToken>,
    /// When `offline_access` was granted and API and client allow it.
    pub refresh_token: Option<String>,
    /// Always `Bearer` (RFC 6750).
    pub token_type: &'static str,
    /// Seconds until the access token expires; of the ID token where there is no access token.
    pub expires_in: u32,
    /// Scopes of the access token; only when they differ from what was requested.
    pub scope: Option<String>,
}

/// A token with its claims in the clear, for people and tests.
#[derive(Clone)]
pub struct SignedToken {
    /// Compact form.
    pub jwt: String,
    /// The payload.
    pub claims: Map<String, Value>,
}

/// An access token in one of its forms.
#[derive(Clone)]
pub enum AccessToken {
    /// For an API.
    Jwt(SignedToken),
    /// For the user profile: a random reference of 256 bits.
    Opaque(String),
    /// For an API that wants its tokens encrypted.
    Encrypted {
        /// Compact form; a JWT is inside.
        jwe: String,
        /// The payload of the JWT inside.
        claims: Map<String, Value>,
    },
}

impl AccessToken {
    /// The token as it is sent.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Jwt(token) => &token.jwt,
            Self::Opaque(token) => token,
            Self::Encrypted { jwe, .. } => jwe,
        }
    }

    /// The payload, where there is one.
    pub fn claims(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Jwt(token) => Some(&token.claims),
            Self::Opaque(_) => None,
            Self::Encrypted { claims, .. } => Some(claims),
        }
    }
}

/// Settings that no token can be issued with. Nothing is issued then, not even the other token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// `token_encryption` of an API.
    #[error("token_encryption of the API '{api}' cannot be used: {problem}")]
    Encryption {
        /// The API's identifier.
        api: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// An algorithm whose key the ring does not hold.
    #[error(
        "{asked_by} asks for {algorithm}, but there is no key for it; name one with '{setting}' in [keys] of postlogin.toml"
    )]
    MissingKey {
        /// The algorithm.
        algorithm: &'static str,
        /// The setting that asks for the algorithm.
        asked_by: String,
        /// The setting under `[keys]`.
        setting: &'static str,
    },
    /// HS256 without a secret.
    #[error("{asked_by} asks for HS256, which needs a secret; set {setting}")]
    MissingSecret {
        /// The setting that asks for the algorithm.
        asked_by: String,
        /// Where the secret belongs.
        setting: String,
    },
    /// The library of JOSE refuses.
    #[error("a token could not be encrypted: {0}")]
    Jose(#[from] josekit::JoseError),
    /// OpenSSL refuses.
    #[error("a token could not be made: {0}")]
    OpenSsl(#[from] openssl::error::ErrorStack),
    /// `secret_encoded` is set, but the secret is not base64.
    #[error(
        "'client_secret' of the client '{client}' is not base64, though 'jwt_configuration.secret_encoded' says so"
    )]
    SecretEncoding {
        /// The client's name.
        client: String,
    },
    /// The operation is not possible with the key.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// An algorithm that tokens are not signed with.
    #[error(
        "{setting} is '{found}'; known are {}",
        all_of(JwsAlgorithm::ALL, JwsAlgorithm::name)
    )]
    UnknownAlgorithm {
        /// What is set.
        found: String,
        /// Where.
        setting: String,
    },
    /// The audience is not an API of the tenant.
    #[error(
        "the audience '{audience}' is not an API of this tenant; add it to resource-servers, or correct the request's 'audience' or the tenant's 'default_audience'"
    )]
    UnknownAudience {
        /// What was asked for.
        audience: String,
    },
    /// A dialect that does not exist.
    #[error(
        "'token_dialect' of the API '{api}' is '{found}'; known are {}",
        all_of(Dialect::ALL, Dialect::name)
    )]
    UnknownDialect {
        /// What is set.
        found: String,
        /// The API's identifier.
        api: String,
    },
}

/// `a, b and c`.
fn all_of<T: Copy>(known: &[T], name: fn(T) -> &'static str) -> String {
    let names: Vec<&str> = known.iter().map(|known| name(*known)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// Issues what the grant allows.
///
/// `resource_server` is the API that `grant.request.audience` names. What became of every claim and
/// scope that Actions asked for is added to `trace`.
///
/// # Errors
/// A setting of the client or the API that cannot be carried out; the text names it.
#[expect(
    clippy::too_many_arguments,
    reason = "everything a token depends on, and nothing hidden"
)]
pub fn issue(
    grant: &Grant,
    client: &Client,
    resource_server: Option<&ResourceServer>,
    issuer: &Issuer,
    organization_names: OrganizationNames,
    now: DateTime<Utc>,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<Tokens, TokenError> {
    let context = Context {
        grant,
        client,
        resource_server,
        issuer: *issuer,
        organization_names,
        now,
        flow: Flow::of(grant),
    };
    let access = access_token::issue(&context, random, trace)?;
    let refreshes = issues_refresh_token(&grant.event, &grant.request, client, resource_server);
    let refreshes = refreshes.unwrap_or_else(|none| {
        trace.warn("no_refresh_token", none.to_string(), &Origin::default());
        false
    });
    let sent = access.as_ref().map(|access| access.token.as_str());
    let id_token = id_token::issue(&context, sent, random, trace)?;
    Ok(Tokens {
        id_token,
        refresh_token: refreshes.then(|| opaque(random)),
        token_type: "Bearer",
        expires_in: access
            .as_ref()
            .map_or_else(|| id_token::lifetime(&context), |access| access.expires_in),
        scope: changed_scope(grant),
        access_token: access.map(|access| access.token),
    })
}

/// Says that claims and scopes set in a login without tokens, such as a SAML one, have no effect.
pub fn trace_without_tokens(grant: &Grant, trace: &mut Trace) {
    use claims::{Kind, Missing};
    claims::drop_custom(grant, Kind::IdToken, Missing::IdToken, trace);
    claims::drop_custom(grant, Kind::AccessToken, Missing::AccessToken, trace);
    claims::trace_scopes(grant, Some(Missing::AccessToken), trace);
}

/// What both tokens are built from.
struct Context<'a> {
    grant: &'a Grant,
    client: &'a Client,
    resource_server: Option<&'a ResourceServer>,
    issuer: Issuer<'a>,
    organization_names: OrganizationNames,
    now: DateTime<Utc>,
    flow: Flow,
}

impl Context<'_> {
    fn put_organization(&self, claims: &mut Map<String, Value>) {
        let Some(organization) = &self.grant.event.organization else {
            return;
        };
        claims.insert("org_id".to_owned(), Value::from(organization.id.as_str()));
        if self.organization_names == OrganizationNames::Include && !organization.name.is_empty() {
            claims.insert("org_name".to_owned(), Value::from(organization.name.as_str()));
        }
    }
}

impl Issuer<'_> {
    /// The `iss` claim.
    pub fn url(&self) -> String {
        Endpoints::of(self.domain).issuer()
    }

    /// The audience of the user profile.
    pub fn userinfo(&self) -> String {
        Endpoints::of(self.domain).userinfo()
    }

    fn management_api(&self) -> String {
        Endpoints::of(self.domain).management_api()
    }
}

/// How tokens reach the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// From the token endpoint.
    Code,
    /// Some from the authorization endpoint.
    Hybrid,
    /// All from the authorization endpoint.
    Implicit,
}

impl Flow {
    fn of(grant: &Grant) -> Self {
        match grant.event.transaction.protocol {
            Some(Protocol::OidcImplicitProfile) => Self::Implicit,
            Some(Protocol::OidcHybridProfile) => Self::Hybrid,
            _ => Self::Code,
        }
    }

    fn wants_id_token(self, grant: &Grant) -> bool {
        claims::is_granted(grant, "openid") && (self != Self::Implicit || responds_with("id_token", grant))
    }

    fn wants_access_token(self, grant: &Grant) -> bool {
        self != Self::Implicit || responds_with("token", grant)
    }
}

/// Whether the response type names `part`, or is not known.
fn responds_with(part: &str, grant: &Grant) -> bool {
    let parts = grant
        .event
        .transaction
        .response_type
        .as_deref()
        .unwrap_or_default();
    parts.is_empty()
        || parts
            .iter()
            .flat_map(|item| item.split(' '))
            .any(|item| item == part)
}

/// The final scopes, unless they are the requested ones (RFC 6749 section 5.1).
fn changed_scope(grant: &Grant) -> Option<String> {
    let set = |scopes: &[String]| scopes.iter().cloned().collect::<HashSet<String>>();
    let requested = &grant.event.transaction.requested_scopes;
    (set(&grant.scopes) != set(requested)).then(|| grant.scopes.join(" "))
}

/// A reference of 256 random bits.
fn opaque(random: &mut dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
