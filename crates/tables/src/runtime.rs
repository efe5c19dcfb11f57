//! One VM with the prelude, its limits, and what hosts share of it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use corosensei::stack::DefaultStack;
use mruby::{Context, ErrorKind, Options, Program, Vm};
use stdlib::{Native, Parts};

use crate::coroutine::STACK;
use crate::error::{Error, Raised, Result};
use crate::scan::{self, Feed};
use crate::script::Scripts;
use crate::{Value, coerce, ruby};

static PRELUDE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prelude.mrb"));

/// What a host brings.
#[derive(Default)]
pub struct Setup {
    /// Pairs that every table's `new` gets besides its options: versions of host and Ruby.
    pub env: Vec<(String, String)>,
    /// The directory outside of which no script is read.
    pub script_dir: Option<PathBuf>,
    /// Bytes that the VM may use; then `NoMemoryError`.
    pub memory: Option<usize>,
    /// Instructions of one call or scan; then `BudgetExceeded`, which no `rescue` survives.
    pub instructions: Option<u64>,
    /// What of the standard library scripts get: by default what neither reads files nor writes
    /// anywhere ([`Parts::PURE`]).
    pub parts: Option<Parts>,
    /// Asked often while Ruby runs: `true` ends it with [`Error::Interrupted`].
    pub interrupted: Option<Box<dyn Fn() -> bool>>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("script_dir", &self.script_dir)
            .field("memory", &self.memory)
            .field("instructions", &self.instructions)
            .finish_non_exhaustive()
    }
}

/// How many instructions run between two looks at the host: about 0.1 ms.
const POLL_EVERY: u64 = 20_000;
/// How long a script may take to end after its scan was closed early.
const CLOSING: Duration = Duration::from_millis(500);
/// How many programs of `eval` are kept parsed.
const PROGRAMS: usize = 64;

/// A Ruby VM for tables and functions. A handle: cheap to clone.
#[derive(Clone)]
pub struct Runtime(pub(crate) Rc<Inner>);

pub(crate) struct Inner {
    pub(crate) vm: Vm,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) scripts: Scripts,
    pub(crate) patience: Rc<Patience>,
    /// The scan whose script runs now: rows go there.
    pub(crate) running: Rc<RefCell<Option<Rc<Feed>>>>,
    /// The block that every `each` gets.
    pub(crate) sink: mruby::Root,
    pub(crate) idle: RefCell<Vec<(Context, DefaultStack)>>,
    programs: RefCell<HashMap<String, Rc<Program>>>,
    arguments: Rc<RefCell<Vec<mruby::Root>>>,
}

/// Why a running script should stop.
#[derive(Default)]
pub(crate) struct Patience {
    interrupted: Option<Box<dyn Fn() -> bool>>,
    was_interrupted: Cell<bool>,
    /// When a script that is being closed must have ended.
    closing: Cell<Option<Instant>>,
}

impl Patience {
    fn is_over(&self) -> bool {
        if let Some(deadline) = self.closing.get() {
            return Instant::now() >= deadline;
        }
        let over = self.interrupted.as_ref().is_some_and(|ask| ask());
        if over {
            self.was_interrupted.set(true);
        }
        over
    }

    /// Lets a script end within a bounded time, whatever the host wants meanwhile.
    pub(crate) fn while_closing<R>(&self, call: impl FnOnce() -> R) -> R {
        self.closing.set(Some(Instant::now() + CLOSING));
        let result = call();
        self.closing.set(None);
        result
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Runtime").field(&self.0.vm).finish()
    }
}

impl Runtime {
    /// Opens a VM.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new(setup: Setup) -> Result<Runtime> {
        let options = Options {
            memory: setup.memory,
            instructions: setup.instructions,
            native_stack: STACK,
            ..Options::default()
        };
        let vm = Vm::new(options).map_err(|error| of_vm(None, &error))?;
        let patience = Rc::new(Patience { interrupted: setup.interrupted, ..Patience::default() });
        let looks = Rc::clone(&patience);
        vm.set_poll(POLL_EVERY, move |_| looks.is_over());

        let running: Rc<RefCell<Option<Rc<Feed>>>> = Rc::default();
        let arguments: Rc<RefCell<Vec<mruby::Root>>> = Rc::default();
        let prepare = || -> Result<mruby::Root, mruby::Error> {
            let _scope = vm.scope();
            stdlib::install(&vm, setup.parts.unwrap_or(Parts::PURE), Rc::new(Native::default()))?;
            vm.load(PRELUDE)?;
            let given = Rc::clone(&arguments);
            vm.define_method(vm.constant("Kernel")?, "args", move |vm, _, _| {
                let values: Vec<_> = given.borrow().iter().map(mruby::Root::value).collect();
                vm.array(&values)
            })?;
            let running = Rc::clone(&running);
            let sink = vm.proc(move |vm, _, args| scan::take_row(vm, &running, args))?;
            Ok(vm.root(sink))
        };
        let sink = prepare().map_err(|error| of_vm(Some(&vm), &error))?;
        Ok(Runtime(Rc::new(Inner {
            vm,
            env: setup.env,
            scripts: Scripts::new(setup.script_dir),
            patience,
            running,
            sink,
            idle: RefCell::default(),
            programs: RefCell::default(),
            arguments,
        })))
    }

    pub(crate) fn vm(&self) -> &Vm {
        &self.0.vm
    }

    /// Runs something in the VM at the outermost level; what it made may be collected afterwards.
    pub(crate) fn run<R>(&self, call: impl FnOnce(&Vm) -> Result<R, mruby::Error>) -> Result<R> {
        let vm = self.vm();
        let _scope = vm.scope();
        call(vm).map_err(|error| self.error(&error))
    }

    /// Runs code of one `eval`; it finds the arguments in `args`.
    ///
    /// # Errors
    /// What the code raises, or an answer that no value of a database can hold.
    pub fn eval(&self, code: &str, arguments: &[Value]) -> Result<Value> {
        let vm = self.vm();
        let _scope = vm.scope();
        let known = self.0.programs.borrow().get(code).cloned();
        let program = match known {
            Some(program) => program,
            None => {
                let program = vm.parse(code, "eval", 1).map_err(|error| self.error(&error))?;
                let program = Rc::new(program);
                let mut programs = self.0.programs.borrow_mut();
                if programs.len() >= PROGRAMS {
                    programs.clear();
                }
                programs.insert(code.to_owned(), Rc::clone(&program));
                program
            }
        };
        let answer = || -> Result<mruby::Value, mruby::Error> {
            let mut given = Vec::new();
            for value in arguments {
                given.push(vm.root(ruby::to_ruby(vm, value.as_cell())?));
            }
            let outer = self.0.arguments.replace(given);
            let answer = vm.run(&program);
            self.0.arguments.replace(outer);
            answer
        };
        let answer = answer().map_err(|error| self.error(&error))?;
        self.value(&crate::Type::Any, answer, "the answer")
    }

    /// A Ruby value as one of a declared type.
    pub(crate) fn value(&self, ty: &crate::Type, value: mruby::Value, what: &str) -> Result<Value> {
        let mut batch = crate::RowBatch::new(1);
        self.put(ty, value, &mut batch, what)?;
        Ok(batch.cell(0, 0).to_value())
    }

    /// The same, into a batch that is used again and again.
    pub(crate) fn put(
        &self,
        ty: &crate::Type,
        value: mruby::Value,
        batch: &mut crate::RowBatch,
        what: &str,
    ) -> Result<()> {
        batch.clear();
        coerce::put(self.vm(), ty, false, value, batch).map_err(|refusal| match refusal {
            coerce::Refusal::Raised(error) => self.error(&error),
            coerce::Refusal::Value(why) => Error::Ruby(Box::new(Raised {
                message: format!("{what}: {why}"),
                class: "Table::DataError".into(),
                ..Raised::default()
            })),
        })
    }

    /// An exception as our error.
    pub(crate) fn error(&self, error: &mruby::Error) -> Error {
        if self.0.patience.was_interrupted.replace(false)
            && error.kind() == ErrorKind::DeadlineExceeded
        {
            return Error::Interrupted;
        }
        of_vm(Some(self.vm()), error)
    }

    /// Bytes that the VM uses.
    #[must_use]
    pub fn memory_used(&self) -> usize {
        self.vm().memory_used()
    }

    /// Collects all garbage now.
    pub fn collect_garbage(&self) {
        self.vm().collect_garbage();
    }
}

fn of_vm(vm: Option<&Vm>, error: &mruby::Error) -> Error {
    if error.kind() == ErrorKind::Syntax {
        return Error::Syntax(error.message());
    }
    // A line of the script, rather than of the prelude that called or was called by it.
    let backtrace = error.backtrace();
    let line = backtrace.iter().find(|at| at.line > 0 && !at.file.starts_with("prelude/"));
    let location = line.map(|at| format!("{}:{}", at.file, at.line));
    let sqlstate = error.value().and_then(|exception| {
        // Only if the class says so: most exceptions have no such method.
        let vm = vm?;
        if !exception.responds_to(vm, "sqlstate") {
            return None;
        }
        vm.call(exception, "sqlstate", &[]).ok().map(|state| vm.to_s(state))
    });
    Error::Ruby(Box::new(Raised {
        message: error.message(),
        class: error.class_name(),
        location,
        backtrace: backtrace.iter().map(ToString::to_string).collect(),
        sqlstate,
    }))
}
