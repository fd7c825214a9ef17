//! Own certificates that expired or are not valid yet, as problems with a place.

use super::super::key_trouble::placed;
use crate::folder::{Places, Problem, Severity};
use crate::keys::{Examined, KeyPlace, KeysConfig, OwnPair, SigningPair};
use crate::time::Moment;
use std::path::Path;

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
