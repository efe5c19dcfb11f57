//! `/proc/PID/maps`: what is mapped where (proc_pid_maps(5)).

use std::fs;

use engine::{Addr, Pid};

/// A line of the map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mapping {
    pub(crate) start: Addr,
    pub(crate) end: Addr,
    pub(crate) executable: bool,
    pub(crate) offset: u64,
    pub(crate) inode: u64,
    pub(crate) device: String,
    /// A path, `[vdso]`, or nothing.
    pub(crate) name: String,
}

/// The process's map; empty when it is gone.
pub(crate) fn mappings(pid: Pid) -> Vec<Mapping> {
    let text = fs::read(format!("/proc/{pid}/maps")).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<Mapping> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let executable = fields.next()?.contains('x');
    let offset = fields.next()?;
    let device = fields.next()?.to_owned();
    let inode = fields.next()?;
    let name = fields.next().unwrap_or("").trim_start().to_owned();
    Some(Mapping {
        start: Addr::from_str_radix(start, 16).ok()?,
        end: Addr::from_str_radix(end, 16).ok()?,
        executable,
        offset: u64::from_str_radix(offset, 16).ok()?,
        inode: inode.parse().ok()?,
        device,
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_hold_spaces_and_may_be_missing() {
        let line = "7f00-7f10 r-xp 00001000 fe:00 42                 /srv/my program";
        let mapping = parse(line).unwrap();
        assert_eq!((mapping.start, mapping.end, mapping.offset), (0x7f00, 0x7f10, 0x1000));
        assert!(mapping.executable);
        assert_eq!(mapping.name, "/srv/my program");
        assert_eq!(parse("7f00-7f10 rw-p 00000000 00:00 0 ").unwrap().name, "");
    }
}
