//! What the pool and a worker say to each other: frames of a length and a JSON text.
//!
//! The worker says once that it is [`Said::Ready`], or [`Said::Unfit`] and ends. The pool opens a run with a [`Start`] and the event's
//! JSON; the worker answers with [`Said`] frames, of which [`Said::Done`] is the last. [`Said::Need`] is
//! answered by a [`Module`]. Sources travel only when the worker has not seen their hash.

use super::clock::Clock;
use crate::command::{Facts, Handler, Recorder, Report};
use crate::secret::Secret;
use crate::tenant::EngineChoice;
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

/// The head of a run; the event follows in its own frame.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start<'a> {
    pub action: Cow<'a, str>,
    pub main: Code<'a>,
    pub job: Job<'a>,
}

/// What is to be done with the main source.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Job<'a> {
    /// Only see whether it compiles.
    Check,
    Run(Box<Task<'a>>),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task<'a> {
    pub handler: Handler,
    pub engine: EngineChoice,
    pub recorder: Cow<'a, Recorder>,
    pub facts: Cow<'a, Facts>,
    pub secrets: Revealed<'a>,
    /// `actions.secrets` of each Action module that may be required, by the name of the module.
    pub modules: BTreeMap<Cow<'a, str>, Revealed<'a>>,
    pub clock: Clock,
    pub seed: Option<String>,
    pub time_ms: u64,
    pub memory: usize,
    pub output: usize,
    pub commands: usize,
    /// Names of built-in modules and packages that others stand in for.
    pub replaced: Vec<Cow<'a, str>>,
}

/// Secrets by name, written with their values: a worker gets them in the open.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Revealed<'a>(pub Cow<'a, BTreeMap<String, Secret<String>>>);

impl Serialize for Revealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, secret)| (name, secret.reveal())))
    }
}

impl Task<'_> {
    /// What a realm needs to compile a source and run nothing.
    pub fn none() -> Self {
        Self {
            handler: Handler::Execute,
            engine: EngineChoice::Auto,
            recorder: Cow::default(),
            facts: Cow::default(),
            secrets: Revealed::default(),
            modules: BTreeMap::new(),
            clock: Clock::System,
            seed: None,
            time_ms: 5_000,
            memory: 128 << 20,
            output: 0,
            commands: 0,
            replaced: Vec::new(),
        }
    }
}

/// A source text, or only its hash where the worker has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Code<'a> {
    /// Names the file in errors and, with `require`, the module.
    pub file: Cow<'a, str>,
    /// SHA-256 of file name and source, hexadecimal.
    pub hash: Cow<'a, str>,
    pub source: Option<Cow<'a, str>>,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said {
    Done(Box<Report>),
    /// `require(specifier)` in the module `from`.
    Need {
        specifier: String,
        from: String,
    },
    /// The worker has locked itself in, and waits for its first [`Start`].
    Ready {
        /// Bytes of address space before the engine was made.
        address_space: u64,
        landlock: Landlock,
    },
    /// The worker cannot serve.
    Unfit(Unfit),
}

/// How much of Landlock is in force in a worker, beside everything else that it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Landlock {
    /// The kernel has none of it.
    Absent,
    /// Files, network, and signals and abstract sockets to other processes (ABI 6, Linux 6.12).
    Full,
    /// What the kernel, an older one, has of it.
    Partial,
}

/// Why a worker cannot serve.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Unfit {
    /// There is no memory for the engine itself.
    NoMemory,
    /// A part of the sandbox was refused; which one and why.
    NotLockedIn(String),
}

/// The answer to [`Said::Need`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Module<'a> {
    /// A CommonJS module.
    Script { code: Code<'a>, whose: Whose },
    /// The text of a `.json` file.
    Json { file: String, text: String },
    /// Only Node.js can load it; the message is what `require` throws where an Action may run on the embedded engine
    /// alone.
    Beyond { what: String, message: String },
    /// There is no such module; the text is what `require` throws.
    Missing { message: String },
}

/// Whose code a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Whose {
    /// The Action's own files and first-party modules: calls and errors are located in them.
    Own,
    /// A package.
    Package,
}

/// Writes one frame.
pub(super) fn write_frame(mut to: impl Write, text: &[u8]) -> io::Result<()> {
    let length = u32::try_from(text.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    to.write_all(&[&length.to_le_bytes(), text].concat())
}

/// Reads one frame, for the worker, which trusts its pool.
pub(super) fn read_frame(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut text = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut text)?;
    Ok(text)
}
