//! The command line as it is typed.

use std::fs::{self, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command line that is about to be run.
pub struct Line {
    words: Vec<String>,
    folder: PathBuf,
    input: Option<String>,
    environment: Vec<(String, String)>,
    user: User,
    disk: Disk,
}

/// Who types it.
#[derive(Clone, Copy, PartialEq)]
enum User {
    /// Who runs the tests.
    This,
    /// One who is not root, whoever runs the tests.
    Plain,
}

/// Whether files can be written.
#[derive(Clone, Copy, PartialEq)]
enum Disk {
    Full,
    WithRoom,
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
        user: User::This,
        disk: Disk::WithRoom,
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

    /// Typed by a user whom permissions bind: root is none.
    pub fn by_plain_user(mut self) -> Self {
        self.user = User::Plain;
        self
    }

    /// While no file takes another byte.
    pub fn on_full_disk(mut self) -> Self {
        self.disk = Disk::Full;
        self
    }

    pub fn run(self) -> Done {
        // Another user may not reach the folder of the build.
        let reachable = tempfile::tempdir().unwrap();
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_postlogin"));
        let is_dropping = self.user == User::Plain && rustix::process::geteuid().is_root();
        if is_dropping {
            let copy = reachable.path().join("postlogin");
            fs::copy(&program, &copy).unwrap();
            program = copy;
            fs::set_permissions(reachable.path(), Permissions::from_mode(0o755)).unwrap();
        }
        let mut command = match self.disk {
            Disk::WithRoom => Command::new(program),
            Disk::Full => {
                let mut shell = Command::new("sh");
                shell
                    .args(["-c", "ulimit -f 0 && exec \"$0\" \"$@\""])
                    .arg(program);
                shell
            }
        };
        if is_dropping {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
            .args(&self.words)
            .current_dir(&self.folder)
            .envs(self.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = loop {
            match command.spawn() {
                // A process that another test is starting holds the copy open until it runs its own program.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                started => break started.unwrap(),
            }
        };
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

const NOBODY: u32 = 65534;

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
