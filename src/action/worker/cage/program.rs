//! The program of Node.js and what the system's loader opens for it: itself and libraries.
//!
//! The loader is asked for its list, so it does not matter whether Node.js comes from the system, from a version
//! manager, or with all of its libraries inside.

#![expect(
    clippy::disallowed_methods,
    reason = "a program and its loader are looked at before the process gives up files and processes"
)]

use super::error::CageError;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program and what it needs to start.
pub(super) struct Program {
    /// Its path without symbolic links.
    pub path: PathBuf,
    /// The loader that the kernel starts for it; none where the program is linked statically.
    pub loader: Option<PathBuf>,
    pub libraries: Vec<PathBuf>,
}

impl Program {
    /// # Errors
    /// There is no such file, it is no program for this machine, or its loader does not find its libraries.
    pub fn at(node: &Path) -> Result<Self, CageError> {
        let unreadable = |source| CageError::NoProgram {
            node: node.to_owned(),
            source,
        };
        let path = node.canonicalize().map_err(unreadable)?;
        let loader = match loader_of(&path).map_err(unreadable)? {
            Elf::With(loader) => loader,
            Elf::Static => {
                return Ok(Self {
                    path,
                    loader: None,
                    libraries: Vec::new(),
                });
            }
            Elf::Not => return Err(CageError::NotAProgram { node: path }),
        };
        let libraries = libraries(&loader, &path)?;
        Ok(Self {
            path,
            loader: Some(loader),
            libraries,
        })
    }
}

enum Elf {
    With(PathBuf),
    Static,
    /// No program of 64 bits, low byte first.
    Not,
}

/// What stands in the program's head of the loader (ELF-64, program header of the kind `PT_INTERP`).
fn loader_of(path: &Path) -> io::Result<Elf> {
    let mut file = File::open(path)?;
    let mut head = [0; 64];
    if file.read_exact(&mut head).is_err() || !head.starts_with(b"\x7fELF\x02\x01") {
        return Ok(Elf::Not);
    }
    let table = number(&head[0x20..0x28]);
    let (size, count) = (number(&head[0x36..0x38]), number(&head[0x38..0x3a]));
    if size < 56 {
        return Ok(Elf::Not);
    }
    for index in 0..count {
        let mut entry = [0; 56];
        file.seek(SeekFrom::Start(table.saturating_add(index * size)))?;
        file.read_exact(&mut entry)?;
        if number(&entry[..4]) == u64::from(libc::PT_INTERP) {
            file.seek(SeekFrom::Start(number(&entry[8..16])))?;
            let mut loader = Vec::new();
            file.take(number(&entry[32..40]).min(LONGEST_PATH))
                .read_to_end(&mut loader)?;
            let text = loader.split(|byte| *byte == 0).next().unwrap_or_default();
            return Ok(Elf::With(OsStr::from_bytes(text).into()));
        }
    }
    Ok(Elf::Static)
}

const LONGEST_PATH: u64 = 4096;

/// A number of up to eight bytes, low byte first.
fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// What the loader would open for the program, as `ldd` asks it.
fn libraries(loader: &Path, node: &Path) -> Result<Vec<PathBuf>, CageError> {
    let output = Command::new(loader)
        .arg("--list")
        .arg(node)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|source| CageError::Loader {
            node: node.to_owned(),
            source,
        })?;
    if !output.status.success() {
        return Err(CageError::Libraries {
            node: node.to_owned(),
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    Ok(listed(&output.stdout))
}

/// Paths of lines like `libm.so.6 => /lib/libm.so.6 (0x7f00)` and `/lib/ld.so (0x7f00)`; what the kernel gives
/// (`linux-vdso.so.1`) has none.
fn listed(list: &[u8]) -> Vec<PathBuf> {
    let path = |line: &[u8]| {
        let start = line.iter().position(|byte| *byte == b'/')?;
        let end = line.windows(4).rposition(|bytes| bytes == b" (0x")?;
        Some(PathBuf::from(OsStr::from_bytes(line.get(start..end)?)))
    };
    list.split(|byte| *byte == b'\n').filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_list_is_read_with_spaces_in_paths_and_without_what_has_none() {
        let glibc = b"\tlinux-vdso.so.1 (0x00007fec6a9a6000)\n\tlibc.so.6 => /opt/my libs/libc.so.6 (0x00007fec6a41e000)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007fec6a9a8000)\n";
        let paths = ["/opt/my libs/libc.so.6", "/lib64/ld-linux-x86-64.so.2"].map(PathBuf::from);
        assert_eq!(listed(glibc), paths);
        let musl = b"\t/lib/ld-musl-x86_64.so.1 (0x7f8d)\n\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f8d)\n";
        assert_eq!(
            listed(musl),
            [
                PathBuf::from("/lib/ld-musl-x86_64.so.1"),
                "/lib/ld-musl-x86_64.so.1".into()
            ]
        );
        assert!(listed(b"\tstatically linked\n").is_empty());
    }

    #[test]
    fn a_program_is_told_from_a_script_and_from_a_damaged_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node");
        for (content, told) in [
            (
                &b"#!/bin/sh\nexec node \"$@\"\n"[..],
                "is no program for this machine",
            ),
            (b"", "is no program for this machine"),
            (b"\x7fELF\x02\x01", "is no program for this machine"),
        ] {
            std::fs::write(&file, content).unwrap();
            let error = Program::at(&file).err().unwrap().to_string();
            assert!(
                error.contains(told) && error.contains("process.execPath"),
                "{error}"
            );
        }
        let missing = Program::at(&folder.path().join("none"))
            .err()
            .unwrap()
            .to_string();
        assert!(missing.contains("cannot be read: No such file"), "{missing}");
    }

    #[test]
    fn a_program_comes_with_its_loader_and_libraries() {
        let program = Program::at(&std::env::current_exe().unwrap()).ok().unwrap();
        let loader = program.loader.unwrap();
        assert!(loader.is_file(), "{}", loader.display());
        assert!(!program.libraries.is_empty());
        assert!(program.libraries.iter().all(|library| library.is_file()));
    }
}
