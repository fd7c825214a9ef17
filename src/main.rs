//! The `postlogin` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The sandboxed worker is this same program; it must not touch anything the command line does.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == "__worker")
    {
        return postlogin::action::worker::serve();
    }
    postlogin::cli::main()
}
