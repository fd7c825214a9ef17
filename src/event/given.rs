//! A given event (`--event`): its members override those of the event that is made.

use super::build::Opening;
use super::user::{hide_tokens, restore_tokens};
use super::whole::Event;
use super::{Circumstances, EventError, Protocol, build};
use crate::json::JsonPath;
use crate::tenant::{Client, Profile, SamlAddon, Tenant, stable_id};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The content of an event file: an object without `secrets`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct GivenEvent(Map<String, Value>);

impl TryFrom<Value> for GivenEvent {
    type Error = EventError;

    /// # Errors
    /// The event is not an object, or has secrets.
    fn try_from(value: Value) -> Result<Self, EventError> {
        let Value::Object(members) = value else {
            return Err(EventError::NotAnObject);
        };
        if members.contains_key("secrets") {
            return Err(EventError::Secrets);
        }
        Ok(Self(members))
    }
}

impl From<GivenEvent> for Value {
    fn from(given: GivenEvent) -> Self {
        Self::Object(given.0)
    }
}

impl GivenEvent {
    /// Whether the event names the user.
    pub fn has_user(&self) -> bool {
        self.0.contains_key("user")
    }

    /// The application that it names.
    pub fn client_id(&self) -> Option<&str> {
        self.text(&["client", "client_id"])
    }

    /// An application that fits it, for an event without a tenant.
    pub fn client(&self) -> Client {
        let text = |path: &[&str]| self.text(path).map(str::to_owned);
        let name = text(&["client", "name"]).or_else(|| text(&["client", "client_id"]));
        let name = name.unwrap_or_else(|| "client".to_owned());
        let mut client = Client {
            client_id: text(&["client", "client_id"]).unwrap_or_else(|| stable_id("", &name, 32)),
            name,
            callbacks: text(&["transaction", "redirect_uri"]).into_iter().collect(),
            ..Client::default()
        };
        if text(&["transaction", "protocol"]).as_deref() == Some("samlp") {
            client.addons.samlp = Some(SamlAddon::default());
        }
        client
    }

    /// The application that fits it and is called `asked`, by name or client id. One that the event does not name is
    /// called as it is asked for.
    ///
    /// # Errors
    /// The event is of another application.
    pub fn client_called(&self, asked: &str) -> Result<Client, EventError> {
        let client = self.client();
        if self.client_id().is_none() {
            return Ok(Client {
                client_id: asked.to_owned(),
                name: asked.to_owned(),
                ..client
            });
        }
        if asked == client.client_id || asked == client.name {
            Ok(client)
        } else {
            Err(EventError::OtherClient {
                asked: asked.to_owned(),
                client_id: client.client_id,
            })
        }
    }

    /// The application that fits it and has this client id.
    pub fn client_again(&self, client_id: &str) -> Option<Client> {
        let has_id = |client: &Client| client.client_id == client_id;
        let unnamed = Some(self.client()).filter(has_id);
        unnamed.or_else(|| self.client_called(client_id).ok().filter(has_id))
    }

    /// The profile of `known` with the given user laid over it.
    ///
    /// # Errors
    /// The event has no user, or the user is not an object.
    pub fn user(&self, known: Option<&Profile>) -> Result<Profile, EventError> {
        let known = known.cloned().unwrap_or_default();
        let mut merged = Value::Object(known.0.clone());
        if let Some(user) = self.0.get("user") {
            overlay(&mut merged, user);
        }
        let Value::Object(merged) = merged else {
            return Err(EventError::Shape {
                path: "user".to_owned(),
                message: "expected an object".to_owned(),
            });
        };
        let mut profile = Profile(merged);
        restore_tokens(&mut profile, &known);
        Ok(profile)
    }

    /// Makes the event of a login, and lays this one over it member by member. `known` is the profile of the user
    /// whom the tenant knows.
    ///
    /// # Errors
    /// As [`build`](super::build()), or a member has the wrong type.
    pub fn build(
        &self,
        tenant: &Tenant,
        client: &Client,
        known: Option<&Profile>,
        circumstances: &Circumstances,
    ) -> Result<Opening, EventError> {
        let user = self.user(known)?;
        let made = build::event(tenant, client, &user, circumstances, self.audience())?;
        let event = self.over(&made)?;
        let nonce = event.request.query.get("nonce").and_then(Value::as_str);
        let nonce = nonce.map(str::to_owned);
        build::opening(event, user, nonce, tenant, client, circumstances)
    }

    /// `made` with this event laid over it.
    fn over(&self, made: &Event) -> Result<Event, EventError> {
        let mut merged =
            serde_json::to_value(made).map_err(|error| EventError::shape(&JsonPath::default(), &error))?;
        overlay_members(&mut merged, &self.0);
        if let Some(Value::Object(user)) = merged.get_mut("user") {
            hide_tokens(user);
        }
        serde_path_to_error::deserialize(merged)
            .map_err(|error| EventError::shape(&JsonPath::from(error.path()), error.inner()))
    }

    /// `transaction.protocol`.
    pub(super) fn protocol(&self) -> Result<Option<Protocol>, EventError> {
        let Some(name) = self.text(&["transaction", "protocol"]) else {
            return Ok(None);
        };
        serde_json::from_value(name.into()).map_err(|error| {
            EventError::shape(&JsonPath::default().key("transaction").key("protocol"), &error)
        })
    }

    /// `resource_server.identifier`, which need not be an API of the tenant.
    pub(super) fn audience(&self) -> Option<&str> {
        self.text(&["resource_server", "identifier"])
    }

    fn text(&self, path: &[&str]) -> Option<&str> {
        let (first, rest) = path.split_first()?;
        let found = rest
            .iter()
            .try_fold(self.0.get(*first)?, |value, name| value.get(*name));
        found?.as_str()
    }
}

/// Lays `over` over `base`: objects are merged member by member, everything else is replaced. A `null`
/// takes an object away and is a value anywhere else.
fn overlay(base: &mut Value, over: &Value) {
    match over {
        Value::Object(over) if base.is_object() => overlay_members(base, over),
        over => *base = over.clone(),
    }
}

fn overlay_members(base: &mut Value, over: &Map<String, Value>) {
    let Value::Object(base) = base else {
        return;
    };
    for (name, value) in over {
        match base.get_mut(name) {
            Some(Value::Object(_)) if value.is_null() => _ = base.shift_remove(name),
            Some(below) => overlay(below, value),
            None => _ = base.insert(name.clone(), value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_merge_and_everything_else_is_replaced() {
        let mut base = json!({"a": {"x": 1, "y": [1, 2]}, "b": 1, "gone": {"x": 1}, "kept": 1});
        overlay(
            &mut base,
            &json!({"a": {"y": [3], "z": 4}, "b": {"c": 1}, "gone": null, "new": {"n": null}}),
        );
        assert_eq!(
            base,
            json!({"a": {"x": 1, "y": [3], "z": 4}, "b": {"c": 1}, "kept": 1, "new": {"n": null}})
        );
    }
}
