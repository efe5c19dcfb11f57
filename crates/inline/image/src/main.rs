//! The runtime that lives inside the program.
//!
//! It is mapped at a fixed address before the program's first instruction, shares nothing with the
//! program's libraries, uses no thread-local storage and no vector registers beyond SSE2 (checked
//! on the finished file by `crates/inline/build.rs`), and enters the kernel from `stubs.s` and
//! `gate.s` only. `docs/internals/inline.md` tells the whole story; in short:
//!
//! * `signal::on_sigsys` is entered when the filter stops a call. It runs no handler: it finds or
//!   makes the site's stub (`site`), patches the site if that is proved safe (`patch`), and makes
//!   the thread go on in the stub, as if it had jumped there.
//! * a stub claims a `context`, `entry.s` saves registers and calls [`dispatch::rt_dispatch`];
//! * `signal` delivers the program's signals exactly, wherever they find the thread;
//! * `task` makes threads and processes; `virt` is the calls the runtime must see to stay unseen.
#![no_std]
#![no_main]
#![deny(unsafe_code)]
#![allow(clippy::missing_safety_doc)]

mod assembly;
mod c_strings;
mod context;
mod decode;
mod dispatch;
mod guest;
mod heap;
mod init;
mod kernel;
#[path = "../../src/layout.rs"]
#[allow(dead_code)]
mod layout;
mod libc;
mod lock;
mod native;
mod patch;
mod ring;
mod ruby;
mod signal;
mod site;
mod task;
mod virt;
