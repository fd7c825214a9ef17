//! The worker process: reads a run, carries it out in a fresh realm, answers, and forgets it.

use super::engine::Realm;
use super::link::Link;
use super::{sandbox, start_memory};
use crate::action::last_words;
use crate::action::protocol::{Job, Said, Start, Unfit};
use rustix::process::Pid;
use std::io;
use std::process::ExitCode;
use std::rc::Rc;

/// The main function of a worker: serves its pool until the pipe closes, or the pool's process ends.
///
/// The process gives up everything it does not need first, and ends if it cannot. Its arguments are
/// `__worker` and the number of the process that started it.
pub fn serve() -> ExitCode {
    last_words::prepare();
    let link = Rc::new(Link::of_process());
    let (ready, mut realm) = match begin(&link) {
        Ok(begun) => begun,
        Err(unfit) => {
            let _ = link.say(&Said::Unfit(unfit));
            return ExitCode::FAILURE;
        }
    };
    if link.say(&ready).is_err() {
        return ExitCode::FAILURE;
    }
    loop {
        match one(&link, &mut realm) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        }
    }
}

fn begin(link: &Rc<Link>) -> Result<(Said, Realm), Unfit> {
    #[expect(clippy::disallowed_methods, reason = "the pool tells its worker so")]
    let parent = std::env::args().nth(2).and_then(|number| number.parse().ok());
    let parent = parent.and_then(Pid::from_raw).ok_or_else(|| {
        Unfit::NotLockedIn(
            "it was not told which process it belongs to; only a pool starts workers".to_owned(),
        )
    })?;
    let locked_in = sandbox::enter(parent).map_err(|error| Unfit::NotLockedIn(error.to_string()))?;
    let ready = Said::Ready {
        address_space: locked_in.address_space,
        landlock: locked_in.landlock,
    };
    let realm = Realm::new(link).map_err(|_| Unfit::NoMemory)?;
    if !cfg!(sanitize_engine) {
        start_memory::give_back();
    }
    Ok((ready, realm))
}

/// Serves one job.
fn one(link: &Link, realm: &mut Realm) -> io::Result<()> {
    let start: Start<'_> = serde_json::from_slice(&link.hear()?)?;
    let event = link.hear()?;
    last_words::begin();
    let report = match start.job {
        Job::Check => {
            sandbox::expire_after(CHECK_EXPIRY_MS)?;
            realm.check(&start.action, start.main)
        }
        Job::Run(task) => {
            sandbox::expire_after(task.time_ms.saturating_add(EXPIRY_GRACE_MS))?;
            realm.run(&start.action, start.main, *task, event)
        }
    };
    // The answer is on its way while the realm forgets.
    link.say(&Said::Done(Box::new(report)))?;
    realm
        .renew()
        .map_err(|_| io::Error::other("memory allocation of the engine failed"))?;
    sandbox::expire_never()
}

const CHECK_EXPIRY_MS: u64 = 10_000;
/// How much longer than its limit a run may take when the pool is not there to end it.
const EXPIRY_GRACE_MS: u64 = 2_000;
