//! What `/proc` tells of a process under us.
//!
//! # Safety
//! One C function is called, `localtime_r`, with pointers to locals.
#![allow(unsafe_code)]

use std::fs;
use std::path::PathBuf;

use engine::Pid;

/// What a descriptor stands for: a path, `socket:[123]`, `pipe:[7]`; with `ends`, a socket's two
/// addresses where they can be found out.
#[must_use]
pub fn fd_path(pid: Pid, fd: i32, ends: bool) -> Option<String> {
    let target = fs::read_link(format!("/proc/{pid}/fd/{fd}")).ok()?.to_string_lossy().into_owned();
    if ends
        && let Some(inode) = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'))
    {
        return Some(socket(pid, inode).unwrap_or(target));
    }
    Some(target)
}

/// `TCP:[127.0.0.1:80->127.0.0.1:5000]`, as strace's -yy says it.
fn socket(pid: Pid, inode: &str) -> Option<String> {
    for (file, name) in [("tcp", "TCP"), ("udp", "UDP"), ("tcp6", "TCPv6"), ("udp6", "UDPv6")] {
        let Ok(table) = fs::read_to_string(format!("/proc/{pid}/net/{file}")) else { continue };
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields.get(9) == Some(&inode) {
                let local = address(fields[1])?;
                let remote = address(fields[2])?;
                let connected = !fields[2].ends_with(":0000");
                let ends = if connected { format!("{local}->{remote}") } else { local };
                return Some(format!("{name}:[{ends}]"));
            }
        }
    }
    let table = fs::read_to_string(format!("/proc/{pid}/net/unix")).ok()?;
    let line = table.lines().find(|line| line.split_whitespace().nth(6) == Some(inode))?;
    let path =
        line.split_whitespace().nth(7).map(|path| format!(",\"{path}\"")).unwrap_or_default();
    Some(format!("UNIX-STREAM:[{inode}{path}]"))
}

/// The kernel's `0100007F:0050`: 32-bit words in the machine's order, the port in hexadecimal.
fn address(text: &str) -> Option<String> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for at in (0..host.len()).step_by(8) {
        bytes.extend(u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    }
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(v4) => Some(format!("{}:{port}", std::net::Ipv4Addr::from(v4))),
        Err(_) => {
            let v6 = <[u8; 16]>::try_from(bytes.as_slice()).ok()?;
            Some(format!("[{}]:{port}", std::net::Ipv6Addr::from(v6)))
        }
    }
}

/// `r`, `w` or `u` (both) as lsof says it, from the descriptor's flags; a space when unknown.
#[must_use]
pub fn fd_mode(pid: Pid, fd: i32) -> &'static str {
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    match flags.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()) {
        // O_PATH: neither.
        Some(flags) if flags & 0o10_000_000 != 0 => " ",
        Some(flags) => ["r", "w", "u", " "][(flags & 3) as usize],
        None => " ",
    }
}

/// Its current directory.
#[must_use]
pub fn cwd(pid: Pid) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// The name of what it runs.
#[must_use]
pub fn program(pid: Pid) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm"))
        .map_or_else(|_| "?".into(), |comm| comm.trim_end().to_owned())
}

/// Hour, minute, second of the day here.
#[must_use]
pub fn local_time(epoch: u64) -> (i32, i32, i32) {
    let seconds = libc::time_t::try_from(epoch).unwrap_or(0);
    // SAFETY: `tm` is plain data, valid as zeros.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live locals.
    unsafe { libc::localtime_r(&raw const seconds, &raw mut tm) };
    (tm.tm_hour, tm.tm_min, tm.tm_sec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_socket_addresses_are_read() {
        assert_eq!(address("0100007F:0050").unwrap(), "127.0.0.1:80");
        assert_eq!(address("00000000000000000000000001000000:1F90").unwrap(), "[::1]:8080");
        assert!(address("xyz").is_none());
    }
}
