//! The store in one SQLite file: one thread writes, readers read beside it.
//!
//! `open` makes the file whole or not at all, `migrations` bring it to the form of today, `writer` commits what waits
//! together, and each group of questions has a file of its own.

mod check;
mod closings;
mod codes;
mod columns;
mod endings;
mod logins;
mod memory;
mod migrations;
mod moments;
mod open;
mod refresh_families;
mod sessions;
mod tidy;
mod users;
mod writer;
mod wrong;

use self::tidy::Tidy;
use self::writer::Writer;
use self::wrong::wrong;
use super::error::{StoreError, Stored};
use crate::flow::Clock;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A store in a SQLite file. It is shared between threads; several processes may have the file open.
pub struct Sqlite {
    path: PathBuf,
    writer: Writer,
    /// Readers that nobody uses at the moment.
    readers: Mutex<Vec<Connection>>,
    observer: Option<Box<Observer>>,
}

/// Is told each question by its name, and how long the answer took.
type Observer = dyn Fn(&'static str, Duration) + Send + Sync;

/// How many readers are kept when nobody uses them: a read is short, so as many read at once as there are cores.
const READERS: usize = 8;

impl Sqlite {
    /// Opens the store at `path`, in the form of today; makes it where there is none. `clock` says what is over, and is
    /// asked by the writer alone: every question brings its own moment.
    ///
    /// # Errors
    /// The file cannot be opened or written, is damaged, or was written by a newer version.
    pub fn open(path: &Path, clock: impl Clock + Send + 'static) -> Stored<Self> {
        let connection = open::writing(path)?;
        let mut tidy = Tidy::default();
        let place = path.to_owned();
        let writer = Writer::start(connection, path.to_owned(), move |connection| {
            tidy.step(connection, clock.now())
                .map_err(|error| wrong(&error, &place))
        })?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            readers: Mutex::default(),
            observer: None,
        })
    }

    /// The same store, which tells `observer` each question by its name and how long the answer took.
    #[must_use]
    pub fn observed(mut self, observer: impl Fn(&'static str, Duration) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks a question beside the writer.
    fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, Wrong>) -> Stored<T> {
        let question = question(&ask);
        self.timed(question, || self.read_beside(ask))
    }

    fn read_beside<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, Wrong>) -> Stored<T> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => open::reading(&self.path)?,
        };
        let answer = ask(&connection).map_err(|error| error.of(&self.path));
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader that met an error may be the reason of it.
        if answer.is_ok() && readers.len() < READERS {
            readers.push(connection);
        }
        answer
    }

    /// Writes, and waits until it is on the disk.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Wrong> + Send + 'static,
    ) -> Stored<T> {
        let path = self.path.clone();
        self.timed(question(&work), || {
            self.writer
                .write(move |connection| work(connection).map_err(|error| error.of(&path)))
        })
    }

    #[expect(clippy::disallowed_methods, reason = "the edge: here durations are measured")]
    fn timed<T>(&self, question: &'static str, ask: impl FnOnce() -> T) -> T {
        let Some(observer) = &self.observer else {
            return ask();
        };
        let began = Instant::now();
        let answer = ask();
        observer(question, began.elapsed());
        answer
    }
}

/// The name of the method that made this closure: `session_of` for a closure in `Sessions::session_of`.
fn question<F>(_: &F) -> &'static str {
    let mut names = std::any::type_name::<F>().rsplit("::");
    names.find(|name| *name != "{{closure}}").unwrap_or_default()
}

#[cfg(test)]
impl Sqlite {
    /// The file may have so many pages, as if the disk had no room for more.
    pub(super) fn limit_pages(&self, pages: Option<u32>) {
        let pages = pages.unwrap_or(u32::MAX - 1);
        let limited = self.write(move |connection| {
            Ok(connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
        });
        limited.unwrap();
    }

    /// Throws away all that is over at `now`, and says in how many steps.
    pub(super) fn tidy_at(&self, now: crate::time::Moment) -> usize {
        let mut steps = 1;
        let tidied = self.write(move |connection| {
            let mut tidy = Tidy::default();
            while tidy.step(connection, now)? == writer::Tidied::Some {
                steps += 1;
            }
            Ok(steps)
        });
        tidied.unwrap()
    }
}

/// What goes wrong inside a question.
enum Wrong {
    /// The database.
    Database(rusqlite::Error),
    /// A row.
    Row(StoreError),
}

impl Wrong {
    fn of(self, path: &Path) -> StoreError {
        match self {
            Self::Database(error) => wrong(&error, path),
            Self::Row(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Self::Row(error)
    }
}

/// What a question answers inside.
type Asked<T> = Result<T, Wrong>;
