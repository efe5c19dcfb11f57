//! The module `ruby`, and one module for each table class that `ruby_load` finds.
//!
//! # Safety
//! SQLite gives back the tables and cursors that we gave it, each once to its destructor, and does
//! not use one from two threads at a time. A [`RubyTable`] begins with SQLite's struct, and a
//! [`RubyCursor`] with that of cursors, so a pointer to one is a pointer to the other.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::rc::Rc;
use std::slice;

use tables::{Class, Definition, Error, Plan, Result, Table, Transaction, Type};

use crate::abi::{self, Connection, Context, IndexInfo, Module, Value, Vtab, VtabCursor};
use crate::arguments::Arguments;
use crate::cursor::RubyCursor;
use crate::guard::guard;
use crate::host::{Host, code};
use crate::{index, write};

/// A connected table.
#[repr(C)]
pub(crate) struct RubyTable {
    /// SQLite's part, which must come first.
    base: Vtab,
    pub(crate) host: Rc<Host>,
    pub(crate) table: Table,
    /// The options that are hidden columns, of a table that is used without being created.
    parameters: Vec<(String, bool)>,
    integer_key: Option<usize>,
    writable: bool,
}

impl RubyTable {
    /// The column that is the rowid.
    #[inline]
    pub(crate) fn integer_key(&self) -> Option<usize> {
        self.integer_key
    }

    #[inline]
    pub(crate) fn writable(&self) -> bool {
        self.writable
    }

    /// The name of a hidden column.
    pub(crate) fn parameter(&self, index: usize) -> &str {
        self.parameters.get(index).map_or("", |(name, _)| name)
    }

    /// Whether the plan has all arguments that the table can't do without.
    pub(crate) fn has_required(&self, plan: &Plan) -> bool {
        let given = |name: &String| plan.params.iter().any(|(known, _)| known == name);
        self.parameters.iter().all(|(name, required)| !required || given(name))
    }

    fn fail(&mut self, error: &Error) -> c_int {
        // SAFETY: SQLite's own text, or null.
        unsafe { self.host.api.free(self.base.message.cast()) }
        self.base.message = self.host.text(&error.to_string());
        code(error)
    }

    /// Makes a result SQLite's.
    #[inline]
    fn end(&mut self, result: Result<()>) -> c_int {
        match result {
            Ok(()) => abi::OK,
            Err(error) => self.fail(&error),
        }
    }
}

/// What a module is registered with.
struct Registered {
    host: Rc<Host>,
    /// The class, of a table that need not be created.
    class: Option<Class>,
}

const fn module(create: Create) -> Module {
    Module {
        version: 3,
        create: Some(create),
        connect: Some(connect),
        best_index: Some(best_index),
        disconnect: Some(disconnect),
        destroy: Some(disconnect),
        open: Some(open),
        close: Some(close),
        filter: Some(filter),
        next: Some(next),
        eof: Some(eof),
        column: Some(column),
        rowid: Some(rowid),
        update: Some(update),
        begin: Some(begin),
        sync: Some(sync),
        commit: Some(commit),
        rollback: Some(rollback),
        find_function: ptr::null(),
        rename: Some(rename),
        savepoint: Some(savepoint),
        release: Some(release),
        rollback_to: Some(rollback_to),
        shadow_name: None,
    }
}

type Create = unsafe extern "C" fn(
    *mut Connection,
    *mut c_void,
    c_int,
    *const *const c_char,
    *mut *mut Vtab,
    *mut *mut c_char,
) -> c_int;

struct Constant(Module);
// SAFETY: never written to, and the one pointer in it is null.
unsafe impl Sync for Constant {}

static RUBY: Constant = Constant(module(create));
/// Creating and connecting by the same function is how SQLite knows a table that needs no creation.
static EPONYMOUS: Constant = Constant(module(connect));

/// Registers the module `ruby`.
pub(crate) fn register(host: &Rc<Host>) -> Result<()> {
    add(host, "ruby", &RUBY, None)
}

/// Makes a table class usable by its name alone, without `CREATE VIRTUAL TABLE`.
pub(crate) fn register_class(host: &Rc<Host>, name: &str, class: Class) -> Result<()> {
    add(host, name, &EPONYMOUS, Some(class))
}

fn add(host: &Rc<Host>, name: &str, module: &'static Constant, class: Option<Class>) -> Result<()> {
    let name =
        CString::new(name).map_err(|_| Error::Definition("a NUL byte in a table's name".into()))?;
    let data = Box::into_raw(Box::new(Registered { host: Rc::clone(host), class }));
    // SAFETY: the module lives for ever, the data until the destructor, which SQLite calls also when
    // it refuses.
    let status = unsafe {
        let drop = Some(unregister as _);
        host.api.create_module_v2(host.db, name.as_ptr(), &raw const module.0, data.cast(), drop)
    };
    if status == abi::OK { Ok(()) } else { Err(Error::Fault(format!("SQLite error {status}"))) }
}

unsafe extern "C" fn unregister(data: *mut c_void) {
    // SAFETY: it came from `Box::into_raw`.
    unsafe { drop(Box::from_raw(data.cast::<Registered>())) }
}

unsafe extern "C" fn create(
    db: *mut Connection,
    data: *mut c_void,
    argc: c_int,
    argv: *const *const c_char,
    out: *mut *mut Vtab,
    message: *mut *mut c_char,
) -> c_int {
    // SAFETY: passed on.
    unsafe { connect_as("xCreate", db, data, argc, argv, out, message) }
}

unsafe extern "C" fn connect(
    db: *mut Connection,
    data: *mut c_void,
    argc: c_int,
    argv: *const *const c_char,
    out: *mut *mut Vtab,
    message: *mut *mut c_char,
) -> c_int {
    // SAFETY: passed on.
    unsafe { connect_as("xConnect", db, data, argc, argv, out, message) }
}

unsafe fn connect_as(
    callback: &'static str,
    db: *mut Connection,
    data: *mut c_void,
    argc: c_int,
    argv: *const *const c_char,
    out: *mut *mut Vtab,
    message: *mut *mut c_char,
) -> c_int {
    // SAFETY: what was registered, and SQLite's array of texts.
    let (registered, words) = unsafe {
        let words = slice::from_raw_parts(argv, usize::try_from(argc).unwrap_or(0));
        (&*data.cast::<Registered>(), words)
    };
    let host = &registered.host;
    let result = guard(callback, || {
        // Module, database and table come first.
        // SAFETY: texts that live as long as the call.
        let texts = words.iter().skip(3).map(|word| unsafe { CStr::from_ptr(*word) });
        let texts: Vec<_> = texts.map(|text| text.to_string_lossy().into_owned()).collect();
        let arguments = Arguments::parse(texts.iter().map(String::as_str))?;
        let table = open_table(host, registered.class.as_ref(), arguments)?;
        // SAFETY: only called in xCreate and xConnect, as SQLite wants it.
        unsafe { declare(host, db, &table)? };
        Ok(table)
    });
    // SAFETY: SQLite's places for the answer.
    unsafe {
        match result {
            Ok(table) => {
                *out = Box::into_raw(Box::new(table)).cast();
                abi::OK
            }
            Err(error) => {
                *message = host.text(&error.to_string());
                code(&error)
            }
        }
    }
}

fn open_table(host: &Rc<Host>, class: Option<&Class>, arguments: Arguments) -> Result<RubyTable> {
    let Arguments { script, source, class: name, options, columns } = arguments;
    let (table, parameters) = match class {
        // Used by its name alone: the options are arguments of each scan.
        Some(class) if options.is_empty() && columns.is_empty() => {
            let declared = class.definition().options.iter().flatten();
            let parameters = declared.map(|option| (option.name.clone(), option.required));
            (class.open_for_arguments()?, parameters.collect())
        }
        Some(class) => (class.open(&options, columns)?, Vec::new()),
        None => {
            let runtime = host.runtime()?;
            let script = match (script, source) {
                (Some(path), None) => runtime.load_file(&path)?,
                (None, Some(_)) if !host.inline => {
                    return Err(Error::Forbidden {
                        path: "source=…".into(),
                        reason: "with HIJINKS_SCRIPT_DIR set, code comes from there alone".into(),
                    });
                }
                (None, Some(text)) => runtime.load_source(&text, "source")?,
                _ => {
                    let text = "say where the class is: script='file.rb' or source='class …'";
                    return Err(Error::Definition(text.into()));
                }
            };
            crate::function::register_declared(host)?;
            (runtime.class(&script, name.as_deref())?.open(&options, columns)?, Vec::new())
        }
    };
    let definition = table.definition();
    let writable = ["insert", "insert_many", "update", "delete"].iter().any(|m| definition.has(m));
    let integer = |key: &usize| matches!(table.columns()[*key].ty, Type::Integer(_));
    let integer_key = table.key().filter(integer);
    let base = Vtab { module: ptr::null(), references: 0, message: ptr::null_mut() };
    Ok(RubyTable { base, host: Rc::clone(host), table, parameters, integer_key, writable })
}

/// Tells SQLite the columns.
unsafe fn declare(host: &Host, db: *mut Connection, table: &RubyTable) -> Result<()> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    // A key that is no integer is the row's name in the place of a rowid.
    let named = table.table.key().filter(|_| table.writable && table.integer_key.is_none());
    let mut columns = Vec::new();
    for (index, column) in table.table.columns().iter().enumerate() {
        let ty = match (&column.ty, column.array) {
            (Type::Any, _) => "",
            (_, true) => "JSON",
            (ty, _) => ty.name(),
        };
        let key = if named == Some(index) { " NOT NULL PRIMARY KEY" } else { "" };
        columns.push(format!("{} {ty}{key}", quoted(&column.name)));
    }
    for (name, _) in &table.parameters {
        columns.push(format!("{} HIDDEN", quoted(name)));
    }
    let rowid = if named.is_some() { " WITHOUT ROWID" } else { "" };
    let sql = format!("CREATE TABLE x({}){rowid}", columns.join(", "));
    let sql =
        CString::new(sql).map_err(|_| Error::Definition("a NUL byte in a column's name".into()))?;
    // SAFETY: the connection that is connecting.
    unsafe {
        if host.api.declare_vtab(db, sql.as_ptr()) != abi::OK {
            let text = CStr::from_ptr(host.api.errmsg(db)).to_string_lossy().into_owned();
            return Err(Error::Definition(text));
        }
        if !host.trusted {
            host.api.vtab_config(db, abi::VTAB_DIRECTONLY);
        }
        // A script that refuses a row has changed nothing.
        host.api.vtab_config_number(db, abi::VTAB_CONSTRAINT_SUPPORT, 1);
    }
    Ok(())
}

unsafe fn table<'a>(vtab: *mut Vtab) -> &'a mut RubyTable {
    // SAFETY: see the module.
    unsafe { &mut *vtab.cast::<RubyTable>() }
}

unsafe fn cursor<'a>(pointer: *mut VtabCursor) -> (&'a mut RubyCursor, &'a mut RubyTable) {
    // SAFETY: see the module. SQLite sets the cursor's table.
    unsafe { (&mut *pointer.cast::<RubyCursor>(), table((*pointer).vtab)) }
}

unsafe extern "C" fn best_index(vtab: *mut Vtab, info: *mut IndexInfo) -> c_int {
    // SAFETY: see the module.
    unsafe {
        let table = table(vtab);
        match guard("xBestIndex", || index::choose(table, info)) {
            Ok(true) => abi::OK,
            Ok(false) => abi::CONSTRAINT,
            Err(error) => table.fail(&error),
        }
    }
}

unsafe extern "C" fn disconnect(vtab: *mut Vtab) -> c_int {
    // SAFETY: see the module. What is left behind by a panic is left.
    let _ = guard("xDisconnect", || unsafe {
        drop(Box::from_raw(vtab.cast::<RubyTable>()));
        Ok(())
    });
    abi::OK
}

unsafe extern "C" fn open(vtab: *mut Vtab, out: *mut *mut VtabCursor) -> c_int {
    // SAFETY: see the module.
    unsafe {
        let table = table(vtab);
        match guard("xOpen", || Ok(Box::into_raw(Box::new(RubyCursor::new())))) {
            Ok(cursor) => {
                *out = cursor.cast();
                abi::OK
            }
            Err(error) => table.fail(&error),
        }
    }
}

unsafe extern "C" fn close(pointer: *mut VtabCursor) -> c_int {
    // SAFETY: see the module.
    let _ = guard("xClose", || unsafe {
        drop(Box::from_raw(pointer.cast::<RubyCursor>()));
        Ok(())
    });
    abi::OK
}

unsafe extern "C" fn filter(
    pointer: *mut VtabCursor,
    _number: c_int,
    text: *const c_char,
    argc: c_int,
    argv: *mut *mut Value,
) -> c_int {
    // SAFETY: see the module; SQLite's array may be null when it is empty.
    unsafe {
        let (cursor, table) = cursor(pointer);
        let argc = usize::try_from(argc).unwrap_or(0);
        let arguments = if argc == 0 { &[] } else { slice::from_raw_parts(argv, argc) };
        let result = guard("xFilter", || cursor.filter(table, text, arguments));
        table.end(result)
    }
}

unsafe extern "C" fn next(pointer: *mut VtabCursor) -> c_int {
    // SAFETY: see the module.
    unsafe {
        let (cursor, table) = cursor(pointer);
        let result = guard("xNext", || cursor.next());
        table.end(result)
    }
}

unsafe extern "C" fn eof(pointer: *mut VtabCursor) -> c_int {
    // SAFETY: see the module. Only a flag is read.
    unsafe { (*pointer.cast::<RubyCursor>()).at_end().into() }
}

unsafe extern "C" fn column(
    pointer: *mut VtabCursor,
    context: *mut Context,
    index: c_int,
) -> c_int {
    // SAFETY: see the module.
    unsafe {
        let (cursor, table) = cursor(pointer);
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let result = guard("xColumn", || {
            cursor.column(table, context, index);
            Ok(())
        });
        table.end(result)
    }
}

unsafe extern "C" fn rowid(pointer: *mut VtabCursor, out: *mut i64) -> c_int {
    // SAFETY: see the module.
    unsafe {
        let (cursor, table) = cursor(pointer);
        let result = guard("xRowid", || {
            *out = cursor.rowid(table);
            Ok(())
        });
        table.end(result)
    }
}

unsafe extern "C" fn update(
    vtab: *mut Vtab,
    argc: c_int,
    argv: *mut *mut Value,
    out: *mut i64,
) -> c_int {
    // SAFETY: see the module.
    unsafe {
        let table = table(vtab);
        let arguments = slice::from_raw_parts(argv, usize::try_from(argc).unwrap_or(0));
        let result = guard("xUpdate", || {
            if let Some(id) = write::update(table, arguments)? {
                *out = id;
            }
            Ok(())
        });
        table.end(result)
    }
}

unsafe fn transaction(vtab: *mut Vtab, callback: &'static str, step: Transaction) -> c_int {
    // SAFETY: see the module.
    unsafe {
        let table = table(vtab);
        let result = guard(callback, || table.table.transaction(step));
        table.end(result)
    }
}

unsafe extern "C" fn begin(vtab: *mut Vtab) -> c_int {
    // SAFETY: passed on.
    unsafe { transaction(vtab, "xBegin", Transaction::Begin) }
}

unsafe extern "C" fn sync(vtab: *mut Vtab) -> c_int {
    // SAFETY: passed on.
    unsafe { transaction(vtab, "xSync", Transaction::Sync) }
}

unsafe extern "C" fn commit(vtab: *mut Vtab) -> c_int {
    // SAFETY: passed on.
    unsafe { transaction(vtab, "xCommit", Transaction::Commit) }
}

unsafe extern "C" fn rollback(vtab: *mut Vtab) -> c_int {
    // SAFETY: passed on.
    unsafe { transaction(vtab, "xRollback", Transaction::Rollback) }
}

unsafe extern "C" fn savepoint(vtab: *mut Vtab, number: c_int) -> c_int {
    // SAFETY: passed on.
    unsafe { transaction(vtab, "xSavepoint", Transaction::Savepoint(number.into())) }
}

unsafe extern "C" fn release(vtab: *mut Vtab, number: c_int) -> c_int {
    // SAFETY: passed on.
    unsafe { transaction(vtab, "xRelease", Transaction::Release(number.into())) }
}

unsafe extern "C" fn rollback_to(vtab: *mut Vtab, number: c_int) -> c_int {
    // SAFETY: passed on.
    unsafe { transaction(vtab, "xRollbackTo", Transaction::RollbackTo(number.into())) }
}

unsafe extern "C" fn rename(_: *mut Vtab, _: *const c_char) -> c_int {
    // The name is SQLite's affair alone.
    abi::OK
}

/// What a class's definition has to say about being used without `CREATE VIRTUAL TABLE`.
pub(crate) fn is_eponymous(definition: &Definition) -> bool {
    definition.is_table && !definition.columns.is_empty()
}
