//! What two runs of one program may differ in: addresses, process ids, times, and what depends on
//! them. A normalised line is the shape of a call.

use std::collections::BTreeSet;

/// Fields that no two runs share.
const TIMES: &[&str] =
    &["sec=", "time=", "sival_int=", "sival_int=-", "faults=", "f_bfree=", "f_bavail=", "f_ffree="];

/// Calls that ask for what changes all the time.
const SYSTEM: &[&str] = &["sysinfo(", "times("];

/// Calls about objects that the system numbers.
const OBJECTS: &[&str] = &["msg", "sem", "shm"];

/// Calls whose data or sizes differ between runs of some programs: random seeds, `/proc`, arenas.
const VARIABLE: &[&str] = &[
    "read(",
    "write(",
    "pwrite64(",
    "pread64(",
    "recvfrom(",
    "sendto(",
    "mmap(",
    "munmap(",
    "mprotect(",
    "madvise(",
    "brk(",
    "epoll_pwait(",
    "epoll_wait(",
    "epoll_ctl(",
    "futex(",
    "getrusage(",
    "clock_nanosleep(",
];

/// What is ready when is a matter of timing; the question is not.
const WAITS: &[&str] = &["poll(", "ppoll(", "select(", "pselect6("];

/// The shape without strings and numbers, for calls that vary; others have none.
pub fn skeleton(shape: &str) -> Option<String> {
    let is = |calls: &[&str]| calls.iter().any(|call| shape.starts_with(call));
    if is(WAITS) {
        let asked = shape.rsplit_once(") = ").map_or(shape, |(asked, _)| asked);
        return Some(asked.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    }
    if !is(VARIABLE) {
        return None;
    }
    let mut out = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in shape.chars() {
        match c {
            '"' if !escaped => quoted = !quoted,
            _ if quoted || c.is_ascii_digit() || c == '.' => {}
            _ => out.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    Some(out.replace("TIME", ""))
}

/// What a random name, or random bytes, look like: the text before, and how long it is.
const RANDOM: &[(&str, usize)] =
    &[("/tmp/cc", 6), ("/tmp/tmp.", 10), ("tree/sed", 6), (".git/t", 6), ("getrandom(\"", 0)];

/// Blanks dates in comments, temporary names and random bytes.
fn blanked(line: &str) -> String {
    let mut line = line.to_owned();
    while let Some(at) = line.find(" /* 20").or_else(|| line.find(" /* 19")) {
        let end = line[at + 1..].find(" */").map_or(line.len(), |end| at + 1 + end + 3);
        line.replace_range(at..end, "");
    }
    for kind in ["pipe:[", "socket:["] {
        let mut from = 0;
        while let Some(at) = line[from..].find(kind) {
            let start = from + at + kind.len();
            let end = line[start..].find(']').map_or(line.len(), |end| start + end);
            line.replace_range(start..end, "");
            from = start;
        }
    }
    for (before, length) in RANDOM {
        let mut from = 0;
        while let Some(at) = line[from..].find(before) {
            let start = from + at + before.len();
            let bytes = line[start..].find('"').map_or(line.len(), |end| start + end);
            let end = if *length > 0 { (start + length).min(bytes) } else { bytes };
            line.replace_range(start..end, "");
            from = start;
        }
    }
    line
}

/// The shape of a line; `pids` are those of its run.
pub fn shape(line: &str, pids: &BTreeSet<i32>) -> String {
    let mut out = String::new();
    let line = &blanked(line);
    let mut rest = line.trim_end();
    // strace pads before the result.
    let squeezed =
        rest.rfind(") ").map(|at| format!("{}) {}", &rest[..at], rest[at + 1..].trim_start()));
    if let Some(squeezed) = &squeezed {
        rest = squeezed;
    }
    let bytes = rest.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let fresh = i == 0 || !(bytes[i - 1].is_ascii_alphanumeric() || bytes[i - 1] == b'_');
        if !fresh || !bytes[i].is_ascii_digit() {
            out.push(char::from(bytes[i]));
            i += 1;
            continue;
        }
        let hex = bytes[i..].starts_with(b"0x");
        let end =
            (i + 2 * usize::from(hex)..bytes.len())
                .find(|at| {
                    if hex { !bytes[*at].is_ascii_hexdigit() } else { !bytes[*at].is_ascii_digit() }
                })
                .unwrap_or(bytes.len());
        let word = &rest[i..end];
        // A size that happens to be somebody's pid.
        let counted = |out: &String| {
            out.ends_with("size=") || (out.ends_with("= ") && skeleton(line).is_some())
        };
        let named = |names: &[&str]| names.iter().any(|name| out.ends_with(name));
        if hex && word.len() > 6 {
            out.push_str("ADDRESS");
        } else if !hex && !counted(&out) && word.parse().is_ok_and(|pid| pids.contains(&pid)) {
            out.push_str("PID");
        } else if OBJECTS.iter().any(|call| line.starts_with(call))
            && !hex
            && (named(&["= ", "l(", "d(", "v(", "p(", "t("]))
        {
            out.push_str("ID");
        } else if named(&["htons("]) && word.len() == 5 {
            out.push_str("PORT");
        } else if line.starts_with("getppid") || line.starts_with("getpgid") {
            out.push_str("PID");
        } else if (named(TIMES) && word != "0")
            || (SYSTEM.iter().any(|call| line.starts_with(call)) && !hex)
        {
            if out.ends_with('-') {
                out.pop();
            }
            out.push_str("TIME");
        } else {
            out.push_str(word);
        }
        i = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_pids_and_times_are_blanked_and_nothing_else() {
        let pids = BTreeSet::from([4242]);
        let line = "wait4(4242, 0x7ffc12345678, 0, {ru_utime={tv_sec=3, tv_usec=0}})      = 4242";
        assert_eq!(
            shape(line, &pids),
            "wait4(PID, ADDRESS, 0, {ru_utime={tv_sec=TIME, tv_usec=0}}) = PID"
        );
        assert_eq!(shape("read(3, \"\", 0x10) = 0", &pids), "read(3, \"\", 0x10) = 0");
    }
}
