//! Control messages of a `msghdr`.
//!
//! Each is a header (`cmsg_len`, `cmsg_level`, `cmsg_type`) and data, padded to eight bytes. The
//! two kinds that everybody meets are decoded: descriptors passed over a socket (`SCM_RIGHTS`) and
//! the sender's credentials (`SCM_CREDENTIALS`).

use alloc::vec;
use alloc::vec::Vec;

use super::{UCRED, structs};
use crate::types::short::*;
use crate::{Addr, Decoder, StructDef, Type, Value, flags};

structs! {
    /// The head of a control message.
    CMSGHDR "cmsghdr" {
        cmsg_len: U64, cmsg_level: bits(&flags::SOL), cmsg_type: bits(&flags::SCM),
        cmsg_data: Type::Ptr,
    };
}

const HEAD: usize = 16;

pub(crate) fn decode(at: &Decoder<'_>, addr: Addr, len: u64) -> Value {
    let Ok(len) = usize::try_from(len) else { return Value::Ptr(addr) };
    // The kernel takes at most `net.core.optmem_max`, 128 KiB by default.
    let mut raw = vec![0; len.min(128 << 10)];
    if at.mem.read(addr, &mut raw).is_err() {
        return Value::Fault(addr);
    }
    let mut messages = Vec::new();
    let mut rest = &raw[..];
    while rest.len() >= HEAD {
        let word = |from: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&rest[from..from + 8]);
            u64::from_le_bytes(bytes)
        };
        let (size, kind) = (word(0), word(8));
        let (level, kind) = (kind & 0xffff_ffff, kind >> 32);
        let size_here = usize::try_from(size).unwrap_or(usize::MAX).clamp(HEAD, rest.len());
        let offset = (raw.len() - rest.len() + HEAD) as u64;
        let data = data(at, addr.wrapping_add(offset), level, kind, &rest[HEAD..size_here]);
        let def: &'static StructDef = &CMSGHDR;
        messages.push(Value::Struct(
            def,
            vec![
                ("cmsg_len", Value::Uint(size)),
                ("cmsg_level", Value::Flags(&flags::SOL, level)),
                ("cmsg_type", Value::Flags(&flags::SCM, kind)),
                ("cmsg_data", data),
            ],
        ));
        let step = size_here.next_multiple_of(8).min(rest.len());
        rest = &rest[step..];
    }
    Value::Array(messages, true)
}

fn data(at: &Decoder<'_>, addr: Addr, level: u64, kind: u64, bytes: &[u8]) -> Value {
    const SOL_SOCKET: u64 = 1;
    match (level, kind) {
        (SOL_SOCKET, 1) => {
            let fd = |b: &[u8]| Value::Fd(i32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            Value::Array(bytes.chunks_exact(4).map(fd).collect(), true)
        }
        (SOL_SOCKET, 2) if bytes.len() >= UCRED.size => at.struct_at(&UCRED, addr),
        _ => Value::Bytes(bytes.to_vec(), bytes.len() as u64),
    }
}

/// Control messages that pass descriptors: the bytes of one `SCM_RIGHTS`.
#[must_use]
pub fn rights(fds: &[i32]) -> Vec<u8> {
    let mut raw = ((HEAD + 4 * fds.len()) as u64).to_le_bytes().to_vec();
    raw.extend_from_slice(&1u32.to_le_bytes());
    raw.extend_from_slice(&1u32.to_le_bytes());
    for fd in fds {
        raw.extend_from_slice(&fd.to_le_bytes());
    }
    raw.resize(raw.len().next_multiple_of(8), 0);
    raw
}
