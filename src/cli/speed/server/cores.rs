//! Two cores: one for the server, one for the load.

use crate::cli::trouble::Trouble;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores of the server and of the load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cores {
    server: CpuSet,
    load: CpuSet,
    all: CpuSet,
}

impl Cores {
    /// The first and the last core that this process may use. This thread goes to that of the load.
    ///
    /// # Errors
    /// There is one core only.
    pub fn two() -> Result<Self, Trouble> {
        let all = sched_getaffinity(None).map_err(unknown)?;
        let mut there = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
        let (Some(first), Some(last)) = (there.next(), there.next_back()) else {
            return Err(Trouble::new(
                "there is one core only, and the server and the load need one each",
                "measure where the program may use two cores",
            ));
        };
        let cores = Self {
            server: of(first),
            load: of(last),
            all,
        };
        move_to(&cores.load)?;
        Ok(cores)
    }

    /// Does something on the core of the server. A process that is started there stays there.
    ///
    /// # Errors
    /// The thread cannot be moved, or what is done fails.
    pub fn on_server<T>(&self, what: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
        self.on(&self.server, what)
    }

    /// Does something on all cores.
    ///
    /// # Errors
    /// As [`Self::on_server`].
    pub fn on_all<T>(&self, what: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
        self.on(&self.all, what)
    }

    fn on<T>(&self, cores: &CpuSet, what: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
        move_to(cores)?;
        let done = what();
        move_to(&self.load)?;
        done
    }
}

fn of(core: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(core);
    set
}

fn move_to(cores: &CpuSet) -> Result<(), Trouble> {
    sched_setaffinity(None, cores).map_err(unknown)
}

fn unknown(error: rustix::io::Errno) -> Trouble {
    Trouble::new(
        format!("the system does not say or choose on which cores this program runs: {error}"),
        "measure on another machine",
    )
}
