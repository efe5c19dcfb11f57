//! A table's class: its definition, its estimates, its schema to import; and the way to a table.

use std::rc::Rc;

use mruby::Root;

use crate::error::{Error, Result};
use crate::{
    Column, Definition, Estimate, Op, Plan, Runtime, Script, Table, TableOption, Type, ruby,
};

/// A class that can be a table. A handle.
#[derive(Clone, Debug)]
pub struct Class {
    pub(crate) runtime: Runtime,
    pub(crate) root: Root,
    definition: Rc<Definition>,
}

/// One thing that `import_schema` wants made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    /// A table.
    Table {
        /// Its name.
        name: String,
        /// Its class.
        class: String,
        /// Its options.
        options: Vec<(String, String)>,
    },
    /// A statement of the host's SQL.
    Sql(String),
}

/// Which tables of a schema are wanted: `LIMIT TO` and `EXCEPT`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// All.
    #[default]
    All,
    /// These.
    LimitTo(Vec<String>),
    /// All but these.
    Except(Vec<String>),
}

impl Only {
    /// Whether a table of that name is wanted.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let among = |list: &[String]| list.iter().any(|known| known == name);
        match self {
            Only::All => true,
            Only::LimitTo(list) => among(list),
            Only::Except(list) => !among(list),
        }
    }
}

type RawColumn = (String, String, bool, bool, Vec<String>, bool);
/// The columns as the prelude has them: an Array each.
fn columns(vm: &mruby::Vm, list: mruby::Value) -> Result<Vec<RawColumn>, mruby::Error> {
    let column = |entry| {
        let part = |index| vm.item(entry, index).unwrap_or(mruby::Value::NIL);
        let ops = vm.to_rust(part(4))?;
        let truthy = |index| part(index).truthy();
        Ok((vm.to_s(part(0)), vm.to_s(part(1)), truthy(2), truthy(3), ops, truthy(5)))
    };
    vm.items(list)?.into_iter().map(column).collect()
}

type RawOptions = Option<Vec<(String, bool, bool)>>;

impl Runtime {
    /// The class of a script: the one named, or its last value, or the last table it defines.
    ///
    /// # Errors
    /// If there is none, or it declares something that can't be.
    pub fn class(&self, script: &Script, name: Option<&str>) -> Result<Class> {
        let found = self.run(|vm| {
            let name = name.map_or(Ok(mruby::Value::NIL), |name| vm.string(name))?;
            let arguments = [name, script.last.value(), vm.integer(script.seen)?];
            vm.call(vm.constant("Table")?, "__find", &arguments).map(|class| vm.root(class))
        });
        let root = found.map_err(|error| match (&error, name) {
            (Error::Ruby(raised), Some(name)) if raised.class == "NameError" => {
                Error::Definition(format!("script {} defines no class {name}", script.name()))
            }
            (Error::Ruby(raised), _) => {
                Error::Definition(format!("script {}: {}", script.name(), raised.message))
            }
            _ => error,
        })?;
        self.class_of(root)
    }

    /// All classes that a script has made tables of, with a table's name for each.
    ///
    /// # Errors
    /// If one declares something that can't be.
    pub fn classes(&self, script: &Script) -> Result<Vec<(String, Class)>> {
        let roots = self.run(|vm| {
            let table = vm.constant("Table")?;
            let all = vm.items(vm.call(table, "__classes", &[])?)?;
            let seen = usize::try_from(script.seen).unwrap_or(0);
            let mut roots = Vec::new();
            for class in all.into_iter().skip(seen) {
                let name = vm.call(table, "__table_name", &[class])?;
                roots.push((vm.to_s(name), vm.root(class)));
            }
            Ok(roots)
        })?;
        roots.into_iter().map(|(name, root)| Ok((name, self.class_of(root)?))).collect()
    }

    fn class_of(&self, root: Root) -> Result<Class> {
        let definition = self.definition(&root)?;
        Ok(Class { runtime: self.clone(), root, definition: Rc::new(definition) })
    }

    fn definition(&self, root: &Root) -> Result<Definition> {
        let (class, columns, options, sortable, limits, is_table, estimates, methods) =
            self.run(|vm| {
                let raw = vm.call(vm.constant("Table")?, "__definition", &[root.value()])?;
                let part = |index| vm.item(raw, index).unwrap_or(mruby::Value::NIL);
                Ok((
                    vm.to_rust::<String>(part(0))?,
                    columns(vm, part(1))?,
                    vm.to_rust::<RawOptions>(part(2))?,
                    vm.to_rust::<Vec<String>>(part(3))?,
                    vm.to_rust::<bool>(part(4))?,
                    vm.to_rust::<bool>(part(5))?,
                    vm.to_rust::<bool>(part(6))?,
                    vm.to_rust::<Vec<String>>(part(7))?,
                ))
            })?;
        let mut definition =
            Definition { class, limits, is_table, estimates, methods, ..Definition::default() };
        for (name, ty, array, key, ops, exact) in columns {
            if definition.columns.iter().any(|column| column.name.eq_ignore_ascii_case(&name)) {
                let class = &definition.class;
                return Err(Error::Definition(format!("{class} declares column {name} twice")));
            }
            let ops = ops.iter().map(|op| {
                Op::named(op).ok_or_else(|| {
                    let class = &definition.class;
                    Error::Definition(format!("{class}, column {name}: no operator is called {op}"))
                })
            });
            let ops = ops.collect::<Result<_>>()?;
            definition.columns.push(Column { name, ty: Type::named(&ty), array, key, ops, exact });
        }
        for name in sortable {
            let place = definition.columns.iter().position(|column| column.name == name);
            let Some(place) = place else {
                let class = &definition.class;
                return Err(Error::Definition(format!(
                    "{class} sorts by {name}, which is no column"
                )));
            };
            definition.sortable.push(place);
        }
        definition.options = options.map(|options| {
            let option = |(name, required, secret)| TableOption { name, required, secret };
            options.into_iter().map(option).collect()
        });
        Ok(definition)
    }
}

impl Class {
    /// What it declares.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The runtime that it lives in.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// A table of this class. `columns` are the host's, for a class that declares none (else they
    /// are ignored).
    ///
    /// # Errors
    /// If an option is missing or unknown, there are no columns, or `new` raises.
    pub fn open(&self, options: &[(String, String)], columns: Vec<Column>) -> Result<Table> {
        self.check_options(options)?;
        let declared = &self.definition.columns;
        let columns = if declared.is_empty() { columns } else { declared.clone() };
        if columns.is_empty() {
            let class = &self.definition.class;
            return Err(Error::Definition(format!(
                "{class} declares no column, and none is given"
            )));
        }
        Table::new(self.clone(), columns, options)
    }

    /// A table whose options come with each scan, as [`Plan::params`].
    ///
    /// # Errors
    /// As [`Class::open`], but for missing options.
    pub fn open_for_arguments(&self) -> Result<Table> {
        Table::new(self.clone(), self.definition.columns.clone(), &[])
    }

    /// Whether these options would do.
    ///
    /// # Errors
    /// [`Error::Definition`] says which would not.
    pub fn check_options(&self, options: &[(String, String)]) -> Result<()> {
        let Some(known) = &self.definition.options else { return Ok(()) };
        let class = &self.definition.class;
        for (name, _) in options {
            if !known.iter().any(|option| option.name == *name) {
                let names: Vec<_> = known.iter().map(|option| option.name.as_str()).collect();
                let names = names.join(", ");
                return Err(Error::Definition(format!(
                    "{class} has no option {name}; it has {names}"
                )));
            }
        }
        for option in known.iter().filter(|option| option.required) {
            if !options.iter().any(|(name, _)| *name == option.name) {
                let name = &option.name;
                return Err(Error::Definition(format!("{class} needs the option {name}")));
            }
        }
        Ok(())
    }

    /// What the class says about the cost of a plan; nothing if it has no estimate block.
    ///
    /// # Errors
    /// What the block raises.
    pub fn estimate(&self, columns: &[Column], plan: &Plan) -> Result<Estimate> {
        if !self.definition.estimates {
            return Ok(Estimate::default());
        }
        self.runtime.run(|vm| {
            let query = ruby::query(vm, columns, plan)?;
            let table = vm.constant("Table")?;
            let said = vm.call(table, "__estimate", &[self.root.value(), query])?;
            let (rows, width, cost, unique) =
                vm.to_rust::<(Option<f64>, Option<i64>, Option<f64>, bool)>(said)?;
            let width = width.and_then(|width| i32::try_from(width).ok());
            Ok(Estimate { rows, width, cost, unique })
        })
    }

    /// What `import_schema` wants made, of the tables that are wanted.
    ///
    /// # Errors
    /// What it raises; [`Error::Unsupported`] if the class has none.
    pub fn import_schema(&self, options: &[(String, String)], only: &Only) -> Result<Vec<Import>> {
        if !self.definition.has("import_schema") {
            return Err(Error::Unsupported {
                class: self.definition.class.clone(),
                action: "import a schema",
                method: "self.import_schema",
            });
        }
        let entries = self.runtime.run(|vm| {
            let arguments = [self.root.value(), ruby::options(vm, options)?];
            let list = vm.call(vm.constant("Table")?, "__import", &arguments)?;
            let mut entries = Vec::new();
            for entry in vm.items(list)? {
                let text = |index| vm.to_s(vm.item(entry, index).unwrap_or(mruby::Value::NIL));
                if text(0) == "sql" {
                    entries.push(Import::Sql(text(1)));
                    continue;
                }
                let pairs = vm.item(entry, 3).map_or(Ok(Vec::new()), |hash| vm.pairs(hash))?;
                let options =
                    pairs.into_iter().map(|(key, value)| (vm.to_s(key), vm.to_s(value))).collect();
                entries.push(Import::Table { name: text(1), class: text(2), options });
            }
            Ok(entries)
        })?;
        let wanted = |import: &Import| match import {
            Import::Table { name, .. } => only.wants(name),
            Import::Sql(_) => true,
        };
        Ok(entries.into_iter().filter(wanted).collect())
    }
}
