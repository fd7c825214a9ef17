//! One work beside the bare signature of the same core.

use super::callers::load;
use super::child::Server;
use super::cores::Cores;
use super::works::Work;
use crate::cli::speed::cpu::process_cpu;
use crate::cli::speed::tally::Tally;
use crate::cli::speed::works::bare;
use crate::cli::trouble::Trouble;
use crate::keys::PrivateKey;
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// One line of the table.
#[derive(Serialize)]
pub(super) struct Measured {
    pub work: &'static str,
    /// Answers for each CPU second of the server and its workers.
    pub per_second: f64,
    /// Bare signatures for each CPU second, on the same core.
    pub bare_per_second: f64,
    /// Signatures that an answer holds.
    pub signatures: u32,
    /// Signatures in answers to bare signatures.
    pub ratio: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// What works are measured with.
pub(super) struct Bench<'a> {
    pub cores: &'a Cores,
    pub runtime: &'a Runtime,
    /// A key of the kind that the server signs with.
    pub key: &'a PrivateKey,
}

impl Bench<'_> {
    /// The work and the bare signature in turns, so that their ratio holds when the machine drifts. The first turn does not
    /// count.
    ///
    /// # Errors
    /// The server answers otherwise than it should.
    #[expect(clippy::disallowed_methods, reason = "time is what is measured")]
    pub fn measure(&self, server: &Server, mut work: Work, total: Duration) -> Result<Measured, Trouble> {
        let turn = Duration::from_millis(400).min(total / 4);
        self.runtime.block_on(load(&mut work.callers, turn))?;
        let (mut answers, mut signatures) = (Tally::default(), Tally::default());
        let mut took = Vec::new();
        let mut sign = bare(self.key);
        let begun = Instant::now();
        while begun.elapsed() < total {
            let before = server.cpu();
            took.extend(self.runtime.block_on(load(&mut work.callers, turn))?);
            answers.cpu += server.cpu().saturating_sub(before);
            self.cores
                .on_server(|| signatures.take_turn(turn / 2, &process_cpu, &mut sign))?;
        }
        answers.count = u32::try_from(took.len()).unwrap_or(u32::MAX);
        let (per_second, bare_per_second) = (answers.per_second(), signatures.per_second());
        Ok(Measured {
            work: work.name,
            per_second,
            bare_per_second,
            signatures: work.signatures,
            ratio: per_second * f64::from(work.signatures) / bare_per_second,
            p50_ms: percentile(&mut took, 50),
            p99_ms: percentile(&mut took, 99),
        })
    }
}

/// How many milliseconds so many of a hundred took at most.
pub(super) fn percentile(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    let place = (took.len() * percent / 100).min(took.len().saturating_sub(1));
    took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}
