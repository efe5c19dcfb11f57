//! A run: the VM, what the scripts have said, and the way of a call through its handlers.
//!
//! The rules of a call form a chain in the order written, like Rack's middleware: `on` runs on the
//! way down, `replace` answers (or asks the rest of the chain with `proceed`), `after` runs on the
//! way up; the end of the chain is the kernel. [`Run::down`] walks it. Ruby is entered for a block
//! only, in a context of its own taken from a pool, which is parked while the kernel or a `sleep`
//! holds the task: other tasks' handlers run meanwhile.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::time::Duration;

use engine::{Event, Guest, Verdict};
use mruby::{Context, Error, ErrorKind, Value, Vm};

use crate::book::{Book, Deed, Hook, Moment, Place, Rule};
use crate::facts::View;
use crate::stats::Stats;
use crate::tally::{Amount, Word};
use crate::under_way::{Refusal, UnderWay};
use crate::world::World;

/// Where a text goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// `puts`, `p`, `print`, and the tables.
    Out,
    /// `warn`, and what is wrong with a script.
    Err,
    /// `emit`: one JSON document a line.
    Json,
}

/// The embedder's side of a script: a terminal, or whatever stands for one.
pub trait Host {
    /// Takes a text, lines complete.
    fn write(&mut self, stream: Stream, text: &[u8]);

    /// Asks a person a question: none if there is nobody to ask.
    fn ask(&mut self, question: &str) -> Option<bool>;
}

/// What becomes of a call whose handler raised something that is no Errno.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnError {
    /// It goes on as if there were no handler.
    #[default]
    Pass,
    /// It fails with `EIO`.
    Fail,
    /// The program is left alone, or killed if we started it.
    Abort,
}

const EIO: i32 = 5;
/// Contexts kept for the next calls; more than that many calls wait at a time only in passing.
const MOST_IDLE: usize = 64;

/// Everything of one run.
pub struct Run {
    /// The VM.
    pub vm: Vm,
    /// What is not Ruby's.
    pub world: World,
    /// The embedder.
    pub host: RefCell<Box<dyn Host>>,
    /// The handlers that are live.
    pub book: RefCell<Rc<Book>>,
    /// The handlers that are being written, while a script loads.
    pub draft: RefCell<Option<Book>>,
    /// Patterns that only Ruby can match. Those of a script that was replaced stay: calls under
    /// way may still ask them.
    pub patterns: RefCell<Vec<mruby::Root>>,
    /// The call whose handler runs at this moment.
    pub now: RefCell<Option<Rc<UnderWay>>>,
    /// The class of `c`.
    pub call_class: RefCell<Option<mruby::Root>>,
    /// The sets of flags that Ruby objects name.
    pub sets: crate::values::Sets,
    /// Counts of calls.
    pub stats: Stats,
    /// What `audit` has counted.
    pub audited: RefCell<crate::tally::Table>,
    /// What to do when a handler breaks.
    pub on_error: OnError,
    /// A handler broke, and that was to be the end.
    pub aborted: Cell<bool>,
    /// Native stack that a handler may use.
    pub native_stack: usize,
    complaints: RefCell<BTreeSet<String>>,
    idle: RefCell<Vec<Context>>,
    /// The calls of each task that wait for the kernel, outermost first.
    waiting: RefCell<BTreeMap<i32, Vec<Rc<UnderWay>>>>,
}

impl core::fmt::Debug for Run {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Run").field("book", &self.book).finish_non_exhaustive()
    }
}

/// How a block ended; its value is made sense of while Ruby still holds it.
enum End<T> {
    Value(T),
    Errno(i32),
    Pass,
    Broken,
}

impl Run {
    /// A run without handlers yet.
    #[must_use]
    pub fn new(vm: Vm, world: World, host: Box<dyn Host>, on_error: OnError, stack: usize) -> Run {
        Run {
            vm,
            world,
            host: RefCell::new(host),
            book: RefCell::default(),
            draft: RefCell::new(None),
            patterns: RefCell::default(),
            now: RefCell::new(None),
            call_class: RefCell::new(None),
            sets: crate::values::Sets::default(),
            stats: Stats::default(),
            audited: RefCell::new(crate::tally::Table::new(Word::Tally, "audit")),
            on_error,
            aborted: Cell::new(false),
            native_stack: stack,
            complaints: RefCell::default(),
            idle: RefCell::default(),
            waiting: RefCell::default(),
        }
    }

    /// A text for a person or a program that reads us.
    pub fn say(&self, stream: Stream, text: &str) {
        // A host that writes may not be asked again from within.
        if let Ok(mut host) = self.host.try_borrow_mut() {
            host.write(stream, text.as_bytes());
        }
    }

    /// Forgets which complaints were made: the script is another now.
    pub fn forget_complaints(&self) {
        self.complaints.borrow_mut().clear();
    }

    // --- calls ---

    /// A call of the program.
    pub fn call(self: &Rc<Self>, guest: &mut dyn Guest) -> Verdict {
        let book = self.book.borrow().clone();
        let nr = guest.call().nr;
        let chain = book.chain(nr);
        let recorded = self.world.recorder.borrow().as_ref().is_some_and(|r| r.wants(nr));
        if chain.is_none() && !recorded && !self.world.listens_to(nr) {
            return Verdict::Pass;
        }
        let chain = chain.unwrap_or_else(|| Rc::from([]));
        let call = Rc::new(UnderWay::new(guest));
        let before = self.now.replace(None);
        call.live.during(guest, || {
            self.down(&call, &chain, 0, recorded || book.wants_stats || self.world.listens_to(nr));
        });
        call.finish();
        self.now.replace(before);
        if book.wants_stats {
            self.stats.count(nr, call.result(), call.elapsed().unwrap_or(0));
        }
        call.verdict()
    }

    /// The rest of the chain from rule `i` on. Afterwards the call has a result if the kernel was
    /// asked or a handler answered; it must have one if it is `wanted` above.
    pub fn down(
        self: &Rc<Self>,
        call: &Rc<UnderWay>,
        chain: &Rc<[Rc<Rule>]>,
        mut i: usize,
        mut wanted: bool,
    ) {
        let mut allowed = false;
        while let Some(rule) = chain.get(i) {
            i += 1;
            let denies = matches!(rule.deed, Deed::Deny(_));
            if denies && allowed || !rule.is_for(&call.now()) || !self.matches(call, rule, false) {
                continue;
            }
            if rule.is_after() && !is_the_last(call, rule) {
                self.down(call, chain, i, true);
                if call.leaves.get() {
                    return;
                }
                if self.matches(call, rule, true) && self.takes(call, rule) {
                    self.afterwards(call, chain, i, rule);
                }
                return;
            }
            if !self.takes(call, rule) {
                continue;
            }
            match &rule.deed {
                Deed::Fail(errno) | Deed::Deny(errno) => {
                    return call.set_result(-i64::from(*errno));
                }
                Deed::Allow => allowed = true,
                Deed::Delay(least, most) => self.delay(call, *least, *most),
                Deed::Count(_) => self.afterwards(call, chain, i, rule),
                Deed::On | Deed::After => match self.block(call, chain, i, rule, |_| Ok(())) {
                    End::Errno(errno) => return call.set_result(-i64::from(errno)),
                    // However it ended: what it asked or decided stands.
                    _ if call.is_decided() => return,
                    _ => {}
                },
                Deed::Replace => match self.replaced(call, chain, i, rule) {
                    End::Value(result) => return call.set_result(result),
                    End::Errno(errno) => return call.set_result(-i64::from(errno)),
                    _ if call.is_decided() => return,
                    _ => {}
                },
            }
        }
        wanted |= call.must_be_watched();
        if wanted && call.result().is_none() {
            // An exit has no answer to wait for: whoever waited would wait for ever.
            if matches!(call.syscall().map(|entry| entry.name), Some("exit" | "exit_group")) {
                call.leaves.set(true);
            } else {
                self.ask_kernel(call);
            }
        }
    }

    /// A rule that acts when there is a result.
    fn afterwards(
        self: &Rc<Self>,
        call: &Rc<UnderWay>,
        chain: &Rc<[Rc<Rule>]>,
        i: usize,
        rule: &Rc<Rule>,
    ) {
        match &rule.deed {
            Deed::Fail(errno) | Deed::Deny(errno) => call.set_result(-i64::from(*errno)),
            Deed::Delay(least, most) => self.delay(call, *least, *most),
            Deed::Allow => {}
            Deed::Count(table) => {
                if rule.block.is_none() {
                    self.count_plainly(call, &mut table.borrow_mut());
                } else {
                    self.block(call, chain, i, rule, |value| self.count(call, table, value));
                }
            }
            Deed::On | Deed::After => {
                if let End::Errno(errno) = self.block(call, chain, i, rule, |_| Ok(())) {
                    call.set_result(-i64::from(errno));
                }
            }
            Deed::Replace => match self.replaced(call, chain, i, rule) {
                End::Value(result) => call.set_result(result),
                End::Errno(errno) => call.set_result(-i64::from(errno)),
                End::Pass | End::Broken => {}
            },
        }
    }

    /// A block whose value is the result.
    fn replaced(
        self: &Rc<Self>,
        call: &Rc<UnderWay>,
        chain: &Rc<[Rc<Rule>]>,
        next: usize,
        rule: &Rc<Rule>,
    ) -> End<i64> {
        self.block(call, chain, next, rule, |value| crate::answer::answer(self, call, value))
    }

    /// Whether all filters agree that can be asked now.
    fn matches(self: &Rc<Self>, call: &Rc<UnderWay>, rule: &Rule, after: bool) -> bool {
        let filters = if after { &rule.filters.after } else { &rule.filters.before };
        filters.is_empty() || {
            let view = View { run: self, call };
            filters.iter().all(|filter| filter.matches(&view))
        }
    }

    /// Counts a call that matches, and says whether the rule takes it: `rate`, `nth`, `times`.
    fn takes(&self, call: &UnderWay, rule: &Rule) -> bool {
        if rule.filters.rate.is_some_and(|share| !self.world.chance(share)) {
            return false;
        }
        let n = rule.matched.get() + 1;
        rule.matched.set(n);
        if rule.filters.nth.as_ref().is_some_and(|nth| !nth.matches_number(n as i64)) {
            return false;
        }
        let taken = rule.taken.get();
        if rule.filters.times.is_some_and(|times| taken >= times) {
            return false;
        }
        rule.taken.set(taken + 1);
        call.nth.set(n);
        true
    }

    /// Asks the kernel, without rules.
    pub fn ask_kernel(&self, call: &Rc<UnderWay>) {
        call.proceed(&self.world, |work| self.away(call, work));
    }

    fn delay(&self, call: &Rc<UnderWay>, least: f64, most: f64) {
        let seconds = least + (most - least) * self.world.share();
        self.sleep(call, Duration::from_secs_f64(seconds));
    }

    /// Holds the task.
    pub fn sleep(&self, call: &Rc<UnderWay>, duration: Duration) {
        self.away(call, &mut || {
            let _ = call.live.with(|guest| guest.sleep(duration));
        });
    }

    /// `sleep`: in a handler only the task that made the call is held.
    pub fn pause(&self, duration: Duration) {
        let call = self.now.borrow().clone();
        match call {
            Some(call) if call.live.is_at_hand() => self.sleep(&call, duration),
            _ => self.world.kernel.sleep(duration),
        }
    }

    /// Leaves the VM to others while `work` may hold up this native stack.
    fn away(&self, call: &Rc<UnderWay>, work: &mut dyn FnMut()) {
        self.waiting.borrow_mut().entry(call.tid.0).or_default().push(call.clone());
        self.step_aside(call, work);
        let mut waiting = self.waiting.borrow_mut();
        if let Some(calls) = waiting.get_mut(&call.tid.0) {
            calls.retain(|other| !Rc::ptr_eq(other, call));
            if calls.is_empty() {
                waiting.remove(&call.tid.0);
            }
        }
    }

    /// Calls of a task that wait will never go on: lets go of what their blocks hold in Ruby.
    pub fn abandoned(&self, tid: engine::Pid, kept: usize) {
        let mut waiting = self.waiting.borrow_mut();
        let Some(calls) = waiting.get_mut(&tid.0) else { return };
        for call in calls.drain(kept.min(calls.len())..) {
            call.object.replace(None);
            if let Some(context) = call.context.take() {
                context.abandon();
            }
        }
        if calls.is_empty() {
            waiting.remove(&tid.0);
        }
    }

    fn step_aside(&self, call: &Rc<UnderWay>, work: &mut dyn FnMut()) {
        if call.in_ruby.get() == 0 {
            return work();
        }
        let now = self.now.replace(None);
        let parked = self.vm.park();
        work();
        parked.unpark();
        self.now.replace(now);
    }

    // --- Ruby ---

    /// Runs `work` in a context of this native stack.
    pub fn in_context<R>(&self, work: impl FnOnce() -> R) -> Result<R, Error> {
        self.in_context_of(None, work)
    }

    fn in_context_of<R>(
        &self,
        call: Option<&Rc<UnderWay>>,
        work: impl FnOnce() -> R,
    ) -> Result<R, Error> {
        let context = match self.idle.borrow_mut().pop() {
            Some(context) => context,
            None => Context::new(&self.vm, self.native_stack)?,
        };
        let note = |context| call.map(|call| call.context.replace(context));
        note(Some(context.clone()));
        let result = self.vm.enter(&context, work);
        note(None);
        let mut idle = self.idle.borrow_mut();
        if idle.len() < MOST_IDLE && context.is_idle() {
            idle.push(context);
        }
        Ok(result)
    }

    /// Runs `work` in Ruby for a call: in the context that it has, or in a new one.
    pub fn for_call<R>(
        &self,
        call: &Rc<UnderWay>,
        work: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        let depth = call.in_ruby.get();
        call.in_ruby.set(depth + 1);
        let before = self.now.replace(Some(call.clone()));
        let result =
            if depth > 0 { work() } else { self.in_context_of(Some(call), work).and_then(|r| r) };
        self.now.replace(before);
        call.in_ruby.set(depth);
        result
    }

    /// Runs a rule's block; `take` makes of its value what is wanted, while Ruby still holds it.
    fn block<T>(
        self: &Rc<Self>,
        call: &Rc<UnderWay>,
        chain: &Rc<[Rc<Rule>]>,
        next: usize,
        rule: &Rc<Rule>,
        take: impl FnOnce(Value) -> Result<T, Error>,
    ) -> End<T> {
        let Some((block, wants_call)) = &rule.block else { return End::Pass };
        let nth = call.nth.get();
        let position = call.position.replace(Some((chain.clone(), next)));
        let end = self.for_call(call, || {
            let value = if *wants_call {
                let object = crate::call_object::object(self, call)?;
                self.vm.yield_block(block.value(), &[object])?
            } else {
                self.vm.yield_block(block.value(), &[])?
            };
            take(value)
        });
        call.position.replace(position);
        call.nth.set(nth);
        match end {
            Ok(value) => End::Value(value),
            Err(error) => self.end_of(call, &error, rule),
        }
    }

    fn end_of<T>(&self, call: &Rc<UnderWay>, error: &Error, rule: &Rule) -> End<T> {
        let _scope = self.vm.scope();
        if let Some(exception) = error.value() {
            if let Some(errno) = self.errno_of(exception) {
                return End::Errno(errno);
            }
            if self.vm.class_name(exception) == "Hijinks::Pass" {
                if !call.leaves.get() {
                    call.restore();
                }
                return End::Pass;
            }
        }
        self.broken(call, error, Some(rule));
        End::Broken
    }

    /// The number of a SystemCallError.
    #[must_use]
    pub fn errno_of(&self, exception: Value) -> Option<i32> {
        if !exception.responds_to(&self.vm, "errno") {
            return None;
        }
        let number = self.vm.call(exception, "errno", &[]).ok()?.as_i64()?;
        i32::try_from(number).ok().filter(|n| (1..4096).contains(n))
    }

    /// A handler raised what is no Errno: says so once a site, and applies the policy.
    pub fn broken(&self, call: &Rc<UnderWay>, error: &Error, rule: Option<&Rule>) {
        match self.on_error {
            OnError::Pass => call.restore(),
            OnError::Fail => call.set_result(-i64::from(EIO)),
            OnError::Abort => {
                call.restore();
                self.aborted.set(true);
            }
        }
        let fate = match self.on_error {
            OnError::Pass => "the call goes on untouched",
            OnError::Fail => "the call fails with EIO",
            OnError::Abort => "that is the end",
        };
        let program = crate::process::basename(&self.world.processes.exe(call.pid));
        let who = format!("{} of {program}[{}]: {fate}", call.name(), call.pid);
        self.complain(error, rule.map(|rule| &rule.place), &who);
    }

    /// Tells a person what is wrong, once a site.
    pub fn complain(&self, error: &Error, fallback: Option<&Place>, fate: &str) {
        let _scope = self.vm.scope();
        let place = match error.location() {
            Some(at) => format!("{}:{}", at.file, at.line),
            None => fallback.map(|place| format!("{place}")).unwrap_or_default(),
        };
        let what = match error.kind() {
            ErrorKind::BudgetExceeded | ErrorKind::DeadlineExceeded => {
                String::from("the handler runs for too long and was stopped (an endless loop?)")
            }
            ErrorKind::OutOfMemory => String::from("the handler uses too much memory"),
            ErrorKind::StackTooDeep => String::from("the handler calls itself without end"),
            _ => format!("{} ({})", error.message(), error.class_name()),
        };
        let site = format!("{place} {}", error.class_name());
        if self.complaints.borrow_mut().insert(site) {
            self.say(Stream::Err, &format!("hijinks: {place}: {what}; {fate}\n"));
        }
    }

    /// What a table without a block counts.
    fn count_plainly(&self, call: &UnderWay, table: &mut crate::tally::Table) {
        let name = call.name();
        match table.word() {
            Word::Tally => table.count(&[&name]),
            Word::Sum => {
                if let Some(result) = call.result().filter(|result| *result >= 0) {
                    table.add(&[&name], Amount::Plain(result));
                }
            }
            Word::Histogram => {
                if let Some(nanos) = call.elapsed() {
                    table.add(&[&name], Amount::Seconds(nanos as f64 / 1e9));
                }
            }
        }
    }

    /// A value of a table's block. Its `to_s` may be the script's own, and wait: the table is
    /// borrowed only when all is known.
    fn count(
        &self,
        call: &UnderWay,
        table: &RefCell<crate::tally::Table>,
        value: Value,
    ) -> Result<(), Error> {
        let vm = &self.vm;
        let word = table.borrow().word();
        let items =
            if value.kind() == mruby::Kind::Array { vm.items(value)? } else { Vec::from([value]) };
        let text = |value: &Value| if value.is_nil() { String::from("-") } else { vm.to_s(*value) };
        if word == Word::Tally {
            let key: Vec<String> = items.iter().map(text).collect();
            table.borrow_mut().count(&key.iter().map(String::as_str).collect::<Vec<_>>());
            return Ok(());
        }
        let Some((amount, key)) = items.split_last() else { return Ok(()) };
        let amount = match (amount.as_i64(), amount.as_f64()) {
            // A failed call has moved nothing and taken no time that is known.
            _ if amount.is_nil() => return Ok(()),
            (Some(n), _) if n < 0 && call.errno().is_some() => return Ok(()),
            (Some(n), _) => Amount::Plain(n),
            (None, Some(seconds)) => Amount::Seconds(seconds),
            _ => {
                let class = vm.class_name(*amount);
                return Err(Error::type_error(format!("a number is wanted last, not a {class}")));
            }
        };
        let key: Vec<String> = key.iter().map(text).collect();
        table.borrow_mut().add(&key.iter().map(String::as_str).collect::<Vec<_>>(), amount);
        Ok(())
    }

    // --- timers and hooks ---

    /// The next deadline of a timer.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        self.book.borrow().timers.iter().map(|timer| timer.due.get()).min()
    }

    /// Runs the timers that are due.
    pub fn tick(&self) {
        let book = self.book.borrow().clone();
        let now = self.world.kernel.monotonic();
        for timer in book.timers.iter().filter(|timer| timer.due.get() <= now) {
            // A timer that fell behind does not run twice to catch up.
            timer.due.set(now + timer.period);
            self.run_block(timer.block.value(), &[], &timer.place);
        }
    }

    /// Runs a block outside any call.
    pub fn run_block(&self, block: Value, args: &[Value], place: &Place) {
        let now = self.now.replace(None);
        let end = self.in_context(|| self.vm.yield_block(block, args)).and_then(|end| end);
        self.now.replace(now);
        if let Err(error) = end {
            self.complain(&error, Some(place), "the script goes on");
        }
    }

    /// Runs the blocks for a moment; of a process, they get it.
    pub fn hooks(&self, moment: Moment, pid: Option<engine::Pid>) {
        let book = self.book.borrow().clone();
        let due: Vec<Rc<Hook>> =
            book.hooks.iter().filter(|hook| hook.moment == moment).cloned().collect();
        for hook in due {
            let _scope = self.vm.scope();
            let process = pid.map(|pid| self.process(pid)).transpose();
            match process {
                Ok(process) => {
                    let args = process.map(|process| [process]);
                    let args = args.as_ref().map_or(&[][..], |args| &args[..]);
                    self.run_block(hook.block.value(), args, &hook.place);
                }
                Err(error) => self.complain(&error, Some(&hook.place), "the script goes on"),
            }
        }
    }

    /// A process as a Ruby object.
    fn process(&self, pid: engine::Pid) -> Result<Value, Error> {
        let class = self.vm.constant("Hijinks::Program")?;
        self.vm.call(class, "new", &[Value::from(pid.0)])
    }

    /// Follows the process tree.
    pub fn event(&self, event: &Event<'_>) {
        self.world.processes.event(event);
        if let Some(recorder) = &*self.world.recorder.borrow() {
            recorder.event(event);
        }
        match *event {
            Event::Start { pid } => self.hooks(Moment::Start, Some(pid)),
            Event::Exec { pid } => self.hooks(Moment::Exec, Some(pid)),
            Event::Fork { child, .. } => self.hooks(Moment::Fork, Some(child)),
            _ => {}
        }
    }

    /// A refusal as an exception.
    #[must_use]
    pub fn error(&self, refusal: Refusal) -> Error {
        match refusal {
            Refusal::Errno(number) => crate::values::errno_error(&self.vm, number),
            Refusal::NotAtHand => Error::runtime(
                "this call is over or waits in the kernel: what it points to can't be read now",
            ),
            Refusal::Senseless(message) => Error::argument(message),
        }
    }
}

/// A call that does not return, or leaves no memory to look at: what is to be counted of it is
/// counted before.
fn is_the_last(call: &UnderWay, rule: &Rule) -> bool {
    let Deed::Count(table) = &rule.deed else { return false };
    rule.filters.after.is_empty()
        && (rule.block.is_none() && table.borrow().word() == Word::Tally
            || call.syscall().is_some_and(|call| {
                matches!(call.name, "exit" | "exit_group" | "execve" | "execveat" | "rt_sigreturn")
            }))
}
