//! `xBestIndex`: SQLite's constraints as an offer to the table, and the table's answer as a plan.
//!
//! The plan travels as the index string. What can't be said in it is not pushed: SQLite checks it
//! after us. Texts are only compared by us when SQLite would compare them byte by byte, and its LIKE
//! (which does not tell `a` from `A`) is `:ilike` to a script.
//!
//! # Safety
//! The index info is SQLite's own, for the time of the callback.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::slice;

use tables::{
    Accepted, Column, Direction, Nulls, Offer, OfferedQual, Op, Operand, Order, Plan, Qual, Result,
    Type, Value,
};

use crate::abi::{self, IndexConstraint, IndexConstraintUsage, IndexInfo};
use crate::api::Api;
use crate::module::RubyTable;
use crate::values;

const LIMIT: u8 = 73;
const OFFSET: u8 = 74;

fn op(code: u8) -> Option<Op> {
    Some(match code {
        2 => Op::Eq,
        4 => Op::Gt,
        8 => Op::Le,
        16 => Op::Lt,
        32 => Op::Ge,
        64 => Op::Match,
        65 => Op::Ilike,
        66 => Op::Glob,
        67 => Op::Regexp,
        68 => Op::Ne,
        69 => Op::IsNot,
        70 => Op::NotNull,
        71 => Op::Null,
        72 => Op::Is,
        _ => return None,
    })
}

/// Fills in the answer; `false` if there is no way to scan with these constraints.
pub(crate) unsafe fn choose(table: &RubyTable, info: *mut IndexInfo) -> Result<bool> {
    // SAFETY: SQLite's arrays have the lengths that it says.
    let (constraints, usage, orders) = unsafe {
        let count = |n: c_int| usize::try_from(n).unwrap_or(0);
        let constraints = parts((*info).constraints, count((*info).constraint_count));
        let usage = (*info).usage;
        let usage: &mut [IndexConstraintUsage] = if usage.is_null() {
            &mut []
        } else {
            slice::from_raw_parts_mut(usage, constraints.len())
        };
        (constraints, usage, parts((*info).order_by, count((*info).order_by_count)))
    };
    let api = &table.host.api;
    let columns = table.table.columns();
    let key = table.integer_key();
    // SQLite's -1 is the rowid: the integer key, if there is one.
    let place = |column: c_int| match usize::try_from(column) {
        Ok(index) => Some(index),
        Err(_) => key,
    };

    let mut offer = Offer::default();
    let mut offered = Vec::new();
    let mut plan = Plan::default();
    let mut argument = 0;
    let mut take = |usage: &mut IndexConstraintUsage, exact: bool| {
        argument += 1;
        usage.argv_index = argument;
        usage.omit = exact.into();
        Operand::Argument(usize::try_from(argument - 1).unwrap_or(0))
    };
    let (mut limit, mut offset) = (None, None);
    for (index, constraint) in constraints.iter().enumerate() {
        let usable = constraint.usable != 0;
        match constraint.op {
            LIMIT => limit = Some((index, usable)),
            OFFSET => offset = Some((index, usable)),
            _ => match place(constraint.column) {
                Some(column) if column < columns.len() => {
                    // SAFETY: the index of one of SQLite's constraints.
                    let known = unsafe { operator(api, info, index, constraint, &columns[column]) };
                    match known {
                        Some(op) => {
                            // A pragma changes what LIKE means: SQLite always looks again.
                            offer.more_quals |= op == Op::Ilike;
                            offer.quals.push(OfferedQual { column, op, usable });
                            offered.push(index);
                        }
                        None => offer.more_quals = true,
                    }
                }
                Some(column) if constraint.op == 2 => {
                    // A hidden column: an argument of a table-valued function.
                    let name = table.parameter(column - columns.len());
                    if !usable {
                        return Ok(false);
                    }
                    plan.params.push((name.into(), take(&mut usage[index], true)));
                }
                _ => offer.more_quals = true,
            },
        }
    }
    if !table.has_required(&plan) {
        return Ok(false);
    }
    for order in orders {
        let Some(column) = place(order.column).filter(|column| *column < columns.len()) else {
            offer.order.clear();
            break;
        };
        let (direction, nulls) = match order.desc {
            0 => (Direction::Asc, Nulls::First),
            _ => (Direction::Desc, Nulls::Last),
        };
        offer.order.push(Order { column, direction, nulls });
    }
    let unknown_order = offer.order.len() != orders.len();
    offer.limit = !unknown_order
        && limit.is_some_and(|(_, usable)| usable)
        && offset.is_none_or(|(_, usable)| usable);

    let accepted = table.table.definition().accept(columns, &offer);
    for qual in &accepted.quals {
        let OfferedQual { column, op, .. } = offer.quals[qual.index];
        let index = offered[qual.index];
        // MATCH has no meaning but the table's.
        let exact = op == Op::Match || (qual.exact && op != Op::Ilike);
        let operand = if op.takes_operand() {
            if op == Op::In {
                // SAFETY: asked before; now SQLite is told to hand over the whole list.
                unsafe { api.whole_in(info, c_int::try_from(index).unwrap_or(0), true) };
            }
            take(&mut usage[index], exact)
        } else {
            take(&mut usage[index], exact);
            Operand::Value(Value::Null)
        };
        plan.quals.push(Qual { column, op, operand });
    }
    if accepted.order && !unknown_order {
        plan.order.clone_from(&offer.order);
        // SAFETY: SQLite's own struct.
        unsafe { (*info).order_by_consumed = 1 }
    }
    if accepted.limit {
        if let Some((index, _)) = limit {
            plan.limit = Some(take(&mut usage[index], false));
        }
        if let Some((index, _)) = offset {
            plan.offset = Some(take(&mut usage[index], true));
        }
    }
    // SAFETY: SQLite's own struct.
    plan.columns = needed(table, unsafe { (*info).columns_used });
    // SAFETY: as above.
    unsafe { cost(table, info, &plan, &accepted, &offered, &offer)? };
    // SAFETY: as above.
    unsafe {
        (*info).index_string = table.host.text(&plan.to_text());
        (*info).free_index_string = 1;
    }
    Ok(true)
}

unsafe fn parts<'a, T>(start: *const T, count: usize) -> &'a [T] {
    // SAFETY: the caller's. An empty array may be null.
    if count == 0 { &[] } else { unsafe { slice::from_raw_parts(start, count) } }
}

/// What a constraint is to a table; `None` for what a table must not be asked.
unsafe fn operator(
    api: &Api,
    info: *mut IndexInfo,
    index: usize,
    constraint: &IndexConstraint,
    column: &Column,
) -> Option<Op> {
    let op = op(constraint.op)?;
    let number = c_int::try_from(index).unwrap_or(0);
    let compares =
        matches!(op, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Is | Op::IsNot);
    if compares && !matches!(column.ty, Type::Integer(_) | Type::Float(_) | Type::Boolean) {
        // SAFETY: one of SQLite's constraints.
        let collation = unsafe { api.vtab_collation(info, number) };
        // SAFETY: a name that SQLite keeps.
        let binary = !collation.is_null()
            && unsafe { CStr::from_ptr(collation) }.to_bytes().eq_ignore_ascii_case(b"binary");
        if !binary {
            return None;
        }
    }
    // SAFETY: as above.
    let whole = op == Op::Eq
        && column.ops.contains(&Op::In)
        && unsafe { api.whole_in(info, number, false) };
    Some(if whole { Op::In } else { op })
}

/// The columns that rows must have. A key is always among them: it is the rowid.
fn needed(table: &RubyTable, used: u64) -> Vec<usize> {
    let count = table.table.columns().len();
    let key = table.table.key().filter(|_| table.writable() || table.integer_key().is_some());
    let is_used = |index: &usize| used >> (*index).min(63) & 1 == 1 || key == Some(*index);
    (0..count).filter(is_used).collect()
}

/// What a table without an estimate is taken to hold.
const ROWS: f64 = 100_000.0;

unsafe fn cost(
    table: &RubyTable,
    info: *mut IndexInfo,
    plan: &Plan,
    accepted: &Accepted,
    offered: &[usize],
    offer: &Offer,
) -> Result<()> {
    let mut known = plan.clone();
    for (qual, taken) in known.quals.iter_mut().zip(&accepted.quals) {
        let index = c_int::try_from(offered[taken.index]).unwrap_or(0);
        // SAFETY: one of SQLite's constraints.
        if let Some(value) = unsafe { table.host.api.rhs_value(info, index) } {
            // SAFETY: SQLite keeps it for the time of the callback.
            qual.operand = Operand::Value(unsafe { values::owned(&table.host.api, value) });
        }
    }
    let said = table.table.class().estimate(table.table.columns(), &known)?;
    let mut rows = ROWS;
    for qual in &accepted.quals {
        rows /= match offer.quals[qual.index].op {
            Op::Eq | Op::Is | Op::In => 100.0,
            _ => 4.0,
        };
    }
    let rows = if said.unique { 1.0 } else { said.rows.unwrap_or(rows).max(1.0) };
    // SAFETY: SQLite's own struct.
    unsafe {
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        {
            (*info).estimated_rows = rows as i64;
        }
        (*info).estimated_cost = said.cost.unwrap_or(20.0 + rows * 2.0);
        if said.unique {
            (*info).index_flags |= abi::INDEX_SCAN_UNIQUE;
        }
    }
    Ok(())
}
