//! From values back to the bytes of a struct.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::{StructDef, Type, Value};

/// Why fields can't be put into a struct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EncodeError {
    /// The struct has no such field.
    NoField {
        /// The struct.
        of: &'static str,
        /// What was asked for.
        field: String,
        /// The nearest that it has.
        nearest: &'static str,
    },
    /// The value is of a kind that the field can't hold.
    Kind {
        /// The struct.
        of: &'static str,
        /// The field.
        field: &'static str,
    },
    /// The value has more bytes or elements than the field.
    TooLong {
        /// The struct.
        of: &'static str,
        /// The field.
        field: &'static str,
    },
}

impl core::error::Error for EncodeError {}

impl core::fmt::Display for EncodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            EncodeError::NoField { of, field, nearest } => {
                write!(f, "struct {of} has no field `{field}`; did you mean `{nearest}`?")
            }
            EncodeError::Kind { of, field } => {
                write!(f, "field `{field}` of struct {of} can't hold such a value")
            }
            EncodeError::TooLong { of, field } => {
                write!(f, "the value for field `{field}` of struct {of} is too long")
            }
        }
    }
}

/// A struct's bytes from some of its fields, the rest zero.
///
/// # Errors
/// [`EncodeError`] names the field.
pub fn encode(def: &'static StructDef, fields: &[(&str, Value)]) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = vec![0; def.size];
    encode_into(def, fields, &mut bytes)?;
    Ok(bytes)
}

/// The same over a struct that is there already: fields not named keep their value.
///
/// # Errors
/// [`EncodeError`] names the field.
pub fn encode_into(
    def: &'static StructDef,
    fields: &[(&str, Value)],
    bytes: &mut [u8],
) -> Result<(), EncodeError> {
    for (name, value) in fields {
        let Some(field) = def.field(name) else {
            let names = def.fields.iter().map(|f| f.name);
            let nearest = crate::names::nearest_of(name, names).first().copied().unwrap_or("");
            return Err(EncodeError::NoField { of: def.name, field: (*name).into(), nearest });
        };
        let end = field.offset + field.ty.size();
        put(def, field.name, &field.ty, value, &mut bytes[field.offset..end])?;
    }
    Ok(())
}

fn put(
    def: &'static StructDef,
    field: &'static str,
    ty: &Type,
    value: &Value,
    to: &mut [u8],
) -> Result<(), EncodeError> {
    let kind = EncodeError::Kind { of: def.name, field };
    match *ty {
        Type::Struct(inner) => match value {
            Value::Struct(_, fields) => encode_into(inner, fields, to),
            Value::Nanos(n) => nanos(inner, *n, to).ok_or(kind),
            other => {
                // A plain number is the first field: seconds of a timespec, the value of a union.
                let first = inner.fields.first().ok_or_else(|| kind.clone())?;
                put(inner, first.name, &first.ty, other, &mut to[..first.ty.size()])
            }
        },
        Type::Inline(of, n) => {
            let Value::Array(elements, _) = value else { return Err(kind) };
            if elements.len() > n as usize {
                return Err(EncodeError::TooLong { of: def.name, field });
            }
            for (element, slot) in elements.iter().zip(to.chunks_exact_mut(of.size())) {
                put(def, field, of, element, slot)?;
            }
            Ok(())
        }
        Type::Tail(_) => Err(kind),
        Type::Chars(_) | Type::Name(_) => {
            let bytes = value.as_bytes().ok_or(kind)?;
            let room = to.len() - usize::from(matches!(ty, Type::Name(_)));
            if bytes.len() > room {
                return Err(EncodeError::TooLong { of: def.name, field });
            }
            to.fill(0);
            to[..bytes.len()].copy_from_slice(bytes);
            Ok(())
        }
        _ => {
            let raw = value.as_int().ok_or(kind)?.to_le_bytes();
            to.copy_from_slice(&raw[..to.len()]);
            Ok(())
        }
    }
}

/// Seconds and the rest, for `timespec` and `timeval`.
fn nanos(def: &'static StructDef, n: i64, to: &mut [u8]) -> Option<()> {
    let unit = match def.name {
        "timespec" | "statx_timestamp" => 1,
        "timeval" => 1000,
        _ => return None,
    };
    let width = def.fields[1].ty.size();
    to[..8].copy_from_slice(&n.div_euclid(1_000_000_000).to_le_bytes());
    let rest = (n.rem_euclid(1_000_000_000) / unit).to_le_bytes();
    to[8..8 + width].copy_from_slice(&rest[..width]);
    Some(())
}
