//! Values between SQLite and `tables`.
//!
//! # Safety
//! The values and contexts are those of the callback that is running.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uchar};
use std::slice;

use tables::{Cell, Type, Value};

use crate::abi::{self, Context};
use crate::api::{self, Api};

/// A value as it is stored. Text that is no UTF-8 comes as bytes.
pub(crate) unsafe fn natural<'a>(api: &Api, value: *mut abi::Value) -> Cell<'a> {
    // SAFETY: the value is alive; text and blob stay in place until it is converted.
    unsafe {
        match api.value_type(value) {
            abi::INTEGER => Cell::Integer(api.value_int64(value)),
            abi::FLOAT => Cell::Float(api.value_double(value)),
            abi::TEXT => text(api, value),
            abi::BLOB => Cell::Blob(blob(api, value)),
            _ => Cell::Null,
        }
    }
}

/// An argument as one of a declared type, converted as SQLite's CAST does.
#[inline]
pub(crate) unsafe fn typed<'a>(api: &Api, value: *mut abi::Value, ty: &Type) -> Cell<'a> {
    // SAFETY: as above.
    unsafe {
        let stored = api.value_type(value);
        match ty {
            _ if stored == 5 => Cell::Null,
            Type::Integer(_) => Cell::Integer(api.value_int64(value)),
            Type::Float(_) => Cell::Float(api.value_double(value)),
            Type::Text => text(api, value),
            Type::Blob => Cell::Blob(blob(api, value)),
            Type::Boolean => Cell::Bool(api.value_double(value) != 0.0),
            Type::Json => match text(api, value) {
                Cell::Text(text) => Cell::Json(text),
                other => other,
            },
            _ => natural(api, value),
        }
    }
}

pub(crate) unsafe fn owned(api: &Api, value: *mut abi::Value) -> Value {
    // SAFETY: as above.
    unsafe { natural(api, value).to_value() }
}

unsafe fn text<'a>(api: &Api, value: *mut abi::Value) -> Cell<'a> {
    // SAFETY: the length is asked for after the text, as SQLite wants it.
    let bytes = unsafe {
        let text = api.value_text(value);
        if text.is_null() {
            return Cell::Null;
        }
        slice::from_raw_parts(text, length(api.value_bytes(value)))
    };
    std::str::from_utf8(bytes).map_or(Cell::Blob(bytes), Cell::Text)
}

unsafe fn blob<'a>(api: &Api, value: *mut abi::Value) -> &'a [u8] {
    // SAFETY: as above. A blob without bytes is a null pointer.
    unsafe {
        let blob = api.value_blob(value).cast::<u8>();
        if blob.is_null() {
            &[]
        } else {
            slice::from_raw_parts(blob, length(api.value_bytes(value)))
        }
    }
}

fn length(bytes: c_int) -> usize {
    usize::try_from(bytes).unwrap_or(0)
}

/// Gives SQLite a value. Texts are copied: SQLite may keep them longer than the batch lives.
#[inline]
pub(crate) unsafe fn answer(api: &Api, context: *mut Context, cell: Cell<'_>, ty: &Type) {
    // SAFETY: as above.
    unsafe {
        match cell {
            Cell::Null => api.result_null(context),
            Cell::Bool(b) => api.result_int64(context, b.into()),
            Cell::Integer(i) => api.result_int64(context, i),
            Cell::Float(f) => api.result_double(context, f),
            Cell::Text(s) => answer_text(api, context, s),
            Cell::Blob(b) => {
                // A null pointer would be NULL.
                let start = if b.is_empty() { c"".as_ptr().cast() } else { b.as_ptr().cast() };
                api.result_blob64(context, start, b.len() as u64, api::transient());
            }
            Cell::Json(s) => {
                answer_text(api, context, s);
                api.result_subtype(context, abi::JSON);
            }
            Cell::Timestamp(t) => {
                let text = match ty {
                    Type::Date => t.to_string()[..10].to_owned(),
                    Type::Time => t.to_string()[11..].to_owned(),
                    Type::Timestamp => t.to_string(),
                    _ => t.utc().to_string(),
                };
                answer_text(api, context, &text);
            }
            Cell::List(list) => {
                let mut text = String::new();
                write_list(list, &mut text);
                answer_text(api, context, &text);
                api.result_subtype(context, abi::JSON);
            }
        }
    }
}

unsafe fn answer_text(api: &Api, context: *mut Context, text: &str) {
    // SAFETY: as above.
    unsafe {
        let (start, len) = (text.as_ptr().cast(), text.len() as u64);
        api.result_text64(context, start, len, api::transient(), abi::UTF8 as c_uchar);
    }
}

/// An array as JSON.
fn write_list(list: &[Value], out: &mut String) {
    out.push('[');
    for (index, value) in list.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Integer(i) => out.push_str(&i.to_string()),
            Value::Float(f) if f.is_finite() => out.push_str(&format!("{f:?}")),
            Value::Float(_) => out.push_str("null"),
            Value::Text(s) => tables::quote(s, out),
            Value::Json(s) => out.push_str(s),
            Value::Blob(b) => tables::quote(&String::from_utf8_lossy(b), out),
            Value::Timestamp(t) => tables::quote(&t.utc().to_string(), out),
            Value::List(list) => write_list(list, out),
        }
    }
    out.push(']');
}
