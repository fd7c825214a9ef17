//! Signing keys that cannot be used: what is wrong, where, and what to do.

use super::trouble::Trouble;
use crate::folder::{Places, Problem, Severity};
use crate::keys::{Fault, KeyError, KeyPlace};

/// Every key that cannot be used.
pub(super) fn key_faults(faults: &[Fault], places: &Places) -> Vec<Problem> {
    let problem = |fault: &Fault| {
        let problem = Problem::new(Severity::Error, "keys", "").says(fault.error.to_string(), help_of(fault));
        placed(&fault.place, problem, places)
    };
    faults.iter().map(problem).collect()
}

/// What to do: each entry of `[keys]` needs another way to make the missing file.
fn help_of(fault: &Fault) -> &'static str {
    match (&fault.place, &fault.error) {
        (KeyPlace::Named("current_cert"), KeyError::Missing { .. }) => {
            "put the certificate of the current key there, or correct the path"
        }
        (KeyPlace::Named("ec"), KeyError::Missing { .. }) => {
            "make a key there with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`, or correct the path"
        }
        (KeyPlace::Named("ed25519"), KeyError::Missing { .. }) => {
            "make a key there with `openssl genpkey -algorithm ed25519`, or correct the path"
        }
        (_, error) => key_help(error),
    }
}

/// `problem` where the key is: in its file, or where the settings name it.
pub(super) fn placed(place: &KeyPlace, mut problem: Problem, places: &Places) -> Problem {
    match place {
        KeyPlace::Kept(file) => {
            problem.file.clone_from(file);
            problem
        }
        KeyPlace::Named(entry) => places.in_settings(&["keys", entry], problem),
    }
}

/// A key that cannot be used.
pub(super) fn key_trouble(error: &KeyError) -> Trouble {
    Trouble::new(error.to_string(), key_help(error))
}

/// What to do about a key that cannot be used.
pub(super) fn key_help(error: &KeyError) -> &'static str {
    match error {
        KeyError::Missing { .. } => "make a key there with `postlogin keys new FILE`, or correct the path",
        KeyError::Keyless { .. } => "name the certificate's key as current, or remove current_cert",
        KeyError::Unreadable { .. } => {
            "make the file readable for the user who runs postlogin; no key is made in its place"
        }
        KeyError::NotWhole { .. } | KeyError::Unwritable { .. } => {
            "free space on the disk, make the folder writable for the user who runs postlogin, or name keys in \
             [keys] of postlogin.toml"
        }
        KeyError::Exists { .. } | KeyError::NoStateKey { .. } => "",
        _ => {
            "put the right file there, name another file in [keys] of postlogin.toml, or give --key and --cert"
        }
    }
}
