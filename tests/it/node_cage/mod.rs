//! The cage of Node.js: what the launcher refuses, and what a script in it can still do.
//!
//! The Node.js of these tests is the one that `POSTLOGIN_TEST_NODE` names, else `node` on the path. Without either they
//! say so and pass: `./test node` always has one.

#[cfg(debug_assertions)]
mod calls;
mod hostile;
mod launcher;
mod limits;
mod scripts;

use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The Node.js of these tests; none is told on standard error.
fn node() -> Option<PathBuf> {
    let named = std::env::var_os("POSTLOGIN_TEST_NODE").map(PathBuf::from);
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join("node"))
            .find(|program| program.is_file())
    };
    let node = named.or_else(on_path);
    if node.is_none() {
        eprintln!("SKIPPED: there is no Node.js; name one in POSTLOGIN_TEST_NODE (tests/node/README.md)");
    }
    node
}

/// An order of the launcher.
struct Caged {
    node: PathBuf,
    readable: Vec<PathBuf>,
    memory: u64,
    landlock: &'static str,
}

/// What a process came to.
struct Ended {
    status: ExitStatus,
    /// Standard output as it is.
    bytes: Vec<u8>,
    /// Standard output as text.
    said: String,
    last_words: String,
}

impl Caged {
    fn with(node: impl Into<PathBuf>) -> Self {
        Self {
            node: node.into(),
            readable: Vec::new(),
            memory: 64 << 20,
            landlock: "demand",
        }
    }

    fn may_read(mut self, path: &Path) -> Self {
        self.readable.push(path.canonicalize().unwrap());
        self
    }

    fn order(&self, arguments: &[&str]) -> Value {
        json!({
            "parent": std::process::id(),
            "node": self.node,
            "arguments": arguments,
            "readable": self.readable,
            "memory": self.memory,
            "pairs": PAIRS,
            "landlock": self.landlock,
        })
    }

    /// The launcher with its order, its pipes and pairs, and the other ends of the pairs.
    fn start(&self, arguments: &[&str]) -> (Child, Vec<UnixStream>) {
        launcher(&self.order(arguments).to_string())
    }

    /// Runs a script to its end, or for a minute.
    fn run(&self, script: &str) -> Ended {
        let (process, _pairs) = self.start(&["--max-old-space-size=64", "--no-addons", "-e", script]);
        end_of(process)
    }

    /// What each attempt came to: the code of its error, or `GOT` and the value. Attempts are lines of a function
    /// that may be asynchronous.
    fn attempts(&self, attempts: &[&str]) -> Vec<(String, String)> {
        let functions = attempts.iter().fold(String::new(), |functions, attempt| {
            functions + "async () => { " + attempt + " },\n"
        });
        let script = ATTEMPTS.replace("/* attempts */", &functions);
        let ended = self.run(&script);
        let answers: Vec<String> = ended.said.lines().map(str::to_owned).collect();
        assert_eq!(
            answers.len(),
            attempts.len(),
            "{}\n{}",
            ended.said,
            ended.last_words
        );
        let attempts = attempts.iter().map(|attempt| (*attempt).to_owned());
        attempts.zip(answers).collect()
    }
}

const PAIRS: u32 = 2;

const ATTEMPTS: &str = r"
const fs = require('fs'), cp = require('child_process'), net = require('net'), os = require('os');
const later = (emitter, ...events) => new Promise((resolve, reject) => {
  emitter.on('error', reject);
  for (const event of events) emitter.on(event, () => resolve(event));
});
const thrown = (result) => { if (result.error) throw result.error; return result.status; };
(async () => {
  for (const attempt of [
/* attempts */
  ]) {
    let came;
    try { came = `GOT ${String(await attempt()).slice(0, 80)}`; } catch (error) { came = error.code || error.name; }
    fs.writeSync(1, `${came}\n`);
  }
  process.reallyExit(0);
})();
";

fn launcher(order: &str) -> (Child, Vec<UnixStream>) {
    let pairs: Vec<_> = (0..PAIRS).map(|_| UnixStream::pair().unwrap()).collect();
    let (ours, theirs): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let given: Vec<_> = theirs.iter().map(UnixStream::as_raw_fd).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_postlogin"));
    command
        .args(["__node", order])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // SAFETY: between fork and exec nothing but calls of the kernel is made, on numbers.
    #[expect(unsafe_code, reason = "descriptors of fixed numbers are handed over")]
    unsafe {
        command.pre_exec(move || {
            // Out of the way first: one end may stand where another one belongs.
            let mut high = [0; PAIRS as usize];
            for (slot, end) in high.iter_mut().zip(&given) {
                *slot = libc::fcntl(*end, libc::F_DUPFD, 100);
            }
            for (number, end) in (3..).zip(high) {
                libc::dup2(end, number);
                libc::close(end);
            }
            Ok(())
        });
    }
    (command.spawn().unwrap(), ours)
}

fn end_of(mut process: Child) -> Ended {
    drop(process.stdin.take());
    let mut stdout = process.stdout.take().unwrap();
    let mut stderr = process.stderr.take().unwrap();
    let words = std::thread::spawn(move || {
        let mut words = Vec::new();
        stderr.read_to_end(&mut words).unwrap();
        String::from_utf8_lossy(&words).into_owned()
    });
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).unwrap();
        said
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > Duration::from_mins(1) {
            process.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let bytes = said.join().unwrap();
    Ended {
        status,
        said: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
        last_words: words.join().unwrap(),
    }
}

/// A pair's other end: hears a line and answers.
fn answer(pair: &mut UnixStream, answer: &str) -> String {
    let mut heard = [0; 256];
    let count = pair.read(&mut heard).unwrap();
    pair.write_all(answer.as_bytes()).unwrap();
    String::from_utf8_lossy(&heard[..count]).into_owned()
}
