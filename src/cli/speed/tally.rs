//! Counts and CPU time of one side of a comparison.

use super::super::trouble::Trouble;
use std::time::{Duration, Instant};

/// Count and CPU time of one side.
#[derive(Default)]
pub(super) struct Tally {
    pub count: u32,
    pub cpu: Duration,
}

impl Tally {
    /// How many for each CPU second.
    pub fn per_second(&self) -> f64 {
        if self.cpu.is_zero() {
            0.0
        } else {
            f64::from(self.count) / self.cpu.as_secs_f64()
        }
    }

    /// Does `once` again and again for as long as a turn lasts.
    ///
    /// # Errors
    /// Once fails.
    #[expect(clippy::disallowed_methods, reason = "time is what is measured")]
    pub fn take_turn(
        &mut self,
        turn: Duration,
        cpu: &dyn Fn() -> Duration,
        once: &mut dyn FnMut() -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let (begun, before) = (Instant::now(), cpu());
        while begun.elapsed() < turn {
            once()?;
            self.count += 1;
        }
        self.cpu += cpu().saturating_sub(before);
        Ok(())
    }
}
