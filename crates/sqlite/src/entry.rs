//! Where SQLite comes in.
//!
//! # Safety
//! The entry points get what `sqlite3_load_extension` passes.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

use tables::Error;

use crate::abi::{self, Connection};
use crate::api::{Api, OLDEST};
use crate::guard::guard;
use crate::host::Host;
use crate::{builtin, module};

/// The SQLite libraries in this process. A function's callback gets nothing but a context, so it
/// must know by itself which library called: there is one callback for each place here.
static LIBRARIES: [OnceLock<Api>; 4] = [const { OnceLock::new() }; 4];

/// The functions of the library with that number.
#[inline]
pub(crate) fn library(number: usize) -> &'static Api {
    LIBRARIES[number].get().expect("a callback is registered after its library")
}

fn number_of(api: Api) -> Option<usize> {
    LIBRARIES.iter().position(|place| *place.get_or_init(|| api) == api)
}

/// The entry point that SQLite looks for first.
///
/// # Safety
/// Only SQLite calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sqlite3_extension_init(
    db: *mut Connection,
    message: *mut *mut c_char,
    routines: *const *const c_void,
) -> c_int {
    // SAFETY: as SQLite passes them.
    let api = unsafe { Api::new(routines) };
    let result = guard("init", || {
        if api.version() < OLDEST {
            let text = format!("SQLite 3.34 or later is needed; this is {}", api.version());
            return Err(Error::Definition(text));
        }
        let library = number_of(api).ok_or_else(|| {
            Error::Definition("there are too many SQLite libraries in this process".into())
        })?;
        let host = Host::new(api, library, db);
        module::register(&host)?;
        builtin::register(&host)
    });
    match result {
        // The VM's memory and this code must not go away with the first connection that used it.
        Ok(()) => abi::OK_LOAD_PERMANENTLY,
        Err(error) => {
            // `malloc64` came with 3.8.7.
            if !message.is_null() && api.version() >= 3_008_007 {
                // SAFETY: SQLite's own place for it.
                unsafe { *message = Host::new(api, 0, db).text(&error.to_string()) }
            }
            abi::ERROR
        }
    }
}

/// The same, by the name that SQLite makes of the file's.
///
/// # Safety
/// Only SQLite calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sqlite3_hijinkssqlite_init(
    db: *mut Connection,
    message: *mut *mut c_char,
    routines: *const *const c_void,
) -> c_int {
    // SAFETY: passed on.
    unsafe { sqlite3_extension_init(db, message, routines) }
}
