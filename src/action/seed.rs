//! The random numbers of a run.

use crate::command::Handler;
use crate::random::{Random, SeededRandom, SystemRandom};

/// The seed of one run of a login.
pub(super) fn of_run(seed: &str, ordinal: u32) -> String {
    format!("{seed}/{ordinal}")
}

/// The stream of a seed that [`of_run`] gave, else the system's.
pub(super) fn random(seed: Option<&str>, action: &str, handler: Handler) -> Box<dyn Random> {
    match seed {
        Some(seed) => Box::new(SeededRandom::new(&format!(
            "{seed}/{action}/{}",
            handler.export()
        ))),
        None => Box::new(SystemRandom),
    }
}
