//! The handlers of a script: `script::Script`, loaded once in a template process and found in every
//! program of the run as the template left it.
//!
//! # Safety
//! The script is set in the template, which has one thread, and used under `lock::HANDLERS` only.
#![allow(unsafe_code)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use engine::{Event, Handler};
use script::{Host, Kernel, OnError, Options, Script, Stream};

use crate::layout::{Bytes, HEAP_LEN, List, Request, SLOT};
use crate::{dispatch, guest, heap, kernel, ring};

struct Loaded(UnsafeCell<Option<Script>>);
// SAFETY: see the module.
unsafe impl Sync for Loaded {}
static SCRIPT: Loaded = Loaded(UnsafeCell::new(None));

/// The script, if the handlers are one's.
pub fn script() -> Option<&'static Script> {
    if dispatch::config().script == 0 {
        return None;
    }
    // SAFETY: see the module.
    unsafe { (*SCRIPT.0.get()).as_ref() }
}

/// Tells the script of a process that it has not heard of.
pub fn announce(script: &Script) {
    if let Some(pid) = guest::newcomer() {
        script.event(&Event::Start { pid });
    }
}

/// Prints by way of the supervisor.
struct Terminal;

impl Host for Terminal {
    fn write(&mut self, stream: Stream, text: &[u8]) {
        ring::write(stream as u32, text);
    }

    fn ask(&mut self, _: &str) -> Option<bool> {
        None
    }
}

/// # Safety
/// As the call itself.
unsafe fn raw(number: u64, args: [u64; 6]) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { kernel::call(number, &args) }
}

fn bytes(bytes: &Bytes) -> &[u8] {
    // SAFETY: the host passes memory that outlives the request.
    unsafe { core::slice::from_raw_parts(bytes.at, bytes.len) }
}

fn list(list: &List) -> impl Iterator<Item = &[u8]> {
    // SAFETY: the host passes memory that outlives the request.
    unsafe { core::slice::from_raw_parts(list.at, list.len) }.iter().map(bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Loads a script: called once, in the template process, by the host.
///
/// # Safety
/// The image, its heap and the ring are mapped; nobody else runs in them.
pub unsafe extern "C" fn rt_template(request: &mut Request) {
    let pairs = |of: &List| -> Vec<(Vec<u8>, Vec<u8>)> {
        let all: Vec<&[u8]> = list(of).collect();
        all.chunks_exact(2).map(|pair| (pair[0].to_vec(), pair[1].to_vec())).collect()
    };
    let sources: Vec<(String, String)> =
        pairs(&request.sources).iter().map(|(name, source)| (text(name), text(source))).collect();
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(name, source)| (name.as_str(), source.as_str())).collect();
    let options = Options {
        home: text(bytes(&request.home)),
        cwd: text(bytes(&request.cwd)),
        arguments: list(&request.arguments).map(<[u8]>::to_vec).collect(),
        environment: pairs(&request.environment),
        seed: request.seed,
        on_error: match request.on_error {
            0 => OnError::Pass,
            1 => OnError::Fail,
            _ => OnError::Abort,
        },
        memory: HEAP_LEN as usize / 2,
        native_stack: SLOT as usize - (96 << 10),
        ..Options::new(Kernel::new(raw))
    };
    let message = match Script::load(&sources, options, Box::new(Terminal)) {
        Ok(script) => {
            request.calls = *script.calls().words();
            // SAFETY: see the module.
            unsafe { *SCRIPT.0.get() = Some(script) };
            request.loaded = true;
            String::new()
        }
        Err(error) => {
            request.line = error.line.map_or(0, |line| line as u32);
            let file = error.file.clone().unwrap_or_default();
            let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{file}{line}: {}", error.message.to_string())
        }
    };
    let len = message.len().min(request.message.len());
    request.message[..len].copy_from_slice(&message.as_bytes()[..len]);
    request.message_len = len;
    request.heap_top = heap::top();
}
