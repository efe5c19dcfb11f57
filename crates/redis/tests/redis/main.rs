//! The module in a real server: what each of its words does, and what becomes of bad input.

mod answers;
mod background;
mod commands;
mod durability;
mod events;
mod faults;
mod limits;
mod resp;
mod rights;
mod scripts;
mod server;
