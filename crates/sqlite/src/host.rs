//! What one connection shares: SQLite's functions, the VM, the rules about scripts.
//!
//! # Safety
//! The connection outlives its host: SQLite drops every module and function, and with them the
//! host, before it frees the connection.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::env;
use std::ffi::{CString, c_char, c_int};
use std::path::PathBuf;
use std::ptr;
use std::rc::Rc;

use tables::{Error, Kind, Parts, Result, Runtime, Setup};

use crate::abi::{self, Connection, Statement};
use crate::api::Api;
use crate::function::Slot;

/// One connection with the extension loaded.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) api: Api,
    pub(crate) library: usize,
    pub(crate) db: *mut Connection,
    /// Whether tables may also be used by views and triggers of the database file.
    pub(crate) trusted: bool,
    /// Whether a database file may carry code.
    pub(crate) inline: bool,
    runtime: RefCell<Option<Runtime>>,
    /// The functions that scripts declared, by name and number of arguments.
    pub(crate) functions: RefCell<HashMap<(String, c_int), Rc<Slot>>>,
}

impl Host {
    pub(crate) fn new(api: Api, library: usize, db: *mut Connection) -> Rc<Host> {
        Rc::new(Host {
            api,
            library,
            db,
            trusted: env::var_os("HIJINKS_TRUSTED").is_some_and(|value| value == "1"),
            inline: env::var_os("HIJINKS_SCRIPT_DIR").is_none(),
            runtime: RefCell::default(),
            functions: RefCell::default(),
        })
    }

    /// The connection's VM, opened at first use.
    pub(crate) fn runtime(&self) -> Result<Runtime> {
        if let Some(runtime) = &*self.runtime.borrow() {
            return Ok(runtime.clone());
        }
        let number = |name| -> Result<Option<u64>> {
            let Some(text) = env::var_os(name) else { return Ok(None) };
            let parsed = text.to_string_lossy().parse().ok().filter(|n| *n > 0);
            let wrong = || Error::Definition(format!("{name} must be a number above 0"));
            parsed.ok_or_else(wrong).map(Some)
        };
        let memory = number("HIJINKS_MAX_MEMORY")?.unwrap_or(1 << 30);
        let (api, db) = (self.api, self.db);
        let version = api.version();
        let text = format!("{}.{}.{}", version / 1_000_000, version / 1000 % 1000, version % 1000);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let runtime = Runtime::new(Setup {
            env: vec![pair("SQLITE_VERSION", &text), pair("MRUBY_VERSION", "3.2.0")],
            script_dir: env::var_os("HIJINKS_SCRIPT_DIR").map(PathBuf::from),
            memory: Some(usize::try_from(memory).unwrap_or(usize::MAX)),
            instructions: number("HIJINKS_MAX_INSTRUCTIONS")?,
            parts: Some(parts()?),
            interrupted: Some(Box::new(move || is_interrupted(&api, db))),
        })?;
        *self.runtime.borrow_mut() = Some(runtime.clone());
        Ok(runtime)
    }

    /// Runs statements of SQL.
    pub(crate) fn execute(&self, sql: &str) -> Result<()> {
        let fault = || Error::Definition("a NUL byte in a statement".into());
        let sql = CString::new(sql).map_err(|_| fault())?;
        let mut message: *mut c_char = ptr::null_mut();
        // SAFETY: an open connection, on the thread that SQLite called us on.
        unsafe {
            let status =
                self.api.exec(self.db, sql.as_ptr(), ptr::null(), ptr::null_mut(), &mut message);
            if status == abi::OK {
                return Ok(());
            }
            let text = if message.is_null() {
                format!("error {status}")
            } else {
                std::ffi::CStr::from_ptr(message).to_string_lossy().into_owned()
            };
            self.api.free(message.cast());
            Err(Error::Definition(text))
        }
    }

    /// A text in SQLite's own memory; null when there is none left.
    pub(crate) fn text(&self, text: &str) -> *mut c_char {
        // SAFETY: the block is large enough for the text and its NUL.
        unsafe {
            let block = self.api.malloc64(text.len() as u64 + 1).cast::<u8>();
            if !block.is_null() {
                ptr::copy_nonoverlapping(text.as_ptr(), block, text.len());
                *block.add(text.len()) = 0;
            }
            block.cast()
        }
    }
}

/// What scripts get beyond what neither reads nor writes files: named in `HIJINKS_ALLOW`.
fn parts() -> Result<Parts> {
    let mut parts = Parts::PURE;
    let Some(names) = env::var_os("HIJINKS_ALLOW") else { return Ok(parts) };
    for name in names.to_string_lossy().split([',', ' ']).filter(|name| !name.is_empty()) {
        parts = parts.with(match name {
            "output" => Parts::OUTPUT,
            "files" => Parts::FILES,
            "process" => Parts::PROCESS,
            "socket" => Parts::SOCKET,
            _ => {
                let text =
                    format!("HIJINKS_ALLOW: {name} is none of output, files, process, socket");
                return Err(Error::Definition(text));
            }
        });
    }
    Ok(parts)
}

/// SQLite's code for an error.
pub(crate) fn code(error: &Error) -> c_int {
    match error.kind() {
        Kind::Constraint => abi::CONSTRAINT_VTAB,
        Kind::Interrupted => abi::INTERRUPT,
        Kind::Unsupported => abi::READONLY,
        _ => abi::ERROR,
    }
}

/// Whether the statement that runs Ruby shall stop. Before 3.41 there is no way to ask, but any
/// statement that is started now fails if so.
fn is_interrupted(api: &Api, db: *mut Connection) -> bool {
    // SAFETY: an open connection; SQLite waits for us on this thread.
    unsafe {
        if let Some(interrupted) = api.is_interrupted(db) {
            return interrupted;
        }
        let mut probe: *mut Statement = ptr::null_mut();
        let mut status = api.prepare_v2(db, c"SELECT 1".as_ptr(), -1, &mut probe, ptr::null_mut());
        if status == abi::OK {
            status = api.step(probe);
            api.finalize(probe);
        }
        status == abi::INTERRUPT
    }
}
