//! `ruby_eval`, `ruby_load` and `ruby_import`.
//!
//! All three are only for the query itself: no view or trigger of a database file may call them.
//!
//! # Safety
//! As for `function`: what SQLite gives to a callback is what was registered for it.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};
use std::rc::Rc;
use std::slice;

use tables::{Cell, Error, Import, Only, Result, Type, Value};

use crate::abi::{self, Context};
use crate::api::{Api, Function};
use crate::entry::library;
use crate::function::{fail, register_declared};
use crate::guard::guard;
use crate::host::Host;
use crate::module::{is_eponymous, register_class};
use crate::values;

type Body = fn(&Rc<Host>, &[Value]) -> Result<Value>;

struct Builtin {
    host: Rc<Host>,
    name: &'static str,
    body: Body,
}

/// Name, number of arguments, body.
const BUILTINS: &[(&CStr, &str, c_int, Body)] = &[
    (c"ruby_eval", "ruby_eval", -1, eval),
    (c"ruby_load", "ruby_load", 1, load),
    (c"ruby_import", "ruby_import", -1, import),
];

/// Registers them.
pub(crate) fn register(host: &Rc<Host>) -> Result<()> {
    let call: Function = match host.library {
        0 => run::<0>,
        1 => run::<1>,
        2 => run::<2>,
        _ => run::<3>,
    };
    for (name, label, arity, body) in BUILTINS {
        let data = Box::new(Builtin { host: Rc::clone(host), name: label, body: *body });
        let data = Box::into_raw(data).cast::<c_void>();
        let flags = abi::UTF8 | abi::DIRECTONLY | abi::RESULT_SUBTYPE;
        let (call, drop) = (Some(call), Some(drop_builtin as _));
        // SAFETY: the data is what `run` expects; SQLite calls the destructor in any case.
        let status = unsafe {
            let (api, db) = (&host.api, host.db);
            api.create_function_v2(db, name.as_ptr(), *arity, flags, data, call, None, None, drop)
        };
        if status != abi::OK {
            return Err(Error::Fault(format!("SQLite refuses {label} (error {status})")));
        }
    }
    Ok(())
}

unsafe extern "C" fn drop_builtin(data: *mut c_void) {
    // SAFETY: it came from `Box::into_raw`.
    unsafe { drop(Box::from_raw(data.cast::<Builtin>())) }
}

unsafe extern "C" fn run<const N: usize>(
    context: *mut Context,
    argc: c_int,
    argv: *mut *mut abi::Value,
) {
    let api: &Api = library(N);
    // SAFETY: see the module.
    unsafe {
        let builtin = &*api.user_data(context).cast::<Builtin>();
        let argc = usize::try_from(argc).unwrap_or(0);
        let values = if argc == 0 { &[] } else { slice::from_raw_parts(argv, argc) };
        let result = guard(builtin.name, || {
            let arguments: Vec<_> = values.iter().map(|v| values::owned(api, *v)).collect();
            (builtin.body)(&builtin.host, &arguments)
        });
        match result {
            Ok(value) => values::answer(api, context, value.as_cell(), &Type::Any),
            Err(error) => fail(api, context, &error),
        }
    }
}

fn text<'a>(arguments: &'a [Value], index: usize, usage: &str) -> Result<&'a str> {
    match arguments.get(index).map(Value::as_cell) {
        Some(Cell::Text(text)) => Ok(text),
        _ => Err(Error::Definition(format!("a text is wanted: {usage}"))),
    }
}

/// `ruby_eval(code, …)`: the arguments are `args`.
fn eval(host: &Rc<Host>, arguments: &[Value]) -> Result<Value> {
    let code = text(arguments, 0, "ruby_eval('1 + 1') or ruby_eval('args[0] * 2', 21)")?;
    let answer = host.runtime()?.eval(code, &arguments[1..]);
    register_declared(host)?;
    answer
}

/// `ruby_load(path)`: runs a script; its functions and tables can be used from now on. Answers
/// their names.
fn load(host: &Rc<Host>, arguments: &[Value]) -> Result<Value> {
    let runtime = host.runtime()?;
    let script = runtime.load_file(text(arguments, 0, "ruby_load('script.rb')")?)?;
    let mut names = register_declared(host)?;
    for (name, class) in runtime.classes(&script)? {
        if is_eponymous(class.definition()) {
            register_class(host, &name, class)?;
            names.push(name);
        }
    }
    Ok(Value::Text(names.join(", ")))
}

/// `ruby_import(path)`, `ruby_import(path, 'only', 'a', 'b')`, `ruby_import(path, 'except', 'a')`:
/// creates the tables that the script's `import_schema` names, or one for each of its classes.
/// Answers how many.
fn import(host: &Rc<Host>, arguments: &[Value]) -> Result<Value> {
    const USAGE: &str = "ruby_import('script.rb') or ruby_import('script.rb', 'only', 'a', 'b')";
    let path = text(arguments, 0, USAGE)?;
    let only = if arguments.len() > 1 {
        let mut names = Vec::new();
        for index in 2..arguments.len() {
            names.push(text(arguments, index, USAGE)?.to_owned());
        }
        match text(arguments, 1, USAGE)? {
            "only" => Only::LimitTo(names),
            "except" => Only::Except(names),
            other => return Err(Error::Definition(format!("`{other}`: {USAGE}"))),
        }
    } else {
        Only::All
    };
    let runtime = host.runtime()?;
    let script = runtime.load_file(path)?;
    register_declared(host)?;
    let mut imports = Vec::new();
    let class = runtime.class(&script, None)?;
    if class.definition().has("import_schema") {
        imports = class.import_schema(&[], &only)?;
    } else {
        for (name, class) in runtime.classes(&script)? {
            if only.wants(&name) && !class.definition().columns.is_empty() {
                let class = class.definition().class.clone();
                imports.push(Import::Table { name, class, options: Vec::new() });
            }
        }
    }
    // All or none.
    host.execute("SAVEPOINT ruby_import")?;
    for import in &imports {
        if let Err(error) = host.execute(&statement(path, import)) {
            host.execute("ROLLBACK TO ruby_import; RELEASE ruby_import")?;
            return Err(error);
        }
    }
    host.execute("RELEASE ruby_import")?;
    Ok(Value::Integer(i64::try_from(imports.len()).unwrap_or(i64::MAX)))
}

fn statement(path: &str, import: &Import) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match import {
        Import::Sql(sql) => sql.clone(),
        Import::Table { name, class, options } => {
            let mut words =
                vec![format!("script={}", quoted(path)), format!("class={}", quoted(class))];
            words.extend(options.iter().map(|(key, value)| format!("{key}={}", quoted(value))));
            let name = name.replace('"', "\"\"");
            format!("CREATE VIRTUAL TABLE \"{name}\" USING ruby({})", words.join(", "))
        }
    }
}
