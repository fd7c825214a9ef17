//! Clients, APIs, connections, organizations, roles, factors and the tenant's own settings.

use super::entry::{Entry, Kind, of_kind};
use super::faults;
use super::files::Files;
use super::names::{NameCheck, note_unknown};
use super::settings::{self, SettingLine};
use super::shelf::LEFT_OUT;
use super::typed::typed;
use crate::json::JsonPath;
use crate::tenant::{
    AttackProtection, Client, ClientGrant, Connection, OWN_API, Organization, Problem, ResourceServer,
    RoleDefinition, Severity, TenantSettings, Walk, exported, stable_id,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// The settings of the tenant, and those that are used as lines for `postlogin config`.
pub(super) fn tenant(entries: &[Entry], files: &mut Files) -> (TenantSettings, Vec<SettingLine>) {
    let entry = of_kind(entries, Kind::Tenant).next();
    let read = entry.and_then(|entry| {
        let read: TenantSettings = typed(&entry.value, &entry.document, &entry.path, &mut files.problems)?;
        note_unknown(&read.extra, entry, &entry.path, files);
        faults::report(&read, Severity::Error, entry, files);
        Some(read)
    });
    let settings = read.unwrap_or_default();
    let used = json!({
        "friendly_name": settings.friendly_name,
        "session_lifetime": settings.session_hours().number(),
        "idle_session_lifetime": settings.idle_session_hours().number(),
        "default_audience": settings.default_audience,
        "customize_mfa_in_postlogin_action": settings.customize_mfa_in_postlogin_action.unwrap_or(true),
        "allow_organization_name_in_authentication_api":
            settings.allow_organization_name_in_authentication_api.unwrap_or(false),
    });
    let place = entry.map(|entry| (entry.document.as_ref(), &entry.path));
    let lines = settings::lines(&used, &JsonPath::default().key("tenant"), place);
    (settings, lines)
}

/// All clients, each with its file. One without an id gets a stable one, made from its name.
pub(super) fn clients(entries: &[Entry], files: &mut Files) -> Vec<(PathBuf, Client)> {
    let mut clients: Vec<(PathBuf, Client)> = Vec::new();
    for (entry, client) in named::<Client>(entries, Kind::Client, "client", files) {
        files.of(&entry.parts(), |files| {
            add_client(client, entry, &mut clients, files);
        });
    }
    clients
}

/// Adds a client that has a name.
fn add_client(mut client: Client, entry: &Entry, clients: &mut Vec<(PathBuf, Client)>, files: &mut Files) {
    if client.client_id.is_empty() {
        client.client_id = stable_id("", &client.name, 32);
        let note = Problem::new(Severity::Note, "made_client_id", &entry.document.file).says(
            format!(
                "the export has no client_id for \"{}\", so {} is used, made from the name",
                client.name, client.client_id
            ),
            "add \"client_id\" to use the platform's",
        );
        files.problems.push(entry.document.locate(note, &entry.path));
    }
    let mut others = clients.iter().map(|(_, other)| other);
    if let Some(twin) = others.find(|twin| twin.client_id == client.client_id) {
        let problem = Problem::error("duplicate_client", &entry.document.file).says(
            format!(
                "the clients \"{}\" and \"{}\" have the same client_id",
                twin.name, client.name
            ),
            "give each client an id of its own",
        );
        let path = entry.path.key("client_id");
        files.problems.push(entry.document.locate(problem, &path));
    }
    let path = entry.path.key("jwt_configuration");
    note_unknown(&client.jwt_configuration.extra, entry, &path, files);
    note_unknown(&client.addons.extra, entry, &entry.path.key("addons"), files);
    if let Some(samlp) = &client.addons.samlp {
        let path = entry.path.key("addons").key("samlp");
        note_unknown(&samlp.extra, entry, &path, files);
    }
    clients.push((entry.document.file.clone(), client));
}

/// All APIs.
pub(super) fn resource_servers(entries: &[Entry], files: &mut Files) -> Vec<ResourceServer> {
    let mut servers: Vec<ResourceServer> = Vec::new();
    for entry in of_kind(entries, Kind::ResourceServer) {
        let server = files.of(&entry.parts(), |files| resource_server(entry, &servers, files));
        servers.extend(server);
    }
    servers
}

/// An API with an identifier that none of `others` has.
fn resource_server(entry: &Entry, others: &[ResourceServer], files: &mut Files) -> Option<ResourceServer> {
    let server: ResourceServer = typed(&entry.value, &entry.document, &entry.path, &mut files.problems)?;
    faults::report(&server, Severity::Warning, entry, files);
    if server.identifier.is_empty() {
        let problem = Problem::error("missing_member", &entry.document.file).says(
            format!("the API \"{}\" has no identifier", server.name),
            "add \"identifier\": it is the audience of the API's access tokens",
        );
        files.problems.push(entry.document.locate(problem, &entry.path));
        return None;
    }
    if others.iter().any(|twin| twin.identifier == server.identifier) {
        let problem = Problem::error("duplicate_api", &entry.document.file).says(
            format!("there are two APIs with the identifier {}", server.identifier),
            "give each API an identifier of its own",
        );
        let path = entry.path.key("identifier");
        files.problems.push(entry.document.locate(problem, &path));
        return None;
    }
    note_unknown(&server.extra, entry, &entry.path, files);
    Some(server)
}

/// What clients may have by themselves. One for a client or an API that is not in the export is kept, and noted.
pub(super) fn client_grants(
    entries: &[Entry],
    clients: &[Client],
    apis: &[ResourceServer],
    files: &mut Files,
) -> Vec<ClientGrant> {
    let grants = of_kind(entries, Kind::Grant).filter_map(|entry| {
        files.of(&entry.parts(), |files| {
            let grant: ClientGrant = typed(&entry.value, &entry.document, &entry.path, &mut files.problems)?;
            note_unknown(&grant.extra, entry, &entry.path, files);
            let ClientGrant {
                client_id, audience, ..
            } = &grant;
            let has_client = |client: &Client| client.client_id == *client_id || client.name == *client_id;
            let note = |code, message: String, member: &str| {
                let note = Problem::new(Severity::Note, code, &entry.document.file);
                let help = "nothing to do, unless the name is a slip: the export may leave it out";
                entry
                    .document
                    .locate(note.says(message, help), &entry.path.key(member))
            };
            if client_id.is_empty() || audience.is_empty() {
                let problem = Problem::error("missing_member", &entry.document.file).says(
                    "the grant does not name its client and its API",
                    "write {\"client_id\": \"...\", \"audience\": \"...\", \"scope\": [...]}",
                );
                files.problems.push(entry.document.locate(problem, &entry.path));
                return None;
            }
            if !clients.iter().any(has_client) {
                let message = format!("the grant is for {client_id}, which is not a client of this tenant");
                files.problems.push(note("unknown_client", message, "client_id"));
            }
            if audience != OWN_API && !apis.iter().any(|api| api.identifier == *audience) {
                let message = format!("the grant is for {audience}, which is not an API of this tenant");
                files.problems.push(note("unknown_audience", message, "audience"));
            }
            Some(grant)
        })
    });
    grants.collect()
}

/// All connections.
pub(super) fn connections(entries: &[Entry], files: &mut Files) -> Vec<Connection> {
    let connection = |(entry, mut connection): (&Entry, Connection)| {
        let make = || stable_id("con_", &connection.name, 16);
        connection.id = Some(connection.id.take().unwrap_or_else(make));
        // A `databases` entry of the one-file form may leave the strategy out.
        let is_database = entry.document.file.starts_with("database-connections")
            || entry.path.to_string().starts_with("databases");
        if connection.strategy.is_none() && is_database {
            connection.strategy = Some("auth0".to_owned());
        }
        connection
    };
    named::<Connection>(entries, Kind::Connection, "connection", files)
        .into_iter()
        .map(connection)
        .collect()
}

/// All organizations.
pub(super) fn organizations(entries: &[Entry], files: &mut Files) -> Vec<Organization> {
    let organization = |(_, mut organization): (&Entry, Organization)| {
        let make = || stable_id("org_", &organization.name, 16);
        organization.id = Some(organization.id.take().unwrap_or_else(make));
        organization
    };
    named::<Organization>(entries, Kind::Organization, "organization", files)
        .into_iter()
        .map(organization)
        .collect()
}

/// All roles.
pub(super) fn roles(entries: &[Entry], files: &mut Files) -> Vec<RoleDefinition> {
    let role = |(_, mut role): (&Entry, RoleDefinition)| {
        let make = || stable_id("rol_", &role.name, 16);
        role.id = Some(role.id.take().unwrap_or_else(make));
        role
    };
    named::<RoleDefinition>(entries, Kind::Role, "role", files)
        .into_iter()
        .map(role)
        .collect()
}

/// How many logins may fail. What is wrong with it is a warning: the platform's own limits hold in its place.
pub(super) fn attack_protection(entries: &[Entry], files: &mut Files) -> AttackProtection {
    AttackProtection {
        brute_force: protection(entries, Kind::BruteForceProtection, files).unwrap_or_default(),
        throttling: protection(entries, Kind::IpThrottling, files),
    }
}

fn protection<T: DeserializeOwned>(entries: &[Entry], kind: Kind, files: &mut Files) -> Option<T> {
    let entry = of_kind(entries, kind).next()?;
    match T::deserialize(&entry.value) {
        Ok(protection) => Some(protection),
        Err(error) => {
            let problem = Problem::warning("wrong_type", &entry.document.file).says(
                format!("the protection of logins is not read: {error}"),
                "start from an export of the deploy CLI; the platform's own limits hold until then",
            );
            files.problems.push(entry.document.locate(problem, &entry.path));
            None
        }
    }
}

exported! {
    /// `guardian-factors/*.json`.
    FactorFile {
        name: String,
        enabled: bool,
    }
}

/// Names of the enabled factors; `None` when the tenant says nothing about factors.
pub(super) fn factors(entries: &[Entry], files: &mut Files) -> Option<Vec<String>> {
    of_kind(entries, Kind::Factor).next()?;
    let factors = of_kind(entries, Kind::Factor).filter_map(|entry| {
        let factor: FactorFile = typed(&entry.value, &entry.document, &entry.path, &mut files.problems)?;
        if factor.name.is_empty() {
            let problem = Problem::warning(LEFT_OUT, &entry.document.file).says(
                "is not read: the factor has no name",
                "add \"name\", such as \"otp\", or move the file elsewhere",
            );
            files.problems.push(entry.document.locate(problem, &entry.path));
            return None;
        }
        factor.enabled.then_some(factor.name)
    });
    Some(factors.collect())
}

/// Something with a name that is unique among its kind.
trait Named: DeserializeOwned + Walk {
    fn name(&self) -> &str;
    /// Members that are not read.
    fn extra(&self) -> &Map<String, Value>;
}

macro_rules! named {
    ($($kind:ty),*) => { $(impl Named for $kind {
        fn name(&self) -> &str { &self.name }
        fn extra(&self) -> &Map<String, Value> { &self.extra }
    })* };
}
named!(Client, Connection, Organization, RoleDefinition);

/// The entries of a kind that have a name of their own; the others are reported.
fn named<'e, T: Named>(
    entries: &'e [Entry],
    kind: Kind,
    word: &'static str,
    files: &mut Files,
) -> Vec<(&'e Entry, T)> {
    let mut all: Vec<(&Entry, T)> = Vec::new();
    for entry in of_kind(entries, kind) {
        let object = files.of(&entry.parts(), |files| one(entry, word, &all, files));
        all.extend(object.map(|object| (entry, object)));
    }
    all
}

/// The object of an entry, which has a name that none of `others` has.
fn one<T: Named>(entry: &Entry, word: &'static str, others: &[(&Entry, T)], files: &mut Files) -> Option<T> {
    let object = typed::<T>(&entry.value, &entry.document, &entry.path, &mut files.problems)?;
    faults::report(&object, Severity::Warning, entry, files);
    let twin = others.iter().find(|(_, twin)| twin.name() == object.name());
    let names = NameCheck {
        word,
        entry,
        twin: twin.map(|(entry, _)| *entry),
    };
    if let Some(problem) = names.problem(object.name()) {
        files.problems.push(problem);
        return None;
    }
    note_unknown(object.extra(), entry, &entry.path, files);
    Some(object)
}
