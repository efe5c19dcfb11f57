//! Loading a script once: in a child of our own that maps the image as programs will, and leaves
//! data and heap behind as the snapshot that all of them start with.
//!
//! # Safety
//! The child has one thread, maps the image at its fixed address, where nothing of ours lies, calls
//! its entry, writes the snapshot and ends; nothing of the parent's is touched but the request, which
//! lies in shared memory.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

use engine::CallSet;
use inline::layout::{Bytes, HEAP, HEAP_LEN, List, Request};

use crate::loader::{Loader, Mapping};
use crate::{Error, OnError, Script, sys};

/// A script as its template left it.
#[derive(Debug)]
pub struct Snapshot {
    /// What it wants to see.
    pub calls: CallSet,
    /// End of its heap.
    pub heap_top: u64,
}

fn bytes(text: &[u8]) -> Bytes {
    Bytes { at: text.as_ptr(), len: text.len() }
}

fn list(all: &[Bytes]) -> List {
    List { at: all.as_ptr(), len: all.len() }
}

/// Loads the script and writes the snapshot to the loader's file.
pub fn load(loader: &Loader, script: &Script<'_>) -> Result<Snapshot, Error> {
    let sources: Vec<Bytes> = script
        .sources
        .iter()
        .flat_map(|(name, text)| [bytes(name.as_bytes()), bytes(text.as_bytes())])
        .collect();
    let arguments: Vec<Bytes> = script.arguments.iter().map(|a| bytes(a)).collect();
    let environment: Vec<Bytes> =
        script.environment.iter().flat_map(|(n, v)| [bytes(n), bytes(v)]).collect();
    let request = Request {
        sources: list(&sources),
        arguments: list(&arguments),
        environment: list(&environment),
        home: bytes(script.home.as_bytes()),
        cwd: bytes(script.cwd.as_bytes()),
        seed: script.seed,
        on_error: match script.on_error {
            OnError::Pass => 0,
            OnError::Fail => 1,
            OnError::Abort => 2,
        },
        loaded: false,
        calls: [0; 8],
        heap_top: HEAP,
        line: 0,
        message_len: 0,
        message: [0; 2048],
    };
    let shared = sys::nameless_file().and_then(|file| {
        file.set_len(size_of::<Request>() as u64)?;
        sys::map_shared(&file, 0, size_of::<Request>() as u64)
    });
    let shared = shared.map_err(|e| Error::Kernel("memfd_create", e))?.cast::<Request>();
    // SAFETY: a mapping of our own of that size, page-aligned.
    unsafe { shared.write(request) };
    let maps = loader.template_mappings();
    // SAFETY: see the module.
    let child = unsafe { libc::fork() };
    if child < 0 {
        return Err(Error::Kernel("fork", io::Error::last_os_error()));
    }
    if child == 0 {
        // SAFETY: see the module.
        unsafe { in_child(loader, &maps, &mut *shared) };
    }
    let status = sys::wait_for(child).map_err(|e| Error::Kernel("waitpid", e))?;
    // SAFETY: the child, which alone wrote to it, is gone.
    let answer = unsafe { shared.read() };
    sys::unmap(shared.cast(), size_of::<Request>() as u64);
    if !answer.loaded {
        let said = String::from_utf8_lossy(&answer.message[..answer.message_len]).into_owned();
        return Err(if said.is_empty() { Error::Template(status) } else { Error::Script(said) });
    }
    if !libc::WIFEXITED(status) || libc::WEXITSTATUS(status) != 0 {
        return Err(Error::Template(status));
    }
    let is_wanted = |nr: &u64| answer.calls[(nr / 64) as usize] >> (nr % 64) & 1 != 0;
    Ok(Snapshot { calls: (0..512).filter(is_wanted).collect(), heap_top: answer.heap_top })
}

/// # Safety
/// See the module.
unsafe fn in_child(loader: &Loader, maps: &[Mapping], request: &mut Request) -> ! {
    // SAFETY: see the module.
    unsafe {
        let fd = loader.file.as_raw_fd();
        for map in maps {
            let at = map.address as *mut libc::c_void;
            let (prot, flags) = (map.protection as i32, map.flags as i32);
            let got = libc::mmap(at, map.len as usize, prot, flags, fd, map.offset as i64);
            if got != at {
                libc::_exit(1);
            }
        }
        let entry: unsafe extern "C" fn(&mut Request) =
            std::mem::transmute(loader.header().template as *const ());
        entry(request);
        if !request.loaded || request.heap_top > HEAP + HEAP_LEN {
            libc::_exit(0);
        }
        for (address, len, offset) in loader.snapshot_parts(request.heap_top) {
            let mut done = 0;
            while done < len {
                let from = ptr::without_provenance(address as usize + done);
                let n = libc::pwrite(fd, from, len - done, (offset as usize + done) as i64);
                if n <= 0 {
                    libc::_exit(2);
                }
                done += n as usize;
            }
        }
        libc::_exit(0)
    }
}
