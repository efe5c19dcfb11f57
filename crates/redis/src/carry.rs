//! A block and what it sees, on its way to a worker: bytecode, and copies of plain values.
//!
//! What is no plain value (a Proc, an object of a class of the script's) stays behind: in its place is
//! an object that says so when it is used.

use mruby::{Error, Kind, Value, Vm};

/// How deep copied values may be nested; also what ends a value that contains itself.
const DEPTH: usize = 64;

/// A block as data.
#[derive(Debug)]
pub struct Carried {
    bytecode: Vec<u8>,
    scopes: Vec<Vec<Plain>>,
}

#[derive(Debug)]
enum Plain {
    Nil,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Symbol(String),
    String(Vec<u8>),
    Array(Vec<Plain>),
    Hash(Vec<(Plain, Plain)>),
    /// What stays behind: its class.
    Left(String),
}

/// Takes a block apart.
pub fn pack(vm: &Vm, block: Value) -> Result<Carried, Error> {
    let (bytecode, scopes) = vm.take_apart(block)?;
    let copy = |scope: Vec<Value>| scope.into_iter().map(|value| plain(vm, value, 0)).collect();
    let scopes = scopes.into_iter().map(copy).collect::<Result<_, _>>()?;
    Ok(Carried { bytecode, scopes })
}

fn plain(vm: &Vm, value: Value, depth: usize) -> Result<Plain, Error> {
    if depth > DEPTH {
        return Err(Error::argument("what goes to the background is nested too deep"));
    }
    Ok(match value.kind() {
        Kind::Nil => Plain::Nil,
        Kind::True => Plain::Boolean(true),
        Kind::False => Plain::Boolean(false),
        Kind::Integer => Plain::Integer(value.as_i64().unwrap_or_default()),
        Kind::Float => Plain::Float(value.as_f64().unwrap_or_default()),
        Kind::Symbol => Plain::Symbol(vm.to_s(value)),
        Kind::String => Plain::String(vm.bytes(value)?),
        Kind::Array => {
            let items = vm.items(value)?.into_iter();
            Plain::Array(items.map(|item| plain(vm, item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Kind::Hash => {
            let pairs = vm.pairs(value)?.into_iter();
            let pair =
                |(key, value)| Ok((plain(vm, key, depth + 1)?, plain(vm, value, depth + 1)?));
            Plain::Hash(pairs.map(pair).collect::<Result<_, Error>>()?)
        }
        _ => Plain::Left(vm.class_name(value)),
    })
}

/// Puts it together again, in the worker's VM.
pub fn unpack(vm: &Vm, block: &Carried) -> Result<Value, Error> {
    let build = |scope: &Vec<Plain>| scope.iter().map(|value| ruby(vm, value)).collect();
    let scopes: Vec<Vec<Value>> = block.scopes.iter().map(build).collect::<Result<_, Error>>()?;
    vm.put_together(&block.bytecode, &scopes)
}

fn ruby(vm: &Vm, value: &Plain) -> Result<Value, Error> {
    Ok(match value {
        Plain::Nil => Value::NIL,
        Plain::Boolean(truth) => (*truth).into(),
        Plain::Integer(n) => vm.integer(*n)?,
        Plain::Float(n) => vm.float(*n)?,
        Plain::Symbol(name) => vm.intern(name)?.into(),
        Plain::String(bytes) => vm.string(bytes)?,
        Plain::Array(items) => {
            let array = vm.array(&[])?;
            items.iter().try_for_each(|item| vm.push(array, ruby(vm, item)?))?;
            array
        }
        Plain::Hash(pairs) => {
            let hash = vm.hash()?;
            for (key, value) in pairs {
                let key = ruby(vm, key)?;
                vm.hash_set(hash, key, ruby(vm, value)?)?;
            }
            hash
        }
        Plain::Left(class) => {
            let stand_in = vm.call(vm.constant("Redis::LeftBehind")?, "new", &[])?;
            let class = vm.string(class)?;
            vm.set_instance_variable(stand_in, "@class", class)?;
            stand_in
        }
    })
}

/// Defines what stands in for a value that stays behind.
pub fn define(vm: &Vm, redis: Value) -> Result<(), Error> {
    let class = vm.define_class(redis, "LeftBehind", Value::NIL)?;
    vm.define_method(class, "method_missing", |vm, this, args| {
        let (class, name) = (vm.instance_variable(this, "@class")?, vm.to_s(args.get(0)));
        let text = format!(
            "{name}: a {} can't go to the background: give the block plain values",
            vm.to_s(class)
        );
        Err(Error::type_error(text))
    })
}
