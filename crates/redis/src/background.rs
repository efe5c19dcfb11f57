//! Work beside the server: threads, each with a VM of its own, and clients that wait.
//!
//! A command with the flag `:background` runs there as a whole. `background { … }` in a command or
//! in an event sends its block: the bytecode and a copy of what it sees around it, for a VM can't
//! share anything with another. The server serves others meanwhile; each `redis` call takes its lock,
//! `redis.lock { … }` holds it for several. Where a client can't wait (in MULTI, in Lua), the work is
//! done at once.
//!
//! Lock order: the server's lock, then the queue's. A worker holds neither while Ruby runs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use mruby::{Error, Value, Vm};

use crate::carry::{self, Carried};
use crate::context::{Blocked, Context, Level, OwnContext, Text, log};
use crate::definition::Command;
use crate::faults;
use crate::limits::Control;
use crate::runtime::{Check, Frame, Runtime, State};
use crate::settings::Settings;

/// What a worker's VM is filled from. A new one for each change.
pub type Sources = Arc<Vec<(String, Vec<u8>)>>;

/// What is to be done.
#[derive(Debug)]
enum Work {
    /// A command by its name.
    Command(String, Vec<Vec<u8>>),
    /// A block.
    Block(Carried),
}

#[derive(Debug)]
struct Job {
    work: Work,
    client: Option<Blocked>,
    user: Option<Vec<u8>>,
    database: i32,
    writes: bool,
    sources: Sources,
}

/// The threads. They start when the first job comes.
#[derive(Debug)]
pub struct Pool {
    settings: Settings,
    sources: RefCell<Sources>,
    shared: Arc<Shared>,
    threads: RefCell<Vec<JoinHandle<()>>>,
    controls: RefCell<Vec<Arc<Control>>>,
    jobs: Cell<u64>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    news: Condvar,
    busy: AtomicUsize,
}

#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nobody panics with the queue in hand; and if so, it is still a queue.
        self.queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.queue();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            queue = self.news.wait(queue).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }
}

impl Pool {
    /// No threads yet.
    pub fn new(settings: &Settings) -> Self {
        Pool {
            settings: settings.clone(),
            sources: RefCell::default(),
            shared: Arc::default(),
            threads: RefCell::default(),
            controls: RefCell::default(),
            jobs: Cell::new(0),
        }
    }

    /// The scripts have changed.
    pub fn set_sources(&self, sources: Sources) {
        *self.sources.borrow_mut() = sources;
    }

    /// Jobs that wait or run.
    pub fn busy(&self) -> usize {
        self.shared.busy.load(Ordering::Relaxed)
    }

    /// All jobs there have been.
    pub fn jobs(&self) -> u64 {
        self.jobs.get()
    }

    /// Ends what runs. `false` if nothing does.
    pub fn kill(&self) -> bool {
        let controls = self.controls.borrow();
        let running = controls.iter().filter(|control| control.is_running());
        running.map(|control| control.kill()).count() > 0
    }

    /// Runs a command on a thread; its client waits.
    pub fn run_command(&self, frame: Frame, command: &Command, given: &[Text]) {
        let given = given.iter().map(|text| text.bytes().to_vec()).collect();
        let client = frame.context.block();
        self.submit(frame, Work::Command(command.name.clone(), given), Some(client));
    }

    fn submit(&self, frame: Frame, work: Work, client: Option<Blocked>) {
        self.start();
        self.jobs.set(self.jobs.get() + 1);
        self.shared.busy.fetch_add(1, Ordering::Relaxed);
        let job = Job {
            work,
            client,
            // Nobody has no name, and no rights.
            user: (frame.check != Check::Nobody).then(|| frame.context.user().unwrap_or_default()),
            database: frame.context.database(),
            writes: frame.writes,
            sources: Arc::clone(&self.sources.borrow()),
        };
        self.shared.queue().jobs.push_back(job);
        self.shared.news.notify_one();
    }

    fn start(&self) {
        let mut threads = self.threads.borrow_mut();
        let queued = self.busy();
        if threads.len() >= self.settings.workers || threads.len() > queued {
            return;
        }
        let (shared, settings) = (Arc::clone(&self.shared), self.settings.clone());
        let control = Arc::new(Control::default());
        self.controls.borrow_mut().push(Arc::clone(&control));
        let name = format!("ruby-{}", threads.len());
        // A Ruby command called from here runs in the server's VM, but on this stack.
        let thread = thread::Builder::new().name(name).stack_size(8 << 20);
        match thread.spawn(move || work(&shared, &settings, &control)) {
            Ok(thread) => threads.push(thread),
            Err(error) => log(Level::Warning, &format!("no thread for background work: {error}")),
        }
    }

    /// Ends the threads. `false`, and nothing is done, while there are jobs: they may wait for the
    /// lock that the caller holds.
    pub fn close(&self) -> bool {
        if self.busy() > 0 {
            return false;
        }
        self.shared.queue().closed = true;
        self.shared.news.notify_all();
        for thread in self.threads.borrow_mut().drain(..) {
            // A thread that panicked outside of a job is over as well.
            drop(thread.join());
        }
        true
    }
}

/// A worker's life.
fn work(shared: &Shared, settings: &Settings, control: &Arc<Control>) {
    let mut at_hand: Option<(Sources, Runtime)> = None;
    while let Some(job) = shared.next() {
        let context = job.client.as_ref().map_or_else(OwnContext::detached, Blocked::context);
        let done = catch_unwind(AssertUnwindSafe(|| {
            let runtime = prepare(&mut at_hand, settings, control, &job);
            run(runtime, context.context(), &job);
        }));
        if done.is_err() {
            if job.client.is_some() {
                context.context().error("RUBYERR panic: a bug in the module, see the log");
            }
            // Whatever state it is in, it will not be touched again.
            std::mem::forget(at_hand.take());
        }
        drop(context);
        if let Some(client) = job.client {
            client.release();
        }
        shared.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The VM with the scripts as they were when the job was given.
fn prepare<'a>(
    at_hand: &'a mut Option<(Sources, Runtime)>,
    settings: &Settings,
    control: &Arc<Control>,
    job: &Job,
) -> Result<&'a Runtime, String> {
    if !at_hand.as_ref().is_some_and(|(sources, _)| Arc::ptr_eq(sources, &job.sources)) {
        *at_hand = None;
        let runtime = Runtime::new(settings, Arc::clone(control), None)
            .map_err(|error| format!("RUBYERR {error}"))?;
        for (name, source) in job.sources.iter() {
            if let Err(error) = runtime.load(name, source) {
                log(Level::Warning, &format!("background: {name}: {error}"));
            }
        }
        *at_hand = Some((Arc::clone(&job.sources), runtime));
    }
    let (_, runtime) = at_hand.as_ref().expect("made above");
    Ok(runtime)
}

fn run(runtime: Result<&Runtime, String>, context: Context, job: &Job) {
    faults::point("background");
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return context.error(&error),
    };
    context.locked(|| context.select(job.database));
    let check = if job.user.is_some() { Check::User } else { Check::Nobody };
    runtime.state.user.borrow_mut().clone_from(&job.user);
    let client = job.client.is_some();
    let frame = Frame { context, writes: job.writes, check, client, threaded: true };
    let call = |vm: &Vm| match &job.work {
        Work::Command(name, given) => {
            let command = runtime.command(name);
            let command = command.ok_or_else(|| {
                Error::new("Redis::Error", format!("ERR the command {name} is no more"))
            })?;
            let mut values = Vec::new();
            command.arguments(vm, given.iter().map(Vec::as_slice), &mut values)?;
            vm.yield_block(command.block.value(), &values)
        }
        Work::Block(block) => {
            let block = carry::unpack(vm, block)?;
            vm.yield_block(block, &[])
        }
    };
    if client {
        runtime.answer(frame, call);
    } else {
        runtime.act(frame, "background", call);
    }
}

/// Defines the word.
pub fn define(vm: &Vm, kernel: Value, state: &Rc<State>) -> Result<(), Error> {
    let state = Rc::clone(state);
    vm.define_method(kernel, "background", move |vm, _, args| {
        args.arity(0..=0)?;
        let block = args.block().ok_or_else(|| Error::argument("background wants a block"))?;
        let frame = state.frame_of_call()?;
        let has_client = frame.client;
        let Some(pool) = &state.pool else { return vm.yield_block(block, &[]) };
        if state.answered.get() || (has_client && frame.context.may_not_block()) {
            return vm.yield_block(block, &[]);
        }
        let carried = carry::pack(vm, block)?;
        let client = has_client.then(|| frame.context.block());
        state.answered.set(client.is_some());
        pool.submit(frame, Work::Block(carried), client);
        Ok(Value::NIL)
    })
}
