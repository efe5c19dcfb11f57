//! Decoded arguments as Ruby objects, and Ruby objects as arguments.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

use mruby::{Error, Kind, Value as Ruby, Vm};
use syscalls::{FlagSet, SockAddr, StructDef, Type, Value};

use crate::filter::{address_text, host_of};
use crate::run::Run;
use crate::under_way::{Refusal, UnderWay};

/// The sets that Flags objects name by index: a Ruby object can't hold a reference of ours.
#[derive(Debug, Default)]
pub struct Sets(RefCell<Vec<&'static FlagSet>>);

impl Sets {
    /// The set of an index that [`Sets::index`] gave.
    #[must_use]
    pub fn get(&self, index: i64) -> Option<&'static FlagSet> {
        self.0.borrow().get(usize::try_from(index).ok()?).copied()
    }

    fn index(&self, set: &'static FlagSet) -> i64 {
        let mut sets = self.0.borrow_mut();
        let at = sets.iter().position(|known| core::ptr::eq(*known, set));
        at.unwrap_or_else(|| {
            sets.push(set);
            sets.len() - 1
        }) as i64
    }
}

/// A flag word.
///
/// # Errors
/// `NoMemoryError`
pub fn flags(run: &Run, set: &'static FlagSet, value: u64) -> Result<Ruby, Error> {
    let vm = &run.vm;
    let index = vm.integer(run.sets.index(set))?;
    let value = vm.unsigned(value)?;
    vm.call(vm.constant("Hijinks::Flags")?, "new", &[index, value])
}

/// A descriptor.
///
/// # Errors
/// `NoMemoryError`
pub fn fd(vm: &Vm, pid: i32, fd: i32) -> Result<Ruby, Error> {
    vm.call(vm.constant("Hijinks::Fd")?, "new", &[pid.into(), fd.into()])
}

/// An error's number, which reads as its name.
///
/// # Errors
/// `NoMemoryError`
pub fn errno(vm: &Vm, number: i32) -> Result<Ruby, Error> {
    vm.call(vm.constant("Hijinks::ErrnoNumber")?, "new", &[number.into()])
}

/// The exception of an error's number.
#[must_use]
pub fn errno_error(vm: &Vm, number: i32) -> Error {
    let class = vm.constant("SystemCallError");
    let exception = class.and_then(|class| vm.call(class, "new", &[Ruby::NIL, Ruby::from(number)]));
    match exception {
        Ok(exception) => Error::raised(vm, exception),
        Err(error) => error,
    }
}

/// A socket address.
///
/// # Errors
/// `NoMemoryError`
pub fn address(run: &Run, address: &SockAddr) -> Result<Ruby, Error> {
    let vm = &run.vm;
    let ip = host_of(address);
    let names = vm.array(&[])?;
    if let Some(ip) = ip {
        for name in run.world.names.of(ip) {
            vm.push(names, vm.string(&*name)?)?;
        }
    }
    let family = flags(run, &syscalls::flags::DOMAIN, address.family().into())?;
    let path = match address {
        SockAddr::Unix(path) => vm.string(path)?,
        _ => Ruby::NIL,
    };
    let args = [
        family,
        ip.map(|ip| vm.string(ip.to_string())).transpose()?.unwrap_or(Ruby::NIL),
        address.port().map_or(Ruby::NIL, |port| Ruby::from(i32::from(port))),
        path,
        vm.string(address_text(address))?,
        names,
    ];
    vm.call(vm.constant("Hijinks::Address")?, "new", &args)
}

/// An argument of a call.
///
/// # Errors
/// `Errno::EFAULT` for a bad pointer; a RuntimeError when the program is not at hand.
pub fn argument(run: &Run, call: &Rc<UnderWay>, index: usize) -> Result<Ruby, Error> {
    let value = call.argument(index).map_err(|refusal| run.error(refusal))?;
    ruby(run, call, Some(index), &value)
}

/// A decoded value. Of an argument (not of what lies deeper) structs can be changed.
///
/// # Errors
/// `Errno::EFAULT` for a bad pointer.
pub fn ruby(
    run: &Run,
    call: &Rc<UnderWay>,
    index: Option<usize>,
    value: &Value,
) -> Result<Ruby, Error> {
    let vm = &run.vm;
    Ok(match value {
        Value::Int(n) | Value::UnixTime(n) | Value::Nanos(n) => vm.integer(*n)?,
        Value::Uint(n) | Value::Hex(n) | Value::Dev(n) | Value::Ptr(n) => vm.unsigned(*n)?,
        Value::Flags(set, bits) => flags(run, set, *bits)?,
        Value::Fd(n) | Value::DirFd(n) => fd(vm, call.pid.0, *n)?,
        Value::Pid(n) | Value::WaitStatus(n) => Ruby::from(*n),
        Value::Id(u32::MAX) => Ruby::from(-1),
        Value::Id(n) | Value::Mode(n) | Value::FileMode(n) => vm.integer(i64::from(*n))?,
        Value::Signal(n) => flags(run, &syscalls::flags::SIGNALS, *n as u64)?,
        Value::SigSet(bits) => {
            let list = vm.array(&[])?;
            for n in (1..=64).filter(|n| bits >> (n - 1) & 1 == 1) {
                vm.push(list, flags(run, &syscalls::flags::SIGNALS, n)?)?;
            }
            list
        }
        Value::Path(bytes, _) | Value::Str(bytes, _) | Value::Bytes(bytes, _) => {
            vm.string(bytes)?
        }
        Value::Struct(def, fields) => structure(run, call, index, def, fields)?,
        Value::Array(list, _) | Value::Argv(list, _) | Value::Envp(_, list, _) => {
            let array = vm.array(&[])?;
            for one in list {
                vm.push(array, ruby(run, call, None, one)?)?;
            }
            array
        }
        Value::Pointee(inner) => ruby(run, call, index, inner)?,
        Value::Address(sockaddr) => address(run, sockaddr)?,
        Value::FdSet(list) => {
            let array = vm.array(&[])?;
            for n in list {
                vm.push(array, fd(vm, call.pid.0, *n)?)?;
            }
            array
        }
        Value::Null => Ruby::NIL,
        Value::Fault(_) => return Err(run.error(Refusal::Errno(14))),
        other => vm.string(format!("{other:?}"))?,
    })
}

fn structure(
    run: &Run,
    call: &Rc<UnderWay>,
    index: Option<usize>,
    def: &'static StructDef,
    fields: &[(&'static str, Value)],
) -> Result<Ruby, Error> {
    let vm = &run.vm;
    let hash = vm.hash()?;
    for (name, value) in fields {
        // A field that can't be followed is an address; the rest of the struct is still good.
        let value = match value {
            Value::Fault(addr) => vm.unsigned(*addr)?,
            value => ruby(run, call, None, value)?,
        };
        vm.hash_set(hash, vm.intern(name)?, value)?;
    }
    let class = match def.name {
        "stat" | "statx" => "Hijinks::Stat",
        "timespec" | "timeval" => "Hijinks::Timespec",
        _ => "Hijinks::Fields",
    };
    let (object, index) = match index {
        Some(index) => (crate::call_object::object(run, call)?, Ruby::from(index as i32)),
        None => (Ruby::NIL, Ruby::NIL),
    };
    let args = [vm.string(def.name)?, hash, object, index];
    vm.call(vm.constant(class)?, "new", &args)
}

/// A Ruby object as a number: Integers, and what stands for one.
///
/// # Errors
/// `TypeError`
pub fn number(vm: &Vm, value: Ruby) -> Result<i64, Error> {
    match value.kind() {
        Kind::Integer => Ok(value.as_i64().unwrap_or(0)),
        Kind::BigInteger => Ok(vm.to_rust::<u64>(value)? as i64),
        Kind::True => Ok(1),
        Kind::False | Kind::Nil => Ok(0),
        Kind::Object if value.responds_to(vm, "to_int") => {
            number(vm, vm.call(value, "to_int", &[])?)
        }
        _ => Err(Error::type_error(format!("a number is wanted, not a {}", vm.class_name(value)))),
    }
}

/// A Ruby object as the bits of a flag word: Integer, Flags, Symbol, or an Array of these.
fn bits(vm: &Vm, set: &'static FlagSet, value: Ruby) -> Result<u64, Error> {
    match value.kind() {
        Kind::Symbol | Kind::String => {
            let name: String = vm.to_s(value);
            set.value(&name)
                .ok_or_else(|| Error::argument(format!("there is no flag :{name} here")))
        }
        Kind::Array => {
            vm.items(value)?.into_iter().try_fold(0, |all, one| Ok(all | bits(vm, set, one)?))
        }
        _ => Ok(number(vm, value)? as u64),
    }
}

/// Sets an argument from a Ruby object: numbers go into the register, everything else into scratch
/// memory, and the register points there.
///
/// # Errors
/// `TypeError` for an object that the argument can't be; `Errno::ENOMEM`.
pub fn set_argument(
    run: &Run,
    call: &Rc<UnderWay>,
    index: usize,
    value: Ruby,
) -> Result<(), Error> {
    let vm = &run.vm;
    let refuse = |refusal| run.error(refusal);
    if call.answered().is_some() && call.result().is_some() && call.is_over() {
        return Err(refuse(Refusal::NotAtHand));
    }
    let Some(ty) = call.type_of(index) else {
        return Err(Error::argument(format!("{} has no such argument", call.name())));
    };
    let wrong = || {
        let name = call.syscall().map_or("", |c| c.args[index].name);
        Error::type_error(format!("{name} of {} can't be a {}", call.name(), vm.class_name(value)))
    };
    let raw = match (ty, value.kind()) {
        (Type::Flags(set, _), _) => bits(vm, set, value)?,
        (Type::Signal, Kind::Symbol | Kind::String) => bits(vm, &syscalls::flags::SIGNALS, value)?,
        _ if !ty.is_pointer() => number(vm, value)? as u64,
        // An address as it is.
        (_, Kind::Integer) => number(vm, value)? as u64,
        (_, Kind::Nil) => 0,
        (Type::Path | Type::Str, Kind::String | Kind::Symbol) => {
            let mut bytes = string_bytes(vm, value)?;
            bytes.push(0);
            call.place(&bytes).map_err(refuse)?
        }
        (Type::Bytes(_), Kind::String) => {
            return call.set_data(&vm.bytes(value)?).map_err(refuse);
        }
        (Type::SockAddr(_), _) => {
            let bytes = sockaddr(vm, value)?.encode();
            let addr = call.place(&bytes).map_err(refuse)?;
            call.set_register(index + 1, bytes.len() as u64);
            addr
        }
        (Type::Argv | Type::Envp, Kind::Array) => {
            let mut pointers = Vec::new();
            for one in vm.items(value)? {
                let mut bytes = string_bytes(vm, one)?;
                bytes.push(0);
                pointers.extend(call.place(&bytes).map_err(refuse)?.to_le_bytes());
            }
            pointers.extend([0; 8]);
            call.place(&pointers).map_err(refuse)?
        }
        (Type::At(def), _) => {
            let old = call.read_bytes(call.now().args[index], def.size);
            let mut bytes = old.unwrap_or_else(|_| alloc::vec![0; def.size]);
            fill(vm, def, value, &mut bytes)?;
            return store_struct(run, call, index, &bytes);
        }
        _ => return Err(wrong()),
    };
    call.set_register(index, raw);
    Ok(())
}

/// A struct's new bytes: for the kernel in scratch memory, for the program in its own.
fn store_struct(run: &Run, call: &Rc<UnderWay>, index: usize, bytes: &[u8]) -> Result<(), Error> {
    let refuse = |refusal| run.error(refusal);
    if call.result().is_some() {
        return call.store(call.now().args[index], bytes).map_err(refuse);
    }
    let addr = call.place(bytes).map_err(refuse)?;
    call.set_register(index, addr);
    Ok(())
}

/// Sets one field of an argument's struct.
///
/// # Errors
/// As [`set_argument`].
pub fn set_field(
    run: &Run,
    call: &Rc<UnderWay>,
    index: usize,
    name: &str,
    value: Ruby,
) -> Result<(), Error> {
    let def = match call.type_of(index) {
        Some(Type::At(def)) => def,
        Some(Type::To(Type::Struct(def))) => def,
        _ => return Err(Error::argument("this struct can't be changed")),
    };
    let refuse = |refusal| run.error(refusal);
    let mut bytes = call.read_bytes(call.now().args[index], def.size).map_err(refuse)?;
    let Some(field) = def.field(name) else {
        return Err(Error::argument(format!("struct {} has no field {name}", def.name)));
    };
    let value = encodable(&run.vm, &field.ty, value)?;
    let fields = [(field.name, value)];
    syscalls::encode_into(def, &fields, &mut bytes)
        .map_err(|error| Error::type_error(error.to_string()))?;
    store_struct(run, call, index, &bytes)
}

/// A Hash (or Fields, or seconds) into the bytes of a struct.
///
/// # Errors
/// `TypeError`, `ArgumentError` that name the field.
pub fn fill(vm: &Vm, def: &'static StructDef, value: Ruby, bytes: &mut [u8]) -> Result<(), Error> {
    let wrong = |error: syscalls::EncodeError| Error::argument(error.to_string());
    let hash = match value.kind() {
        Kind::Hash => value,
        Kind::Float | Kind::Integer if matches!(def.name, "timespec" | "timeval") => {
            let nanos = nanos(value);
            let unit = if def.name == "timeval" { 1000 } else { 1 };
            let (seconds, rest) =
                (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
            bytes[..8].copy_from_slice(&seconds.to_le_bytes());
            bytes[8..16].copy_from_slice(&(rest / unit).to_le_bytes());
            return Ok(());
        }
        Kind::Object if value.responds_to(vm, "to_h") => vm.call(value, "to_h", &[])?,
        _ => {
            let class = vm.class_name(value);
            return Err(Error::type_error(format!("a struct {} can't be a {class}", def.name)));
        }
    };
    for (key, value) in vm.pairs(hash)? {
        let name = vm.to_s(key);
        let Some(field) = def.field(&name) else {
            let names = def.fields.iter().map(|field| field.name);
            let near = crate::nearest::nearest(&name, names);
            let hint = near.first().map(|n| format!("; did you mean {n}?")).unwrap_or_default();
            let text = format!("struct {} has no field {name}{hint}", def.name);
            return Err(Error::argument(text));
        };
        let value = encodable(vm, &field.ty, value)?;
        syscalls::encode_into(def, &[(field.name, value)], bytes).map_err(wrong)?;
    }
    Ok(())
}

fn nanos(value: Ruby) -> i64 {
    match value.as_i64() {
        Some(seconds) => seconds.saturating_mul(1_000_000_000),
        None => (value.as_f64().unwrap_or(0.0) * 1e9) as i64,
    }
}

/// A Ruby object as a value for a field of that type.
fn encodable(vm: &Vm, ty: &Type, value: Ruby) -> Result<Value, Error> {
    Ok(match (ty, value.kind()) {
        (Type::Struct(def), Kind::Float | Kind::Integer)
            if matches!(def.name, "timespec" | "timeval" | "statx_timestamp") =>
        {
            Value::Nanos(nanos(value))
        }
        (Type::Struct(def), Kind::Hash) => {
            let mut fields = Vec::new();
            for (key, value) in vm.pairs(value)? {
                let name = vm.to_s(key);
                let field = def.field(&name).ok_or_else(|| {
                    Error::argument(format!("struct {} has no field {name}", def.name))
                })?;
                fields.push((field.name, encodable(vm, &field.ty, value)?));
            }
            Value::Struct(def, fields)
        }
        (Type::Flags(set, _), _) => Value::Flags(set, bits(vm, set, value)?),
        (_, Kind::String | Kind::Symbol) => Value::Str(string_bytes(vm, value)?, true),
        (Type::Inline(of, _), Kind::Array) => {
            let items = vm.items(value)?;
            let items: Result<_, _> = items.into_iter().map(|v| encodable(vm, of, v)).collect();
            Value::Array(items?, true)
        }
        (_, Kind::Object) if value.responds_to(vm, "to_f") && !value.responds_to(vm, "to_int") => {
            let seconds = vm.call(value, "to_f", &[])?;
            match ty {
                Type::Struct(_) => Value::Nanos(nanos(seconds)),
                _ => Value::Int(seconds.as_f64().unwrap_or(0.0) as i64),
            }
        }
        (_, Kind::Float) => Value::Int(value.as_f64().unwrap_or(0.0) as i64),
        _ => Value::Int(number(vm, value)?),
    })
}

fn string_bytes(vm: &Vm, value: Ruby) -> Result<Vec<u8>, Error> {
    match value.kind() {
        Kind::String => vm.bytes(value),
        _ => Ok(vm.to_s(value).into_bytes()),
    }
}

/// `"127.0.0.1:80"`, `"[::1]:80"`, a path, or `"@abstract"`.
///
/// # Errors
/// `ArgumentError` for a text that is none of these.
pub fn sockaddr(vm: &Vm, value: Ruby) -> Result<SockAddr, Error> {
    let text = match value.kind() {
        Kind::String => vm.to_s(value),
        Kind::Object if value.responds_to(vm, "text") => vm.to_s(vm.call(value, "text", &[])?),
        _ => {
            let class = vm.class_name(value);
            return Err(Error::type_error(format!("an address can't be a {class}")));
        }
    };
    if text.starts_with('/') {
        return Ok(SockAddr::Unix(text.into_bytes()));
    }
    if let Some(name) = text.strip_prefix('@') {
        return Ok(SockAddr::Unix([&[0], name.as_bytes()].concat()));
    }
    match text.parse::<core::net::SocketAddr>() {
        Ok(core::net::SocketAddr::V4(v4)) => {
            Ok(SockAddr::Inet { addr: v4.ip().octets(), port: v4.port() })
        }
        Ok(core::net::SocketAddr::V6(v6)) => Ok(SockAddr::Inet6 {
            addr: v6.ip().octets(),
            port: v6.port(),
            flowinfo: v6.flowinfo(),
            scope_id: v6.scope_id(),
        }),
        Err(_) => Err(Error::argument(format!(
            "{text:?} is no address: write \"127.0.0.1:80\", \"[::1]:80\" or a socket's path"
        ))),
    }
}
