//! Ruby's values as answers to a client.
//!
//! | Ruby | RESP3 | RESP2 |
//! | --- | --- | --- |
//! | Integer | `:1`, a big number beyond 64 bits | the same, digits |
//! | Float | a double | its digits |
//! | String (any bytes) | a bulk string | the same |
//! | Symbol | a status, `+OK` | the same |
//! | `nil` | null | null |
//! | `true`, `false` | a boolean | 1, 0 |
//! | Array, Range, Struct ... | an array | the same |
//! | Hash | a map | a flat array |
//! | Set | a set | an array |
//! | Exception | an error | the same |
//!
//! What has `to_redis` is asked for something else first; what has none of all this answers `to_s`.
//! A reply that has begun can't be taken back, so nested values are looked through before the
//! first byte is written.

use mruby::{Error, ErrorKind, Kind, Value, Vm};

use crate::context::Context;

/// How deep answers may be nested. Clients have limits too.
const DEPTH: usize = 64;

/// An answer that can be written without asking Ruby anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// `nil`
    Null,
    /// `true` and `false`
    Boolean(bool),
    /// An Integer.
    Integer(i64),
    /// An Integer beyond 64 bits.
    BigNumber(Vec<u8>),
    /// A Float.
    Float(f64),
    /// A String.
    Bulk(Vec<u8>),
    /// A Symbol.
    Status(String),
    /// An exception.
    Error(String),
    /// An Array.
    Array(Vec<Answer>),
    /// A Set.
    Set(Vec<Answer>),
    /// A Hash.
    Map(Vec<(Answer, Answer)>),
}

impl Answer {
    /// Looks a value through.
    pub fn of(vm: &Vm, value: Value) -> Result<Self, Error> {
        Answer::nested(vm, value, 0)
    }

    fn nested(vm: &Vm, value: Value, depth: usize) -> Result<Self, Error> {
        if depth > DEPTH {
            return Err(Error::argument(format!("an answer may be nested {DEPTH} deep")));
        }
        let list = |value| -> Result<Vec<Answer>, Error> {
            let items = vm.items(value)?.into_iter();
            items.map(|item| Answer::nested(vm, item, depth + 1)).collect()
        };
        Ok(match value.kind() {
            Kind::Nil => Answer::Null,
            Kind::True => Answer::Boolean(true),
            Kind::False => Answer::Boolean(false),
            Kind::Integer => Answer::Integer(value.as_i64().unwrap_or_default()),
            Kind::Float => Answer::Float(value.as_f64().unwrap_or_default()),
            Kind::String => Answer::Bulk(vm.bytes(value)?),
            Kind::Symbol => Answer::Status(vm.to_s(value)),
            Kind::BigInteger => Answer::BigNumber(vm.to_s(value).into_bytes()),
            Kind::Array => Answer::Array(list(value)?),
            Kind::Hash => {
                let pair = |(key, value)| {
                    Ok((Answer::nested(vm, key, depth + 1)?, Answer::nested(vm, value, depth + 1)?))
                };
                Answer::Map(vm.pairs(value)?.into_iter().map(pair).collect::<Result<_, Error>>()?)
            }
            Kind::Exception => Answer::Error(error_line(vm, &Error::raised(vm, value))),
            Kind::Proc | Kind::Class | Kind::Module | Kind::Fiber => {
                let class = vm.class_name(value);
                return Err(Error::type_error(format!("a {class} can't be an answer")));
            }
            _ if value.responds_to(vm, "to_redis") => {
                Answer::nested(vm, vm.call(value, "to_redis", &[])?, depth + 1)?
            }
            _ if vm.class_name(value) == "Set" => {
                Answer::Set(list(vm.call(value, "to_a", &[])?)?)
            }
            _ if value.responds_to(vm, "to_a") => {
                Answer::nested(vm, vm.call(value, "to_a", &[])?, depth + 1)?
            }
            _ => Answer::Bulk(vm.to_s(value).into_bytes()),
        })
    }

    /// Writes it.
    pub fn write(&self, to: Context) {
        match self {
            Answer::Null => to.null(),
            Answer::Boolean(truth) => to.boolean(*truth),
            Answer::Integer(n) => to.integer(*n),
            Answer::BigNumber(digits) => to.big_number(digits),
            Answer::Float(n) => to.float(*n),
            Answer::Bulk(bytes) => to.bulk(bytes),
            Answer::Status(text) => to.status(text),
            Answer::Error(text) => to.error(text),
            Answer::Array(items) => {
                to.array(items.len());
                items.iter().for_each(|item| item.write(to));
            }
            Answer::Set(items) => {
                to.set(items.len());
                items.iter().for_each(|item| item.write(to));
            }
            Answer::Map(pairs) => {
                to.map(pairs.len());
                for (key, value) in pairs {
                    key.write(to);
                    value.write(to);
                }
            }
        }
    }
}

/// Answers with a value; the usual ones without a detour.
#[inline]
pub fn write(vm: &Vm, value: Value, to: Context, buffer: &mut Vec<u8>) -> Result<(), Error> {
    if let Some(n) = value.as_i64() {
        to.integer(n);
        return Ok(());
    }
    buffer.clear();
    if vm.append_bytes_to(value, buffer).is_some() {
        to.bulk(buffer);
        // One big answer must not be paid for ever after.
        if buffer.capacity() > 1 << 16 {
            *buffer = Vec::new();
        }
        return Ok(());
    }
    Answer::of(vm, value)?.write(to);
    Ok(())
}

/// An exception as an error reply. `Redis::Error` speaks for itself, so that scripts have error codes
/// of their own; what the server said keeps its code and gets the place; everything else is
/// `RUBYERR`.
pub fn error_line(vm: &Vm, error: &Error) -> String {
    let place =
        error.location().map(|at| format!(" ({}:{})", at.file, at.line)).unwrap_or_default();
    let (class, message) = (error.class_name(), error.message());
    let is_a = |path| vm.constant(path).is_ok_and(|class| error.is_a(vm, class));
    match error.kind() {
        ErrorKind::Exception if is_a("Redis::CommandError") => format!("{message}{place}"),
        ErrorKind::Exception if is_a("Redis::Error") => message,
        ErrorKind::Syntax => format!("RUBYERR {class}: {message}"),
        _ => format!("RUBYERR {class}: {message}{place}"),
    }
}
