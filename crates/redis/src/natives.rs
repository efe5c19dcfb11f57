//! The module's own commands: a line each in [`NATIVES`], a function each below.

use std::ffi::{CStr, c_int};
use std::fs;

use crate::answer::Answer;
use crate::context::{Context, Keys, Text};
#[cfg(debug_assertions)]
use crate::faults;
use crate::host::{Host, Way};
use crate::library::{Library, Origin, Script};
use crate::runtime::{Frame, Runtime};
use crate::words::Words;

/// A command of the module.
#[derive(Debug)]
pub struct Native {
    /// Its name.
    pub name: &'static CStr,
    /// The server's flags; `write` comes first.
    pub flags: &'static CStr,
    /// How many arguments, the name included; negative: at least so many.
    pub arity: c_int,
    /// Where its keys are.
    pub keys: Keys,
    /// What `COMMAND DOCS` says.
    pub summary: &'static CStr,
    /// What it does. The name is not among the arguments.
    pub run: fn(&Host, Context, &[Text]),
}

impl Native {
    /// Whether it is none of an ordinary user's business.
    pub fn is_for_administrators(&self) -> bool {
        self.flags.to_bytes().windows(5).any(|word| word == b"admin")
    }
}

const fn line(
    name: &'static CStr,
    flags: &'static CStr,
    arity: c_int,
    keys: Keys,
    summary: &'static CStr,
    run: fn(&Host, Context, &[Text]),
) -> Native {
    Native { name, flags, arity, keys, summary, run }
}

const COUNTED: Keys = Keys::Counted { at: 2 };
const EDIT: &CStr = c"write deny-oom admin deny-script";
const WRITE: &CStr = c"write deny-oom admin";

/// All of them.
#[rustfmt::skip]
pub static NATIVES: [Native; 13] = [
    line(c"ruby.load", EDIT, -3, Keys::None, c"Loads a script: [REPLACE] name source, or a file of the directory", load),
    line(c"ruby.delete", EDIT, 2, Keys::None, c"Forgets a script", delete),
    line(c"ruby.list", c"readonly admin", -1, Keys::None, c"Lists scripts and their commands; WITHCODE adds the sources", list),
    line(c"ruby.dump", c"readonly admin deny-script", 1, Keys::None, c"Gives the scripts that clients have loaded as one string", dump),
    line(c"ruby.restore", EDIT, -2, Keys::None, c"Loads what RUBY.DUMP gave, in the place of the scripts of clients", restore),
    line(c"ruby.eval", WRITE, -3, COUNTED, c"Runs Ruby with KEYS and ARGV", eval),
    line(c"ruby.eval_ro", c"readonly admin", -3, COUNTED, c"Runs Ruby that does not write", eval_ro),
    line(c"ruby.evalsha", WRITE, -3, COUNTED, c"Runs what RUBY.EVAL has run before, by its SHA-1", evalsha),
    line(c"ruby.call", c"write deny-oom", -3, COUNTED, c"Runs a command written in Ruby by its name", call),
    line(c"ruby.call_ro", c"readonly", -3, COUNTED, c"Runs a command written in Ruby that does not write", call_ro),
    line(c"ruby.stats", c"readonly admin allow-busy", 1, Keys::None, c"Tells what Ruby has done and what it uses", stats),
    line(c"ruby.kill", c"readonly admin allow-busy deny-script", -1, Keys::None, c"Ends the call that runs; FORCE even if it has written", kill),
    line(c"ruby.fault", c"readonly admin", 2, Keys::None, c"Tests the module: makes a place in it panic", fault),
];

fn bulk(text: impl AsRef<str>) -> Answer {
    Answer::Bulk(text.as_ref().as_bytes().to_vec())
}

fn number(n: impl TryInto<i64>) -> Answer {
    Answer::Integer(n.try_into().unwrap_or(i64::MAX))
}

// ---- scripts ----

fn load(host: &Host, context: Context, args: &[Text]) {
    let (replace, args) = match args {
        [word, rest @ ..] if rest.len() == 2 && word.bytes().eq_ignore_ascii_case(b"replace") => {
            (true, rest)
        }
        _ => (false, args),
    };
    let [name, source] = args else { return context.wrong_arity() };
    let name = name.text();
    if name.is_empty() || name.contains(['/', '\0', '\n']) {
        return context.error("ERR the name of a script is a word, and no path");
    }
    let read = match file_named(source) {
        None => Ok((source.bytes().to_vec(), Origin::Client)),
        Some(path) => host.file(path).and_then(|file| {
            let source = fs::read(&file).map_err(|error| format!("ERR {path}: {error}"))?;
            Ok((source, Origin::File(file)))
        }),
    };
    let (source, origin) = match read {
        Ok(read) => read,
        Err(error) => return context.error(&error),
    };
    if let Some(known) = host.library.borrow().get(&name) {
        if !replace {
            return context.error(&format!("ERR there is a script {name}: say REPLACE"));
        }
        // The master's word is law; what a client sends must not hide a file that comes back at
        // the next start.
        if let (Origin::File(file), Origin::Client, false) =
            (&known.origin, &origin, context.is_replicated())
        {
            let file = file.display();
            return context.error(&format!("ERR {name} is {file}: change it and load it by path"));
        }
    }
    let script = Script { name: name.clone(), source: source.clone(), origin };
    match host.load(context, script) {
        Err(error) => context.error(&error),
        Ok(commands) => {
            // The text, for a replica does not have the file.
            context.replicate(c"RUBY.LOAD", &[b"REPLACE", name.as_bytes(), &source]);
            let way = |way| match way {
                Way::Name => "by its name",
                Way::NameAsBefore => "by its name, with the keys and flags it had before",
                Way::Call => "RUBY.CALL",
            };
            let pairs = commands.iter().map(|(command, to)| (bulk(&command.name), bulk(way(*to))));
            Answer::Map(pairs.collect()).write(context);
        }
    }
}

/// A path, if this is one: one word that ends like a Ruby file.
fn file_named(source: &Text) -> Option<&str> {
    let text = std::str::from_utf8(source.bytes()).ok()?;
    let is_path = text.ends_with(".rb") && !text.contains(char::is_whitespace);
    is_path.then_some(text)
}

fn delete(host: &Host, context: Context, args: &[Text]) {
    let name = args[0].text();
    if !host.delete(context, &name) {
        return context.error(&format!("ERR there is no script {name}"));
    }
    context.replicate(c"RUBY.DELETE", &[name.as_bytes()]);
    context.status("OK");
}

fn list(host: &Host, context: Context, args: &[Text]) {
    let code = args.iter().any(|word| word.bytes().eq_ignore_ascii_case(b"withcode"));
    let runtime = host.runtime();
    let describe = |script: &Script| {
        let names = runtime.of_script(&script.name, |all| {
            all.commands.iter().map(|command| bulk(&command.name)).collect::<Vec<_>>()
        });
        let mut pairs = vec![
            (bulk("name"), bulk(&script.name)),
            (bulk("commands"), Answer::Array(names.unwrap_or_default())),
            (
                bulk("origin"),
                match &script.origin {
                    Origin::File(file) => bulk(file.to_string_lossy()),
                    Origin::Client => bulk("client"),
                },
            ),
        ];
        if code {
            pairs.push((bulk("code"), Answer::Bulk(script.source.clone())));
        }
        Answer::Map(pairs)
    };
    Answer::Array(host.library.borrow().iter().map(describe).collect()).write(context);
}

fn dump(host: &Host, context: Context, _: &[Text]) {
    context.bulk(&host.library.borrow().dump());
}

fn restore(host: &Host, context: Context, args: &[Text]) {
    let [dump] = args else { return context.wrong_arity() };
    let Some(scripts) = Library::read(dump.bytes()) else {
        return context.error("ERR this is not what RUBY.DUMP gave, or it is damaged");
    };
    host.restore(context, scripts);
    context.replicate(c"RUBY.RESTORE", &[dump.bytes()]);
    context.status("OK");
}

// ---- running ----

/// The keys and the other arguments behind a count of the keys.
fn counted(context: Context, args: &[Text]) -> Option<(&[Text], &[Text])> {
    let count = std::str::from_utf8(args[0].bytes()).ok().and_then(|n| n.parse::<i64>().ok());
    match count.map(usize::try_from) {
        None => context.error("ERR value is not an integer or out of range"),
        Some(Err(_)) => context.error("ERR Number of keys can't be negative"),
        Some(Ok(count)) if count > args.len() - 1 => {
            context.error("ERR Number of keys can't be greater than number of args");
        }
        Some(Ok(count)) => return Some(args[1..].split_at(count)),
    }
    None
}

fn frame(runtime: &Runtime, context: Context, writes: bool) -> Frame {
    let check = runtime.state.check(true);
    Frame { context, writes, check, client: true, threaded: false }
}

fn run_program(host: &Host, context: Context, args: &[Text], writes: bool) {
    let Some((keys, rest)) = counted(context, &args[1..]) else { return };
    let runtime = host.runtime();
    match runtime.program(args[0].bytes()) {
        Ok((_, program)) => {
            runtime.eval(frame(&runtime, context, writes), &program, keys, rest);
        }
        Err(error) => context.error(&error),
    }
}

fn eval(host: &Host, context: Context, args: &[Text]) {
    run_program(host, context, args, true);
}

fn eval_ro(host: &Host, context: Context, args: &[Text]) {
    run_program(host, context, args, false);
}

fn evalsha(host: &Host, context: Context, args: &[Text]) {
    let Some((keys, rest)) = counted(context, &args[1..]) else { return };
    let runtime = host.runtime();
    match runtime.known_program(&args[0].text().to_ascii_lowercase()) {
        Some(program) => {
            runtime.eval(frame(&runtime, context, true), &program, keys, rest);
        }
        None => context.error("NOSCRIPT No matching script. Please use RUBY.EVAL."),
    }
}

fn call(host: &Host, context: Context, args: &[Text]) {
    run_command(host, context, args, true);
}

fn call_ro(host: &Host, context: Context, args: &[Text]) {
    run_command(host, context, args, false);
}

fn run_command(host: &Host, context: Context, args: &[Text], writes: bool) {
    if counted(context, &args[1..]).is_none() {
        return;
    }
    let (name, given) = (args[0].text().to_ascii_lowercase(), &args[2..]);
    let Some(command) = host.runtime().command(&name) else {
        return context.error(&format!("ERR there is no command {name}: RUBY.LIST names them"));
    };
    if command.writes && !writes {
        return context.error(&format!("ERR {name} writes: use RUBY.CALL"));
    }
    // Whoever may use RUBY.CALL need not be allowed every command.
    let words: Words = given.iter().map(Text::bytes).collect();
    if host.knows(&name) && !host.may(context, &name, &words) {
        let text = format!("NOPERM the user has no permissions for '{name}' or these keys");
        return context.error(&text);
    }
    host.run(context, &command, given);
}

// ---- looking after it ----

fn stats(host: &Host, context: Context, _: &[Text]) {
    let runtime = host.runtime();
    let commands = runtime.definitions(|all| {
        let line = |command: &std::rc::Rc<crate::definition::Command>| {
            let counts = vec![
                (bulk("calls"), number(command.calls.get())),
                (bulk("errors"), number(command.errors.get())),
            ];
            (bulk(&command.name), Answer::Map(counts))
        };
        all.commands.iter().map(line).collect()
    });
    Answer::Map(vec![
        (bulk("scripts"), number(host.library.borrow().iter().count())),
        (bulk("programs"), number(runtime.program_count())),
        (bulk("running"), number(u8::from(host.control.is_running()))),
        (bulk("memory"), number(runtime.vm.memory_used())),
        (bulk("max-memory"), number(host.settings.memory)),
        (bulk("events"), number(host.events.told())),
        (bulk("background-jobs"), number(host.pool.jobs())),
        (bulk("background-busy"), number(host.pool.busy())),
        (bulk("killed"), number(host.control.killed())),
        (bulk("rebuilt"), number(host.rebuilt.get())),
        (bulk("commands"), Answer::Map(commands)),
    ])
    .write(context);
}

fn kill(host: &Host, context: Context, args: &[Text]) {
    let force = match args {
        [] => false,
        [word] if word.bytes().eq_ignore_ascii_case(b"force") => true,
        _ => return context.wrong_arity(),
    };
    if host.control.is_running() {
        if host.control.wrote() && !force {
            let text = "UNKILLABLE the call has written: ended now, half of its work would stay. \
                        RUBY.KILL FORCE does it.";
            return context.error(text);
        }
        host.control.kill();
        return context.status("OK");
    }
    if host.pool.kill() {
        return context.status("OK");
    }
    context.error("NOTBUSY no Ruby is running");
}

#[cfg(debug_assertions)]
fn fault(_: &Host, context: Context, args: &[Text]) {
    faults::arm(&args[0].text());
    context.status("OK");
}

#[cfg(not(debug_assertions))]
fn fault(_: &Host, context: Context, _: &[Text]) {
    context.error("ERR this build of the module has no faults to offer");
}
