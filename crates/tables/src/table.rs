//! An open table: one object of its class, scans of it, writes to it, its part in transactions.

use std::cell::Cell;

use mruby::{Root, Value as Ruby, Vm};

use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::{Class, Column, Definition, Plan, Runtime, Type, Value, ruby};

/// A row to write, by the table's columns; `None` where no value is given.
pub type Row = Vec<Option<Value>>;

/// A table.
///
/// A subclass of `Table` has one object as long as the table is open, which may keep state. Any
/// other class gets a new object for each scan, because the way of Holycorn is to keep the scan in
/// the object.
#[derive(Debug)]
pub struct Table {
    class: Class,
    columns: Vec<Column>,
    options: Vec<(String, String)>,
    object: Option<Root>,
    /// How many savepoints the script knows.
    savepoints: Cell<i64>,
}

/// A step of the host's transaction. A table without such a method takes no part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "SQL's names")]
pub enum Transaction {
    Begin,
    /// The first of the two phases of a commit: the last chance to refuse.
    Sync,
    Commit,
    Rollback,
    Savepoint(i64),
    Release(i64),
    RollbackTo(i64),
}

impl Transaction {
    fn call(self) -> (&'static str, Option<i64>) {
        match self {
            Transaction::Begin => ("begin", None),
            Transaction::Sync => ("sync", None),
            Transaction::Commit => ("commit", None),
            Transaction::Rollback => ("rollback", None),
            Transaction::Savepoint(n) => ("savepoint", Some(n)),
            Transaction::Release(n) => ("release", Some(n)),
            Transaction::RollbackTo(n) => ("rollback_to", Some(n)),
        }
    }
}

impl Table {
    pub(crate) fn new(
        class: Class,
        columns: Vec<Column>,
        options: &[(String, String)],
    ) -> Result<Table> {
        let mut all = class.runtime.0.env.clone();
        all.extend_from_slice(options);
        let mut table =
            Table { class, columns, options: all, object: None, savepoints: Cell::new(0) };
        if table.definition().is_table {
            table.object = Some(table.make_object()?);
        }
        Ok(table)
    }

    /// Its class's definition. The columns may be the host's: [`Table::columns`].
    #[must_use]
    pub fn definition(&self) -> &Definition {
        self.class.definition()
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> &Class {
        &self.class
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The index of the column that identifies a row.
    #[must_use]
    pub fn key(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.key)
    }

    fn runtime(&self) -> &Runtime {
        &self.class.runtime
    }

    fn make_object(&self) -> Result<Root> {
        self.runtime().run(|vm| {
            let options = ruby::options(vm, &self.options)?;
            let arguments = [self.class.root.value(), options];
            vm.call(vm.constant("Table")?, "__new", &arguments).map(|object| vm.root(object))
        })
    }

    fn object(&self) -> Result<Root> {
        self.object.clone().map_or_else(|| self.make_object(), Ok)
    }

    /// Starts a scan. The plan's arguments must be bound.
    ///
    /// # Errors
    /// If the object can't be made; what `each` raises comes from [`Scan::advance`].
    pub fn scan(&self, plan: &Plan) -> Result<Scan> {
        let object = self.object()?;
        let query = self.runtime().run(|vm| Ok(vm.root(ruby::query(vm, &self.columns, plan)?)))?;
        Scan::new(self.runtime(), &self.columns, &plan.columns, object, query)
    }

    fn need(&self, method: &'static str, action: &'static str) -> Result<()> {
        if self.definition().has(method) {
            return Ok(());
        }
        Err(Error::Unsupported { class: self.definition().class.clone(), action, method })
    }

    fn send(
        &self,
        method: &'static str,
        arguments: impl FnOnce(&Vm) -> Result<Vec<Ruby>, mruby::Error>,
    ) -> Result<Root> {
        let object = self.object()?;
        self.runtime().run(|vm| {
            let arguments = arguments(vm)?;
            vm.call(object.value(), method, &arguments).map(|answer| vm.root(answer))
        })
    }

    fn key_value(&self, vm: &Vm, key: &Value) -> Result<Ruby, mruby::Error> {
        match self.key().and_then(|index| self.columns.get(index)) {
            Some(column) => ruby::for_column(vm, column, key),
            None => ruby::to_ruby(vm, key.as_cell()),
        }
    }

    /// Inserts a row; answers its key, if the script said one.
    ///
    /// # Errors
    /// What the script raises; [`Error::Unsupported`].
    pub fn insert(&self, row: &[Option<Value>]) -> Result<Value> {
        if !self.definition().has("insert") && self.definition().has("insert_many") {
            self.insert_many(std::slice::from_ref(&row.to_vec()))?;
            return Ok(Value::Null);
        }
        self.need("insert", "insert")?;
        let key = self.send("insert", |vm| Ok(vec![ruby::row(vm, &self.columns, row)?]))?;
        // Any other answer than a key means nothing: a script need not think of it.
        let ty = self.key().map_or(Type::Any, |index| self.columns[index].ty.clone());
        let answer = self.runtime().value(&ty, key.value(), "the key");
        Ok(answer
            .ok()
            .filter(|v| matches!(v, Value::Integer(_) | Value::Text(_)))
            .unwrap_or_default())
    }

    /// Inserts rows at once, or one after the other if the script knows only that.
    ///
    /// # Errors
    /// What the script raises; [`Error::Unsupported`].
    pub fn insert_many(&self, rows: &[Row]) -> Result<()> {
        if !self.definition().has("insert_many") {
            return rows.iter().try_for_each(|row| self.insert(row).map(drop));
        }
        self.send("insert_many", |vm| {
            let rows: Result<Vec<_>, _> =
                rows.iter().map(|row| ruby::row(vm, &self.columns, row)).collect();
            Ok(vec![vm.array(&rows?)?])
        })
        .map(drop)
    }

    /// Changes the given values of the row with that key.
    ///
    /// # Errors
    /// What the script raises; [`Error::Unsupported`].
    pub fn update(&self, key: &Value, row: &[Option<Value>]) -> Result<()> {
        self.need("update", "update")?;
        let arguments =
            |vm: &Vm| Ok(vec![self.key_value(vm, key)?, ruby::row(vm, &self.columns, row)?]);
        self.send("update", arguments).map(drop)
    }

    /// Deletes the row with that key.
    ///
    /// # Errors
    /// What the script raises; [`Error::Unsupported`].
    pub fn delete(&self, key: &Value) -> Result<()> {
        self.need("delete", "delete")?;
        self.send("delete", |vm| Ok(vec![self.key_value(vm, key)?])).map(drop)
    }

    /// Empties the table.
    ///
    /// # Errors
    /// What the script raises; [`Error::Unsupported`].
    pub fn truncate(&self) -> Result<()> {
        self.need("truncate", "truncate")?;
        self.send("truncate", |_| Ok(Vec::new())).map(drop)
    }

    /// Tells the script of a step of the transaction. Savepoints are numbered from 0.
    ///
    /// A table joins a transaction with its first write, when there may be savepoints already. The
    /// script is told of each of them then, so that it knows every number that it may have to roll
    /// back to: to the state in which it joined.
    ///
    /// # Errors
    /// What the script raises: before the commit the host can still roll back.
    pub fn transaction(&self, step: Transaction) -> Result<()> {
        let known = self.savepoints.get();
        match step {
            Transaction::Savepoint(n) => {
                for number in known..=n {
                    self.savepoints.set(number + 1);
                    self.tell(Transaction::Savepoint(number))?;
                }
                return Ok(());
            }
            Transaction::Release(n) | Transaction::RollbackTo(n) if n >= known => return Ok(()),
            Transaction::Release(n) => self.savepoints.set(n),
            Transaction::RollbackTo(n) => self.savepoints.set(n + 1),
            Transaction::Sync => {}
            Transaction::Begin | Transaction::Commit | Transaction::Rollback => {
                self.savepoints.set(0);
            }
        }
        self.tell(step)
    }

    fn tell(&self, step: Transaction) -> Result<()> {
        let (method, number) = step.call();
        if !self.definition().has(method) || self.object.is_none() {
            return Ok(());
        }
        self.send(method, |vm| number.map(|n| vm.integer(n)).into_iter().collect()).map(drop)
    }

    /// What the script says about a plan for EXPLAIN; nothing if it has no such method.
    ///
    /// # Errors
    /// What it raises.
    pub fn explain(&self, plan: &Plan) -> Result<Vec<(String, String)>> {
        if !self.definition().has("explain") {
            return Ok(Vec::new());
        }
        let answer = self.send("explain", |vm| Ok(vec![ruby::query(vm, &self.columns, plan)?]))?;
        self.runtime().run(|vm| {
            let pairs = vm.pairs(answer.value())?;
            Ok(pairs.into_iter().map(|(key, value)| (vm.to_s(key), vm.to_s(value))).collect())
        })
    }

    /// A sample of at most so many rows: the script's, or the first of a scan.
    ///
    /// # Errors
    /// What the script raises.
    pub fn sample(&self, most: usize) -> Result<Vec<Vec<Value>>> {
        let width = self.columns.len();
        let mut scan = if self.definition().has("analyze") {
            let number = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = self.send("analyze", |vm| Ok(vec![vm.integer(number)?]))?;
            let query = self
                .runtime()
                .run(|vm| Ok(vm.root(ruby::query(vm, &self.columns, &Plan::all(width))?)))?;
            let sample = self.runtime().run(|vm| {
                let sample = vm.constant("Table::Sample")?;
                vm.call(sample, "new", &[rows.value()]).map(|sample| vm.root(sample))
            })?;
            let all: Vec<_> = (0..width).collect();
            Scan::new(self.runtime(), &self.columns, &all, sample, query)?
        } else {
            self.scan(&Plan::all(width))?
        };
        let mut sample = Vec::new();
        while sample.len() < most && scan.advance()? {
            let value = |index| scan.with_cell(index, |cell| cell.to_value());
            sample.push((0..width).map(value).collect());
        }
        Ok(sample)
    }
}
