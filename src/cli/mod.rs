//! The command line: one file for each command.

mod answers;
mod authn_request;
mod begin;
mod cache_json;
mod case_network;
mod cases;
mod check;
mod clock;
mod commands;
mod completions;
mod config;
mod engine_options;
mod expected;
mod expected_json;
mod expected_xml;
#[cfg(feature = "server")]
mod factors;
mod files;
mod flow_trouble;
mod http_json;
mod import_sp;
mod inspect;
mod install;
mod junit;
mod kept;
mod key_trouble;
mod keys;
mod known_secrets;
mod login;
mod metadata;
mod mocks;
mod open_tenant;
mod options;
mod output;
mod pattern;
mod post_page;
mod problems;
mod record;
mod recording;
mod render;
mod replay;
mod run;
mod scripts;
#[cfg(feature = "server")]
mod serve;
pub mod speed;
#[cfg(feature = "server")]
mod store;
#[cfg(feature = "server")]
mod stored;
mod test;
mod trouble;
mod used;
#[cfg(feature = "server")]
mod users;

use crate::escape;
use clap::{Parser, Subcommand};
use std::io::Write as _;
use std::process::ExitCode;

/// Runs post-login Actions and issues what they ask for: signed tokens and SAML responses.
#[derive(Parser)]
#[command(name = "postlogin", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 issued or suspended as asked, 1 unusable input or our own failure, \
                        2 wrong usage, 3 the login was refused, or a check of inspect failed."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the bound Actions for one login and issue its tokens or SAML response
    #[command(after_help = run::EXAMPLES)]
    Run(run::RunArgs),
    /// Apply recorded commands to a login and issue its tokens or SAML response; no JavaScript runs
    Issue(run::IssueArgs),
    /// Run fixture cases; exit 1 on a difference
    #[command(after_help = test::EXPECTED)]
    Test(test::TestArgs),
    /// Make a login again that `run --record` kept, offline, with the tenant as it is now; exit 1 where something differs
    Replay(replay::ReplayArgs),
    /// Read a tenant, run nothing, report every problem at once
    Check(check::CheckArgs),
    /// Install the npm packages that Actions declare
    Actions(install::ActionsArgs),
    /// Print every setting, its value and where it came from
    Config(config::ConfigArgs),
    /// Say what a SAML message, token, certificate or metadata file is, and what is wrong with it
    #[command(after_help = inspect::EXAMPLES)]
    Inspect(inspect::InspectArgs),
    /// Make, list, rotate and retire signing keys
    Keys(keys::KeysArgs),
    /// Print the SAML metadata of the identity provider for the service provider of an application
    #[command(after_help = metadata::EXAMPLES)]
    Metadata(metadata::MetadataArgs),
    /// Make or update an application from the SAML metadata of its service provider
    #[command(after_help = import_sp::EXAMPLES)]
    ImportSp(import_sp::ImportSpArgs),
    /// Log users in over HTTP, and issue tokens and SAML responses to their applications
    #[cfg(feature = "server")]
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::ServeArgs),
    /// Look through the store of a server
    #[cfg(feature = "server")]
    Store(store::StoreCommandArgs),
    /// List, block, delete and import the users in the store of a server, which may run meanwhile
    #[cfg(feature = "server")]
    #[command(after_help = users::EXAMPLES)]
    Users(users::UsersArgs),
    /// Measure how many logins, tokens and SAML responses this machine makes, beside its bare signing rate
    Speed(speed::SpeedArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    outlive_full_files();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return refuse(&usage),
    };
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Issue(args) => run::issue(&args),
        Command::Test(args) => test::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Actions(args) => install::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Metadata(args) => metadata::run(&args),
        Command::ImportSp(args) => import_sp::run(&args),
        #[cfg(feature = "server")]
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "server")]
        Command::Store(args) => store::run(&args),
        #[cfg(feature = "server")]
        Command::Users(args) => users::run(&args),
        Command::Speed(args) => speed::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(trouble) => {
            output::tell_lines(&trouble.to_string());
            ExitCode::from(trouble.exit)
        }
    }
}

/// Prints what is wrong with the command line, or the help that was asked for. The text may quote what was typed.
fn refuse(usage: &clap::Error) -> ExitCode {
    let plain = usage.render().to_string();
    let shown = escape::printable_lines(&plain);
    if shown == plain {
        usage.exit();
    }
    let _ = write!(anstream::stderr(), "{shown}");
    ExitCode::from(trouble::USAGE)
}

/// Makes a file that may not grow an error, as a full disk is one: the signal that the system sends instead would
/// end the program before it has removed a file that is half written.
fn outlive_full_files() {
    // SAFETY: no handler is set that could run anything; ignoring a signal touches no memory of ours.
    #[expect(unsafe_code, reason = "the standard library ignores no signal on request")]
    let _ = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}
