//! `JSON`: text straight into values and back, without a tree in between.
//!
//! Bytes that are not UTF-8 become U+FFFD in what is generated: a buffer of a watched program can
//! be emitted as it comes.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use mruby::{Args, Error, Kind, Value, Vm};

use crate::host::Host;
use crate::regexp::string_bytes;

/// `max_nesting` where it is not given.
const NESTING: usize = 100;

/// The spaces of generated text.
#[derive(Clone, Default, Debug)]
struct Style {
    indent: Vec<u8>,
    space: Vec<u8>,
    object_newline: Vec<u8>,
    array_newline: Vec<u8>,
    not_a_number: bool,
}

/// `to_json` is there before `JSON` has been named.
pub(crate) fn install_eagerly(vm: &Vm) -> Result<(), Error> {
    let kernel = vm.constant("Kernel")?;
    vm.define_method(kernel, "to_json", |vm, this, _| {
        let mut out = Vec::new();
        if plain(this) {
            generate(vm, this, &Style::default(), 0, &mut out)?;
        } else {
            quote(&vm.bytes(vm.call(this, "to_s", &[])?)?, &mut out);
        }
        vm.string(out)
    })
}

pub(crate) fn install(vm: &Vm, _: &Rc<dyn Host>) -> Result<(), Error> {
    let json = vm.define_module(Value::NIL, "JSON")?;
    vm.define_singleton_method(json, "parse", |vm, _, args| {
        args.arity(1..=2)?;
        let text = string_bytes(vm, args[0])?;
        let options = args.positional().get(1).copied().or_else(|| args.keywords());
        let get = |name: &str| -> Result<Option<Value>, Error> {
            match options.filter(|o| o.kind() == Kind::Hash) {
                Some(options) => vm.hash_get(options, vm.intern(name)?),
                None => Ok(None),
            }
        };
        let nesting = match get("max_nesting")? {
            Some(value) => usize::try_from(value.as_i64().unwrap_or(0)).unwrap_or(0),
            None => NESTING,
        };
        let mut parser = Parser {
            vm,
            text: &text,
            at: 0,
            depth: 0,
            nesting: if nesting == 0 { 10_000 } else { nesting },
            symbols: get("symbolize_names")?.is_some_and(Value::truthy),
            not_a_number: get("allow_nan")?.is_some_and(Value::truthy),
        };
        parser.document()
    })?;
    vm.define_singleton_method(json, "generate", |vm, _, args| {
        args.arity(1..=2)?;
        text_of(vm, args, style(vm, args, Style::default())?)
    })?;
    vm.define_singleton_method(json, "pretty_generate", |vm, _, args| {
        args.arity(1..=2)?;
        let pretty = Style {
            indent: b"  ".to_vec(),
            space: b" ".to_vec(),
            object_newline: b"\n".to_vec(),
            array_newline: b"\n".to_vec(),
            not_a_number: false,
        };
        text_of(vm, args, style(vm, args, pretty)?)
    })
}

fn text_of(vm: &Vm, args: &Args<'_>, style: Style) -> Result<Value, Error> {
    let mut out = Vec::new();
    // `generate(a: 1)` without braces means the Hash.
    let value =
        args.positional().first().copied().or_else(|| args.keywords()).unwrap_or(Value::NIL);
    generate(vm, value, &style, 0, &mut out)?;
    vm.string(out)
}

fn style(vm: &Vm, args: &Args<'_>, mut style: Style) -> Result<Style, Error> {
    let Some(options) = args.positional().get(1).copied().or_else(|| args.keywords()) else {
        return Ok(style);
    };
    if options.kind() != Kind::Hash {
        return Ok(style);
    }
    for (name, place) in [
        ("indent", &mut style.indent),
        ("space", &mut style.space),
        ("object_nl", &mut style.object_newline),
        ("array_nl", &mut style.array_newline),
    ] {
        if let Some(value) = vm.hash_get(options, vm.intern(name)?)? {
            *place = string_bytes(vm, value)?;
        }
    }
    let nan = vm.hash_get(options, vm.intern("allow_nan")?)?;
    style.not_a_number = nan.is_some_and(Value::truthy);
    Ok(style)
}

/// Whether a value has a form of its own in JSON.
fn plain(value: Value) -> bool {
    use Kind::{Array, BigInteger, False, Float, Hash, Integer, Nil, String, Symbol, True};
    matches!(
        value.kind(),
        Nil | True | False | Integer | BigInteger | Float | String | Symbol | Array | Hash
    )
}

fn generate(
    vm: &Vm,
    value: Value,
    style: &Style,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    if depth > NESTING {
        return Err(Error::new("JSON::NestingError", format!("nesting of {depth} is too deep")));
    }
    let line = |newline: &[u8], depth: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(newline);
        if !newline.is_empty() {
            (0..depth).for_each(|_| out.extend_from_slice(&style.indent));
        }
    };
    match value.kind() {
        Kind::Nil => out.extend_from_slice(b"null"),
        Kind::True => out.extend_from_slice(b"true"),
        Kind::False => out.extend_from_slice(b"false"),
        Kind::Integer => out.extend(format!("{}", value.as_i64().unwrap_or(0)).bytes()),
        Kind::BigInteger => out.extend(vm.to_s(value).bytes()),
        Kind::Float => {
            let float = value.as_f64().unwrap_or(0.0);
            if !float.is_finite() && !style.not_a_number {
                let text = format!("{} not allowed in JSON", crate::numbers::float(float));
                return Err(Error::new("JSON::GeneratorError", text));
            }
            out.extend(crate::numbers::float(float).bytes());
        }
        Kind::String => quote(&vm.bytes(value)?, out),
        Kind::Symbol => quote(vm.to_s(value).as_bytes(), out),
        Kind::Array => {
            let items = vm.items(value)?;
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                line(&style.array_newline, depth + 1, out);
                generate(vm, *item, style, depth + 1, out)?;
            }
            if !items.is_empty() {
                line(&style.array_newline, depth, out);
            }
            out.push(b']');
        }
        Kind::Hash => {
            let pairs = vm.pairs(value)?;
            out.push(b'{');
            for (n, (key, value)) in pairs.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                line(&style.object_newline, depth + 1, out);
                match key.kind() {
                    Kind::String => quote(&vm.bytes(*key)?, out),
                    _ => quote(vm.to_s(*key).as_bytes(), out),
                }
                out.push(b':');
                out.extend_from_slice(&style.space);
                generate(vm, *value, style, depth + 1, out)?;
            }
            if !pairs.is_empty() {
                line(&style.object_newline, depth, out);
            }
            out.push(b'}');
        }
        _ => {
            let text = vm.call(value, "to_json", &[])?;
            out.extend(string_bytes(vm, text)?);
        }
    }
    Ok(())
}

fn quote(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            match byte {
                b'"' => out.extend_from_slice(b"\\\""),
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                0x08 => out.extend_from_slice(b"\\b"),
                0x0c => out.extend_from_slice(b"\\f"),
                0..=0x1f => out.extend(format!("\\u{byte:04x}").bytes()),
                _ => out.push(byte),
            }
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}

struct Parser<'a> {
    vm: &'a Vm,
    text: &'a [u8],
    at: usize,
    depth: usize,
    nesting: usize,
    symbols: bool,
    not_a_number: bool,
}

impl Parser<'_> {
    fn error(&self, what: &str) -> Error {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        let rest = &self.text[before.len()..];
        let what = if rest.is_empty() {
            String::from("unexpected end of input")
        } else {
            let shown = String::from_utf8_lossy(&rest[..rest.len().min(20)]).into_owned();
            format!("{what} at '{shown}'")
        };
        Error::new("JSON::ParserError", format!("{what} (line {line}, column {column})"))
    }

    fn unexpected(&self) -> Error {
        self.error("unexpected token")
    }

    fn space(&mut self) -> Result<(), Error> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                // Comments, which Ruby's parser takes too.
                Some(b'/') => {
                    let rest = &self.text[self.at..];
                    let length = if rest.starts_with(b"/*") {
                        rest.windows(2).skip(2).position(|w| w == b"*/").map(|n| n + 4)
                    } else if rest.starts_with(b"//") {
                        Some(rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()))
                    } else {
                        None
                    };
                    self.at += length.ok_or_else(|| self.unexpected())?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn document(&mut self) -> Result<Value, Error> {
        self.space()?;
        let value = self.value()?;
        self.space()?;
        if self.at < self.text.len() { Err(self.unexpected()) } else { Ok(value) }
    }

    fn word(&mut self, word: &[u8], value: Value) -> Result<Value, Error> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.unexpected())
        }
    }

    fn value(&mut self) -> Result<Value, Error> {
        match self.text.get(self.at) {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => {
                let bytes = self.string()?;
                self.vm.string(bytes)
            }
            Some(b't') => self.word(b"true", Value::TRUE),
            Some(b'f') => self.word(b"false", Value::FALSE),
            Some(b'n') => self.word(b"null", Value::NIL),
            Some(b'N') if self.not_a_number => self.word(b"NaN", self.vm.float(f64::NAN)?),
            Some(b'I') if self.not_a_number => {
                self.word(b"Infinity", self.vm.float(f64::INFINITY)?)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected()),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Error>) -> Result<Value, Error> {
        self.depth += 1;
        if self.depth > self.nesting {
            let text = format!("nesting of {} is too deep", self.depth);
            return Err(Error::new("JSON::NestingError", text));
        }
        self.at += 1;
        self.space()?;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// Behind an item: true if another one follows.
    fn more(&mut self, closing: u8) -> Result<bool, Error> {
        self.space()?;
        match self.text.get(self.at) {
            Some(b',') => {
                self.at += 1;
                self.space()?;
                Ok(true)
            }
            Some(byte) if *byte == closing => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn array(&mut self) -> Result<Value, Error> {
        let array = self.vm.array(&[])?;
        if self.text.get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(array);
        }
        loop {
            let _scope = self.vm.scope();
            let item = self.value()?;
            self.vm.push(array, item)?;
            if !self.more(b']')? {
                return Ok(array);
            }
        }
    }

    fn object(&mut self) -> Result<Value, Error> {
        let hash = self.vm.hash()?;
        if self.text.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(hash);
        }
        loop {
            let _scope = self.vm.scope();
            if self.text.get(self.at) != Some(&b'"') {
                return Err(self.error("expected object key"));
            }
            let key = self.string()?;
            let key = if self.symbols {
                self.vm.call(self.vm.string(key)?, "to_sym", &[])?
            } else {
                self.vm.string(key)?
            };
            self.space()?;
            if self.text.get(self.at) != Some(&b':') {
                return Err(self.error("expected ':' after object key"));
            }
            self.at += 1;
            self.space()?;
            let value = self.value()?;
            self.vm.hash_set(hash, key, value)?;
            if !self.more(b'}')? {
                return Ok(hash);
            }
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, Error> {
        let start = self.at;
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let Some(byte) = self.text.get(self.at).copied() else {
                self.at = start;
                return Err(self.error("unterminated string"));
            };
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => self.escape(&mut out)?,
                0..=0x1f => return Err(self.error("invalid ASCII control character in string")),
                _ => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let kind = self.text.get(self.at + 1).copied();
        let byte = match kind {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'u') => {
                let mut unit = self.hex()?;
                if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with(b"\\u") {
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    }
                }
                let c = char::from_u32(unit).unwrap_or('\u{fffd}');
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            Some(other) => other,
            None => return Err(self.unexpected()),
        };
        out.push(byte);
        self.at += 2;
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, Error> {
        let digits = self.text.get(self.at + 2..self.at + 6);
        let digits = digits.and_then(|d| core::str::from_utf8(d).ok());
        let unit = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        let unit =
            unit.ok_or_else(|| self.error("incomplete unicode character escape sequence"))?;
        self.at += 6;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        let mut at = self.at;
        let digits = |at: &mut usize| {
            let from = *at;
            while self.text.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            *at - from
        };
        at += usize::from(self.text[at] == b'-');
        if self.not_a_number && self.text[at..].starts_with(b"Infinity") {
            self.at = at + 8;
            return self.vm.float(f64::NEG_INFINITY);
        }
        let whole = digits(&mut at);
        if whole == 0 || whole > 1 && self.text[at - whole] == b'0' {
            return Err(self.unexpected());
        }
        let mut float = false;
        if self.text.get(at) == Some(&b'.') {
            at += 1;
            float = true;
            if digits(&mut at) == 0 {
                return Err(self.unexpected());
            }
        }
        if matches!(self.text.get(at), Some(b'e' | b'E')) {
            at += 1;
            float = true;
            at += usize::from(matches!(self.text.get(at), Some(b'+' | b'-')));
            if digits(&mut at) == 0 {
                return Err(self.unexpected());
            }
        }
        self.at = at;
        let text = core::str::from_utf8(&self.text[start..at]).unwrap_or("0");
        if float {
            return self.vm.float(text.parse().unwrap_or(f64::NAN));
        }
        match text.parse::<i64>() {
            Ok(number) => self.vm.integer(number),
            Err(_) => self.vm.call(self.vm.string(text)?, "to_i", &[]),
        }
    }
}
