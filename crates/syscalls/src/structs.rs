//! Structs of the kernel's interface: one line a field, read and written by the same line.

pub mod control;
pub mod dirent;
