//! Runs of an Action and whole logins, as works repeat them.

use super::super::clock::system_now;
use super::super::trouble::Trouble;
use super::cpu::process_cpu;
use crate::action::{Clock, Limits, Pool, Prepared, Run};
use crate::command::{Facts, Handler, Recorder};
use crate::event::Event;
use crate::login::{self, Finished, Plan, Step};
use crate::random::SystemRandom;
use std::time::Duration;

/// A whole login, from the event to the decision.
///
/// # Errors
/// The Action fails or suspends the login.
pub(super) fn one_login(plan: &Plan, pool: &Pool, action: &Prepared) -> Result<Finished, Trouble> {
    let now = system_now();
    let mut step = login::start(plan.clone(), now, &mut SystemRandom);
    loop {
        step = match step {
            Step::Finish(finished) => return Ok(*finished),
            Step::Run(running) => {
                let run = running.run();
                let report = pool.run(&the_run(action, run.event, run.facts, run.recorder));
                if let Some(failure) = report.failure {
                    return Err(Trouble::new(failure.message, "measure with another --action"));
                }
                running.report(report, now, &mut SystemRandom)
            }
            Step::LoadUser(_) | Step::Suspend(_) => {
                return Err(Trouble::new(
                    "the Action suspends the login",
                    "measure with another --action",
                ));
            }
        };
    }
}

/// One run of the Action; the number of commands it recorded.
///
/// # Errors
/// The Action fails.
pub(super) fn run_action(
    pool: &Pool,
    action: &Prepared,
    event: &Event,
    facts: &Facts,
    recorder: &Recorder,
) -> Result<usize, Trouble> {
    let report = pool.run(&the_run(action, event, facts, recorder));
    match report.failure {
        Some(failure) => Err(Trouble::new(failure.message, "measure with another --action")),
        None => Ok(report.calls.len()),
    }
}

fn the_run<'a>(action: &'a Prepared, event: &'a Event, facts: &'a Facts, recorder: &'a Recorder) -> Run<'a> {
    Run {
        action,
        handler: Handler::Execute,
        event,
        recorder,
        facts,
        clock: Clock::System,
        seed: None,
        replacements: None,
        network: None,
        ordinal: 0,
        limits: Limits::default(),
    }
}

/// CPU time of this process and of its workers.
pub(super) fn both_cpu(pool: &Pool) -> Box<dyn Fn() -> Duration + '_> {
    Box::new(move || {
        let workers = [pool.idle_workers(), pool.idle_nodes()].concat();
        let of_workers: Duration = workers.iter().filter_map(|worker| worker.cpu_time).sum();
        process_cpu() + of_workers
    })
}
