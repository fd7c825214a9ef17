//! What the processes that try to get out, of debug builds alone, have in common.

#![expect(
    unsafe_code,
    reason = "system calls are made as an attacker makes them, with numbers"
)]

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use serde_json::{Map, Value, json};
use std::io;

/// What it is, the call, its arguments.
pub(super) type Attempt = (&'static str, i64, Vec<i64>);

/// What each attempt came to: `ok` or the error's number.
pub(super) fn answers(attempts: &[Attempt]) -> Value {
    let answer = |(what, number, arguments): &Attempt| ((*what).to_owned(), call(*number, arguments));
    Value::Object(attempts.iter().map(answer).collect::<Map<_, _>>())
}

/// What a call came to: `ok` or the error's number.
pub(super) fn call(number: i64, arguments: &[i64]) -> Value {
    let at = |index: usize| arguments.get(index).copied().unwrap_or_default();
    // SAFETY: the numbers of memory among the arguments are of a page or of constant text; a call that is not
    // refused is what the test is there to find.
    let done = unsafe { libc::syscall(number, at(0), at(1), at(2), at(3), at(4), at(5)) };
    match done {
        -1 => json!(io::Error::last_os_error().raw_os_error()),
        _ => json!("ok"),
    }
}

/// From here on the kernel answers a call with an error, as one does that does not have it.
pub(super) fn refuse(call_and_error: &str) -> Result<(), Box<dyn std::error::Error>> {
    let (call, error) = call_and_error.split_once('=').ok_or("write CALL=ERRNO")?;
    let of_seven = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, 7)?;
    let (call, rules) = match call {
        "capset" => (libc::SYS_capset, Vec::new()),
        "close_7" => (libc::SYS_close, vec![SeccompRule::new(vec![of_seven])?]),
        "close_range" => (libc::SYS_close_range, Vec::new()),
        "landlock_create_ruleset" => (libc::SYS_landlock_create_ruleset, Vec::new()),
        "landlock_restrict_self" => (libc::SYS_landlock_restrict_self, Vec::new()),
        "prlimit64" => (libc::SYS_prlimit64, Vec::new()),
        _ => return Err(format!("{call} is none of the calls that can be refused").into()),
    };
    let filter: BpfProgram = SeccompFilter::new(
        [(call, rules)].into(),
        SeccompAction::Allow,
        SeccompAction::Errno(error.parse()?),
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()?;
    seccompiler::apply_filter(&filter)?;
    Ok(())
}
