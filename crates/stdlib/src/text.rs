//! `String` methods that must know characters: `inspect`, case, `scrub`.
//!
//! mruby changes the case of ASCII letters only; its own method still does those strings.

use alloc::string::String;
use alloc::vec::Vec;

use mruby::{Error, Value, Vm};

type Change = fn(&str) -> String;

pub(crate) fn install(vm: &Vm) -> Result<(), Error> {
    let string = vm.constant("String")?;
    let cases: [(&str, &str, Change); 4] = [
        ("upcase", "__upcase", str::to_uppercase),
        ("downcase", "__downcase", str::to_lowercase),
        ("capitalize", "__capitalize", capitalize),
        ("swapcase", "__swapcase", swapcase),
    ];
    for (name, kept, change) in cases {
        let (symbol, kept) = (vm.intern(name)?, vm.intern(kept)?);
        vm.call(string, "alias_method", &[kept.into(), symbol.into()])?;
        vm.define_method(string, name, move |vm, this, args| {
            let bytes = vm.bytes(this)?;
            match core::str::from_utf8(&bytes) {
                Ok(text) if !bytes.is_ascii() => vm.string(change(text)),
                _ => vm.call(this, kept, &args.positional()[..0]),
            }
        })?;
        let bang = alloc::format!("{name}!");
        vm.define_method(string, bang.as_str(), move |vm, this, _| {
            let changed = vm.call(this, symbol, &[])?;
            if vm.equal(this, changed)? {
                return Ok(Value::NIL);
            }
            vm.call(this, "replace", &[changed])
        })?;
    }
    for name in ["inspect", "dump"] {
        vm.define_method(string, name, move |vm, this, _| {
            let mut out = Vec::new();
            inspect(&vm.bytes(this)?, name == "dump", &mut out);
            vm.string(out)
        })?;
    }
    // mruby's own reading of decimals is off in the last digit now and then.
    vm.define_method(string, "to_f", |vm, this, _| vm.float(leading_float(&vm.bytes(this)?)))?;
    vm.define_method(string, "valid_encoding?", |vm, this, _| {
        Ok(core::str::from_utf8(&vm.bytes(this)?).is_ok().into())
    })?;
    vm.define_method(string, "ascii_only?", |vm, this, _| Ok(vm.bytes(this)?.is_ascii().into()))?;
    vm.define_method(string, "scrub", |vm, this, args| {
        args.arity(0..=1)?;
        let replacement: Option<Vec<u8>> = args.optional(vm, 0)?;
        let mut out = Vec::new();
        for chunk in vm.bytes(this)?.utf8_chunks() {
            out.extend_from_slice(chunk.valid().as_bytes());
            if chunk.invalid().is_empty() {
                continue;
            }
            match (&replacement, args.block()) {
                (Some(bytes), _) => out.extend_from_slice(bytes),
                (None, Some(block)) => {
                    let text = vm.yield_block(block, &[vm.string(chunk.invalid())?])?;
                    out.extend(vm.bytes(text)?);
                }
                (None, None) => out.extend_from_slice("\u{fffd}".as_bytes()),
            }
        }
        vm.string(out)
    })
}

/// The number that a text begins with; 0 if it begins with none. `_` may stand between digits.
fn leading_float(text: &[u8]) -> f64 {
    let mut number = String::new();
    let (mut point, mut exponent) = (false, false);
    let mut bytes = text.trim_ascii_start().iter().copied().peekable();
    let mut last = b' ';
    while let Some(byte) = bytes.next() {
        let digit_follows = bytes.peek().is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' => {}
            b'_' if last.is_ascii_digit() && digit_follows => continue,
            b'+' | b'-' if last == b' ' || last == b'e' => {}
            b'.' if !point && !exponent && digit_follows => point = true,
            b'e' | b'E' if !exponent && last.is_ascii_digit() => exponent = true,
            _ => break,
        }
        last = byte.to_ascii_lowercase();
        number.push(char::from(last));
    }
    let number = number.trim_end_matches(['e', '+', '-']);
    number.parse().unwrap_or(0.0)
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect()
}

fn swapcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_uppercase() {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
    }
    out
}

/// A literal that reads back as the same bytes; `dump` is ASCII only.
fn inspect(bytes: &[u8], dump: bool, out: &mut Vec<u8>) {
    let valid = core::str::from_utf8(bytes).is_ok();
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid();
        for (at, c) in text.char_indices() {
            let letter = match c {
                '"' => b'"',
                '\\' => b'\\',
                '\n' => b'n',
                '\r' => b'r',
                '\t' => b't',
                '\u{c}' => b'f',
                '\u{b}' => b'v',
                '\u{8}' => b'b',
                '\u{7}' => b'a',
                '\u{1b}' => b'e',
                // Only where it would begin an interpolation.
                '#' if text[at + 1..].starts_with(['{', '$', '@']) => b'#',
                _ => {
                    plain(c, valid && !dump, dump, out);
                    continue;
                }
            };
            out.extend([b'\\', letter]);
        }
        for byte in chunk.invalid() {
            out.extend(alloc::format!("\\x{byte:02X}").bytes());
        }
    }
    out.push(b'"');
}

fn plain(c: char, unicode: bool, dump: bool, out: &mut Vec<u8>) {
    let number = u32::from(c);
    if c == ' ' || c.is_ascii_graphic() || (!c.is_ascii() && !dump && printable(c)) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else if number < 0x80 && !unicode {
        out.extend(alloc::format!("\\x{number:02X}").bytes());
    } else if number > 0xffff {
        out.extend(alloc::format!("\\u{{{number:X}}}").bytes());
    } else {
        out.extend(alloc::format!("\\u{number:04X}").bytes());
    }
}

/// Not a control, a separator of lines, or a private or invisible mark.
fn printable(c: char) -> bool {
    !c.is_control()
        && !matches!(u32::from(c), 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xf0000..)
}
