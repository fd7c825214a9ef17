//! What a worker says to its pool and hears from it.

use crate::action::protocol::{Module, Said, read_frame, write_frame};
use std::cell::RefCell;
use std::io::{self, Stdin, Stdout, Write};

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
    pub(super) fn need(&self, specifier: String, from: String) -> io::Result<Module<'static>> {
        self.say(&Said::Need { specifier, from })?;
        Ok(serde_json::from_slice(&self.hear()?)?)
    }

    /// Says it at once.
    pub(super) fn say(&self, said: &Said) -> io::Result<()> {
        let (_, stdout) = &mut *self.pipes.borrow_mut();
        write_frame(&mut *stdout, &serde_json::to_vec(said)?)?;
        stdout.flush()
    }

    /// Waits for a frame.
    pub(super) fn hear(&self) -> io::Result<Vec<u8>> {
        let (stdin, _) = &mut *self.pipes.borrow_mut();
        read_frame(stdin)
    }
}
