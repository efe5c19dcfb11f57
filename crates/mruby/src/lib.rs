//! Ruby inside Rust: a safe interface to mruby 3.2.
#![no_std]
#![deny(unsafe_code)]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod context;
mod convert;
mod data;
mod error;
mod method;
mod moved;
mod object;
mod root;
mod symbol;
mod value;
mod vm;

pub use context::{Context, Parked};
pub use convert::{FromRuby, IntoRuby};
pub use error::{Error, ErrorKind, Location, SyntaxError};
pub use method::Args;
pub use root::Root;
pub use symbol::{Name, Symbol};
pub use value::{Kind, Value};
pub use vm::{Options, Program, Scope, Vm};
