//! `postlogin run` and `postlogin issue`.

use super::clock::frozen_clock;
use super::kept::KeptFiles;
use super::login::{Keeping, Source, randomness};
use super::open_tenant::{OpenTenant, tenant_root};
use super::options::{LoginOptions, TenantOptions};
use super::output::Format;
use super::record::{self, Record};
use super::trouble::{ISSUED, REFUSED, Trouble};
use super::{kept, post_page, render};
use crate::command::{Cache, RanOn};
use crate::egress;
use crate::flow::{Clock as _, SystemClock};
use crate::result::{LoginResult, Outcome};
use crate::runner::ReachSettings;
use clap::Args;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "Examples:
  postlogin run --client web --user ada@example.org
  postlogin run my-tenant --client payroll --user ada@example.org --format text
  postlogin run --event login.json --action add-roles.js --secret API_KEY=x";

#[derive(Args)]
pub(super) struct RunArgs {
    /// Tenant folder, as the deploy CLI exports it; the current folder by default
    tenant: Option<PathBuf>,
    #[command(flatten)]
    login: LoginOptions,
    #[command(flatten)]
    tenant_options: TenantOptions,
    /// Keep a login that waits for its user in this file, for --resume within an hour; guard the file like a password
    ///
    /// Whoever has the file can log in as this user, once. The file is readable by you alone. A file that was changed
    /// is refused: a key in .postlogin/ of the tenant folder authenticates it. Without a tenant folder a change is
    /// not noticed.
    #[arg(long, value_name = "FILE")]
    save_state: Option<PathBuf>,
    /// Go on with the login in this file, which --save-state kept
    ///
    /// User, application, API, organization and settings are read again from the tenant: a login is refused if its
    /// user was blocked or removed in the meantime. A user that only --event gave stays as given, unless users.json
    /// blocks the user. The Action that sent the user away must have the same code as before (with --action, name the
    /// same files again); Actions that have not run yet run with their present code. One answer gives one login: a
    /// file beside this one (postlogin-used-...) records that the answer was used, also for copies of this file in
    /// the same folder. An answer that is refused can be given again.
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "event", "client", "user", "protocol", "scope", "audience", "nonce", "redirect_uri", "authn_request", "relay_state",
        "connection", "organization", "rule_executed",
    ])]
    resume: Option<PathBuf>,
    /// Keep in this file all that goes into the login and what comes out of it, for `postlogin replay`
    ///
    /// Event, requests that come back, options, time, randomness, and the requests and answers of the network are kept;
    /// the tenant is not. Secrets, tokens, passwords and cookies are replaced by handles; other personal data is not. The
    /// clock stands still, and without --seed a seed is drawn and kept, so the result is one for tests.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    record: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Args)]
pub(super) struct IssueArgs {
    /// Tenant folder, as the deploy CLI exports it; the current folder by default
    tenant: Option<PathBuf>,
    /// Recorded commands, as JSON: the `commands` of a result, or the whole result
    #[arg(long, value_name = "FILE")]
    commands: PathBuf,
    #[command(flatten)]
    login: LoginOptions,
    #[command(flatten)]
    tenant_options: TenantOptions,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Args)]
struct OutputArgs {
    /// How the result is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the HTML page that posts the SAML response; a browser that opens the page sends this response to the
    /// real service provider
    #[arg(long, value_name = "FILE")]
    post_page: Option<PathBuf>,
    /// Show private keys among the recorded commands instead of their fingerprints
    #[arg(long)]
    show_secrets: bool,
}

pub(super) fn run(args: &RunArgs) -> Result<u8, Trouble> {
    args.output
        .post_page
        .as_deref()
        .map_or(Ok(()), post_page::check)?;
    args.resume.as_deref().map_or(Ok(()), kept::check)?;
    let root = tenant_root(args.tenant.as_deref());
    if root.is_none() && args.login.event.is_none() && args.resume.is_none() {
        return Err(Trouble::usage(
            "there is no tenant in the current folder",
            "give the folder that the deploy CLI exported, or an event alone with --event FILE",
        ));
    }
    let pool = super::scripts::one_worker()?;
    // The worker starts while the tenant is read.
    pool.warm_up();
    let open = OpenTenant::open(root.as_deref(), &args.tenant_options, &mut super::output::tell)?;
    let pool = args.login.engines.with_node(pool, &open.tenant);
    let mut network = args.login.engines.terms(&open.tenant, ReachSettings::Count)?;
    let files = KeptFiles {
        open: &open,
        root: root.as_deref(),
        secrets: &args.login.secrets,
        save: args.save_state.as_deref(),
        resume: args.resume.as_deref(),
        now: args
            .login
            .now
            .as_deref()
            .map_or_else(|| Ok(SystemClock.now()), frozen_clock)?,
        resumed: OnceCell::new(),
    };
    let mut options = Cow::Borrowed(&args.login);
    let secrets = open.known_secrets(&options.secrets)?;
    let record = match &args.record {
        None => None,
        Some(path) => {
            network.keeping = egress::Keeping::Messages;
            record::fix(options.to_mut(), files.now)?;
            Some((path, Record::begin(root.as_deref(), &options, &secrets)?))
        }
    };
    let source = Source::Actions {
        pool: &pool,
        replacements: None,
        network: &network,
    };
    let result = open.login(&options, source, Keeping::Files(&files), Cache::default())?;
    if let Some((path, record)) = record {
        record.end(&result, &secrets)?.write(path)?;
    }
    let ran_on_node = result.actions.iter().any(|action| action.engine == RanOn::Node);
    let node = ran_on_node.then(|| pool.node().ok()).flatten();
    let told = pool
        .take_notices()
        .into_iter()
        .chain(node.and_then(|node| node.warning));
    told.for_each(|line| super::output::tell(&line));
    finish(&result, &options, &args.output)
}

pub(super) fn issue(args: &IssueArgs) -> Result<u8, Trouble> {
    args.output
        .post_page
        .as_deref()
        .map_or(Ok(()), post_page::check)?;
    let root = tenant_root(args.tenant.as_deref());
    let open = OpenTenant::open(root.as_deref(), &args.tenant_options, &mut super::output::tell)?;
    let calls = super::commands::read(&args.commands, &open, &args.login.secrets)?;
    let result = open.login(
        &args.login,
        Source::Commands(calls),
        Keeping::Nowhere,
        Cache::default(),
    )?;
    finish(&result, &args.login, &args.output)
}

/// Writes the other files that options ask for, and prints the result.
fn finish(result: &LoginResult, login: &LoginOptions, output: &OutputArgs) -> Result<u8, Trouble> {
    let Some(path) = &output.post_page else {
        return show(result, output);
    };
    match post_page::form(result) {
        Ok(form) => {
            post_page::write(path, &form, randomness(login.seed.as_deref()).as_mut())?;
            show(result, output)
        }
        Err(nothing) => show(result, output).and(Err(nothing)),
    }
}

fn show(result: &LoginResult, output: &OutputArgs) -> Result<u8, Trouble> {
    let format = Format::chosen(output.format);
    let text = match format {
        Format::Text => render::result(result),
        Format::Json => {
            let shown = if output.show_secrets {
                result.with_secrets()
            } else {
                result.clone()
            };
            let json = serde_json::to_string_pretty(&shown).map_err(|error| {
                Trouble::new(
                    format!("the result cannot be written as JSON: {error}"),
                    "please report this",
                )
            })?;
            json + "\n"
        }
    };
    format.print(&text)?;
    if let Some(error) = &result.error {
        let place = render::place(result)
            .map(|place| format!("{place}: "))
            .unwrap_or_default();
        super::output::tell(&format!("{}: {place}{}", error.code, error.description));
    }
    Ok(match result.outcome {
        Outcome::Form | Outcome::Issued | Outcome::Mfa | Outcome::Redirect => ISSUED,
        Outcome::Denied | Outcome::Failed | Outcome::Revoked => REFUSED,
    })
}
