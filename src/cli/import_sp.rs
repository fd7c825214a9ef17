//! `postlogin import-sp`: makes or updates a client from the metadata of its service provider.

mod client_file;
mod report;

use super::clock::{frozen_clock, system_now};
use super::files;
use super::options::TenantOptions;
use super::output::Format;
use super::trouble::{ISSUED, Trouble};
use crate::folder::{Form, Reading, Severity};
use crate::keys::{Certificate, examine};
use crate::saml::metadata::{ImportTerms, Release, ServiceProvider, import, service_provider};
use crate::tenant::{Client, stable_id};
use crate::time::Moment;
use clap::Args;
use client_file::client_file;
use report::{Outcome, Report};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "Examples:
  postlogin import-sp sp-metadata.xml my-tenant
  postlogin import-sp sp-metadata.xml my-tenant --client payroll --dry-run
  postlogin import-sp federation.xml my-tenant --entity-id https://sp.example/shibboleth --trust signer.pem";

#[derive(Args)]
pub(super) struct ImportSpArgs {
    /// Metadata of the service provider (- is standard input)
    file: PathBuf,
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    /// Application to update; by default the one with the entity id of the metadata, or a new one
    #[arg(long, value_name = "NAME|ID", conflicts_with = "name")]
    client: Option<String>,
    /// Make a new application with this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Entity to import, where the file describes several
    #[arg(long, value_name = "ID")]
    entity_id: Option<String>,
    /// Certificate (PEM) of a signer; one of them must have signed the metadata (repeatable)
    #[arg(long = "trust", alias = "certificate", value_name = "FILE")]
    certificates: Vec<PathBuf>,
    /// Map what the service provider asks for and send nothing else
    #[arg(long)]
    only_requested: bool,
    /// Print what would change and the client, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// How the report is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Freeze the clock at this time
    #[arg(long, value_name = "RFC3339")]
    now: Option<String>,
    /// Value of a @@KEY@@ or ##KEY## placeholder (repeatable)
    #[arg(long = "var", value_name = "KEY=VALUE")]
    variables: Vec<String>,
}

pub(super) fn run(args: &ImportSpArgs) -> Result<u8, Trouble> {
    let now: Moment = match &args.now {
        Some(text) => frozen_clock(text)?,
        None => system_now(),
    };
    let options = TenantOptions {
        variables: args.variables.clone(),
        ..TenantOptions::default()
    };
    let reading = super::open_tenant::read(&args.tenant, &options)?;
    // A client that cannot be read may be the client that would be made.
    let unread: Vec<_> = reading.unread().cloned().collect();
    if !unread.is_empty() {
        return Err(super::problems::trouble(&unread));
    }
    let trusted = args
        .certificates
        .iter()
        .map(|path| certificate(path))
        .collect::<Result<Vec<_>, _>>()?;
    let text = files::long_text(&args.file)?;
    let provider = service_provider(&text, args.entity_id.as_deref(), &trusted, now)
        .map_err(|error| Trouble::new(format!("{}: {error}", args.file.display()), "nothing was changed"))?;

    let mut target = Target::choose(args, &reading, &provider)?;
    let config = &reading.tenant.config;
    let ring = examine(&reading.tenant.root, &config.keys).ring();
    let terms = ImportTerms {
        config: &config.saml,
        signing_key: ring.map(|ring| ring.current.certificate().public_key()),
        release: if args.only_requested {
            Release::OnlyRequested
        } else {
            Release::Beside
        },
        now,
    };
    let import = import(&provider, &mut target.members, &terms);
    let outcome = match target.place {
        Place::New => Outcome::Created,
        Place::There if import.changes_anything() => Outcome::Updated,
        Place::There => Outcome::Unchanged,
    };
    let mut report = Report {
        outcome,
        dry_run: args.dry_run,
        provider: &provider,
        import,
        file: &target.file,
        members: &target.members,
    };
    if !args.dry_run && outcome != Outcome::Unchanged {
        target.write(&reading.tenant.root)?;
        report.import.warnings.extend(problems_of(
            &target.file,
            &super::open_tenant::read(&args.tenant, &options)?,
        ));
    }
    let format = Format::chosen(args.format);
    format.print(&match format {
        Format::Json => format!("{:#}\n", report.json()),
        Format::Text => report.text(),
    })?;
    Ok(ISSUED)
}

/// The client that is made or updated.
struct Target {
    /// Relative to the tenant folder.
    file: PathBuf,
    place: Place,
    members: Map<String, Value>,
}

/// Whether the client is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    New,
    There,
}

impl Target {
    fn choose(args: &ImportSpArgs, reading: &Reading, provider: &ServiceProvider) -> Result<Self, Trouble> {
        let tenant = &reading.tenant;
        let entity = provider.entity_id.as_str();
        if let Some(name_or_id) = &args.client {
            let client = tenant.client(name_or_id).map_err(|error| {
                Trouble::new(
                    error.to_string(),
                    "name one of these applications, or make a new one with --name",
                )
            })?;
            return Self::there(&tenant.root, reading, client);
        }
        if let Some(name) = &args.name {
            return Self::new(&tenant.root, reading, name, entity);
        }
        let known: Vec<&Client> = tenant
            .clients
            .iter()
            .filter(|client| is_of(client, entity))
            .collect();
        match known.as_slice() {
            [] => Self::new(&tenant.root, reading, &name_of(provider), entity),
            [client] => Self::there(&tenant.root, reading, client),
            several => {
                let names: Vec<_> = several
                    .iter()
                    .map(|client| format!("\"{}\"", client.name))
                    .collect();
                Err(Trouble::new(
                    format!(
                        "several clients belong to the service provider {entity}: {}",
                        names.join(", ")
                    ),
                    "choose one of these clients with --client",
                ))
            }
        }
    }

    fn there(root: &Path, reading: &Reading, client: &Client) -> Result<Self, Trouble> {
        let file = reading
            .client_files
            .get(&client.client_id)
            .cloned()
            .unwrap_or_default();
        refuse_one_file_form(&file)?;
        let by_hand =
            "run the command with --dry-run and --name, and copy the members that it prints by hand";
        let value: Value = files::json(&root.join(&file)).map_err(|trouble| {
            let what = format!(
                "{}; a placeholder outside of quotes cannot be kept in place",
                trouble.what
            );
            Trouble::new(what, by_hand)
        })?;
        let Value::Object(members) = value else {
            return Err(Trouble::new(
                format!("{} is not a JSON object", file.display()),
                by_hand,
            ));
        };
        Ok(Self {
            file,
            place: Place::There,
            members,
        })
    }

    fn new(root: &Path, reading: &Reading, name: &str, entity: &str) -> Result<Self, Trouble> {
        let elsewhere = "update that client with --client, or give another name with --name";
        if reading.tenant.clients.iter().any(|client| client.name == name) {
            return Err(Trouble::new(
                format!("there is a client \"{name}\" already"),
                elsewhere,
            ));
        }
        if name.trim().is_empty() {
            return Err(Trouble::usage("--name is empty", "give the application a name"));
        }
        if let Form::OneFile(one_file) = &reading.form {
            refuse_one_file_form(one_file)?;
        }
        let file = client_file(root, name, entity)?;
        let mut members = Map::new();
        members.insert("name".to_owned(), json!(name));
        members.insert("client_id".to_owned(), json!(stable_id("", name, 32)));
        members.insert("app_type".to_owned(), json!("regular_web"));
        members.insert("callbacks".to_owned(), json!([]));
        members.insert("is_first_party".to_owned(), json!(true));
        members.insert("addons".to_owned(), json!({"samlp": {}}));
        Ok(Self {
            file,
            place: Place::New,
            members,
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the folder of applications may have to be made"
    )]
    fn write(&self, root: &Path) -> Result<(), Trouble> {
        let path = root.join(&self.file);
        let text = format!("{:#}\n", Value::Object(self.members.clone()));
        match self.place {
            Place::There => files::write(&path, &text),
            Place::New => {
                let folder = root.join("clients");
                std::fs::create_dir_all(&folder).map_err(|error| {
                    Trouble::new(
                        format!("{} cannot be made: {error}", folder.display()),
                        "check that the tenant folder is writable",
                    )
                })?;
                files::write(&path, &text)
            }
        }
    }
}

/// Whether a client is for the service provider with this name.
fn is_of(client: &Client, entity: &str) -> bool {
    let Some(addon) = &client.addons.samlp else {
        return false;
    };
    if let Some(id) = &addon.entity_id {
        return id == entity;
    }
    let audiences = addon.settings.audience.iter().flatten().flatten();
    audiences.into_iter().any(|audience| audience == entity)
}

/// The display name of the service provider, else the host of its entity id or of its first endpoint.
fn name_of(provider: &ServiceProvider) -> String {
    let host = |text: &str| url::Url::parse(text).ok()?.host_str().map(str::to_owned);
    provider
        .display_name
        .clone()
        .or_else(|| host(&provider.entity_id))
        .or_else(|| host(&provider.endpoints.first()?.url))
        .unwrap_or_else(|| provider.entity_id.clone())
}

fn refuse_one_file_form(file: &Path) -> Result<(), Trouble> {
    if file.extension().is_some_and(|ending| ending == "json") {
        return Ok(());
    }
    Err(Trouble::new(
        format!(
            "the tenant's clients are in {}, a file that postlogin does not rewrite",
            file.display()
        ),
        "import into an empty folder and copy the client from its clients/ folder",
    ))
}

/// What reading the tenant again says about the file.
fn problems_of(file: &Path, reading: &Reading) -> Vec<String> {
    let of_file = reading
        .problems
        .iter()
        .filter(|problem| problem.severity != Severity::Note && problem.file == file);
    of_file
        .map(|problem| format!("{problem}; {}", problem.help))
        .collect()
}

fn certificate(path: &Path) -> Result<Certificate, Trouble> {
    Certificate::from_pem(&files::text(path)?).map_err(|error| {
        Trouble::new(
            format!("--trust {}: {error}", path.display()),
            "give the PEM certificate of the signer of the metadata",
        )
    })
}
