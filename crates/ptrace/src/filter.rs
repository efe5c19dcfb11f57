//! The seccomp filter: hooked numbers stop the task for us, all others run at the kernel's speed.
//!
//! The architecture is tested first, so that an `int $0x80` (i386 numbers) is never taken for the
//! x86-64 call of the same number; it is refused, as are x32 numbers. The filter reads nothing but
//! architecture and number (but for `clone`), so the kernel evaluates it once a number at
//! installation and serves the allowed ones from a bitmap (kernel/seccomp.c,
//! `seccomp_cache_prepare`).

use engine::CallSet;
use libc::sock_filter;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const IF_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const IF_ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// `offsetof(struct seccomp_data, nr)`, `arch` and the lower half of `args[0]`.
const NR: u32 = 0;
const ARCH: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

pub const AUDIT_ARCH_X86_64: u32 = 0xc000_003e;
const X32_BIT: u32 = 0x4000_0000;
const REFUSE: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

fn op(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

fn jump(code: u16, k: u32, yes: u8, no: u8) -> sock_filter {
    sock_filter { code, jt: yes, jf: no, k }
}

/// The filter that stops at `hooked` and answers `ENOSYS` to `refused` and foreign numbers.
pub fn build(hooked: &CallSet, refused: &CallSet) -> Vec<sock_filter> {
    let mut code = vec![
        op(LOAD, ARCH),
        jump(IF_EQUAL, AUDIT_ARCH_X86_64, 1, 0),
        op(RETURN, REFUSE),
        op(LOAD, NR),
        // Number -1 is what a tracer writes to skip a call: only the x32 range is foreign.
        jump(IF_AT_LEAST, X32_BIT, 0, 2),
        jump(IF_AT_LEAST, X32_BIT << 1, 1, 0),
        op(RETURN, REFUSE),
    ];
    for (set, answer) in [(hooked, libc::SECCOMP_RET_TRACE), (refused, REFUSE)] {
        for (first, last) in ranges(set) {
            code.push(jump(IF_AT_LEAST, first, 0, 2));
            code.push(jump(IF_AT_LEAST, last + 1, 1, 0));
            code.push(op(RETURN, answer));
        }
    }
    // A task made with this flag would be nobody's: its tracer takes it out.
    code.extend([
        jump(IF_EQUAL, libc::SYS_clone as u32, 0, 3),
        op(LOAD, FIRST_ARGUMENT),
        jump(IF_ANY_BIT, libc::CLONE_UNTRACED as u32, 0, 1),
        op(RETURN, libc::SECCOMP_RET_TRACE),
        op(RETURN, libc::SECCOMP_RET_ALLOW),
    ]);
    code
}

/// Neighbouring numbers together, as first and last.
fn ranges(set: &CallSet) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for nr in set.iter().map(|nr| nr as u32) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == nr => *last = nr,
            _ => ranges.push((nr, nr)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a filter as the kernel does.
    fn answer(code: &[sock_filter], arch: u32, nr: u32) -> u32 {
        answer_with(code, arch, nr, 0)
    }

    fn answer_with(code: &[sock_filter], arch: u32, nr: u32, flags: u32) -> u32 {
        let (mut at, mut loaded) = (0, 0);
        loop {
            let sock_filter { code: op, jt, jf, k } = code[at];
            at += 1;
            match op {
                LOAD if k == FIRST_ARGUMENT => loaded = flags,
                LOAD => loaded = if k == NR { nr } else { arch },
                IF_ANY_BIT => at += usize::from(if loaded & k != 0 { jt } else { jf }),
                IF_EQUAL => at += usize::from(if loaded == k { jt } else { jf }),
                IF_AT_LEAST => at += usize::from(if loaded >= k { jt } else { jf }),
                _ => return k,
            }
        }
    }

    #[test]
    fn hooked_numbers_stop_and_their_neighbours_do_not() {
        let hooked: CallSet = [0, 1, 2, 39, 60, 231, 511].into_iter().collect();
        let code = build(&hooked, &[425].into_iter().collect());
        for nr in 0..600 {
            let expected = match nr {
                425 => REFUSE,
                nr if hooked.contains(nr.into()) => libc::SECCOMP_RET_TRACE,
                _ => libc::SECCOMP_RET_ALLOW,
            };
            assert_eq!(answer(&code, AUDIT_ARCH_X86_64, nr), expected, "{nr}");
        }
    }

    #[test]
    fn numbers_of_other_tables_are_refused_but_the_skipped_call_is_not() {
        let code = build(&CallSet::ALL, &CallSet::EMPTY);
        assert_eq!(answer(&code, 0x4000_0003, 20), REFUSE);
        assert_eq!(answer(&code, AUDIT_ARCH_X86_64, X32_BIT | 39), REFUSE);
        assert_eq!(answer(&code, AUDIT_ARCH_X86_64, u32::MAX), libc::SECCOMP_RET_ALLOW);
    }

    #[test]
    fn only_a_clone_that_would_escape_stops_unasked() {
        let code = build(&CallSet::EMPTY, &CallSet::EMPTY);
        let untraced = libc::CLONE_UNTRACED as u32;
        for (nr, flags, expected) in [
            (56, untraced | 17, libc::SECCOMP_RET_TRACE),
            (56, !untraced, libc::SECCOMP_RET_ALLOW),
            (57, untraced, libc::SECCOMP_RET_ALLOW),
        ] {
            assert_eq!(answer_with(&code, AUDIT_ARCH_X86_64, nr, flags), expected);
        }
    }

    #[test]
    fn the_longest_filter_fits_the_kernels_limit() {
        let every_other: CallSet = (0..512).step_by(2).collect();
        assert!(build(&every_other, &[425].into_iter().collect()).len() <= 4096);
    }
}
