//! Finding things in a tenant by the names that people type.

use super::action::Action;
use super::api::ResourceServer;
use super::application::Client;
use super::connection::Connection;
use super::nearest::nearest;
use super::organization::Organization;
use super::profile::Profile;
use super::role::RoleDefinition;
use super::whole::Tenant;
use serde_json::Value;
use std::fmt;

impl Tenant {
    /// The client with this name or client id.
    ///
    /// # Errors
    /// There is none; the error lists those that there are, the nearest first.
    pub fn client(&self, name_or_id: &str) -> Result<&Client, LookupError> {
        self.clients
            .iter()
            .find(|client| client.client_id == name_or_id)
            .or_else(|| self.clients.iter().find(|client| client.name == name_or_id))
            .ok_or_else(|| {
                let names = self.clients.iter().map(|client| client.name.as_str());
                LookupError::new("client", name_or_id, names)
            })
    }

    /// The user with this user id or, whatever its case, this address.
    ///
    /// # Errors
    /// There is none, or several have this address.
    pub fn user(&self, id_or_email: &str) -> Result<&Profile, UserError> {
        self.user_of(id_or_email, None)
    }

    /// The same; where several have this address, the one of this connection.
    ///
    /// # Errors
    /// There is none, or several have this address and none or more than one of them is of the connection.
    pub fn user_of(&self, id_or_email: &str, connection: Option<&str>) -> Result<&Profile, UserError> {
        if let Some(user) = self.user_by_id(id_or_email) {
            return Ok(user);
        }
        let users = self.users.by_address(id_or_email);
        let of_connection = |user: &&&Profile| {
            let named = connection.and_then(|name| self.connection(name));
            let name = named.map(|named| named.name.as_str()).or(connection);
            connections(user).any(|of_user| Some(of_user) == name)
        };
        match users.as_slice() {
            [] => {
                let names = self.users.names();
                Err(LookupError::new("user", id_or_email, names).into())
            }
            [user] => Ok(user),
            several => {
                let mut of_connection = several.iter().filter(of_connection);
                match (of_connection.next(), of_connection.next()) {
                    (Some(user), None) => Ok(user),
                    _ => Err(SharedAddress::new(id_or_email, several).into()),
                }
            }
        }
    }

    /// The user with exactly this user id; an address finds nobody.
    pub fn user_by_id(&self, id: &str) -> Option<&Profile> {
        self.users.by_id(id)
    }

    /// The API with this audience.
    pub fn resource_server(&self, identifier: &str) -> Option<&ResourceServer> {
        self.resource_servers
            .iter()
            .find(|server| server.identifier == identifier)
    }

    /// The Action with this name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// The Actions bound to post-login, in the order in which they run.
    pub fn bound_actions(&self) -> Vec<&Action> {
        self.post_login
            .iter()
            .filter_map(|name| self.action(name))
            .collect()
    }

    /// The connection with this name or id.
    pub fn connection(&self, name_or_id: &str) -> Option<&Connection> {
        self.connections
            .iter()
            .find(|connection| connection.name == name_or_id || connection.id.as_deref() == Some(name_or_id))
    }

    /// The organization with this name or id.
    ///
    /// # Errors
    /// There is none; the error lists those that there are, the nearest first.
    pub fn organization(&self, name_or_id: &str) -> Result<&Organization, LookupError> {
        let is_it = |organization: &&Organization| {
            organization.name == name_or_id || organization.id.as_deref() == Some(name_or_id)
        };
        self.organizations.iter().find(is_it).ok_or_else(|| {
            let names = self
                .organizations
                .iter()
                .map(|organization| organization.name.as_str());
            LookupError::new("organization", name_or_id, names)
        })
    }

    /// The role with this name or id.
    pub fn role(&self, name_or_id: &str) -> Option<&RoleDefinition> {
        self.roles
            .iter()
            .find(|role| role.name == name_or_id || role.id.as_deref() == Some(name_or_id))
    }
}

/// The connections that a user has an identity of.
fn connections(user: &Profile) -> impl Iterator<Item = &str> {
    let identities = user.0.get("identities").and_then(Value::as_array);
    let identities = identities.into_iter().flatten();
    identities.filter_map(|identity| identity.get("connection").and_then(Value::as_str))
}

/// Why a name leads to no user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// Nobody has it.
    #[error(transparent)]
    Unknown(#[from] LookupError),
    /// Several users have it.
    #[error(transparent)]
    Shared(#[from] SharedAddress),
}

/// An address that several users have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address {address} is that of {} users: {}", users.len(), users.join(", "))]
pub struct SharedAddress {
    /// As it was asked for.
    pub address: String,
    /// The id of each, with its connections.
    pub users: Vec<String>,
}

impl SharedAddress {
    fn new(address: &str, users: &[&Profile]) -> Self {
        let shown = |user: &&Profile| {
            let connections: Vec<&str> = connections(user).collect();
            format!("{} ({})", user.user_id(), connections.join(", "))
        };
        Self {
            address: address.to_owned(),
            users: users.iter().map(shown).collect(),
        }
    }
}

/// Nothing has the name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupError {
    /// `client`, `user` ...
    pub kind: &'static str,
    /// The name that was asked for.
    pub asked: String,
    /// Names that look like it, the nearest first.
    pub near: Vec<String>,
    /// All names, in order.
    pub known: Vec<String>,
}

impl LookupError {
    pub(crate) fn new<'n>(kind: &'static str, asked: &str, known: impl Iterator<Item = &'n str>) -> Self {
        let known: Vec<&str> = known.collect();
        Self {
            kind,
            asked: asked.to_owned(),
            near: nearest(asked, known.iter().copied()),
            known: known.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl std::error::Error for LookupError {}

impl fmt::Display for LookupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            asked,
            near,
            known,
        } = self;
        write!(formatter, "there is no {kind} \"{asked}\" in this tenant")?;
        if let Some(near) = near.first() {
            write!(formatter, "; did you mean \"{near}\"")?;
        }
        match known.as_slice() {
            [] => write!(formatter, "; it has no {kind} at all"),
            all if all.len() <= SHOWN => write!(formatter, "; there are: {}", all.join(", ")),
            all => write!(
                formatter,
                "; there are: {} and {} more",
                all[..SHOWN].join(", "),
                all.len() - SHOWN
            ),
        }
    }
}

const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_of_two_users_is_refused_unless_the_connection_tells_them_apart() {
        let user = |id: &str, connections: &[&str]| {
            let identities: Vec<_> = connections
                .iter()
                .map(|name| json!({"connection": name}))
                .collect();
            serde_json::from_value(json!({"user_id": id, "email": "Mia@x.example", "identities": identities}))
                .unwrap()
        };
        let tenant = Tenant {
            users: [user("google|1", &["google"]), user("auth0|1", &["users", "sms"])]
                .into_iter()
                .collect(),
            ..Tenant::default()
        };
        let error = tenant.user("mia@X.example").unwrap_err().to_string();
        assert_eq!(
            error,
            "the address mia@X.example is that of 2 users: google|1 (google), auth0|1 (users, sms)"
        );
        let id = |connection| {
            tenant
                .user_of("mia@x.example", Some(connection))
                .map(Profile::user_id)
        };
        assert_eq!((id("google"), id("sms")), (Ok("google|1"), Ok("auth0|1")));
        assert!(id("other").is_err());
        assert_eq!(tenant.user("auth0|1").unwrap().user_id(), "auth0|1");
    }

    fn tenant() -> Tenant {
        let client = |name: &str, id: &str| Client {
            name: name.to_owned(),
            client_id: id.to_owned(),
            ..Client::default()
        };
        let user = |value| serde_json::from_value(value).unwrap();
        Tenant {
            clients: vec![client("web", "id-1"), client("payroll", "web-2")],
            users: [
                user(json!({"user_id": "auth0|1", "email": "Ada@Example.org"})),
                user(json!({"user_id": "auth0|2"})),
            ]
            .into_iter()
            .collect(),
            ..Tenant::default()
        }
    }

    #[test]
    fn clients_are_found_by_name_and_id() {
        assert_eq!(tenant().client("web").unwrap().client_id, "id-1");
        assert_eq!(tenant().client("web-2").unwrap().name, "payroll");
    }

    #[test]
    fn addresses_are_compared_whatever_their_case() {
        assert_eq!(tenant().user("ada@example.ORG").unwrap().user_id(), "auth0|1");
        assert_eq!(tenant().user("auth0|2").unwrap().user_id(), "auth0|2");
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_that_there_are() {
        assert_eq!(
            tenant().client("payrol").unwrap_err().to_string(),
            "there is no client \"payrol\" in this tenant; did you mean \"payroll\"; there are: web, payroll"
        );
        assert_eq!(
            tenant().organization("x").unwrap_err().to_string(),
            "there is no organization \"x\" in this tenant; it has no organization at all"
        );
    }
}
