//! A scan from SQLite's side: `xFilter`, `xNext`, `xEof`, `xColumn`, `xRowid`.
//!
//! # Safety
//! The values and the index string are those of the callback that is running.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};

use tables::{Cell, Column, Error, Op, Operand, Plan, Result, Scan, Type, Value};

use crate::abi::{self, Context, VtabCursor};
use crate::api::Api;
use crate::module::RubyTable;
use crate::values;

/// One cursor.
#[repr(C)]
pub(crate) struct RubyCursor {
    /// SQLite's part, which must come first.
    pub(crate) base: VtabCursor,
    scan: Option<Scan>,
    /// The last plan with its text: the inner side of a join gets the same one again and again.
    plan: Option<(String, Plan)>,
    /// The arguments of a table-valued function.
    params: Vec<(String, Value)>,
}

impl RubyCursor {
    pub(crate) fn new() -> RubyCursor {
        let base = VtabCursor { vtab: std::ptr::null_mut() };
        RubyCursor { base, scan: None, plan: None, params: Vec::new() }
    }

    /// Starts, or starts again.
    pub(crate) unsafe fn filter(
        &mut self,
        table: &RubyTable,
        index_string: *const c_char,
        arguments: &[*mut abi::Value],
    ) -> Result<()> {
        self.scan = None;
        // SAFETY: the text of `xBestIndex`.
        let text = unsafe { CStr::from_ptr(index_string) }.to_bytes();
        if self.plan.as_ref().is_none_or(|(known, _)| known.as_bytes() != text) {
            let text = String::from_utf8_lossy(text).into_owned();
            let plan = Plan::from_text(&text)
                .ok_or_else(|| Error::Fault("an index string that is not ours".into()))?;
            self.plan = Some((text, plan));
        }
        let (_, plan) = self.plan.as_ref().expect("set above");
        // SAFETY: the arguments of this call.
        let Some(plan) = (unsafe { bind(&table.host.api, table.table.columns(), plan, arguments) })
        else {
            return Ok(());
        };
        self.params.clear();
        for (name, operand) in &plan.params {
            if let Operand::Value(value) = operand {
                self.params.push((name.clone(), value.clone()));
            }
        }
        self.scan = Some(table.table.scan(&plan)?);
        self.next()
    }

    /// Steps; after the last row the scan is gone.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<()> {
        let more = self.scan.as_mut().map_or(Ok(false), Scan::advance);
        if !matches!(more, Ok(true)) {
            self.scan = None;
        }
        more.map(drop)
    }

    #[inline]
    pub(crate) fn at_end(&self) -> bool {
        self.scan.is_none()
    }

    #[inline]
    pub(crate) unsafe fn column(&self, table: &RubyTable, context: *mut Context, index: usize) {
        let api = &table.host.api;
        // SAFETY: the context of the running call.
        unsafe {
            // In an UPDATE, a column that stays as it is need not be fetched.
            if table.writable()
                && api.vtab_nochange(context) != 0
                && table.table.key() != Some(index)
            {
                return;
            }
            let columns = table.table.columns();
            let (Some(scan), Some(column)) = (&self.scan, columns.get(index)) else {
                let name = table.parameter(index.saturating_sub(columns.len()));
                let param = self.params.iter().find(|(known, _)| known == name);
                let cell = param.map_or(Cell::Null, |(_, value)| value.as_cell());
                values::answer(api, context, cell, &Type::Any);
                return;
            };
            scan.with_cell(index, |cell| values::answer(api, context, cell, &column.ty));
        }
    }

    pub(crate) fn rowid(&self, table: &RubyTable) -> i64 {
        let Some(scan) = &self.scan else { return 0 };
        let number = || i64::try_from(scan.row_number()).unwrap_or(i64::MAX);
        match table.integer_key() {
            Some(key) => scan.with_cell(key, |cell| match cell {
                Cell::Integer(id) => id,
                _ => number(),
            }),
            None => number(),
        }
    }
}

/// The plan with the values of this scan; `None` if no row can fulfil it.
///
/// SQLite hands operands over as written: `id = '5'` comes with a text, though it compares numbers.
unsafe fn bind(
    api: &Api,
    columns: &[Column],
    plan: &Plan,
    arguments: &[*mut abi::Value],
) -> Option<Plan> {
    let value = |operand: &Operand| match operand {
        Operand::Argument(n) => {
            // SAFETY: the arguments of the running call.
            let look = |value: &*mut abi::Value| unsafe { values::owned(api, *value) };
            arguments.get(*n).map_or(Value::Null, look)
        }
        Operand::Value(value) => value.clone(),
    };
    let mut bound = Plan { columns: plan.columns.clone(), ..Plan::default() };
    bound.order.clone_from(&plan.order);
    for qual in &plan.quals {
        let column = columns.get(qual.column)?;
        let mut qual = qual.clone();
        if qual.op == Op::In {
            let Operand::Argument(n) = qual.operand else { return None };
            let mut list = Vec::new();
            // SAFETY: a list that was asked for in `xBestIndex`.
            unsafe {
                api.each_in(*arguments.get(n)?, |v| {
                    if let Fit::Value(v) = fit(&column.ty, Op::Eq, values::owned(api, v)) {
                        list.push(v);
                    }
                });
            }
            if list.is_empty() {
                return None;
            }
            qual.operand = Operand::Value(Value::List(list));
        } else if qual.op.takes_operand() {
            match fit(&column.ty, qual.op, value(&qual.operand)) {
                Fit::Value(value) => qual.operand = Operand::Value(value),
                Fit::Never => return None,
            }
        }
        bound.quals.push(qual);
    }
    for (name, operand) in &plan.params {
        bound.params.push((name.clone(), Operand::Value(value(operand))));
    }
    // A negative limit is none.
    let count = |operand: &Option<Operand>| match operand.as_ref().map(value) {
        Some(Value::Integer(n)) if n >= 0 => Some(Operand::Value(Value::Integer(n))),
        _ => None,
    };
    bound.limit = count(&plan.limit);
    bound.offset = count(&plan.offset);
    Some(bound)
}

enum Fit {
    /// Compare with that.
    Value(Value),
    /// No value does.
    Never,
}

/// An operand as the column's affinity makes it.
fn fit(ty: &Type, op: Op, value: Value) -> Fit {
    if matches!(op, Op::Is | Op::IsNot) {
        return Fit::Value(value);
    }
    if value == Value::Null {
        return Fit::Never;
    }
    match (ty, value) {
        (Type::Integer(_) | Type::Float(_) | Type::Numeric, Value::Text(text)) => {
            let trimmed = text.trim();
            if let Ok(i) = trimmed.parse::<i64>() {
                return Fit::Value(Value::Integer(i));
            }
            match trimmed.parse::<f64>() {
                Ok(f) if f.is_finite() => Fit::Value(Value::Float(f)),
                _ => above_all_numbers(op, Value::Text(text)),
            }
        }
        (Type::Integer(_) | Type::Float(_) | Type::Numeric, blob @ Value::Blob(_)) => {
            above_all_numbers(op, blob)
        }
        (Type::Text, Value::Integer(i)) => Fit::Value(Value::Text(i.to_string())),
        (Type::Text, Value::Float(f)) => Fit::Value(Value::Text(format!("{f:?}"))),
        (_, value) => Fit::Value(value),
    }
}

/// In SQLite's order of types every text and blob is above every number.
fn above_all_numbers(op: Op, value: Value) -> Fit {
    match op {
        // What every number fulfils, and NULL does not.
        Op::Lt | Op::Le => Fit::Value(Value::Float(f64::INFINITY)),
        Op::Eq | Op::Gt | Op::Ge => Fit::Never,
        _ => Fit::Value(value),
    }
}
