//! From a Ruby value to the column that it was given for.
//!
//! What a type takes: an integer column an Integer in range, or a Float or Rational that is whole; a
//! float column any number; a boolean column `true` and `false`; a text column a String, a Symbol,
//! or the `to_s` of anything; a JSON column any value as its document, and a String that is one
//! already; a time column a `Time` or a text. `nil` is NULL everywhere. Text must be UTF-8 without
//! NUL: bytes go into a blob. Nothing is rounded, cut or guessed.

use mruby::{Kind, Value as Ruby, Vm};

use crate::batch::{RowBatch, Slot};
use crate::{Timestamp, Type, Value, json};

/// Why a value was not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It does not fit; the text follows a "row 3, column id: ".
    Value(String),
    /// A method of it raised.
    Raised(mruby::Error),
}

impl From<mruby::Error> for Refusal {
    fn from(error: mruby::Error) -> Self {
        Refusal::Raised(error)
    }
}

type Result<T = ()> = std::result::Result<T, Refusal>;

/// How deep a Hash in an Array in a Hash may go.
const DEPTH: usize = 100;

/// Appends a value to the batch, as a value of that type.
pub(crate) fn put(vm: &Vm, ty: &Type, array: bool, value: Ruby, batch: &mut RowBatch) -> Result {
    if value.is_nil() {
        batch.push(Slot::Null);
        return Ok(());
    }
    if array {
        let list = list(vm, ty, value)?;
        batch.push_list(list);
        return Ok(());
    }
    // The common pairs first: they decide the speed of a scan.
    match ty {
        Type::Integer(64) => {
            if let Some(i) = value.as_i64() {
                batch.push(Slot::Integer(i));
                return Ok(());
            }
        }
        Type::Float(64) => {
            if let Some(f) = value.as_f64() {
                batch.push(Slot::Float(f));
                return Ok(());
            }
        }
        Type::Text => {
            let start = batch.size();
            if vm.append_bytes_to(value, batch.buffer()).is_some() {
                return text(batch, start);
            }
        }
        Type::Any => return any(vm, value, batch),
        _ => {}
    }
    let slot = match ty {
        Type::Boolean => match value.kind() {
            Kind::True => Slot::Bool(true),
            Kind::False => Slot::Bool(false),
            _ => return Err(wrong(vm, value, ty)),
        },
        Type::Integer(bits) => {
            let Some(i) = whole(vm, value)? else { return Err(wrong(vm, value, ty)) };
            let max = i64::MAX >> (64 - u32::from(*bits));
            if !(-max - 1..=max).contains(&i) {
                return Err(Refusal::Value(format!("{i} is out of range for {}", ty.name())));
            }
            Slot::Integer(i)
        }
        Type::Float(_) => match value.kind() {
            Kind::Integer | Kind::Float | Kind::BigInteger | Kind::Rational => {
                Slot::Float(float(vm, value)?)
            }
            _ => return Err(wrong(vm, value, ty)),
        },
        Type::Numeric => return numeric(vm, value, batch),
        Type::Blob => {
            let start = batch.size();
            if vm.append_bytes_to(value, batch.buffer()).is_none() {
                return Err(wrong(vm, value, ty));
            }
            let (len, at) = placed(batch, start)?;
            Slot::Blob(len, at)
        }
        Type::Json => return document(vm, value, batch),
        Type::Date | Type::Time | Type::Timestamp | Type::TimestampTz => {
            if let Some(t) = timestamp(vm, value)? {
                Slot::Timestamp(t.offset, t.micros)
            } else if value.kind() == Kind::String {
                return as_text(vm, value, batch);
            } else {
                return Err(wrong(vm, value, ty));
            }
        }
        Type::Text | Type::Other(_) | Type::Any => return as_text(vm, value, batch),
    };
    batch.push(slot);
    Ok(())
}

/// A value whose column has no type: it keeps its own.
fn any(vm: &Vm, value: Ruby, batch: &mut RowBatch) -> Result {
    let slot = match value.kind() {
        Kind::True => Slot::Bool(true),
        Kind::False => Slot::Bool(false),
        Kind::Integer => Slot::Integer(value.as_i64().unwrap_or_default()),
        Kind::Float => Slot::Float(value.as_f64().unwrap_or_default()),
        Kind::Rational => Slot::Float(float(vm, value)?),
        Kind::BigInteger => match big(vm, value) {
            Some(i) => Slot::Integer(i),
            None => return as_text(vm, value, batch),
        },
        Kind::Array | Kind::Hash => return document(vm, value, batch),
        Kind::Object | Kind::Data => match timestamp(vm, value)? {
            Some(t) => Slot::Timestamp(t.offset, t.micros),
            None => return as_text(vm, value, batch),
        },
        _ => return as_text(vm, value, batch),
    };
    batch.push(slot);
    Ok(())
}

fn list(vm: &Vm, ty: &Type, value: Ruby) -> Result<Vec<Value>> {
    if value.kind() != Kind::Array {
        let text = format!("{} is no array", describe(vm, value));
        return Err(Refusal::Value(text));
    }
    let mut one = RowBatch::new(1);
    let mut list = Vec::new();
    while let Some(item) = vm.item(value, list.len()) {
        one.clear();
        // An array in an array is a further dimension.
        put(vm, ty, item.kind() == Kind::Array && *ty != Type::Json, item, &mut one)?;
        list.push(one.cell(0, 0).to_value());
    }
    Ok(list)
}

/// What a text column shows of a value.
fn as_text(vm: &Vm, value: Ruby, batch: &mut RowBatch) -> Result {
    let start = batch.size();
    let string = match value.kind() {
        Kind::String => value,
        Kind::Array | Kind::Hash | Kind::Range | Kind::Proc | Kind::Fiber => {
            vm.call(value, "inspect", &[])?
        }
        _ => vm.call(value, "to_s", &[])?,
    };
    if vm.append_bytes_to(string, batch.buffer()).is_none() {
        return Err(Refusal::Value(format!("to_s of {} is no String", vm.class_name(value))));
    }
    text(batch, start)
}

/// Makes a slot of the text at the end of the buffer.
fn text(batch: &mut RowBatch, start: usize) -> Result {
    check_text(batch.tail(start))?;
    let (len, at) = placed(batch, start)?;
    batch.push(Slot::Text(len, at));
    Ok(())
}

fn check_text(bytes: &[u8]) -> Result {
    if bytes.contains(&0) {
        let text = "a text with a NUL byte; declare the column (or result) a blob";
        return Err(Refusal::Value(text.into()));
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::Value(format!(
            "a text that is not UTF-8 (byte {}); declare the column (or result) a blob",
            error.valid_up_to()
        ))),
    }
}

fn placed(batch: &RowBatch, start: usize) -> Result<(u32, usize)> {
    batch.place(start).ok_or_else(|| Refusal::Value("a value of more than 4 GiB".into()))
}

fn whole(vm: &Vm, value: Ruby) -> Result<Option<i64>> {
    match value.kind() {
        Kind::Integer => Ok(value.as_i64()),
        Kind::BigInteger => Ok(big(vm, value)),
        Kind::Float | Kind::Rational => {
            let f = float(vm, value)?;
            // Below 2^63, where every whole float is an i64.
            let fits = f.fract() == 0.0 && (-9.3e18..9.2e18).contains(&f);
            #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
            Ok((fits && value_is(vm, value, f)?).then_some(f as i64))
        }
        _ => Ok(None),
    }
}

/// mruby keeps some integers big that would fit: -(2**63).
fn big(vm: &Vm, value: Ruby) -> Option<i64> {
    vm.to_s(value).parse().ok()
}

/// Whether a Rational is exactly that float.
fn value_is(vm: &Vm, value: Ruby, f: f64) -> Result<bool> {
    Ok(value.kind() == Kind::Float || vm.equal(value, vm.float(f)?)?)
}

fn float(vm: &Vm, value: Ruby) -> Result<f64> {
    if let Some(f) = value.as_f64() {
        return Ok(f);
    }
    let converted = vm.call(value, "to_f", &[])?;
    converted.as_f64().ok_or_else(|| wrong(vm, value, &Type::Float(64)))
}

fn numeric(vm: &Vm, value: Ruby, batch: &mut RowBatch) -> Result {
    let slot = match value.kind() {
        Kind::Integer => Slot::Integer(value.as_i64().unwrap_or_default()),
        Kind::Float | Kind::Rational => Slot::Float(float(vm, value)?),
        Kind::BigInteger => return as_text(vm, value, batch),
        Kind::String => {
            let digits = vm.to_s(value);
            if digits.trim().parse::<f64>().is_err() {
                return Err(wrong(vm, value, &Type::Numeric));
            }
            return as_text(vm, value, batch);
        }
        _ => return Err(wrong(vm, value, &Type::Numeric)),
    };
    batch.push(slot);
    Ok(())
}

/// The moment of a `Time`, or of any object that answers as one.
fn timestamp(vm: &Vm, value: Ruby) -> Result<Option<Timestamp>> {
    if !matches!(value.kind(), Kind::Object | Kind::Data)
        || !value.responds_to(vm, "usec")
        || !value.responds_to(vm, "to_i")
    {
        return Ok(None);
    }
    let number = |name| -> Result<i64> {
        let answer = vm.call(value, name, &[])?.as_i64();
        answer.ok_or_else(|| Refusal::Value(format!("{name} of a Time is no Integer")))
    };
    let (seconds, micros) = (number("to_i")?, number("usec")?);
    let offset = if value.responds_to(vm, "utc_offset") { number("utc_offset")? } else { 0 };
    let micros = seconds.checked_mul(1_000_000).and_then(|us| us.checked_add(micros));
    match (micros, i32::try_from(offset)) {
        (Some(micros), Ok(offset)) => Ok(Some(Timestamp { micros, offset })),
        _ => Err(Refusal::Value("a Time beyond all calendars".into())),
    }
}

/// A value as a JSON document. A String is taken to be one.
fn document(vm: &Vm, value: Ruby, batch: &mut RowBatch) -> Result {
    let mut text = String::new();
    if value.kind() == Kind::String {
        text = vm.to_s(value);
        if !json::is_json(&text) {
            let what = describe(vm, value);
            return Err(Refusal::Value(format!("{what} is no JSON document")));
        }
    } else {
        write_json(vm, value, DEPTH, &mut text)?;
    }
    let start = batch.size();
    batch.buffer().extend_from_slice(text.as_bytes());
    let (len, at) = placed(batch, start)?;
    batch.push(Slot::Json(len, at));
    Ok(())
}

fn write_json(vm: &Vm, value: Ruby, depth: usize, out: &mut String) -> Result {
    if depth == 0 {
        return Err(Refusal::Value("a document that is nested too deep, or holds itself".into()));
    }
    match value.kind() {
        Kind::Nil => out.push_str("null"),
        Kind::True => out.push_str("true"),
        Kind::False => out.push_str("false"),
        Kind::Integer | Kind::BigInteger => out.push_str(&vm.to_s(value)),
        Kind::Float | Kind::Rational => {
            let f = float(vm, value)?;
            if !f.is_finite() {
                return Err(Refusal::Value(format!("{f} has no place in JSON")));
            }
            out.push_str(&format!("{f:?}"));
        }
        Kind::Array => {
            out.push('[');
            let mut index = 0;
            while let Some(item) = vm.item(value, index) {
                if index > 0 {
                    out.push(',');
                }
                write_json(vm, item, depth - 1, out)?;
                index += 1;
            }
            out.push(']');
        }
        Kind::Hash => {
            out.push('{');
            for (index, (key, item)) in vm.pairs(value)?.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                quoted(vm, key, out)?;
                out.push(':');
                write_json(vm, item, depth - 1, out)?;
            }
            out.push('}');
        }
        _ => quoted(vm, value, out)?,
    }
    Ok(())
}

fn quoted(vm: &Vm, value: Ruby, out: &mut String) -> Result {
    if let Some(t) = timestamp(vm, value)? {
        json::quote(&t.utc().to_string(), out);
        return Ok(());
    }
    let string = if value.kind() == Kind::String { value } else { vm.call(value, "to_s", &[])? };
    let mut bytes = Vec::new();
    let _ = vm.append_bytes_to(string, &mut bytes);
    match String::from_utf8(bytes) {
        Ok(text) => json::quote(&text, out),
        Err(_) => return Err(Refusal::Value("a text that is not UTF-8 in a document".into())),
    }
    Ok(())
}

fn wrong(vm: &Vm, value: Ruby, ty: &Type) -> Refusal {
    Refusal::Value(format!("{} is no {}", describe(vm, value), ty.name()))
}

/// A value for a message: not longer than a line.
pub(crate) fn describe(vm: &Vm, value: Ruby) -> String {
    let mut text = vm.inspect(value);
    if let Some((cut, _)) = text.char_indices().nth(60) {
        text.truncate(cut);
        text.push('…');
    }
    if value.is_nil() { text } else { format!("{text} ({})", vm.class_name(value)) }
}
