//! What of the files the process may read, by Landlock: the program, its loader, libraries, and what the order names.
//! Nothing may be written or made; and where the kernel's Landlock is new enough, no port, no other process's
//! signal and no abstract socket is reached.

use super::error::CageError;
use super::program::Program;
use crate::action::cage_order::LandlockWish;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr as _, RulesetStatus, Scope, make_bitflags,
};
use std::path::{Path, PathBuf};

/// # Errors
/// What the order names is not there; the kernel has no Landlock, and it is demanded; or the kernel refuses it.
pub(super) fn allow_only(
    program: &Program,
    readable: &[PathBuf],
    landlock: LandlockWish,
) -> Result<(), CageError> {
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?;
    for path in [&program.path].into_iter().chain(&program.loader) {
        rules = allow(rules, path, PathFd::new(path)?, READ | AccessFs::Execute)?;
    }
    for path in program.libraries.iter().chain(readable) {
        rules = allow(rules, path, PathFd::new(path)?, READ)?;
    }
    for path in WHERE_THERE.map(Path::new) {
        if let Ok(there) = PathFd::new(path) {
            rules = allow(rules, path, there, READ)?;
        }
    }
    match (rules.restrict_self()?.ruleset, landlock) {
        (RulesetStatus::NotEnforced, LandlockWish::Demand) => Err(CageError::NoLandlock),
        _ => Ok(()),
    }
}

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});

/// Adds a rule with those of the rights that a file can have, or all of them for a folder.
#[expect(
    clippy::disallowed_methods,
    reason = "files are looked at before they are given up"
)]
fn allow(
    rules: RulesetCreated,
    path: &Path,
    opened: PathFd,
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, CageError> {
    let rights = if path.is_dir() {
        rights
    } else {
        rights & AccessFs::from_file(ABI::V5)
    };
    Ok(rules.add_rule(PathBeneath::new(opened, rights))?)
}

/// What not every system has.
const WHERE_THERE: [&str; 6] = [
    // In the place of OpenSSL's configuration; libuv keeps a descriptor of it in reserve.
    "/dev/null",
    // Where the loader finds libraries.
    "/etc/ld.so.cache",
    "/etc/ld-musl-aarch64.path",
    "/etc/ld-musl-x86_64.path",
    // Its own size and times, without which `process.memoryUsage` throws.
    "/proc/self/stat",
    // Parts of Node.js itself, where Debian's package keeps them outside the program.
    "/usr/share/nodejs",
];
