//! `xUpdate` and SQLite's transactions.
//!
//! # Safety
//! The values are those of the callback that is running.
#![allow(unsafe_code)]

use tables::{Error, Kind, Result, Row, Value};

use crate::abi;
use crate::module::RubyTable;
use crate::values;

/// `ON CONFLICT REPLACE`
const REPLACE: i32 = 5;

/// One write. The arguments are: the old key, then (not for DELETE) the new key and all columns.
/// Answers the new row's id.
pub(crate) unsafe fn update(
    table: &RubyTable,
    arguments: &[*mut abi::Value],
) -> Result<Option<i64>> {
    let api = &table.host.api;
    // SAFETY: the arguments of the running call.
    let old = arguments.first().map_or(Value::Null, |v| unsafe { values::owned(api, *v) });
    let known = table.table.key();
    if old != Value::Null && known.is_none() {
        let class = &table.table.definition().class;
        let text = format!("{class} has no key: say `key: true` of the column that names a row");
        return Err(Error::Definition(text));
    }
    if arguments.len() <= 1 {
        table.table.delete(&old)?;
        return Ok(None);
    }
    let count = table.table.columns().len();
    let mut row: Row = Vec::with_capacity(count);
    for value in arguments.iter().skip(2).take(count) {
        // SAFETY: as above.
        unsafe {
            let same = old != Value::Null && api.value_nochange(*value) != 0;
            row.push((!same).then(|| values::owned(api, *value)));
        }
    }
    // `INSERT INTO t(rowid, …)`, `UPDATE t SET rowid = …`: the rowid is the key.
    if let Some(key) = table.integer_key() {
        // SAFETY: as above.
        let new = unsafe { values::owned(api, arguments[1]) };
        let given = row[key].as_ref().is_some_and(|value| *value != Value::Null);
        if new != Value::Null && (!given || (old != Value::Null && new != old)) {
            row[key] = Some(new);
        }
        // A key that stays as it is is no change.
        if old != Value::Null && row[key].as_ref() == Some(&old) {
            row[key] = None;
        }
    }
    if old != Value::Null {
        table.table.update(&old, &row)?;
        return Ok(None);
    }
    let key = match table.table.insert(&row) {
        Err(error) if error.kind() == Kind::Constraint => {
            // SAFETY: only asked in `xUpdate`.
            let replace = unsafe { api.vtab_on_conflict(table.host.db) } == REPLACE;
            let taken = known.and_then(|key| row[key].clone()).filter(|key| *key != Value::Null);
            let (true, Some(taken)) = (replace, taken) else { return Err(error) };
            table.table.delete(&taken)?;
            table.table.insert(&row)?
        }
        result => result?,
    };
    let given = known.and_then(|key| row[key].clone());
    Ok(match (key, given) {
        (Value::Integer(id), _) | (_, Some(Value::Integer(id))) => Some(id),
        _ => None,
    })
}
