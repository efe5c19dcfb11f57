//! Arguments that strace writes in a way of their own, call by call.

use super::text::hex;
use super::value::Pen;
use super::writers::{
    attribute, capabilities, clone_answers, clone_flags, futex_wake_op, huge, interface, length,
    message, messages, option, raw_op, request, ring, size_of,
};
use super::{After, Line};
use crate::flags as f;
use crate::structs::FILE_HANDLE as HANDLE;
use crate::table::{PTR, Param, argument as argument_name, arguments, v, w};
use crate::types::short::*;
use crate::{Arg, Decoder, Type, Value};

/// The arguments in the order in which they are printed.
pub(super) fn order(nr: u64, args: &[u64; 6]) -> &'static [Arg] {
    use argument_name as argument;
    const CLONE: u64 = 56;
    const STACK: Param = PTR;
    const FLAGS: Param = v(bits8(&f::CLONE));
    const PARENT: Param = w(Type::To(&Type::Pid));
    if nr == CLONE {
        // The kernel's order is not the man page's; tls and the two ids are there by flag.
        let parent = args[0] & (0x10_0000 | 0x1000) != 0;
        let tls = args[0] & 0x8_0000 != 0;
        let child = args[0] & (0x20_0000 | 0x100_0000) != 0;
        return match (parent, tls, child) {
            (false, false, false) => arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS),
            (false, false, true) => {
                arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS, child_tidptr @ 3: PTR)
            }
            (false, true, false) => {
                arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS, tls @ 4: PTR)
            }
            (false, true, true) => {
                arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS, tls @ 4: PTR,
                    child_tidptr @ 3: PTR)
            }
            (true, false, false) => {
                arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS, parent_tid @ 2: PARENT)
            }
            (true, false, true) => {
                arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS, parent_tid @ 2: PARENT,
                    child_tidptr @ 3: PTR)
            }
            (true, true, false) => {
                arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS, parent_tid @ 2: PARENT,
                    tls @ 4: PTR)
            }
            (true, true, true) => {
                arguments!(child_stack @ 1: STACK, flags @ 0: FLAGS, parent_tid @ 2: PARENT,
                    tls @ 4: PTR, child_tidptr @ 3: PTR)
            }
        };
    }
    crate::syscall(nr).map_or(&[], |call| call.args_of(args))
}

/// Writes the argument and says so, or leaves it to the rule.
pub(super) fn argument(
    pen: &mut Pen<'_>,
    line: &Line,
    call: &str,
    i: usize,
    arg: &Arg,
    after: Option<&After<'_>>,
) -> bool {
    let raw = line.args[usize::from(arg.register)];
    let given = &line.before[i];
    match (call, arg.name) {
        ("clone", name) => {
            pen.put(format_args!("{name}="));
            if name == "flags" {
                clone_flags(pen, raw);
                return true;
            }
            false
        }
        ("ioctl", "request") => {
            request(pen, raw as u32);
            true
        }
        // Kept as they were: what the kernel changed is told behind the result.
        ("poll" | "ppoll", "fds") if raw != 0 => {
            match given {
                Value::Array(elements, whole) => pen.array(elements, *whole),
                other => pen.value(other),
            }
            true
        }
        ("select" | "pselect6", "readfds" | "writefds" | "exceptfds" | "timeout")
        | ("ppoll", "tmo_p")
        | ("capget", "hdrp") => {
            pen.value(given);
            true
        }
        ("recvmsg", "msg") => message(pen, line, given, arg, after),
        ("clone3", "cl_args") if line.args[1] >= 64 => {
            pen.value(given);
            if let (Value::Struct(_, fields), Some(after)) = (given, after)
                && !after.failed()
            {
                clone_answers(pen, fields, after);
            }
            true
        }
        // Without an address its length says nothing.
        ("accept" | "accept4" | "getsockname" | "getpeername", "addrlen")
            if line.args[1] == 0 && raw != 0 =>
        {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("recvfrom", "addrlen") if line.args[4] == 0 && raw != 0 => {
            pen.value(&Value::Ptr(raw));
            true
        }
        (_, "addrlen" | "optlen") if matches!(arg.ty, Type::To(_)) && raw != 0 => {
            length(pen, given, arg, raw, after);
            true
        }
        ("sendfile", "offset") if raw != 0 => {
            pen.value(given);
            if let Some(after) = after
                && after.result > 0
                && let now @ Value::Pointee(_) = after.decoder.register(arg, raw)
            {
                pen.str(" => ");
                pen.value(&now);
            }
            true
        }
        // Shorter than the first version of the struct: nothing to read.
        ("openat2", "how") | ("mount_setattr", "attr")
            if line.args[3 + usize::from(call == "mount_setattr")] < size_of(arg) =>
        {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("adjtimex" | "clock_adjtime", "buf") if after.is_some_and(After::failed) => {
            pen.value(&Value::Ptr(raw));
            true
        }
        // The time left is stored when a signal came.
        ("nanosleep", "rem") | ("clock_nanosleep", "remain") => {
            let interrupted = after.is_some_and(|a| matches!(a.result, -4 | -516 | -514 | -512));
            let absolute = call == "clock_nanosleep" && line.args[1] & 1 != 0;
            if let (true, false, Some(after)) = (interrupted, absolute, after) {
                let told = Decoder { result: Some(0), ..after.decoder };
                pen.value(&told.register(arg, raw));
            } else {
                pen.value(&Value::Ptr(raw));
            }
            true
        }
        ("mq_open", "attr") => match (given.field("mq_flags"), given) {
            (Some(flags), Value::Struct(..)) => {
                pen.str("{mq_flags=");
                hex(&mut pen.out, flags.as_int().unwrap_or(0).cast_unsigned());
                for name in ["mq_maxmsg", "mq_msgsize", "mq_curmsgs"] {
                    let value = given.field(name).and_then(Value::as_int).unwrap_or(0);
                    pen.put(format_args!(", {name}={value}"));
                }
                pen.str("}");
                true
            }
            _ => false,
        },
        ("getsockopt", "optname") if (line.args[1] as u32, raw as u32) == (1, 26) => {
            pen.str("SO_GET_FILTER");
            true
        }
        ("mmap" | "remap_file_pages", "flags") => {
            huge(pen, raw as u32, &f::MAP, "MAP_HUGE_SHIFT");
            true
        }
        ("memfd_create", "flags") => {
            huge(pen, raw as u32, &f::MEMFD, "MFD_HUGE_SHIFT");
            true
        }
        ("sethostname" | "setdomainname", "name") if line.args[1] as u32 > 64 => {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("ioctl", "argp") if matches!(given, Value::Struct(def, _) if def.name == "ifreq") => {
            interface(pen, line.args[1] as u32, arg, raw, given, after)
        }
        ("getsockopt", "optval") => option(pen, line, arg, raw, after),
        ("prctl", "scope") => {
            hex(&mut pen.out, raw & 0xffff_ffff);
            let name = f::PR_SCOPE.name(raw & 0xffff_ffff).unwrap_or("PIDTYPE_???");
            pen.put(format_args!(" /* {name} */"));
            true
        }
        ("io_uring_setup", "p") => {
            ring(pen, given, arg, raw, after);
            true
        }
        ("name_to_handle_at", "handle") if after.is_none_or(After::failed) => {
            // EOVERFLOW: the kernel says how many bytes it wants.
            let wanted = after.and_then(|a| match a.decoder.struct_at(&HANDLE, raw) {
                handle @ Value::Struct(..) => handle.field("handle_bytes")?.as_int(),
                _ => None,
            });
            match (given.field("handle_bytes").and_then(Value::as_int), wanted) {
                (Some(given), Some(wanted)) if given != wanted => {
                    pen.put(format_args!("{{handle_bytes={given} => {wanted}}}"));
                }
                (Some(given), _) => pen.put(format_args!("{{handle_bytes={given}}}")),
                (None, _) => pen.value(given),
            }
            true
        }
        ("landlock_create_ruleset", "attr") if line.args[1] < 8 => {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("landlock_add_rule", "rule_attr") if line.args[1] as u32 != 1 => {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("sched_getattr", "attr") if line.args[2] as u32 == 0 => {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("recvmmsg", "timeout") => {
            pen.value(given);
            true
        }
        ("fanotify_mark", "dirfd") if raw as i32 == -1 => {
            pen.str("FAN_NOFD");
            true
        }
        ("getrandom", "buf") => match after.map(|a| a.decoder.register(arg, raw)) {
            Some(Value::Bytes(bytes, len)) => {
                pen.hex_string(&bytes, len);
                true
            }
            _ => false,
        },
        (
            "setxattr" | "lsetxattr" | "fsetxattr" | "getxattr" | "lgetxattr" | "fgetxattr",
            "value",
        ) => attribute(pen, given, arg, raw, after),
        ("syslog", "type") => {
            pen.put(format_args!("{} /* ", raw as i32));
            pen.str(f::SYSLOG.name(raw & 0xffff_ffff).unwrap_or("SYSLOG_ACTION_???"));
            pen.str(" */");
            true
        }
        ("swapon", "swapflags") => {
            let (flags, priority) = (raw & 0xffff_8000, raw & 0x7fff);
            if flags == 0 {
                pen.put(format_args!("{priority}"));
                return true;
            }
            pen.flags(&f::SWAP, flags);
            pen.put(format_args!("|{priority}"));
            true
        }
        ("quotactl" | "quotactl_fd", "cmd") => {
            pen.str("QCMD(");
            pen.flags(&f::QUOTA_CMD, raw as u32 as u64 >> 8);
            pen.str(", ");
            pen.flags(&f::QUOTA_TYPE, raw & 0xff);
            pen.str(")");
            true
        }
        ("semctl" | "shmctl" | "msgctl", "cmd") if raw & 0x100 != 0 => {
            pen.str("IPC_64|");
            let Value::Flags(set, value) = given else { return false };
            pen.flags(set, value & !0x100);
            true
        }
        ("personality", "persona") if raw as u32 == u32::MAX => {
            pen.str("0xffffffff");
            true
        }
        ("sendmmsg", "msgvec") => messages(pen, given, after),
        // A size of zero asks how large it would have to be.
        ("listxattr" | "llistxattr" | "flistxattr" | "listxattrat", "list")
            if line.given("size").and_then(Value::as_int) == Some(0) =>
        {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("epoll_pwait", "sigmask") | ("epoll_pwait2", "sigmask" | "timeout")
            if after.is_some_and(After::failed) =>
        {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("epoll_ctl", "event") if line.args[1] as u32 == 2 => {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("clone3", "cl_args") if line.args[1] < 64 => {
            pen.value(&Value::Ptr(raw));
            true
        }
        // Nobody waited for: nothing was stored.
        ("wait4", "wstatus" | "rusage") if after.is_some_and(|a| a.result == 0) => {
            pen.value(&Value::Ptr(raw));
            true
        }
        ("getdents" | "getdents64", "dirp") => {
            if after.is_some_and(|a| a.result == 0) {
                pen.value(&Value::Ptr(raw));
                pen.str(" /* 0 entries */");
                return true;
            }
            let count = after.filter(|a| !a.failed()).map(|a| a.decoder.register(arg, raw));
            match count {
                Some(Value::Array(entries, _)) if !pen.style.verbose => {
                    let s = if entries.len() == 1 { "y" } else { "ies" };
                    pen.put(format_args!("{raw:#x} /* {} entr{s} */", entries.len()));
                    true
                }
                _ => false,
            }
        }
        ("mmap", "offset") => {
            hex(&mut pen.out, raw);
            true
        }
        ("ioprio_set", "ioprio") => {
            let (class, data) = (u64::from(raw as u32 >> 13), raw & 0x1fff);
            pen.str("IOPRIO_PRIO_VALUE(");
            pen.flags(&f::IOPRIO_CLASS, class);
            pen.put(format_args!(", {data})"));
            true
        }
        ("futex", "val3") if raw_op(line) == 5 => {
            futex_wake_op(pen, raw as u32);
            true
        }
        ("capget" | "capset", "datap") => {
            let value = match after {
                Some(after) if call == "capget" => after.decoder.register(arg, raw),
                _ => given.clone(),
            };
            let version = line.before[0].field("version").and_then(Value::as_int);
            match version {
                None => pen.value(&Value::Ptr(raw)),
                Some(version) => {
                    // The first version had 32 capabilities.
                    let wide = matches!(version, 0x2007_1026 | 0x2008_0522);
                    return capabilities(pen, &value, wide);
                }
            }
            true
        }
        ("socket", "protocol") if line.args[0] & 0xffff_ffff == 17 => {
            pen.str("htons(");
            pen.flags(&f::ETH_P, u64::from((raw as u16).swap_bytes()));
            pen.str(")");
            true
        }
        ("reboot", "arg") | ("prctl", "arg2" | "arg3" | "arg4" | "arg5") if raw == 0 => {
            pen.str("0");
            true
        }
        ("semget" | "shmget" | "msgget", "key") => {
            if raw as u32 == 0 {
                pen.str("IPC_PRIVATE");
            } else {
                hex(&mut pen.out, raw & 0xffff_ffff);
            }
            true
        }
        ("semget" | "shmget" | "msgget", "semflg" | "shmflg" | "msgflg") => {
            let (flags, mode) = (raw & !0o777 & 0xffff_ffff, raw & 0o777);
            let set = if call == "shmget" { &f::SHM_GET } else { &f::IPC_GET };
            let (names, _) = set.split(flags);
            if !names.is_empty() {
                pen.flags(set, flags);
                pen.str("|");
            } else if flags != 0 {
                // strace writes the two numbers one behind the other, but for `shmget`.
                hex(&mut pen.out, flags);
                pen.str(if call == "shmget" { "|" } else { "" });
            }
            pen.mode(mode as u32);
            true
        }
        _ => false,
    }
}
