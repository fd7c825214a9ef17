//! The command line as it is typed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command line that is about to be run.
pub struct Line {
    words: Vec<String>,
    folder: PathBuf,
    input: Option<String>,
    environment: Vec<(String, String)>,
}

/// What came of it.
pub struct Done {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// `postlogin <words>`, run from the project's folder.
pub fn postlogin(words: &str) -> Line {
    Line {
        words: words.split_whitespace().map(str::to_owned).collect(),
        folder: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        input: None,
        environment: Vec::new(),
    }
}

impl Line {
    /// One more word, spaces and all.
    pub fn word(mut self, word: impl AsRef<std::ffi::OsStr>) -> Self {
        self.words.push(word.as_ref().to_string_lossy().into_owned());
        self
    }

    /// More words, as they are typed.
    pub fn words(mut self, words: &str) -> Self {
        self.words.extend(words.split_whitespace().map(str::to_owned));
        self
    }

    pub fn from(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    pub fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn run(self) -> Done {
        let mut child = Command::new(env!("CARGO_BIN_EXE_postlogin"))
            .args(&self.words)
            .current_dir(&self.folder)
            .envs(self.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin
            .write_all(self.input.unwrap_or_default().as_bytes())
            .unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Done {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(
            self.status, status,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.err
        );
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "not in stdout: {text}\n{}", self.out);
        self
    }

    #[track_caller]
    pub fn warns(self, text: &str) -> Self {
        assert!(self.err.contains(text), "not in stderr: {text}\n{}", self.err);
        self
    }

    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(
            !self.out.contains(text) && !self.err.contains(text),
            "must not be shown: {text}\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.out, self.err))
    }
}
