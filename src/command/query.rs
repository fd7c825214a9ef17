//! Methods that answer the script and record nothing.

use super::arguments::Arguments;
use super::{Cache, CallError, redirect};
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
    /// Query of the request that this segment runs for.
    pub query: Map<String, Value>,
    /// Body of the request that this segment runs for.
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
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

const PAGE: usize = 50;
const MAX_TAKE: usize = 100;
const MAX_IDS: usize = 100;
const MAX_NAMES: usize = 50;

/// The answer of a query method, or `None` when `method` is not one.
pub(super) fn answer(
    method: &str,
    arguments: &Arguments,
    facts: &Facts,
    cache: &Cache,
    now_ms: i64,
) -> Result<Option<Value>, CallError> {
    Ok(Some(match method {
        "cache.get" => {
            let record = cache.get(arguments.text(0)?, now_ms);
            record.map_or(Value::Null, |record| json!(record))
        }
        "redirect.canRedirect" => Value::Bool(facts.can_redirect),
        "redirect.encodeToken" => redirect::encode_token(arguments, facts, now_ms)?.into(),
        "redirect.validateToken" => redirect::validate_token(arguments, facts, now_ms)?,
        "rules.wasExecuted" => {
            let rule = arguments.text(0)?;
            facts
                .rules_executed
                .iter()
                .any(|executed| executed == rule)
                .into()
        }
        "groups.getUserGroups" => page(arguments, "groups", &facts.groups)?,
        "groups.hasGroupMembership" => {
            let asked = names(arguments, MAX_IDS)?;
            let member =
                |group: &&Group| asked.contains(&group.id.as_str()) || asked.contains(&group.name.as_str());
            let found: Vec<_> = facts.groups.iter().filter(member).collect();
            json!({"isMember": !found.is_empty(), "groups": found})
        }
        "roles.getUserEffectiveRoles" => page(arguments, "roles", &facts.roles)?,
        "roles.getUserEffectiveRolesByIds" => {
            let asked = names(arguments, MAX_IDS)?;
            let found = facts
                .roles
                .iter()
                .filter(|role| asked.contains(&role.id.as_str()));
            json!({"roles": found.collect::<Vec<_>>()})
        }
        "roles.getUserEffectiveRolesByNames" => {
            let asked = names(arguments, MAX_NAMES)?;
            let found = facts
                .roles
                .iter()
                .filter(|role| asked.contains(&role.name.as_str()));
            json!({"roles": found.collect::<Vec<_>>()})
        }
        _ => return Ok(None),
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

/// One page of `all`; `from` is the opaque value of the page before's `next`.
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
