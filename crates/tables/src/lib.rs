//! Tables, functions and collations written in Ruby, for any database.
//!
//! A host (`sqlite`, `postgres`) only translates. It asks a [`Definition`] what the table's columns
//! are and which parts of a query the table takes over, hands a [`Plan`] to the table, and reads
//! typed [`Cell`]s from batches of rows. What Ruby does, what it may cost, what a wrong value is and
//! how an exception reads are decided here, once.
//!
//! What the crate promises: an exception in a script, a row that is too short, a value of the wrong
//! type, a loop without end are all an [`Error`] with the Ruby message, class and line; none is a
//! panic, and none ends a scan as if there were no more rows.

#![deny(unsafe_code)]

mod batch;
mod class;
mod coerce;
mod column;
mod coroutine;
mod definition;
mod error;
mod function;
mod json;
mod plan;
mod ruby;
mod runtime;
mod scan;
mod script;
mod table;
mod value;

pub use batch::RowBatch;
pub use class::{Class, Import, Only};
pub use column::{Column, Type};
pub use definition::{
    Accepted, AcceptedQual, Definition, Estimate, Offer, OfferedQual, TableOption,
};
pub use error::{Error, Kind, Raised, Result};
pub use function::{Function, Group, Purpose};
pub use json::{is_json, quote};
pub use plan::{Direction, Nulls, Op, Operand, Order, Plan, Qual};
pub use runtime::{Runtime, Setup};
pub use scan::Scan;
pub use script::Script;
pub use stdlib::Parts;
pub use table::{Row, Table, Transaction};
pub use value::{Cell, Timestamp, Value};
