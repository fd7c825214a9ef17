//! The `postlogin` command.

use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "what was typed is read here")]
fn main() -> ExitCode {
    // The sandboxed worker is this same program; it must not touch anything the command line does.
    match std::env::args_os().nth(1) {
        Some(first) if first == "__worker" => postlogin::action::worker::serve(),
        Some(first) if first == "__node" => {
            postlogin::action::worker::launch(std::env::args_os().nth(2).as_deref())
        }
        #[cfg(debug_assertions)]
        Some(first) if first == "__cage-probe" => {
            postlogin::action::worker::probe(&std::env::args().skip(2).collect::<Vec<_>>())
        }
        #[cfg(debug_assertions)]
        Some(first) if first == "__node-cage-probe" => {
            postlogin::action::worker::probe_node_cage(&std::env::args().skip(2).collect::<Vec<_>>())
        }
        _ => postlogin::cli::main(),
    }
}
