//! The secrets of applications, which no export has: `client.<name>.client_secret` in `secrets.env`.

use super::files::Files;
use super::secrets::{FILE, Given, NOT_SHOWN};
use crate::tenant::{Client, Part, PartKind, Problem};

/// The secrets of applications, and the others.
pub(super) fn apart(given: Vec<Given>) -> (Vec<Given>, Vec<Given>) {
    given
        .into_iter()
        .partition(|secret| application(secret).is_some())
}

/// Gives each application its secret.
pub(super) fn resolve(clients: &mut [Client], given: Vec<Given>, files: &mut Files) {
    for client in &mut *clients {
        client.client_secret = client
            .client_secret
            .take()
            .filter(|secret| secret.reveal() != NOT_SHOWN);
    }
    for secret in given {
        let name = application(&secret).unwrap_or_default();
        let by_id = clients.iter().position(|client| client.client_id == name);
        let found = by_id.or_else(|| clients.iter().position(|client| client.name == name));
        let Some(place) = found else {
            let problem = Problem::warning("unknown_client", FILE).says(
                format!("there is no client named \"{name}\""),
                "write client.<name>.client_secret=value with the name or the client_id of a client",
            );
            files.problems.push(problem.line(Some(secret.line), None));
            continue;
        };
        let client = &mut clients[place];
        client.client_secret = Some(secret.value.into());
        // What was said of the client before it had its secret.
        files.problems.retain(|problem| {
            let is_of_client =
                |part: &Part| part.kind == PartKind::Client && part.names.contains(&client.name);
            problem.code != "missing_secret" || !problem.parts.iter().any(is_of_client)
        });
    }
}

/// Whose `client_secret` it is.
fn application(secret: &Given) -> Option<&str> {
    let owner = secret.owner.as_deref()?.strip_prefix("client.")?;
    (secret.name == "client_secret").then_some(owner)
}
