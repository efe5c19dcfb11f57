//! A VM with the words of the module, and the call that is in progress in it.
//!
//! The server's thread has one; each worker has its own. A [`Frame`] says on whose behalf Ruby runs
//! and what it may do; frames nest, for a command may call another one.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use mruby::{Error, ErrorKind, Options, Program, Value, Vm};

use crate::answer;
use crate::background::{self, Pool};
use crate::calls;
use crate::context::{self, Context, Level, Text};
use crate::definition::{self, Command, Definitions};
use crate::limits::{self, Control};
use crate::ruby;
use crate::settings::Settings;
use crate::sha1;
use crate::words::Words;

/// How many programs `RUBY.EVAL` keeps for `RUBY.EVALSHA`.
const PROGRAMS: usize = 1000;

/// Whose rights count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nobody's: the server acts on its own, or the command says `acl: false`.
    Nobody,
    /// The client's, which the server knows.
    Client,
    /// The user's of [`State::user`]: on a thread the server knows no client.
    User,
}

/// On whose behalf Ruby runs.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The server, as the callback sees it.
    pub context: Context,
    /// Whether it may write.
    pub writes: bool,
    /// Whose rights are checked.
    pub check: Check,
    /// Whether a client waits for an answer.
    pub client: bool,
    /// Whether the server's lock has to be taken for each call.
    pub threaded: bool,
}

/// What the words of a VM share.
#[derive(Debug)]
pub struct State {
    /// Who does background work; `None` in the VM of a worker.
    pub pool: Option<Rc<Pool>>,
    /// Counts outermost calls.
    pub serial: Cell<u64>,
    /// The user of a job.
    pub user: RefCell<Option<Vec<u8>>>,
    /// Whether the client will be answered by somebody else.
    pub answered: Cell<bool>,
    /// Scratch for the arguments of calls.
    pub words: RefCell<Words>,
    /// What may end the call.
    pub control: Arc<Control>,
    frame: Cell<Option<Frame>>,
    loading: RefCell<Option<(Rc<str>, Definitions)>>,
}

/// Takes a frame back.
#[derive(Debug)]
pub struct Entered<'a> {
    state: &'a State,
    outer: Option<Frame>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.state.frame.set(self.outer);
        if self.outer.is_none() {
            self.state.control.end();
        }
    }
}

impl State {
    /// A call begins, with the rights of `frame`.
    pub fn enter(&self, frame: Frame) -> Entered<'_> {
        let outer = self.frame.replace(Some(frame));
        if outer.is_none() {
            self.serial.set(self.serial.get() + 1);
            self.control.begin();
        }
        Entered { state: self, outer }
    }

    /// The call in progress.
    pub fn frame(&self) -> Option<Frame> {
        self.frame.get()
    }

    /// Whose rights count in a call that begins now. What the server, or a script that is trusted,
    /// calls is trusted as well.
    pub fn check(&self, checked: bool) -> Check {
        let outer = self.frame.get().map(|frame| frame.check);
        if checked && outer != Some(Check::Nobody) { Check::Client } else { Check::Nobody }
    }

    /// The call in progress, for a word that makes no sense without one.
    pub fn frame_of_call(&self) -> Result<Frame, Error> {
        self.frame.get().ok_or_else(|| {
            Error::runtime("a script can't use redis while it is loaded: only its blocks can")
        })
    }

    /// The name of the script that is being loaded.
    pub fn loading(&self, word: &str) -> Result<Rc<str>, Error> {
        match &*self.loading.borrow() {
            Some((name, _)) => Ok(Rc::clone(name)),
            None => {
                let text = format!("{word} belongs to the top of a script that is loaded");
                Err(Error::runtime(text))
            }
        }
    }

    /// Adds to what that script defines.
    pub fn collect(
        &self,
        add: impl FnOnce(&mut Definitions) -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        self.loading.borrow_mut().as_mut().map_or(Ok(Value::NIL), |(_, all)| add(all))
    }
}

/// A VM and all that is loaded into it.
#[derive(Debug)]
pub struct Runtime {
    /// The VM. First, so that what it knows of goes after it.
    pub vm: Vm,
    /// What its words share.
    pub state: Rc<State>,
    scripts: RefCell<Vec<(Rc<str>, Definitions)>>,
    commands: RefCell<HashMap<String, Rc<Command>, Fnv>>,
    programs: RefCell<Programs>,
    values: RefCell<Vec<Value>>,
    buffer: RefCell<Vec<u8>>,
    /// Whether memory has run out since this was looked at.
    was_short: Cell<bool>,
}

#[derive(Debug, Default)]
struct Programs {
    known: HashMap<String, Rc<Program>>,
    order: VecDeque<String>,
}

/// FNV-1a: names of commands are short, few, and made by administrators.
type Fnv = BuildHasherDefault<FnvHasher>;

#[derive(Debug)]
struct FnvHasher(u64);

impl Default for FnvHasher {
    fn default() -> Self {
        FnvHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for FnvHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Why a script is not loaded.
pub type Refusal = String;

impl Runtime {
    /// A fresh VM.
    pub fn new(
        settings: &Settings,
        control: Arc<Control>,
        pool: Option<Rc<Pool>>,
    ) -> Result<Self, Error> {
        let vm = Vm::new(Options {
            memory: Some(settings.memory),
            instructions: settings.instructions,
            call_depth: settings.depth,
            native_stack: 1 << 20,
        })?;
        let state = Rc::new(State {
            pool,
            serial: Cell::new(0),
            user: RefCell::new(None),
            answered: Cell::new(false),
            words: RefCell::default(),
            control: Arc::clone(&control),
            frame: Cell::new(None),
            loading: RefCell::new(None),
        });
        let kernel = vm.constant("Kernel")?;
        ruby::install(&vm, kernel, state.pool.is_none())?;
        definition::define(&vm, kernel, &state)?;
        calls::define(&vm, kernel, &state)?;
        background::define(&vm, kernel, &state)?;
        limits::watch(&vm, &state, control, settings.time);
        Ok(Runtime {
            vm,
            state,
            scripts: RefCell::default(),
            commands: RefCell::default(),
            programs: RefCell::default(),
            values: RefCell::default(),
            buffer: RefCell::default(),
            was_short: Cell::new(false),
        })
    }

    // ---- scripts ----

    /// Loads a script, in the place of the one that had its name. If it fails, that one stays.
    pub fn load(&self, name: &str, source: &[u8]) -> Result<(), Refusal> {
        let source = std::str::from_utf8(source)
            .map_err(|error| format!("RUBYERR SyntaxError: {name}: not UTF-8: {error}"))?;
        let file = if name.ends_with(".rb") { name.to_string() } else { format!("{name}.rb") };
        let name: Rc<str> = name.into();
        *self.state.loading.borrow_mut() = Some((Rc::clone(&name), Definitions::default()));
        self.state.serial.set(self.state.serial.get() + 1);
        // A worker fills its VM before it begins with its job: there is nothing to be killed yet.
        if self.state.pool.is_some() && self.state.frame().is_none() {
            self.state.control.begin();
        }
        let scope = self.vm.scope();
        let result = self.vm.eval(source, &file, 1);
        let error = result.err().map(|error| self.error_line(&error));
        drop(scope);
        if self.state.frame().is_none() {
            self.state.control.end();
        }
        let collected = self.state.loading.borrow_mut().take();
        match (error, collected) {
            (Some(error), _) => Err(error),
            (None, Some((_, definitions))) => self.install(&name, definitions),
            (None, None) => Ok(()),
        }
    }

    fn install(&self, name: &Rc<str>, definitions: Definitions) -> Result<(), Refusal> {
        for command in &definitions.commands {
            if let Some(other) = self.command(&command.name)
                && other.script != *name
            {
                let (command, script) = (&command.name, &other.script);
                return Err(format!("ERR the script {script} has a command {command} already"));
            }
        }
        self.remove(name);
        let mut commands = self.commands.borrow_mut();
        for command in &definitions.commands {
            commands.insert(command.name.clone(), Rc::clone(command));
        }
        self.scripts.borrow_mut().push((Rc::clone(name), definitions));
        Ok(())
    }

    /// Forgets what a script has defined.
    pub fn remove(&self, name: &str) {
        self.scripts.borrow_mut().retain(|(other, _)| &**other != name);
        self.commands.borrow_mut().retain(|_, command| &*command.script != name);
    }

    /// Looks at what every script has defined.
    pub fn definitions<R>(&self, look: impl Fn(&Definitions) -> Vec<R>) -> Vec<R> {
        self.scripts.borrow().iter().flat_map(|(_, definitions)| look(definitions)).collect()
    }

    /// What one script has defined.
    pub fn of_script<R>(&self, name: &str, look: impl FnOnce(&Definitions) -> R) -> Option<R> {
        let scripts = self.scripts.borrow();
        scripts.iter().find(|(other, _)| &**other == name).map(|(_, all)| look(all))
    }

    /// A command by its name in lower case.
    pub fn command(&self, name: &str) -> Option<Rc<Command>> {
        self.commands.borrow().get(name).cloned()
    }

    /// A command as a client spells it.
    pub fn command_called(&self, name: &[u8]) -> Option<Rc<Command>> {
        let mut lower = [0; 64];
        let Some(lower) = lower.get_mut(..name.len()) else {
            return self.command(&String::from_utf8_lossy(name).to_ascii_lowercase());
        };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        self.command(std::str::from_utf8(lower).ok()?)
    }

    // ---- calls ----

    /// Runs a command and answers the client. `false` if that was an error.
    pub fn run_command(&self, frame: Frame, command: &Command, given: &[Text]) -> bool {
        command.calls.set(command.calls.get() + 1);
        let mut values = self.values.take();
        let done = self.answer(frame, |vm| {
            command.arguments(vm, given.iter().map(Text::bytes), &mut values)?;
            vm.yield_block(command.block.value(), &values)
        });
        values.clear();
        self.values.replace(values);
        if !done {
            command.errors.set(command.errors.get() + 1);
        }
        done
    }

    /// Runs something in the VM and answers the client with its value, or its error.
    pub fn answer(&self, frame: Frame, run: impl FnOnce(&Vm) -> Result<Value, Error>) -> bool {
        let entered = self.state.enter(frame);
        let before = self.state.answered.replace(false);
        let scope = self.vm.scope();
        let mut buffer = self.buffer.take();
        let result = run(&self.vm).and_then(|value| {
            if self.state.answered.get() {
                return Ok(());
            }
            answer::write(&self.vm, value, frame.context, &mut buffer)
        });
        self.buffer.replace(buffer);
        let done = result.is_ok();
        if let Err(error) = result {
            let line = self.error_line(&error);
            if !self.state.answered.get() {
                frame.context.error(&line);
            }
            self.after(&error);
        }
        drop(scope);
        self.state.answered.set(before);
        drop(entered);
        done
    }

    /// Runs something that nobody waits for; an error goes to the log.
    pub fn act(&self, frame: Frame, what: &str, run: impl FnOnce(&Vm) -> Result<Value, Error>) {
        let _entered = self.state.enter(frame);
        let _scope = self.vm.scope();
        if let Err(error) = run(&self.vm) {
            context::log(Level::Warning, &format!("{what}: {}", self.error_line(&error)));
            self.after(&error);
        }
    }

    /// An error reply.
    fn error_line(&self, error: &Error) -> String {
        if error.kind() == ErrorKind::DeadlineExceeded && self.state.control.is_killed() {
            let place = error.location().map(|at| format!(" ({}:{})", at.file, at.line));
            return format!("RUBYERR Killed: ended by RUBY.KILL{}", place.unwrap_or_default());
        }
        answer::error_line(&self.vm, error)
    }

    /// Whether what the scripts keep leaves no room to work in.
    pub fn is_full(&self, memory: usize) -> bool {
        self.was_short.take() && self.vm.memory_used() > memory / 4 * 3
    }

    /// Makes room after a script has used up its memory.
    fn after(&self, error: &Error) {
        if error.kind() == ErrorKind::OutOfMemory {
            self.vm.collect_garbage();
            self.was_short.set(true);
        }
    }

    // ---- RUBY.EVAL ----

    /// Compiles a program, or finds it, and keeps it under its SHA-1.
    pub fn program(&self, source: &[u8]) -> Result<(String, Rc<Program>), Refusal> {
        let sha = sha1::hex(source);
        if let Some(program) = self.known_program(&sha) {
            return Ok((sha, program));
        }
        let text = std::str::from_utf8(source)
            .map_err(|error| format!("RUBYERR SyntaxError: eval: not UTF-8: {error}"))?;
        let scope = self.vm.scope();
        let parsed = self.vm.parse(text, "eval", 1);
        let program = parsed.map_err(|error| self.error_line(&error));
        drop(scope);
        let program = Rc::new(program?);
        let mut programs = self.programs.borrow_mut();
        if programs.order.len() == PROGRAMS
            && let Some(oldest) = programs.order.pop_front()
        {
            programs.known.remove(&oldest);
        }
        programs.known.insert(sha.clone(), Rc::clone(&program));
        programs.order.push_back(sha.clone());
        Ok((sha, program))
    }

    /// A program by its SHA-1.
    pub fn known_program(&self, sha: &str) -> Option<Rc<Program>> {
        self.programs.borrow().known.get(sha).cloned()
    }

    /// How many programs are kept.
    pub fn program_count(&self) -> usize {
        self.programs.borrow().order.len()
    }

    /// Runs a program, with `KEYS` and `ARGV`.
    pub fn eval(&self, frame: Frame, program: &Program, keys: &[Text], args: &[Text]) -> bool {
        self.answer(frame, |vm| {
            let outer = [("KEYS", keys), ("ARGV", args)].map(|(name, texts)| {
                let before = vm.has_constant(Value::NIL, name)?.then(|| vm.constant(name));
                let list = vm.array(&[])?;
                texts.iter().try_for_each(|text| vm.push(list, vm.string(text.bytes())?))?;
                vm.define_const(Value::NIL, name, list)?;
                before.transpose()
            });
            let result = vm.run(program);
            for (name, before) in ["KEYS", "ARGV"].into_iter().zip(outer) {
                if let Some(before) = before? {
                    vm.define_const(Value::NIL, name, before)?;
                }
            }
            result
        })
    }
}
