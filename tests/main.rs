//! The product as its users meet it: `hijinks` as it was built, on real programs. The native run
//! is the oracle; every script runs under every engine.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod commands;
mod handlers;
mod interposing;
mod lsof;
mod recipes;
mod strace;
mod support;
mod trace;
mod transparency;
