//! The words of a script that say what becomes of calls: `on`, `replace`, `deny`, `tally`, `every`
//! and their kin. Each writes a rule, timer or hook into the draft of the book, and complains at
//! once about a call, filter or value that makes no sense.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::time::Duration;

use engine::CallSet;
use mruby::{Args, Error, Kind, Value, Vm};

use crate::book::{Book, Deed, Hook, Moment, Place, Rule, Timer};
use crate::filter::{Filter, Filters, Nuance, Pattern};
use crate::nearest::nearest;
use crate::run::{Run, Stream};
use crate::tally::{Table, Word};

const EPERM: i32 = 1;
const EACCES: i32 = 13;

/// All words, for those who misspell one.
pub const WORDS: &[&str] = &[
    "on",
    "after",
    "replace",
    "deny",
    "allow",
    "fail",
    "delay",
    "tally",
    "sum",
    "histogram",
    "every",
    "at_start",
    "at_exit",
    "on_exec",
    "on_fork",
    "audit",
    "emit",
    "ask?",
    "shared",
    "stats",
    "puts",
    "print",
    "warn",
    "sleep",
    "rand",
    "raise",
    "require_relative",
    "require",
];

type Native = fn(&Rc<Run>, Value, &Args<'_>) -> Result<Value, Error>;

const NATIVES: &[(&str, Native)] = &[
    ("on", |run, _, args| rule(run, "on", args, &[], |_, _| Ok(Deed::On))),
    ("after", |run, _, args| rule(run, "after", args, &[], |_, _| Ok(Deed::After))),
    ("replace", |run, _, args| rule(run, "replace", args, &[], |_, _| Ok(Deed::Replace))),
    ("deny", |run, _, args| {
        rule(run, "deny", args, &["with"], |with, calls| {
            Ok(Deed::Deny(match with("with")? {
                Some(with) => errno(run, with)?,
                None => default_errno(calls),
            }))
        })
    }),
    ("allow", |run, _, args| rule(run, "allow", args, &[], |_, _| Ok(Deed::Allow))),
    ("fail", |run, this, args| {
        // Kernel#fail is raise.
        if !matches!(args.get(0).kind(), Kind::Symbol | Kind::Array) {
            return run.vm.call(this, "raise", args.positional());
        }
        rule(run, "fail", args, &["with"], |with, _| match with("with")? {
            Some(with) => Ok(Deed::Fail(errno(run, with)?)),
            None => Err(Error::argument("fail wants an error: fail :read, with: Errno::EIO")),
        })
    }),
    ("delay", |run, _, args| {
        rule(run, "delay", args, &["by"], |with, _| match with("by")? {
            Some(by) => delay(&run.vm, by),
            None => Err(Error::argument("delay wants seconds: delay :read, by: 0.1")),
        })
    }),
    ("tally", |run, _, args| table(run, Word::Tally, args)),
    ("sum", |run, _, args| table(run, Word::Sum, args)),
    ("histogram", |run, _, args| table(run, Word::Histogram, args)),
    ("every", |run, _, args| {
        args.arity(1..=1)?;
        let seconds: f64 = args.required(&run.vm, 0)?;
        if seconds.is_nan() || seconds < 0.001 {
            return Err(Error::argument("every wants seconds: every(5) { ... }"));
        }
        let period = (seconds * 1e9) as u64;
        let due = Cell::new(run.world.kernel.monotonic() + period);
        let (block, place) = (run.vm.root(wanted_block("every", args)?), place(&run.vm));
        draft(run, |book| book.timers.push(Timer { period, due, block, place }))
    }),
    ("at_start", |run, _, args| hook(run, "at_start", Moment::Start, args)),
    ("on_exec", |run, _, args| hook(run, "on_exec", Moment::Exec, args)),
    ("on_fork", |run, _, args| hook(run, "on_fork", Moment::Fork, args)),
    ("at_exit", |run, _, args| hook(run, "at_exit", Moment::Exit, args)),
    ("sleep", |run, _, args| {
        args.arity(..=1)?;
        let seconds: f64 = args.required(&run.vm, 0)?;
        if seconds.is_nan() || !(0.0..=1e9).contains(&seconds) {
            return Err(Error::argument("sleep wants seconds, not less than none"));
        }
        let before = run.world.kernel.monotonic();
        run.pause(Duration::from_secs_f64(seconds));
        let slept = run.world.kernel.monotonic().saturating_sub(before);
        run.vm.unsigned((slept + 500_000_000) / 1_000_000_000)
    }),
    ("ask?", |run, _, args| {
        let question = run.vm.to_s(args.get(0));
        let answer = run.host.try_borrow_mut().ok().and_then(|mut host| host.ask(&question));
        if answer.is_none() {
            let text = format!("hijinks: nobody to ask \"{question}\": taken for no\n");
            run.say(Stream::Err, &text);
        }
        Ok(answer.unwrap_or(false).into())
    }),
];

/// Words of the language that have no meaning yet.
const LATER: &[&str] = &[
    "file",
    "dir",
    "redirect",
    "resolve",
    "freeze_time",
    "travel_to",
    "random",
    "sandbox",
    "policy",
    "cassette",
    "shadow",
    "describe",
];

/// Defines the words on Kernel, where methods and modules of a script find them too.
///
/// # Errors
/// `NoMemoryError`
pub fn define(run: &Rc<Run>) -> Result<(), Error> {
    let kernel = run.vm.constant("Kernel")?;
    for (name, native) in NATIVES {
        let (weak, native) = (Rc::downgrade(run), *native);
        run.vm.define_method(kernel, *name, move |_, this, args| {
            let run = weak.upgrade().ok_or_else(|| Error::runtime("the script is gone"))?;
            native(&run, this, args)
        })?;
    }
    for word in LATER {
        run.vm.define_singleton_method(run.vm.top_self(), *word, move |_, _, _| {
            Err(Error::argument(format!("`{word}` is not built yet in this version")))
        })?;
    }
    Ok(())
}

fn draft(run: &Run, write: impl FnOnce(&mut Book)) -> Result<Value, Error> {
    match &mut *run.draft.borrow_mut() {
        Some(book) => {
            write(book);
            Ok(Value::NIL)
        }
        None => Err(Error::runtime("handlers are written at the top level, not in a handler")),
    }
}

fn wanted_block(word: &str, args: &Args<'_>) -> Result<Value, Error> {
    args.block().ok_or_else(|| Error::argument(format!("{word} wants a block: {word} ... {{ }}")))
}

/// The line of the script that says the word.
pub fn place(vm: &Vm) -> Place {
    let lines = vm.call(vm.top_self(), "caller", &[Value::from(0)]).and_then(|l| vm.items(l));
    let first = lines.unwrap_or_default().into_iter().map(|line| vm.to_s(line)).find_map(|line| {
        let at = line.split(":in ").next()?;
        let (file, number) = at.rsplit_once(':')?;
        let line = number.parse().ok().filter(|n| *n > 0)?;
        Some(Place { file: file.into(), line })
    });
    first.unwrap_or_default()
}

/// An error that offers names: they are found again when the script fails to load.
pub fn with_suggestions(vm: &Vm, message: &str, names: &[String]) -> Error {
    let list = vm.to_ruby(names.to_vec()).unwrap_or(Value::NIL);
    Error::argument(message).with_variable("@suggestions", list)
}

/// The number of an Errno class, exception, Symbol or Integer.
fn errno(run: &Run, value: Value) -> Result<i32, Error> {
    let vm = &run.vm;
    let pattern = pattern(run, value, &mut Vec::new())?;
    match pattern {
        Pattern::Errno(number) => Ok(number),
        Pattern::Int(number) if (1..4096).contains(&number) => Ok(number as i32),
        Pattern::Symbol(name) => {
            let upper = name.to_ascii_uppercase();
            syscalls::errno::by_name(&upper).ok_or_else(|| {
                let known = syscalls::errno::TABLE.iter().map(|(_, name, _)| *name);
                with_suggestions(vm, &format!("there is no error :{name}"), &nearest(&upper, known))
            })
        }
        _ => Err(Error::argument(format!(
            "with: wants an Errno, as in with: Errno::EIO, not {}",
            vm.inspect(value)
        ))),
    }
}

/// What a sandbox would say: EACCES where the call is about files or the network, else EPERM.
fn default_errno(calls: &CallSet) -> i32 {
    let by_name = syscalls::Groups::FILE;
    let network = syscalls::Groups::NETWORK;
    let is_access = |nr| {
        let groups = syscalls::syscall(nr).map(|call| call.groups);
        groups.is_some_and(|groups| groups.contains(by_name) || groups.contains(network))
    };
    if calls.iter().all(is_access) { EACCES } else { EPERM }
}

fn delay(vm: &Vm, by: Value) -> Result<Deed, Error> {
    let (least, most) = match by.kind() {
        Kind::Range => {
            let (least, most, _) = vm.range_parts(by)?;
            (vm.to_rust::<f64>(least)?, vm.to_rust::<f64>(most)?)
        }
        _ => {
            let seconds: f64 = vm.to_rust(by)?;
            (seconds, seconds)
        }
    };
    if !(0.0..=1e6).contains(&least) || !(least..=1e6).contains(&most) {
        return Err(Error::argument("delay wants seconds, as in by: 0.1 or by: 0.1..0.5"));
    }
    Ok(Deed::Delay(least, most))
}

fn hook(run: &Rc<Run>, word: &str, moment: Moment, args: &Args<'_>) -> Result<Value, Error> {
    let (block, place) = (run.vm.root(wanted_block(word, args)?), place(&run.vm));
    draft(run, |book| book.hooks.push(Rc::new(Hook { moment, block, place })))
}

fn table(run: &Rc<Run>, word: Word, args: &Args<'_>) -> Result<Value, Error> {
    let name = match word {
        Word::Tally => "tally",
        Word::Sum => "sum",
        Word::Histogram => "histogram",
    };
    let words: Vec<String> = args.positional().iter().map(|v| run.vm.to_s(*v)).collect();
    let title = format!("{name} {}  ({})", words.join(" "), place(&run.vm));
    let table = Rc::new(RefCell::new(Table::new(word, &title)));
    let made = rule(run, name, args, &[], |_, _| Ok(Deed::Count(table.clone())))?;
    draft(run, |book| book.tables.push(table))?;
    Ok(made)
}

/// Writes a rule: the calls, the filters, and what is done.
fn rule(
    run: &Rc<Run>,
    word: &str,
    args: &Args<'_>,
    own_keywords: &[&str],
    deed: impl FnOnce(&dyn Fn(&str) -> Result<Option<Value>, Error>, &CallSet) -> Result<Deed, Error>,
) -> Result<Value, Error> {
    let vm = &run.vm;
    let mut pairs = match args.keywords() {
        Some(hash) => vm.pairs(hash)?,
        None => Vec::new(),
    };
    let mut positional = args.positional().to_vec();
    // `on(:read, {fd: 0})`, and what mruby makes of `**filters`.
    if let Some(last) = positional.last().copied().filter(|last| last.kind() == Kind::Hash) {
        pairs.extend(vm.pairs(last)?);
        positional.pop();
    }
    let named: Vec<(String, Value)> =
        pairs.into_iter().map(|(key, value)| (vm.to_s(key), value)).collect();
    let exact = named.iter().any(|(key, value)| key == "exact" && value.truthy());
    let (calls, nuances) = calls_of(vm, word, &positional, exact)?;
    let with = |key: &str| Ok(named.iter().find(|(name, _)| name == key).map(|(_, value)| *value));
    let deed = deed(&with, &calls)?;

    let wants_block = matches!(deed, Deed::On | Deed::After | Deed::Replace);
    if wants_block {
        wanted_block(word, args)?;
    }
    let mut filters = Vec::new();
    let mut roots = Vec::new();
    for (key, value) in &named {
        if key == "exact" || own_keywords.contains(&key.as_str()) {
            continue;
        }
        let pattern = pattern(run, *value, &mut roots)?;
        let pattern = shifted(pattern, run.patterns.borrow().len());
        let filter = Filter::new(key, &pattern, &calls, &run.world)
            .map_err(|error| with_suggestions(vm, &error.message, &error.suggestions))?;
        filters.push(filter);
    }
    let wants_names = filters.iter().any(Filter::needs_names);
    let block = args.block().map(|block| {
        let arity = vm.call(block, "arity", &[]).ok().and_then(Value::as_i64).unwrap_or(1);
        (vm.root(block), arity != 0)
    });
    let rule = Rule {
        deed,
        calls,
        nuances,
        filters: Filters::new(filters),
        block,
        place: place(vm),
        matched: Cell::new(0),
        taken: Cell::new(0),
    };
    run.patterns.borrow_mut().extend(roots.into_iter().map(|value| vm.root(value)));
    draft(run, |book| {
        book.rules.push(Rc::new(rule));
        book.wants_names |= wants_names;
    })
}

/// Numbers of patterns count from the start of the run, not of the rule.
fn shifted(pattern: Pattern, by: usize) -> Pattern {
    match pattern {
        Pattern::Ruby(n) => Pattern::Ruby(n + by),
        Pattern::Any(list) => Pattern::Any(list.into_iter().map(|one| shifted(one, by)).collect()),
        other => other,
    }
}

/// The calls that words name.
fn calls_of(
    vm: &Vm,
    word: &str,
    names: &[Value],
    exact: bool,
) -> Result<(CallSet, Vec<Nuance>), Error> {
    let mut calls = CallSet::EMPTY;
    let mut nuances = Vec::new();
    let mut plain: Vec<u64> = Vec::new();
    let mut list: Vec<Value> = Vec::new();
    for name in names {
        match name.kind() {
            Kind::Array => list.extend(vm.items(*name)?),
            _ => list.push(*name),
        }
    }
    if list.is_empty() {
        return Err(Error::argument(format!("{word} wants calls: {word}(:open) or {word}(:all)")));
    }
    for name in list {
        if !matches!(name.kind(), Kind::Symbol | Kind::String) {
            return Err(Error::argument(format!(
                "a call is a Symbol, as in :open, not {}",
                vm.inspect(name)
            )));
        }
        let name = vm.to_s(name);
        let numbers = syscalls::resolve(&name, exact).map_err(|suggestion| {
            let near: Vec<String> = suggestion.nearest.iter().map(|n| format!(":{n}")).collect();
            with_suggestions(vm, &format!("there is no call and no group :{name}"), &near)
        })?;
        let nuance = Nuance::of(&name).filter(|_| !exact);
        for nr in &numbers {
            calls.insert(*nr);
            if !nuance.is_some_and(|nuance| nuance.is_about(*nr)) {
                plain.push(*nr);
            }
        }
        nuances.extend(nuance);
    }
    // What another word names without reserve is meant without reserve.
    nuances.retain(|nuance| !plain.iter().any(|nr| nuance.is_about(*nr)));
    Ok((calls, nuances))
}

/// A filter's value, without Ruby as far as possible.
fn pattern(run: &Run, value: Value, roots: &mut Vec<Value>) -> Result<Pattern, Error> {
    let vm = &run.vm;
    Ok(match value.kind() {
        Kind::Nil => Pattern::Nil,
        Kind::True | Kind::False => Pattern::Bool(value.truthy()),
        Kind::Integer => Pattern::Int(value.as_i64().unwrap_or(0)),
        Kind::Float => Pattern::Float(value.as_f64().unwrap_or(0.0)),
        Kind::String => Pattern::Text(vm.to_s(value)),
        Kind::Symbol => Pattern::Symbol(vm.to_s(value)),
        Kind::Array => {
            let items = vm.items(value)?;
            let list: Result<_, _> =
                items.into_iter().map(|one| pattern(run, one, roots)).collect();
            Pattern::Any(list?)
        }
        Kind::Range => {
            let (first, last, exclusive) = vm.range_parts(value)?;
            let is_plain =
                |end: Value| matches!(end.kind(), Kind::Nil | Kind::Integer | Kind::Float);
            if is_plain(first) && is_plain(last) {
                Pattern::Range(first.as_f64(), last.as_f64(), exclusive)
            } else {
                roots.push(value);
                Pattern::Ruby(roots.len() - 1)
            }
        }
        Kind::Class if is_errno(vm, value) => {
            let number = vm.call(value, "const_get", &[vm.intern("Errno")?.into()])?;
            Pattern::Errno(vm.to_rust(number)?)
        }
        Kind::Exception => match run.errno_of(value) {
            Some(number) => Pattern::Errno(number),
            None => return Err(Error::argument(format!("{} is no filter", vm.inspect(value)))),
        },
        Kind::Object if value.responds_to(vm, "to_int") => {
            Pattern::Int(crate::values::number(vm, value)?)
        }
        _ => {
            roots.push(value);
            Pattern::Ruby(roots.len() - 1)
        }
    })
}

/// Whether a class is one of `Errno`'s.
fn is_errno(vm: &Vm, class: Value) -> bool {
    vm.to_s(class).starts_with("Errno::") && class.responds_to(vm, "const_get")
}
