//! What a script has said: its handlers in the order written, its timers and hooks, its tables.
//!
//! A [`Book`] is written while the script loads and read-only from then on, but for the counters
//! in its rules. Reloading writes a new book; a call under way keeps the one it began with.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt;

use engine::{Call, CallSet};
use mruby::Root;

use crate::filter::{Filters, Nuance};
use crate::tally::Table;

/// A line of the script.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    /// The file as it was given.
    pub file: Rc<str>,
    /// The line, from 1; 0 if unknown.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What a handler does.
#[derive(Clone, Debug)]
pub enum Deed {
    /// `on`: runs before the call; its value is ignored.
    On,
    /// `after`, or `on` with a filter on the result.
    After,
    /// `replace`: its value is the result.
    Replace,
    /// `fail`: this error, without Ruby.
    Fail(i32),
    /// `deny`: this error, unless an `allow` came first.
    Deny(i32),
    /// `delay`: holds the task for so many seconds, at least and at most, without Ruby.
    Delay(f64, f64),
    /// `allow`: what comes after it does not deny this call.
    Allow,
    /// `tally`, `sum`, `histogram`: counts, with the block's value as the key or amount.
    Count(Rc<RefCell<Table>>),
}

/// One handler.
#[derive(Debug)]
pub struct Rule {
    /// What it does.
    pub deed: Deed,
    /// The calls it is for.
    pub calls: CallSet,
    /// What its words mean beyond the numbers.
    pub nuances: Vec<Nuance>,
    /// What narrows it.
    pub filters: Filters,
    /// The block, if it has one, and whether it wants `c`.
    pub block: Option<(Root, bool)>,
    /// Where it is written.
    pub place: Place,
    /// How many calls matched so far.
    pub matched: Cell<u64>,
    /// How many of them it took.
    pub taken: Cell<u64>,
}

impl Rule {
    /// Whether the rule is for this very call, filters aside.
    #[must_use]
    pub fn is_for(&self, call: &Call) -> bool {
        let mut own = self.nuances.iter().filter(|nuance| nuance.is_about(call.nr)).peekable();
        own.peek().is_none() || own.any(|nuance| nuance.holds(call))
    }

    /// Whether it acts when the kernel has answered.
    #[must_use]
    pub fn is_after(&self) -> bool {
        matches!(self.deed, Deed::After | Deed::Count(_)) || !self.filters.after.is_empty()
    }
}

/// `every(s) { }`
#[derive(Debug)]
pub struct Timer {
    /// Nanoseconds between two runs.
    pub period: u64,
    /// When it is due, `CLOCK_MONOTONIC` in nanoseconds.
    pub due: Cell<u64>,
    /// What to run.
    pub block: Root,
    /// Where it is written.
    pub place: Place,
}

/// When a hook runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// `at_start`: a process is under us now.
    Start,
    /// `on_exec`
    Exec,
    /// `on_fork`
    Fork,
    /// `at_exit`: the script is finished.
    Exit,
}

/// A block for a moment in the life of the process tree.
#[derive(Debug)]
pub struct Hook {
    /// When.
    pub moment: Moment,
    /// What to run.
    pub block: Root,
    /// Where it is written.
    pub place: Place,
}

/// All that the scripts have said.
#[derive(Debug, Default)]
pub struct Book {
    /// In the order written.
    pub rules: Vec<Rc<Rule>>,
    /// The rules of each call, by number.
    chains: Vec<Option<Rc<[Rc<Rule>]>>>,
    /// The calls that have rules.
    pub calls: CallSet,
    /// `every`
    pub timers: Vec<Timer>,
    /// `at_start` and its like.
    pub hooks: Vec<Rc<Hook>>,
    /// Tables in the order written.
    pub tables: Vec<Rc<RefCell<Table>>>,
    /// Names of hosts matter.
    pub wants_names: bool,
    /// `host` is mentioned, be it a filter or a question.
    pub mentions_host: bool,
    /// `opened_by`, `age` or `fds` are mentioned.
    pub wants_fds: bool,
    /// `stats` are mentioned.
    pub wants_stats: bool,
}

impl Book {
    /// Sorts the rules by call, once all are written.
    pub fn bind(&mut self) {
        let mut chains: Vec<Vec<Rc<Rule>>> = (0..512).map(|_| Vec::new()).collect();
        for rule in &self.rules {
            rule.calls.iter().for_each(|nr| chains[nr as usize].push(rule.clone()));
        }
        let chains = chains.into_iter().map(|chain| (!chain.is_empty()).then(|| chain.into()));
        self.chains = chains.collect();
        self.calls = self.rules.iter().fold(CallSet::EMPTY, |all, rule| all.union(&rule.calls));
    }

    /// Goes on counting where a table of the same words on the same line was.
    pub fn keep_counts(&self, old: &Book) {
        for table in &self.tables {
            let same = old.tables.iter().find(|o| o.borrow().title() == table.borrow().title());
            if let Some(same) = same {
                let counted = same.borrow().clone();
                *table.borrow_mut() = counted;
            }
        }
    }

    /// The rules of a call, in the order written.
    #[must_use]
    pub fn chain(&self, nr: u64) -> Option<Rc<[Rc<Rule>]>> {
        self.chains.get(usize::try_from(nr).ok()?)?.clone()
    }
}

/// An error that a person has to see: what, where, and what was perhaps meant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LoadError {
    /// What is wrong.
    pub message: String,
    /// The script's file, if the error is in one.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1, if known.
    pub column: Option<u32>,
    /// The nearest names, best first.
    pub suggestions: Vec<String>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
        }
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if self.file.is_some() || self.line.is_some() {
            write!(f, " ")?;
        }
        write!(f, "{}", self.message)?;
        for (i, name) in self.suggestions.iter().enumerate() {
            let link = match i {
                0 => "; did you mean",
                _ if i + 1 == self.suggestions.len() => " or",
                _ => ",",
            };
            write!(f, "{link} {name}")?;
        }
        if !self.suggestions.is_empty() {
            write!(f, "?")?;
        }
        Ok(())
    }
}

impl core::error::Error for LoadError {}

/// The boxed form, to keep `Result`s small.
pub type LoadResult<T> = Result<T, Box<LoadError>>;
