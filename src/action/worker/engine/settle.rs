//! Runs what a script has left to do until the promise of its handler has settled.

use super::errors;
use super::host::Host;
use crate::command::{Failure, FailureKind};
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Function, Promise, Value, qjs};
use std::mem::MaybeUninit;
use std::time::Duration;

/// Runs jobs and timers until the promise has settled, and then the jobs that are left: what they ask for comes
/// too late, and is told.
pub(super) fn settle<'js>(ctx: &Ctx<'js>, host: &Host, promise: &Promise<'js>) -> Result<(), Failure> {
    loop {
        run_jobs(ctx, host)?;
        match promise.state() {
            PromiseState::Resolved => {
                tell_of_timers(ctx, host);
                return Ok(());
            }
            PromiseState::Rejected => {
                return match promise.result::<Value<'js>>() {
                    Some(Err(_)) => Err(errors::caught(ctx, host)),
                    _ => Ok(()),
                };
            }
            PromiseState::Pending => {}
        }
        if !run_timer(ctx, host)? {
            return Err(errors::stopped(FailureKind::NeverFinished, host));
        }
    }
}

/// Warns of timers that are still waiting: what they would ask for is not asked.
fn tell_of_timers(ctx: &Ctx<'_>, host: &Host) {
    match next_timer(ctx, host) {
        Ok(Some(_)) => host.recording.borrow_mut().warn_of_timers(),
        Ok(None) => {}
        Err(_) => drop(ctx.catch()),
    }
}

/// An error that a job throws is caught by nobody and ends the run, as that of a timer does.
fn run_jobs(ctx: &Ctx<'_>, host: &Host) -> Result<(), Failure> {
    loop {
        let ran = run_job(ctx);
        if let Some(kind) = host.stopped() {
            ctx.catch();
            return Err(errors::stopped(kind, host));
        }
        match ran {
            Ran::Nothing => return Ok(()),
            Ran::Job => {}
            Ran::JobThatThrew => uncaught(ctx, host)?,
        }
    }
}

/// What becomes of the pending error, which nobody caught: the handler's promise may have settled before it was
/// thrown.
fn uncaught(ctx: &Ctx<'_>, host: &Host) -> Result<(), Failure> {
    if host.stopped().is_some() || !host.has_ended(ctx) {
        return Err(errors::caught(ctx, host));
    }
    host.thrown_late(ctx, &ctx.catch());
    Ok(())
}

enum Ran {
    Nothing,
    Job,
    /// What it threw is pending.
    JobThatThrew,
}

#[expect(unsafe_code, reason = "the binding does not tell what a job threw")]
fn run_job(ctx: &Ctx<'_>) -> Ran {
    let mut of_job = MaybeUninit::uninit();
    // SAFETY: the engine is alive and has one context, that of `ctx`.
    let outcome =
        unsafe { qjs::JS_ExecutePendingJob(qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), of_job.as_mut_ptr()) };
    match outcome {
        0 => Ran::Nothing,
        ..0 => Ran::JobThatThrew,
        _ => Ran::Job,
    }
}

/// Waits for the next timer and runs it; false if there is none.
fn run_timer(ctx: &Ctx<'_>, host: &Host) -> Result<bool, Failure> {
    let Some((timers, wait)) = next_timer(ctx, host).map_err(|_| errors::caught(ctx, host))? else {
        return Ok(false);
    };
    std::thread::sleep(wait.min(host.left()));
    if let Some(kind) = host.stopped() {
        return Err(errors::stopped(kind, host));
    }
    if timers.call::<_, ()>((true,)).is_err() {
        uncaught(ctx, host)?;
    }
    Ok(true)
}

/// The function that runs timers, and how long the next one waits; none where no timer is set.
fn next_timer<'js>(ctx: &Ctx<'js>, host: &Host) -> rquickjs::Result<Option<(Function<'js>, Duration)>> {
    let Some(timers) = host.timers() else {
        return Ok(None);
    };
    let timers = timers.restore(ctx)?;
    let wait: f64 = timers.call((false,))?;
    let waits = (wait >= 0.0).then(|| Duration::try_from_secs_f64(wait / 1000.0).unwrap_or(Duration::MAX));
    Ok(waits.map(|wait| (timers, wait)))
}
