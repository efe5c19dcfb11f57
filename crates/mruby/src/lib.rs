//! Ruby inside Rust: a safe interface to mruby 3.2.
//!
//! ```
//! use std::rc::Rc;
//! use mruby::{Options, Value, Vm};
//!
//! # fn main() -> Result<(), mruby::Error> {
//! let vm = Vm::new(Options { instructions: Some(1_000_000), ..Options::default() })?;
//!
//! // Ruby from Rust: programs, methods, blocks.
//! let total = vm.eval("[1, 2, 3].sum", "sum.rb", 1)?;
//! assert_eq!(vm.to_rust::<i64>(total)?, 6);
//! let block = vm.root(vm.eval("proc { |name| \"hello #{name}\" }", "greet.rb", 1)?);
//! let text = vm.yield_block(block.value(), &[vm.to_ruby("world")?])?;
//! assert_eq!(vm.to_s(text), "hello world");
//!
//! // Rust from Ruby: a class whose objects have a Rust half.
//! struct File { path: String }
//! let class = vm.define_class(Value::NIL, "Opened", Value::NIL)?;
//! vm.define_method(class, "path", |vm, this, args| {
//!     args.arity(0..=0)?;
//!     vm.to_ruby(vm.data::<File>(this)?.path.as_str())
//! })?;
//! let file = vm.wrap(class, Rc::new(File { path: "/etc/motd".into() }))?;
//! let size = vm.eval("proc { path.size }", "file.rb", 1)?;
//! assert_eq!(vm.yield_with_self(file, size, &[])?.as_i64(), Some(9));
//!
//! // Errors are exceptions, both ways.
//! let error = vm.eval("loop { }", "endless.rb", 1).unwrap_err();
//! assert_eq!(error.kind(), mruby::ErrorKind::BudgetExceeded);
//! # Ok(()) }
//! ```
//!
//! | to do | use |
//! | --- | --- |
//! | open, limit | [`Vm::new`], [`Options`], [`Vm::set_poll`] (a deadline) |
//! | run programs | [`Vm::eval`]; [`Vm::parse`], [`Vm::run`], [`Program::mentions`]; bytecode: [`Vm::compile`], [`Vm::load`] |
//! | call | [`Vm::call`], [`Vm::call_with_block`], [`Vm::call_with_keywords`], [`Vm::yield_block`], [`Vm::yield_with_self`] (the cheapest) |
//! | be called | [`Vm::define_method`], [`Vm::define_singleton_method`], [`Vm::proc`], [`Args`] |
//! | own objects | [`Vm::data_class`], [`Vm::wrap`], [`Vm::data`], [`Vm::attach`], [`Vm::detach`] |
//! | move a block to another VM | [`Vm::take_apart`], [`Vm::put_together`] |
//! | convert | [`Vm::to_ruby`], [`Vm::to_rust`], [`IntoRuby`], [`FromRuby`] |
//! | keep | [`Vm::root`], [`Vm::scope`] |
//! | run several native stacks | [`Context`], [`Vm::enter`], [`Vm::park`] |
//!
//! Ruby files that belong to a crate are compiled to bytecode in its build script by
//! `mruby_build::Mrbc` and loaded with [`Vm::load`].
//!
//! # Safety
//!
//! The types leave one thing to the user, as every embedding of Ruby does: a [`Value`] does not
//! keep its object alive. Its documentation has the rule. Besides, a VM belongs to one thread (or to
//! threads that take turns under a lock), native stacks must [park](Vm::park) before control leaves
//! them, and bytecode is trusted. Scripts are trusted configuration too: the limits stop accidents,
//! they are no sandbox against an attacker.
//!
//! A native stack that is parked in Ruby is finished by resuming it (let the method return an
//! error to end it early). Unwinding it from outside, as dropping a coroutine may do, would
//! unwind C frames and aborts; abandoning it without unwinding leaks what lies on it and is safe.
//!
//! # The language
//!
//! mruby 3.2 is about Ruby 3.0, with `{x:, y:}`, endless `def`, `_1`, `&.`, `**nil`, `Data`, `Set`,
//! big integers and rationals, lazy enumerators and fibers. Missing in its parser: `case/in` and
//! `in` patterns, `it`, `BEGIN`, `alias $a $b`, `defined?` of what is not defined (it evaluates),
//! refinements. `private` and `protected` are accepted and do nothing. Left out on purpose: `eval`,
//! `binding`, `sleep`, `exit`, `puts`, files, sockets, `Time`, `Regexp`: the crate `stdlib` supplies
//! those over system calls of its own.
//!
//! What the parser makes of regular expressions, for whoever supplies `Regexp`
//! (`tests/value.rs` holds it to that):
//!
//! * `/a/` calls `Regexp.compile("a")`; `/a/mix` calls `Regexp.compile("a", "ixm")`: the letters
//!   `i`, `x`, `m` in this order; `/a/n` calls `Regexp.compile("a", nil, "n")`. At each execution:
//!   keep a cache. `Regexp` is looked up from the top level.
//! * the source is as written, but `\/` is `/`; interpolated parts are converted with `to_s`, so
//!   `Regexp#to_s` should answer `(?mix-…:…)`.
//! * `$~`, `$1`, `$&` are global variables of these names: set them after each match
//!   ([`Vm::set_global`]). They are not local to a method as in Ruby.
//! * `a =~ b` and `a !~ b` are calls of `=~` and `!~` on `a`, and `case` calls `===`. Named groups
//!   make no local variables.
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
