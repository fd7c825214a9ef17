//! From a grant to ID token, access token and refresh token (semantics 3).
//!
//! Order of claims: the issuer's registered ones, then the profile claims that the granted scopes select
//! (OIDC Core 5.4), then what Actions set, in call order. What Actions set never changes a registered
//! claim; what is left out is in the trace with its reason.

mod access_token;
mod claims;
mod context;
mod ecdh_es;
mod error;
mod examine;
mod id_token;
mod issuer;
mod jwe;
mod jwks;
mod jws;
mod machine;
mod names;
mod tokens;
mod userinfo;
mod verify;

#[cfg(test)]
mod tests;

pub use claims::{Joins, ProfileClaim, profile_claims};
pub use context::OrganizationNames;
pub use error::TokenError;
pub use examine::{examine_client, examine_resource_server};
pub use id_token::{secret as client_secret, tie};
pub use issuer::Issuer;
pub use jwks::jwks;
pub use machine::{MachineGrant, machine_token};
pub use names::{ClaimName, RESTRICTED, STANDARD};
pub use tokens::{AccessToken, SignedToken, Tokens};
pub use userinfo::{set_by_actions, userinfo};
pub use verify::{unverified, verified, verified_with_secret};

use self::context::{Context, Flow};
use self::tokens::opaque;
use crate::login::{Grant, issues_refresh_token};
use crate::random::Random;
use crate::tenant::{Client, ResourceServer};
use crate::time::Moment;
use crate::trace::{Origin, Trace};
use std::collections::HashSet;

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
    now: Moment,
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

/// Says that claims and scopes that are set for the access token of a login without tokens, such as a SAML one, have no
/// effect. What becomes of the ID token's claims is said where they join the profile ([`profile_claims`]).
pub fn trace_without_tokens(grant: &Grant, trace: &mut Trace) {
    use claims::{Kind, Missing};
    claims::drop_custom(grant, Kind::AccessToken, Missing::AccessToken, trace);
    claims::trace_scopes(grant, Some(Missing::AccessToken), trace);
}

/// The final scopes, unless they are the requested ones (RFC 6749 section 5.1).
fn changed_scope(grant: &Grant) -> Option<String> {
    let set = |scopes: &[String]| scopes.iter().cloned().collect::<HashSet<String>>();
    let requested = &grant.event.transaction.requested_scopes;
    (set(&grant.scopes) != set(requested)).then(|| grant.scopes.join(" "))
}
