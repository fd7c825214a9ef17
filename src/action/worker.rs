//! The worker process: reads a run, carries it out in a fresh realm, answers, and forgets it.

use super::engine::Realm;
use super::protocol::{Job, Module, Said, Start, read_frame, write_frame};
use super::{last_words, sandbox};
use std::cell::RefCell;
use std::io::{self, Stdin, Stdout, Write};
use std::process::ExitCode;
use std::rc::Rc;

/// The main function of a worker: serves its pool until the pipe closes.
///
/// The process gives up everything it does not need first, and ends if it cannot.
pub fn serve() -> ExitCode {
    last_words::prepare();
    // Sanitizers need memory and files that the sandbox takes away.
    if !cfg!(sanitize_engine)
        && let Err(error) = sandbox::enter()
    {
        let _ = writeln!(io::stderr(), "the sandbox cannot be set up: {error}");
        return ExitCode::FAILURE;
    }
    let link = Rc::new(Link::of_process());
    let Ok(mut realm) = Realm::new(&link) else {
        let _ = writeln!(io::stderr(), "memory allocation of the engine failed");
        return ExitCode::FAILURE;
    };
    if link.say(&Said::Ready).is_err() {
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

/// Serves one job.
fn one(link: &Link, realm: &mut Realm) -> io::Result<()> {
    let start: Start = serde_json::from_slice(&link.hear()?)?;
    let event = link.hear()?;
    last_words::begin();
    let report = match start.job {
        Job::Check => {
            sandbox::expire_after(CHECK_EXPIRY_MS);
            realm.check(&start.action, start.main)
        }
        Job::Run(task) => {
            sandbox::expire_after(task.time_ms.saturating_add(EXPIRY_GRACE_MS));
            realm.run(&start.action, start.main, *task, event)
        }
    };
    // The answer is on its way while the realm forgets.
    link.say(&Said::Done(Box::new(report)))?;
    realm
        .renew()
        .map_err(|_| io::Error::other("memory allocation of the engine failed"))?;
    sandbox::expire_never();
    Ok(())
}

const CHECK_EXPIRY_MS: u64 = 10_000;
/// How much longer than its limit a run may take when the pool is not there to end it.
const EXPIRY_GRACE_MS: u64 = 2_000;

/// The two pipes to the pool.
#[derive(Debug)]
pub(super) struct Link {
    pipes: RefCell<(Stdin, Stdout)>,
}

impl Link {
    /// Standard input and output.
    pub(super) fn of_process() -> Self {
        Self {
            pipes: RefCell::new((io::stdin(), io::stdout())),
        }
    }

    /// Asks the pool for a module.
    pub(super) fn need(&self, specifier: String, from: String) -> io::Result<Module> {
        self.say(&Said::Need { specifier, from })?;
        Ok(serde_json::from_slice(&self.hear()?)?)
    }

    fn say(&self, said: &Said) -> io::Result<()> {
        let (_, stdout) = &mut *self.pipes.borrow_mut();
        write_frame(&mut *stdout, &serde_json::to_vec(said)?)?;
        stdout.flush()
    }

    fn hear(&self) -> io::Result<Vec<u8>> {
        let (stdin, _) = &mut *self.pipes.borrow_mut();
        read_frame(stdin)
    }
}
