//! What [`habits`](super::habits) writes for single arguments: the longer cases, one function each.

use super::text::hex;
use super::value::Pen;
use super::{After, Line, structs};
use crate::flags as f;
use crate::{Arg, Direction, Type, Value};

/// A command by all its names: several drivers may have taken the same number. One without a name
/// is taken apart.
pub(super) fn request(pen: &mut Pen<'_>, command: u32) {
    let mut first = true;
    for flag in f::IOCTL.flags.iter().filter(|flag| flag.value == u64::from(command)) {
        pen.str(if first { "" } else { " or " });
        first = false;
        pen.str(flag.name);
    }
    if !first {
        return;
    }
    let (number, kind) = (command & 0xff, command >> 8 & 0xff);
    let (size, direction) = (command >> 16 & 0x3fff, command >> 30);
    pen.str("_IOC(");
    pen.str(["_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"][direction as usize]);
    for part in [kind, number, size] {
        pen.str(", ");
        hex(&mut pen.out, u64::from(part));
    }
    pen.str(")");
}

pub(super) fn size_of(arg: &Arg) -> u64 {
    match arg.ty {
        Type::At(def) => def.size as u64,
        _ => 0,
    }
}

/// An extended attribute's value, which usually ends in a zero byte that nobody wants to see.
pub(super) fn attribute(
    pen: &mut Pen<'_>,
    given: &Value,
    arg: &Arg,
    raw: u64,
    after: Option<&After<'_>>,
) -> bool {
    let value = match (arg.direction, after) {
        (Direction::Written, Some(after)) if !after.failed() => after.decoder.register(arg, raw),
        _ => given.clone(),
    };
    match value {
        // XATTR_SIZE_MAX
        Value::Bytes(_, len) if len > 65536 => pen.value(&Value::Ptr(raw)),
        Value::Bytes(mut bytes, len) => {
            if bytes.len() as u64 == len && bytes.last() == Some(&0) {
                bytes.pop();
            }
            pen.string(&bytes, bytes.len() as u64 + 1 >= len);
        }
        other => pen.value(&other),
    }
    true
}

/// Messages, each with the bytes that went once it has gone.
pub(super) fn messages(pen: &mut Pen<'_>, given: &Value, after: Option<&After<'_>>) -> bool {
    let Value::Array(list, whole) = given else { return false };
    let sent = after.map_or(0, |a| a.result.max(0) as usize);
    pen.str("[");
    for (i, message) in list.iter().enumerate() {
        if i > 0 {
            pen.str(", ");
        }
        if i >= pen.style.strings && !pen.style.verbose {
            pen.str("...");
            break;
        }
        let (Some(head), Some(len)) = (message.field("msg_hdr"), message.field("msg_len")) else {
            pen.value(message);
            continue;
        };
        pen.str("{msg_hdr=");
        pen.value(head);
        if i < sent {
            pen.str(", msg_len=");
            pen.value(len);
        }
        pen.str("}");
    }
    pen.str(if *whole { "]" } else { ", ...]" });
    true
}

pub(super) fn raw_op(line: &Line) -> u64 {
    line.args[1] & 0x7f
}

/// What was asked of a ring, and behind it what was told.
pub(super) fn ring(
    pen: &mut Pen<'_>,
    given: &Value,
    arg: &Arg,
    raw: u64,
    after: Option<&After<'_>>,
) {
    const ATTACH_WQ: i64 = 0x20;
    let Value::Struct(..) = given else { return pen.value(given) };
    let number = |name| given.field(name).and_then(Value::as_int).unwrap_or(0);
    pen.str("{flags=");
    pen.value(given.field("flags").unwrap_or(&Value::Null));
    pen.str(", sq_thread_cpu=");
    hex(&mut pen.out, number("sq_thread_cpu").cast_unsigned());
    pen.put(format_args!(", sq_thread_idle={}", number("sq_thread_idle")));
    if number("flags") & ATTACH_WQ != 0 {
        pen.put(format_args!(", wq_fd={}", number("wq_fd")));
    }
    if let Some(Value::Array(words, _)) = given.field("resv")
        && words.iter().any(|word| word.as_int() != Some(0))
    {
        pen.str(", resv=");
        pen.array(words, true);
    }
    if let Some(after) = after.filter(|a| !a.failed()) {
        let told = after.decoder.register(arg, raw);
        for name in ["sq_entries", "cq_entries", "features", "sq_off", "cq_off"] {
            pen.put(format_args!(", {name}="));
            offsets(pen, told.field(name).unwrap_or(&Value::Null));
        }
    }
    pen.str("}");
}

/// A value, or a struct whose reserved words speak only when they are not zero.
pub(super) fn offsets(pen: &mut Pen<'_>, value: &Value) {
    let Value::Struct(_, fields) = value else { return pen.value(value) };
    pen.str("{");
    for (i, (name, value)) in fields.iter().enumerate() {
        if !name.starts_with("resv") || value.as_int() != Some(0) {
            pen.put(format_args!("{}{name}=", if i > 0 { ", " } else { "" }));
            pen.value(value);
        }
    }
    pen.str("}");
}

/// Flags with the logarithm of a page's size in their six highest bits.
pub(super) fn huge(pen: &mut Pen<'_>, raw: u32, set: &crate::FlagSet, shift: &str) {
    let (flags, size) = (u64::from(raw & 0x3ff_ffff), raw >> 26);
    if flags != 0 || size == 0 || !set.split(0).0.is_empty() {
        pen.flags(set, flags);
        pen.str(if size != 0 { "|" } else { "" });
    }
    if size != 0 {
        pen.put(format_args!("{size}<<{shift}"));
    }
}

/// An interface by its name, and what a command says of it.
pub(super) fn interface(
    pen: &mut Pen<'_>,
    command: u32,
    arg: &Arg,
    raw: u64,
    given: &Value,
    after: Option<&After<'_>>,
) -> bool {
    let told = after.filter(|a| !a.failed() && arg.direction == Direction::Both);
    let value = told.map_or_else(|| given.clone(), |a| a.decoder.register(arg, raw));
    let (Some(Value::Str(name, _)), Some(data)) =
        (value.field("ifr_name"), value.field("ifr_data").and_then(Value::as_bytes))
    else {
        return false;
    };
    let word = i32::from_le_bytes([data[0], data[1], data[2], data[3]]);
    // SIOCGIFNAME: the number goes in, the name comes out.
    if command == 0x8910 {
        pen.put(format_args!("{{ifr_ifindex={word}"));
        if told.is_some() {
            pen.str(", ifr_name=");
            super::text::quote(&mut pen.out, name);
        }
        pen.str("}");
        return true;
    }
    pen.str("{ifr_name=");
    super::text::quote(&mut pen.out, name);
    if told.is_some() || arg.direction == Direction::Read {
        let address = match command {
            0x8915 | 0x8916 => "ifr_addr",
            0x8917 | 0x8918 => "ifr_dstaddr",
            0x8919 | 0x891a => "ifr_broadaddr",
            0x891b | 0x891c => "ifr_netmask",
            _ => "",
        };
        match command {
            0x8913 | 0x8914 => {
                pen.str(", ifr_flags=");
                pen.flags(&f::IFF, u64::from(word as u16));
            }
            0x891d | 0x891e => pen.put(format_args!(", ifr_metric={word}")),
            0x8921 | 0x8922 => pen.put(format_args!(", ifr_mtu={word}")),
            0x8933 => pen.put(format_args!(", ifr_ifindex={word}")),
            0x8942 | 0x8943 => pen.put(format_args!(", ifr_qlen={word}")),
            _ if !address.is_empty() => {
                pen.put(format_args!(", {address}="));
                pen.address(&crate::SockAddr::decode(&data[..16]));
            }
            _ => {}
        }
    }
    pen.str("}");
    true
}

/// A socket's option: an `int` if there is room for one.
pub(super) fn option(
    pen: &mut Pen<'_>,
    line: &Line,
    arg: &Arg,
    raw: u64,
    after: Option<&After<'_>>,
) -> bool {
    const SO_ERROR: u64 = 4;
    let Some(after) = after.filter(|a| !a.failed() && raw != 0) else { return false };
    let mut length = [0; 4];
    if after.decoder.mem.read(line.args[4], &mut length).is_err() {
        pen.value(&Value::Ptr(raw));
        return true;
    }
    let length = i32::from_le_bytes(length);
    let Type::To(_) = arg.ty else { return false };
    let is_int = crate::variants::is_int(line.args[1], line.args[2]);
    if !is_int && length != 4 {
        pen.value(&after.decoder.bytes(raw, u64::from(length.max(0).cast_unsigned())));
        return true;
    }
    if length < 4 {
        match after.decoder.bytes(raw, u64::from(length.max(0).cast_unsigned())) {
            Value::Bytes(bytes, len) => pen.hex_string(&bytes, len),
            other => pen.value(&other),
        }
        return true;
    }
    let value = after.decoder.register(arg, raw);
    if (line.args[1] as u32, line.args[2]) == (1, SO_ERROR)
        && let Some(name) = value.as_int().and_then(|e| crate::errno::name(e as i32))
    {
        pen.put(format_args!("[{name}]"));
        return true;
    }
    pen.value(&value);
    true
}

pub(super) fn clone_flags(pen: &mut Pen<'_>, raw: u64) {
    let (flags, signal) = (raw & !0xff, (raw & 0xff) as i32);
    if flags != 0 {
        pen.flags(&f::CLONE, flags);
    }
    if signal != 0 {
        if flags != 0 {
            pen.str("|");
        }
        pen.signal(signal);
    } else if flags == 0 {
        pen.str("0");
    }
}

pub(super) fn clone_answers(
    pen: &mut Pen<'_>,
    fields: &[(&'static str, Value)],
    after: &After<'_>,
) {
    let of = |name| {
        let found = fields.iter().find(|(n, _)| *n == name);
        found.and_then(|(_, v)| v.as_int()).unwrap_or(0).cast_unsigned()
    };
    let mut first = true;
    for (bit, name) in [(0x1000, "pidfd"), (0x10_0000, "parent_tid")] {
        if of("flags") & bit == 0 {
            continue;
        }
        let mut raw = [0; 4];
        if after.decoder.mem.read(of(name), &mut raw).is_ok() {
            let number = i32::from_le_bytes(raw);
            pen.str(if first { " => {" } else { ", " });
            pen.put(format_args!("{name}=[{number}]"));
            first = false;
        }
    }
    if !first {
        pen.str("}");
    }
}

/// A length that the kernel may have changed: `[128 => 16]`.
pub(super) fn length(
    pen: &mut Pen<'_>,
    given: &Value,
    arg: &Arg,
    raw: u64,
    after: Option<&After<'_>>,
) {
    let before = given.as_int();
    let now = after.filter(|a| !a.failed()).map(|a| a.decoder.register(arg, raw));
    match (given, before, now.and_then(|v| v.as_int())) {
        (Value::Pointee(_), Some(before), Some(now)) if before != now => {
            pen.put(format_args!("[{before} => {now}]"));
        }
        _ => pen.value(given),
    }
}

pub(super) fn message(
    pen: &mut Pen<'_>,
    line: &Line,
    given: &Value,
    arg: &Arg,
    after: Option<&After<'_>>,
) -> bool {
    let Value::Struct(_, fields) = given else { return false };
    let before = fields.iter().find(|(n, _)| *n == "msg_namelen").and_then(|(_, v)| v.as_int());
    let Some(after) = after else { return false };
    if after.failed() {
        pen.put(format_args!("{{msg_namelen={}}}", before.unwrap_or(0)));
        return true;
    }
    match after.decoder.register(arg, line.args[usize::from(arg.register)]) {
        Value::Struct(_, fields) => structs::msghdr(pen, &fields, before),
        other => pen.value(&other),
    }
    true
}

pub(super) fn futex_wake_op(pen: &mut Pen<'_>, word: u32) {
    let ops = ["FUTEX_OP_SET", "FUTEX_OP_ADD", "FUTEX_OP_OR", "FUTEX_OP_ANDN", "FUTEX_OP_XOR"];
    let cmps = [
        "FUTEX_OP_CMP_EQ",
        "FUTEX_OP_CMP_NE",
        "FUTEX_OP_CMP_LT",
        "FUTEX_OP_CMP_LE",
        "FUTEX_OP_CMP_GT",
        "FUTEX_OP_CMP_GE",
    ];
    let (op, oparg) = ((word >> 28) & 7, (word >> 12) & 0xfff);
    let (cmp, cmparg) = ((word >> 24) & 15, word & 0xfff);
    if word >> 31 != 0 {
        pen.str("FUTEX_OP_OPARG_SHIFT<<28|");
    }
    match ops.get(op as usize) {
        Some(name) => pen.put(format_args!("{name}<<28|")),
        None => pen.put(format_args!("{op:#x}<<28 /* FUTEX_OP_??? */|")),
    }
    hex(&mut pen.out, u64::from(oparg));
    match cmps.get(cmp as usize) {
        Some(name) => pen.put(format_args!("<<12|{name}<<24|")),
        None => pen.put(format_args!("<<12|{cmp:#x}<<24 /* FUTEX_OP_CMP_??? */|")),
    }
    hex(&mut pen.out, u64::from(cmparg));
}

/// Two halves of three sets, each printed as one set of 64.
pub(super) fn capabilities(pen: &mut Pen<'_>, value: &Value, wide: bool) -> bool {
    let Value::Array(halves, _) = value else { return false };
    let [low, high] = &halves[..] else { return false };
    pen.str("{");
    for (i, name) in ["effective", "permitted", "inheritable"].iter().enumerate() {
        let half = |v: &Value| v.field(name).and_then(Value::as_int).unwrap_or(0).cast_unsigned();
        pen.put(format_args!("{}{name}=", if i > 0 { ", " } else { "" }));
        let set = half(low) | if wide { half(high) << 32 } else { 0 };
        if set == 0 {
            pen.str("0");
        }
        let mut first = true;
        for bit in (0..64u64).filter(|bit| set & (1 << bit) != 0) {
            if !first {
                pen.str("|");
            }
            first = false;
            match f::CAP.name(bit) {
                Some(name) => pen.put(format_args!("1<<{name}")),
                None => hex(&mut pen.out, 1 << bit),
            }
        }
    }
    pen.str("}");
    true
}
