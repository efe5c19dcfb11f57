//! Objects: strings, arrays, hashes, variables, constants, classes.
//!
//! # Safety
//! What may raise is one operation of the shim ([`sys::hj_op`]), under its protection; each checks
//! the kinds of its operands first, where C would take them on trust.
#![allow(unsafe_code)]

use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::c_int;

use mruby_sys::{self as sys, op};

use crate::error::{Error, ErrorKind};
use crate::symbol::{Name, Symbol};
use crate::value::{Kind, Value};
use crate::vm::Vm;

/// A slice of C, where a null pointer may stand for an empty one.
///
/// # Safety
/// As for `core::slice::from_raw_parts`, if `len` is not zero.
unsafe fn slice<'a, T>(p: *const T, len: usize) -> &'a [T] {
    // SAFETY: passed on to the caller.
    if len == 0 { &[] } else { unsafe { core::slice::from_raw_parts(p, len) } }
}

impl Vm {
    pub(crate) fn op(&self, code: c_int, set: impl FnOnce(&mut sys::Op)) -> Result<Value, Error> {
        let nil = sys::NIL;
        let mut op = sys::Op { code, a: nil, b: nil, c: nil, p: core::ptr::null(), n: 0, sym: 0 };
        set(&mut op);
        // SAFETY: see the module; the callers fill in what the code wants.
        self.protect(|vm, out| unsafe { sys::hj_op(vm, &op, out) })
    }

    fn expect(&self, value: Value, kind: Kind) -> Result<(), Error> {
        if value.kind() == kind {
            return Ok(());
        }
        let given = self.class_name(value);
        Err(Error::type_error(alloc::format!("wanted a {kind:?}, got a {given}")))
    }

    // ---- numbers ----

    /// An Integer.
    ///
    /// # Errors
    /// `NoMemoryError`; never for a number below 2^62.
    pub fn integer(&self, n: i64) -> Result<Value, Error> {
        match Value::small(n) {
            Some(value) => Ok(value),
            #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "64 bits")]
            None => self.op(op::INT, |op| op.n = n as usize),
        }
    }

    /// An Integer without a sign.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn unsigned(&self, n: u64) -> Result<Value, Error> {
        if let Ok(n) = i64::try_from(n) {
            return self.integer(n);
        }
        let digits = alloc::format!("{n:x}");
        self.op(op::BIGINT, |op| {
            op.p = digits.as_ptr().cast();
            op.n = digits.len();
        })
    }

    /// A Float.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn float(&self, f: f64) -> Result<Value, Error> {
        #[expect(clippy::cast_possible_truncation, reason = "64 bits")]
        self.op(op::FLOAT, |op| op.n = f.to_bits() as usize)
    }

    // ---- strings ----

    /// A String of any bytes.
    ///
    /// # Errors
    /// `NoMemoryError`, `ArgumentError` beyond 64 MiB.
    pub fn string(&self, bytes: impl AsRef<[u8]>) -> Result<Value, Error> {
        let bytes = bytes.as_ref();
        self.op(op::STR, |op| {
            op.p = bytes.as_ptr().cast();
            op.n = bytes.len();
        })
    }

    /// The bytes of a String.
    ///
    /// # Errors
    /// `TypeError`
    pub fn bytes(&self, string: Value) -> Result<Vec<u8>, Error> {
        self.expect(string, Kind::String)?;
        let mut p = core::ptr::null();
        // SAFETY: it is a String, and nothing runs before its bytes are copied.
        Ok(unsafe {
            let len = sys::hj_str(string.0, &raw mut p);
            slice(p, len)
        }
        .to_vec())
    }

    /// Appends the bytes of a String to `buffer` and answers how many; `None` for anything else.
    #[must_use]
    pub fn append_bytes_to(&self, string: Value, buffer: &mut Vec<u8>) -> Option<usize> {
        if string.kind() != Kind::String {
            return None;
        }
        let mut p = core::ptr::null();
        // SAFETY: it is a String, and nothing runs before its bytes are copied.
        let bytes = unsafe {
            let len = sys::hj_str(string.0, &raw mut p);
            slice(p, len)
        };
        buffer.extend_from_slice(bytes);
        Some(bytes.len())
    }

    /// Appends to a String.
    ///
    /// # Errors
    /// `TypeError`, `FrozenError`
    pub fn append(&self, string: Value, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        self.expect(string, Kind::String)?;
        let bytes = bytes.as_ref();
        self.op(op::CAT, |op| {
            op.a = string.0;
            op.p = bytes.as_ptr().cast();
            op.n = bytes.len();
        })
        .map(drop)
    }

    /// `to_s` as text; bytes that are not UTF-8 are replaced. An object that can't be converted is
    /// described.
    #[must_use]
    pub fn to_s(&self, value: Value) -> String {
        self.text(op::TO_S, value)
    }

    /// `inspect` as text.
    #[must_use]
    pub fn inspect(&self, value: Value) -> String {
        self.text(op::INSPECT, value)
    }

    fn text(&self, code: c_int, value: Value) -> String {
        if value.kind() == Kind::Break {
            return String::from("(break)");
        }
        let _scope = self.scope();
        let string = self.op(code, |op| op.a = value.0);
        match string.and_then(|string| self.bytes(string)) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            },
            Err(_) => alloc::format!("#<{}>", self.class_name(value)),
        }
    }

    // ---- arrays and hashes ----

    /// An Array of values.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn array(&self, items: &[Value]) -> Result<Value, Error> {
        self.op(op::ARY, |op| {
            op.p = items.as_ptr().cast();
            op.n = items.len();
        })
    }

    /// The items of an Array.
    ///
    /// # Errors
    /// `TypeError`
    pub fn items(&self, array: Value) -> Result<Vec<Value>, Error> {
        self.expect(array, Kind::Array)?;
        let mut p = core::ptr::null();
        // SAFETY: it is an Array, and nothing runs before its items are copied. `Value` is a
        // transparent wrapper.
        Ok(unsafe {
            let len = sys::hj_ary(array.0, &raw mut p);
            slice(p.cast::<Value>(), len)
        }
        .to_vec())
    }

    /// One item of an Array, without copying them all; `None` past its end, or for anything else.
    #[must_use]
    pub fn item(&self, array: Value, index: usize) -> Option<Value> {
        if array.kind() != Kind::Array {
            return None;
        }
        let mut p = core::ptr::null();
        // SAFETY: it is an Array, and the item is read before anything else runs.
        unsafe {
            let len = sys::hj_ary(array.0, &raw mut p);
            (index < len).then(|| *p.cast::<Value>().add(index))
        }
    }

    /// Appends to an Array.
    ///
    /// # Errors
    /// `TypeError`, `FrozenError`
    pub fn push(&self, array: Value, item: impl Into<Value>) -> Result<(), Error> {
        self.expect(array, Kind::Array)?;
        let item = item.into();
        self.op(op::ARY_PUSH, |op| {
            op.a = array.0;
            op.b = item.0;
        })
        .map(drop)
    }

    /// An empty Hash.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn hash(&self) -> Result<Value, Error> {
        self.op(op::HASH, |op| op.n = 0)
    }

    /// `hash[key] = value`
    ///
    /// # Errors
    /// `TypeError`, `FrozenError`, and what `hash` and `eql?` of the key raise.
    pub fn hash_set(
        &self,
        hash: Value,
        key: impl Into<Value>,
        value: impl Into<Value>,
    ) -> Result<(), Error> {
        self.expect(hash, Kind::Hash)?;
        let (key, value) = (key.into(), value.into());
        self.op(op::HASH_SET, |op| {
            op.a = hash.0;
            op.b = key.0;
            op.c = value.0;
        })
        .map(drop)
    }

    /// The value of a key; the Hash's default plays no part.
    ///
    /// # Errors
    /// `TypeError`, and what `hash` and `eql?` of the key raise.
    pub fn hash_get(&self, hash: Value, key: impl Into<Value>) -> Result<Option<Value>, Error> {
        self.expect(hash, Kind::Hash)?;
        let key = key.into();
        let value = self.op(op::HASH_GET, |op| {
            op.a = hash.0;
            op.b = key.0;
        })?;
        Ok((value != Value::UNDEF).then_some(value))
    }

    /// Removes a key; its value, or `nil`.
    ///
    /// # Errors
    /// As [`Vm::hash_get`]; `FrozenError`.
    pub fn hash_delete(&self, hash: Value, key: impl Into<Value>) -> Result<Value, Error> {
        self.expect(hash, Kind::Hash)?;
        let key = key.into();
        self.op(op::HASH_DELETE, |op| {
            op.a = hash.0;
            op.b = key.0;
        })
    }

    /// Keys and values in the order of insertion.
    ///
    /// # Errors
    /// `TypeError`
    pub fn pairs(&self, hash: Value) -> Result<Vec<(Value, Value)>, Error> {
        self.expect(hash, Kind::Hash)?;
        let flat = self.items(self.op(op::HASH_PAIRS, |op| op.a = hash.0)?)?;
        Ok(flat.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
    }

    /// How many items an Array, or pairs a Hash, has.
    ///
    /// # Errors
    /// `TypeError` for anything else.
    pub fn len(&self, collection: Value) -> Result<usize, Error> {
        match collection.kind() {
            // SAFETY: it is a Hash.
            Kind::Hash => Ok(unsafe { sys::hj_hash_size(self.state(), collection.0) }),
            _ => {
                self.expect(collection, Kind::Array)?;
                let mut p = core::ptr::null();
                // SAFETY: it is an Array.
                Ok(unsafe { sys::hj_ary(collection.0, &raw mut p) })
            }
        }
    }

    /// A Range; `exclusive` as in `a...b`.
    ///
    /// # Errors
    /// `ArgumentError` if the ends can't be compared.
    pub fn range(&self, first: Value, last: Value, exclusive: bool) -> Result<Value, Error> {
        self.op(op::RANGE, |op| {
            op.a = first.0;
            op.b = last.0;
            op.n = usize::from(exclusive);
        })
    }

    /// First, last (each may be `nil`) and whether the last is excluded.
    ///
    /// # Errors
    /// `TypeError`
    pub fn range_parts(&self, range: Value) -> Result<(Value, Value, bool), Error> {
        self.expect(range, Kind::Range)?;
        let parts = self.items(self.op(op::RANGE_PARTS, |op| op.a = range.0)?)?;
        Ok((parts[0], parts[1], parts[2].truthy()))
    }

    // ---- variables and constants ----

    /// An instance variable (`"@name"`), `nil` if it is not set.
    ///
    /// # Errors
    /// `NoMemoryError` for a name that is new.
    pub fn instance_variable(&self, object: Value, name: impl Name) -> Result<Value, Error> {
        let sym = name.symbol(self)?.0;
        self.op(op::IV_GET, |op| {
            op.a = object.0;
            op.sym = sym;
        })
    }

    /// Sets an instance variable. A name without `@` is one that Ruby code can't reach.
    ///
    /// # Errors
    /// `FrozenError`; `ArgumentError` for an immediate.
    pub fn set_instance_variable(
        &self,
        object: Value,
        name: impl Name,
        value: impl Into<Value>,
    ) -> Result<(), Error> {
        let (sym, value) = (name.symbol(self)?.0, value.into());
        self.op(op::IV_SET, |op| {
            op.a = object.0;
            op.b = value.0;
            op.sym = sym;
        })
        .map(drop)
    }

    /// A global variable (`"$name"`).
    ///
    /// # Errors
    /// `NoMemoryError` for a name that is new.
    pub fn global(&self, name: impl Name) -> Result<Value, Error> {
        let sym = name.symbol(self)?.0;
        self.op(op::GV_GET, |op| op.sym = sym)
    }

    /// Sets a global variable.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn set_global(&self, name: impl Name, value: impl Into<Value>) -> Result<(), Error> {
        let (sym, value) = (name.symbol(self)?.0, value.into());
        self.op(op::GV_SET, |op| {
            op.b = value.0;
            op.sym = sym;
        })
        .map(drop)
    }

    /// A constant by its path from the top: `"Errno::EPERM"`. Calls `const_missing`.
    ///
    /// # Errors
    /// `NameError`
    pub fn constant(&self, path: &str) -> Result<Value, Error> {
        let mut scope = Value::NIL;
        for name in path.split("::") {
            if !matches!(scope.kind(), Kind::Nil | Kind::Class | Kind::Module) {
                return Err(Error::type_error(alloc::format!("{path}: no class or module")));
            }
            let sym = self.intern(name)?.0;
            scope = self.op(op::CONST_GET, |op| {
                op.a = scope.0;
                op.sym = sym;
            })?;
        }
        Ok(scope)
    }

    /// Whether a constant is there, in `scope` (`nil`: the top) or above it.
    ///
    /// # Errors
    /// `TypeError` if the scope is no class or module.
    pub fn has_constant(&self, scope: impl Into<Value>, name: impl Name) -> Result<bool, Error> {
        let scope = self.namespace(scope.into())?;
        let sym = name.symbol(self)?.0;
        let found = self.op(op::CONST_DEFINED, |op| {
            op.a = scope.0;
            op.sym = sym;
        })?;
        Ok(found.truthy())
    }

    /// Sets a constant in `scope` (`nil`: the top).
    ///
    /// # Errors
    /// `TypeError` if the scope is no class or module.
    pub fn define_const(
        &self,
        scope: impl Into<Value>,
        name: impl Name,
        value: impl Into<Value>,
    ) -> Result<(), Error> {
        let (scope, value) = (self.namespace(scope.into())?, value.into());
        let sym = name.symbol(self)?.0;
        self.op(op::CONST_SET, |op| {
            op.a = scope.0;
            op.b = value.0;
            op.sym = sym;
        })
        .map(drop)
    }

    fn namespace(&self, scope: Value) -> Result<Value, Error> {
        match scope.kind() {
            Kind::Nil | Kind::Class | Kind::Module => Ok(scope),
            _ => Err(Error::type_error("a class or module is wanted, or nil for the top")),
        }
    }

    // ---- classes ----

    /// Defines a module, or finds it, below `outer` (`nil`: the top).
    ///
    /// # Errors
    /// `TypeError` if the name is taken by something else.
    pub fn define_module(&self, outer: impl Into<Value>, name: &str) -> Result<Value, Error> {
        let outer = self.namespace(outer.into())?;
        let sym = self.intern(name)?.0;
        self.op(op::MODULE, |op| {
            op.a = outer.0;
            op.sym = sym;
        })
    }

    /// Defines a class, or finds it, below `outer` (`nil`: the top), with a superclass (`nil`:
    /// Object).
    ///
    /// # Errors
    /// `TypeError` if the name is taken by something else, or by a class with another superclass.
    pub fn define_class(
        &self,
        outer: impl Into<Value>,
        name: &str,
        superclass: impl Into<Value>,
    ) -> Result<Value, Error> {
        let (outer, superclass) = (self.namespace(outer.into())?, superclass.into());
        if !superclass.is_nil() {
            self.expect(superclass, Kind::Class)?;
        }
        let sym = self.intern(name)?.0;
        self.op(op::CLASS, |op| {
            op.a = outer.0;
            op.b = superclass.0;
            op.sym = sym;
        })
    }

    /// The singleton class of an object.
    ///
    /// # Errors
    /// `TypeError` for numbers and symbols.
    pub fn singleton_class(&self, object: Value) -> Result<Value, Error> {
        self.op(op::SINGLETON, |op| op.a = object.0)
    }

    /// Takes a method away from a class, inherited ones included.
    ///
    /// # Errors
    /// `NameError` if there is none.
    pub fn undef_method(&self, class: Value, name: impl Name) -> Result<(), Error> {
        self.expect_class(class)?;
        let sym = name.symbol(self)?.0;
        self.op(op::UNDEF, |op| {
            op.a = class.0;
            op.sym = sym;
        })
        .map(drop)
    }

    pub(crate) fn expect_class(&self, class: Value) -> Result<(), Error> {
        match class.kind() {
            Kind::Class | Kind::Module => Ok(()),
            _ => Err(Error::type_error("a class or module is wanted")),
        }
    }

    /// The path of an object's class.
    #[must_use]
    pub fn class_name(&self, object: Value) -> String {
        let _scope = self.scope();
        let name = self.op(op::CLASS_NAME, |op| op.a = object.0);
        let bytes = name.and_then(|name| self.bytes(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// `a == b`
    ///
    /// # Errors
    /// What `==` raises.
    pub fn equal(&self, a: Value, b: Value) -> Result<bool, Error> {
        let equal = self.op(op::EQ, |op| {
            op.a = a.0;
            op.b = b.0;
        })?;
        Ok(equal.truthy())
    }

    /// Freezes an object.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn freeze(&self, object: Value) -> Result<Value, Error> {
        self.op(op::FREEZE, |op| op.a = object.0)
    }

    /// `main`, the `self` of the top level.
    #[must_use]
    pub fn top_self(&self) -> Value {
        // SAFETY: an open VM; a field is read.
        Value(unsafe { sys::hj_top_self(self.state()) })
    }

    // ---- exceptions ----

    pub(crate) fn new_exception(&self, class: Value, message: &str) -> Result<Value, Error> {
        self.expect(class, Kind::Class)?;
        self.op(op::EXC, |op| {
            op.a = class.0;
            op.p = message.as_ptr().cast();
            op.n = message.len();
        })
    }

    pub(crate) fn raw_backtrace(&self, exception: Value) -> Vec<Value> {
        let lines = self.op(op::BACKTRACE, |op| op.a = exception.0);
        lines.and_then(|lines| self.items(lines)).unwrap_or_default()
    }

    pub(crate) fn error_kind(&self, exception: Value) -> ErrorKind {
        if exception.kind() == Kind::Break {
            return ErrorKind::Break;
        }
        // SAFETY: fields and ancestors are compared.
        let (limits, no_memory, too_deep) = unsafe {
            let vm = self.state();
            let limit = |which| Value(sys::hj_limit_class(vm, which));
            (
                [limit(0), limit(1)],
                sys::hj_is_nomem(vm, exception.0) != 0,
                sys::hj_is_stack(vm, exception.0) != 0,
            )
        };
        match () {
            () if no_memory => ErrorKind::OutOfMemory,
            () if too_deep => ErrorKind::StackTooDeep,
            () if exception.is_a(self, limits[0]) => ErrorKind::BudgetExceeded,
            () if exception.is_a(self, limits[1]) => ErrorKind::DeadlineExceeded,
            () if self.class_name(exception) == "SyntaxError" => ErrorKind::Syntax,
            () => ErrorKind::Exception,
        }
    }
}

impl From<&Symbol> for Value {
    fn from(symbol: &Symbol) -> Self {
        (*symbol).into()
    }
}
