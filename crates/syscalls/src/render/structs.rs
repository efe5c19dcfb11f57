//! Structs as strace writes them: most are `{field=value, ...}`, some have habits.

use super::text::{hex, quote};
use super::value::Pen;
use crate::structs::{UTIME_SPEC, UTIME_VAL};
use crate::{StructDef, Value, flags};

type Fields = [(&'static str, Value)];

fn get<'a>(fields: &'a Fields, name: &str) -> &'a Value {
    fields.iter().find(|(n, _)| *n == name).map_or(&Value::Null, |(_, v)| v)
}

fn number(fields: &Fields, name: &str) -> u64 {
    get(fields, name).as_int().unwrap_or(0).cast_unsigned()
}

pub(super) fn write(pen: &mut Pen<'_>, def: &'static StructDef, fields: &Fields) {
    match def.name {
        "stat" => stat(pen, def, fields),
        "timespec" | "timeval" => timespec(pen, def, fields),
        "tms" => tms(pen, fields),
        "sched_attr" => sched_attr(pen, def, fields),
        "rlimit" => rlimit(pen, fields),
        "sigaction" => sigaction(pen, fields),
        "stack_t" => stack(pen, fields),
        "epoll_event" => epoll_event(pen, fields),
        "pollfd" => pollfd(pen, fields),
        "msghdr" => msghdr(pen, fields, None),
        "siginfo" => siginfo(pen, fields),
        "statfs" => statfs(pen, def, fields),
        "statx" => statx(pen, def, fields),
        "termios" | "termios2" => termios(pen, fields),
        "file_handle" => handle(pen, fields),
        "ip_mreq" => membership(pen, fields),
        "futex_waitv" => futex_waitv(pen, def, fields),
        "clone_args" => clone_args(pen, fields),
        "open_how" => open_how(pen, fields),
        "sigevent" => sigevent(pen, fields),
        _ => plain(pen, def, fields, &|pen, _, value| match value {
            // Names of fixed size are shown whole.
            Value::Str(bytes, whole) => {
                quote(&mut pen.out, bytes);
                pen.str(if *whole { "" } else { "..." });
            }
            value => pen.value(value),
        }),
    }
}

fn statfs(pen: &mut Pen<'_>, def: &'static StructDef, fields: &Fields) {
    const ST_VALID: u64 = 0x20;
    pen.str("{");
    for (i, name) in def.shown.iter().enumerate() {
        // Older kernels left the flags alone.
        if *name == "f_flags" && number(fields, name) & ST_VALID == 0 {
            continue;
        }
        pen.put(format_args!("{}{name}=", if i > 0 { ", " } else { "" }));
        if *name == "f_fsid" {
            pen.str("{val=");
            pen.value(get(fields, name));
            pen.str("}");
        } else {
            pen.value(get(fields, name));
        }
    }
    pen.str("}");
}

/// What was asked for: a field is there if its bit is.
fn statx(pen: &mut Pen<'_>, def: &'static StructDef, fields: &Fields) {
    let told = number(fields, "stx_mask");
    let shown = if pen.style.verbose { def.shown } else { def.brief };
    pen.str("{");
    let mut first = true;
    for name in shown {
        let bit = match *name {
            "stx_mode" => 0x3,
            "stx_nlink" => 0x4,
            "stx_uid" => 0x8,
            "stx_gid" => 0x10,
            "stx_atime" => 0x20,
            "stx_mtime" => 0x40,
            "stx_ctime" => 0x80,
            "stx_ino" => 0x100,
            "stx_size" => 0x200,
            "stx_blocks" => 0x400,
            "stx_btime" => 0x800,
            "stx_mnt_id" => 0x1000,
            _ => u64::MAX,
        };
        if told & bit == 0 && bit != u64::MAX {
            continue;
        }
        pen.put(format_args!("{}{name}=", if first { "" } else { ", " }));
        first = false;
        let value = get(fields, name);
        let part = |of| value.field(of).and_then(Value::as_int).unwrap_or(0);
        if value.field("tv_sec").is_some() {
            let (seconds, rest) = (part("tv_sec"), part("tv_nsec").cast_unsigned());
            pen.put(format_args!("{{tv_sec={seconds}, tv_nsec={rest}}}"));
            pen.moment(seconds, rest, 9);
        } else {
            pen.value(value);
        }
    }
    pen.str(if pen.style.verbose { "}" } else { ", ...}" });
}

/// A file's handle: opaque bytes.
fn handle(pen: &mut Pen<'_>, fields: &Fields) {
    pen.put(format_args!(
        "{{handle_bytes={}, handle_type={}, f_handle=",
        number(fields, "handle_bytes"),
        get(fields, "handle_type").as_int().unwrap_or(0)
    ));
    match get(fields, "f_handle") {
        Value::Bytes(bytes, len) => pen.hex_string(bytes, *len),
        other => pen.value(other),
    }
    pen.str("}");
}

fn membership(pen: &mut Pen<'_>, fields: &Fields) {
    pen.str("{");
    for (i, (name, value)) in fields.iter().enumerate() {
        pen.put(format_args!("{}{name}=inet_addr(\"", if i > 0 { ", " } else { "" }));
        if let Value::Array(bytes, _) = value {
            for (j, byte) in bytes.iter().enumerate() {
                pen.str(if j > 0 { "." } else { "" });
                pen.value(byte);
            }
        }
        pen.str("\")");
    }
    pen.str("}");
}

fn futex_waitv(pen: &mut Pen<'_>, def: &'static StructDef, fields: &Fields) {
    pen.str("{");
    for (i, name) in def.shown.iter().enumerate() {
        pen.put(format_args!("{}{name}=", if i > 0 { ", " } else { "" }));
        pen.value(get(fields, name));
    }
    // It should be zero, and speaks only when it is not.
    if number(fields, "__reserved") != 0 {
        pen.put(format_args!(", __reserved={:#x}", number(fields, "__reserved")));
    }
    pen.str("}");
}

/// Processor time in hundredths of a second.
fn tms(pen: &mut Pen<'_>, fields: &Fields) {
    pen.str("{");
    for (i, (name, value)) in fields.iter().enumerate() {
        let ticks = value.as_int().unwrap_or(0).cast_unsigned();
        pen.put(format_args!("{}{name}={ticks}", if i > 0 { ", " } else { "" }));
        if ticks != 0 {
            pen.put(format_args!(" /* {}.{:02} s */", ticks / 100, ticks % 100));
        }
    }
    pen.str("}");
}

/// Fields as far as the struct's own size goes.
fn sched_attr(pen: &mut Pen<'_>, def: &'static StructDef, fields: &Fields) {
    let size = number(fields, "size") as usize;
    pen.put(format_args!("{{size={size}"));
    let known = match size {
        0..48 => 4,
        48..56 => 48,
        _ => 56,
    };
    for (field, (name, value)) in def.fields.iter().zip(fields).skip(1) {
        if field.offset < known {
            pen.put(format_args!(", {name}="));
            pen.value(value);
        }
    }
    pen.str(if size > 56 { ", ...}" } else { "}" });
}

/// `{a=1, b=2, ...}`.
fn plain(
    pen: &mut Pen<'_>,
    def: &'static StructDef,
    fields: &Fields,
    value: &dyn Fn(&mut Pen<'_>, &str, &Value),
) {
    let brief = !pen.style.verbose && !def.brief.is_empty();
    let shown = if brief { def.brief } else { def.shown };
    pen.str("{");
    let mut first = true;
    let mut one = |pen: &mut Pen<'_>, name: &str, v: &Value| {
        if !first {
            pen.str(", ");
        }
        first = false;
        pen.put(format_args!("{name}="));
        value(pen, name, v);
    };
    if shown.is_empty() {
        for (name, v) in fields {
            one(pen, name, v);
        }
    } else {
        for name in shown {
            one(pen, name, get(fields, name));
        }
    }
    if brief {
        pen.str(", ...");
    }
    pen.str("}");
}

fn timespec(pen: &mut Pen<'_>, def: &'static StructDef, fields: &Fields) {
    let dated = core::ptr::eq(def, &UTIME_SPEC) || core::ptr::eq(def, &UTIME_VAL);
    if dated && def.name == "timespec" {
        match number(fields, "tv_nsec") {
            0x3fff_ffff => return pen.str("UTIME_NOW"),
            0x3fff_fffe => return pen.str("UTIME_OMIT"),
            _ => {}
        }
    }
    plain(pen, def, fields, &|pen, _, value| pen.value(value));
    let (unit, digits) = if def.name == "timespec" { ("tv_nsec", 9) } else { ("tv_usec", 6) };
    if dated {
        pen.moment(number(fields, "tv_sec").cast_signed(), number(fields, unit), digits);
    }
}

fn stat(pen: &mut Pen<'_>, def: &'static StructDef, fields: &Fields) {
    let device = matches!(number(fields, "st_mode") & 0o170_000, 0o020_000 | 0o060_000);
    if pen.style.verbose {
        pen.str("{");
        let mut first = true;
        for name in def.shown {
            let skip = if device { *name == "st_size" } else { *name == "st_rdev" };
            if skip {
                continue;
            }
            pen.put(format_args!("{}{name}=", if first { "" } else { ", " }));
            first = false;
            match (get(fields, name), name.strip_suffix("time")) {
                (Value::UnixTime(seconds), Some(_)) => {
                    let rest = match *name {
                        "st_atime" => "st_atime_nsec",
                        "st_mtime" => "st_mtime_nsec",
                        _ => "st_ctime_nsec",
                    };
                    pen.put(format_args!("{seconds}"));
                    pen.moment(*seconds, number(fields, rest), 9);
                }
                (value, _) => pen.value(value),
            }
        }
        pen.str("}");
        return;
    }
    pen.str("{st_mode=");
    pen.value(get(fields, "st_mode"));
    if device {
        pen.str(", st_rdev=");
        pen.value(get(fields, "st_rdev"));
    } else {
        pen.str(", st_size=");
        pen.value(get(fields, "st_size"));
    }
    pen.str(", ...}");
}

fn limit(pen: &mut Pen<'_>, value: u64) {
    match value {
        u64::MAX => pen.str("RLIM64_INFINITY"),
        v if v > 1024 && v % 1024 == 0 => pen.put(format_args!("{}*1024", v / 1024)),
        v => pen.put(format_args!("{v}")),
    }
}

fn rlimit(pen: &mut Pen<'_>, fields: &Fields) {
    pen.str("{rlim_cur=");
    limit(pen, number(fields, "rlim_cur"));
    pen.str(", rlim_max=");
    limit(pen, number(fields, "rlim_max"));
    pen.str("}");
}

fn sigaction(pen: &mut Pen<'_>, fields: &Fields) {
    const SA_RESTORER: u64 = 0x400_0000;
    pen.str("{sa_handler=");
    match number(fields, "sa_handler") {
        0 => pen.str("SIG_DFL"),
        1 => pen.str("SIG_IGN"),
        u64::MAX => pen.str("SIG_ERR"),
        handler => hex(&mut pen.out, handler),
    }
    pen.str(", sa_mask=");
    pen.value(get(fields, "sa_mask"));
    pen.str(", sa_flags=");
    pen.value(get(fields, "sa_flags"));
    if number(fields, "sa_flags") & SA_RESTORER != 0 {
        pen.str(", sa_restorer=");
        pen.value(get(fields, "sa_restorer"));
    }
    pen.str("}");
}

fn stack(pen: &mut Pen<'_>, fields: &Fields) {
    pen.str("{ss_sp=");
    pen.value(get(fields, "ss_sp"));
    pen.str(", ss_flags=");
    pen.value(get(fields, "ss_flags"));
    pen.put(format_args!(", ss_size={}}}", number(fields, "ss_size")));
}

fn epoll_event(pen: &mut Pen<'_>, fields: &Fields) {
    let data = number(fields, "data");
    pen.str("{events=");
    pen.value(get(fields, "events"));
    pen.put(format_args!(", data={{u32={}, u64={data}}}}}", data & 0xffff_ffff));
}

fn pollfd(pen: &mut Pen<'_>, fields: &Fields) {
    pen.str("{fd=");
    pen.value(get(fields, "fd"));
    if get(fields, "fd").as_int().is_some_and(|fd| fd >= 0) {
        pen.str(", events=");
        pen.value(get(fields, "events"));
    }
    pen.str("}");
}

/// A message; `before` is its name's length at entry, if the call may have changed it.
pub(super) fn msghdr(pen: &mut Pen<'_>, fields: &Fields, before: Option<i64>) {
    let namelen = get(fields, "msg_namelen").as_int().unwrap_or(0);
    pen.str("{msg_name=");
    pen.value(get(fields, "msg_name"));
    match before {
        Some(before) if before != namelen => {
            pen.put(format_args!(", msg_namelen={before} => {namelen}"));
        }
        _ => pen.put(format_args!(", msg_namelen={namelen}")),
    }
    pen.str(", msg_iov=");
    pen.value(get(fields, "msg_iov"));
    pen.put(format_args!(", msg_iovlen={}", number(fields, "msg_iovlen")));
    let controllen = number(fields, "msg_controllen");
    if controllen != 0 {
        pen.str(", msg_control=");
        pen.value(get(fields, "msg_control"));
    }
    pen.put(format_args!(", msg_controllen={controllen}, msg_flags="));
    pen.value(get(fields, "msg_flags"));
    pen.str("}");
}

fn siginfo(pen: &mut Pen<'_>, fields: &Fields) {
    let signal = number(fields, "si_signo");
    let code = number(fields, "si_code");
    if signal == 0 {
        pen.str("{}");
        return;
    }
    pen.str("{si_signo=");
    pen.value(get(fields, "si_signo"));
    let set = match (signal, code) {
        (17, 1..=6) => &flags::CLD_CODE,
        (11, 1..=9) => &flags::SEGV_CODE,
        (7, 1..=5) => &flags::BUS_CODE,
        (4, 1..=9) => &flags::ILL_CODE,
        (8, 1..=15) => &flags::FPE_CODE,
        (5, 1..=6) => &flags::TRAP_CODE,
        (29, 1..=6) => &flags::POLL_CODE,
        (31, 1..=2) => &flags::SYS_CODE,
        _ => &flags::SI_CODE,
    };
    pen.str(", si_code=");
    pen.flags(set, code);
    let errno = get(fields, "si_errno").as_int().unwrap_or(0);
    if errno != 0 {
        match i32::try_from(errno).ok().and_then(crate::errno::name) {
            Some(name) => pen.put(format_args!(", si_errno={name}")),
            None => pen.put(format_args!(", si_errno={errno}")),
        }
    }
    let negative = code > 0x7fff_ffff;
    match signal {
        17 if !negative && code != 0 => {
            let status = number(fields, "si_value") & 0xffff_ffff;
            pen.str(", si_pid=");
            pen.value(get(fields, "si_pid"));
            pen.str(", si_uid=");
            pen.value(get(fields, "si_uid"));
            pen.str(", si_status=");
            if code == 1 {
                pen.put(format_args!("{status}"));
            } else {
                pen.signal(status as i32);
            }
            for name in ["si_utime", "si_stime"] {
                let ticks = number(fields, name);
                pen.put(format_args!(", {name}={ticks}"));
                if ticks != 0 {
                    pen.put(format_args!(" /* {}.{:02} s */", ticks / 100, ticks % 100));
                }
            }
        }
        4 | 5 | 7 | 8 | 11 if !negative && code != 0 && code != 0x80 => {
            let low = number(fields, "si_pid") & 0xffff_ffff;
            let addr = low | (number(fields, "si_uid") << 32);
            pen.str(", si_addr=");
            if addr == 0 {
                pen.str("NULL");
            } else {
                hex(&mut pen.out, addr);
            }
        }
        _ => {
            if code == 0x80 {
                // The kernel itself: nobody to name.
            } else if code == 0xffff_fffe {
                pen.str(", si_timerid=");
                hex(&mut pen.out, number(fields, "si_pid") & 0xffff_ffff);
                let overrun = number(fields, "si_uid") as i32;
                pen.put(format_args!(", si_overrun={overrun}"));
            } else {
                pen.str(", si_pid=");
                pen.value(get(fields, "si_pid"));
                pen.str(", si_uid=");
                pen.value(get(fields, "si_uid"));
                let value = number(fields, "si_value");
                if !negative && code != 0 {
                    pen.put(format_args!(", si_int={}, si_ptr=", value as i32));
                    pen.value(&Value::Ptr(value));
                }
            }
            if negative && code != 0xffff_fffa {
                let value = number(fields, "si_value");
                pen.put(format_args!(", si_int={}, si_ptr=", value as i32));
                pen.value(&Value::Ptr(value));
            }
        }
    }
    pen.str("}");
}

fn termios(pen: &mut Pen<'_>, fields: &Fields) {
    let output = number(fields, "c_oflag");
    pen.str("{c_iflag=");
    pen.value(get(fields, "c_iflag"));
    // The delays are shown even where there are none.
    pen.str(", c_oflag=");
    for (mask, shift, name) in [
        (0x100, 8, "NL"),
        (0x600, 9, "CR"),
        (0x1800, 11, "TAB"),
        (0x2000, 13, "BS"),
        (0x4000, 14, "VT"),
        (0x8000, 15, "FF"),
    ] {
        match (name, (output & mask) >> shift) {
            ("TAB", 3) => pen.str("XTABS|"),
            (_, delay) => pen.put(format_args!("{name}{delay}|")),
        }
    }
    let rest = output & !0xff00;
    if rest != 0 {
        let (names, left) = flags::TERMIOS_OFLAG.split(rest);
        let mut first = true;
        for name in names {
            pen.put(format_args!("{}{name}", if first { "" } else { "|" }));
            first = false;
        }
        if left != 0 {
            pen.put(format_args!("{}{left:#x}", if first { "" } else { "|" }));
        }
    }
    // The input's speed, if it is not the output's, stands 16 bits higher.
    let control = number(fields, "c_cflag");
    let speed = |bits: u64| flags::TERMIOS_CFLAG.split(bits & 0x100f).0[0];
    pen.put(format_args!(", c_cflag={}", speed(control)));
    if control >> 16 & 0x100f != 0 {
        pen.put(format_args!("|{}<<IBSHIFT", speed(control >> 16)));
    }
    let (names, left) = flags::TERMIOS_CFLAG.split(control & !0x100f_100f);
    for name in names.iter().filter(|name| **name != "B0") {
        pen.put(format_args!("|{name}"));
    }
    if left != 0 {
        pen.put(format_args!("|{left:#x}"));
    }
    pen.str(", c_lflag=");
    pen.value(get(fields, "c_lflag"));
    if pen.style.verbose {
        pen.put(format_args!(", c_line={}, c_cc=", number(fields, "c_line")));
        pen.value(get(fields, "c_cc"));
        pen.str("}");
    } else {
        pen.str(", ...}");
    }
}

fn clone_args(pen: &mut Pen<'_>, fields: &Fields) {
    const PIDFD: u64 = 0x1000;
    const SETTLS: u64 = 0x8_0000;
    const PARENT_SETTID: u64 = 0x10_0000;
    const CHILD_TID: u64 = 0x20_0000 | 0x100_0000;
    const INTO_CGROUP: u64 = 0x2_0000_0000;
    let given = number(fields, "flags");
    pen.str("{flags=");
    pen.value(get(fields, "flags"));
    for (bits, name) in [(PIDFD, "pidfd"), (CHILD_TID, "child_tid"), (PARENT_SETTID, "parent_tid")]
    {
        if given & bits != 0 {
            pen.put(format_args!(", {name}="));
            pen.value(get(fields, name));
        }
    }
    pen.str(", exit_signal=");
    match number(fields, "exit_signal") {
        0 => pen.str("0"),
        signal @ 1..=64 => pen.signal(signal as i32),
        number => pen.put(format_args!("{number}")),
    }
    for name in ["stack", "stack_size"] {
        pen.put(format_args!(", {name}="));
        pen.value(get(fields, name));
    }
    if given & SETTLS != 0 {
        pen.str(", tls=");
        pen.value(get(fields, "tls"));
    }
    if number(fields, "set_tid_size") != 0 {
        pen.str(", set_tid=");
        pen.value(get(fields, "set_tid"));
        pen.put(format_args!(", set_tid_size={}", number(fields, "set_tid_size")));
    }
    if given & INTO_CGROUP != 0 {
        pen.put(format_args!(", cgroup={}", number(fields, "cgroup")));
    }
    pen.str("}");
}

fn open_how(pen: &mut Pen<'_>, fields: &Fields) {
    let creates = number(fields, "flags") & (0x40 | 0x40_0000) != 0;
    let mode = number(fields, "mode");
    pen.str("{flags=");
    pen.value(get(fields, "flags"));
    if creates || mode != 0 {
        pen.str(", mode=");
        pen.mode(mode as u32);
    }
    pen.str(", resolve=");
    pen.value(get(fields, "resolve"));
    pen.str("}");
}

fn sigevent(pen: &mut Pen<'_>, fields: &Fields) {
    let value = number(fields, "sigev_value");
    let notify = number(fields, "sigev_notify");
    pen.str("{");
    if value != 0 {
        pen.put(format_args!("sigev_value={{sival_int={}, sival_ptr=", value as i32));
        hex(&mut pen.out, value);
        pen.str("}, ");
    }
    pen.str("sigev_signo=");
    match (notify, number(fields, "sigev_signo")) {
        // SIGEV_SIGNAL, SIGEV_THREAD_ID: it is a signal
        (0 | 4, _) => pen.value(get(fields, "sigev_signo")),
        (_, signal) => pen.put(format_args!("{}", signal as u32)),
    }
    pen.str(", sigev_notify=");
    pen.value(get(fields, "sigev_notify"));
    if notify == 4 {
        pen.str(", sigev_notify_thread_id=");
        pen.value(get(fields, "sigev_notify_thread_id"));
    }
    pen.str("}");
}
