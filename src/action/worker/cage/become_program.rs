//! The one program that this process may become: the filter of system calls knows it by the address of its path.
//!
//! The path stands in a page that the kernel chose at random, for this process alone. The page is gone when the
//! program has taken over, so no later call can name it; and a program that was taken over would stay in the
//! same cage.

use super::error::CageError;
use super::program::Program;
use std::convert::Infallible;
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::ptr::{null, null_mut};

/// A program with its arguments, ready to take this process over.
pub(super) struct Becoming {
    node: PathBuf,
    path: *const libc::c_char,
    arguments: Vec<CString>,
}

impl Becoming {
    /// # Errors
    /// There is no memory for the path, or a text holds a zero byte.
    pub fn new(program: &Program, arguments: &[String]) -> Result<Self, CageError> {
        let path = CString::new(program.path.as_os_str().as_bytes()).map_err(|_| CageError::ZeroByte {
            what: "the path of node",
        })?;
        let own = OWN_ARGUMENTS.map(str::to_owned);
        let arguments = [&own[..], arguments].concat().into_iter().map(CString::new);
        let mut all = vec![path.clone()];
        all.extend(
            arguments
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| CageError::ZeroByte {
                    what: "an argument of node",
                })?,
        );
        let failed = |source| CageError::Exec {
            node: program.path.clone(),
            source,
        };
        Ok(Self {
            node: program.path.clone(),
            path: in_a_page_of_its_own(&path).map_err(failed)?,
            arguments: all,
        })
    }

    /// What the filter has to let pass.
    pub fn address_of_path(&self) -> u64 {
        self.path as u64
    }

    /// Becomes the program.
    ///
    /// # Errors
    /// The kernel refuses it.
    #[expect(
        unsafe_code,
        reason = "only this call hands over the very address of the path"
    )]
    pub fn become_it(self) -> Result<Infallible, CageError> {
        let mut arguments: Vec<_> = self.arguments.iter().map(|text| text.as_ptr()).collect();
        arguments.push(null());
        let environment = [ENVIRONMENT.as_ptr(), null()];
        // SAFETY: each pointer is to a text that ends with a zero byte, each list ends with a null pointer, and
        // all of them live through the call.
        unsafe { libc::execve(self.path, arguments.as_ptr(), environment.as_ptr()) };
        Err(CageError::Exec {
            node: self.node,
            source: io::Error::last_os_error(),
        })
    }
}

/// The system's configuration of OpenSSL is not readable, which would end Node.js at its start.
const OWN_ARGUMENTS: [&str; 1] = ["--openssl-config=/dev/null"];

/// All of it. Without a time zone Node.js would look for that of the machine.
const ENVIRONMENT: &std::ffi::CStr = c"TZ=UTC";

#[expect(unsafe_code, reason = "a page is asked of the kernel")]
fn in_a_page_of_its_own(path: &CString) -> io::Result<*const libc::c_char> {
    let bytes = path.as_bytes_with_nul();
    let read_and_write = libc::PROT_READ | libc::PROT_WRITE;
    let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping that nothing else uses; what is copied fits into it.
    unsafe {
        let page = libc::mmap(null_mut(), bytes.len(), read_and_write, private, -1, 0);
        if page == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        page.cast::<u8>()
            .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        Ok(page.cast::<libc::c_char>().cast_const())
    }
}
