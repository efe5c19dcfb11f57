//! A loaded script: an [`engine::Handler`] whose answers are written in Ruby.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::rc::{Rc, Weak};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use engine::{CallSet, Event, Guest, Handler, Verdict};
use mruby::{Error, Kind, Value, Vm};

use crate::book::{Book, LoadError, LoadResult, Moment, Rule};
use crate::fds::Recorder;
use crate::filter::Word;
use crate::kernel::Kernel;
use crate::nearest::nearest;
use crate::run::{Host, OnError, Run, Stream};
use crate::world::World;
use crate::{call_object, natives, words};

const PRELUDE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prelude.mrb"));

/// What a script gets, and how far it may go.
#[derive(Clone, Debug)]
pub struct Options {
    /// Our own way to the kernel.
    pub kernel: Kernel,
    /// What becomes of a call whose handler breaks.
    pub on_error: OnError,
    /// `~` in patterns.
    pub home: String,
    /// `./` in patterns.
    pub cwd: String,
    /// `ARGV`
    pub arguments: Vec<Vec<u8>>,
    /// `ENV`
    pub environment: Vec<(Vec<u8>, Vec<u8>)>,
    /// For `rate:`: the same seed, the same calls.
    pub seed: Option<u64>,
    /// Record who opens what, even if no script asks.
    pub record_fds: bool,
    /// Instructions of one handler; then it is stopped. About 4 ns each.
    pub instructions: u64,
    /// Bytes of Ruby's heap.
    pub memory: usize,
    /// Bytes of native stack that a handler may use: what the engine gives, less 64 KiB.
    pub native_stack: usize,
}

impl Options {
    /// The usual limits: half a second, 256 MiB.
    #[must_use]
    pub fn new(kernel: Kernel) -> Options {
        Options {
            kernel,
            on_error: OnError::Pass,
            home: String::from("/"),
            cwd: String::from("/"),
            arguments: Vec::new(),
            environment: Vec::new(),
            seed: None,
            record_fds: false,
            instructions: 100_000_000,
            memory: 256 << 20,
            native_stack: 192 << 10,
        }
    }
}

/// Scripts, loaded and live.
#[derive(Debug)]
pub struct Script {
    run: Rc<Run>,
    record_fds: bool,
}

impl Script {
    /// Opens a VM and runs the top level of each source (a name and its text), in that order.
    ///
    /// # Errors
    /// What is wrong with the first source that fails, and where.
    pub fn load(
        sources: &[(&str, &str)],
        options: Options,
        host: Box<dyn Host>,
    ) -> LoadResult<Script> {
        let limits = mruby::Options {
            memory: Some(options.memory),
            instructions: Some(options.instructions),
            // The main program is loaded on the embedder's own stack, which has room enough.
            ..mruby::Options::default()
        };
        let vm = Vm::new(limits).map_err(|error| plain(&error))?;
        let record_fds = options.record_fds;
        let name = sources.first().map_or("-e", |(name, _)| name).to_owned();
        let run = open(vm, options, host, &name).map_err(|error| plain(&error))?;
        let script = Script { run, record_fds };
        script.reload(sources)?;
        Ok(script)
    }

    /// Replaces the handlers by those of other sources; global variables and `shared` are kept. If
    /// a source fails, everything stays as it was.
    ///
    /// # Errors
    /// As [`Script::load`].
    pub fn reload(&self, sources: &[(&str, &str)]) -> LoadResult<()> {
        let run = &self.run;
        run.draft.replace(Some(Book::default()));
        let read = self.read(sources);
        let draft = run.draft.take();
        read?;
        let Some(mut book) = draft else { return Ok(()) };
        book.bind();
        // `c.address.host`, unless the word is a filter's, which knows what it wants.
        let is_filter = |rule: &Rc<Rule>| rule.filters.has(Word::Host);
        book.wants_names |= book.mentions_host && !book.rules.iter().any(is_filter);
        book.keep_counts(&run.book.borrow());
        if book.wants_names {
            run.world.learn_names();
        }
        if (book.wants_fds || self.record_fds) && run.world.recorder.borrow().is_none() {
            let recorder = Recorder::new(run.world.kernel);
            run.world.recorder.replace(Some(recorder));
        }
        run.forget_complaints();
        run.book.replace(Rc::new(book));
        Ok(())
    }

    fn read(&self, sources: &[(&str, &str)]) -> LoadResult<()> {
        let vm = &self.run.vm;
        // What a script requires is read again with it: it may hold handlers.
        let none = vm.array(&[]).and_then(|none| vm.set_global("$LOADED_FEATURES", none));
        none.map_err(|error| plain(&error))?;
        for (name, text) in sources {
            let _scope = vm.scope();
            let (program, bytecode) = self.look_at(name, text)?;
            vm.run(&program).map_err(|error| self.load_error(&error, name))?;
            crate::constants::check(vm, name, text, &bytecode)?;
        }
        for name in self.required() {
            let _scope = vm.scope();
            let text = self.run.world.kernel.read_file(&name).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let (_, bytecode) = self.look_at(&name, &text)?;
            crate::constants::check(vm, &name, &text, &bytecode)?;
        }
        Ok(())
    }

    /// Compiles a source, and notes what it mentions that costs something.
    fn look_at(&self, name: &str, text: &str) -> LoadResult<(mruby::Program, Vec<u8>)> {
        let vm = &self.run.vm;
        let wrong = |error: Error| self.load_error(&error, name);
        let bytecode = vm.compile(text, name).map_err(wrong)?;
        let program = vm.read(&bytecode).map_err(wrong)?;
        let mentions = |names: &[&str]| names.iter().any(|name| program.mentions(name));
        if let Some(book) = &mut *self.run.draft.borrow_mut() {
            book.wants_fds |= mentions(&["opened_by", "age", "fds"]);
            book.wants_stats |= mentions(&["stats"]);
            book.mentions_host |= mentions(&["host"]);
        }
        Ok((program, bytecode))
    }

    /// The files that the scripts have required.
    #[must_use]
    pub fn required(&self) -> Vec<String> {
        let list = self.run.vm.global("$LOADED_FEATURES");
        let list = list.and_then(|list| self.run.vm.to_rust::<Vec<String>>(list));
        // A part of the library is no file.
        let is_file = |name: &String| name.starts_with('/');
        list.unwrap_or_default().into_iter().filter(is_file).collect()
    }

    /// The tables, as they are now; empty if there are none.
    #[must_use]
    pub fn tables(&self) -> String {
        let book = self.run.book.borrow().clone();
        let audited = self.run.audited.borrow().render();
        let tables = book.tables.iter().map(|table| table.borrow().render());
        let shown: Vec<String> = tables.chain([audited]).filter(|text| !text.is_empty()).collect();
        shown.join("\n")
    }

    /// The run is over: `at_exit`, then the tables.
    pub fn finish(&self) {
        self.run.hooks(Moment::Exit, None);
        let tables = self.tables();
        if !tables.is_empty() {
            self.run.say(Stream::Out, &tables);
        }
    }

    /// Evaluates Ruby in the script's VM, and answers what it inspects to: a live prompt.
    ///
    /// # Errors
    /// The exception, or the syntax error.
    pub fn evaluate(&self, source: &str, name: &str, line: u16) -> LoadResult<String> {
        let _scope = self.run.vm.scope();
        let value = self.run.vm.eval(source, name, line);
        let value = value.map_err(|error| self.load_error(&error, name))?;
        Ok(self.run.vm.inspect(value))
    }

    /// Who opened what, if that is recorded.
    pub fn with_recorder<R>(&self, look: impl FnOnce(&Recorder) -> R) -> Option<R> {
        self.run.world.recorder.borrow().as_ref().map(look)
    }

    /// An exception at load, for a person.
    fn load_error(&self, error: &Error, name: &str) -> Box<LoadError> {
        let vm = &self.run.vm;
        let mut out = plain(error);
        if let Some(first) = error.syntax_errors().into_iter().next() {
            out.message = first.message;
            out.line = Some(first.line);
            out.column = (first.column > 0).then_some(first.column);
            out.file = Some(name.to_string());
            return out;
        }
        let backtrace = error.backtrace();
        let place = backtrace.iter().find(|at| at.line > 0);
        out.file = place.map(|at| at.file.clone()).or_else(|| Some(name.to_string()));
        out.line = place.map(|at| at.line);
        out.message = error.message();
        let class = error.class_name();
        if let Some(exception) = error.value() {
            let given = vm.instance_variable(exception, "@suggestions").unwrap_or(Value::NIL);
            if given.kind() == Kind::Array {
                out.suggestions = vm.to_rust(given).unwrap_or_default();
                return out;
            }
            if class == "NameError" || class == "NoMethodError" {
                out.suggestions = self.nearest_names(&out.message, exception);
                return out;
            }
        }
        if class != "ArgumentError" {
            out.message = format!("{} ({class})", out.message);
        }
        out
    }

    /// What may have been meant by an unknown constant or method.
    fn nearest_names(&self, message: &str, exception: Value) -> Vec<String> {
        let vm = &self.run.vm;
        let name = vm.call(exception, "name", &[]).map(|name| vm.to_s(name)).unwrap_or_default();
        if let Some(path) = message.strip_prefix("uninitialized constant ") {
            let (scope, name) = path.rsplit_once("::").unwrap_or(("Object", path));
            return crate::constants::suggest(vm, scope, name);
        }
        if name.is_empty() {
            return Vec::new();
        }
        nearest(&name, words::WORDS.iter().copied())
    }
}

/// An error without anything known of the script.
fn plain(error: &Error) -> Box<LoadError> {
    Box::new(LoadError { message: error.to_string(), ..LoadError::default() })
}

fn open(vm: Vm, options: Options, host: Box<dyn Host>, name: &str) -> Result<Rc<Run>, Error> {
    let world = World::new(options.kernel, options.home, options.cwd, options.seed);
    let run = Rc::new(Run::new(vm.clone(), world, host, options.on_error, options.native_stack));
    let library = Library {
        run: Rc::downgrade(&run),
        kernel: options.kernel,
        arguments: options.arguments,
        environment: options.environment,
        script: name.as_bytes().to_vec(),
    };
    stdlib::install(&vm, stdlib::Parts::ALL, Rc::new(library))?;
    natives::define(&run)?;
    vm.load(PRELUDE)?;
    let class = call_object::define(&run)?;
    run.call_class.replace(Some(class));
    words::define(&run)?;
    Ok(run)
}

/// The standard library's way to the kernel and to the embedder.
struct Library {
    run: Weak<Run>,
    kernel: Kernel,
    arguments: Vec<Vec<u8>>,
    environment: Vec<(Vec<u8>, Vec<u8>)>,
    script: Vec<u8>,
}

#[allow(unsafe_code)]
impl stdlib::Host for Library {
    unsafe fn syscall(&self, number: u64, args: [u64; 6]) -> i64 {
        // SAFETY: the same contract, handed on.
        unsafe { self.kernel.syscall(number, args) }
    }

    fn write(&self, stream: stdlib::Stream, bytes: &[u8]) {
        if let Some(run) = self.run.upgrade()
            && let Ok(mut host) = run.host.try_borrow_mut()
        {
            let stream = if stream == stdlib::Stream::Out { Stream::Out } else { Stream::Err };
            host.write(stream, bytes);
        }
    }

    fn arguments(&self) -> Vec<Vec<u8>> {
        self.arguments.clone()
    }

    fn environment(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.environment.clone()
    }

    fn script(&self) -> Vec<u8> {
        self.script.clone()
    }

    /// In a handler only the task that made the call is held.
    fn sleep(&self, nanoseconds: u64) {
        if let Some(run) = self.run.upgrade() {
            run.pause(Duration::from_nanos(nanoseconds));
        }
    }
}

impl Handler for Script {
    fn calls(&self) -> CallSet {
        let book = self.run.book.borrow();
        let recorded = self.run.world.recorder.borrow().as_ref().map(Recorder::calls);
        let calls = book.calls.union(&recorded.unwrap_or(CallSet::EMPTY));
        calls.union(&self.run.world.answers())
    }

    fn call(&self, guest: &mut dyn Guest) -> Verdict {
        self.run.call(guest)
    }

    fn abandoned(&self, tid: engine::Pid, kept: usize) {
        self.run.abandoned(tid, kept);
    }

    fn event(&self, event: &Event<'_>) {
        self.run.event(event);
    }

    fn deadline(&self) -> Option<u64> {
        self.run.deadline()
    }

    fn tick(&self) {
        self.run.tick();
    }

    fn finished(&self) -> bool {
        self.run.aborted.get()
    }
}
