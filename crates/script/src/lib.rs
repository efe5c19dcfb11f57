//! The Ruby API: words, the call object, handlers and their order, over the engine's contract.
//!
//! A [`Script`] is an [`engine::Handler`]. Loading runs the top level of the sources, whose words
//! (`on`, `replace`, `tally`) write a [`book::Book`] of rules. At a call the rules of that call form
//! a chain ([`run::Run::down`]): filters are checked natively, and only a rule that matches enters
//! Ruby, with a call object that decodes what is asked for and nothing else.
//!
//! | file | holds |
//! | --- | --- |
//! | `words`, `book` | what a script says, and what is kept of it |
//! | `constants`, `bytecode`, `nearest` | misspelt names, found at load |
//! | `run` | the way of a call through its rules; contexts, errors, timers |
//! | `filter`, `facts`, `glob` | what narrows a rule, what it looks at |
//! | `under_way`, `live` | one call: arguments, data, result; the program while it is at hand |
//! | `call_object`, `values`, `answer` | `c`, decoded values in Ruby and back |
//! | `natives`, `prelude/*.rb` | value objects (`Flags`, `Fd`, `Stat`), written in Ruby |
//! | `fds`, `process`, `dns` | who opened what, what runs, which name an address has |
//! | `tally`, `stats` | tables |
//!
//! `no_std` and `alloc`: the same code is meant to run inside a program, without a C library.
#![no_std]
#![deny(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod answer;
pub mod book;
mod bytecode;
mod call_object;
mod constants;
pub mod dns;
mod facts;
pub mod fds;
pub mod filter;
pub mod glob;
pub mod kernel;
pub mod line;
mod live;
mod natives;
mod nearest;
pub mod process;
pub mod run;
mod script;
pub mod stats;
pub mod tally;
pub mod under_way;
mod values;
mod words;
pub mod world;

pub use book::{LoadError, LoadResult};
pub use kernel::Kernel;
pub use run::{Host, OnError, Stream};
pub use script::{Options, Script};
