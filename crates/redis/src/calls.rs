//! `redis.get key`: Ruby calls the server.
//!
//! A call is `RM_Call` with `!`, so what it changes goes to replicas and the append only file as what
//! was done, not as who did it: Ruby need not be deterministic. From 7.0 on the server itself checks
//! the rights of the caller (`C`), refuses writes where the command has no `:write` (`W`), respects
//! its memory limit (`M`) and what scripts may do (`S`). Before that we look writes up ourselves.
//!
//! The first call of a name defines a method for it, so the next ones don't pass `method_missing`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;
use std::io;
use std::rc::Rc;

use mruby::{Args, Error, Kind, Value, Vm};

use crate::carry;
use crate::context::{Context, Node, Reply, server_version};
use crate::faults;
use crate::runtime::{Check, Frame, State};
use crate::words::Words;

/// A command of the server that a script has called.
#[derive(Debug)]
struct Known {
    name: CString,
    /// Whether it may change something.
    writes: bool,
}

/// The commands that have been called, by name.
#[derive(Debug, Default)]
struct Book(RefCell<HashMap<String, Rc<Known>>>);

/// What becomes of an error of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    Raised,
    Answered,
}

/// How deep arguments may be nested.
const DEPTH: usize = 8;

/// Defines `Redis`, its errors and the word `redis`.
pub fn define(vm: &Vm, kernel: Value, state: &Rc<State>) -> Result<(), Error> {
    let class = vm.define_class(Value::NIL, "Redis", Value::NIL)?;
    let error = vm.define_class(class, "Error", vm.constant("StandardError")?)?;
    vm.define_class(class, "CommandError", error)?;
    carry::define(vm, class)?;
    let server = vm.root(vm.call(class, "new", &[])?);
    vm.define_method(kernel, "redis", move |_, _, _| Ok(server.value()))?;

    let book = Rc::new(Book::default());
    for (name, errors) in [("call", Errors::Raised), ("call?", Errors::Answered)] {
        let (state, book) = (Rc::clone(state), Rc::clone(&book));
        vm.define_method(class, name, move |vm, _, args| {
            args.arity(1..)?;
            let frame = state.frame_of_call()?;
            let name: String = args.required(vm, 0)?;
            let known = book.look_up(&name, frame)?;
            call(vm, &state, &known, &args.positional()[1..], args, errors)
        })?;
    }
    let (here, shared) = (Rc::clone(state), Rc::clone(&book));
    vm.define_method(class, "method_missing", move |vm, this, args| {
        let frame = here.frame_of_call()?;
        let name: String = args.required(vm, 0)?;
        let (word, errors) = match name.strip_suffix('?') {
            Some(word) => (word, Errors::Answered),
            None => (name.as_str(), Errors::Raised),
        };
        let known = shared.look_up(word, frame)?;
        let (state, command) = (Rc::clone(&here), Rc::clone(&known));
        vm.define_method(this.class(vm), name.as_str(), move |vm, _, args| {
            call(vm, &state, &command, args.positional(), args, errors)
        })?;
        call(vm, &here, &known, &args.positional()[1..], args, errors)
    })?;
    vm.define_method(class, "respond_to_missing?", |_, _, _| Ok(Value::TRUE))?;
    let state = Rc::clone(state);
    vm.define_method(class, "lock", move |vm, _, args| {
        let block = args.block().ok_or_else(|| Error::argument("lock wants a block"))?;
        let frame = state.frame_of_call()?;
        if !frame.threaded {
            return vm.yield_block(block, &[]);
        }
        frame.context.locked(|| {
            let _inner = state.enter(Frame { threaded: false, ..frame });
            vm.yield_block(block, &[])
        })
    })
}

impl Book {
    fn look_up(&self, name: &str, frame: Frame) -> Result<Rc<Known>, Error> {
        if let Some(known) = self.0.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let c_name = CString::new(name)
            .map_err(|_| Error::argument("the name of a command has no NUL byte"))?;
        let ask = || {
            let args = [b"INFO", name.as_bytes()].into_iter().collect();
            frame.context.call(c"COMMAND", "", &args).and_then(|reply| may_write(&reply))
        };
        let found = if frame.threaded { frame.context.locked(ask) } else { ask() };
        let Some(writes) = found else {
            let text = format!("ERR unknown Redis command '{name}'");
            return Err(Error::new("Redis::CommandError", text));
        };
        let known = Rc::new(Known { name: c_name, writes });
        self.0.borrow_mut().insert(name.to_string(), Rc::clone(&known));
        Ok(known)
    }
}

/// Reads the third item, the flags, of what `COMMAND INFO name` answers: a list of one. `None` for a
/// command that the server does not know.
fn may_write(reply: &Reply<'_>) -> Option<bool> {
    let info = reply.item(0)?;
    let flags = info.item(2)?;
    let Node::List(count) = flags.node() else { return None };
    let is = |flag: Reply<'_>| matches!(flag.node(), Node::Text(text) if text == b"write");
    // A container such as XGROUP says nothing of its subcommands: they come tenth, since 7.0.
    let subcommands = info.item(9).is_some_and(|list| !matches!(list.node(), Node::List(0)));
    Some(subcommands || (0..count).filter_map(|index| flags.item(index)).any(is))
}

/// The letters that `RM_Call` wants.
fn flags(frame: Frame) -> &'static str {
    if server_version() < 0x0007_0000 {
        return "!";
    }
    match (frame.writes, frame.check == Check::Client) {
        (true, true) => "!3ESMC",
        (true, false) => "!3ESM",
        (false, true) => "!3ESMWC",
        (false, false) => "!3ESMW",
    }
}

fn call(
    vm: &Vm,
    state: &State,
    known: &Known,
    given: &[Value],
    args: &Args<'_>,
    errors: Errors,
) -> Result<Value, Error> {
    faults::point("call");
    let frame = state.frame_of_call()?;
    let mut words = state.words.take();
    let result = (|| {
        for value in given {
            push(vm, *value, &mut words, 0)?;
        }
        if let Some(options) = args.keywords() {
            push_options(vm, options, &mut words)?;
        }
        if frame.threaded {
            frame.context.locked(|| run(vm, state, frame, known, &words, errors))
        } else {
            run(vm, state, frame, known, &words, errors)
        }
    })();
    words.clear();
    state.words.replace(words);
    result
}

fn run(
    vm: &Vm,
    state: &State,
    frame: Frame,
    known: &Known,
    words: &Words,
    errors: Errors,
) -> Result<Value, Error> {
    if known.writes {
        // Later servers know better, subcommand by subcommand.
        if !frame.writes && server_version() < 0x0007_0000 {
            let name = known.name.to_string_lossy();
            let text = format!("ERR {name} writes, but the command has no flag :write");
            return fail(vm, &text, errors);
        }
        state.control.writes();
    }
    if frame.check == Check::User && !user_may(state, frame.context, known, words) {
        let text = "NOPERM the user has no permissions for this command or these keys";
        return fail(vm, text, errors);
    }
    match frame.context.call(&known.name, flags(frame), words) {
        Some(reply) => match reply.node() {
            Node::Error(text) => fail(vm, &String::from_utf8_lossy(text), errors),
            _ => to_ruby(vm, &reply),
        },
        None => fail(vm, refusal(), errors),
    }
}

fn fail(vm: &Vm, text: &str, errors: Errors) -> Result<Value, Error> {
    let text = text.trim_start_matches('-').trim_end();
    // 7.0 has no code of its own for this in a call of a module.
    let text = text
        .strip_prefix("ERR acl verification failed")
        .map_or_else(|| text.to_string(), |rest| format!("NOPERM acl verification failed{rest}"));
    let error = Error::new("Redis::CommandError", text);
    match errors {
        Errors::Raised => Err(error),
        Errors::Answered => Ok(error.exception(vm)),
    }
}

/// On a thread the server does not know who the caller is, so we ask for him by name.
fn user_may(state: &State, context: Context, known: &Known, words: &Words) -> bool {
    let user = state.user.borrow();
    let Some(user) = user.as_deref() else { return true };
    context.allows(user, known.name.as_bytes(), words).unwrap_or(true)
}

/// Why a call of a server before 7.0 could not be tried.
fn refusal() -> &'static str {
    match io::Error::last_os_error().raw_os_error().unwrap_or(0) {
        libc::EINVAL => "ERR wrong number of arguments",
        libc::ENOENT => "ERR unknown command",
        libc::EPERM => "ERR a key is in a slot that this node does not serve",
        libc::EROFS => "ERR the cluster is down, and read only",
        libc::ENETDOWN => "ERR the cluster is down",
        libc::EACCES => "NOPERM the user has no permissions for this command or these keys",
        libc::ENOSPC => "OOM command not allowed when used memory > 'maxmemory'",
        _ => "ERR the server refused the call",
    }
}

// ---- Ruby to the server ----

fn push(vm: &Vm, value: Value, words: &mut Words, depth: usize) -> Result<(), Error> {
    if depth > DEPTH {
        return Err(Error::argument("the arguments of a Redis command are nested too deep"));
    }
    if let Some(n) = value.as_i64() {
        words.push_integer(n);
        return Ok(());
    }
    if vm.append_bytes_to(value, words.buffer()).is_some() {
        words.end();
        return Ok(());
    }
    match value.kind() {
        Kind::Symbol | Kind::BigInteger => words.push(vm.to_s(value).as_bytes()),
        Kind::Float => {
            // The shortest digits that give the same number again.
            words.push(value.as_f64().unwrap_or_default().to_string().as_bytes());
        }
        Kind::Array => {
            for item in vm.items(value)? {
                push(vm, item, words, depth + 1)?;
            }
        }
        Kind::Hash => {
            for (key, value) in vm.pairs(value)? {
                push(vm, key, words, depth + 1)?;
                push(vm, value, words, depth + 1)?;
            }
        }
        _ => {
            let class = if value.is_nil() { "nil".into() } else { vm.class_name(value) };
            let text = format!("{class} can't be an argument of a Redis command: use to_s");
            return Err(Error::type_error(text));
        }
    }
    Ok(())
}

/// `ex: 10` is `EX 10`, `nx: true` is `NX`, `nx: false` and `nx: nil` are nothing.
fn push_options(vm: &Vm, options: Value, words: &mut Words) -> Result<(), Error> {
    for (name, value) in vm.pairs(options)? {
        match value.kind() {
            Kind::Nil | Kind::False => {}
            Kind::True => push(vm, name, words, 0)?,
            _ => {
                push(vm, name, words, 0)?;
                push(vm, value, words, 0)?;
            }
        }
    }
    Ok(())
}

// ---- the server to Ruby ----

fn to_ruby(vm: &Vm, reply: &Reply<'_>) -> Result<Value, Error> {
    Ok(match reply.node() {
        Node::Null => Value::NIL,
        Node::Boolean(truth) => truth.into(),
        Node::Integer(n) => vm.integer(n)?,
        Node::Float(n) => vm.float(n)?,
        Node::Text(bytes) => vm.string(bytes)?,
        Node::BigNumber(digits) => {
            let text = vm.string(digits)?;
            vm.call(text, "to_i", &[])?
        }
        // Part of an answer, as in that of EXEC: nothing to raise.
        Node::Error(text) => {
            let text = String::from_utf8_lossy(text).into_owned();
            Error::new("Redis::CommandError", text).exception(vm)
        }
        Node::List(count) => {
            let list = vm.array(&[])?;
            for index in 0..count {
                // What is in the list is kept by it.
                let _scope = vm.scope();
                if let Some(item) = reply.item(index) {
                    vm.push(list, to_ruby(vm, &item)?)?;
                }
            }
            list
        }
        Node::Map(count) => {
            let hash = vm.hash()?;
            for index in 0..count {
                let _scope = vm.scope();
                if let Some((key, value)) = reply.pair(index) {
                    let key = to_ruby(vm, &key)?;
                    vm.hash_set(hash, key, to_ruby(vm, &value)?)?;
                }
            }
            hash
        }
        Node::Unknown => Value::NIL,
    })
}
