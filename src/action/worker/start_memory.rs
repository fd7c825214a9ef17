//! Gives back the memory that only the start of a worker has needed: most of what an idle worker would hold otherwise
//! is pages of this program that were read once (the list of relocations, the set-up of OpenSSL and of the sandbox).

use rustix::param::page_size;
use std::ffi::{c_int, c_void};
use std::ptr::{null_mut, with_exposed_provenance_mut};

/// Lets go of the pages of this program that can be read from its file again, and of the C library's free memory.
#[expect(unsafe_code, reason = "the C library has no safe interface")]
pub(super) fn give_back() {
    // SAFETY: the callback keeps to the interface, and nothing is handed through.
    unsafe {
        libc::dl_iterate_phdr(Some(of_object), null_mut());
        #[cfg(target_env = "gnu")]
        libc::malloc_trim(0);
    }
}

/// Called with this program first, and then no more.
#[expect(unsafe_code, reason = "reads what the loader tells of this program")]
unsafe extern "C" fn of_object(object: *mut libc::dl_phdr_info, _size: usize, _data: *mut c_void) -> c_int {
    // SAFETY: the loader hands in a valid description with so many headers.
    let (base, headers) = unsafe {
        let object = &*object;
        let count = usize::from(object.dlpi_phnum);
        (
            object.dlpi_addr,
            std::slice::from_raw_parts(object.dlpi_phdr, count),
        )
    };
    // What can be written to was changed when the program was loaded, also where it is read-only by now.
    let unchanged = headers
        .iter()
        .filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0);
    for header in unchanged {
        let (Ok(start), Ok(length)) = (
            usize::try_from(base + header.p_vaddr),
            usize::try_from(header.p_memsz),
        ) else {
            continue;
        };
        let first = start.next_multiple_of(page_size());
        let end = (start + length) / page_size() * page_size();
        // SAFETY: whole pages of one segment, which is mapped from the program's file and never written to: the
        // same bytes are read from there when they are needed. Where the kernel refuses, they stay.
        unsafe {
            libc::madvise(
                with_exposed_provenance_mut(first),
                end.saturating_sub(first),
                libc::MADV_DONTNEED,
            );
        }
    }
    1
}
