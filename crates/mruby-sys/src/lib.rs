//! mruby 3.2, compiled from source, behind a small C shim: declarations only.
//!
//! The C API of mruby raises by `longjmp`, which must not cross a Rust frame. So nothing of it is
//! declared here; `csrc/shim.c` wraps what the crate `mruby` needs, in functions that answer a
//! status (0: `out` is the value, 1: `out` is the exception) or can't raise. Read that file for what
//! each does. Use the crate `mruby`; this one has no safe part.
//!
//! Build scripts of crates that depend on this one directly find `DEP_MRUBY_MRBC`, `_TREE`,
//! `_LIBRARY`, `_SHIM`, `_INCLUDE` (separated by `:`) and `_DEFINES`.
#![no_std]

use core::ffi::{c_char, c_int, c_void};

/// A Ruby value: word boxing (`boxing_word.h`), a small integer, symbol or pointer.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value(pub usize);

/// `nil`.
pub const NIL: Value = Value(0);
/// `false`.
pub const FALSE: Value = Value(4);
/// `true`.
pub const TRUE: Value = Value(12);
/// What is not there: the answer of [`op::HASH_GET`] for a missing key.
pub const UNDEF: Value = Value(20);

/// A symbol's number in one VM.
pub type Sym = u32;

/// The VM (`mrb_state`).
#[repr(C)]
#[derive(Debug)]
pub struct State {
    _opaque: [u8; 0],
}

/// A native stack's share of the VM's state (`struct hj_strand`); the fields belong to the shim.
#[repr(C, align(8))]
#[derive(Debug)]
pub struct Strand {
    _opaque: [u8; STRAND_SIZE],
}

/// The size of `struct hj_strand`; the shim asserts it.
pub const STRAND_SIZE: usize = 120;

/// Allocates (`p` null), resizes, or frees (`new_size` 0) a block aligned to 16; null on failure.
pub type Alloc =
    unsafe extern "C" fn(data: *mut c_void, p: *mut u8, old: usize, new: usize) -> *mut u8;

/// What the VM asks of its embedder.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Hooks {
    /// All memory comes from here.
    pub alloc: Alloc,
    /// The first argument of `alloc`.
    pub alloc_data: *mut c_void,
    /// Frees the Rust half of a data object. Called by the collector: must not call the VM.
    pub drop: unsafe extern "C" fn(*mut c_void),
    /// Asked every so many instructions; nonzero ends the script.
    pub poll: unsafe extern "C" fn(*mut c_void) -> c_int,
}

/// A method written in Rust: 0 with a value in `out`, 1 with an exception to raise.
pub type Method = unsafe extern "C" fn(
    data: *mut c_void,
    rust: *mut c_void,
    this: Value,
    argv: *const Value,
    argc: isize,
    keywords: Value,
    block: Value,
    out: *mut Value,
) -> c_int;

/// One operation of [`hj_op`]: which fields mean something depends on the code.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "operands without a meaning of their own")]
pub struct Op {
    pub code: c_int,
    pub a: Value,
    pub b: Value,
    pub c: Value,
    pub p: *const c_void,
    pub n: usize,
    pub sym: Sym,
}

/// The codes of [`Op`], in the order of `enum hj_opcode`.
#[expect(missing_docs, reason = "named after what they do; the shim has the table")]
pub mod op {
    use core::ffi::c_int;
    macro_rules! codes {
        ($($name:ident)*) => { codes!(@ 0; $($name)*); };
        (@ $n:expr; $name:ident $($rest:ident)*) => {
            pub const $name: c_int = $n;
            codes!(@ $n + 1; $($rest)*);
        };
        (@ $n:expr;) => {};
    }
    codes! {
        INT BIGINT STR ARY ARY_PUSH ARY_SET HASH HASH_SET HASH_GET HASH_PAIRS
        HASH_DELETE RANGE INTERN IV_GET IV_SET GV_GET GV_SET CONST_GET CONST_SET
        CONST_DEFINED MODULE CLASS METHOD DATA_CLASS DATA EXC BACKTRACE INSPECT TO_S
        CLASS_NAME STRAND EQ UNDEF FREEZE CAT RANGE_PARTS SINGLETON
        FLOAT PROC
    }
}

/// `enum mrb_vtype` as [`hj_type`] answers it (-1 is nil).
#[expect(missing_docs, reason = "mruby's names")]
pub mod tt {
    use core::ffi::c_int;
    pub const NIL: c_int = -1;
    pub const FALSE: c_int = 0;
    pub const TRUE: c_int = 1;
    pub const SYMBOL: c_int = 2;
    pub const UNDEF: c_int = 3;
    pub const FLOAT: c_int = 5;
    pub const INTEGER: c_int = 6;
    pub const OBJECT: c_int = 8;
    pub const CLASS: c_int = 9;
    pub const MODULE: c_int = 10;
    pub const SCLASS: c_int = 12;
    pub const PROC: c_int = 13;
    pub const ARRAY: c_int = 14;
    pub const HASH: c_int = 15;
    pub const STRING: c_int = 16;
    pub const RANGE: c_int = 17;
    pub const EXCEPTION: c_int = 18;
    pub const DATA: c_int = 20;
    pub const FIBER: c_int = 21;
    pub const STRUCT: c_int = 22;
    pub const BREAK: c_int = 24;
    pub const RATIONAL: c_int = 26;
    pub const BIGINT: c_int = 27;
}

#[expect(missing_docs, reason = "csrc/shim.c is their documentation")]
unsafe extern "C" {
    pub fn hj_open(
        hooks: *const Hooks,
        rust: *mut c_void,
        memory: usize,
        stack: usize,
    ) -> *mut State;
    pub fn hj_close(vm: *mut State);
    pub fn hj_limits(vm: *mut State, budget: i64, poll_every: i64, memory: usize, depth: isize);

    pub fn hj_send(
        vm: *mut State,
        recv: Value,
        mid: Sym,
        argv: *const Value,
        argc: isize,
        block: Value,
        out: *mut Value,
    ) -> c_int;
    pub fn hj_yield(
        vm: *mut State,
        block: Value,
        argv: *const Value,
        argc: isize,
        out: *mut Value,
    ) -> c_int;
    pub fn hj_yield_self(
        vm: *mut State,
        block: Value,
        this: Value,
        argv: *const Value,
        argc: isize,
        out: *mut Value,
    ) -> c_int;
    pub fn hj_parse(
        vm: *mut State,
        text: *const c_char,
        len: usize,
        file: *const c_char,
        line: c_int,
        out: *mut Value,
    ) -> c_int;
    pub fn hj_load(vm: *mut State, bytes: *const u8, len: usize, out: *mut Value) -> c_int;
    pub fn hj_run(vm: *mut State, program: Value, out: *mut Value) -> c_int;
    pub fn hj_dump(vm: *mut State, program: Value, out: *mut Value) -> c_int;
    pub fn hj_scopes(vm: *mut State, block: Value, out: *mut Value) -> c_int;
    pub fn hj_rescope(vm: *mut State, program: Value, scopes: Value, out: *mut Value) -> c_int;
    pub fn hj_mentions(program: Value, sym: Sym) -> c_int;
    pub fn hj_op(vm: *mut State, op: *const Op, out: *mut Value) -> c_int;

    pub fn hj_type(value: Value) -> c_int;
    pub fn hj_integer(value: Value) -> i64;
    pub fn hj_float(value: Value) -> f64;
    pub fn hj_str(value: Value, bytes: *mut *const u8) -> usize;
    pub fn hj_ary(value: Value, values: *mut *const Value) -> usize;
    pub fn hj_hash_size(vm: *mut State, hash: Value) -> usize;
    pub fn hj_sym(vm: *mut State, sym: Sym, len: *mut usize) -> *const u8;
    pub fn hj_sym_check(vm: *mut State, name: *const u8, len: usize) -> Sym;
    pub fn hj_class_of(vm: *mut State, value: Value) -> Value;
    pub fn hj_kind_of(vm: *mut State, value: Value, class: Value) -> c_int;
    pub fn hj_responds(vm: *mut State, value: Value, mid: Sym) -> c_int;
    pub fn hj_top_self(vm: *mut State) -> Value;
    pub fn hj_limit_class(vm: *mut State, which: c_int) -> Value;
    pub fn hj_is_nomem(vm: *mut State, value: Value) -> c_int;
    pub fn hj_is_stack(vm: *mut State, value: Value) -> c_int;
    pub fn hj_data(value: Value) -> *mut c_void;
    pub fn hj_data_set(value: Value, data: *mut c_void) -> c_int;

    pub fn hj_arena_save(vm: *mut State) -> c_int;
    pub fn hj_arena_restore(vm: *mut State, index: c_int);
    pub fn hj_full_gc(vm: *mut State);
    pub fn hj_memory_used(vm: *mut State) -> usize;
    pub fn hj_root(vm: *mut State, value: Value) -> usize;
    pub fn hj_unroot(vm: *mut State, slot: usize);

    pub fn hj_strand_new(vm: *mut State, strand: *mut Strand, out: *mut Value) -> c_int;
    pub fn hj_strand_free(vm: *mut State, strand: *mut Strand);
    pub fn hj_enter(vm: *mut State, strand: *mut Strand, stack: usize);
    pub fn hj_leave(vm: *mut State, strand: *mut Strand);
    pub fn hj_park(vm: *mut State) -> *mut Strand;
    pub fn hj_unpark(vm: *mut State, strand: *mut Strand);
    pub fn hj_abandon(vm: *mut State, strand: *mut Strand);
    pub fn hj_current(vm: *mut State) -> *mut Strand;
    pub fn hj_depth(vm: *mut State) -> c_int;
}
