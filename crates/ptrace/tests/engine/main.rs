//! The engine on real programs, with handlers written in Rust; the program without us is the oracle.
#![allow(clippy::unwrap_used)]

mod answers;
mod attached;
mod foreign;
mod interrupted;
mod refusals;
mod supervisor;
mod support;
mod time;
mod transparency;
mod trees;
