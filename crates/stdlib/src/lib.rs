//! What scripts expect of Ruby and mruby 3.2 lacks.
//!
//! [`install`] puts the [`Parts`] an embedder wants into a VM: `Regexp`, `JSON`, `Time`, `Errno`,
//! `File`, `puts`, and the methods of the core classes that every Rubyist reaches for. Everything
//! that asks the system goes through one trait, [`Host`], so the library needs neither `std` nor a
//! C library.
//!
//! * Pure, without a VM: [`regex`] (Onigmo's language), [`clock`] (calendar, zones, `strftime`),
//!   [`path`].
//! * `prelude/*.rb` is the part written in Ruby, compiled when this crate is built. `core.rb` is
//!   loaded at once, the others when one of their constants is first asked for.
//!
//! Where it is not CRuby: Strings carry no encoding (they are bytes, read as UTF-8 where they are);
//! `$~` and its kin are ordinary globals, not local to a method; `$!` stays nil; `JSON` writes bytes
//! that are not UTF-8 as U+FFFD; `ENV` is a copy. `tests/expressions.txt` has a thousand expressions
//! that answer the same, `tests/ruby/*.rb` run under both.
#![no_std]
#![deny(unsafe_code)]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod clock;
mod errors;
mod files;
mod glob;
mod host;
mod json;
pub mod kernel;
#[cfg(feature = "std")]
mod native;
mod numbers;
mod output;
mod parts;
pub mod path;
mod process;
mod random;
pub mod regex;
mod regexp;
mod socket;
mod strings;
mod text;
mod time;

pub use host::{Host, Stream};
#[cfg(feature = "std")]
pub use native::Native;
pub use parts::{Parts, finish, install};
