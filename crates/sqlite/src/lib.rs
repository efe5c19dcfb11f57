//! Ruby tables, functions and collations in SQLite: a loadable extension for SQLite 3.34 and later.
//!
//! ```sql
//! .load target/release/libhijinks_sqlite
//! CREATE VIRTUAL TABLE users USING ruby(script='users.rb', url='http://127.0.0.1/');
//! SELECT ruby_load('functions.rb');
//! ```
//!
//! How it works: `entry` gets SQLite's function table (`api`), makes one `host` per connection
//! and registers the module `ruby` (`module`) and the functions `ruby_eval`, `ruby_load` and
//! `ruby_import` (`builtin`). What a table or function is, and all that runs Ruby, is the crate
//! `tables`; here SQLite's words are put into its, and back.
//!
//! What it promises: whatever a script does, and whatever fault is in here, ends as an SQL error.
//! Every callback goes through `guard`, so that no panic reaches SQLite.

#![deny(unsafe_code)]

mod abi;
mod api;
mod arguments;
mod builtin;
mod cursor;
mod entry;
mod function;
mod guard;
mod host;
mod index;
mod module;
mod values;
mod write;
