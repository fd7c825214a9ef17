//! `users.json`: profiles, and apart from them what proves who a user is.

use super::document::{Document, IsArray};
use super::entry::parts;
use super::files::Files;
use super::needs::Need;
use super::sources::Sources;
use super::typed::typed;
use crate::json::JsonPath;
use crate::password::PasswordHash;
use crate::tenant::{
    Connection, Credentials, Identity, PartKind, Problem, Profile, RoleDefinition, Users, exported,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

exported! {
    #[derive(Serialize)]
    /// The typed members of a user; the others are free.
    UserFile {
        user_id: String,
        email: Option<String>,
        email_verified: Option<bool>,
        username: Option<String>,
        given_name: Option<String>,
        family_name: Option<String>,
        name: Option<String>,
        nickname: Option<String>,
        picture: Option<String>,
        phone_number: Option<String>,
        phone_verified: Option<bool>,
        blocked: Option<bool>,
        created_at: Option<String>,
        updated_at: Option<String>,
        last_password_reset: Option<String>,
        identities: Option<Vec<Identity>>,
        app_metadata: Option<Map<String, Value>>,
        user_metadata: Option<Map<String, Value>>,
        password_hash: Option<String>,
        custom_password_hash: Option<Map<String, Value>>,
        mfa_factors: Option<Vec<Value>>,
        roles: Option<Vec<String>>,
        logins_count: Option<u64>,
    }
}

/// What `users.json` holds.
#[derive(Default)]
pub(super) struct Given {
    pub users: Users,
    pub credentials: BTreeMap<String, Credentials>,
}

/// Users of a file that stands alone.
#[derive(Debug, Default)]
pub struct ReadUsers {
    /// Their profiles.
    pub users: Users,
    /// What proves who they are, by user id.
    pub credentials: BTreeMap<String, Credentials>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

/// Reads users from a file in the form of `users.json`, which need not lie in a tenant folder. Whether their roles and
/// connections are there is not looked at.
pub fn read_users(path: &Path) -> ReadUsers {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = Path::new(path.file_name().unwrap_or_default());
    let sources = Sources {
        environment: &|_| None,
        variables: &BTreeMap::new(),
    };
    let mut files = Files::of_users(folder.unwrap_or(Path::new(".")), name, &sources);
    let given = read(&mut files, name, &[], &[]);
    ReadUsers {
        users: given.users,
        credentials: given.credentials,
        problems: files.into_problems(),
    }
}

/// Reads users, one after the other: there may be many.
pub(super) fn read(
    files: &mut Files,
    file: &Path,
    roles: &[RoleDefinition],
    connections: &[Connection],
) -> Given {
    let mut given = Given::default();
    let Some(document) = files.document(file) else {
        return given;
    };
    let mut reader = Reader {
        files,
        document: &document,
        roles,
        connections,
        unknown: HashSet::new(),
        seen: HashMap::new(),
    };
    let read = document.elements(|index, item| {
        let parts = parts(PartKind::User, &item, &["user_id", "email"]);
        let need = || Need {
            begins: document.spot(&JsonPath::default().index(index)),
            parts: parts.clone(),
        };
        reader.files.note_needs(file, need, &item);
        let before = reader.files.problems.len();
        let profile = reader.profile(item, index);
        if reader.files.problems.len() > before {
            reader.files.assign(before, &parts);
        }
        let Some(profile) = profile else {
            return;
        };
        let (profile, credentials) = split(profile, connections);
        reader.check_password(profile.user_id(), &credentials, &JsonPath::default().index(index));
        if !credentials.0.is_empty() {
            let id = profile.user_id().to_owned();
            given.credentials.insert(id, credentials);
        }
        given.users.push(&profile);
    });
    let problems = match read {
        Ok(IsArray::Yes) => return given,
        Ok(IsArray::No) => vec![Problem::error("wrong_type", file).says(
            "expected an array of users",
            "write [ {\"user_id\": \"auth0|1\", \"email\": ...}, ... ]",
        )],
        Err(problems) => problems,
    };
    files.problems.extend(problems);
    Given::default()
}

struct Reader<'r, 'f> {
    files: &'r mut Files<'f>,
    document: &'r Document,
    roles: &'r [RoleDefinition],
    connections: &'r [Connection],
    /// Connections that are not there, and are reported.
    unknown: HashSet<String>,
    /// Which user had each id first.
    seen: HashMap<String, usize>,
}

impl Reader<'_, '_> {
    /// The profile of a user. What is wrong with the user concerns these parts of the tenant.
    fn profile(&mut self, item: Value, at: usize) -> Option<Profile> {
        let path = &JsonPath::default().index(at);
        // Nearly every user fits as it is, and is not copied.
        let (typed, members) = match (UserFile::deserialize(&item), item) {
            (Ok(typed), Value::Object(members)) => (typed, members),
            (_, item) => self.lenient(&item, path)?,
        };
        if typed.user_id.is_empty() {
            self.report(
                path,
                Problem::error("missing_member", &self.document.file).says(
                    "the user has no user_id",
                    "add one that is unique, such as \"auth0|1\"",
                ),
            );
            return None;
        }
        if let Some(first) = self.seen.insert(typed.user_id.clone(), at) {
            let first = match self.document.line_of(&JsonPath::default().index(first)) {
                Some(line) => format!(", first on line {line}"),
                None => String::new(),
            };
            self.report(
                &path.key("user_id"),
                Problem::error("duplicate_user", &self.document.file).says(
                    format!("the user_id {} is there twice{first}", typed.user_id),
                    "give each user an id of its own",
                ),
            );
            return None;
        }
        for (index, role) in typed.roles.iter().flatten().enumerate() {
            self.check_role(role, &path.key("roles").index(index));
        }
        for (index, identity) in typed.identities.iter().flatten().enumerate() {
            let path = path.key("identities").index(index).key("connection");
            self.check_connection(identity.connection.as_deref().unwrap_or_default(), &path);
        }
        Some(Profile(members))
    }

    /// A user with members that are ill-typed: each is reported and left out.
    fn lenient(&mut self, item: &Value, path: &JsonPath) -> Option<(UserFile, Map<String, Value>)> {
        let before = self.files.problems.len();
        let typed: UserFile = typed(item, self.document, path, &mut self.files.problems)?;
        let mut members = item.as_object()?.clone();
        if self.files.problems.len() > before {
            // What was ill-typed is not in `typed`; what was well-typed is the same as before.
            let well_typed = serde_json::to_value(&typed).unwrap_or_default();
            members.retain(|name, _| well_typed.get(name).is_some_and(|value| !value.is_null()));
        }
        Some((typed, members))
    }

    /// Reports a connection once, however many users it has. An export without any connection says nothing.
    fn check_connection(&mut self, name: &str, path: &JsonPath) {
        let is_known = |known: &Connection| known.name == name || known.id.as_deref() == Some(name);
        let is_known =
            name.is_empty() || self.connections.is_empty() || self.connections.iter().any(is_known);
        if is_known || !self.unknown.insert(name.to_owned()) {
            return;
        }
        let names = self.connections.iter().map(|connection| connection.name.as_str());
        let help = format!(
            "add it under connections/ or database-connections/, or use one of: {}",
            names.collect::<Vec<_>>().join(", ")
        );
        self.report(
            path,
            Problem::warning("unknown_connection", &self.document.file)
                .says(format!("there is no connection \"{name}\""), help),
        );
    }

    fn check_role(&mut self, role: &str, path: &JsonPath) {
        let is_known = |known: &RoleDefinition| known.name == role || known.id.as_deref() == Some(role);
        if self.roles.is_empty() || self.roles.iter().any(is_known) {
            return;
        }
        let names: Vec<&str> = self.roles.iter().map(|role| role.name.as_str()).collect();
        self.report(
            path,
            Problem::warning("unknown_role", &self.document.file).says(
                format!("there is no role \"{role}\""),
                format!("add it under roles/, or use one of: {}", names.join(", ")),
            ),
        );
    }

    /// Reports a password that nobody can log in with.
    fn check_password(&mut self, user_id: &str, credentials: &Credentials, path: &JsonPath) {
        if let Err(fault) = PasswordHash::of(credentials) {
            let problem = Problem::warning("unreadable_password", &self.document.file).says(
                format!("the user {user_id} cannot log in with a password: {fault}"),
                "correct the hash, or remove it where the user logs in elsewhere",
            );
            self.report(path, problem);
        }
    }

    fn report(&mut self, path: &JsonPath, problem: Problem) {
        self.files.problems.push(self.document.locate(problem, path));
    }
}

/// Takes what is secret out of a profile, and adds the identity that its id implies.
fn split(profile: Profile, connections: &[Connection]) -> (Profile, Credentials) {
    let Profile(mut members) = profile;
    let mut credentials = Map::new();
    for name in [
        "password_hash",
        "passwordHash",
        "custom_password_hash",
        "password",
    ] {
        if let Some(value) = members.shift_remove(name) {
            credentials.insert(name.to_owned(), value);
        }
    }
    if let Some(Value::Array(factors)) = members.get_mut("mfa_factors") {
        credentials.insert("mfa_factors".to_owned(), Value::Array(factors.clone()));
        for factor in factors.iter_mut().filter_map(Value::as_object_mut) {
            let secret = factor.values_mut().filter_map(Value::as_object_mut);
            secret.for_each(|inner| inner.retain(|name, _| name != "secret"));
        }
    }
    let has_identity = members
        .get("identities")
        .and_then(Value::as_array)
        .is_some_and(|identities| !identities.is_empty());
    if !has_identity {
        let user_id = members.get("user_id").and_then(Value::as_str).unwrap_or_default();
        let identity = implied_identity(user_id, connections);
        members.insert("identities".to_owned(), json!([identity]));
    }
    (Profile(members), Credentials(credentials))
}

fn implied_identity(user_id: &str, connections: &[Connection]) -> Value {
    let (provider, id) = user_id.split_once('|').unwrap_or(("auth0", user_id));
    let of_provider = connections
        .iter()
        .find(|connection| connection.strategy.as_deref() == Some(provider));
    let connection = match of_provider {
        Some(connection) => connection.name.as_str(),
        None if provider == "auth0" => "Username-Password-Authentication",
        None => provider,
    };
    let is_social = provider != "auth0" && connection == provider;
    json!({"connection": connection, "provider": provider, "user_id": id, "isSocial": is_social})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_leave_the_profile() {
        let user = json!({
            "user_id": "auth0|1",
            "password_hash": "$2b$10$secret",
            "mfa_factors": [{"totp": {"secret": "JBSWY3DP"}}, {"phone": {"value": "+15550100"}}],
        });
        let (profile, credentials) = split(serde_json::from_value(user).unwrap(), &[]);
        let shown = serde_json::to_string(&profile).unwrap();
        assert!(
            !shown.contains("secret") && !shown.contains("JBSWY3DP"),
            "{shown}"
        );
        assert_eq!(credentials.0["password_hash"], "$2b$10$secret");
        assert_eq!(credentials.0["mfa_factors"][0]["totp"]["secret"], "JBSWY3DP");
        assert_eq!(format!("{credentials:?}"), r#"{"password_hash", "mfa_factors"}"#);
    }

    #[test]
    fn the_id_implies_an_identity() {
        let social = Connection {
            name: "acme-oidc".to_owned(),
            strategy: Some("oidc".to_owned()),
            ..Connection::default()
        };
        assert_eq!(
            implied_identity("oidc|7", &[social]),
            json!({"connection": "acme-oidc", "provider": "oidc", "user_id": "7", "isSocial": false})
        );
        assert_eq!(
            implied_identity("auth0|7", &[])["connection"],
            "Username-Password-Authentication"
        );
    }
}
