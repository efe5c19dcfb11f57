//! Every system call of Linux on x86-64: number, name, groups, arguments, flags, structs, errno.
#![no_std]
extern crate alloc;

mod memory;

pub use memory::{Addr, Fault, Memory};
