//! Functions, aggregates and collations that scripts declare.
//!
//! A call passes cells in and lends the answer as a cell: nothing is allocated for numbers.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use mruby::{Root, Value as Ruby};

use crate::batch::RowBatch;
use crate::error::{Error, Raised, Result};
use crate::{Cell, Runtime, Type, ruby};

/// What a declaration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// One value for each row.
    Scalar,
    /// One value for a group.
    Aggregate,
    /// An aggregate that can also take values away: good for moving windows.
    Window,
    /// An order of texts.
    Collation,
}

/// Something that a script declared with `function`, `aggregate` or `collation`.
#[derive(Debug)]
pub struct Function {
    runtime: Runtime,
    /// Its name in SQL.
    pub name: String,
    /// What it is.
    pub purpose: Purpose,
    /// The types of its arguments, if declared.
    pub arguments: Option<Vec<Type>>,
    /// The type of its answer.
    pub result: Type,
    /// How many arguments it takes; `None` for any number.
    pub arity: Option<usize>,
    /// Whether the same arguments always give the same answer.
    pub deterministic: bool,
    /// Whether it may only be called by the query itself, not by a view or trigger of the schema.
    pub direct_only: bool,
    /// Whether it does no harm wherever it is called from.
    pub innocuous: bool,
    body: Root,
    scratch: RefCell<Option<Box<Scratch>>>,
}

/// Memory used by one call after the other.
#[derive(Debug)]
struct Scratch {
    arguments: Vec<Ruby>,
    answer: RowBatch,
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch { arguments: Vec::new(), answer: RowBatch::new(1) }
    }
}

impl Runtime {
    /// What scripts have declared since the last time it was asked.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn declared(&self) -> Result<Vec<Function>> {
        type Raw = (String, String, Option<Vec<String>>, String, i64, bool, bool, bool);
        let raw: Vec<(Raw, Root)> = self.run(|vm| {
            let list = vm.call(vm.constant("Declared")?, "take", &[])?;
            let mut declared = Vec::new();
            for entry in vm.items(list)? {
                let part = |index| vm.item(entry, index).unwrap_or(Ruby::NIL);
                let raw = (
                    vm.to_rust(part(0))?,
                    vm.to_rust(part(1))?,
                    vm.to_rust(part(2))?,
                    vm.to_rust(part(3))?,
                    vm.to_rust(part(4))?,
                    vm.to_rust(part(5))?,
                    vm.to_rust(part(6))?,
                    vm.to_rust(part(7))?,
                );
                declared.push((raw, vm.root(part(8))));
            }
            Ok(declared)
        })?;
        let function = |(raw, body): (Raw, Root)| {
            let (kind, name, arguments, result, arity, deterministic, direct_only, innocuous) = raw;
            Function {
                runtime: self.clone(),
                name,
                purpose: match kind.as_str() {
                    "aggregate" => Purpose::Aggregate,
                    "window" => Purpose::Window,
                    "collation" => Purpose::Collation,
                    _ => Purpose::Scalar,
                },
                arguments: arguments
                    .map(|names| names.iter().map(|name| Type::named(name)).collect()),
                result: Type::named(&result),
                arity: usize::try_from(arity).ok(),
                deterministic,
                direct_only,
                innocuous,
                body,
                scratch: RefCell::default(),
            }
        };
        Ok(raw.into_iter().map(function).collect())
    }
}

impl Function {
    /// The declared type of an argument.
    #[must_use]
    pub fn argument(&self, index: usize) -> &Type {
        self.arguments.as_ref().and_then(|types| types.get(index)).unwrap_or(&Type::Any)
    }

    /// The runtime that it lives in.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Calls a scalar function and lends its answer.
    ///
    /// # Errors
    /// What it raises, or an answer that is not of its type.
    #[inline]
    pub fn call<'a, R>(
        &self,
        arguments: impl IntoIterator<Item = Cell<'a>>,
        look: impl FnOnce(Cell<'_>) -> R,
    ) -> Result<R> {
        self.with(arguments, look, |vm, given| vm.yield_block(self.body.value(), given))
    }

    /// Starts a group of an aggregate.
    ///
    /// # Errors
    /// What `new` raises.
    pub fn start(self: &Rc<Self>) -> Result<Group> {
        let instance = self
            .runtime
            .run(|vm| vm.call(self.body.value(), "new", &[]).map(|instance| vm.root(instance)))?;
        Ok(Group { function: Rc::clone(self), instance })
    }

    /// Compares two texts.
    ///
    /// # Errors
    /// What the block raises, or an answer that is no Integer.
    pub fn compare(&self, a: &[u8], b: &[u8]) -> Result<Ordering> {
        let answer = self.runtime.run(|vm| {
            let pair = [vm.string(a)?, vm.string(b)?];
            Ok(vm.yield_block(self.body.value(), &pair)?.as_i64())
        })?;
        answer.map(|n| n.cmp(&0)).ok_or_else(|| {
            Error::Ruby(Box::new(Raised {
                message: format!("collation {}: the answer is no Integer", self.name),
                class: "TypeError".into(),
                ..Raised::default()
            }))
        })
    }

    fn with<'a, R>(
        &self,
        arguments: impl IntoIterator<Item = Cell<'a>>,
        look: impl FnOnce(Cell<'_>) -> R,
        call: impl FnOnce(&mruby::Vm, &[Ruby]) -> Result<Ruby, mruby::Error>,
    ) -> Result<R> {
        let vm = self.runtime.vm();
        let _scope = vm.scope();
        // Taken, not borrowed: a host may call the function while it computes an argument.
        let mut scratch = self.scratch.take().unwrap_or_default();
        let result = (|| {
            scratch.arguments.clear();
            for cell in arguments {
                let value = match cell {
                    Cell::Integer(i) => Ruby::small(i).map_or_else(|| vm.integer(i), Ok),
                    other => ruby::to_ruby(vm, other),
                };
                scratch.arguments.push(value.map_err(|error| self.runtime.error(&error))?);
            }
            let answer =
                call(vm, &scratch.arguments).map_err(|error| self.runtime.error(&error))?;
            if let (Type::Any | Type::Integer(64), Some(i)) = (&self.result, answer.as_i64()) {
                return Ok(look(Cell::Integer(i)));
            }
            self.answer(answer, &mut scratch.answer)?;
            Ok(look(scratch.answer.cell(0, 0)))
        })();
        self.scratch.replace(Some(scratch));
        result
    }

    #[inline]
    fn answer(&self, answer: Ruby, batch: &mut RowBatch) -> Result<()> {
        self.runtime.put(&self.result, answer, batch, &self.name)
    }
}

/// One group of an aggregate.
#[derive(Debug)]
pub struct Group {
    function: Rc<Function>,
    instance: Root,
}

impl Group {
    /// Takes a row in.
    ///
    /// # Errors
    /// What `step` raises.
    pub fn step<'a>(&self, arguments: impl IntoIterator<Item = Cell<'a>>) -> Result<()> {
        self.send("step", arguments)
    }

    /// Takes a row away.
    ///
    /// # Errors
    /// What `inverse` raises.
    pub fn inverse<'a>(&self, arguments: impl IntoIterator<Item = Cell<'a>>) -> Result<()> {
        self.send("inverse", arguments)
    }

    fn send<'a>(&self, method: &str, arguments: impl IntoIterator<Item = Cell<'a>>) -> Result<()> {
        let call = |vm: &mruby::Vm, given: &[Ruby]| {
            vm.call(self.instance.value(), method, given).map(|_| Ruby::NIL)
        };
        self.function.with(arguments, |_| (), call)
    }

    /// The value so far; the last one, unless the aggregate is moved on.
    ///
    /// # Errors
    /// What `value` (if there is such a method) or `final` raises, or a value of another type.
    pub fn value<R>(&self, look: impl FnOnce(Cell<'_>) -> R) -> Result<R> {
        let vm = self.function.runtime.vm();
        let method = if self.instance.value().responds_to(vm, "value") { "value" } else { "final" };
        self.ask(method, look)
    }

    /// The value in the end.
    ///
    /// # Errors
    /// What `final` raises, or a value of another type.
    pub fn finish<R>(&self, look: impl FnOnce(Cell<'_>) -> R) -> Result<R> {
        self.ask("final", look)
    }

    fn ask<R>(&self, method: &str, look: impl FnOnce(Cell<'_>) -> R) -> Result<R> {
        self.function.with([], look, |vm, _| vm.call(self.instance.value(), method, &[]))
    }
}
