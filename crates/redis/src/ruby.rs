//! What Ruby has here beside the language: regular expressions, JSON, Time, randomness; `puts` and
//! its like write to the server's log. There are no files, processes and sockets: a script in a server
//! reaches what the server gives it.
//!
//! # Safety
//! The one system call of the library's pure parts goes on to [`Native`], whose contract is the same.
#![allow(unsafe_code)]

use std::rc::Rc;

use mruby::{Error, Value, Vm};
use stdlib::{Host, Native, Parts, Stream};

use crate::context::{Level, log};

#[derive(Debug, Default)]
struct Server(Native);

impl Host for Server {
    unsafe fn syscall(&self, number: u64, args: [u64; 6]) -> i64 {
        // SAFETY: the caller's promise is passed on.
        unsafe { self.0.syscall(number, args) }
    }

    fn write(&self, stream: Stream, bytes: &[u8]) {
        let level = if stream == Stream::Out { Level::Notice } else { Level::Warning };
        log(level, &String::from_utf8_lossy(bytes));
    }

    fn environment(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }
}

/// Puts it into a VM.
pub fn install(vm: &Vm, kernel: Value, on_thread: bool) -> Result<(), Error> {
    stdlib::install(vm, Parts::PURE.with(Parts::OUTPUT), Rc::new(Server::default()))?;
    if !on_thread {
        vm.define_method(kernel, "sleep", |_, _, _| {
            Err(Error::runtime("sleep would stop the server: use background { sleep ... }"))
        })?;
    }
    Ok(())
}
