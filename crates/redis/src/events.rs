//! Events of the keyspace and rhythms: Ruby that nobody called.
//!
//! The server tells of an event in the middle of the command that caused it, where a write of ours
//! would come before the cause in the append only file. So events are queued, and the blocks run
//! when the command is done: from 7.2 on in the same transaction, before that by a timer of 0 ms.
//! Blocks run on a master only; its replicas get what the blocks have done.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_int;
use std::rc::Rc;

use crate::context::Context;
use crate::definition::Rhythm;
use crate::entry;
use crate::faults;
use crate::runtime::{Check, Frame, Runtime};

/// The timer that empties the queue; rhythms have other numbers.
const QUEUE: usize = 0;

/// What is to be told, and when.
#[derive(Debug, Default)]
pub struct Events {
    queue: RefCell<VecDeque<Event>>,
    /// The queue's timer.
    armed: Cell<Option<u64>>,
    subscribed: Cell<c_int>,
    rhythms: RefCell<HashMap<usize, (Rc<Rhythm>, u64)>>,
    next: Cell<usize>,
    told: Cell<u64>,
}

#[derive(Debug)]
struct Event {
    class: c_int,
    name: String,
    key: Vec<u8>,
    database: c_int,
}

impl Events {
    /// How many blocks were called.
    pub fn told(&self) -> u64 {
        self.told.get()
    }

    /// Listens to, and keeps time for, all that the scripts now want.
    pub fn follow(&self, context: Context, runtime: &Runtime) {
        let wanted = runtime
            .definitions(|all| all.watches.iter().map(|watch| watch.classes).collect())
            .into_iter()
            .fold(0, |all, classes| all | classes);
        let fresh = wanted & !self.subscribed.get();
        if fresh != 0 {
            context.subscribe(fresh, entry::keyspace_event);
            self.subscribed.set(self.subscribed.get() | fresh);
        }
        let rhythms = runtime.definitions(|all| all.rhythms.clone());
        let mut kept = self.rhythms.borrow_mut();
        kept.retain(|_, (rhythm, timer)| {
            let wanted = rhythms.iter().any(|other| Rc::ptr_eq(other, rhythm));
            if !wanted {
                context.stop_timer(*timer);
            }
            wanted
        });
        for rhythm in rhythms {
            if !kept.values().any(|(other, _)| Rc::ptr_eq(other, &rhythm)) {
                self.next.set(self.next.get() + 1);
                let id = self.next.get();
                let timer = context.timer(rhythm.milliseconds, entry::timer, id);
                kept.insert(id, (rhythm, timer));
            }
        }
    }

    /// The server tells of an event.
    pub fn note(&self, context: Context, class: c_int, name: &str, key: &[u8]) {
        if context.is_an_echo() {
            return;
        }
        let (name, key, database) = (name.to_string(), key.to_vec(), context.database());
        self.queue.borrow_mut().push_back(Event { class, name, key, database });
        if self.armed.get().is_none() && !context.after_command(entry::after_command) {
            self.armed.set(Some(context.timer(0, entry::timer, QUEUE)));
        }
    }

    /// A timer has run out. It is forgotten before anything else is done: the server frees it after
    /// this, and must not be told to stop it.
    pub fn timer(&self, context: Context, runtime: &Runtime, id: usize) {
        if id == QUEUE {
            self.armed.set(None);
            faults::point("timer");
            return self.tell(context, runtime);
        }
        let Some((rhythm, _)) = self.rhythms.borrow_mut().remove(&id) else { return };
        faults::point("timer");
        // The next beat before this one: whatever becomes of it, the rhythm goes on.
        let timer = context.timer(rhythm.milliseconds, entry::timer, id);
        self.rhythms.borrow_mut().insert(id, (Rc::clone(&rhythm), timer));
        if !context.is_replica() {
            self.told.set(self.told.get() + 1);
            let what = format!("every {} ms in {}", rhythm.milliseconds, rhythm.script);
            runtime.act(frame(context), &what, |vm| vm.yield_block(rhythm.block.value(), &[]));
        }
    }

    /// Calls the blocks for what is in the queue now. What they cause comes later.
    pub fn tell(&self, context: Context, runtime: &Runtime) {
        let now = self.queue.take();
        let watches = runtime.definitions(|all| all.watches.clone());
        let before = context.database();
        for event in now {
            for watch in watches.iter().filter(|watch| watch.classes & event.class != 0) {
                context.select(event.database);
                self.told.set(self.told.get() + 1);
                let what = format!("on_keyspace {} in {}", event.name, watch.script);
                runtime.act(frame(context), &what, |vm| {
                    let name = vm.intern(&event.name)?;
                    let key = vm.string(&event.key)?;
                    vm.yield_block(watch.block.value(), &[name.into(), key])
                });
            }
        }
        context.select(before);
    }

    /// Stops all clocks.
    pub fn stop(&self, context: Context) {
        for (_, (_, timer)) in self.rhythms.borrow_mut().drain() {
            context.stop_timer(timer);
        }
        if let Some(timer) = self.armed.take() {
            context.stop_timer(timer);
        }
    }
}

/// The server acts on its own.
fn frame(context: Context) -> Frame {
    Frame { context, writes: true, check: Check::Nobody, client: false, threaded: false }
}
