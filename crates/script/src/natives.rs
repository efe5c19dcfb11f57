//! `Hijinks.*`: what the prelude's Ruby asks of the native side. No words of a script.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;

use engine::{Frame, Pid};
use mruby::{Args, Error, Kind, Value, Vm};

use crate::fds::Opened;
use crate::process::FdKind;
use crate::run::{Run, Stream};
use crate::under_way::UnderWay;
use crate::values;

const AT_FDCWD: i32 = -100;

type Native = fn(&Rc<Run>, &Args<'_>) -> Result<Value, Error>;

const NATIVES: &[(&str, Native)] = &[
    ("flag_names", |run, args| {
        let vm = &run.vm;
        let (set, value) = set_and_value(run, args)?;
        let (names, rest) = set.split(value);
        let list = vm.array(&[])?;
        for name in names {
            // One name out of several keeps its prefix: SEEK_SET, AF_INET.
            let bare =
                if set.exclusive { name } else { name.strip_prefix(set.prefix()).unwrap_or(name) };
            vm.push(list, vm.string(bare)?)?;
        }
        if rest != 0 {
            vm.push(list, vm.string(format!("{rest:#x}"))?)?;
        }
        Ok(list)
    }),
    ("flag_value", |run, args| {
        let set = run.sets.get(args.required(&run.vm, 0)?);
        let name: String = run.vm.to_s(args.get(1));
        match set.and_then(|set| set.value(&name)) {
            Some(value) => run.vm.unsigned(value),
            None => Ok(Value::NIL),
        }
    }),
    ("flag_include", |run, args| {
        let (set, value) = set_and_value(run, args)?;
        let wanted = args.get(2);
        if let Some(bits) = wanted.as_i64() {
            return Ok((value & bits as u64 == bits as u64).into());
        }
        let name = run.vm.to_s(wanted);
        let Some(bits) = set.value(&name) else {
            return Err(Error::argument(format!("there is no flag :{name} here")));
        };
        let mask = set.flags.iter().find(|flag| flag.value == bits).map_or(bits, |flag| flag.mask);
        Ok((if set.exclusive { value == bits } else { value & mask == bits }).into())
    }),
    ("errno_name", |run, args| {
        let number: i32 = args.required(&run.vm, 0)?;
        let found = syscalls::errno::TABLE.iter().find(|(n, ..)| *n == number);
        run.vm.string(found.map_or("E?", |(_, name, _)| *name))
    }),
    ("set_field", |run, args| {
        let call = run.vm.data::<UnderWay>(args.get(0))?;
        let index: usize = args.required(&run.vm, 1)?;
        let name = run.vm.to_s(args.get(2));
        values::set_field(run, &call, index, &name, args.get(3))?;
        Ok(args.get(3))
    }),
    ("fd_path", |run, args| {
        let (pid, fd) = (Pid(args.required(&run.vm, 0)?), args.required::<i32>(&run.vm, 1)?);
        let path = match fd {
            AT_FDCWD => run.world.processes.cwd(pid),
            fd => run.world.processes.fd_path(pid, fd),
        };
        run.vm.to_ruby(path)
    }),
    ("fd_kind", |run, args| {
        let (pid, fd) = (Pid(args.required(&run.vm, 0)?), args.required(&run.vm, 1)?);
        let name = match run.world.processes.fd_kind(pid, fd) {
            None => return Ok(Value::NIL),
            Some(FdKind::File) => "file",
            Some(FdKind::Directory) => "directory",
            Some(FdKind::Socket) => "socket",
            Some(FdKind::Pipe) => "pipe",
            Some(FdKind::Tty) => "tty",
            Some(FdKind::Other) => "other",
        };
        Ok(run.vm.intern(name)?.into())
    }),
    ("opened_by", |run, args| {
        let (pid, fd) = (Pid(args.required(&run.vm, 0)?), args.required(&run.vm, 1)?);
        let recorder = run.world.recorder.borrow();
        match recorder.as_ref().and_then(|recorder| recorder.opened_by(pid, fd)) {
            Some(record) => opened(&run.vm, &record),
            None => Ok(Value::NIL),
        }
    }),
    ("now", |run, _| run.vm.float(run.world.kernel.monotonic() as f64 / 1e9)),
    ("process_exe", |run, args| {
        run.vm.string(&*run.world.processes.exe(Pid(args.required(&run.vm, 0)?)))
    }),
    ("process_cwd", |run, args| {
        run.vm.to_ruby(run.world.processes.cwd(Pid(args.required(&run.vm, 0)?)))
    }),
    ("process_strings", |run, args| {
        let pid = Pid(args.required(&run.vm, 0)?);
        run.vm.to_ruby(run.world.processes.strings(pid, &run.vm.to_s(args.get(1))))
    }),
    ("process_status", |run, args| {
        let pid = Pid(args.required(&run.vm, 0)?);
        run.vm.to_ruby(run.world.processes.status(pid, &run.vm.to_s(args.get(1))))
    }),
    ("process_children", |run, args| {
        let pid = Pid(args.required(&run.vm, 0)?);
        let children = run.world.processes.children(pid);
        run.vm.to_ruby(children.into_iter().map(|pid| pid.0).collect::<alloc::vec::Vec<_>>())
    }),
    ("process_fds", |run, args| {
        let pid = Pid(args.required(&run.vm, 0)?);
        run.vm.to_ruby(run.world.kernel.descriptors(pid).unwrap_or_default())
    }),
    ("stats_top", |run, args| {
        let n = args.required::<i64>(&run.vm, 0)?.max(0) as usize;
        run.vm.string(run.stats.top(n))
    }),
    ("who", |run, _| {
        let pid = run.now.borrow().as_ref().map(|call| call.pid);
        run.vm.to_ruby(pid.map(|pid| {
            format!("{}[{pid}]", crate::process::basename(&run.world.processes.exe(pid)))
        }))
    }),
    ("audit", |run, args| {
        run.audited.borrow_mut().count(&[&run.vm.to_s(args.get(0))]);
        run.say(Stream::Out, &format!("{}\n", run.vm.to_s(args.get(1))));
        Ok(Value::NIL)
    }),
    ("emit", |run, args| {
        let line = run.vm.to_s(args.get(0));
        run.say(Stream::Json, &format!("{line}\n"));
        Ok(Value::NIL)
    }),
];

fn set_and_value(run: &Run, args: &Args<'_>) -> Result<(&'static syscalls::FlagSet, u64), Error> {
    let set = run.sets.get(args.required(&run.vm, 0)?);
    let set = set.ok_or_else(|| Error::argument("there is no such set of flags"))?;
    let value = match args.get(1).kind() {
        Kind::BigInteger => run.vm.to_rust::<u64>(args.get(1))?,
        _ => args.required::<i64>(&run.vm, 1)? as u64,
    };
    Ok((set, value))
}

/// Defines the module.
///
/// # Errors
/// `NoMemoryError`
pub fn define(run: &Rc<Run>) -> Result<(), Error> {
    let module = run.vm.define_module(Value::NIL, "Hijinks")?;
    for (name, native) in NATIVES {
        let (weak, native) = (Rc::downgrade(run), *native);
        run.vm.define_singleton_method(module, *name, move |_, _, args| {
            let run = weak.upgrade().ok_or_else(|| Error::runtime("the script is gone"))?;
            native(&run, args)
        })?;
    }
    Ok(())
}

/// A native stack.
///
/// # Errors
/// `NoMemoryError`
pub fn frames(vm: &Vm, frames: &[Frame]) -> Result<Value, Error> {
    let class = vm.constant("Hijinks::Frame")?;
    let list = vm.array(&[])?;
    for frame in frames {
        let args = [
            vm.unsigned(frame.ip)?,
            vm.to_ruby(frame.module.as_deref())?,
            vm.to_ruby(frame.function.as_deref())?,
            vm.unsigned(frame.offset)?,
            vm.to_ruby(frame.file.as_deref())?,
            vm.to_ruby(frame.line)?,
        ];
        vm.push(list, vm.call(class, "new", &args)?)?;
    }
    Ok(list)
}

fn opened(vm: &Vm, record: &Opened) -> Result<Value, Error> {
    let name = syscalls::syscall(record.call.nr).map_or("", |call| call.name);
    let time = vm.float(record.time as f64 / 1e9)?;
    let args = [
        vm.string(name)?,
        vm.string(&record.line)?,
        Value::from(record.pid.0),
        Value::from(record.tid.0),
        vm.float(record.at as f64 / 1e9)?,
        vm.call(vm.constant("Time")?, "at", &[time])?,
        frames(vm, &record.stack)?,
    ];
    vm.call(vm.constant("Hijinks::Opened")?, "new", &args)
}
