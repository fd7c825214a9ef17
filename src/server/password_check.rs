//! Whose password it is: for the login page and for the password grant. An unknown user, a user without a password and a
//! wrong password take the same work and get the same answer.

use super::log;
use super::passwords::Proof;
use super::site::Site;
use super::throttle;
use crate::flow::Unavailable;
use crate::password::PasswordHash;
use crate::store::StoredUser;
use crate::tenant::{Client, Connection, Credentials, LetsIn, Profile, Tenant};
use crate::time::Moment;
use std::net::IpAddr;

/// Somebody tries to log in.
pub(super) struct Attempt<'a> {
    /// E-mail address, user name or telephone number.
    pub identifier: &'a str,
    pub password: &'a str,
    /// The connection or realm that the request names.
    pub connection: Option<&'a str>,
    /// The organization that the login is for, by name or id.
    pub organization: Option<&'a str>,
    pub client: &'a Client,
    pub ip: IpAddr,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum PasswordCheck {
    /// Too many people log in at once; nothing was checked or counted.
    Busy,
    /// It is this user's.
    Right(Box<StoredUser>),
    /// Too many attempts have failed; nothing was checked.
    Throttled {
        /// From when one may try again.
        until: Moment,
        /// The user whose name was given, for the log alone.
        named: Option<String>,
    },
    /// Name or password are wrong.
    Wrong {
        /// The user whose name was given, for the log alone.
        named: Option<String>,
    },
}

impl Site {
    /// Checks a password. One that is right and hashed more weakly than the tenant's setting is hashed anew.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) fn password_check(&self, attempt: &Attempt<'_>) -> Result<PasswordCheck, Unavailable> {
        let Ok(place) = self.passwords.pool.place() else {
            return Ok(PasswordCheck::Busy);
        };
        let known = self.store.users_named(attempt.identifier, attempt.connection)?;
        let user = the_one(&self.tenant, attempt, known);
        let account = user.as_ref().map_or_else(
            || attempt.identifier.to_lowercase(),
            |user| user.profile.user_id().to_owned(),
        );
        let named = user.as_ref().map(|user| user.profile.user_id().to_owned());
        let counted = throttle::Attempt::new(self, &account, attempt.ip);
        if let Some(until) = counted.counted()? {
            return Ok(PasswordCheck::Throttled { until, named });
        }
        let hash = user
            .as_ref()
            .and_then(|user| PasswordHash::of(&user.credentials).ok().flatten());
        let proof = place.run(self.passwords.proof(attempt.password.to_owned(), hash));
        match (proof, user) {
            (Some(Proof::Right(renewed)), Some(user)) => {
                counted.passed()?;
                if let Some(renewed) = renewed {
                    self.renew(&user, renewed)?;
                }
                Ok(PasswordCheck::Right(Box::new(user)))
            }
            (Some(_), _) => {
                counted.failed()?;
                Ok(PasswordCheck::Wrong { named })
            }
            (None, _) => Err(Unavailable::new(
                "a password could not be hashed".to_owned(),
                "see that the machine has memory to spare".to_owned(),
            )),
        }
    }

    /// Puts `renewed` in the place of what proved the password.
    fn renew(&self, user: &StoredUser, renewed: Credentials) -> Result<(), Unavailable> {
        let Credentials(mut after) = user.credentials.clone();
        for member in ["password_hash", "passwordHash", "custom_password_hash"] {
            after.shift_remove(member);
        }
        after.extend(renewed.0);
        self.store
            .change_credentials(user.profile.user_id(), &user.credentials, Credentials(after))?;
        Ok(())
    }
}

/// The one user whom the attempt names. Which of two it is would be a guess, unless the tenant's default directory has one
/// of them.
fn the_one(tenant: &Tenant, attempt: &Attempt<'_>, known: Vec<StoredUser>) -> Option<StoredUser> {
    let mut named: Vec<StoredUser> = known
        .into_iter()
        .filter(|user| is_named(tenant, attempt, &user.profile))
        .collect();
    // Nobody logs in here without a password, so who has none takes no name away from who has one.
    if named.iter().any(has_password) {
        named.retain(has_password);
    }
    if let ([_, _, ..], Some(default)) = (named.as_slice(), tenant.settings.default_directory.as_deref())
        && named
            .iter()
            .any(|user| user.profile.connection() == Some(default))
    {
        named.retain(|user| user.profile.connection() == Some(default));
    }
    if named.len() > 1 {
        log::line(
            "a name belongs to users of several connections, so nobody logs in with it alone; name a connection",
        );
        return None;
    }
    named.pop()
}

fn has_password(user: &StoredUser) -> bool {
    matches!(PasswordHash::of(&user.credentials), Ok(Some(_)))
}

/// Whether the attempt names this user by what the user's own connection takes, and application and organization may use that
/// connection.
fn is_named(tenant: &Tenant, attempt: &Attempt<'_>, profile: &Profile) -> bool {
    let name = profile.connection();
    let is_asked_for = attempt.connection.is_none_or(|asked| name == Some(asked));
    let connection = name.and_then(|name| tenant.connection(name));
    let may_use = connection.is_none_or(|connection| connection.is_enabled_for(attempt.client));
    let organization = attempt
        .organization
        .and_then(|named| tenant.organization(named).ok());
    let id = connection.and_then(|connection| connection.id.as_deref());
    let is_taken = match (organization, name) {
        (Some(organization), Some(name)) => organization.lets_in(name, id) != LetsIn::Nobody,
        _ => true,
    };
    let asked = attempt.identifier.to_lowercase();
    let identifies = |property: &&str| {
        profile
            .text(property)
            .is_some_and(|known| known.to_lowercase() == asked)
    };
    is_asked_for
        && may_use
        && is_taken
        && connection
            .map_or(ALL, Connection::identifiers)
            .iter()
            .any(identifies)
}

/// By what users log in where the export says nothing.
const ALL: &[&str] = &["email", "username", "phone_number"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn user(id: &str, connection: &str) -> StoredUser {
        let profile = json!({
            "user_id": id, "email": "Ada@Example.org", "username": "ada", "phone_number": "+15550100",
            "identities": [{"connection": connection, "provider": "auth0", "user_id": id}],
        });
        StoredUser {
            profile: serde_json::from_value(profile).unwrap(),
            credentials: Credentials::default(),
        }
    }

    fn tenant(connections: Value) -> Tenant {
        Tenant {
            connections: serde_json::from_value(connections).unwrap(),
            ..Tenant::default()
        }
    }

    /// The id of the user who logs in with this name.
    fn found(
        tenant: &Tenant,
        identifier: &str,
        connection: Option<&str>,
        known: &[StoredUser],
    ) -> Option<String> {
        let client = Client {
            client_id: "web".to_owned(),
            ..Client::default()
        };
        let attempt = Attempt {
            identifier,
            password: "",
            connection,
            organization: None,
            client: &client,
            ip: std::net::Ipv4Addr::LOCALHOST.into(),
        };
        let user = the_one(tenant, &attempt, known.to_vec())?;
        Some(user.profile.user_id().to_owned())
    }

    #[test]
    fn the_connection_decides_between_two_users_with_one_name() {
        let mut tenant = tenant(json!([{"name": "staff"}, {"name": "members"}]));
        let known = [user("auth0|1", "staff"), user("auth0|2", "members")];
        let found = |tenant: &Tenant, connection| found(tenant, "ada@example.org", connection, &known);
        assert_eq!(found(&tenant, None), None);
        assert_eq!(found(&tenant, Some("members")).as_deref(), Some("auth0|2"));
        assert_eq!(found(&tenant, Some("others")), None);
        tenant.settings.default_directory = Some("staff".to_owned());
        assert_eq!(found(&tenant, None).as_deref(), Some("auth0|1"));
        tenant.connections[0].enabled_clients = Some(vec!["other".to_owned()]);
        tenant.settings.default_directory = None;
        assert_eq!(found(&tenant, None).as_deref(), Some("auth0|2"));
    }

    #[test]
    fn a_user_without_a_password_takes_no_name_away() {
        let mut ada = user("auth0|1", "db");
        let hash = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";
        ada.credentials = Credentials(json!({"password_hash": hash}).as_object().unwrap().clone());
        let known = [user("google|7", "google"), ada, user("api|7", "api")];
        let tenant = tenant(json!([{"name": "db"}, {"name": "google"}]));
        let found = found(&tenant, "ada@example.org", None, &known);
        assert_eq!(found.as_deref(), Some("auth0|1"));
    }

    #[test]
    fn a_user_logs_in_by_what_the_connection_takes() {
        let known = [user("auth0|1", "db")];
        for (options, taken) in [
            (json!(null), [true, true, true]),
            (json!({"requires_username": false}), [true, false, false]),
            (
                json!({"attributes": {"username": {"identifier": {"active": true}}}}),
                [false, true, false],
            ),
        ] {
            let tenant = tenant(json!([{"name": "db", "options": options}]));
            let names = ["ADA@example.org", "ada", "+15550100"];
            assert_eq!(
                names.map(|name| found(&tenant, name, None, &known).is_some()),
                taken,
                "{options}"
            );
            // The id is public, and no name.
            assert_eq!(found(&tenant, "auth0|1", None, &known), None);
        }
    }
}
