//! Rust's types in Ruby and back. Strings are bytes in Ruby: `Vec<u8>` and `&[u8]` lose nothing,
//! `String` wants UTF-8.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::symbol::Symbol;
use crate::value::{Kind, Value};
use crate::vm::Vm;

/// A type that has a form in Ruby.
pub trait IntoRuby {
    /// The value.
    ///
    /// # Errors
    /// `NoMemoryError`
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error>;
}

/// A type that can be read from a value.
pub trait FromRuby: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// `TypeError` for another kind of value, `RangeError` for a number that does not fit.
    fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error>;
}

impl Vm {
    /// A Rust value in Ruby.
    ///
    /// # Errors
    /// `NoMemoryError`
    pub fn to_ruby(&self, value: impl IntoRuby) -> Result<Value, Error> {
        value.into_ruby(self)
    }

    /// A Ruby value in Rust.
    ///
    /// # Errors
    /// `TypeError`, `RangeError`
    pub fn to_rust<T: FromRuby>(&self, value: Value) -> Result<T, Error> {
        T::from_ruby(self, value)
    }
}

fn wrong(vm: &Vm, wanted: &str, value: Value) -> Error {
    let given = if value.is_nil() { "nil".into() } else { vm.class_name(value) };
    Error::type_error(alloc::format!("can't convert {given} into {wanted}"))
}

impl IntoRuby for Value {
    fn into_ruby(self, _: &Vm) -> Result<Value, Error> {
        Ok(self)
    }
}

impl FromRuby for Value {
    fn from_ruby(_: &Vm, value: Value) -> Result<Self, Error> {
        Ok(value)
    }
}

impl IntoRuby for () {
    fn into_ruby(self, _: &Vm) -> Result<Value, Error> {
        Ok(Value::NIL)
    }
}

impl IntoRuby for bool {
    fn into_ruby(self, _: &Vm) -> Result<Value, Error> {
        Ok(self.into())
    }
}

/// Everything but `nil` and `false` is true.
impl FromRuby for bool {
    fn from_ruby(_: &Vm, value: Value) -> Result<Self, Error> {
        Ok(value.truthy())
    }
}

impl IntoRuby for Symbol {
    fn into_ruby(self, _: &Vm) -> Result<Value, Error> {
        Ok(self.into())
    }
}

impl FromRuby for Symbol {
    fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
        Symbol::of(value).ok_or_else(|| wrong(vm, "Symbol", value))
    }
}

/// Reads any Integer; a Float as Ruby's own conversion does, cut off.
fn integer(vm: &Vm, value: Value) -> Result<i128, Error> {
    match value.kind() {
        Kind::Integer => Ok(value.as_i64().unwrap_or_default().into()),
        Kind::BigInteger => {
            let digits = vm.to_s(value);
            digits.parse().map_err(|_| Error::new("RangeError", "the number is too big"))
        }
        Kind::Float => {
            let float = value.as_f64().unwrap_or_default();
            #[expect(clippy::cast_possible_truncation, reason = "a cast saturates; i128 is wide")]
            let cut = float as i128;
            // 2^126: beyond any type that asks.
            if float.is_finite() && float.abs() < 8.5e37 {
                Ok(cut)
            } else {
                Err(Error::new("FloatDomainError", vm.to_s(value)))
            }
        }
        _ => Err(wrong(vm, "Integer", value)),
    }
}

macro_rules! integers {
    ($($type:ty => $way:ident),* $(,)?) => {$(
        impl IntoRuby for $type {
            fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
                #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
                let wide = self.try_into().expect("at most 64 bits");
                vm.$way(wide)
            }
        }

        impl FromRuby for $type {
            fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
                integer(vm, value)?.try_into().map_err(|_| {
                    let text = alloc::format!("{} does not fit into {}", vm.to_s(value), stringify!($type));
                    Error::new("RangeError", text)
                })
            }
        }
    )*};
}

integers! {
    i16 => integer, i32 => integer, i64 => integer, isize => integer,
    u16 => integer, u32 => integer, u64 => unsigned, usize => unsigned,
}

impl IntoRuby for f64 {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        vm.float(self)
    }
}

impl FromRuby for f64 {
    fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
        match value.kind() {
            Kind::Integer | Kind::Float => Ok(value.as_f64().unwrap_or_default()),
            // Rational and big integers know best.
            Kind::Rational | Kind::BigInteger => f64::from_ruby(vm, vm.call(value, "to_f", &[])?),
            _ => Err(wrong(vm, "Float", value)),
        }
    }
}

impl IntoRuby for &str {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        vm.string(self)
    }
}

impl IntoRuby for String {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        vm.string(self)
    }
}

/// A String or Symbol.
impl FromRuby for String {
    fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
        if let Some(symbol) = Symbol::of(value) {
            return Ok(vm.symbol_name(symbol));
        }
        String::from_utf8(Vec::<u8>::from_ruby(vm, value)?)
            .map_err(|_| Error::argument("the String is not UTF-8"))
    }
}

impl IntoRuby for &[u8] {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        vm.string(self)
    }
}

impl IntoRuby for Vec<u8> {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        vm.string(self)
    }
}

impl FromRuby for Vec<u8> {
    fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
        vm.bytes(value).map_err(|_| wrong(vm, "String", value))
    }
}

/// `nil` is `None`.
impl<T: IntoRuby> IntoRuby for Option<T> {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        self.map_or(Ok(Value::NIL), |value| value.into_ruby(vm))
    }
}

impl<T: FromRuby> FromRuby for Option<T> {
    fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
        value.non_nil().map(|value| T::from_ruby(vm, value)).transpose()
    }
}

fn array<T: IntoRuby>(vm: &Vm, items: impl IntoIterator<Item = T>) -> Result<Value, Error> {
    // The array first: it keeps the items that are already made.
    let array = vm.array(&[])?;
    items.into_iter().try_for_each(|item| {
        let _scope = vm.scope();
        vm.push(array, item.into_ruby(vm)?)
    })?;
    Ok(array)
}

impl<T: IntoRuby> IntoRuby for Vec<T> {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        array(vm, self)
    }
}

impl<T: IntoRuby + Clone> IntoRuby for &[T] {
    fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
        array(vm, self.iter().cloned())
    }
}

impl<T: FromRuby> FromRuby for Vec<T> {
    fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
        let items = vm.items(value).map_err(|_| wrong(vm, "Array", value))?;
        items.into_iter().map(|item| T::from_ruby(vm, item)).collect()
    }
}

macro_rules! tuples {
    ($($len:literal: $($type:ident $index:tt),+;)*) => {$(
        /// An Array of that length.
        impl<$($type: IntoRuby),+> IntoRuby for ($($type,)+) {
            fn into_ruby(self, vm: &Vm) -> Result<Value, Error> {
                let array = vm.array(&[])?;
                $(vm.push(array, self.$index.into_ruby(vm)?)?;)+
                Ok(array)
            }
        }

        impl<$($type: FromRuby),+> FromRuby for ($($type,)+) {
            fn from_ruby(vm: &Vm, value: Value) -> Result<Self, Error> {
                let items = vm.items(value).map_err(|_| wrong(vm, "Array", value))?;
                if items.len() != $len {
                    let text = alloc::format!("wanted {} items, got {}", $len, items.len());
                    return Err(Error::argument(text));
                }
                Ok(($($type::from_ruby(vm, items[$index])?,)+))
            }
        }
    )*};
}

tuples! {
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
}
