//! How long an instruction is, and whether the next one follows it.
//!
//! Used from a proven boundary on (the instruction behind a trapped `syscall`), in a straight line,
//! to prove that bytes that look like padding are an instruction of their own. What is not known
//! for certain (VEX, EVEX, XOP, invalid) is `None`, and the search ends there.

/// What an instruction is, as far as patching cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The next instruction may follow.
    Flows,
    /// The next instruction never follows: `ret`, `jmp`, `ud2`, `hlt`, `int3`.
    Ends,
    /// Does nothing.
    Nop,
}

/// Length and kind of the instruction at the start of `code`.
pub fn decode(code: &[u8]) -> Option<(usize, Kind)> {
    let mut at = 0;
    let (mut word, mut short_address, mut wide) = (false, false, false);
    let mut repeat = false;
    let opcode = loop {
        let byte = *code.get(at)?;
        at += 1;
        if at > 14 {
            return None;
        }
        match byte {
            0x66 => word = true,
            0x67 => short_address = true,
            0xf2 | 0xf3 => repeat = true,
            0x2e | 0x36 | 0x3e | 0x26 | 0x64 | 0x65 | 0xf0 => {}
            0x40..=0x4f => {
                wide = byte & 8 != 0;
                let opcode = *code.get(at)?;
                at += 1;
                break opcode;
            }
            _ => break byte,
        }
    };
    let imm = if word { 2 } else { 4 };
    let mut kind = Kind::Flows;
    let (modrm, immediate) = if opcode == 0x0f {
        let second = *code.get(at)?;
        at += 1;
        match second {
            0x05
            | 0x06
            | 0x08
            | 0x09
            | 0x30..=0x35
            | 0x37
            | 0x77
            | 0xa0..=0xa2
            | 0xa8..=0xaa
            | 0xc8..=0xcf => (false, 0),
            0x0b => {
                kind = Kind::Ends;
                (false, 0)
            }
            0x1f => {
                kind = Kind::Nop;
                (true, 0)
            }
            0x38 => {
                at += 1;
                (true, 0)
            }
            0x3a => {
                at += 1;
                (true, 1)
            }
            0x70..=0x73 | 0xa4 | 0xac | 0xba | 0xc2 | 0xc4..=0xc6 => (true, 1),
            0x80..=0x8f => (false, 4),
            0x00..=0x03
            | 0x0d
            | 0x10..=0x1e
            | 0x20..=0x23
            | 0x28..=0x2f
            | 0x40..=0x6f
            | 0x74..=0x76
            | 0x7c..=0x7f
            | 0x90..=0x9f
            | 0xa3
            | 0xa5
            | 0xab
            | 0xad..=0xb9
            | 0xbb..=0xc1
            | 0xc3
            | 0xc7
            | 0xd0..=0xfe => (true, 0),
            _ => return None,
        }
    } else {
        match opcode {
            0x00..=0x3f => match opcode & 7 {
                0..=3 => (true, 0),
                4 => (false, 1),
                5 => (false, imm),
                _ => return None,
            },
            0x50..=0x5f
            | 0x6c..=0x6f
            | 0x91..=0x99
            | 0x9b..=0x9f
            | 0xa4..=0xa7
            | 0xaa..=0xaf
            | 0xc9
            | 0xd7
            | 0xec..=0xef
            | 0xf5
            | 0xf8..=0xfd => (false, 0),
            0x90 => {
                kind = if repeat || wide { Kind::Flows } else { Kind::Nop };
                (false, 0)
            }
            0x63 | 0x84..=0x8e | 0xd0..=0xd3 | 0xd8..=0xdf | 0xfe => (true, 0),
            0x8f => {
                if code.get(at)? & 0x38 != 0 {
                    return None;
                }
                (true, 0)
            }
            0x68 | 0xa9 => (false, imm),
            0xe8 => (false, 4),
            0x69 | 0x81 | 0xc7 => (true, imm),
            0x6a | 0x70..=0x7f | 0xa8 | 0xb0..=0xb7 | 0xcd | 0xe0..=0xe7 => (false, 1),
            0x6b | 0x80 | 0x83 | 0xc0 | 0xc1 | 0xc6 => (true, 1),
            0xa0..=0xa3 => (false, if short_address { 4 } else { 8 }),
            0xb8..=0xbf => (false, if wide { 8 } else { imm }),
            0xc2 | 0xca => {
                kind = Kind::Ends;
                (false, 2)
            }
            0xc3 | 0xcb | 0xcc | 0xcf | 0xf4 => {
                kind = Kind::Ends;
                (false, 0)
            }
            0xc8 => (false, 3),
            0xe9 => {
                kind = Kind::Ends;
                (false, 4)
            }
            0xeb => {
                kind = Kind::Ends;
                (false, 1)
            }
            0xf6 | 0xf7 => {
                let tests = code.get(at)? & 0x30 == 0;
                (
                    true,
                    if !tests {
                        0
                    } else if opcode == 0xf6 {
                        1
                    } else {
                        imm
                    },
                )
            }
            0xff => {
                if matches!(code.get(at)? >> 3 & 7, 4 | 5) {
                    kind = Kind::Ends;
                }
                (true, 0)
            }
            _ => return None,
        }
    };
    if modrm {
        let byte = *code.get(at)?;
        at += 1;
        let (mode, rm) = (byte >> 6, byte & 7);
        let mut displacement = match mode {
            1 => 1,
            2 => 4,
            _ => 0,
        };
        if mode != 3 && rm == 4 {
            let sib = *code.get(at)?;
            at += 1;
            if mode == 0 && sib & 7 == 5 {
                displacement = 4;
            }
        } else if mode == 0 && rm == 5 {
            displacement = 4;
        }
        at += displacement;
    }
    at += immediate;
    (at <= 15 && at <= code.len()).then_some((at, kind))
}
