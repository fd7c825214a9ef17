//! Signing keys that cannot be used, and own certificates that expired or are not valid yet, as problems with a
//! place.

use super::super::open_tenant::key_help;
use crate::folder::{Places, Problem, Severity};
use crate::keys::{Examined, Fault, KeyError, KeyPlace, KeysConfig, OwnPair, SigningPair};
use crate::time::Moment;
use std::path::Path;

/// Every key that cannot be used.
pub fn faults(faults: &[Fault], places: &Places) -> Vec<Problem> {
    let problem = |fault: &Fault| {
        let problem = Problem::new(Severity::Error, "keys", "").says(fault.error.to_string(), help(fault));
        placed(&fault.place, problem, places)
    };
    faults.iter().map(problem).collect()
}

/// Every own certificate that is out of its time at `now`, or will be soon. `given` is the pair of `--key` and
/// `--cert` with the file of its certificate, which stands for the current one.
pub fn lapses(
    examined: &Examined,
    config: &KeysConfig,
    places: &Places,
    given: Option<(&Path, &SigningPair)>,
    now: Moment,
) -> Vec<Problem> {
    let warning = |own: OwnPair, pair: &SigningPair| {
        let lapse = own.lapse(pair, now)?;
        let problem = Problem::new(Severity::Warning, lapse.outdated.code(), "");
        Some(problem.says(lapse.what, lapse.help))
    };
    let of_option = given.and_then(|(file, pair)| {
        let mut problem = warning(OwnPair::Current, pair)?;
        file.clone_into(&mut problem.file);
        Some(problem)
    });
    let of_tenant = examined
        .pairs()
        .into_iter()
        .filter(|(own, ..)| given.is_none() || *own != OwnPair::Current)
        .filter_map(|(own, place, pair)| {
            let place = match place {
                KeyPlace::Named("current") if config.current_cert.is_some() => {
                    KeyPlace::Named("current_cert")
                }
                other => other,
            };
            Some(placed(&place, warning(own, pair)?, places))
        });
    of_option.into_iter().chain(of_tenant).collect()
}

/// What to do: each entry of `[keys]` needs another way to make the missing file.
fn help(fault: &Fault) -> &'static str {
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

fn placed(place: &KeyPlace, mut problem: Problem, places: &Places) -> Problem {
    match place {
        KeyPlace::Kept(file) => {
            problem.file.clone_from(file);
            problem
        }
        KeyPlace::Named(entry) => places.in_settings(&["keys", entry], problem),
    }
}
