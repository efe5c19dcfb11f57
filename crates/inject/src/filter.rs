//! The seccomp filter of a run: what reaches the runtime, what the supervisor, and what nobody.
//!
//! ```text
//! another architecture (int 0x80)  allow: not seen (docs/limits.md)
//! x32 numbers                      trap: the runtime's own signal door; ENOSYS for everybody else
//! execve, execveat                 the supervisor is asked, except that a hooked one from the
//!                                  program goes to the runtime first
//! io_uring_setup                   ENOSYS: it would do file and network work without any call
//! mmap at the runtime's address    allow: the loader's
//! hooked, from the runtime         allow
//! hooked                           trap
//! the rest                         allow; decided by number alone, so the kernel caches it
//! ```

use inline::layout::{BASE, Header, LOADER_MAGIC, TRAP_NUMBER, TRAP_TAG};

const LOAD: u16 = 0x20;
const JEQ: u16 = 0x15;
const JGT: u16 = 0x25;
const JGE: u16 = 0x35;
const JUMP: u16 = 0x05;
const RETURN: u16 = 0x06;

const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const IP_LOW: u32 = 8;
const IP_HIGH: u32 = 12;
const FIRST_HIGH: u32 = 20;
const SIXTH_LOW: u32 = 56;
const SIXTH_HIGH: u32 = 60;

const X86_64: u32 = 0xc000_003e;
const ALLOW: u32 = 0x7fff_0000;
const TRAP: u32 = 0x0003_0000 | TRAP_TAG as u32;
const NOTIFY: u32 = 0x7fc0_0000;
const ENOSYS: u32 = 0x0005_0000 | 38;

const MMAP: u64 = 9;
const EXECVE: u64 = 59;
const EXECVEAT: u64 = 322;
const IO_URING_SETUP: u64 = 425;

/// One instruction of classic BPF, as `struct sock_filter` has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Instruction {
    code: u16,
    yes: u8,
    no: u8,
    k: u32,
}

#[derive(Default)]
struct Program(Vec<Instruction>);

impl Program {
    fn put(&mut self, code: u16, k: u32) {
        self.0.push(Instruction { code, yes: 0, no: 0, k });
    }

    /// Skips `no` instructions unless the comparison holds.
    fn unless(&mut self, code: u16, k: u32, no: u8) {
        self.0.push(Instruction { code, yes: 0, no, k });
    }

    /// The next instruction is for calls of the runtime; others skip it.
    fn unless_exempt_skip_one(&mut self, header: &Header) {
        self.put(LOAD, IP_HIGH);
        self.unless(JEQ, (header.exempt >> 32) as u32, 4);
        // The ip is that behind the instruction: (start, end].
        self.put(LOAD, IP_LOW);
        self.unless(JGT, header.exempt as u32, 2);
        self.0.push(Instruction { code: JGT, yes: 1, no: 0, k: header.exempt_end as u32 });
    }
}

/// The filter for these hooked numbers.
pub fn program(header: &Header, hooked: &[u64]) -> Vec<Instruction> {
    let is_hooked = |number: u64| hooked.contains(&number);
    let mut p = Program::default();
    p.put(LOAD, ARCH);
    p.0.push(Instruction { code: JEQ, yes: 1, no: 0, k: X86_64 });
    p.put(RETURN, ALLOW);
    p.put(LOAD, NUMBER);
    p.unless(JGE, TRAP_NUMBER as u32, 1);
    p.put(RETURN, TRAP);
    for number in [EXECVE, EXECVEAT] {
        if !is_hooked(number) {
            p.unless(JEQ, number as u32, 1);
            p.put(RETURN, NOTIFY);
            continue;
        }
        let mut own = Program::default();
        own.unless_exempt_skip_one(header);
        own.put(RETURN, NOTIFY);
        own.put(LOAD, SIXTH_HIGH);
        own.unless(JEQ, (LOADER_MAGIC >> 32) as u32, 3);
        own.put(LOAD, SIXTH_LOW);
        own.unless(JEQ, LOADER_MAGIC as u32, 1);
        own.put(RETURN, NOTIFY);
        own.put(RETURN, TRAP);
        p.unless(JEQ, number as u32, own.0.len() as u8);
        p.0.extend(own.0);
    }
    if !is_hooked(IO_URING_SETUP) {
        p.unless(JEQ, IO_URING_SETUP as u32, 1);
        p.put(RETURN, ENOSYS);
    }
    if is_hooked(MMAP) {
        p.unless(JEQ, MMAP as u32, 4);
        p.put(LOAD, FIRST_HIGH);
        p.unless(JEQ, (BASE >> 32) as u32, 1);
        p.put(RETURN, ALLOW);
        p.put(LOAD, NUMBER);
    }
    let mut exits = Vec::new();
    for (first, last) in ranges(hooked) {
        p.unless(JGE, first, 2);
        p.0.push(Instruction { code: JGT, yes: 1, no: 0, k: last });
        exits.push(p.0.len());
        p.put(JUMP, 0);
    }
    p.put(RETURN, ALLOW);
    for exit in exits {
        p.0[exit].k = (p.0.len() - exit - 1) as u32;
    }
    p.unless_exempt_skip_one(header);
    p.put(RETURN, ALLOW);
    p.put(RETURN, TRAP);
    p.0
}

/// Runs of consecutive numbers.
fn ranges(numbers: &[u64]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers.iter().filter(|n| ![EXECVE, EXECVEAT].contains(n)) {
        let number = *number as u32;
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use inline::Image;
    use inline::layout::Native;

    use super::*;

    /// What the kernel would decide.
    fn run(filter: &[Instruction], nr: u64, ip: u64, args: [u64; 6], arch: u32) -> u32 {
        let mut data = Vec::new();
        data.extend((nr as u32).to_le_bytes());
        data.extend(arch.to_le_bytes());
        data.extend(ip.to_le_bytes());
        args.iter().for_each(|arg| data.extend(arg.to_le_bytes()));
        let (mut at, mut a) = (0, 0);
        loop {
            let Instruction { code, yes, no, k } = filter[at];
            at += 1;
            let jump = |holds: bool| usize::from(if holds { yes } else { no });
            match code {
                LOAD => {
                    a = u32::from_le_bytes(data[k as usize..][..4].try_into().unwrap());
                }
                JEQ => at += jump(a == k),
                JGT => at += jump(a > k),
                JGE => at += jump(a >= k),
                JUMP => at += k as usize,
                RETURN => return k,
                _ => unreachable!(),
            }
        }
    }

    fn image(hooked: impl IntoIterator<Item = u64>) -> Image {
        let mut image = Image::default();
        hooked.into_iter().for_each(|nr| image.handle(nr, Native::Count, 0));
        image
    }

    #[test]
    fn hooked_calls_trap_unless_the_runtime_makes_them() {
        let image = image([39, 110, 200]);
        let header = image.header();
        let filter = program(&header, &image.hooked());
        for nr in 0..512 {
            let outside = run(&filter, nr, 0x1234_5678, [0; 6], X86_64);
            let inside = run(&filter, nr, header.exempt_end, [0; 6], X86_64);
            let at_start = run(&filter, nr, header.exempt, [0; 6], X86_64);
            let beyond = run(&filter, nr, header.exempt_end + 1, [0; 6], X86_64);
            let expected = match nr {
                59 | 322 => (NOTIFY, NOTIFY),
                425 => (ENOSYS, ENOSYS),
                _ if image.hooked().contains(&nr) => (TRAP, ALLOW),
                _ => (ALLOW, ALLOW),
            };
            assert_eq!((outside, inside), expected, "{nr}");
            assert_eq!((at_start, beyond), (expected.0, expected.0), "{nr}");
        }
    }

    #[test]
    fn every_number_can_be_hooked_and_the_loader_still_works() {
        let image = image(0..512);
        let header = image.header();
        let filter = program(&header, &image.hooked());
        let magic = [0, 0, 0, 0, 0, LOADER_MAGIC];
        for nr in 0..512 {
            assert_eq!(run(&filter, nr, 4, [0; 6], X86_64), TRAP, "{nr}");
            let inside = if [59, 322].contains(&nr) { NOTIFY } else { ALLOW };
            assert_eq!(run(&filter, nr, header.exempt + 1, [0; 6], X86_64), inside, "{nr}");
        }
        assert_eq!(run(&filter, EXECVE, 4, magic, X86_64), NOTIFY);
        assert_eq!(run(&filter, EXECVE, 4, [0, 0, 0, 0, 0, 1], X86_64), TRAP);
        assert_eq!(run(&filter, MMAP, 4, [BASE + 4096, 0, 0, 0, 0, 0], X86_64), ALLOW);
        assert!(filter.len() < 4096);
    }

    #[test]
    fn the_x32_numbers_trap_even_from_the_runtime_and_32_bit_calls_are_left_alone() {
        let image = image([110]);
        let header = image.header();
        let filter = program(&header, &image.hooked());
        assert_eq!(run(&filter, TRAP_NUMBER + 5, header.exempt + 1, [0; 6], X86_64), TRAP);
        assert_eq!(run(&filter, u64::from(u32::MAX), 4, [0; 6], X86_64), TRAP);
        assert_eq!(run(&filter, 110, 4, [0; 6], 0x4000_0003), ALLOW);
    }
}
