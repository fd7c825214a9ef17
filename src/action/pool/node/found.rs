//! Which Node.js runs Actions: the program that is set, or the first on the path, and what its version allows.

#![expect(
    clippy::disallowed_methods,
    reason = "an edge: the program is looked for here"
)]

use super::settings::NodeSettings;
use crate::action::pool::piped::Piped;
use crate::disk;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A Node.js that can run Actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::action::pool) struct Found {
    /// Its real path.
    pub program: PathBuf,
    pub version: Version,
}

/// `v22.12.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::action::pool) struct Version {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

/// Why there is no Node.js that can run Actions: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::action::pool) enum Missing {
    /// No program is set, and none is on the path.
    Nowhere,
    /// The program that is set is not there.
    NotThere(PathBuf),
    /// It does not say which version it is.
    Silent(PathBuf),
    /// Its version is not supported.
    Unsupported(PathBuf, Version),
}

/// Looks for Node.js, and asks it for its version.
///
/// # Errors
/// There is none, or one that cannot run Actions.
pub(in crate::action::pool) fn find(settings: &NodeSettings) -> Result<Found, Missing> {
    let program = match &settings.program {
        Some(program) if disk::is_there(program) => program.clone(),
        Some(program) => return Err(Missing::NotThere(program.clone())),
        None => on_path(&settings.path).ok_or(Missing::Nowhere)?,
    };
    let program = program.canonicalize().unwrap_or(program);
    let Some(version) = version(&program) else {
        return Err(Missing::Silent(program));
    };
    if !version.is_supported() && !version.is_old() {
        return Err(Missing::Unsupported(program, version));
    }
    Ok(Found { program, version })
}

fn on_path(path: &[PathBuf]) -> Option<PathBuf> {
    path.iter()
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("node"))
        .find(|program| disk::is_there(program))
}

/// What `--version` prints, within a time and a size.
fn version(program: &Path) -> Option<Version> {
    let mut command = Command::new(program);
    command.arg("--version").env_clear();
    let mut piped = Piped::start(command).ok()?;
    let line = piped.line(MAX_VERSION, Instant::now() + ANSWER_TIME)?;
    Version::parse(&line)
}

const MAX_VERSION: usize = 64;
const ANSWER_TIME: Duration = Duration::from_secs(10);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().strip_prefix('v')?.splitn(3, '.');
        let mut number = || {
            let part = parts.next()?;
            let digits = part.find(|digit: char| !digit.is_ascii_digit());
            part[..digits.unwrap_or(part.len())].parse().ok()
        };
        Some(Self {
            major: number()?,
            minor: number()?,
            patch: number()?,
        })
    }

    fn is_supported(self) -> bool {
        matches!(self.major, 22 | 24)
    }

    /// Whether Actions run, with a warning.
    fn is_old(self) -> bool {
        matches!(self.major, 18 | 20)
    }

    /// What people are told of a version that is not supported any more.
    pub fn warning(self) -> Option<String> {
        self.is_old().then(|| {
            format!(
                "the Action ran on Node.js {self}, which gets no security updates any more; install Node.js 22 or 24, or \
                 name one as [actions] node in postlogin.toml"
            )
        })
    }

    /// Whether this version has what came with `major`.`minor`, or with a later major version.
    fn has(self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// The arguments of a process that may read these files and folders and have `memory` bytes of heap.
    pub fn arguments(self, readable: &[PathBuf], memory: usize) -> Vec<String> {
        let heap = (memory >> 20) + EMPTY_HEAP_MIB;
        let mut arguments = [
            "--no-addons",
            "--no-warnings",
            "--no-global-search-paths",
            "--unhandled-rejections=none",
            "--v8-pool-size=1",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--max-old-space-size={heap}"));
        let permission = match (self.has(22, 13), self.has(20, 0)) {
            (true, _) => Some("--permission"),
            (false, true) => Some("--experimental-permission"),
            (false, false) => None,
        };
        if let Some(permission) = permission {
            arguments.push(permission.to_owned());
            for path in readable {
                arguments.push(format!("--allow-fs-read={}", path.display()));
            }
        }
        if self.has(22, 14) {
            arguments.push("--disable-sigusr1".to_owned());
        }
        arguments
    }
}

/// What a heap holds before a script is seen.
const EMPTY_HEAP_MIB: usize = 8;

impl fmt::Display for Version {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => write!(
                to,
                "there is no node on the path; install Node.js 22 or 24, or name it as [actions] node in postlogin.toml"
            ),
            Self::NotThere(program) => write!(
                to,
                "{} is not there; name Node.js 22 or 24 as [actions] node in postlogin.toml",
                program.display()
            ),
            Self::Silent(program) => write!(
                to,
                "{} --version does not say which Node.js it is; name Node.js 22 or 24 as [actions] node in \
                 postlogin.toml",
                program.display()
            ),
            Self::Unsupported(program, version) => write!(
                to,
                "{} is Node.js {version}, which is not supported; install Node.js 22 or 24, or name it as [actions] node \
                 in postlogin.toml",
                program.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn a_version_is_read_from_what_node_prints() {
        assert_eq!(version("v22.12.0\n").to_string(), "22.12.0");
        assert_eq!(version("v24.0.0-rc.1\n").to_string(), "24.0.0");
        for text in ["", "22.1.0", "v22", "v22.1", "node"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn flags_are_those_that_the_version_knows() {
        let arguments = |text| {
            version(text)
                .arguments(&[PathBuf::from("/a b")], 128 << 20)
                .join(" ")
        };
        assert!(!arguments("v18.20.0").contains("permission"));
        assert!(arguments("v20.11.0").contains("--experimental-permission --allow-fs-read=/a b"));
        assert!(arguments("v22.12.0").contains("--experimental-permission"));
        assert!(!arguments("v22.13.0").contains("--disable-sigusr1"));
        assert!(arguments("v24.1.0").contains("--permission --allow-fs-read=/a b --disable-sigusr1"));
    }

    #[test]
    fn a_path_that_is_not_absolute_is_not_searched() {
        assert_eq!(on_path(&[PathBuf::from(""), PathBuf::from(".")]), None);
    }
}
