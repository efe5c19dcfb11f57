//! SQLite's structs and constants, as its header lays them out.
//!
//! Only declarations; the names are SQLite's.

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_void};

macro_rules! opaque {
    ($($name:ident)*) => { $(
        /// One of SQLite's handles.
        #[repr(C)]
        #[derive(Debug)]
        pub struct $name { _opaque: [u8; 0] }
    )* };
}
opaque! { Connection Context Statement Value }

pub const OK: c_int = 0;
pub const ERROR: c_int = 1;
pub const BUSY: c_int = 5;
pub const READONLY: c_int = 8;
pub const INTERRUPT: c_int = 9;
pub const CONSTRAINT: c_int = 19;
pub const CONSTRAINT_VTAB: c_int = CONSTRAINT | 9 << 8;
pub const OK_LOAD_PERMANENTLY: c_int = 1 << 8;

pub const INTEGER: c_int = 1;
pub const FLOAT: c_int = 2;
pub const TEXT: c_int = 3;
pub const BLOB: c_int = 4;

pub const UTF8: c_int = 1;
pub const DETERMINISTIC: c_int = 0x800;
pub const DIRECTONLY: c_int = 0x8_0000;
pub const INNOCUOUS: c_int = 0x20_0000;
pub const RESULT_SUBTYPE: c_int = 0x100_0000;

pub const VTAB_CONSTRAINT_SUPPORT: c_int = 1;
pub const VTAB_DIRECTONLY: c_int = 3;

pub const INDEX_SCAN_UNIQUE: c_int = 1;

/// `sqlite3_index_info.aConstraint[]`
#[repr(C)]
#[derive(Debug)]
pub struct IndexConstraint {
    pub column: c_int,
    pub op: c_uchar,
    pub usable: c_uchar,
    pub term_offset: c_int,
}

/// `sqlite3_index_info.aOrderBy[]`
#[repr(C)]
#[derive(Debug)]
pub struct IndexOrderBy {
    pub column: c_int,
    pub desc: c_uchar,
}

/// `sqlite3_index_info.aConstraintUsage[]`
#[repr(C)]
#[derive(Debug)]
pub struct IndexConstraintUsage {
    pub argv_index: c_int,
    pub omit: c_uchar,
}

/// `sqlite3_index_info`
#[repr(C)]
#[derive(Debug)]
pub struct IndexInfo {
    pub constraint_count: c_int,
    pub constraints: *const IndexConstraint,
    pub order_by_count: c_int,
    pub order_by: *const IndexOrderBy,
    pub usage: *mut IndexConstraintUsage,
    pub index_number: c_int,
    pub index_string: *mut c_char,
    pub free_index_string: c_int,
    pub order_by_consumed: c_int,
    pub estimated_cost: f64,
    pub estimated_rows: i64,
    pub index_flags: c_int,
    pub columns_used: u64,
}

/// `sqlite3_vtab`: the head of each of our tables.
#[repr(C)]
#[derive(Debug)]
pub struct Vtab {
    pub module: *const Module,
    pub references: c_int,
    pub message: *mut c_char,
}

/// `sqlite3_vtab_cursor`: the head of each of our cursors.
#[repr(C)]
#[derive(Debug)]
pub struct VtabCursor {
    pub vtab: *mut Vtab,
}

type Connect = unsafe extern "C" fn(
    *mut Connection,
    *mut c_void,
    c_int,
    *const *const c_char,
    *mut *mut Vtab,
    *mut *mut c_char,
) -> c_int;
type OfTable = unsafe extern "C" fn(*mut Vtab) -> c_int;
type OfCursor = unsafe extern "C" fn(*mut VtabCursor) -> c_int;
type OfSavepoint = unsafe extern "C" fn(*mut Vtab, c_int) -> c_int;

/// `sqlite3_module`, version 3.
#[repr(C)]
#[derive(Debug)]
pub struct Module {
    pub version: c_int,
    pub create: Option<Connect>,
    pub connect: Option<Connect>,
    pub best_index: Option<unsafe extern "C" fn(*mut Vtab, *mut IndexInfo) -> c_int>,
    pub disconnect: Option<OfTable>,
    pub destroy: Option<OfTable>,
    pub open: Option<unsafe extern "C" fn(*mut Vtab, *mut *mut VtabCursor) -> c_int>,
    pub close: Option<OfCursor>,
    pub filter: Option<
        unsafe extern "C" fn(
            *mut VtabCursor,
            c_int,
            *const c_char,
            c_int,
            *mut *mut Value,
        ) -> c_int,
    >,
    pub next: Option<OfCursor>,
    pub eof: Option<OfCursor>,
    pub column: Option<unsafe extern "C" fn(*mut VtabCursor, *mut Context, c_int) -> c_int>,
    pub rowid: Option<unsafe extern "C" fn(*mut VtabCursor, *mut i64) -> c_int>,
    pub update: Option<unsafe extern "C" fn(*mut Vtab, c_int, *mut *mut Value, *mut i64) -> c_int>,
    pub begin: Option<OfTable>,
    pub sync: Option<OfTable>,
    pub commit: Option<OfTable>,
    pub rollback: Option<OfTable>,
    pub find_function: *const c_void,
    pub rename: Option<unsafe extern "C" fn(*mut Vtab, *const c_char) -> c_int>,
    pub savepoint: Option<OfSavepoint>,
    pub release: Option<OfSavepoint>,
    pub rollback_to: Option<OfSavepoint>,
    pub shadow_name: Option<unsafe extern "C" fn(*const c_char) -> c_int>,
}

/// What a subtype is: JSON's.
pub const JSON: c_uint = b'J' as c_uint;
