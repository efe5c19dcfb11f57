//! SQLite as an extension sees it: no library to link, but a table of function pointers that the
//! host hands over.
//!
//! The table (`struct sqlite3_api_routines` in `sqlite3ext.h`) only ever grows at its end, so a
//! function is its slot number. We ask for SQLite 3.34; what came later is called behind a look at
//! the host's version, as methods here that answer `None`.
//!
//! # Safety
//! An [`Api`] is made from the pointer that SQLite gives to the entry point, and the slots below are
//! those of its header. Each function is `unsafe` as in C: handles must be alive, and used on the
//! thread that SQLite called us on.
#![allow(unsafe_code)]
#![expect(clippy::too_many_arguments, reason = "SQLite's signatures")]

use std::ffi::{c_char, c_int, c_uchar, c_uint, c_void};

use crate::abi::{Connection, Context, IndexInfo, Module, Statement, Value};

/// The table of one SQLite library in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Api {
    slots: *const *const c_void,
    version: c_int,
}

// SAFETY: the table is constant data of a library that stays loaded while we are.
unsafe impl Send for Api {}
// SAFETY: as above.
unsafe impl Sync for Api {}

/// Frees what was passed with it.
pub type Destructor = unsafe extern "C" fn(*mut c_void);
/// A scalar function, a step, an inverse step.
pub type Function = unsafe extern "C" fn(*mut Context, c_int, *mut *mut Value);
/// The end of an aggregate.
pub type Final = unsafe extern "C" fn(*mut Context);
/// A collation.
pub type Collation =
    unsafe extern "C" fn(*mut c_void, c_int, *const c_void, c_int, *const c_void) -> c_int;

/// "Copy it before the call returns", as a destructor.
pub fn transient() -> *const c_void {
    std::ptr::without_provenance(usize::MAX)
}

macro_rules! routines {
    ($($slot:literal $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        impl Api {
            $(
                #[doc = concat!("`sqlite3_", stringify!($name), "`")]
                #[inline]
                pub unsafe fn $name(&self, $($arg: $ty),*) $(-> $ret)? {
                    // SAFETY: the slot holds a function of this type, in every version that we
                    // accept or that the caller has asked for.
                    unsafe {
                        let function: unsafe extern "C" fn($($ty),*) $(-> $ret)? =
                            std::mem::transmute(*self.slots.add($slot));
                        function($($arg),*)
                    }
                }
            )*
        }
    };
}

routines! {
    0   aggregate_context(context: *mut Context, bytes: c_int) -> *mut c_void;
    50  declare_vtab(db: *mut Connection, sql: *const c_char) -> c_int;
    53  errmsg(db: *mut Connection) -> *const c_char;
    55  exec(db: *mut Connection, sql: *const c_char, callback: *const c_void, data: *mut c_void, message: *mut *mut c_char) -> c_int;
    57  finalize(statement: *mut Statement) -> c_int;
    58  free(memory: *mut c_void);
    64  interruptx(db: *mut Connection);
    67  libversion_number() -> c_int;
    79  result_double(context: *mut Context, value: f64);
    80  result_error(context: *mut Context, text: *const c_char, bytes: c_int);
    83  result_int64(context: *mut Context, value: i64);
    84  result_null(context: *mut Context);
    94  step(statement: *mut Statement) -> c_int;
    101 user_data(context: *mut Context) -> *mut c_void;
    102 value_blob(value: *mut Value) -> *const c_void;
    103 value_bytes(value: *mut Value) -> c_int;
    105 value_double(value: *mut Value) -> f64;
    107 value_int64(value: *mut Value) -> i64;
    109 value_text(value: *mut Value) -> *const c_uchar;
    113 value_type(value: *mut Value) -> c_int;
    116 prepare_v2(db: *mut Connection, sql: *const c_char, bytes: c_int, statement: *mut *mut Statement, tail: *mut *const c_char) -> c_int;
    119 create_module_v2(db: *mut Connection, name: *const c_char, module: *const Module, data: *mut c_void, destroy: Option<Destructor>) -> c_int;
    126 create_collation_v2(db: *mut Connection, name: *const c_char, encoding: c_int, data: *mut c_void, compare: Option<Collation>, destroy: Option<Destructor>) -> c_int;
    146 result_error_code(context: *mut Context, code: c_int);
    162 create_function_v2(db: *mut Connection, name: *const c_char, args: c_int, flags: c_int, data: *mut c_void, call: Option<Function>, step: Option<Function>, last: Option<Final>, destroy: Option<Destructor>) -> c_int;
    178 vtab_on_conflict(db: *mut Connection) -> c_int;
    197 malloc64(bytes: u64) -> *mut c_void;
    201 result_blob64(context: *mut Context, bytes: *const c_void, len: u64, destroy: *const c_void);
    202 result_text64(context: *mut Context, text: *const c_char, len: u64, destroy: *const c_void, encoding: c_uchar);
    209 result_subtype(context: *mut Context, subtype: c_uint);
    222 vtab_nochange(context: *mut Context) -> c_int;
    223 value_nochange(value: *mut Value) -> c_int;
    224 vtab_collation(info: *mut IndexInfo, constraint: c_int) -> *const c_char;
    239 create_window_function(db: *mut Connection, name: *const c_char, args: c_int, flags: c_int, data: *mut c_void, step: Option<Function>, last: Option<Final>, value: Option<Final>, inverse: Option<Function>, destroy: Option<Destructor>) -> c_int;
    257 vtab_rhs_value_338(info: *mut IndexInfo, constraint: c_int, value: *mut *mut Value) -> c_int;
    259 vtab_in_338(info: *mut IndexInfo, constraint: c_int, handle: c_int) -> c_int;
    260 vtab_in_first_338(list: *mut Value, value: *mut *mut Value) -> c_int;
    261 vtab_in_next_338(list: *mut Value, value: *mut *mut Value) -> c_int;
    266 is_interrupted_341(db: *mut Connection) -> c_int;
}

/// The oldest SQLite that we take.
pub const OLDEST: c_int = 3_034_000;

impl Api {
    /// The table behind the pointer that the entry point got.
    ///
    /// # Safety
    /// It is that pointer.
    pub unsafe fn new(slots: *const *const c_void) -> Api {
        let api = Api { slots, version: 0 };
        // SAFETY: this slot is in every version.
        Api { version: unsafe { api.libversion_number() }, ..api }
    }

    /// `3045001` for 3.45.1.
    pub fn version(&self) -> c_int {
        self.version
    }

    fn since(&self, version: c_int) -> bool {
        self.version >= version
    }

    /// `sqlite3_vtab_config` with an option that takes nothing.
    pub unsafe fn vtab_config(&self, db: *mut Connection, option: c_int) -> c_int {
        type Variadic = unsafe extern "C" fn(*mut Connection, c_int, ...) -> c_int;
        // SAFETY: the slot's type is variadic, hence not in the list.
        unsafe {
            let function: Variadic = std::mem::transmute(*self.slots.add(177));
            function(db, option)
        }
    }

    /// `sqlite3_vtab_config` with an option that takes a number.
    pub unsafe fn vtab_config_number(&self, db: *mut Connection, option: c_int, n: c_int) -> c_int {
        type Variadic = unsafe extern "C" fn(*mut Connection, c_int, ...) -> c_int;
        // SAFETY: as above.
        unsafe {
            let function: Variadic = std::mem::transmute(*self.slots.add(177));
            function(db, option, n)
        }
    }

    /// The right side of a constraint, if the host says what it is.
    pub unsafe fn rhs_value(&self, info: *mut IndexInfo, constraint: c_int) -> Option<*mut Value> {
        let mut value = std::ptr::null_mut();
        // SAFETY: asked for the version.
        let known = self.since(3_038_000)
            && unsafe { self.vtab_rhs_value_338(info, constraint, &mut value) } == 0;
        known.then_some(value)
    }

    /// Whether an equality is an IN that can be had whole; `take` asks for it.
    pub unsafe fn whole_in(&self, info: *mut IndexInfo, constraint: c_int, take: bool) -> bool {
        let handle = if take { 1 } else { -1 };
        // SAFETY: asked for the version.
        self.since(3_038_000) && unsafe { self.vtab_in_338(info, constraint, handle) } != 0
    }

    /// Goes through the values of an IN that was taken whole. Each is good until the next.
    pub unsafe fn each_in(&self, list: *mut Value, mut look: impl FnMut(*mut Value)) {
        let mut value = std::ptr::null_mut();
        // SAFETY: only a host that has `vtab_in` gives such lists.
        unsafe {
            let mut status = self.vtab_in_first_338(list, &mut value);
            while status == 0 && !value.is_null() {
                look(value);
                status = self.vtab_in_next_338(list, &mut value);
            }
        }
    }

    /// Whether somebody called `sqlite3_interrupt`; `None` if this host can't say.
    pub unsafe fn is_interrupted(&self, db: *mut Connection) -> Option<bool> {
        // SAFETY: asked for the version.
        self.since(3_041_000).then(|| unsafe { self.is_interrupted_341(db) } != 0)
    }
}
