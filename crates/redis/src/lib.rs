//! Ruby in Redis and Valkey: commands, events and background work as blocks.
//!
//! ```ruby
//! command "cart.add", keys: 1..1, args: [:key, :integer], flags: [:write] do |cart, n|
//!   redis.incrby cart, n
//! end
//! ```
//!
//! The server loads this library as a module. It needs nothing at build time: `api` finds the
//! server's functions by name, so that one binary serves Redis from 6.2 on and Valkey.
//!
//! The server's thread has one VM (`runtime`) with the scripts of the `library`; `host` holds
//! it all together. A command comes in through `entry`, is looked up, its arguments are converted
//! (`definition`), its block is called, its value is the `answer`. What the block asks of the
//! server goes through `calls`. `background` work has threads and VMs of its own.
//!
//! `unsafe` is in `api`, `context` and `entry`, and a line of it in `ruby`.
#![deny(unsafe_code)]

mod answer;
#[allow(missing_docs, reason = "the server's header documents its types")]
mod api;
mod background;
mod calls;
mod carry;
mod context;
mod definition;
mod entry;
mod events;
mod faults;
mod host;
mod library;
mod limits;
mod natives;
mod panics;
mod ruby;
mod runtime;
mod settings;
mod sha1;
mod words;
