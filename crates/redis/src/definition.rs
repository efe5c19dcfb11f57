//! What a script defines: commands, events, rhythms. The words `command`, `on_keyspace` and `every`
//! collect them while the script is loaded; nothing is in force before the whole script has run.

use std::cell::Cell;
use std::ffi::{CString, c_int};
use std::rc::Rc;

use mruby::{Args, Error, Kind, Root, Value, Vm};

use crate::context::Keys;
use crate::runtime::State;

/// All that one script defines.
#[derive(Debug, Default)]
pub struct Definitions {
    /// Its commands.
    pub commands: Vec<Rc<Command>>,
    /// What it wants to know of the keys.
    pub watches: Vec<Rc<Watch>>,
    /// What it does again and again.
    pub rhythms: Vec<Rc<Rhythm>>,
}

/// A command written in Ruby.
#[derive(Debug)]
pub struct Command {
    /// Its name, in lower case.
    pub name: String,
    /// The script that defines it.
    pub script: Rc<str>,
    /// What it does.
    pub block: Root,
    /// Where its keys are.
    pub keys: Keys,
    /// What its arguments are; without this they are strings, any number of them.
    pub params: Option<Vec<Param>>,
    /// The server's flags, as words.
    pub flags: CString,
    /// Whether it may write.
    pub writes: bool,
    /// Whether it runs on a thread of its own.
    pub background: bool,
    /// Whether its calls are checked against the rights of the caller.
    pub checked: bool,
    /// What it is for.
    pub summary: CString,
    /// How often it ran.
    pub calls: Cell<u64>,
    /// How often that ended in an error.
    pub errors: Cell<u64>,
}

/// An argument of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    form: Form,
    count: Count,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    String,
    Integer,
    Float,
    Symbol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    One,
    Optional,
    Any,
}

/// An interest in events of the keyspace.
#[derive(Debug)]
pub struct Watch {
    /// The server's `REDISMODULE_NOTIFY_…` bits.
    pub classes: c_int,
    /// Called with the event and the key.
    pub block: Root,
    /// The script that defines it.
    pub script: Rc<str>,
}

/// A block that runs again and again.
#[derive(Debug)]
pub struct Rhythm {
    /// How often.
    pub milliseconds: i64,
    /// What.
    pub block: Root,
    /// The script that defines it.
    pub script: Rc<str>,
}

impl Command {
    /// How many arguments it takes, its name included; negative: at least so many.
    pub fn arity(&self) -> c_int {
        let Some(params) = &self.params else { return -1 };
        let least = params.iter().filter(|param| param.count == Count::One).count();
        let least = c_int::try_from(least).unwrap_or(c_int::MAX - 1) + 1;
        if params.iter().all(|param| param.count == Count::One) { least } else { -least }
    }

    /// Whether so many arguments, without the name, can be right.
    pub fn takes(&self, given: usize) -> bool {
        let Some(params) = &self.params else { return true };
        let least = params.iter().filter(|param| param.count == Count::One).count();
        let any = params.last().is_some_and(|param| param.count == Count::Any);
        given >= least && (any || given <= params.len())
    }

    /// The arguments in Ruby.
    pub fn arguments<'a>(
        &self,
        vm: &Vm,
        given: impl Iterator<Item = &'a [u8]>,
        out: &mut Vec<Value>,
    ) -> Result<(), Error> {
        for (index, bytes) in given.enumerate() {
            let param = self.params.as_ref().and_then(|all| all.get(index).or_else(|| all.last()));
            let wrong = |wanted| {
                let (at, name) = (index + 1, &self.name);
                Error::new("Redis::Error", format!("ERR argument {at} of {name} is not {wanted}"))
            };
            out.push(match param.map_or(Form::String, |param| param.form) {
                Form::String => vm.string(bytes)?,
                Form::Integer => vm.integer(integer(bytes).ok_or_else(|| wrong("an integer"))?)?,
                Form::Float => vm.float(float(bytes).ok_or_else(|| wrong("a number"))?)?,
                // Symbols are never freed, so a client must not be able to make new ones.
                Form::Symbol => {
                    let known = std::str::from_utf8(bytes).ok().and_then(|s| vm.known_symbol(s));
                    known.ok_or_else(|| wrong("a word that the script knows"))?.into()
                }
            });
        }
        Ok(())
    }
}

/// A whole number as the server's own commands read it: no sign but `-`, no leading zeros.
fn integer(bytes: &[u8]) -> Option<i64> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let plain = match digits {
        [b'0'] => digits.len() == bytes.len(),
        [first, ..] => (b'1'..=b'9').contains(first),
        [] => false,
    };
    if !plain {
        return None;
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn float(bytes: &[u8]) -> Option<f64> {
    std::str::from_utf8(bytes).ok()?.parse().ok().filter(|n: &f64| !n.is_nan())
}

/// Defines the words.
pub fn define(vm: &Vm, kernel: Value, state: &Rc<State>) -> Result<(), Error> {
    let here = Rc::clone(state);
    vm.define_method(kernel, "command", move |vm, _, args| {
        let command = read_command(vm, args, here.loading("command")?)?;
        here.collect(|all| {
            if all.commands.iter().any(|other| other.name == command.name) {
                let text = format!("the command {} is defined twice", command.name);
                return Err(Error::argument(text));
            }
            all.commands.push(Rc::new(command));
            Ok(Value::NIL)
        })
    })?;
    let here = Rc::clone(state);
    vm.define_method(kernel, "on_keyspace", move |vm, _, args| {
        let script = here.loading("on_keyspace")?;
        let block = block(args, "on_keyspace")?;
        let mut classes = 0;
        for class in args.positional() {
            classes |= event_class(vm, *class)?;
        }
        if classes == 0 {
            classes = EVERY_CLASS;
        }
        let watch = Watch { classes, block: vm.root(block), script };
        here.collect(|all| {
            all.watches.push(Rc::new(watch));
            Ok(Value::NIL)
        })
    })?;
    let here = Rc::clone(state);
    vm.define_method(kernel, "every", move |vm, _, args| {
        let script = here.loading("every")?;
        args.arity(1..=1)?;
        let seconds: f64 = args.required(vm, 0)?;
        let block = block(args, "every")?;
        if !(0.001..=1e9).contains(&seconds) {
            return Err(Error::argument("every wants seconds, 0.001 or more"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "within 1e12 by the line above")]
        let milliseconds = (seconds * 1000.0) as i64;
        let rhythm = Rhythm { milliseconds, block: vm.root(block), script };
        here.collect(|all| {
            all.rhythms.push(Rc::new(rhythm));
            Ok(Value::NIL)
        })
    })
}

fn block(args: &Args<'_>, word: &str) -> Result<Value, Error> {
    args.block().ok_or_else(|| Error::argument(format!("{word} wants a block")))
}

fn c_string(text: String, what: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::argument(format!("{what} has a NUL byte")))
}

fn read_command(vm: &Vm, args: &Args<'_>, script: Rc<str>) -> Result<Command, Error> {
    args.arity(1..=1)?;
    args.only_keywords(vm, &["keys", "args", "flags", "summary", "acl"])?;
    let name: String = args.required(vm, 0)?;
    let name = name.to_ascii_lowercase();
    if name.is_empty() || name.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'|') {
        let text = format!("{name:?} can't be the name of a command: no spaces, no '|'");
        return Err(Error::argument(text));
    }
    if name.starts_with("ruby.") {
        return Err(Error::argument("names that start with ruby. are the module's own"));
    }
    let block = vm.root(block(args, "command")?);
    let keyword = |name: &str| args.keyword(vm, name).map(|value| value.and_then(Value::non_nil));
    let keys = keyword("keys")?.map_or(Ok(Keys::None), |keys| read_keys(vm, keys))?;
    let params = keyword("args")?.map(|params| read_params(vm, params)).transpose()?;
    let (mut writes, mut background) = (false, false);
    let mut flags = Vec::new();
    if let Some(given) = keyword("flags")? {
        for flag in vm.to_rust::<Vec<String>>(given)? {
            match flag.as_str() {
                "background" => background = true,
                "write" => writes = true,
                "readonly" => {}
                _ => flags.push(server_flag(&flag)?),
            }
        }
    }
    flags.insert(0, if writes { "write" } else { "readonly" });
    let summary = keyword("summary")?.map(|text| vm.to_rust(text)).transpose()?;
    let summary = c_string(summary.unwrap_or_default(), "the summary")?;
    c_string(name.clone(), "the name")?;
    Ok(Command {
        name,
        script,
        block,
        keys,
        params,
        flags: c_string(flags.join(" "), "a flag")?,
        writes,
        background,
        checked: keyword("acl")? != Some(Value::FALSE),
        summary,
        calls: Cell::new(0),
        errors: Cell::new(0),
    })
}

/// A flag in the server's spelling.
fn server_flag(flag: &str) -> Result<&'static str, Error> {
    Ok(match flag {
        "denyoom" | "deny_oom" => "deny-oom",
        "admin" => "admin",
        "fast" => "fast",
        "noscript" | "deny_script" => "deny-script",
        "loading" | "allow_loading" => "allow-loading",
        "stale" | "allow_stale" => "allow-stale",
        "pubsub" => "pubsub",
        "no_auth" => "no-auth",
        "no_monitor" => "no-monitor",
        "no_slowlog" => "no-slowlog",
        _ => {
            let text = format!(
                "unknown flag {flag:?}: there are write, readonly, background, denyoom, admin, \
                 fast, noscript, loading, stale, pubsub, no_auth, no_monitor and no_slowlog"
            );
            return Err(Error::argument(text));
        }
    })
}

/// `1`, `1..2`, `1..-1`, or `[1, -1, 2]` for every second argument.
fn read_keys(vm: &Vm, keys: Value) -> Result<Keys, Error> {
    let number = |value: Value| vm.to_rust::<c_int>(value);
    let (first, last, step) = match keys.kind() {
        Kind::Integer => (number(keys)?, number(keys)?, 1),
        Kind::Range => {
            let (first, last, exclusive) = vm.range_parts(keys)?;
            let last = last.non_nil().map_or(Ok(-1), number)?;
            (number(first)?, last - c_int::from(exclusive), 1)
        }
        Kind::Array => {
            let (first, last, step): (c_int, c_int, c_int) = vm.to_rust(keys)?;
            (first, last, step)
        }
        _ => return Err(Error::type_error("keys: wants 1..1, a number, or [first, last, step]")),
    };
    if first < 1 || step < 1 || (last >= 0 && last < first) {
        return Err(Error::argument("keys: are counted from 1; the last may be -1, from the end"));
    }
    Ok(Keys::Range { first, last, step })
}

/// `[:key, :integer, :float?, [:string]]`: required, optional, any number of.
fn read_params(vm: &Vm, params: Value) -> Result<Vec<Param>, Error> {
    let mut read: Vec<Param> = Vec::new();
    for item in vm.items(params).map_err(|_| Error::type_error("args: wants an Array"))? {
        if read.last().is_some_and(|last| last.count == Count::Any) {
            return Err(Error::argument("args: nothing may follow [any number of arguments]"));
        }
        let (item, mut count) = match item.kind() {
            Kind::Array if vm.len(item)? == 1 => (vm.items(item)?[0], Count::Any),
            _ => (item, Count::One),
        };
        let word: String = vm.to_rust(item)?;
        let word = match word.strip_suffix('?') {
            Some(word) if count == Count::One => {
                count = Count::Optional;
                word
            }
            _ => word.as_str(),
        };
        if count == Count::One && read.last().is_some_and(|last| last.count == Count::Optional) {
            return Err(Error::argument("args: a required argument can't follow an optional one"));
        }
        let form = match word {
            "key" | "string" => Form::String,
            "integer" => Form::Integer,
            "float" => Form::Float,
            "symbol" => Form::Symbol,
            _ => {
                let text = format!(
                    "args: unknown {word:?}: there are key, string, integer, float and symbol, \
                     with ? for optional and [...] for any number of them"
                );
                return Err(Error::argument(text));
            }
        };
        read.push(Param { form, count });
    }
    Ok(read)
}

const EVERY_CLASS: c_int = 0b10_0111_1111_1100;

/// The server's bit for a class of events.
fn event_class(vm: &Vm, class: Value) -> Result<c_int, Error> {
    let name: String = vm.to_rust(class)?;
    let bit = match name.as_str() {
        "generic" => 2,
        "string" => 3,
        "list" => 4,
        "set" => 5,
        "hash" => 6,
        "zset" => 7,
        "expired" => 8,
        "evicted" => 9,
        "stream" => 10,
        "missed" => 11,
        "loaded" => 12,
        "module" => 13,
        "new" => 14,
        "all" => return Ok(EVERY_CLASS),
        _ => {
            let text = format!(
                "unknown class of events {name:?}: there are generic, string, list, set, hash, \
                 zset, stream, expired, evicted, missed, loaded, module, new and all"
            );
            return Err(Error::argument(text));
        }
    };
    Ok(1 << bit)
}

#[cfg(test)]
mod tests {
    use super::{float, integer};

    #[test]
    fn numbers_are_read_as_the_server_reads_them() {
        let read = |text: &str| integer(text.as_bytes());
        for n in [0, 5, -5, 10, i64::MAX, i64::MIN] {
            assert_eq!(read(&n.to_string()), Some(n));
        }
        for text in ["", "-", "-0", "+5", "05", " 5", "5 ", "5.0", "9223372036854775808", "x"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(float(b"1e3"), Some(1000.0));
        assert_eq!(float(b"inf"), Some(f64::INFINITY));
        assert_eq!(float(b"nan"), None);
    }
}
