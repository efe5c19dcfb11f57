//! A scan: the script's `each` on one side, the host's stepping on the other, a batch of rows
//! between them.
//!
//! `each` runs as a coroutine. Its block ([`take_row`]) checks and stores a row, and waits when the
//! batch is full; [`Scan::advance`] reads the batch and lets the script go on when it is empty. The VM
//! is entered once per batch, never per value. Batches start small, so that a `LIMIT 1` does not
//! compute 256 rows, and grow.
//!
//! A scan that ends early makes the waiting `yield` raise `Table::Closed`, so `ensure` runs. An
//! exception is reported after the rows that came before it.

use std::cell::{Cell as Field, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use mruby::{Args, Context, Kind, Value as Ruby, Vm};

use crate::batch::RowBatch;
use crate::coerce::{self, Refusal};
use crate::coroutine::{Coroutine, Gate, STACK, Step};
use crate::error::{Error, Result};
use crate::{Cell, Column, Runtime};

/// Rows of the first batch, and of the largest.
const FIRST: usize = 16;
const MOST: usize = 256;
/// A batch with more text than that is full.
const FULL: usize = 1 << 20;
/// Native stack that methods written in Rust may use below Ruby.
const RESERVE: usize = 96 * 1024;

/// Where a running script's rows go.
pub(crate) struct Feed {
    batch: RefCell<RowBatch>,
    /// The needed columns, in the order of a row, with their places in a row of the whole table.
    columns: Vec<(usize, Column)>,
    /// How many columns the table has.
    width: usize,
    capacity: Field<usize>,
    /// Rows handed over in earlier batches.
    before: Field<u64>,
    closing: Field<bool>,
    gate: Gate,
}

/// The block of every `each`: one row.
pub(crate) fn take_row(
    vm: &Vm,
    running: &RefCell<Option<Rc<Feed>>>,
    args: &Args<'_>,
) -> Result<Ruby, mruby::Error> {
    let Some(feed) = running.borrow().clone() else {
        return Err(mruby::Error::runtime("this block belongs to a scan that is over"));
    };
    if feed.closing.get() {
        return Err(closed());
    }
    feed.add(vm, args)?;
    if feed.is_full() {
        let parked = vm.park();
        feed.gate.wait();
        parked.unpark();
        if feed.closing.get() {
            return Err(closed());
        }
    }
    Ok(Ruby::NIL)
}

fn closed() -> mruby::Error {
    mruby::Error::new("Table::Closed", "the query needs no more rows")
}

impl Feed {
    fn is_full(&self) -> bool {
        let batch = self.batch.borrow();
        batch.rows() >= self.capacity.get() || batch.size() >= FULL
    }

    /// Stores one row: an Array, a Hash, or the block's arguments.
    fn add(&self, vm: &Vm, args: &Args<'_>) -> Result<(), mruby::Error> {
        let mut batch = self.batch.borrow_mut();
        let added = match args.positional() {
            [row] if row.kind() == Kind::Array => self.add_array(vm, *row, &mut batch),
            [row] if row.kind() == Kind::Hash => self.add_hash(vm, *row, &mut batch),
            values => self.add_values(vm, values, &mut batch),
        };
        match added {
            Ok(()) => batch.end_row(),
            Err(_) => batch.abandon_row(),
        }
        added
    }

    /// A row has the needed columns or all of them: its length tells.
    fn add_array(&self, vm: &Vm, row: Ruby, batch: &mut RowBatch) -> Result<(), mruby::Error> {
        let given = vm.len(row)?;
        let item = |index| vm.item(row, index).unwrap_or(Ruby::NIL);
        if given == self.columns.len() {
            for (index, (_, column)) in self.columns.iter().enumerate() {
                self.put(vm, column, item(index), batch)?;
            }
        } else if given == self.width || self.columns.is_empty() {
            for (place, column) in &self.columns {
                self.put(vm, column, item(*place), batch)?;
            }
        } else {
            return Err(self.wrong_width(batch, given));
        }
        Ok(())
    }

    fn add_values(
        &self,
        vm: &Vm,
        values: &[Ruby],
        batch: &mut RowBatch,
    ) -> Result<(), mruby::Error> {
        if values.len() == self.columns.len() {
            for ((_, column), value) in self.columns.iter().zip(values) {
                self.put(vm, column, *value, batch)?;
            }
        } else if values.len() == self.width || self.columns.is_empty() {
            for (place, column) in &self.columns {
                self.put(vm, column, values[*place], batch)?;
            }
        } else {
            return Err(self.wrong_width(batch, values.len()));
        }
        Ok(())
    }

    fn add_hash(&self, vm: &Vm, row: Ruby, batch: &mut RowBatch) -> Result<(), mruby::Error> {
        for (_, column) in &self.columns {
            let symbol = vm.intern(&column.name)?;
            let mut value = vm.hash_get(row, symbol)?;
            if value.is_none() {
                value = vm.hash_get(row, vm.string(&column.name)?)?;
            }
            let Some(value) = value else {
                let number = self.row_number(batch);
                let given = coerce::describe(vm, row);
                let text = format!("row {number} has no {}: {given}", column.name);
                return Err(mruby::Error::new("Table::DataError", text));
            };
            self.put(vm, column, value, batch)?;
        }
        Ok(())
    }

    #[inline]
    fn put(
        &self,
        vm: &Vm,
        column: &Column,
        value: Ruby,
        batch: &mut RowBatch,
    ) -> Result<(), mruby::Error> {
        coerce::put(vm, &column.ty, column.array, value, batch).map_err(|refusal| match refusal {
            Refusal::Raised(error) => error,
            Refusal::Value(why) => {
                let row = self.row_number(batch);
                let text = format!("row {row}, column {}: {why}", column.name);
                mruby::Error::new("Table::DataError", text)
            }
        })
    }

    fn wrong_width(&self, batch: &RowBatch, given: usize) -> mruby::Error {
        let names: Vec<_> = self.columns.iter().map(|(_, column)| column.name.as_str()).collect();
        let (row, needed, names) = (self.row_number(batch), names.len(), names.join(", "));
        let all = match self.width {
            width if width == needed => String::new(),
            width => format!(", or all {width}"),
        };
        let text = format!("row {row} has {given} values; the query needs {needed}: {names}{all}");
        mruby::Error::new("Table::DataError", text)
    }

    fn row_number(&self, batch: &RowBatch) -> u64 {
        self.before.get() + batch.rows() as u64 + 1
    }
}

/// How `each` ended (nothing: with a panic of ours), and what another scan can use again.
type Outcome = (Option<Result<(), mruby::Error>>, Context);

/// A scan in progress. Stands before its first row.
pub struct Scan {
    runtime: Runtime,
    feed: Rc<Feed>,
    routine: Option<Coroutine<Outcome>>,
    /// Where in a row each of the table's columns is.
    places: Vec<Option<usize>>,
    /// The row under the cursor, one-based: 0 is before the first of the batch.
    row: usize,
    rows: usize,
    failure: Option<Error>,
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").field("row", &self.row_number()).finish_non_exhaustive()
    }
}

impl Scan {
    pub(crate) fn new(
        runtime: &Runtime,
        columns: &[Column],
        needed: &[usize],
        object: mruby::Root,
        query: mruby::Root,
    ) -> Result<Scan> {
        let mut places = vec![None; columns.len()];
        for (place, &column) in needed.iter().enumerate() {
            if let Some(slot) = places.get_mut(column) {
                *slot = Some(place);
            }
        }
        let feed = Rc::new(Feed {
            batch: RefCell::new(RowBatch::new(needed.len())),
            columns: needed.iter().map(|&index| (index, columns[index].clone())).collect(),
            width: columns.len(),
            capacity: Field::new(FIRST),
            before: Field::new(0),
            closing: Field::new(false),
            gate: Gate::default(),
        });
        let (context, stack) = runtime.stack()?;
        let (vm, inner) = (runtime.vm().clone(), Rc::clone(&feed));
        let sink = runtime.0.sink.clone();
        let routine = Coroutine::new(stack, move |open| {
            open(&inner.gate);
            // A panic must not leave the coroutine's stack.
            let result = catch_unwind(AssertUnwindSafe(|| {
                vm.enter(&context, || each(&vm, &object, &query, &sink))
            }));
            drop((object, query, sink));
            (result.ok(), context)
        });
        Ok(Scan {
            runtime: runtime.clone(),
            feed,
            routine: Some(routine),
            places,
            row: 0,
            rows: 0,
            failure: None,
        })
    }

    /// Steps to the next row; `false` after the last.
    ///
    /// # Errors
    /// What the script raised after the rows that were read.
    #[inline]
    pub fn advance(&mut self) -> Result<bool> {
        if self.row < self.rows {
            self.row += 1;
            return Ok(true);
        }
        self.refill()
    }

    #[cold]
    fn refill(&mut self) -> Result<bool> {
        loop {
            {
                let mut batch = self.feed.batch.borrow_mut();
                self.feed.before.set(self.feed.before.get() + batch.rows() as u64);
                batch.clear();
            }
            (self.row, self.rows) = (0, 0);
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.routine.is_none() {
                return Ok(false);
            }
            self.resume();
            self.feed.capacity.set((self.feed.capacity.get() * 4).min(MOST));
            self.rows = self.feed.batch.borrow().rows();
            if self.rows > 0 {
                self.row = 1;
                return Ok(true);
            }
        }
    }

    /// Lets the script run until it waits or ends.
    fn resume(&mut self) {
        let Some(routine) = &mut self.routine else { return };
        let running = &self.runtime.0.running;
        let outer = running.replace(Some(Rc::clone(&self.feed)));
        let step = routine.resume();
        running.replace(outer);
        if let Some(Step::Waits) = step {
            return;
        }
        self.routine = None;
        if let Some(Step::Done((result, context), stack)) = step {
            let Some(result) = result else {
                self.failure = Some(Error::Fault("a panic in a scan".into()));
                return;
            };
            self.runtime.0.idle.borrow_mut().push((context, stack));
            self.failure = result.err().map(|error| self.runtime.error(&error));
        }
    }

    /// A value of the row under the cursor, by the column's index in the table. NULL for a column
    /// that the plan did not ask for.
    #[inline]
    pub fn with_cell<R>(&self, column: usize, look: impl FnOnce(Cell<'_>) -> R) -> R {
        match self.places.get(column) {
            Some(Some(place)) if self.row > 0 => {
                look(self.feed.batch.borrow().cell(self.row - 1, *place))
            }
            _ => look(Cell::Null),
        }
    }

    /// Which row of the scan is under the cursor, from 1.
    #[must_use]
    pub fn row_number(&self) -> u64 {
        self.feed.before.get() + self.row as u64
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        if self.routine.as_ref().is_some_and(Coroutine::is_waiting) {
            self.feed.closing.set(true);
            let runtime = self.runtime.clone();
            // What its `ensure` raises has nobody to go to.
            runtime.0.patience.while_closing(|| self.resume());
        }
    }
}

/// The body of the coroutine.
fn each(
    vm: &Vm,
    object: &mruby::Root,
    query: &mruby::Root,
    sink: &mruby::Root,
) -> Result<(), mruby::Error> {
    let table = vm.constant("Table")?;
    vm.call(table, "__scan", &[object.value(), query.value(), sink.value()]).map(drop)
}

impl Runtime {
    /// A native stack and the VM's half of it, from those that earlier scans left.
    fn stack(&self) -> Result<(Context, DefaultStack)> {
        if let Some(pair) = self.0.idle.borrow_mut().pop() {
            return Ok(pair);
        }
        let stack = DefaultStack::new(STACK)
            .map_err(|error| Error::Fault(format!("no memory for a stack: {error}")))?;
        let context =
            Context::new(self.vm(), STACK - RESERVE).map_err(|error| self.error(&error))?;
        Ok((context, stack))
    }
}
