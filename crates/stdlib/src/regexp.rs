//! `Regexp`, `MatchData`, and the globals `$~ $& $1…`.
//!
//! A literal is compiled when it is first met and found again by its text, for mruby's compiler
//! turns `/x/` into `Regexp.compile("x")` at every evaluation. The globals are set by whatever
//! matches, as plain globals: mruby reads them as such, so they are not local to a method.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use mruby::{Args, Error, FromRuby, Kind, Symbol, Value, Vm};

use crate::regex::{Options, Regex, TooComplex, UNSET, unit_length};

/// As many literals are kept compiled; a program that makes up more starts over.
const MOST_CACHED: usize = 2000;

/// What stands behind a `Regexp`.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    pub(crate) source: Vec<u8>,
    pub(crate) options: Options,
}

impl Pattern {
    pub(crate) fn new(source: &[u8], options: Options) -> Result<Pattern, Error> {
        let regex = Regex::new(source, options)
            .map_err(|error| Error::new("RegexpError", alloc::format!("{error}")))?;
        Ok(Pattern { regex, source: source.to_vec(), options })
    }

    pub(crate) fn find(&self, text: &[u8], from: usize) -> Result<Option<Vec<usize>>, Error> {
        self.regex.find(text, from).map_err(too_complex)
    }
}

pub(crate) fn too_complex(error: TooComplex) -> Error {
    Error::new("RegexpError", alloc::format!("{error}"))
}

/// What stands behind a `MatchData`.
#[derive(Debug)]
pub(crate) struct Matched {
    pub(crate) text: Rc<[u8]>,
    pub(crate) slots: Vec<usize>,
    pub(crate) pattern: Rc<Pattern>,
}

impl Matched {
    /// Start and end of a group in bytes.
    pub(crate) fn span(&self, group: usize) -> Option<(usize, usize)> {
        match (self.slots.get(2 * group)?, self.slots.get(2 * group + 1)?) {
            (&UNSET, _) | (_, &UNSET) => None,
            (start, end) => Some((*start, *end)),
        }
    }

    pub(crate) fn group(&self, group: usize) -> Option<&[u8]> {
        self.span(group).and_then(|(start, end)| self.text.get(start..end))
    }

    /// The group a name stands for: the last one that took part.
    pub(crate) fn named(&self, name: &[u8]) -> Option<usize> {
        let names = self.pattern.regex.names();
        let (_, groups) = names.iter().find(|(n, _)| n.as_bytes() == name)?;
        let matched = groups.iter().rev().find(|g| self.span(**g).is_some());
        matched.or_else(|| groups.last()).copied()
    }
}

/// How many characters there are before a byte.
pub(crate) fn characters(text: &[u8], end: usize) -> i64 {
    let end = end.min(text.len());
    if text[..end].is_ascii() {
        return i64::try_from(end).unwrap_or(i64::MAX);
    }
    let (mut at, mut count) = (0, 0);
    while at < end {
        at += unit_length(text, at);
        count += 1;
    }
    count
}

/// The byte at which a character begins; negative counts from the end. None beyond the text.
pub(crate) fn byte_of(text: &[u8], index: i64) -> Option<usize> {
    let index = if index < 0 { index + characters(text, text.len()) } else { index };
    let mut left = usize::try_from(index).ok()?;
    if text.is_ascii() {
        return (left <= text.len()).then_some(left);
    }
    let mut at = 0;
    while left > 0 {
        if at >= text.len() {
            return None;
        }
        at += unit_length(text, at);
        left -= 1;
    }
    Some(at)
}

/// A global that is set only for a program that mentions it, since each costs a String.
#[derive(Debug)]
struct Global {
    name: String,
    symbol: Cell<Option<Symbol>>,
}

impl Global {
    fn new(name: impl Into<String>) -> Global {
        Global { name: name.into(), symbol: Cell::new(None) }
    }

    fn set(&self, vm: &Vm, value: impl FnOnce() -> Result<Value, Error>) -> Result<(), Error> {
        if self.symbol.get().is_none() {
            self.symbol.set(vm.known_symbol(&self.name));
        }
        match self.symbol.get() {
            Some(symbol) => vm.set_global(symbol, value()?),
            None => Ok(()),
        }
    }
}

/// The classes, the compiled literals and the globals of one VM.
#[derive(Debug)]
pub(crate) struct Regexps {
    pub(crate) class: Value,
    match_class: Value,
    /// By source and a byte of options.
    cache: RefCell<BTreeMap<Vec<u8>, Value>>,
    buffer: RefCell<Vec<u8>>,
    last: RefCell<Option<Rc<Matched>>>,
    /// `$~`
    object: Global,
    /// `` $& $` $' $+ ``
    parts: [Global; 4],
    /// `$1` and so on.
    numbered: RefCell<Vec<Global>>,
    /// How many groups the globals have; 0 with `$~` nil.
    set: Cell<usize>,
}

impl Regexps {
    /// The pattern behind a value, if it is a Regexp.
    pub(crate) fn pattern(&self, vm: &Vm, value: Value) -> Option<Rc<Pattern>> {
        if value.kind() == Kind::Data { vm.data::<Pattern>(value).ok() } else { None }
    }

    /// A new `Regexp`, not cached.
    fn wrap(&self, vm: &Vm, pattern: Pattern) -> Result<Value, Error> {
        let regexp = vm.wrap(self.class, Rc::new(pattern))?;
        vm.freeze(regexp)
    }

    /// The `Regexp` of a literal.
    fn literal(&self, vm: &Vm, source: Value, options: Options) -> Result<Value, Error> {
        let mut key = self.buffer.take();
        key.clear();
        if vm.append_bytes_to(source, &mut key).is_none() {
            key.extend(string_bytes(vm, source)?);
        }
        key.push(bits(options));
        let found = self.cache.borrow().get(&key).copied();
        let result = match found {
            Some(found) => Ok(found),
            None => self.compile(vm, &key, options),
        };
        self.buffer.replace(key);
        result
    }

    fn compile(&self, vm: &Vm, key: &[u8], options: Options) -> Result<Value, Error> {
        let regexp = self.wrap(vm, Pattern::new(&key[..key.len() - 1], options)?)?;
        if self.cache.borrow().len() >= MOST_CACHED {
            self.cache.borrow_mut().clear();
            vm.set_instance_variable(self.class, "cache", vm.array(&[])?)?;
        }
        // Ruby keeps them alive in an array that scripts can't reach.
        vm.push(vm.instance_variable(self.class, "cache")?, regexp)?;
        self.cache.borrow_mut().insert(key.to_vec(), regexp);
        Ok(regexp)
    }

    /// A Regexp, or a String to be taken literally, or something with `to_str`.
    pub(crate) fn coerce(&self, vm: &Vm, value: Value) -> Result<Rc<Pattern>, Error> {
        if let Some(pattern) = self.pattern(vm, value) {
            return Ok(pattern);
        }
        let text = string_bytes(vm, value).map_err(|_| {
            let class = vm.class_name(value);
            Error::type_error(alloc::format!("wrong argument type {class} (expected Regexp)"))
        })?;
        Pattern::new(&escape(&text), Options::default()).map(Rc::new)
    }

    /// Sets the globals for a match, or for none.
    pub(crate) fn remember(&self, vm: &Vm, matched: Option<Matched>) -> Result<(), Error> {
        let Some(matched) = matched else { return self.forget(vm) };
        let matched = Rc::new(matched);
        let (start, end) = matched.span(0).unwrap_or_default();
        let groups = matched.slots.len() / 2;
        let [whole, before, after, plus] = &self.parts;
        whole.set(vm, || vm.string(&matched.text[start..end]))?;
        before.set(vm, || vm.string(&matched.text[..start]))?;
        after.set(vm, || vm.string(&matched.text[end..]))?;
        plus.set(vm, || vm.to_ruby((1..groups).rev().find_map(|g| matched.group(g))))?;
        while self.numbered.borrow().len() + 1 < groups {
            let number = self.numbered.borrow().len() + 1;
            self.numbered.borrow_mut().push(Global::new(alloc::format!("${number}")));
        }
        for (n, global) in
            self.numbered.borrow().iter().enumerate().take(groups.max(self.set.get()) - 1)
        {
            global.set(vm, || vm.to_ruby(matched.group(n + 1)))?;
        }
        self.set.set(groups);
        self.object.set(vm, || vm.wrap(self.match_class, matched.clone()))?;
        self.last.replace(Some(matched));
        Ok(())
    }

    fn forget(&self, vm: &Vm) -> Result<(), Error> {
        if self.set.get() == 0 {
            return Ok(());
        }
        let nil = || Ok(Value::NIL);
        self.object.set(vm, nil)?;
        for part in &self.parts {
            part.set(vm, nil)?;
        }
        for global in self.numbered.borrow().iter().take(self.set.get() - 1) {
            global.set(vm, nil)?;
        }
        self.set.set(0);
        self.last.replace(None);
        Ok(())
    }

    /// Searches and sets the globals.
    pub(crate) fn search(
        &self,
        vm: &Vm,
        pattern: &Rc<Pattern>,
        text: &[u8],
        from: usize,
    ) -> Result<Option<Vec<usize>>, Error> {
        let found = pattern.find(text, from)?;
        let matched = found.clone().map(|slots| Matched {
            text: text.into(),
            slots,
            pattern: pattern.clone(),
        });
        self.remember(vm, matched)?;
        Ok(found)
    }

    /// Searches a String or Symbol and sets the globals: where the match begins, in characters.
    pub(crate) fn search_value(
        &self,
        vm: &Vm,
        pattern: &Rc<Pattern>,
        text: Value,
    ) -> Result<Option<i64>, Error> {
        let mut bytes = self.buffer.take();
        bytes.clear();
        if vm.append_bytes_to(text, &mut bytes).is_none() {
            bytes.extend(string_bytes(vm, text)?);
        }
        let found = self.search(vm, pattern, &bytes, 0);
        let at = found.map(|found| found.map(|slots| characters(&bytes, slots[0])));
        self.buffer.replace(bytes);
        at
    }

    /// The last match as an object, or nil.
    pub(crate) fn last(&self, vm: &Vm) -> Result<Value, Error> {
        match &*self.last.borrow() {
            Some(matched) => vm.wrap(self.match_class, matched.clone()),
            None => Ok(Value::NIL),
        }
    }
}

/// The bytes of a String or Symbol, or of what `to_str` answers.
pub(crate) fn string_bytes(vm: &Vm, value: Value) -> Result<Vec<u8>, Error> {
    match value.kind() {
        Kind::String => vm.bytes(value),
        Kind::Symbol => Ok(vm.to_s(value).into_bytes()),
        _ if value.responds_to(vm, "to_str") => vm.bytes(vm.call(value, "to_str", &[])?),
        _ => Vec::from_ruby(vm, value),
    }
}

fn bits(options: Options) -> u8 {
    u8::from(options.ignore_case)
        | u8::from(options.extended) << 1
        | u8::from(options.multiline) << 2
        | u8::from(options.bytes) << 5
}

/// Flags as `Regexp.new` takes them: an Integer, `"im"`, or true for `i`.
fn options(vm: &Vm, flags: Value, encoding: Value) -> Result<Options, Error> {
    let mut options = Options::default();
    match flags.kind() {
        Kind::Integer => {
            let flags = flags.as_i64().unwrap_or(0);
            options.ignore_case = flags & 1 != 0;
            options.extended = flags & 2 != 0;
            options.multiline = flags & 4 != 0;
            options.bytes = flags & 32 != 0;
        }
        Kind::String => {
            for flag in vm.bytes(flags)? {
                match flag {
                    b'i' => options.ignore_case = true,
                    b'x' => options.extended = true,
                    b'm' => options.multiline = true,
                    b'n' => options.bytes = true,
                    b'o' | b'u' => {}
                    _ => {
                        let text = vm.to_s(flags);
                        let text = alloc::format!("unknown regexp options: {text}");
                        return Err(Error::argument(text));
                    }
                }
            }
        }
        _ => options.ignore_case = flags.truthy(),
    }
    if encoding.kind() == Kind::String {
        options.bytes |= vm.bytes(encoding)?.contains(&b'n');
    }
    Ok(options)
}

/// `Regexp.escape`
pub(crate) fn escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        let letter = match byte {
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            0x0c => b'f',
            0x0b => b'v',
            b'[' | b']' | b'{' | b'}' | b'(' | b')' | b'|' | b'-' | b'*' | b'.' | b'\\' | b'?'
            | b'+' | b'^' | b'$' | b'#' | b' ' => *byte,
            _ => {
                out.push(*byte);
                continue;
            }
        };
        out.extend([b'\\', letter]);
    }
    out
}

fn letters(options: Options) -> [(bool, u8); 3] {
    [(options.multiline, b'm'), (options.ignore_case, b'i'), (options.extended, b'x')]
}

/// `(?m-ix:source)`
fn to_s(pattern: &Pattern) -> Vec<u8> {
    let mut out = b"(?".to_vec();
    let letters = letters(pattern.options);
    out.extend(letters.iter().filter(|l| l.0).map(|l| l.1));
    if letters.iter().any(|l| !l.0) {
        out.push(b'-');
        out.extend(letters.iter().filter(|l| !l.0).map(|l| l.1));
    }
    out.push(b':');
    slashed(&pattern.source, &mut out);
    out.push(b')');
    out
}

/// The source with its slashes escaped.
fn slashed(source: &[u8], out: &mut Vec<u8>) {
    let mut escaped = false;
    for byte in source {
        if *byte == b'/' && !escaped {
            out.push(b'\\');
        }
        if *byte == b'\n' {
            out.extend_from_slice(b"\\n");
        } else {
            out.push(*byte);
        }
        escaped = *byte == b'\\' && !escaped;
    }
}

/// Defines the two classes.
pub(crate) fn install(vm: &Vm) -> Result<Rc<Regexps>, Error> {
    let class = vm.define_class(Value::NIL, "Regexp", Value::NIL)?;
    vm.data_class(class)?;
    let match_class = vm.define_class(Value::NIL, "MatchData", Value::NIL)?;
    vm.data_class(match_class)?;
    vm.set_instance_variable(class, "cache", vm.array(&[])?)?;
    for (name, value) in [
        ("IGNORECASE", 1),
        ("EXTENDED", 2),
        ("MULTILINE", 4),
        ("FIXEDENCODING", 16),
        ("NOENCODING", 32),
    ] {
        vm.define_const(class, name, value)?;
    }
    let regexps = Rc::new(Regexps {
        class,
        match_class,
        cache: RefCell::new(BTreeMap::new()),
        buffer: RefCell::default(),
        last: RefCell::new(None),
        object: Global::new("$~"),
        parts: ["$&", "$`", "$'", "$+"].map(Global::new),
        numbered: RefCell::new(Vec::new()),
        set: Cell::new(0),
    });
    singletons(vm, &regexps)?;
    methods(vm, &regexps)?;
    match_methods(vm, match_class)?;
    Ok(regexps)
}

fn singletons(vm: &Vm, regexps: &Rc<Regexps>) -> Result<(), Error> {
    let class = regexps.class;
    let all = regexps.clone();
    vm.define_singleton_method(class, "compile", move |vm, _, args| {
        args.arity(1..=3)?;
        if let Some(pattern) = all.pattern(vm, args[0]) {
            let source = vm.string(&pattern.source)?;
            return all.literal(vm, source, pattern.options);
        }
        let options = match args.len() {
            1 => Options::default(),
            _ => options(vm, args[1], args.get(2))?,
        };
        all.literal(vm, args[0], options)
    })?;
    let all = regexps.clone();
    vm.define_singleton_method(class, "new", move |vm, _, args| {
        args.arity(1..=3)?;
        let pattern = match all.pattern(vm, args[0]) {
            Some(pattern) => Pattern::new(&pattern.source, pattern.options)?,
            None => {
                let options = options(vm, args.get(1), args.get(2))?;
                Pattern::new(&string_bytes(vm, args[0])?, options)?
            }
        };
        all.wrap(vm, pattern)
    })?;
    for name in ["escape", "quote"] {
        vm.define_singleton_method(class, name, |vm, _, args| {
            args.arity(1..=1)?;
            vm.string(escape(&string_bytes(vm, args[0])?))
        })?;
    }
    let all = regexps.clone();
    vm.define_singleton_method(class, "union", move |vm, _, args| {
        let items = match args.positional() {
            [one] if one.kind() == Kind::Array => vm.items(*one)?,
            many => many.to_vec(),
        };
        if let [one] = items.as_slice()
            && all.pattern(vm, *one).is_some()
        {
            return Ok(*one);
        }
        let mut source = Vec::new();
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                source.push(b'|');
            }
            match all.pattern(vm, *item) {
                Some(pattern) => source.extend(to_s(&pattern)),
                None => source.extend(escape(&string_bytes(vm, *item)?)),
            }
        }
        if items.is_empty() {
            source.extend_from_slice(b"(?!)");
        }
        all.wrap(vm, Pattern::new(&source, Options::default())?)
    })?;
    let all = regexps.clone();
    vm.define_singleton_method(class, "last_match", move |vm, _, args| {
        let last = all.last(vm)?;
        match args.positional() {
            [group] if !last.is_nil() => vm.call(last, "[]", &[*group]),
            _ => Ok(last),
        }
    })
}

fn methods(vm: &Vm, regexps: &Rc<Regexps>) -> Result<(), Error> {
    let class = regexps.class;
    let all = regexps.clone();
    vm.define_method(class, "match", move |vm, this, args| {
        args.arity(1..=2)?;
        match_from(vm, &all, this, args[0], args)
    })?;
    let all = regexps.clone();
    vm.define_method(class, "match?", move |vm, this, args| {
        args.arity(1..=2)?;
        let pattern = vm.data::<Pattern>(this)?;
        if args[0].is_nil() {
            return Ok(Value::FALSE);
        }
        let mut text = all.buffer.take();
        text.clear();
        if vm.append_bytes_to(args[0], &mut text).is_none() {
            text.extend(string_bytes(vm, args[0])?);
        }
        let from = match args.len() {
            1 => Some(0),
            _ => byte_of(&text, args.required(vm, 1)?),
        };
        let found = from.map_or(Ok(false), |from| pattern.regex.is_match(&text, from));
        all.buffer.replace(text);
        Ok(found.map_err(too_complex)?.into())
    })?;
    let all = regexps.clone();
    vm.define_method(class, "=~", move |vm, this, args| {
        args.arity(1..=1)?;
        let pattern = vm.data::<Pattern>(this)?;
        if args[0].is_nil() {
            all.remember(vm, None)?;
            return Ok(Value::NIL);
        }
        vm.to_ruby(all.search_value(vm, &pattern, args[0])?)
    })?;
    let all = regexps.clone();
    vm.define_method(class, "===", move |vm, this, args| {
        args.arity(1..=1)?;
        let pattern = vm.data::<Pattern>(this)?;
        let text = matches!(args[0].kind(), Kind::String | Kind::Symbol)
            || args[0].responds_to(vm, "to_str");
        if !text {
            all.remember(vm, None)?;
            return Ok(Value::FALSE);
        }
        Ok(all.search_value(vm, &pattern, args[0])?.is_some().into())
    })?;
    vm.define_method(class, "source", |vm, this, _| vm.string(&vm.data::<Pattern>(this)?.source))?;
    vm.define_method(class, "options", |vm, this, _| {
        vm.to_ruby(i32::from(bits(vm.data::<Pattern>(this)?.options)))
    })?;
    vm.define_method(class, "casefold?", |vm, this, _| {
        Ok(vm.data::<Pattern>(this)?.options.ignore_case.into())
    })?;
    vm.define_method(class, "to_s", |vm, this, _| vm.string(to_s(&*vm.data::<Pattern>(this)?)))?;
    vm.define_method(class, "inspect", |vm, this, _| {
        let pattern = vm.data::<Pattern>(this)?;
        let mut out = b"/".to_vec();
        slashed(&pattern.source, &mut out);
        out.push(b'/');
        out.extend(letters(pattern.options).iter().filter(|l| l.0).map(|l| l.1));
        if pattern.options.bytes {
            out.push(b'n');
        }
        vm.string(out)
    })?;
    vm.define_method(class, "names", |vm, this, _| {
        let pattern = vm.data::<Pattern>(this)?;
        let names: Vec<&str> = pattern.regex.names().iter().map(|(n, _)| n.as_str()).collect();
        vm.to_ruby(names)
    })?;
    vm.define_method(class, "named_captures", |vm, this, _| {
        let pattern = vm.data::<Pattern>(this)?;
        let hash = vm.hash()?;
        for (name, groups) in pattern.regex.names() {
            vm.hash_set(hash, vm.string(name)?, vm.to_ruby(groups.as_slice())?)?;
        }
        Ok(hash)
    })?;
    for name in ["==", "eql?"] {
        vm.define_method(class, name, |vm, this, args| {
            let one = vm.data::<Pattern>(this)?;
            let other = match args.get(0).kind() {
                Kind::Data => vm.data::<Pattern>(args.get(0)).ok(),
                _ => None,
            };
            let same = |p: Rc<Pattern>| p.source == one.source && p.options == one.options;
            Ok(other.is_some_and(same).into())
        })?;
    }
    vm.define_method(class, "hash", |vm, this, _| {
        let pattern = vm.data::<Pattern>(this)?;
        vm.call(vm.string(&pattern.source)?, "hash", &[])
    })
}

/// `match(text, from = 0)` of Regexp and String, with its block.
pub(crate) fn match_from(
    vm: &Vm,
    regexps: &Rc<Regexps>,
    regexp: Value,
    text: Value,
    args: &Args<'_>,
) -> Result<Value, Error> {
    let pattern = vm.data::<Pattern>(regexp)?;
    if text.is_nil() {
        regexps.remember(vm, None)?;
        return Ok(Value::NIL);
    }
    let text = string_bytes(vm, text)?;
    let Some(from) = byte_of(&text, args.optional(vm, 1)?.unwrap_or(0)) else {
        regexps.remember(vm, None)?;
        return Ok(Value::NIL);
    };
    if regexps.search(vm, &pattern, &text, from)?.is_none() {
        return Ok(Value::NIL);
    }
    let object = regexps.last(vm)?;
    match args.block() {
        Some(block) => vm.yield_block(block, &[object]),
        None => Ok(object),
    }
}

/// The group that `m[1]`, `m[-1]`, `m["name"]` or `m[:name]` names; none if there is no such number.
pub(crate) fn group_of(vm: &Vm, matched: &Matched, which: Value) -> Result<Option<usize>, Error> {
    match which.kind() {
        Kind::String | Kind::Symbol => {
            let name = string_bytes(vm, which)?;
            match matched.named(&name) {
                Some(group) => Ok(Some(group)),
                None => {
                    let name = String::from_utf8_lossy(&name).into_owned();
                    let text = alloc::format!("undefined group name reference: {name}");
                    Err(Error::new("IndexError", text))
                }
            }
        }
        _ => {
            let number = i64::from_ruby(vm, which)?;
            let count = matched.slots.len() / 2;
            let number =
                if number < 0 { number + i64::try_from(count).unwrap_or(0) } else { number };
            Ok(usize::try_from(number).ok().filter(|n| *n < count))
        }
    }
}

fn match_methods(vm: &Vm, class: Value) -> Result<(), Error> {
    vm.define_method(class, "[]", |vm, this, args| {
        args.arity(1..=2)?;
        let matched = vm.data::<Matched>(this)?;
        if args.len() == 2 || args[0].kind() == Kind::Range {
            return vm.call(vm.call(this, "to_a", &[])?, "[]", args.positional());
        }
        let group = group_of(vm, &matched, args[0])?;
        vm.to_ruby(group.and_then(|g| matched.group(g)))
    })?;
    vm.define_method(class, "to_a", |vm, this, _| groups(vm, &*vm.data::<Matched>(this)?, 0))?;
    vm.define_method(class, "captures", |vm, this, _| groups(vm, &*vm.data::<Matched>(this)?, 1))?;
    vm.define_method(class, "to_s", |vm, this, _| vm.to_ruby(vm.data::<Matched>(this)?.group(0)))?;
    vm.define_method(class, "pre_match", |vm, this, _| {
        let matched = vm.data::<Matched>(this)?;
        vm.string(&matched.text[..matched.span(0).unwrap_or_default().0])
    })?;
    vm.define_method(class, "post_match", |vm, this, _| {
        let matched = vm.data::<Matched>(this)?;
        vm.string(&matched.text[matched.span(0).unwrap_or_default().1..])
    })?;
    vm.define_method(class, "string", |vm, this, _| {
        vm.freeze(vm.string(&*vm.data::<Matched>(this)?.text)?)
    })?;
    vm.define_method(class, "regexp", |vm, this, _| {
        let pattern = vm.data::<Matched>(this)?.pattern.clone();
        let class = vm.constant("Regexp")?;
        vm.wrap(class, pattern)
    })?;
    vm.define_method(class, "names", |vm, this, _| {
        let matched = vm.data::<Matched>(this)?;
        let names = matched.pattern.regex.names().iter();
        vm.to_ruby(names.map(|(n, _)| n.as_str()).collect::<Vec<&str>>())
    })?;
    vm.define_method(class, "named_captures", |vm, this, args| {
        let matched = vm.data::<Matched>(this)?;
        let symbols = args.keyword(vm, "symbolize_names")?.is_some_and(Value::truthy);
        let hash = vm.hash()?;
        for (name, _) in matched.pattern.regex.names() {
            let value = matched.named(name.as_bytes()).and_then(|g| matched.group(g));
            let key = if symbols { vm.intern(name)?.into() } else { vm.string(name)? };
            vm.hash_set(hash, key, vm.to_ruby(value)?)?;
        }
        Ok(hash)
    })?;
    for name in ["size", "length"] {
        vm.define_method(class, name, |vm, this, _| {
            vm.to_ruby(vm.data::<Matched>(this)?.slots.len() / 2)
        })?;
    }
    vm.define_method(class, "begin", |vm, this, args| offset(vm, this, args, Some(false)))?;
    vm.define_method(class, "end", |vm, this, args| offset(vm, this, args, Some(true)))?;
    vm.define_method(class, "offset", |vm, this, args| offset(vm, this, args, None))?;
    vm.define_method(class, "byteoffset", |vm, this, args| {
        args.arity(1..=1)?;
        let matched = vm.data::<Matched>(this)?;
        let group = group_of(vm, &matched, args[0])?;
        match group.and_then(|g| matched.span(g)) {
            Some(span) => vm.to_ruby(span),
            None => vm.array(&[Value::NIL, Value::NIL]),
        }
    })
}

fn groups(vm: &Vm, matched: &Matched, from: usize) -> Result<Value, Error> {
    let all: Vec<Option<&[u8]>> =
        (from..matched.slots.len() / 2).map(|group| matched.group(group)).collect();
    vm.to_ruby(all)
}

fn offset(vm: &Vm, this: Value, args: &Args<'_>, end: Option<bool>) -> Result<Value, Error> {
    args.arity(1..=1)?;
    let matched = vm.data::<Matched>(this)?;
    let Some(group) = group_of(vm, &matched, args[0])? else {
        let text = alloc::format!("index {} out of matches", vm.to_s(args[0]));
        return Err(Error::new("IndexError", text));
    };
    let ends = matched
        .span(group)
        .map(|(start, end)| (characters(&matched.text, start), characters(&matched.text, end)));
    match (end, ends) {
        (None, Some(both)) => vm.to_ruby(both),
        (None, None) => vm.array(&[Value::NIL, Value::NIL]),
        (Some(last), ends) => vm.to_ruby(ends.map(|(a, b)| if last { b } else { a })),
    }
}
