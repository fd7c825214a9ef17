//! `postlogin __node-cage-probe ORDER [CALL=ERRNO]...`, in debug builds alone: locks itself in as the launcher does for
//! Node.js, then makes calls itself instead of becoming it, and prints what the kernel answered. `CALL=ERRNO` stands
//! for a kernel that refuses this call from the beginning. A file `cage-probe.txt` in the current folder is
//! what it tries to empty.

#![expect(unsafe_code, reason = "memory for calls is asked of the kernel")]

use super::super::{filter, give_up};
use super::attempts::{
    AT_FDCWD, PRIVATE, absent, descriptors, files, machine, memory, needed, privileges, processes, programs,
    signals,
};
use crate::action::cage_order::CageOrder;
use crate::action::worker::giving_up::open_descriptors;
use crate::action::worker::probing::{answers, call, refuse};
use rustix::process::{getppid, parent_process_death_signal};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Exit status 1 and the reason on standard error where the process could not be locked in.
pub fn probe(arguments: &[String]) -> ExitCode {
    match report(arguments) {
        Ok(report) => {
            let _ = writeln!(io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(arguments: &[String]) -> Result<Value, Box<dyn std::error::Error>> {
    let (order, refused_calls) = arguments.split_first().ok_or("there is no order")?;
    let order: CageOrder<'_> = serde_json::from_str(order)?;
    for refused in refused_calls {
        refuse(refused)?;
    }
    let parent = i64::from(getppid().ok_or("there is no parent")?.as_raw_nonzero().get());
    let page = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh page that nothing else uses.
    let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, page, PRIVATE, -1, 0) } as i64;
    let becoming = give_up(&order)?;
    let passwd = c"/etc/passwd".as_ptr() as i64;
    let own_file = c"cage-probe.txt".as_ptr() as i64;
    let without_filter = json!({
        "descriptors": open_here(),
        "death_signal": format!("{:?}", parent_process_death_signal()?),
        "capabilities": rustix::thread::capabilities(None)?.permitted.bits(),
        "signal to the parent": call(libc::SYS_kill, &[parent, 0]),
        "file of another": call(libc::SYS_openat, &[AT_FDCWD, passwd, libc::O_RDONLY.into()]),
        "change of a file": call(libc::SYS_truncate, &[own_file, 0]),
        "list of descriptors": open_descriptors().err().and_then(|error| error.raw_os_error()),
    });
    let attempts = [
        signals(parent, page),
        programs(page),
        processes(parent, page),
        privileges(parent, page),
        descriptors(page),
        files(page),
        memory(page),
        machine(page),
    ];
    filter::install(becoming.address_of_path())?;
    Ok(json!({
        "without_filter": without_filter,
        "refused": answers(&attempts.concat()),
        "absent": answers(&absent(parent, page)),
        "allowed": answers(&needed(page)),
        "unlisted": unlisted(),
        "becomes another program": call(libc::SYS_execve, &[passwd, 0, 0]),
        "file of another": call(libc::SYS_openat, &[AT_FDCWD, passwd, libc::O_RDONLY.into()]),
    }))
}

/// Descriptors of the first hundred that are open.
fn open_here() -> Vec<i64> {
    let is_open = |number: &i64| call(libc::SYS_fcntl, &[*number, libc::F_GETFD.into()]) == "ok";
    (0..100).filter(is_open).collect()
}

/// What calls that are not listed came to, other than EPERM: number and answer.
fn unlisted() -> Value {
    let listed: BTreeSet<i64> = filter::listed().collect();
    let others = (0..=LAST_CALL).filter(|number| !listed.contains(number) && !OF_TRACING.contains(number));
    let answers = others.map(|number| (number, call(number, &[])));
    json!(
        answers
            .filter(|(_, answer)| *answer != libc::EPERM)
            .collect::<Vec<_>>()
    )
}

/// `uretprobe` and `uprobe` of x86_64, which no filter sees: they answer with SIGILL where the kernel has not put them.
const OF_TRACING: [i64; 2] = [335, 336];

/// Beyond the last call that any kernel has.
const LAST_CALL: i64 = 1023;
