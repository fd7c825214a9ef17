//! What a process of Node.js says and is told: frames of a length and a JSON text.
//!
//! It is told its bridge and a [`Setup`], and says once that it is [`Said::Ready`]. A run is a [`Start`] and the event;
//! the process calls, logs and asks, and its last word is [`Said::Done`]. A script can say all of that by itself: it is
//! judged as a call, a line or the end of its own run, and nothing more is believed.

use crate::action::view::{Change, Owner};
use crate::command::LogLevel;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// What a process is told before its first run.
#[derive(Debug, Serialize)]
pub(super) struct Setup<'a> {
    /// The JavaScript that makes `api` of one function.
    pub api: String,
    /// For each method the kinds of its parameters.
    pub methods: Vec<Vec<String>>,
    /// The path of the Action's main file, real or not.
    pub file: &'a str,
    pub source: &'a str,
    /// The real path of the Action's folder.
    pub folder: Option<&'a str>,
    /// The real path of the folder with `node_modules`.
    pub packages: Option<&'a str>,
    /// Whether there are modules that Actions share.
    pub shared: bool,
    /// Connected pairs, from descriptor 3 on.
    pub pairs: u32,
    /// The embedded engine's `Date` that stands still, and its timers.
    pub fixed: &'static str,
    pub timers: &'static str,
}

/// The head of a run; the event follows in its own frame unless it is a check.
#[derive(Debug, Serialize)]
pub(super) struct Start<'a> {
    pub run: u64,
    /// Only see whether the main source compiles.
    pub check: bool,
    pub handler: &'static str,
    pub secrets: BTreeMap<&'a str, &'a str>,
    /// Names of modules that others stand in for.
    pub replaced: Vec<&'a str>,
    /// Bytes that an argument may have.
    pub output: usize,
    /// Milliseconds since 1970 where the clock stands still.
    pub now: Option<i64>,
    /// Whether random numbers are drawn from the parent.
    pub seeded: bool,
}

/// What a process says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said<'a> {
    #[serde(borrow)]
    Call(Call<'a>),
    Done(Done),
    /// So many random bytes.
    Draw(usize),
    Log(Line),
    Need {
        specifier: String,
        from: String,
    },
    Ready(()),
    /// The launcher could not lock the process in.
    Unfit(String),
    /// Why a pair was closed.
    Why(usize),
}

/// A call of a method of `api`.
#[derive(Debug, Deserialize)]
pub(super) struct Call<'a> {
    pub run: u64,
    /// Its place in the table of methods.
    pub method: usize,
    /// Whether the handler's promise had settled.
    pub late: bool,
    #[serde(borrow)]
    pub args: Vec<&'a RawValue>,
    pub site: Option<Site>,
}

/// Where the script says to be: path, line and column.
#[derive(Debug, Deserialize)]
pub(super) struct Site(pub String, pub u32, pub u32);

/// A line of `console`.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub run: u64,
    pub level: LogLevel,
    pub late: bool,
    pub text: String,
    pub site: Option<Site>,
}

/// An argument that JSON has not, or that was written from an object.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form<'a> {
    /// It is longer than an argument may be.
    Bytes(usize),
    /// Lists in lists without end.
    Deep(()),
    Formless(()),
    #[serde(borrow)]
    List(Vec<&'a RawValue>),
    /// Elements of an array that has too many.
    Long(usize),
    /// A number that is not finite.
    Number(Cow<'a, str>),
    /// An options object, and the names of its members that are not finite.
    Options(&'a RawValue, Vec<String>),
    Threw(Thrown),
    Type(Cow<'a, str>),
    Undefined(()),
    Written(&'a RawValue),
}

/// A thrown value, as far as it can be told without running code of the script.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Thrown {
    /// The type of something that is neither text, number, flag nor object.
    Kind(String),
    /// The message or name of an object.
    Object(Option<String>),
    Text(String),
}

/// How a run has ended.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    pub run: u64,
    pub has_continue: bool,
    pub failure: Option<Failed>,
    /// What promises were rejected with that nobody listens to.
    pub rejections: Vec<Thrown>,
    /// What was thrown when the handler's promise had settled, and caught by nobody.
    pub late_errors: Vec<Thrown>,
    /// Timers that still wait.
    pub timers: usize,
    /// Threads, requests and handles that are left.
    pub others: usize,
}

/// Why a run has not ended well.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Failed {
    /// The script ended the process; with what.
    Exit(String),
    /// The promise can never settle.
    Never(()),
    NoHandler(()),
    /// Files that the process has loaded have changed.
    Stale(()),
    /// The main source does not compile.
    Syntax(Error),
    Threw(Error),
}

/// An error that nobody caught.
#[derive(Debug, Deserialize)]
pub(super) struct Error {
    pub value: Thrown,
    pub stack: Option<String>,
}

/// The answer to a call.
#[derive(Debug, Default, Serialize)]
pub(super) struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow: Option<(Owner, Change)>,
}

/// The answer to [`Said::Why`].
#[derive(Debug, Serialize)]
pub(super) struct Why<'a> {
    pub code: &'a str,
    pub message: &'a str,
}

/// The answer to [`Said::Need`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", untagged)]
pub(super) enum Module<'a> {
    Found {
        file: String,
        source: Cow<'a, str>,
        /// Where its packages are looked for; those of the tenant without.
        #[serde(skip_serializing_if = "Option::is_none")]
        folder: Option<&'a Path>,
        /// `actions.secrets` in the module; it has no `actions` without.
        #[serde(skip_serializing_if = "Option::is_none")]
        secrets: Option<BTreeMap<&'a str, &'a str>>,
    },
    Missing {
        missing: String,
    },
}
