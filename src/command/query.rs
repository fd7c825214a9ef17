//! Methods that answer the script and record nothing.

use super::arguments::Arguments;
use super::call_error::CallError;
use super::{Cache, Method, redirect};
use crate::time::Moment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What queries are answered from; plain data, so that a worker needs no other access.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// `event.request.hostname`.
    pub hostname: String,
    /// `event.request.ip`.
    pub ip: String,
    /// `event.user.user_id`.
    pub user_id: String,
    /// Query of the request for which the Actions run.
    pub query: Map<String, Value>,
    /// Body of the request for which the Actions run.
    pub body: Map<String, Value>,
    /// The state that a resumed login came back with.
    pub state: Option<String>,
    /// Whether the transaction has a browser that may be sent away.
    pub can_redirect: bool,
    /// Ids of Rules that ran before, for `rules.wasExecuted`.
    pub rules_executed: Vec<String>,
    /// Groups of the user.
    pub groups: Vec<Group>,
    /// Roles of the user, direct and through groups.
    pub roles: Vec<Role>,
}

/// A group of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Group id.
    pub id: String,
    /// Group name.
    pub name: String,
}

/// A role of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Role id.
    pub id: String,
    /// Role name.
    pub name: String,
    /// What the role is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

const PAGE: usize = 50;
const MAX_TAKE: usize = 100;
const MAX_IDS: usize = 100;
const MAX_NAMES: usize = 50;

/// The answer of a query method, or `None` where the method is not one.
pub(super) fn answer(
    arguments: &Arguments,
    facts: &Facts,
    cache: &Cache,
    now: Moment,
) -> Result<Option<Value>, CallError> {
    Ok(Some(match arguments.method() {
        Method::CacheGet => {
            let record = cache.get(arguments.text(0)?, now);
            record.map_or(Value::Null, |record| json!(record))
        }
        Method::RedirectCanRedirect => Value::Bool(facts.can_redirect),
        Method::RedirectEncodeToken => redirect::encode_token(arguments, facts, now)?.into(),
        Method::RedirectValidateToken => redirect::validate_token(arguments, facts, now)?,
        Method::RulesWasExecuted => {
            let rule = arguments.text(0)?;
            facts
                .rules_executed
                .iter()
                .any(|executed| executed == rule)
                .into()
        }
        Method::GroupsGetUserGroups => page(arguments, "groups", &facts.groups)?,
        Method::GroupsHasGroupMembership => {
            let asked = names(arguments, MAX_IDS)?;
            let member =
                |group: &&Group| asked.contains(&group.id.as_str()) || asked.contains(&group.name.as_str());
            let found: Vec<_> = facts.groups.iter().filter(member).collect();
            json!({"isMember": !found.is_empty(), "groups": found})
        }
        Method::RolesGetUserEffectiveRoles => page(arguments, "roles", &facts.roles)?,
        Method::RolesGetUserEffectiveRolesByIds => {
            let asked = names(arguments, MAX_IDS)?;
            let found = facts
                .roles
                .iter()
                .filter(|role| asked.contains(&role.id.as_str()));
            json!({"roles": found.collect::<Vec<_>>()})
        }
        Method::RolesGetUserEffectiveRolesByNames => {
            let asked = names(arguments, MAX_NAMES)?;
            let found = facts
                .roles
                .iter()
                .filter(|role| asked.contains(&role.name.as_str()));
            json!({"roles": found.collect::<Vec<_>>()})
        }
        Method::AccessDeny
        | Method::AccessTokenSetCustomClaim
        | Method::AccessTokenAddScope
        | Method::AccessTokenRemoveScope
        | Method::AuthenticationRecordMethod
        | Method::AuthenticationChallengeWith
        | Method::AuthenticationChallengeWithAny
        | Method::AuthenticationEnrollWith
        | Method::AuthenticationEnrollWithAny
        | Method::AuthenticationSetPrimaryUser
        | Method::CacheDelete
        | Method::CacheSet
        | Method::IdTokenSetCustomClaim
        | Method::MultifactorEnable
        | Method::UserSetAppMetadata
        | Method::UserSetUserMetadata
        | Method::RedirectSendUserTo
        | Method::SamlResponseSetAttribute
        | Method::SessionRevoke
        | Method::SessionSetExpiresAt
        | Method::SessionSetIdleExpiresAt
        | Method::RefreshTokenRevoke
        | Method::RefreshTokenSetExpiresAt
        | Method::RefreshTokenSetIdleExpiresAt
        | Method::ValidationError
        | Method::PromptRender
        | Method::TransactionSetMetadata
        | Method::SessionSetCookieMode
        | Method::SessionSetMetadata
        | Method::SessionDeleteMetadata
        | Method::SessionEvictMetadata
        | Method::RefreshTokenSetMetadata
        | Method::RefreshTokenDeleteMetadata
        | Method::RefreshTokenEvictMetadata
        | Method::SamlResponseSetAudiences
        | Method::SamlSetting(_) => return Ok(None),
    }))
}

fn names<'a>(arguments: &Arguments<'a>, limit: usize) -> Result<Vec<&'a str>, CallError> {
    let list = arguments.list(0)?;
    if list.len() > limit {
        return Err(arguments.refuse(format!(
            "{} entries are too many, the limit is {limit}",
            list.len()
        )));
    }
    let text = |value: &'a Value| {
        value
            .as_str()
            .ok_or_else(|| arguments.refuse("every entry must be a string"))
    };
    list.iter().map(text).collect()
}

/// One page of `all`; `from` is the opaque `next` of the page before it.
fn page<T: Serialize>(arguments: &Arguments, member: &str, all: &[T]) -> Result<Value, CallError> {
    let options = arguments.options(0)?;
    let take = match options.number("take")? {
        None => PAGE,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be 1 to 100"
        )]
        Some(take) if take.fract() == 0.0 && (1.0..=100.0).contains(&take) => take as usize,
        Some(_) => {
            return Err(options.refuse(format!(
                "options.take must be a whole number from 1 to {MAX_TAKE}"
            )));
        }
    };
    let from = match options.text("from")? {
        None => 0,
        Some(from) => from
            .parse::<usize>()
            .ok()
            .filter(|from| *from <= all.len())
            .ok_or_else(|| options.refuse("options.from must be the `next` of an earlier page"))?,
    };
    let end = all.len().min(from + take);
    let mut page = json!({member: &all[from..end]});
    if end < all.len() {
        page["next"] = end.to_string().into();
    }
    Ok(page)
}
