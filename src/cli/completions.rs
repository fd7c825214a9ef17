//! `postlogin completions`.

use super::Cli;
use super::trouble::{ISSUED, Trouble};
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell to write for
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> Result<u8, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "postlogin", &mut script);
    super::output::print(&String::from_utf8_lossy(&script))?;
    Ok(ISSUED)
}
