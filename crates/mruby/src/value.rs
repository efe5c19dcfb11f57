//! Values.
//!
//! # Safety
//! The functions of the shim that look at a value neither raise nor allocate.
#![allow(unsafe_code)]

use core::ffi::c_int;
use core::fmt;

use mruby_sys::{self as sys, tt};

use crate::symbol::Symbol;
use crate::vm::Vm;

/// A Ruby value: an immediate (`nil`, `true`, small integers, symbols) or a reference.
///
/// A reference does not keep its object alive, and nothing checks that it is. The rule, as in every
/// extension of Ruby: a value is good
///
/// * in a method written in Rust, until the method returns (arguments, and all that was made or
///   returned to it meanwhile);
/// * at the outermost level, until the [scope](Vm::scope) in which it was got ends;
/// * for as long as it is held by a [`Root`](crate::Root) or reachable from Ruby.
///
/// A value belongs to one VM.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Value(pub(crate) sys::Value);

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// `nil`
    Nil,
    /// `false`
    False,
    /// `true`
    True,
    /// An Integer within 64 bits.
    Integer,
    /// An Integer beyond 64 bits.
    BigInteger,
    /// A Float.
    Float,
    /// A Symbol.
    Symbol,
    /// A String.
    String,
    /// An Array.
    Array,
    /// A Hash.
    Hash,
    /// A Range.
    Range,
    /// A Proc.
    Proc,
    /// A Class.
    Class,
    /// A Module.
    Module,
    /// An Exception.
    Exception,
    /// An object with a Rust half ([`Vm::wrap`]), or of another native class.
    Data,
    /// A Fiber.
    Fiber,
    /// A Struct.
    Struct,
    /// A Rational.
    Rational,
    /// An object of a class written in Ruby.
    Object,
    /// A `break` on its way to its home: only inside an [`Error`](crate::Error), to be passed on.
    Break,
    /// Something that scripts never see.
    Internal,
}

impl Value {
    /// `nil`
    pub const NIL: Value = Value(sys::NIL);
    /// `true`
    pub const TRUE: Value = Value(sys::TRUE);
    /// `false`
    pub const FALSE: Value = Value(sys::FALSE);
    pub(crate) const UNDEF: Value = Value(sys::UNDEF);

    /// A small Integer, without asking a VM; `None` beyond 63 bits.
    #[must_use]
    pub fn small(n: i64) -> Option<Value> {
        let shifted = n << 1;
        #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "64 bits")]
        (shifted >> 1 == n).then_some(Value(sys::Value(shifted as usize | 1)))
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.type_number() {
            tt::NIL => Kind::Nil,
            tt::FALSE => Kind::False,
            tt::TRUE => Kind::True,
            tt::INTEGER => Kind::Integer,
            tt::BIGINT => Kind::BigInteger,
            tt::FLOAT => Kind::Float,
            tt::SYMBOL => Kind::Symbol,
            tt::STRING => Kind::String,
            tt::ARRAY => Kind::Array,
            tt::HASH => Kind::Hash,
            tt::RANGE => Kind::Range,
            tt::PROC => Kind::Proc,
            tt::CLASS | tt::SCLASS => Kind::Class,
            tt::MODULE => Kind::Module,
            tt::EXCEPTION => Kind::Exception,
            tt::DATA => Kind::Data,
            tt::FIBER => Kind::Fiber,
            tt::STRUCT => Kind::Struct,
            tt::RATIONAL => Kind::Rational,
            tt::OBJECT => Kind::Object,
            tt::BREAK => Kind::Break,
            _ => Kind::Internal,
        }
    }

    fn type_number(self) -> c_int {
        // SAFETY: see the module.
        unsafe { sys::hj_type(self.0) }
    }

    /// Whether it is `nil`.
    #[must_use]
    pub fn is_nil(self) -> bool {
        self == Value::NIL
    }

    /// Whether `if` would take it for true.
    #[must_use]
    pub fn truthy(self) -> bool {
        self != Value::NIL && self != Value::FALSE
    }

    /// `self`, or `None` for `nil`.
    #[must_use]
    pub fn non_nil(self) -> Option<Value> {
        (!self.is_nil()).then_some(self)
    }

    /// The Integer, if it is one within 64 bits.
    #[must_use]
    #[inline]
    pub fn as_i64(self) -> Option<i64> {
        if self.0.0 & 1 == 1 {
            #[expect(clippy::cast_possible_wrap, reason = "64 bits")]
            return Some(self.0.0 as i64 >> 1);
        }
        // SAFETY: it is an Integer.
        (self.type_number() == tt::INTEGER).then(|| unsafe { sys::hj_integer(self.0) })
    }

    /// The Float, or the Integer as one.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        match self.type_number() {
            // SAFETY: it is a Float.
            tt::FLOAT => Some(unsafe { sys::hj_float(self.0) }),
            #[expect(clippy::cast_precision_loss, reason = "as Integer#to_f")]
            tt::INTEGER => self.as_i64().map(|n| n as f64),
            _ => None,
        }
    }

    /// The Symbol, if it is one.
    #[must_use]
    pub fn as_symbol(self) -> Option<Symbol> {
        Symbol::of(self)
    }

    /// The class (not the singleton class).
    #[must_use]
    pub fn class(self, vm: &Vm) -> Value {
        // SAFETY: see the module.
        Value(unsafe { sys::hj_class_of(vm.state(), self.0) })
    }

    /// `is_a?`. False when `class` is neither a class nor a module.
    #[must_use]
    pub fn is_a(self, vm: &Vm, class: Value) -> bool {
        matches!(class.kind(), Kind::Class | Kind::Module)
            && self.kind() != Kind::Break
            // SAFETY: see the module; `class` is a class.
            && unsafe { sys::hj_kind_of(vm.state(), self.0, class.0) != 0 }
    }

    /// Whether it has such a method. Does not ask `respond_to_missing?`.
    #[must_use]
    pub fn responds_to(self, vm: &Vm, name: &str) -> bool {
        // SAFETY: see the module.
        unsafe {
            let sym = sys::hj_sym_check(vm.state(), name.as_ptr(), name.len());
            sym != 0 && sys::hj_responds(vm.state(), self.0, sym) != 0
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        if b { Value::TRUE } else { Value::FALSE }
    }
}

impl From<i32> for Value {
    fn from(n: i32) -> Self {
        Value::small(n.into()).expect("32 bits fit into 63")
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Integer => write!(f, "{}", self.as_i64().unwrap_or_default()),
            Kind::Float => write!(f, "{}", self.as_f64().unwrap_or_default()),
            kind => write!(f, "{kind:?}({:#x})", self.0.0),
        }
    }
}
