//! References between files that lead nowhere.

use super::document::Document;
use super::entry::{Entry, Kind, of_kind};
use crate::json::JsonPath;
use crate::tenant::{BROUGHT_OVER, Part, PartKind, Problem, Profile, Tenant, nearest};
use serde_json::Value;

/// Every one of `tenant`, but for those that the reader of the file in question reports.
pub(super) fn loose_ends(tenant: &Tenant, entries: &[Entry], settings: Option<&Document>) -> Vec<Problem> {
    let mut problems = modules(tenant);
    problems.extend(
        settings
            .into_iter()
            .flat_map(|settings| [per_action(tenant, settings), per_machine(tenant, settings)].concat()),
    );
    problems.extend(default_audience(tenant, entries));
    for entry in of_kind(entries, Kind::Role) {
        permissions(entry, tenant, &mut problems);
    }
    problems
}

fn modules(tenant: &Tenant) -> Vec<Problem> {
    let mut problems = Vec::new();
    for action in &tenant.actions {
        let missing = action
            .modules
            .iter()
            .filter(|name| !tenant.modules.iter().any(|module| module.name == **name));
        problems.extend(missing.map(|name| {
            let mut problem = Problem::error("missing_module", &action.definition).says(
                format!(
                    "the Action \"{}\" uses the module \"{name}\", which does not exist",
                    action.name
                ),
                "add it under action-modules/, or remove it from \"modules\"",
            );
            problem.parts = vec![Part {
                kind: PartKind::Action,
                names: vec![action.name.clone()],
            }];
            problem
        }));
    }
    problems
}

/// Settings in `postlogin.toml` for an Action that is not there.
fn per_action(tenant: &Tenant, settings: &Document) -> Vec<Problem> {
    let names = || tenant.actions.iter().map(|action| action.name.as_str());
    let set = tenant.config.actions.per_action.keys();
    let unknown = set.filter(|name| names().all(|known| known != name.as_str()));
    let problem = |name: &String| {
        let help = match nearest(name, names()).first() {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "write the name in the Action's JSON, or remove the section".to_owned(),
        };
        let problem = Problem::warning("unknown_action", &settings.file)
            .says(format!("there is no Action named \"{name}\""), help);
        settings.locate(problem, &JsonPath::of(&["actions", "per_action", name]))
    };
    unknown.map(problem).collect()
}

/// `[api.<client_id>]` in `postlogin.toml` for a client that is not there, and applications and connections in it that are not
/// there. A connection may be one of users alone, who are brought along or were exported without it.
fn per_machine(tenant: &Tenant, settings: &Document) -> Vec<Problem> {
    let (clients, connections) = (&tenant.clients, &tenant.connections);
    let mut problems = Vec::new();
    let mut say = |path: &JsonPath, code: &'static str, message: String, help: String| {
        let problem = Problem::warning(code, &settings.file).says(message, help);
        problems.push(settings.locate(problem, path));
    };
    let meant = |name: &str, known: Vec<&str>, otherwise: &str| match nearest(name, known.into_iter()).first()
    {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => otherwise.to_owned(),
    };
    for (id, bounds) in &tenant.config.api {
        let path = JsonPath::of(&["api", id]);
        if clients.iter().all(|client| client.client_id != *id) {
            let named = clients.iter().find(|client| client.name == *id);
            let help = match named {
                Some(client) => format!("write the client's id: [api.{}]", client.client_id),
                None => meant(
                    id,
                    clients.iter().map(|client| &*client.client_id).collect(),
                    "write the client_id of a machine client, or remove the section",
                ),
            };
            say(
                &path,
                "unknown_client",
                format!("there is no client with the id \"{id}\""),
                help,
            );
        }
        for (index, name) in bounds.clients.iter().flatten().enumerate() {
            if clients
                .iter()
                .all(|client| client.client_id != *name && client.name != *name)
            {
                let known = clients
                    .iter()
                    .flat_map(|client| [&*client.client_id, &*client.name]);
                say(
                    &path.key("clients").index(index),
                    "unknown_client",
                    format!("there is no client with the id \"{name}\""),
                    meant(name, known.collect(), "correct the name, or remove it"),
                );
            }
        }
        for (index, name) in bounds.connections.iter().flatten().enumerate() {
            let is_defined = connections.iter().any(|connection| connection.name == *name);
            if !connections.is_empty() && !is_defined && name != BROUGHT_OVER && !has_users_of(tenant, name) {
                say(
                    &path.key("connections").index(index),
                    "unknown_connection",
                    format!("there is no connection named \"{name}\", and no user of one"),
                    meant(
                        name,
                        connections.iter().map(|connection| &*connection.name).collect(),
                        "nothing to do, if users are brought along over it; otherwise correct the name",
                    ),
                );
            }
        }
    }
    problems
}

fn has_users_of(tenant: &Tenant, connection: &str) -> bool {
    let identities = |user: &Profile| user.0.get("identities").and_then(Value::as_array).cloned();
    let is_of = |identity: &Value| identity.get("connection").and_then(Value::as_str) == Some(connection);
    let mut users = tenant.users.profiles();
    users.any(|user| identities(&user).iter().flatten().any(is_of))
}

fn default_audience(tenant: &Tenant, entries: &[Entry]) -> Option<Problem> {
    let entry = of_kind(entries, Kind::Tenant).next()?;
    let audience = tenant.settings.default_audience.as_deref();
    let audience =
        audience.filter(|audience| !audience.is_empty() && tenant.resource_server(audience).is_none())?;
    let problem = Problem::warning("unknown_audience", &entry.document.file).says(
        format!("the default audience {audience} is not an API of this tenant"),
        "add the API under resource-servers/, or correct \"default_audience\"",
    );
    let path = entry.path.key("default_audience");
    Some(entry.document.locate(problem, &path))
}

/// Permissions of a role for an API that is not there, or that does not have them. The platform's own APIs are not
/// exported; an export without any API says nothing about them.
fn permissions(entry: &Entry, tenant: &Tenant, problems: &mut Vec<Problem>) {
    let name = entry.value.get("name").and_then(|name| name.as_str());
    let Some(role) = name.and_then(|name| tenant.roles.iter().find(|role| role.name == name)) else {
        return;
    };
    if tenant.resource_servers.is_empty() {
        return;
    }
    for (index, permission) in role.permissions.iter().enumerate() {
        let api = permission.resource_server_identifier.as_str();
        let scope = &permission.permission_name;
        let (code, message, help) = match tenant.resource_server(api) {
            None if OF_PLATFORM.iter().any(|end| api.ends_with(end)) => continue,
            None => (
                "unknown_api",
                format!(
                    "the role \"{}\" permits {scope} on {api}, which is not an API of this tenant",
                    role.name
                ),
                "add the API under resource-servers/, or correct the permission".to_owned(),
            ),
            Some(known)
                if known.scopes.is_empty() || known.scopes.iter().any(|known| known.value == *scope) =>
            {
                continue;
            }
            Some(known) => (
                "unknown_permission",
                format!(
                    "the role \"{}\" permits {scope}, which the API {api} does not have",
                    role.name
                ),
                format!(
                    "add it to the scopes of the API, or use one of: {}",
                    known
                        .scopes
                        .iter()
                        .map(|known| known.value.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            ),
        };
        let problem = Problem::warning(code, &entry.document.file).says(message, help);
        let path = entry.path.key("permissions").index(index);
        problems.push(entry.document.locate(problem, &path));
    }
}

/// Ends of the identifiers of the platform's own APIs.
const OF_PLATFORM: [&str; 6] = [
    "/api/v2/",
    "/mfa/",
    "/me/",
    "/my-org/",
    "/userinfo",
    "urn:auth0-authz-api",
];
