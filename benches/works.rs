//! The works of `postlogin speed`, one by one: `cargo bench`.
//!
//! Here for the time and the memory of each; the ratio to the bare signature is what `postlogin speed`
//! prints.

#![allow(clippy::unwrap_used, reason = "a bench may")]

use postlogin::action::WorkerProgram;
use postlogin::cli::speed::{NAMES, Workshop};

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = NAMES, max_time = 1)]
fn work(bencher: divan::Bencher, name: &'static str) {
    let program = WorkerProgram::at(env!("CARGO_BIN_EXE_postlogin"));
    let mut workshop = Workshop::built_in(program).unwrap();
    if workshop.cannot_be_measured(name).is_some() {
        return;
    }
    let mut work = workshop.work(name).unwrap();
    bencher.bench_local(|| (work.once)().unwrap());
}

#[divan::bench(max_time = 1)]
fn bare_rsa_2048_signature(bencher: divan::Bencher) {
    let program = WorkerProgram::at(env!("CARGO_BIN_EXE_postlogin"));
    let mut workshop = Workshop::built_in(program).unwrap();
    let mut work = workshop.work("tokens-rs256").unwrap();
    bencher.bench_local(|| (work.bare)().unwrap());
}
