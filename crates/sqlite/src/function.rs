//! Functions, aggregates and collations of scripts, registered with SQLite.
//!
//! SQLite refuses to replace a function while any statement runs, and `SELECT ruby_load(…)` is one.
//! So what is registered is a [`Slot`], once per name and number of arguments; a newer declaration
//! is put into the slot.
//!
//! # Safety
//! A slot is given to SQLite as an `Rc` and taken back by its destructor. A group lives in the
//! context's own memory between the first step and the end, which SQLite always calls.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::{CString, c_int, c_void};
use std::rc::Rc;
use std::slice;

use tables::{Error, Function, Group, Purpose, Result, Type};

use crate::abi::{self, Context, Value};
use crate::api::{Api, Final};
use crate::entry::library;
use crate::guard::guard;
use crate::host::{Host, code};
use crate::values;

/// A place for a function.
#[derive(Debug)]
pub(crate) struct Slot {
    function: RefCell<Rc<Function>>,
    api: Api,
    db: *mut abi::Connection,
}

impl Slot {
    fn function(&self) -> Rc<Function> {
        Rc::clone(&self.function.borrow())
    }
}

/// Makes what scripts have declared known to SQLite; answers the names.
pub(crate) fn register_declared(host: &Rc<Host>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for function in host.runtime()?.declared()? {
        names.push(function.name.clone());
        register(host, function)?;
    }
    Ok(names)
}

fn register(host: &Host, function: Function) -> Result<()> {
    let arity = function.arity.map_or(-1, |n| c_int::try_from(n).unwrap_or(-1));
    let key = match function.purpose {
        // A collation and a function may have the same name.
        Purpose::Collation => (format!("collation {}", function.name), arity),
        purpose => (format!("{purpose:?} {}", function.name), arity),
    };
    if let Some(slot) = host.functions.borrow().get(&key) {
        *slot.function.borrow_mut() = Rc::new(function);
        return Ok(());
    }
    let name = CString::new(function.name.as_str())
        .map_err(|_| Error::Definition("a NUL byte in a function's name".into()))?;
    let flags = abi::UTF8
        | if function.deterministic { abi::DETERMINISTIC } else { 0 }
        | if function.direct_only { abi::DIRECTONLY } else { 0 }
        | if function.innocuous { abi::INNOCUOUS } else { 0 }
        | if function.result == Type::Json { abi::RESULT_SUBTYPE } else { 0 };
    let (purpose, label) = (function.purpose, function.name.clone());
    let function = RefCell::new(Rc::new(function));
    let slot = Rc::new(Slot { function, api: host.api, db: host.db });
    let data = Rc::into_raw(Rc::clone(&slot)).cast_mut().cast::<c_void>();
    let calls = match host.library {
        0 => Callbacks::of::<0>(),
        1 => Callbacks::of::<1>(),
        2 => Callbacks::of::<2>(),
        _ => Callbacks::of::<3>(),
    };
    let (api, db, name) = (&host.api, host.db, name.as_ptr());
    // SAFETY: the data is a slot, as the callbacks expect; SQLite calls the destructor also when it
    // refuses.
    let status = unsafe {
        match purpose {
            Purpose::Scalar => {
                let (call, drop) = (Some(calls.scalar), Some(drop_slot as _));
                api.create_function_v2(db, name, arity, flags, data, call, None, None, drop)
            }
            Purpose::Aggregate => {
                let (step, last) = (Some(calls.step), Some(calls.last));
                let drop = Some(drop_slot as _);
                api.create_function_v2(db, name, arity, flags, data, None, step, last, drop)
            }
            Purpose::Window => api.create_window_function(
                db,
                name,
                arity,
                flags,
                data,
                Some(calls.step),
                Some(calls.last),
                Some(calls.value),
                Some(calls.inverse),
                Some(drop_slot),
            ),
            Purpose::Collation => {
                let status = api.create_collation_v2(
                    db,
                    name,
                    abi::UTF8,
                    data,
                    Some(compare),
                    Some(drop_slot),
                );
                if status != abi::OK {
                    // The exception to the rule above.
                    drop_slot(data);
                }
                status
            }
        }
    };
    if status != abi::OK {
        let reason = match status {
            abi::BUSY => "SQLite has one of that name, which can't be replaced by a statement",
            _ => "SQLite refuses it",
        };
        return Err(Error::Definition(format!("{label}: {reason} (error {status})")));
    }
    host.functions.borrow_mut().insert(key, slot);
    Ok(())
}

unsafe extern "C" fn drop_slot(data: *mut c_void) {
    // SAFETY: it came from `Rc::into_raw`.
    unsafe { drop(Rc::from_raw(data.cast_const().cast::<Slot>())) }
}

/// The callbacks of one library.
struct Callbacks {
    scalar: crate::api::Function,
    step: crate::api::Function,
    inverse: crate::api::Function,
    value: Final,
    last: Final,
}

impl Callbacks {
    fn of<const N: usize>() -> Callbacks {
        Callbacks {
            scalar: scalar::<N>,
            step: step::<N>,
            inverse: inverse::<N>,
            value: value::<N>,
            last: last::<N>,
        }
    }
}

unsafe fn slot<'a>(api: &Api, context: *mut Context) -> &'a Slot {
    // SAFETY: what was registered, and SQLite keeps it while a call is in progress.
    unsafe { &*api.user_data(context).cast::<Slot>() }
}

unsafe fn arguments<'a>(argc: c_int, argv: *mut *mut Value) -> &'a [*mut Value] {
    let argc = usize::try_from(argc).unwrap_or(0);
    // SAFETY: SQLite's own array; without arguments it may be null.
    if argc == 0 { &[] } else { unsafe { slice::from_raw_parts(argv, argc) } }
}

/// Makes an error the call's result.
pub(crate) unsafe fn fail(api: &Api, context: *mut Context, error: &Error) {
    let text = error.to_string();
    // SAFETY: the context of the running call.
    unsafe {
        let len = c_int::try_from(text.len()).unwrap_or(c_int::MAX);
        api.result_error(context, text.as_ptr().cast(), len);
        if code(error) != abi::ERROR {
            api.result_error_code(context, code(error));
        }
    }
}

unsafe extern "C" fn scalar<const N: usize>(
    context: *mut Context,
    argc: c_int,
    argv: *mut *mut Value,
) {
    let api = library(N);
    // SAFETY: SQLite calls what was registered with what it was registered for.
    unsafe {
        let result = guard("xFunc", || {
            let function = slot(api, context).function();
            let given = arguments(argc, argv).iter().enumerate();
            let cells = given.map(|(i, value)| values::typed(api, *value, function.argument(i)));
            function.call(cells, |cell| values::answer(api, context, cell, &function.result))
        });
        if let Err(error) = result {
            fail(api, context, &error);
        }
    }
}

/// The group in the context's memory; made by the first step.
unsafe fn group<'a>(api: &Api, context: *mut Context) -> Result<&'a mut Option<Box<Group>>> {
    // SAFETY: zeroed memory is a `None`, and SQLite keeps it in place until the end.
    unsafe {
        let size = c_int::try_from(size_of::<Option<Box<Group>>>()).expect("a pointer");
        let place = api.aggregate_context(context, size).cast::<Option<Box<Group>>>();
        place.as_mut().ok_or_else(|| Error::Fault("no memory for a group".into()))
    }
}

unsafe fn move_group<const N: usize>(
    context: *mut Context,
    argc: c_int,
    argv: *mut *mut Value,
    callback: &'static str,
    inverse: bool,
) {
    let api = library(N);
    // SAFETY: as above.
    unsafe {
        let result = guard(callback, || {
            let function = slot(api, context).function();
            let place = group(api, context)?;
            if place.is_none() {
                *place = Some(Box::new(function.start()?));
            }
            let group = place.as_ref().expect("made above");
            let given = arguments(argc, argv).iter().enumerate();
            let cells = given.map(|(i, value)| values::typed(api, *value, function.argument(i)));
            if inverse { group.inverse(cells) } else { group.step(cells) }
        });
        if let Err(error) = result {
            fail(api, context, &error);
        }
    }
}

unsafe extern "C" fn step<const N: usize>(
    context: *mut Context,
    argc: c_int,
    argv: *mut *mut Value,
) {
    // SAFETY: passed on.
    unsafe { move_group::<N>(context, argc, argv, "xStep", false) }
}

unsafe extern "C" fn inverse<const N: usize>(
    context: *mut Context,
    argc: c_int,
    argv: *mut *mut Value,
) {
    // SAFETY: passed on.
    unsafe { move_group::<N>(context, argc, argv, "xInverse", true) }
}

unsafe extern "C" fn value<const N: usize>(context: *mut Context) {
    let api = library(N);
    // SAFETY: as above.
    unsafe {
        let result = guard("xValue", || {
            let function = slot(api, context).function();
            let place = group(api, context)?;
            if place.is_none() {
                *place = Some(Box::new(function.start()?));
            }
            let group = place.as_ref().expect("made above");
            group.value(|cell| values::answer(api, context, cell, &function.result))
        });
        if let Err(error) = result {
            fail(api, context, &error);
        }
    }
}

unsafe extern "C" fn last<const N: usize>(context: *mut Context) {
    let api = library(N);
    // SAFETY: as above. The group is taken out, so it goes whatever happens.
    unsafe {
        let made = group(api, context).map(Option::take);
        let result = guard("xFinal", || {
            let function = slot(api, context).function();
            let group = match made? {
                Some(group) => group,
                None => Box::new(function.start()?),
            };
            group.finish(|cell| values::answer(api, context, cell, &function.result))
        });
        if let Err(error) = result {
            fail(api, context, &error);
        }
    }
}

/// A collation can't fail in SQLite. When its block raises, the statement is interrupted: no answer
/// is better than a wrong order.
unsafe extern "C" fn compare(
    data: *mut c_void,
    a_len: c_int,
    a: *const c_void,
    b_len: c_int,
    b: *const c_void,
) -> c_int {
    // SAFETY: the slot as registered, and two texts with their lengths.
    unsafe {
        let slot = &*data.cast::<Slot>();
        let text = |start: *const c_void, len: c_int| {
            let len = usize::try_from(len).unwrap_or(0);
            if len == 0 { &[] } else { slice::from_raw_parts(start.cast::<u8>(), len) }
        };
        let (a, b) = (text(a, a_len), text(b, b_len));
        let order = guard("xCompare", || slot.function().compare(a, b));
        order.unwrap_or_else(|_| {
            slot.api.interruptx(slot.db);
            a.cmp(b)
        }) as c_int
    }
}
