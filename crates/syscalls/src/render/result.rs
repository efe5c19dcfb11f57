//! What the kernel answered: `= 3`, `= -1 ENOENT (...)`, `= 1 ([{fd=3, revents=POLLIN}])`.

use super::text::{date, hex};
use super::value::Pen;
use super::{After, Line};
use crate::{Type, Value, errno, flags as f};

pub(super) fn write(pen: &mut Pen<'_>, line: &Line, after: Option<&After<'_>>) {
    let Some(after) = after else {
        pen.str("= ?");
        return;
    };
    if after.failed() {
        failure(pen, (-after.result) as i32);
        return;
    }
    let Some(call) = crate::syscall(line.nr) else {
        pen.put(format_args!("= {}", after.result));
        return;
    };
    let raw = after.result.cast_unsigned();
    pen.str("= ");
    match call.result {
        Type::Never => {
            pen.str("?");
        }
        Type::Ptr => hex(&mut pen.out, raw),
        Type::Mode => pen.mode(raw as u32),
        Type::Fd => pen.fd(after.result as i32),
        Type::UnixTime(_) => {
            pen.put(format_args!("{}", after.result));
            if after.result != 0 {
                pen.str(" (");
                date(&mut pen.out, after.result);
                pen.str(")");
            }
        }
        Type::Flags(set, _) => {
            pen.put(format_args!("{}", after.result));
            let told = !call.name.ends_with("adjtimex") && !call.name.ends_with("adjtime")
                || matches!(after.decoder.named("buf"), Some(Value::Struct(..)));
            if let Some(name) = set.name(raw).filter(|_| told) {
                pen.put(format_args!(" ({name})"));
            }
        }
        _ => habits(pen, line, call.name, after),
    }
}

fn failure(pen: &mut Pen<'_>, number: i32) {
    match (errno::name(number), errno::message(number)) {
        (Some(name), Some(message)) if number >= 512 => {
            pen.put(format_args!("= ? {name} ({message})"));
        }
        (Some(name), Some(message)) => pen.put(format_args!("= -1 {name} ({message})")),
        _ => pen.put(format_args!("= -1 (errno {number})")),
    }
}

/// Results that say more than a number.
fn habits(pen: &mut Pen<'_>, line: &Line, call: &str, after: &After<'_>) {
    let result = after.result;
    let raw = result.cast_unsigned();
    match call {
        "poll" | "ppoll" | "select" | "pselect6" if result == 0 => pen.str("0 (Timeout)"),
        "recvmmsg" if result == 0 => pen.str("0 (Timeout)"),
        "recvmmsg" => {
            pen.put(format_args!("{result}"));
            if matches!(line.given("timeout"), Some(Value::Struct(..))) {
                left(pen, after, 4, true);
                pen.str(")");
            }
        }
        "membarrier" if line.args[0] as u32 == 0 => {
            hex(&mut pen.out, raw);
            if raw != 0 {
                pen.str(" (");
                let names = crate::FlagSet {
                    unknown: f::MEMBARRIER.unknown,
                    exclusive: false,
                    flags: f::MEMBARRIER.flags,
                };
                pen.flags(&names, raw);
                pen.str(")");
            }
        }
        "poll" | "ppoll" => {
            pen.put(format_args!("{result}"));
            polled(pen, line, after);
        }
        "select" | "pselect6" => {
            pen.put(format_args!("{result}"));
            selected(pen, after);
        }
        "fcntl" => match line.args[1] {
            // F_GETFD, F_GETFL
            1 if result & 1 != 0 => {
                hex(&mut pen.out, raw);
                pen.str(" (flags ");
                pen.flags(&f::FD_FLAGS, raw);
                pen.str(")");
            }
            1 => pen.put(format_args!("{result}")),
            3 => {
                hex(&mut pen.out, raw);
                pen.str(" (flags ");
                pen.flags(&f::OPEN, raw);
                pen.str(")");
            }
            // F_DUPFD, F_DUPFD_CLOEXEC
            0 | 1030 => pen.fd(result as i32),
            // F_GETSIG, F_GETLEASE, F_GET_SEALS
            11 if result != 0 => {
                pen.put(format_args!("{result} ("));
                pen.signal(result as i32);
                pen.str(")");
            }
            1025 => {
                hex(&mut pen.out, raw);
                if let Some(name) = f::LOCK_TYPE.name(raw) {
                    pen.put(format_args!(" ({name})"));
                }
            }
            1034 if raw != 0 => {
                hex(&mut pen.out, raw);
                pen.str(" (seals ");
                pen.flags(&f::SEALS, raw);
                pen.str(")");
            }
            _ => pen.put(format_args!("{result}")),
        },
        "personality" => {
            hex(&mut pen.out, raw & 0xffff_ffff);
            pen.str(" (");
            pen.flags(&f::PERSONALITY, raw & 0xffff_ffff);
            pen.str(")");
        }
        "rt_sigtimedwait" if result > 0 => {
            pen.put(format_args!("{result} ("));
            pen.signal(result as i32);
            pen.str(")");
        }
        "ioprio_get" => {
            pen.put(format_args!("{result}"));
            pen.str(" (IOPRIO_PRIO_VALUE(");
            pen.flags(&f::IOPRIO_CLASS, raw >> 13 & 7);
            pen.put(format_args!(", {}))", raw & 0x1fff));
        }
        "prctl" => match line.args[0] {
            3 => named(pen, raw, &f::PR_DUMPABLE),
            27 => {
                hex(&mut pen.out, raw);
                if raw != 0 {
                    pen.str(" (");
                    pen.flags(&f::SECUREBITS, raw);
                    pen.str(")");
                }
            }
            _ => pen.put(format_args!("{result}")),
        },
        _ => pen.put(format_args!("{result}")),
    }
}

/// `1 (NAME)`.
fn named(pen: &mut Pen<'_>, value: u64, set: &crate::FlagSet) {
    pen.put(format_args!("{value}"));
    if let Some(name) = set.name(value) {
        pen.put(format_args!(" ({name})"));
    }
}

fn polled(pen: &mut Pen<'_>, line: &Line, after: &After<'_>) {
    let Some(arg) = super::habits::order(line.nr, &line.args).first() else { return };
    let Value::Array(fds, _) = after.decoder.register(arg, line.args[0]) else { return };
    let mut first = true;
    for pollfd in &fds {
        let (Some(fd), Some(revents)) = (pollfd.field("fd"), pollfd.field("revents")) else {
            continue;
        };
        if revents.as_int() == Some(0) {
            continue;
        }
        pen.str(if first { " ([{fd=" } else { ", {fd=" });
        first = false;
        pen.value(fd);
        pen.str(", revents=");
        pen.value(revents);
        pen.str("}");
    }
    pen.str(if first { "" } else { "]" });
    let timeout = line.given("tmo_p");
    if matches!(timeout, Some(Value::Struct(..))) {
        left(pen, after, 2, first);
        first = false;
    }
    pen.str(if first { "" } else { ")" });
}

fn selected(pen: &mut Pen<'_>, after: &After<'_>) {
    let mut ready = usize::try_from(after.result).unwrap_or(0);
    let mut first = true;
    for (i, word) in [(1, "in"), (2, "out"), (3, "except")] {
        if let Value::FdSet(mut fds) = after.decoder.arg(i)
            && !fds.is_empty()
            && ready > 0
        {
            // As many as the result says, over all three sets.
            fds.truncate(ready);
            ready -= fds.len();
            pen.str(if first { " (" } else { ", " });
            first = false;
            pen.put(format_args!("{word} "));
            pen.value(&Value::FdSet(fds));
        }
    }
    if matches!(after.decoder.arg(4), Value::Struct(..)) {
        left(pen, after, 4, first);
        first = false;
    }
    if !first {
        pen.str(")");
    }
}

/// The time that was left.
fn left(pen: &mut Pen<'_>, after: &After<'_>, index: usize, first: bool) {
    pen.str(if first { " (left " } else { ", left " });
    pen.value(&after.decoder.arg(index));
}
