//! What the server alone needs: its certificate, the tenant's own pages, secrets of applications.

use crate::folder::{Problem, Reading, Severity};
use crate::oauth::closed_organizations;
use crate::server::{PageFault, Tls, examine_pages};
use crate::tenant::{Client, Tenant};
use crate::time::Moment;
use std::path::Path;

/// One line for each application that cannot authenticate at a server. An export has no secrets, so this is no problem of
/// the tenant: everything but a server works without them.
pub fn unproved(tenant: &Tenant) -> Vec<String> {
    let told = tenant.clients.iter().filter_map(Client::cannot_authenticate);
    told.map(|(what, help)| format!("{what}; {help}")).collect()
}

/// One line for organizations that nobody can log in to at a server. An export has no members, so this is no problem of the
/// tenant either.
pub fn closed(tenant: &Tenant) -> Option<String> {
    let (what, help) = closed_organizations(tenant)?;
    Some(format!("{what}; {help}"))
}

/// What is wrong with files of the server at `now`.
pub fn problems(reading: &Reading, now: Moment) -> Vec<Problem> {
    let mut problems = of_tls(reading, now);
    problems.extend(of_pages(&reading.tenant));
    problems
}

/// Own templates that the server could not use.
fn of_pages(tenant: &Tenant) -> impl Iterator<Item = Problem> {
    let problem = |fault: PageFault| {
        let file = Path::new("pages").join(fault.name);
        Problem::new(Severity::Error, "page", file)
            .says(
                fault.message,
                "correct the template; without it the server shows a page of its own",
            )
            .line(fault.line, None)
    };
    examine_pages(tenant).into_iter().map(problem)
}

/// What is wrong with the files of `[server] tls` at `now`.
fn of_tls(reading: &Reading, now: Moment) -> Vec<Problem> {
    let tenant = &reading.tenant;
    let place = |severity, text: String, help| {
        let problem = Problem::new(severity, "tls", "postlogin.toml").says(text, help);
        reading.places.in_settings(&["server", "tls"], problem)
    };
    match Tls::read(&tenant.root, &tenant.config.server.tls, now) {
        Ok(tls) => tls
            .into_iter()
            .flat_map(|tls| tls.warnings)
            .map(|warning| place(Severity::Warning, warning, ""))
            .collect(),
        Err(error) => {
            let help = "correct [server] tls; until then the server does not start";
            vec![place(Severity::Error, error.to_string(), help)]
        }
    }
}
