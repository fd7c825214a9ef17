//! Which claims of Actions a token carries, and why each other one does not (semantics 3.3, 3.4).

use super::names::ClaimName;
use crate::command::{Command, Recorded};
use crate::event::Protocol;
use crate::login::Grant;
use crate::trace::{Origin, Trace};
use foldhash::quality::RandomState;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The token whose custom claims are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `api.accessToken`.
    AccessToken,
    /// `api.idToken`.
    IdToken,
}

impl Kind {
    const fn target(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::IdToken => "id_token",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::AccessToken => "access token",
            Self::IdToken => "ID token",
        }
    }

    /// Name and value of a command that sets a claim of this token; no value removes the claim.
    fn wish(self, command: &Command) -> Option<(&str, Option<&Value>)> {
        match (self, command) {
            (Self::AccessToken, Command::SetAccessTokenClaim { name, value })
            | (Self::IdToken, Command::SetIdTokenClaim { name, value }) => Some((name, value.as_ref())),
            _ => None,
        }
    }
}

/// The reader of the token, as far as claim names depend on the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// An application, or a customer's API.
    Customer,
    /// An API of the platform itself.
    System,
}

/// Why a token has no claims at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The response type asks for no access token.
    AccessToken,
    /// No ID token was asked for.
    IdToken,
    /// The access token is a reference.
    Opaque,
}

impl Missing {
    const fn code(self) -> &'static str {
        match self {
            Self::AccessToken => "no_access_token",
            Self::IdToken => "no_id_token",
            Self::Opaque => "opaque_access_token",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::AccessToken => {
                "this login issues no access token; ask for one with response_type 'token' or 'code'"
            }
            Self::IdToken => "this login issues no ID token; ask for one with the scope 'openid'",
            Self::Opaque => {
                "the access token is opaque and carries no claims; ask for an API with 'audience', or set a \
                 default audience for the tenant"
            }
        }
    }
}

/// Adds the claims that Actions set to the issuer's, in call order, and says what became of each call.
///
/// The last call for a name wins; a call without value removes what earlier ones set. Nothing in
/// `registered` changes, whatever its name; the profile claims in `claims` beyond it may be replaced.
pub(super) fn add_custom(
    claims: &mut Map<String, Value>,
    registered: usize,
    grant: &Grant,
    kind: Kind,
    reader: Reader,
    trace: &mut Trace,
) {
    let wishes = wishes(grant, kind);
    let last = last_of_each(&wishes);
    for (index, Wish { origin, name, value }) in wishes.iter().enumerate() {
        let target = format!("{}/{name}", kind.target());
        let is_registered = claims.keys().take(registered).any(|key| key == name);
        if let Err(refusal) = allowed(name, is_registered, grant, kind, reader) {
            trace.dropped(
                target,
                origin,
                refusal.code(),
                refusal.message(name, kind.words()),
            );
            continue;
        }
        if last[name] != index {
            trace.overridden(target, origin);
            continue;
        }
        if let Some(value) = value {
            claims.insert((*name).to_owned(), (*value).clone());
        }
        trace.applied(target, origin);
    }
}

/// Says that none of the claims set for this token is issued.
pub(super) fn drop_custom(grant: &Grant, kind: Kind, why: Missing, trace: &mut Trace) {
    for Wish { origin, name, .. } in wishes(grant, kind) {
        let message = format!(
            "the claim '{}' is left out of the {}: {}",
            shown(name),
            kind.words(),
            why.message()
        );
        trace.dropped(format!("{}/{name}", kind.target()), origin, why.code(), message);
    }
}

/// Says what became of each `addScope` and `removeScope`: the last call for a scope decides.
pub(super) fn trace_scopes(grant: &Grant, missing: Option<Missing>, trace: &mut Trace) {
    let changes: Vec<(&Origin, &str)> = grant
        .recorded
        .iter()
        .filter_map(|recorded| match &recorded.command {
            Command::AddScope { scope } | Command::RemoveScope { scope } => {
                Some((&recorded.origin, scope.as_str()))
            }
            _ => None,
        })
        .collect();
    let last: HashMap<&str, usize, RandomState> = changes
        .iter()
        .enumerate()
        .map(|(index, (_, scope))| (*scope, index))
        .collect();
    for (index, (origin, scope)) in changes.iter().enumerate() {
        let target = format!("access_token/scope:{scope}");
        if let Some(missing) = missing {
            let message = format!(
                "the change of scope '{}' has no effect: {}",
                shown(scope),
                missing.message()
            );
            trace.dropped(target, origin, missing.code(), message);
        } else if last[scope] != index {
            trace.overridden(target, origin);
        } else {
            trace.applied(target, origin);
        }
    }
}

struct Wish<'a> {
    origin: &'a Origin,
    name: &'a str,
    value: Option<&'a Value>,
}

fn wishes(grant: &Grant, kind: Kind) -> Vec<Wish<'_>> {
    let recorded = grant.recorded.iter();
    recorded
        .filter_map(|recorded: &Recorded| {
            let (name, value) = kind.wish(&recorded.command)?;
            Some(Wish {
                origin: &recorded.origin,
                name,
                value,
            })
        })
        .collect()
}

fn last_of_each<'a>(wishes: &[Wish<'a>]) -> HashMap<&'a str, usize, RandomState> {
    let numbered = wishes.iter().enumerate();
    numbered.map(|(index, wish)| (wish.name, index)).collect()
}

/// A custom claim of the ID token in a login whose response has the user's profile instead of an ID token, as a SAML
/// response has (semantics 15.3).
#[derive(Clone, Debug)]
pub struct ProfileClaim<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value; none where the call takes back what earlier ones set.
    pub value: Option<&'a Value>,
    /// The place of the call.
    pub origin: &'a Origin,
    /// Whether it joins the profile.
    pub joins: Joins,
}

/// Whether a claim joins the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joins {
    /// It takes the place of the property of its name.
    Yes,
    /// A later call for the same name does.
    Overridden,
    /// No ID token has a custom claim of this name.
    No {
        /// Stable code of the reason.
        reason: &'static str,
        /// The reason, and what to do.
        message: String,
    },
}

/// Every custom claim of the ID token in call order, as a login without ID token has them. The names are held to the
/// rules of ID tokens, except that no scope selects standard claims where there are no scopes.
pub fn profile_claims(grant: &Grant) -> Vec<ProfileClaim<'_>> {
    let wishes = wishes(grant, Kind::IdToken);
    let last = last_of_each(&wishes);
    let numbered = wishes.into_iter().enumerate();
    numbered
        .map(|(index, Wish { origin, name, value })| ProfileClaim {
            name,
            value,
            origin,
            joins: match customers(name) {
                Err(refusal) => Joins::No {
                    reason: refusal.code(),
                    message: refusal.message(name, "SAML response"),
                },
                Ok(_) if last[name] != index => Joins::Overridden,
                Ok(_) => Joins::Yes,
            },
        })
        .collect()
}

enum Refusal {
    EmailByPassword,
    ReservedNamespace,
    Restricted,
    ScopeNotGranted(&'static str),
    SystemApi,
}

fn allowed(
    name: &str,
    is_registered: bool,
    grant: &Grant,
    kind: Kind,
    reader: Reader,
) -> Result<(), Refusal> {
    if reader == Reader::System {
        return Err(Refusal::SystemApi);
    }
    if is_registered {
        return Err(Refusal::Restricted);
    }
    match customers(name)? {
        ClaimName::Standard { .. } if name == "email" && kind == Kind::AccessToken && by_password(grant) => {
            Err(Refusal::EmailByPassword)
        }
        ClaimName::Standard { scope } if !is_granted(grant, scope) => Err(Refusal::ScopeNotGranted(scope)),
        _ => Ok(()),
    }
}

/// The kind of `name`, if customers may set claims of that kind at all.
fn customers(name: &str) -> Result<ClaimName, Refusal> {
    match ClaimName::of(name) {
        ClaimName::Restricted => Err(Refusal::Restricted),
        ClaimName::Reserved => Err(Refusal::ReservedNamespace),
        kind @ (ClaimName::Namespaced | ClaimName::Private | ClaimName::Standard { .. }) => Ok(kind),
    }
}

/// Whether the user's password came with the request for tokens, with or without a realm. A refresh exchange does
/// not tell how the first login was made (semantics 15.4).
fn by_password(grant: &Grant) -> bool {
    matches!(
        grant.event.transaction.protocol,
        Some(Protocol::Oauth2Password | Protocol::Oauth2ResourceOwner)
    )
}

/// Whether the application asked for `scope` and got it; Actions do not change that (semantics 3.4).
pub(super) fn is_granted(grant: &Grant, scope: &str) -> bool {
    grant
        .request
        .granted_scopes
        .iter()
        .any(|granted| granted == scope)
}

impl Refusal {
    const fn code(&self) -> &'static str {
        match self {
            Self::EmailByPassword => "email_by_password_grant",
            Self::ReservedNamespace => "reserved_namespace",
            Self::Restricted => "restricted_claim",
            Self::ScopeNotGranted(_) => "scope_not_granted",
            Self::SystemApi => "private_claim_on_system_api",
        }
    }

    /// Why the claim `name` is not in `artefact`, and what to do.
    fn message(&self, name: &str, artefact: &str) -> String {
        let shown = shown(name);
        match self {
            Self::EmailByPassword => format!(
                "'email' is left out of the {artefact} because the login is by the password grant, where no Action \
                 sets it; use a namespaced name such as https://<your domain>/email"
            ),
            Self::SystemApi => format!(
                "'{shown}' is left out of the {artefact} because the API is the platform's own, whose tokens carry no \
                 custom claims; set it on the ID token, or ask for an API of yours with 'audience'"
            ),
            Self::ReservedNamespace => format!(
                "'{shown}' is in a name space of the platform and is left out of the {artefact}; use a domain of \
                 yours in the name"
            ),
            Self::Restricted if name == "scope" => format!(
                "'scope' is left out of the {artefact}; change the scopes of the access token with \
                 api.accessToken.addScope and removeScope"
            ),
            Self::Restricted => format!(
                "'{shown}' is a restricted claim name and is left out of the {artefact}; use a namespaced name \
                 such as https://<your domain>/{shown}"
            ),
            Self::ScopeNotGranted(scope) => format!(
                "'{shown}' is left out of the {artefact} because the application did not ask for the scope \
                 '{scope}'; ask for it, or use a namespaced name such as https://<your domain>/{shown}"
            ),
        }
    }
}

/// Names come from customers and may be long.
fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}
