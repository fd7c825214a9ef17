//! The one thread that writes: it takes what waits, and commits it together.
//!
//! Each write is a savepoint of its own, so one that fails takes nothing with it. Nobody is answered before the commit
//! is on the disk. There is no timer: a write that comes alone is committed alone.

use super::wrong::wrong;
use crate::store::error::{StoreError, Stored};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How many writes are committed together at most.
const GROUP: usize = 64;
/// How many writes may wait.
const QUEUE: usize = 1024;
/// The writer is idle when nothing has come for so long.
const IDLE: Duration = Duration::from_secs(1);
/// How often an idle writer looks for what is over.
const TIDY_EVERY: Duration = Duration::from_secs(10);

/// The writing thread. It ends, after what waits is done, when this is dropped.
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Task>>>,
    thread: Option<JoinHandle<()>>,
}

/// Whether there is more to throw away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tidied {
    /// Nothing for now.
    All,
    /// There is more.
    Some,
}

impl Writer {
    /// Writes to `connection`, the database at `path`. While nothing comes, `tidy` is called.
    pub(super) fn start(
        connection: Connection,
        path: PathBuf,
        tidy: impl FnMut(&Connection) -> Stored<Tidied> + Send + 'static,
    ) -> Stored<Self> {
        let (queue, tasks) = sync_channel(QUEUE);
        let place = path.clone();
        let thread = thread::Builder::new()
            .name("postlogin store".to_owned())
            .spawn(move || work_off(&connection, &place, &tasks, tidy))
            .map_err(|error| StoreError::Unopened {
                path,
                why: format!("no thread can be started: {error}"),
            })?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Does `work` in a savepoint of its own, and waits until that is committed.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        let (reply, answer) = sync_channel(1);
        let task = Write {
            work: Some(work),
            done: None,
            reply,
        };
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        match queue.try_send(Box::new(task)) {
            Ok(()) => answer.recv().unwrap_or_else(|_| Err(closed())),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy {
                what: format!("{QUEUE} writes are waiting"),
            }),
            Err(TrySendError::Disconnected(_)) => Err(closed()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has answered nobody, and whoever waited knows.
            let _ = thread.join();
        }
    }
}

fn closed() -> StoreError {
    StoreError::Failed {
        why: "it is closed".to_owned(),
    }
}

/// A write: it is done once inside a savepoint, and answered once after the commit.
trait Task: Send {
    fn run(&mut self, connection: &Connection) -> Savepoint;
    fn answer(self: Box<Self>, group: &Stored<()>);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoint {
    Stays,
    Undone,
}

struct Write<W, T> {
    work: Option<W>,
    done: Option<Stored<T>>,
    reply: SyncSender<Stored<T>>,
}

impl<W, T> Task for Write<W, T>
where
    W: FnOnce(&Connection) -> Stored<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> Savepoint {
        let done = self.work.take().map(|work| work(connection));
        let savepoint = match done {
            Some(Ok(_)) => Savepoint::Stays,
            _ => Savepoint::Undone,
        };
        self.done = done;
        savepoint
    }

    fn answer(self: Box<Self>, group: &Stored<()>) {
        let answer = match (group, self.done) {
            (_, Some(Err(error))) => Err(error),
            (Ok(()), Some(done)) => done,
            (Ok(()), None) => Err(closed()),
            (Err(error), _) => Err(error.clone()),
        };
        // Whoever asked may have gone.
        let _ = self.reply.send(answer);
    }
}

fn work_off(
    connection: &Connection,
    path: &Path,
    tasks: &Receiver<Box<dyn Task>>,
    mut tidy: impl FnMut(&Connection) -> Stored<Tidied>,
) {
    let mut patience = IDLE;
    loop {
        match tasks.recv_timeout(patience) {
            Ok(first) => {
                let mut group: Vec<_> = std::iter::once(first)
                    .chain(tasks.try_iter().take(GROUP - 1))
                    .collect();
                let outcome = commit(connection, path, &mut group);
                for task in group {
                    task.answer(&outcome);
                }
                patience = IDLE;
            }
            Err(RecvTimeoutError::Timeout) => {
                // What cannot be thrown away now is thrown away the next time.
                patience = match tidy(connection) {
                    Ok(Tidied::Some) => Duration::ZERO,
                    Ok(Tidied::All) | Err(_) => TIDY_EVERY,
                };
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Does the writes of a group in one transaction.
fn commit(connection: &Connection, path: &Path, group: &mut [Box<dyn Task>]) -> Stored<()> {
    let failed = |error: rusqlite::Error| wrong(&error, path);
    run(connection, "BEGIN IMMEDIATE").map_err(failed)?;
    for task in group {
        run(connection, "SAVEPOINT this").map_err(|error| undone(connection, failed(error)))?;
        let outcome = task.run(connection);
        // Some errors, such as a full disk, undo the whole transaction by themselves.
        if connection.is_autocommit() {
            return Err(StoreError::Failed {
                why: "another change of the same moment failed; try again".to_owned(),
            });
        }
        if outcome == Savepoint::Undone {
            run(connection, "ROLLBACK TO this").map_err(|error| undone(connection, failed(error)))?;
        }
        run(connection, "RELEASE this").map_err(|error| undone(connection, failed(error)))?;
    }
    run(connection, "COMMIT").map_err(|error| match undone(connection, failed(error)) {
        // The lock, a full disk and a file that cannot be written are found before anything counts.
        error @ (StoreError::Busy { .. } | StoreError::Full { .. } | StoreError::ReadOnly { .. }) => error,
        error => StoreError::Unknown {
            why: error.to_string(),
        },
    })
}

/// Gives up the transaction because of `error`.
fn undone(connection: &Connection, error: StoreError) -> StoreError {
    if !connection.is_autocommit() {
        // Where even this fails, the next transaction cannot begin and says so.
        let _ = run(connection, "ROLLBACK");
    }
    error
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}
