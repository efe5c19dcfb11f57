//! The engine on real programs, with handlers written in Rust; the program without us is the oracle.

mod answers;
mod support;
mod transparency;
