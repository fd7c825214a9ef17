//! Reading a tenant folder: everything is read, nothing is run, and every problem is kept.

use super::actions::MISSING_CODE;
use super::files::{Files, UNREADABLE, USERS};
use super::form::{self, Form, Given};
use super::places::Places;
use super::settings::SettingLine;
use super::sources::Sources;
use super::{actions, client_secrets, config, layout, loose_ends, objects, pages, secrets, unrun, users};
use crate::disk;
use crate::tenant::{Client, Part, PartKind, Problem, Severity, Tenant};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a tenant folder holds, as far as it could be read.
#[derive(Debug, Default)]
pub struct Reading {
    /// The tenant; what could not be read is left out of it.
    pub tenant: Tenant,
    /// The form of the export.
    pub form: Form,
    /// Everything that is wrong, errors first, then by file and line.
    pub problems: Vec<Problem>,
    /// Every setting with its source.
    pub settings: Vec<SettingLine>,
    /// The file of each client, relative to the tenant folder, by client id.
    pub client_files: BTreeMap<String, PathBuf>,
    /// Where settings stand.
    pub places: Places,
    /// What should be changed about who may read `secrets.env`, in one sentence.
    pub exposed: Option<String>,
}

impl Reading {
    /// Whether there is any error, which may concern a part of the tenant alone.
    pub fn has_errors(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    /// Errors about what is there and could not be read at all: files and folders, of which nobody knows what
    /// they hold.
    pub fn unread(&self) -> impl Iterator<Item = &Problem> {
        let whole = [
            UNREADABLE,
            "duplicate_member",
            "no_tenant",
            "not_utf8",
            "outside_tenant",
            "syntax",
        ];
        self.problems
            .iter()
            .filter(move |problem| problem.severity == Severity::Error && whole.contains(&&*problem.code))
    }
}

/// Reads the tenant at `path`: a folder, or the one file of an export, with what lies beside it.
pub fn read(path: &Path, sources: &Sources) -> Reading {
    let Given { folder: root, file } = Given::of(path);
    let mut files = Files::new(&root, sources);
    let kind = disk::kind(path);
    let is_there = match kind {
        Ok(None) => false,
        Ok(Some(disk::Kind::Folder)) | Err(_) => true,
        // The reader of the file reports what is no plain file.
        Ok(Some(disk::Kind::File | disk::Kind::Special)) => file.is_some(),
    };
    match kind {
        Err(error) if file.is_none() => files.report_unreadable(
            &root,
            &error,
            "make it a folder that the user who runs postlogin may read",
        ),
        _ if !is_there => {
            let what = if file.is_some() { "file" } else { "folder" };
            let problem = Problem::error("no_tenant", path).says(
                format!("there is no such {what}"),
                "name the folder that holds tenant.json or tenant.yaml, or start postlogin inside of it",
            );
            files.problems.push(problem);
        }
        _ if file.is_none() => form::report_no_tenant(&mut files),
        _ => {}
    }
    files.read_keywords();
    let (config, mut lines, settings_document) = config::read(&mut files);
    let form = form::form(file, &mut files);
    let entries = layout::entries(&form, &mut files);
    unrun::report(&entries, &mut files);
    let (settings, tenant_lines) = objects::tenant(&entries, &mut files);
    lines.extend(tenant_lines);
    let read_actions = actions::actions(&entries, &mut files);
    let post_login = files.of(&[Part::nameless(PartKind::Bindings)], |files| {
        actions::bindings(&entries, &read_actions, files)
    });
    let roles = objects::roles(&entries, &mut files);
    let connections = objects::connections(&entries, &mut files);
    let users = users::read(&mut files, Path::new(USERS), &roles, &connections);
    let (client_files, clients): (_, Vec<Client>) = objects::clients(&entries, &mut files)
        .into_iter()
        .map(|(file, client)| ((client.client_id.clone(), file), client))
        .unzip();
    let resource_servers = objects::resource_servers(&entries, &mut files);
    let mut tenant = Tenant {
        root: root.clone(),
        settings,
        client_grants: objects::client_grants(&entries, &clients, &resource_servers, &mut files),
        clients,
        resource_servers,
        actions: read_actions.into_iter().map(|read| read.action).collect(),
        modules: actions::modules(&entries, &mut files),
        post_login,
        pages: pages::read(&mut files),
        attack_protection: objects::attack_protection(&entries, &mut files),
        connections,
        organizations: objects::organizations(&entries, &mut files),
        roles,
        factors: objects::factors(&entries, &mut files),
        users: users.users,
        credentials: users.credentials,
        config,
        faults: Vec::new(),
    };
    let given = files.of(&[Part::nameless(PartKind::Bindings)], secrets::read);
    let (of_clients, of_actions) = client_secrets::apart(given);
    client_secrets::resolve(&mut tenant.clients, of_clients, &mut files);
    let of_secrets = files.of(&[Part::nameless(PartKind::Bindings)], |files| {
        secrets::resolve(
            &mut tenant.actions,
            &mut tenant.modules,
            &entries,
            &of_actions,
            files,
        )
    });
    lines.extend(of_secrets);
    files.problems.extend(loose_ends::loose_ends(
        &tenant,
        &entries,
        settings_document.as_deref(),
    ));
    let hidden = files.keywords.hidden();
    let mut problems = files.into_problems();
    tell_an_unreadable_root_once(&mut problems);
    for problem in &mut problems {
        spare_unbound(problem, &tenant.post_login);
    }
    problems.sort_by(|one, other| one.order().cmp(&other.order()));
    tenant.faults = of_parts(&problems);
    Reading {
        tenant,
        form,
        problems,
        settings: lines,
        client_files,
        places: Places::of(settings_document, &entries, hidden),
        exposed: disk::exposure(&root.join(secrets::FILE)),
    }
}

/// The errors that concern parts of the tenant.
fn of_parts(problems: &[Problem]) -> Vec<Problem> {
    let of_parts = |problem: &&Problem| problem.severity == Severity::Error && !problem.parts.is_empty();
    problems.iter().filter(of_parts).cloned().collect()
}

/// Where the folder itself cannot be read, what lies in it cannot, either, and nobody knows what is there.
fn tell_an_unreadable_root_once(problems: &mut Vec<Problem>) {
    let is_root = |problem: &Problem| problem.code == UNREADABLE && problem.file == Path::new(".");
    if problems.iter().any(is_root) {
        problems
            .retain(|problem| is_root(problem) || ![UNREADABLE, form::TWO_FORMS].contains(&&*problem.code));
    }
}

/// Makes it a warning that an Action has no code, where the Action is not bound to post-login.
fn spare_unbound(problem: &mut Problem, bound: &[String]) {
    let is_bound = |part: &Part| part.names.is_empty() || part.names.iter().any(|name| bound.contains(name));
    if problem.code == MISSING_CODE && !problem.parts.iter().any(is_bound) {
        problem.severity = Severity::Warning;
    }
}

#[cfg(test)]
mod tests;
