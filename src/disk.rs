//! What is on disk: a file that is not there is one thing, a file that cannot be read another.
//!
//! Whoever reads asks here, and gets what is there, that nothing is there, or an error. Absent is only what
//! the system says does not exist. A link that leads nowhere, a folder in the place of a file, a path through
//! a file, a permission that is missing: each is there and cannot be read, so nothing is made in its place.
//! Only plain files are read, up to a [`Limit`]; what was opened is looked at, not what its name led to before.
//! Whoever writes puts the new content beside the old one first, so a full disk leaves the old one whole.

#![expect(clippy::disallowed_methods, reason = "what is on disk is read here")]

use crate::encoding::other_encoding;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
#[cfg(feature = "server")]
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What a path leads to, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A device, a pipe or a socket.
    Special,
}

/// What `path` leads to; `None` where nothing is.
///
/// # Errors
/// It cannot be looked at, or a link on the way leads nowhere.
pub(crate) fn kind(path: &Path) -> io::Result<Option<Kind>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(Kind::File)),
        Ok(metadata) if metadata.is_dir() => Ok(Some(Kind::Folder)),
        Ok(_) => Ok(Some(Kind::Special)),
        Err(error) if error.kind() == ErrorKind::NotFound => no_dangling_link(path).map(|()| None),
        Err(error) => Err(error),
    }
}

/// Whether `path` leads to a plain file; `false` where nothing is.
///
/// # Errors
/// It cannot be looked at, or something else is there.
pub(crate) fn is_file(path: &Path) -> io::Result<bool> {
    match kind(path)? {
        None => Ok(false),
        Some(Kind::File) => Ok(true),
        Some(other) => Err(other.is_no_file()),
    }
}

/// Whether anything is at `path`, readable or not: false only where the system says that nothing is.
pub(crate) fn is_there(path: &Path) -> bool {
    !matches!(kind(path), Ok(None))
}

/// How long a file may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// A secret that is used as it is.
    #[cfg(feature = "cli")]
    Secret,
    /// A key or certificate.
    Key,
    /// A request of a service provider: the longest query string or form body, whose parts have limits of their own.
    #[cfg(feature = "cli")]
    Request,
    /// A file of a package, or that an Action requires.
    Module,
    /// A file of a tenant or a case, and what options name.
    File,
    /// What is inspected: metadata of a federation, in base64 too.
    #[cfg(feature = "cli")]
    Message,
    /// Users of a tenant, and metadata: a federation's is long.
    Long,
}

impl Limit {
    /// In bytes.
    pub(crate) const fn bytes(self) -> u64 {
        match self {
            #[cfg(feature = "cli")]
            Self::Secret => 64 << 10,
            Self::Key => 1 << 20,
            #[cfg(feature = "cli")]
            Self::Request => 1 << 20,
            Self::Module => 4 << 20,
            Self::File => 64 << 20,
            #[cfg(feature = "cli")]
            Self::Message => 176 << 20,
            Self::Long => 256 << 20,
        }
    }
}

impl fmt::Display for Limit {
    /// `64 MiB`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes() {
            short if short < 1 << 20 => write!(formatter, "{} KiB", short >> 10),
            bytes => write!(formatter, "{} MiB", bytes >> 20),
        }
    }
}

/// The bytes of a plain file; `None` where there is none.
///
/// # Errors
/// It cannot be read, is no plain file, or is longer than `limit`.
pub(crate) fn read(path: &Path, limit: Limit) -> io::Result<Option<Vec<u8>>> {
    if !is_file(path)? {
        return Ok(None);
    }
    // What the path leads to may have changed: a pipe must not be waited for, and only what was opened counts.
    let file = File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(Kind::Folder.is_no_file());
    }
    if !metadata.is_file() {
        return Err(Kind::Special.is_no_file());
    }
    if metadata.len() > limit.bytes() {
        return Err(too_long(limit));
    }
    bounded(file, limit).map(Some)
}

/// The bytes of a file that the command line names: a plain file, or a descriptor that was handed over as
/// `/dev/stdin` or `/dev/fd/63`, as a shell does for `<(...)`.
///
/// # Errors
/// As [`read`]; nothing is there.
pub(crate) fn read_given(path: &Path, limit: Limit) -> io::Result<Vec<u8>> {
    let is_handed_over =
        path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd");
    if is_handed_over {
        return bounded(File::open(path)?, limit);
    }
    read(path, limit)?.ok_or_else(|| io::Error::new(ErrorKind::NotFound, "there is no such file"))
}

/// All of standard input.
///
/// # Errors
/// It cannot be read, or is longer than `limit`.
#[cfg(feature = "cli")]
pub(crate) fn standard_input(limit: Limit) -> io::Result<Vec<u8>> {
    bounded(io::stdin().lock(), limit)
}

fn bounded(from: impl io::Read, limit: Limit) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit.bytes() + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit.bytes() {
        return Err(too_long(limit));
    }
    Ok(bytes)
}

fn too_long(limit: Limit) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, format!("it is longer than {limit}"))
}

/// The text of a plain file; `None` where there is none.
///
/// # Errors
/// As [`read`], or it is not UTF-8.
pub(crate) fn text(path: &Path, limit: Limit) -> io::Result<Option<String>> {
    read(path, limit)?.map(utf8).transpose()
}

/// The text that these bytes are.
///
/// # Errors
/// They are not UTF-8; the error names the encoding where that is known, else the line.
pub(crate) fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    if let Some(encoding) = other_encoding(&bytes) {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("it is text in {encoding}, not in UTF-8"),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        io::Error::new(ErrorKind::InvalidData, format!("line {line} is not UTF-8"))
    })
}

/// What to tell about a file with secrets that anybody on the machine can read.
///
/// Nothing about one in a folder under version control: git makes files readable, and whoever can
/// fetch the repository has the secret anyway.
pub(crate) fn exposure(path: &Path) -> Option<String> {
    // Who cannot look at the file cannot read it either, and that is said when it is read.
    let mode = fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o004 != 0 && !is_under_version_control(path)).then(|| {
        format!(
            "{path} can be read by every user of this machine; run 'chmod 600 {path}'",
            path = path.display()
        )
    })
}

fn is_under_version_control(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let mut folders = path.ancestors().skip(1);
    folders.any(|folder| folder.join(".git").exists())
}

/// The names in a folder, sorted; `None` where there is none.
///
/// # Errors
/// It cannot be read to its end, or is no folder.
pub(crate) fn names(folder: &Path) -> io::Result<Option<Vec<OsString>>> {
    match kind(folder)? {
        None => return Ok(None),
        Some(Kind::Folder) => {}
        Some(Kind::File | Kind::Special) => {
            return Err(io::Error::new(
                ErrorKind::NotADirectory,
                "it is a file, where a folder is expected",
            ));
        }
    }
    let entries = fs::read_dir(folder)?;
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(Some(names))
}

/// Who may do what with the file at `path`; `None` where nothing is.
///
/// # Errors
/// It cannot be looked at.
#[cfg(feature = "cli")]
pub(crate) fn mode(path: &Path) -> io::Result<Option<u32>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.permissions().mode() & 0o777)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Something that is another one once the file or folder at `path` has changed; `None` where nothing can be looked at.
#[cfg(feature = "server")]
pub(crate) fn mark(path: &Path) -> Option<impl std::hash::Hash + use<>> {
    let metadata = fs::metadata(path).ok()?;
    Some((
        metadata.modified().ok(),
        metadata.ctime_nsec(),
        metadata.len(),
        metadata.ino(),
    ))
}

/// How many bytes the file at `path` has.
///
/// # Errors
/// It cannot be looked at, or is no plain file.
#[cfg(feature = "server")]
pub(crate) fn length(path: &Path) -> io::Result<u64> {
    let metadata = fs::metadata(path)?;
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

/// A folder that this process alone changes until this is dropped, or the process ends.
#[derive(Debug)]
pub(crate) struct Locked(
    #[expect(dead_code, reason = "the lock is held as long as the folder is open")] Option<File>,
);

/// Waits until no other process that asks has `folder`, and holds it.
///
/// # Errors
/// It cannot be opened.
pub(crate) fn lock(folder: &Path) -> io::Result<Locked> {
    let opened = File::open(folder)?;
    match opened.lock() {
        Ok(()) => Ok(Locked(Some(opened))),
        // A file system that knows no locks.
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(Locked(None)),
        Err(error) => Err(error),
    }
}

/// Mode of a file that only its owner can read.
pub(crate) const PRIVATE: u32 = 0o600;

/// Content that is on the disk, and not yet in its place. Dropped, it leaves nothing behind.
pub(crate) struct Staged {
    file: NamedTempFile,
    place: PathBuf,
}

impl Staged {
    /// Writes `content` beside `place`, for [`Staged::replace`] or [`Staged::add`].
    ///
    /// # Errors
    /// The folder or the disk takes no more.
    pub(crate) fn new(place: &Path, content: &[u8], mode: u32) -> io::Result<Self> {
        // The kind alone: the rest names the file that was to become this one.
        let mut file =
            NamedTempFile::new_in(folder_of(place)).map_err(|error| io::Error::from(error.kind()))?;
        let written = file.as_file_mut();
        written.write_all(content)?;
        // A new one is private already, also where the file system knows no modes.
        if mode != PRIVATE {
            written.set_permissions(Permissions::from_mode(mode))?;
        }
        written.sync_all()?;
        Ok(Self {
            file,
            place: place.to_owned(),
        })
    }

    /// Where it is until then.
    #[cfg(feature = "server")]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Puts it in its place, over a plain file that is there.
    ///
    /// # Errors
    /// Something else is there, or the folder takes nothing.
    pub(crate) fn replace(self) -> io::Result<()> {
        is_file(&self.place)?;
        self.file.persist(&self.place).map_err(|error| error.error)?;
        flush_folder(&self.place)
    }

    /// Puts it in its place, where nothing is.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] where anything is; the folder takes nothing.
    pub(crate) fn add(self) -> io::Result<()> {
        let added = self.file.persist_noclobber(&self.place);
        added.map_err(|error| error.error)?;
        flush_folder(&self.place)
    }
}

/// Sees to it that the new name outlasts a crash, where the file system can.
fn flush_folder(place: &Path) -> io::Result<()> {
    let folder = folder_of(place);
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // A folder that may be written and not read, or a file system that flushes no folders: the file is in place.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::PermissionDenied | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        flushed => flushed,
    }
}

fn folder_of(place: &Path) -> &Path {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

impl Kind {
    /// Why it is not read as a file.
    fn is_no_file(self) -> io::Error {
        match self {
            Self::File | Self::Special => io::Error::new(
                ErrorKind::InvalidInput,
                "it is a device or a pipe, where a file is expected",
            ),
            Self::Folder => io::Error::new(
                ErrorKind::IsADirectory,
                "it is a folder, where a file is expected",
            ),
        }
    }
}

/// Nothing is at `path`: whether that is because the path itself, or a folder on the way, is a link.
fn no_dangling_link(path: &Path) -> io::Result<()> {
    for part in path.ancestors().filter(|part| !part.as_os_str().is_empty()) {
        match fs::symlink_metadata(part) {
            Ok(metadata) if metadata.is_symlink() && !part.exists() => {
                let link = if part == path {
                    "it".to_owned()
                } else {
                    part.display().to_string()
                };
                let target = fs::read_link(part)?;
                let why = format!("{link} is a link to {}, which is not there", target.display());
                return Err(io::Error::new(ErrorKind::InvalidInput, why));
            }
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn text_of(path: &Path) -> io::Result<Option<String>> {
        text(path, Limit::Key)
    }

    #[test]
    fn only_plain_files_are_read_and_only_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("fits"), vec![b'x'; 1 << 20]).unwrap();
        fs::write(at("long"), vec![b'x'; (1 << 20) + 1]).unwrap();
        File::create(at("sparse")).unwrap().set_len(1 << 40).unwrap();
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status();
        assert!(made.unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        symlink("fits", at("link")).unwrap();
        for name in ["fits", "link"] {
            assert_eq!(read(&at(name), Limit::Key).unwrap().unwrap().len(), 1 << 20);
            assert_eq!(read_given(&at(name), Limit::Key).unwrap().len(), 1 << 20);
        }
        for (name, said) in [
            ("long", "longer than 1 MiB"),
            ("sparse", "longer than 1 MiB"),
            ("pipe", "a device or a pipe"),
            ("socket", "a device or a pipe"),
        ] {
            for error in [
                read(&at(name), Limit::Key).unwrap_err(),
                read_given(&at(name), Limit::Key).unwrap_err(),
            ] {
                assert!(error.to_string().contains(said), "{name}: {error}");
            }
        }
        let absent = read_given(&at("absent"), Limit::Key).unwrap_err();
        assert_eq!(absent.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn only_what_does_not_exist_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "text").unwrap();
        fs::write(at("latin"), b"a\nb\xff").unwrap();
        fs::create_dir(at("folder")).unwrap();
        symlink("file", at("good")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("/dev/null", at("device")).unwrap();
        let long = "x".repeat(300);

        assert_eq!(text_of(&at("good")).unwrap().as_deref(), Some("text"));
        assert!(text_of(&at("none")).unwrap().is_none());
        assert!(text_of(&at("none/none")).unwrap().is_none());
        for (name, said) in [
            ("dangling", "it is a link to nothing, which is not there"),
            ("dangling/below", "dangling is a link to nothing"),
            ("device", "a device or a pipe, where a file is expected"),
            ("file/below", "Not a directory"),
            ("folder", "a folder, where a file is expected"),
            ("latin", "line 2 is not UTF-8"),
            ("loop", "symbolic links"),
            (long.as_str(), "too long"),
        ] {
            let error = text_of(&at(name)).unwrap_err().to_string();
            assert!(error.contains(said), "{name}: {error}");
            assert!(is_there(&at(name)), "{name}");
        }
        assert!(!is_there(&at("none")));
        assert!(names(&at("none")).unwrap().is_none());
        for name in ["dangling", "device", "file", "loop"] {
            assert!(names(&at(name)).is_err(), "{name}");
        }
        assert_eq!(names(&at("folder")).unwrap(), Some(Vec::new()));
    }

    #[test]
    fn what_is_staged_replaces_a_plain_file_only_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("folder")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        for name in ["folder", "dangling"] {
            let staged = Staged::new(&at(name), b"new", 0o600).unwrap();
            assert!(staged.replace().is_err(), "{name}");
            let staged = Staged::new(&at(name), b"new", 0o600).unwrap();
            assert_eq!(
                staged.add().unwrap_err().kind(),
                ErrorKind::AlreadyExists,
                "{name}"
            );
        }
        Staged::new(&at("file"), b"old", 0o600).unwrap().add().unwrap();
        Staged::new(&at("file"), b"new", 0o640)
            .unwrap()
            .replace()
            .unwrap();
        drop(Staged::new(&at("file"), b"dropped", 0o600).unwrap());
        assert_eq!(fs::read_to_string(at("file")).unwrap(), "new");
        let mode = fs::metadata(at("file")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        let left = names(folder.path()).unwrap().unwrap();
        assert_eq!(left, ["dangling", "file", "folder"]);
    }

    /// Files are written whole by [`Staged`], and by nothing else.
    #[test]
    fn nothing_else_writes_files() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![source.clone()];
        let mut others = Vec::new();
        while let Some(folder) = folders.pop() {
            for name in names(&folder).unwrap().unwrap() {
                let path = folder.join(&name);
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let place = path.strip_prefix(&source).unwrap().to_string_lossy().into_owned();
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                let words = [
                    "fs::write(",
                    "File::create",
                    "File::options(",
                    "OpenOptions",
                    "fs::rename(",
                    "fs::copy(",
                ];
                if !place.contains("tests") && words.iter().any(|word| code.contains(word)) {
                    others.push(place);
                }
            }
        }
        others.sort();
        // What npm has installed is moved by whole folders.
        assert_eq!(others, ["cli/install/npm.rs", "disk.rs"]);
    }
}
