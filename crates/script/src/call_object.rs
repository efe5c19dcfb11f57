//! `c`: a call under way as a Ruby object.
//!
//! Its class has no ancestors but BasicObject, so that every argument's name (`open`, `size`,
//! `send`) is free. What is asked for often is a method; the other arguments are found by name in
//! `method_missing`. The object may be kept: it answers from what was decoded, or raises.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;

use mruby::{Args, Error, Kind, Root, Value};

use crate::filter::argument_index;
use crate::nearest::nearest;
use crate::process::basename;
use crate::run::Run;
use crate::under_way::UnderWay;
use crate::values;

/// What `c` answers beside its arguments.
const METHODS: &[&str] = &[
    "name", "number", "pid", "tid", "program", "args", "path", "flags", "mode", "fd", "data",
    "size", "offset", "address", "argv", "env", "result", "error", "error?", "errno", "elapsed",
    "nth", "time", "process", "caller", "site", "inspect", "to_h", "to_json", "proceed", "pass!",
];

/// The call's object, made when a block first wants it.
///
/// # Errors
/// `NoMemoryError`
pub fn object(run: &Run, call: &Rc<UnderWay>) -> Result<Value, Error> {
    if let Some(root) = &*call.object.borrow() {
        return Ok(root.value());
    }
    let Some(class) = &*run.call_class.borrow() else {
        return Err(Error::runtime("the class of calls is not defined"));
    };
    let object = run.vm.wrap(class.value(), call.clone())?;
    call.object.replace(Some(run.vm.root(object)));
    Ok(object)
}

type Method = fn(&Rc<Run>, &Rc<UnderWay>, &Args<'_>) -> Result<Value, Error>;

/// Defines the class.
///
/// # Errors
/// `NoMemoryError`
pub fn define(run: &Rc<Run>) -> Result<Root, Error> {
    let vm = &run.vm;
    let basic = vm.constant("BasicObject")?;
    let class = vm.define_class(vm.constant("Hijinks")?, "Call", basic)?;
    vm.data_class(class)?;
    let methods: &[(&str, Method)] = &[
        ("name", |run, call, _| Ok(run.vm.intern(&call.name())?.into())),
        ("number", |run, call, _| run.vm.unsigned(call.made.nr)),
        ("pid", |run, call, args| own_argument(run, call, args, "pid", call.pid.0)),
        ("tid", |run, call, args| own_argument(run, call, args, "tid", call.tid.0)),
        ("program", |run, call, _| run.vm.string(basename(&run.world.processes.exe(call.pid)))),
        ("args", |run, call, _| {
            let list = run.vm.array(&[])?;
            for index in 0..count(call) {
                run.vm.push(list, values::argument(run, call, index)?)?;
            }
            Ok(list)
        }),
        ("path", |run, call, _| {
            let path = call.path(&run.world).map_err(|refusal| run.error(refusal))?;
            path.map_or(Ok(Value::NIL), |path| run.vm.string(path))
        }),
        ("path=", |run, call, args| {
            let Some((index, _)) = call.path_arguments().next() else {
                return Err(Error::argument(format!("{} takes no path", call.name())));
            };
            values::set_argument(run, call, index, args.get(0))?;
            Ok(args.get(0))
        }),
        ("fd", |run, call, _| match call.fd() {
            Some(fd) => values::fd(&run.vm, call.pid.0, fd),
            None => Ok(Value::NIL),
        }),
        ("data", |run, call, _| {
            let data = call.data().map_err(|refusal| run.error(refusal))?;
            data.map_or(Ok(Value::NIL), |data| run.vm.string(data))
        }),
        ("data=", |run, call, args| {
            let data = match args.get(0).kind() {
                Kind::String => run.vm.bytes(args.get(0))?,
                _ => {
                    let class = run.vm.class_name(args.get(0));
                    return Err(Error::type_error(format!("data is a String, not a {class}")));
                }
            };
            call.set_data(&data).map_err(|refusal| run.error(refusal))?;
            Ok(args.get(0))
        }),
        ("address", |run, call, _| {
            let address = call.address().map_err(|refusal| run.error(refusal))?;
            address.map_or(Ok(Value::NIL), |address| values::address(run, &address))
        }),
        ("address=", |run, call, args| {
            let Some(index) = call.address_index() else {
                return Err(Error::argument(format!("{} takes no address", call.name())));
            };
            values::set_argument(run, call, index, args.get(0))?;
            Ok(args.get(0))
        }),
        ("argv", |run, call, _| match call.index_of("argv") {
            Some(index) => values::argument(run, call, index),
            None => run.vm.call(process(run, call)?, "argv", &[]),
        }),
        ("env", |run, call, _| match call.index_of("envp") {
            Some(index) => {
                let list = values::argument(run, call, index)?;
                run.vm.call(run.vm.constant("Hijinks")?, "environment", &[list])
            }
            None => run.vm.call(process(run, call)?, "env", &[]),
        }),
        ("result", |run, call, _| match call.result() {
            Some(result) => run.vm.integer(result),
            None => Ok(Value::NIL),
        }),
        ("result=", |run, call, args| {
            call.set_result(values::number(&run.vm, args.get(0))?);
            Ok(args.get(0))
        }),
        ("error", |run, call, _| match call.errno() {
            Some(number) => Ok(values::errno_error(&run.vm, number).exception(&run.vm)),
            None => Ok(Value::NIL),
        }),
        ("error=", |run, call, args| {
            let vm = &run.vm;
            let given = args.get(0);
            let number = match given.kind() {
                Kind::Nil => 0,
                Kind::Class => {
                    vm.to_rust(vm.call(given, "const_get", &[vm.intern("Errno")?.into()])?)?
                }
                Kind::Exception => run.errno_of(given).map_or(0, i64::from),
                _ => values::number(vm, given)?,
            };
            call.set_result(-number.abs());
            Ok(given)
        }),
        ("error?", |_, call, _| Ok(call.errno().is_some().into())),
        ("errno", |run, call, _| match call.errno() {
            Some(number) => values::errno(&run.vm, number),
            None => Ok(Value::NIL),
        }),
        ("elapsed", |run, call, _| match call.elapsed() {
            Some(nanos) => run.vm.float(nanos as f64 / 1e9),
            None => Ok(Value::NIL),
        }),
        ("nth", |run, call, _| run.vm.unsigned(call.nth.get())),
        ("time", |run, call, _| {
            let seconds = run.vm.float(call.time(&run.world) as f64 / 1e9)?;
            run.vm.call(run.vm.constant("Time")?, "at", &[seconds])
        }),
        ("process", |run, call, _| process(run, call)),
        ("caller", |run, call, _| {
            let frames = call.guest(|guest| guest.backtrace()).map_err(|r| run.error(r))?;
            crate::natives::frames(&run.vm, &frames)
        }),
        ("site", |run, call, _| run.vm.unsigned(call.site)),
        ("inspect", |run, call, _| run.vm.string(call.line())),
        ("to_s", |run, call, _| run.vm.string(call.line())),
        ("to_h", |run, call, _| to_h(run, call)),
        ("to_json", |run, call, _| {
            let plain = run.vm.call(run.vm.constant("Hijinks")?, "plain", &[to_h(run, call)?])?;
            run.vm.call(plain, "to_json", &[])
        }),
        ("[]", |run, call, args| {
            let index = named(run, call, args.get(0))?;
            values::argument(run, call, index)
        }),
        ("[]=", |run, call, args| {
            let index = named(run, call, args.get(0))?;
            values::set_argument(run, call, index, args.get(1))?;
            Ok(args.get(1))
        }),
        ("proceed", |run, call, _| proceed(run, call)),
        ("pass!", |run, _, _| Err(Error::of(run.vm.constant("Hijinks::Pass")?, "pass"))),
        ("method_missing", method_missing),
        ("respond_to?", |run, call, args| {
            let name = run.vm.to_s(args.get(0));
            let bare = name.strip_suffix('=').unwrap_or(&name);
            Ok((METHODS.contains(&bare) || index_of(call, bare).is_some()).into())
        }),
        ("nil?", |_, _, _| Ok(Value::FALSE)),
        ("class", |run, _, _| run.vm.constant("Hijinks::Call")),
        ("is_a?", |run, _, args| Ok((args.get(0) == run.vm.constant("Hijinks::Call")?).into())),
    ];
    for (name, method) in methods {
        let (weak, method) = (Rc::downgrade(run), *method);
        vm.define_method(class, *name, move |vm, this, args| {
            let run = weak.upgrade().ok_or_else(|| Error::runtime("the script is gone"))?;
            let call = vm.data::<UnderWay>(this)?;
            method(&run, &call, args)
        })?;
    }
    Ok(vm.root(class))
}

/// How many arguments this very call has.
fn count(call: &UnderWay) -> usize {
    call.syscall().map_or(6, |entry| entry.args_of(&call.made.args).len())
}

/// `pid` of `kill` is an argument; of every other call it is who calls.
fn own_argument(
    run: &Run,
    call: &Rc<UnderWay>,
    _: &Args<'_>,
    name: &str,
    who: i32,
) -> Result<Value, Error> {
    match call.index_of(name) {
        Some(index) => values::argument(run, call, index),
        None => Ok(Value::from(who)),
    }
}

fn process(run: &Run, call: &UnderWay) -> Result<Value, Error> {
    run.vm.call(run.vm.constant("Hijinks::Program")?, "new", &[Value::from(call.pid.0)])
}

fn index_of(call: &UnderWay, name: &str) -> Option<usize> {
    call.index_of(name).or_else(|| argument_index(call.syscall()?, name))
}

/// The index of `c[:flags]` or `c[1]`.
fn named(run: &Run, call: &UnderWay, name: Value) -> Result<usize, Error> {
    if let Some(index) = name.as_i64() {
        return usize::try_from(index).ok().filter(|index| *index < count(call)).ok_or_else(|| {
            Error::argument(format!("{} has {} arguments", call.name(), count(call)))
        });
    }
    let name = run.vm.to_s(name);
    index_of(call, &name).ok_or_else(|| unknown(call, &name, "ArgumentError"))
}

fn unknown(call: &UnderWay, name: &str, class: &'static str) -> Error {
    let own = call.syscall().map_or(&[][..], |entry| entry.args);
    let names = own.iter().map(|arg| arg.name).chain(METHODS.iter().copied());
    let near = nearest(name, names);
    let hint = near.first().map(|n| format!("; did you mean {n}?")).unwrap_or_default();
    Error::new(class, format!("{} has no {name}{hint}", call.name()))
}

fn method_missing(run: &Rc<Run>, call: &Rc<UnderWay>, args: &Args<'_>) -> Result<Value, Error> {
    let name = run.vm.to_s(args.get(0));
    if let Some(bare) = name.strip_suffix('=') {
        let index = index_of(call, bare).ok_or_else(|| unknown(call, bare, "NoMethodError"))?;
        values::set_argument(run, call, index, args.get(1))?;
        return Ok(args.get(1));
    }
    let is_common = METHODS.contains(&name.as_str());
    match index_of(call, &name) {
        Some(index) => values::argument(run, call, index),
        // A word that other calls have: nothing here.
        None if is_common => Ok(Value::NIL),
        None => Err(unknown(call, &name, "NoMethodError")),
    }
}

/// Asks the rest of the chain, or the kernel.
fn proceed(run: &Rc<Run>, call: &Rc<UnderWay>) -> Result<Value, Error> {
    if !call.live.is_at_hand() {
        return Err(Error::runtime("this call is over or waits in the kernel: it can't proceed"));
    }
    let position = call.position.borrow().clone();
    match position {
        Some((chain, next)) => {
            // Asked again: what was answered before no longer counts.
            call.ask_again();
            run.down(call, &chain, next, true);
        }
        None => run.ask_kernel(call),
    }
    if call.leaves.get() {
        // The handler ends here, its `ensure` included.
        return Err(Error::of(run.vm.constant("Hijinks::Pass")?, "exit does not return"));
    }
    match call.result() {
        Some(result) => run.vm.integer(result),
        None => Ok(Value::NIL),
    }
}

fn to_h(run: &Run, call: &Rc<UnderWay>) -> Result<Value, Error> {
    let vm = &run.vm;
    let hash = vm.hash()?;
    let set = |key: &str, value: Value| vm.hash_set(hash, vm.intern(key)?, value);
    set("name", vm.string(call.name())?)?;
    set("pid", Value::from(call.pid.0))?;
    set("tid", Value::from(call.tid.0))?;
    set("time", vm.float(call.time(&run.world) as f64 / 1e9)?)?;
    let args = vm.hash()?;
    for index in 0..count(call) {
        let entry = call.syscall().map(|entry| entry.args_of(&call.made.args)[index]);
        let name = entry.map_or_else(|| format!("arg{index}"), |arg| arg.name.to_string());
        // A pointer that can't be followed is its address here, for the rest is still good.
        let value = match values::argument(run, call, index) {
            Ok(value) => value,
            Err(_) => vm.unsigned(call.now().args[index])?,
        };
        vm.hash_set(args, vm.intern(&name)?, value)?;
    }
    set("args", args)?;
    if let Some(result) = call.result() {
        set("result", vm.integer(result)?)?;
    }
    if let Some(number) = call.errno() {
        set("error", values::errno(vm, number)?)?;
    }
    if let Some(nanos) = call.elapsed() {
        set("elapsed", vm.float(nanos as f64 / 1e9)?)?;
    }
    Ok(hash)
}
