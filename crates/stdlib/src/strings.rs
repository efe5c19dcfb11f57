//! The methods of `String` that take a `Regexp`.
//!
//! What mruby has for Strings alone stays reachable under another name and does that part of the
//! work: `"a,b".split(",")` is as fast as before.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use mruby::{Args, Error, Kind, Value, Vm};

use crate::regex::{UNSET, unit_length};
use crate::regexp::{
    Matched, Pattern, Regexps, byte_of, characters, group_of, match_from, string_bytes, too_complex,
};

/// Methods that keep doing what they did where no Regexp is given.
const KEPT: [(&str, &str); 9] = [
    ("[]", "__aref"),
    ("[]=", "__aset"),
    ("slice!", "__slice!"),
    ("split", "__split"),
    ("index", "__index"),
    ("rindex", "__rindex"),
    ("start_with?", "__start_with?"),
    ("partition", "__partition"),
    ("rpartition", "__rpartition"),
];

/// What is searched for.
enum Wanted {
    Text(Vec<u8>),
    Pattern(Rc<Pattern>),
}

impl Wanted {
    fn find(&self, text: &[u8], from: usize) -> Result<Option<Vec<usize>>, Error> {
        match self {
            Wanted::Pattern(pattern) => pattern.find(text, from),
            Wanted::Text(wanted) => {
                Ok(find(text, wanted, from).map(|start| alloc::vec![start, start + wanted.len()]))
            }
        }
    }
}

fn find(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let Some(first) = wanted.first() else { return (from <= text.len()).then_some(from) };
    let mut at = from;
    loop {
        at += text.get(at..)?.iter().position(|b| b == first)?;
        if text[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
}

/// Defines them.
pub(crate) fn install(vm: &Vm, regexps: &Rc<Regexps>) -> Result<(), Error> {
    let string = vm.constant("String")?;
    for (name, kept) in KEPT {
        let (name, kept) = (vm.intern(name)?, vm.intern(kept)?);
        vm.call(string, "alias_method", &[kept.into(), name.into()])?;
    }
    let define =
        |name: &'static str,
         method: fn(&Vm, &Rc<Regexps>, Value, &Args<'_>) -> Result<Value, Error>| {
            let all = regexps.clone();
            vm.define_method(string, name, move |vm, this, args| method(vm, &all, this, args))
        };
    define("=~", |vm, all, this, args| {
        args.arity(1..=1)?;
        match all.pattern(vm, args[0]) {
            Some(pattern) => vm.to_ruby(all.search_value(vm, &pattern, this)?),
            None if args[0].kind() == Kind::String => {
                Err(Error::type_error("wrong argument type String (expected Regexp)"))
            }
            None if args[0].is_nil() => Ok(Value::NIL),
            None => vm.call(args[0], "=~", &[this]),
        }
    })?;
    define("match", |vm, all, this, args| {
        args.arity(1..=2)?;
        let regexp = regexp_of(vm, all, args[0])?;
        match_from(vm, all, regexp, this, args)
    })?;
    define("match?", |vm, all, this, args| {
        args.arity(1..=2)?;
        let mut args = args.positional().to_vec();
        let regexp = regexp_of(vm, all, args[0])?;
        args[0] = this;
        vm.call(regexp, "match?", &args)
    })?;
    define("sub", |vm, all, this, args| {
        Ok(substitute(vm, all, this, args, false)?.unwrap_or(vm.call(this, "dup", &[])?))
    })?;
    define("gsub", |vm, all, this, args| {
        if args.len() == 1 && args.block().or_else(|| args.keywords()).is_none() {
            let name = vm.intern("gsub")?;
            return vm.call(this, "to_enum", &[name.into(), args[0]]);
        }
        Ok(substitute(vm, all, this, args, true)?.unwrap_or(vm.call(this, "dup", &[])?))
    })?;
    define("sub!", |vm, all, this, args| in_place(vm, all, this, args, false))?;
    define("gsub!", |vm, all, this, args| in_place(vm, all, this, args, true))?;
    define("scan", scan)?;
    define("split", split)?;
    define("[]", aref)?;
    define("slice", aref)?;
    define("[]=", aset)?;
    define("slice!", slice_in_place)?;
    define("index", index)?;
    define("rindex", rindex)?;
    define("start_with?", start_with)?;
    define("partition", partition)?;
    define("rpartition", rpartition)
}

/// `match` takes a String for a pattern's source.
fn regexp_of(vm: &Vm, all: &Rc<Regexps>, value: Value) -> Result<Value, Error> {
    if all.pattern(vm, value).is_some() {
        return Ok(value);
    }
    match value.kind() {
        Kind::String => vm.call(all.class, "compile", &[value]),
        _ => {
            let class = vm.class_name(value);
            let text = alloc::format!("wrong argument type {class} (expected Regexp)");
            Err(Error::type_error(text))
        }
    }
}

/// Where the replacements of `sub` and `gsub` come from.
enum Replacement {
    Text(Vec<u8>),
    Hash(Value),
    Block(Value),
}

/// The text with replacements; none if nothing matched.
fn substitute(
    vm: &Vm,
    all: &Rc<Regexps>,
    this: Value,
    args: &Args<'_>,
    global: bool,
) -> Result<Option<Value>, Error> {
    // `gsub(/x/, "a" => "b")`: a Hash without braces arrives as keywords.
    let second = args.positional().get(1).copied().or_else(|| args.keywords());
    args.arity(if args.block().or_else(|| args.keywords()).is_some() { 1..=2 } else { 2..=2 })?;
    let replacement = match second {
        Some(hash) if hash.kind() == Kind::Hash => Replacement::Hash(hash),
        Some(text) => Replacement::Text(string_bytes(vm, text)?),
        None => Replacement::Block(args.block().unwrap_or(Value::NIL)),
    };
    let wanted = match (all.pattern(vm, args[0]), &replacement) {
        (Some(pattern), _) => Wanted::Pattern(pattern),
        (None, Replacement::Block(_)) => Wanted::Pattern(all.coerce(vm, args[0])?),
        (None, _) => Wanted::Text(string_bytes(vm, args[0])?),
    };
    let text: Rc<[u8]> = vm.bytes(this)?.into();
    let mut out = Vec::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    let mut last: Option<Vec<usize>> = None;
    while at <= text.len() {
        let Some(slots) = wanted.find(&text, at)? else { break };
        let (start, end) = (slots[0], slots[1]);
        out.extend_from_slice(&text[copied..start]);
        match &replacement {
            Replacement::Text(replacement) => {
                let names = match &wanted {
                    Wanted::Pattern(pattern) => Some(pattern.as_ref()),
                    Wanted::Text(_) => None,
                };
                expand(replacement, &text, &slots, names, &mut out)?;
            }
            Replacement::Hash(hash) => {
                let _scope = vm.scope();
                let value = vm.call(*hash, "[]", &[vm.string(&text[start..end])?])?;
                out.extend(text_of(vm, value)?);
            }
            Replacement::Block(block) => {
                let _scope = vm.scope();
                if let Wanted::Pattern(pattern) = &wanted {
                    remember(vm, all, &text, slots.clone(), pattern)?;
                }
                let value = vm.yield_block(*block, &[vm.string(&text[start..end])?])?;
                out.extend(text_of(vm, value)?);
            }
        }
        copied = end;
        last = Some(slots);
        if !global {
            break;
        }
        at = end;
        if start == end {
            let length = if end < text.len() { unit_length(&text, end) } else { 1 };
            out.extend_from_slice(&text[end..(end + length).min(text.len())]);
            copied = (end + length).min(text.len());
            at = end + length;
        }
    }
    let found = last.is_some();
    if let Wanted::Pattern(pattern) = &wanted {
        match last {
            Some(slots) => remember(vm, all, &text, slots, pattern)?,
            None => all.remember(vm, None)?,
        }
    }
    if !found {
        return Ok(None);
    }
    out.extend_from_slice(&text[copied..]);
    vm.string(out).map(Some)
}

fn remember(
    vm: &Vm,
    all: &Rc<Regexps>,
    text: &Rc<[u8]>,
    slots: Vec<usize>,
    pattern: &Rc<Pattern>,
) -> Result<(), Error> {
    let matched = Matched { text: text.clone(), slots, pattern: pattern.clone() };
    all.remember(vm, Some(matched))
}

fn text_of(vm: &Vm, value: Value) -> Result<Vec<u8>, Error> {
    match value.kind() {
        Kind::String => vm.bytes(value),
        _ => vm.bytes(vm.call(value, "to_s", &[])?),
    }
}

/// `\1`, `\k<name>`, `\0`, `\&`, `` \` ``, `\'` and `\\` in a replacement.
fn expand(
    replacement: &[u8],
    text: &[u8],
    slots: &[usize],
    pattern: Option<&Pattern>,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let group = |n: usize| match (slots.get(2 * n), slots.get(2 * n + 1)) {
        (Some(&start), Some(&end)) if start != UNSET && end != UNSET => &text[start..end],
        _ => &[][..],
    };
    let mut at = 0;
    while at < replacement.len() {
        let byte = replacement[at];
        at += 1;
        if byte != b'\\' || at == replacement.len() {
            out.push(byte);
            continue;
        }
        let kind = replacement[at];
        at += 1;
        match kind {
            b'0'..=b'9' => out.extend_from_slice(group(usize::from(kind - b'0'))),
            b'&' => out.extend_from_slice(group(0)),
            b'`' => out.extend_from_slice(&text[..slots[0]]),
            b'\'' => out.extend_from_slice(&text[slots[1]..]),
            b'\\' => out.push(b'\\'),
            b'k' if replacement.get(at) == Some(&b'<') => {
                let rest = &replacement[at + 1..];
                let Some(end) = rest.iter().position(|b| *b == b'>') else {
                    out.extend_from_slice(b"\\k");
                    continue;
                };
                let name = &rest[..end];
                at += end + 2;
                let names = pattern.map_or(&[][..], |p| p.regex.names());
                let groups = names.iter().find(|(n, _)| n.as_bytes() == name);
                let Some((_, groups)) = groups else {
                    let name = String::from_utf8_lossy(name).into_owned();
                    let text = alloc::format!("undefined group name reference: {name}");
                    return Err(Error::new("IndexError", text));
                };
                let matched = groups.iter().rev().find(|g| slots[2 * **g] != UNSET);
                out.extend_from_slice(matched.map_or(&[][..], |g| group(*g)));
            }
            other => out.extend([b'\\', other]),
        }
    }
    Ok(())
}

fn in_place(
    vm: &Vm,
    all: &Rc<Regexps>,
    this: Value,
    args: &Args<'_>,
    global: bool,
) -> Result<Value, Error> {
    match substitute(vm, all, this, args, global)? {
        Some(text) => vm.call(this, "replace", &[text]),
        None => Ok(Value::NIL),
    }
}

fn scan(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    args.arity(1..=1)?;
    let pattern = all.coerce(vm, args[0])?;
    let text: Rc<[u8]> = vm.bytes(this)?.into();
    let found = vm.array(&[])?;
    let mut at = 0;
    let mut last = None;
    while at <= text.len() {
        let Some(slots) = pattern.find(&text, at)? else { break };
        at = slots[1];
        if slots[0] == slots[1] {
            at += if at < text.len() { unit_length(&text, at) } else { 1 };
        }
        let _scope = vm.scope();
        let part = |pair: &[usize]| (pair[0] != UNSET).then(|| &text[pair[0]..pair[1]]);
        let item = if slots.len() == 2 {
            vm.to_ruby(part(&slots))?
        } else {
            vm.to_ruby(slots[2..].chunks(2).map(part).collect::<Vec<_>>())?
        };
        match args.block() {
            Some(block) => {
                remember(vm, all, &text, slots, &pattern)?;
                vm.yield_block(block, &[item])?;
            }
            None => {
                vm.push(found, item)?;
                last = Some(slots);
            }
        }
    }
    if args.block().is_some() {
        return Ok(this);
    }
    match last {
        Some(slots) => remember(vm, all, &text, slots, &pattern)?,
        None => all.remember(vm, None)?,
    }
    Ok(found)
}

fn split(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    args.arity(0..=2)?;
    let pattern = all.pattern(vm, args.get(0));
    let parts = match pattern {
        Some(pattern) => {
            let limit = args.optional::<i64>(vm, 1)?.unwrap_or(0);
            vm.to_ruby(split_by(&pattern, &vm.bytes(this)?, limit)?)?
        }
        None => vm.call(this, "__split", args.positional())?,
    };
    match args.block() {
        Some(block) => {
            for part in vm.items(parts)? {
                vm.yield_block(block, &[part])?;
            }
            Ok(this)
        }
        None => Ok(parts),
    }
}

fn split_by(pattern: &Pattern, text: &[u8], limit: i64) -> Result<Vec<Vec<u8>>, Error> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    if text.is_empty() {
        return Ok(parts);
    }
    if limit == 1 {
        return Ok(alloc::vec![text.to_vec()]);
    }
    // A match of nothing splits only if it is found again one character on, as in Ruby.
    let (mut from, mut at, mut count, mut nothing) = (0, 0, 1, false);
    while at <= text.len() {
        let Some(slots) = pattern.find(text, at)? else { break };
        let (start, end) = (slots[0], slots[1]);
        if start == end && start == at {
            if !nothing {
                at += if at < text.len() { unit_length(text, at) } else { 1 };
                nothing = true;
                continue;
            }
            parts.push(text[from..from + unit_length(text, from)].to_vec());
            from = at;
        } else {
            parts.push(text[from..start].to_vec());
            (from, at) = (end, end);
        }
        nothing = false;
        for pair in slots[2..].chunks(2).filter(|pair| pair[0] != UNSET) {
            parts.push(text[pair[0]..pair[1]].to_vec());
        }
        count += 1;
        if limit > 0 && count >= limit {
            break;
        }
    }
    if limit != 0 || from < text.len() {
        parts.push(text[from..].to_vec());
    }
    if limit == 0 {
        while parts.last().is_some_and(Vec::is_empty) {
            parts.pop();
        }
    }
    Ok(parts)
}

fn aref(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    let Some(pattern) = all.pattern(vm, args.get(0)) else {
        return vm.call(this, "__aref", args.positional());
    };
    let text: Rc<[u8]> = vm.bytes(this)?.into();
    match search(vm, all, &pattern, &text, args.get(1))? {
        Some((start, end)) => vm.string(&text[start..end]),
        None => Ok(Value::NIL),
    }
}

/// Where the pattern, or one of its groups, matches.
fn search(
    vm: &Vm,
    all: &Rc<Regexps>,
    pattern: &Rc<Pattern>,
    text: &Rc<[u8]>,
    group: Value,
) -> Result<Option<(usize, usize)>, Error> {
    let Some(slots) = pattern.find(text, 0)? else {
        all.remember(vm, None)?;
        return Ok(None);
    };
    let matched = || Matched { text: text.clone(), slots: slots.clone(), pattern: pattern.clone() };
    all.remember(vm, Some(matched()))?;
    let group = if group.is_nil() { Some(0) } else { group_of(vm, &matched(), group)? };
    Ok(group.and_then(|g| matched().span(g)))
}

fn aset(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    let Some(pattern) = all.pattern(vm, args.get(0)) else {
        return vm.call(this, "__aset", args.positional());
    };
    args.arity(2..=3)?;
    let value = args[args.len() - 1];
    let group = if args.len() == 3 { args[1] } else { Value::NIL };
    let text: Rc<[u8]> = vm.bytes(this)?.into();
    let Some((start, end)) = search(vm, all, &pattern, &text, group)? else {
        return Err(Error::new("IndexError", "regexp not matched"));
    };
    let mut whole = text[..start].to_vec();
    whole.extend(string_bytes(vm, value)?);
    whole.extend_from_slice(&text[end..]);
    vm.call(this, "replace", &[vm.string(whole)?])?;
    Ok(value)
}

fn slice_in_place(
    vm: &Vm,
    all: &Rc<Regexps>,
    this: Value,
    args: &Args<'_>,
) -> Result<Value, Error> {
    let Some(pattern) = all.pattern(vm, args.get(0)) else {
        return vm.call(this, "__slice!", args.positional());
    };
    let text: Rc<[u8]> = vm.bytes(this)?.into();
    let Some((start, end)) = search(vm, all, &pattern, &text, args.get(1))? else {
        return Ok(Value::NIL);
    };
    let mut rest = text[..start].to_vec();
    rest.extend_from_slice(&text[end..]);
    vm.call(this, "replace", &[vm.string(rest)?])?;
    vm.string(&text[start..end])
}

fn index(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    let Some(pattern) = all.pattern(vm, args.get(0)) else {
        return vm.call(this, "__index", args.positional());
    };
    let text = vm.bytes(this)?;
    let Some(from) = byte_of(&text, args.optional(vm, 1)?.unwrap_or(0)) else {
        return Ok(Value::NIL);
    };
    let found = all.search(vm, &pattern, &text, from)?;
    vm.to_ruby(found.map(|slots| characters(&text, slots[0])))
}

fn rindex(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    let Some(pattern) = all.pattern(vm, args.get(0)) else {
        return vm.call(this, "__rindex", args.positional());
    };
    let text = vm.bytes(this)?;
    let from = match args.optional::<i64>(vm, 1)? {
        Some(index) if index < -characters(&text, text.len()) => return Ok(Value::NIL),
        Some(index) => byte_of(&text, index).unwrap_or(text.len()),
        None => text.len(),
    };
    let found = pattern.regex.find_last(&text, from).map_err(too_complex)?;
    let at = found.as_ref().map(|slots| characters(&text, slots[0]));
    all.remember(
        vm,
        found.map(|slots| Matched { text: text.into(), slots, pattern: pattern.clone() }),
    )?;
    vm.to_ruby(at)
}

fn start_with(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    for prefix in args.positional() {
        let begins = match all.pattern(vm, *prefix) {
            Some(pattern) => {
                let text = vm.bytes(this)?;
                let found = pattern.regex.find_here(&text, 0).map_err(too_complex)?;
                let matched = found.map(|slots| Matched {
                    text: text.into(),
                    slots,
                    pattern: pattern.clone(),
                });
                let begins = matched.is_some();
                all.remember(vm, matched)?;
                begins
            }
            None => vm.call(this, "__start_with?", &[*prefix])?.truthy(),
        };
        if begins {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn partition(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    let Some(pattern) = all.pattern(vm, args.get(0)) else {
        return vm.call(this, "__partition", args.positional());
    };
    let text = vm.bytes(this)?;
    match all.search(vm, &pattern, &text, 0)? {
        Some(s) => vm.to_ruby((&text[..s[0]], &text[s[0]..s[1]], &text[s[1]..])),
        None => vm.to_ruby((text, "", "")),
    }
}

fn rpartition(vm: &Vm, all: &Rc<Regexps>, this: Value, args: &Args<'_>) -> Result<Value, Error> {
    let Some(pattern) = all.pattern(vm, args.get(0)) else {
        return vm.call(this, "__rpartition", args.positional());
    };
    let text = vm.bytes(this)?;
    let found = pattern.regex.find_last(&text, text.len()).map_err(too_complex)?;
    match found {
        Some(s) => vm.to_ruby((&text[..s[0]], &text[s[0]..s[1]], &text[s[1]..])),
        None => vm.to_ruby(("", "", text)),
    }
}
