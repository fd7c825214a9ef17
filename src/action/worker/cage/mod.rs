//! `postlogin __node`: gives up what Node.js does not need, then becomes Node.js.
//!
//! ```text
//!  order ► death signal ► descriptors ► program: its loader and libraries ► limits ► capabilities
//!        ► files: Landlock ► filter: system calls ► the program takes this process over
//! ```
//!
//! The order matters: what needs a file, a process or a system call comes before what refuses it. Everything that is
//! given up stays so when the program takes over, but one thing: a process becomes dumpable again by that, so a
//! debugger of the same user may look into it, as into any program of that user. Who must not look are other
//! cages, and they have neither `ptrace` nor `process_vm_readv` nor `/proc`; a core file is not written, because
//! its size is limited to nothing.
//!
//! Each part stands even if a script runs machine code of its own in the process. What remains: names, sizes
//! and times of files that the user may see (`stat` is not Landlock's business), the number of the parent,
//! the kernel's version, and what the processor's caches tell.

mod become_program;
mod error;
mod files;
mod filter;
mod limits;
mod program;
#[cfg(debug_assertions)]
pub(super) mod tests;

use self::become_program::Becoming;
use self::error::CageError;
use self::program::Program;
use super::giving_up::{close_from, die_with, give_up_capabilities, refused};
use crate::action::cage_order::{CageOrder, Unfit};
use crate::action::protocol::write_frame;
use rustix::process::Pid;
use rustix::thread::set_no_new_privs;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::io;
use std::process::ExitCode;

/// Becomes Node.js as `order` says, a JSON text. Comes back only where that cannot be; then the reason is a frame
/// on standard output, for the pool.
pub fn launch(order: Option<&OsStr>) -> ExitCode {
    let Err(error) = become_node(order);
    let unfit = Unfit {
        unfit: error.to_string(),
    };
    if let Ok(text) = serde_json::to_vec(&unfit) {
        // The pool is gone, or sees that the process ends.
        let _ = write_frame(io::stdout(), &text);
    }
    ExitCode::FAILURE
}

fn become_node(order: Option<&OsStr>) -> Result<Infallible, CageError> {
    let order = order.unwrap_or_default().to_string_lossy();
    let order: CageOrder<'_> = serde_json::from_str(&order).map_err(CageError::Order)?;
    let becoming = give_up(&order)?;
    filter::install(becoming.address_of_path())?;
    becoming.become_it()
}

/// Everything but the filter of system calls.
fn give_up(order: &CageOrder<'_>) -> Result<Becoming, CageError> {
    let parent = Pid::from_raw(order.parent).ok_or(CageError::NoParent)?;
    die_with(parent)?;
    let descriptors = PIPES.saturating_add(order.pairs);
    close_from(descriptors).map_err(refused("closing the descriptors that were inherited"))?;
    let program = Program::at(&order.node)?;
    let becoming = Becoming::new(&program, &order.arguments)?;
    set_no_new_privs(true).map_err(refused("giving up new privileges"))?;
    limits::set(order.memory, descriptors)?;
    give_up_capabilities()?;
    files::allow_only(&program, &order.readable, order.landlock)?;
    Ok(becoming)
}

/// What the process hears, what it says, its last words.
const PIPES: u32 = 3;
