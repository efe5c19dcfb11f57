//! From a host's value to Ruby's: operands of conditions, rows to write, arguments of functions.

use mruby::{Value as Ruby, Vm};

use crate::{Cell, Column, Operand, Plan, Type, Value};

/// A value as Ruby sees it. A JSON document becomes what it describes, a moment a `Time`.
pub(crate) fn to_ruby(vm: &Vm, cell: Cell<'_>) -> Result<Ruby, mruby::Error> {
    match cell {
        Cell::Null => Ok(Ruby::NIL),
        Cell::Bool(b) => Ok(b.into()),
        Cell::Integer(i) => vm.integer(i),
        Cell::Float(f) => vm.float(f),
        Cell::Text(s) => vm.string(s),
        Cell::Blob(b) => vm.string(b),
        Cell::Json(text) => match serde_json::from_str(text) {
            Ok(document) => from_json(vm, &document),
            Err(_) => vm.string(text),
        },
        Cell::Timestamp(t) => {
            let Ok(time) = vm.constant("Time") else { return vm.string(t.to_string()) };
            let seconds = vm.integer(t.micros.div_euclid(1_000_000))?;
            let micros = vm.integer(t.micros.rem_euclid(1_000_000))?;
            vm.call(time, "at", &[seconds, micros])
        }
        Cell::List(list) => {
            let items: Result<Vec<_>, _> = list.iter().map(|v| to_ruby(vm, v.as_cell())).collect();
            vm.array(&items?)
        }
    }
}

fn from_json(vm: &Vm, document: &serde_json::Value) -> Result<Ruby, mruby::Error> {
    use serde_json::Value as Json;
    match document {
        Json::Null => Ok(Ruby::NIL),
        Json::Bool(b) => Ok((*b).into()),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => vm.integer(i),
            (None, Some(f)) => vm.float(f),
            (None, None) => vm.string(n.to_string()),
        },
        Json::String(s) => vm.string(s),
        Json::Array(list) => {
            let items: Result<Vec<_>, _> = list.iter().map(|item| from_json(vm, item)).collect();
            vm.array(&items?)
        }
        Json::Object(pairs) => {
            let hash = vm.hash()?;
            for (key, item) in pairs {
                let item = from_json(vm, item)?;
                vm.hash_set(hash, vm.string(key)?, item)?;
            }
            Ok(hash)
        }
    }
}

/// A value for a column of that type: hosts with fewer types than Ruby give 1 for `true`.
pub(crate) fn for_column(vm: &Vm, column: &Column, value: &Value) -> Result<Ruby, mruby::Error> {
    match (&column.ty, value) {
        (Type::Boolean, Value::Integer(i)) => Ok((*i != 0).into()),
        (Type::Json, Value::Text(text)) => to_ruby(vm, Cell::Json(text)),
        (_, Value::List(list)) => {
            let items: Result<Vec<_>, _> =
                list.iter().map(|value| for_column(vm, column, value)).collect();
            vm.array(&items?)
        }
        _ => to_ruby(vm, value.as_cell()),
    }
}

fn symbol(vm: &Vm, name: &str) -> Result<Ruby, mruby::Error> {
    vm.intern(name).map(Into::into)
}

fn operand(vm: &Vm, operand: &Operand) -> Result<Ruby, mruby::Error> {
    match operand {
        Operand::Value(value) => to_ruby(vm, value.as_cell()),
        Operand::Argument(_) => Ok(Ruby::NIL),
    }
}

/// The `q` of `each(q)`.
pub(crate) fn query(vm: &Vm, columns: &[Column], plan: &Plan) -> Result<Ruby, mruby::Error> {
    let name = |index: usize| {
        symbol(vm, columns.get(index).map_or("rowid", |column| column.name.as_str()))
    };
    let mut needed = Vec::new();
    for &index in &plan.columns {
        needed.push(name(index)?);
    }
    let mut quals = Vec::new();
    for qual in &plan.quals {
        let right = match (&qual.operand, columns.get(qual.column)) {
            (Operand::Value(value), Some(column)) => for_column(vm, column, value)?,
            (known, _) => operand(vm, known)?,
        };
        quals.push(vm.array(&[name(qual.column)?, symbol(vm, qual.op.name())?, right])?);
    }
    let mut order = Vec::new();
    for key in &plan.order {
        let way = if key.direction == crate::Direction::Asc { "asc" } else { "desc" };
        let nulls = if key.nulls == crate::Nulls::First { "nulls_first" } else { "nulls_last" };
        order.push(vm.array(&[name(key.column)?, symbol(vm, way)?, symbol(vm, nulls)?])?);
    }
    let params = vm.hash()?;
    for (key, value) in &plan.params {
        vm.hash_set(params, symbol(vm, key)?, operand(vm, value)?)?;
    }
    let number = |of: &Option<Operand>| of.as_ref().map_or(Ok(Ruby::NIL), |n| operand(vm, n));
    let arguments = [
        vm.array(&needed)?,
        vm.array(&quals)?,
        vm.array(&order)?,
        number(&plan.limit)?,
        number(&plan.offset)?,
        params,
    ];
    vm.call(vm.constant("Table::Query")?, "new", &arguments)
}

/// A Hash with String keys: the options of a table.
pub(crate) fn options(vm: &Vm, pairs: &[(String, String)]) -> Result<Ruby, mruby::Error> {
    let hash = vm.hash()?;
    for (key, value) in pairs {
        vm.hash_set(hash, vm.string(key)?, vm.string(value)?)?;
    }
    Ok(hash)
}

/// A row to write: a Hash of the columns that are given.
pub(crate) fn row(
    vm: &Vm,
    columns: &[Column],
    values: &[Option<Value>],
) -> Result<Ruby, mruby::Error> {
    let hash = vm.hash()?;
    for (column, value) in columns.iter().zip(values) {
        if let Some(value) = value {
            vm.hash_set(hash, symbol(vm, &column.name)?, for_column(vm, column, value)?)?;
        }
    }
    Ok(hash)
}
