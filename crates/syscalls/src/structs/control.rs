//! Control messages of a `msghdr`.
use crate::{Addr, Decoder, Value};

pub(crate) fn decode(at: &Decoder<'_>, addr: Addr, len: u64) -> Value {
    let _ = (at, len);
    Value::Ptr(addr)
}
