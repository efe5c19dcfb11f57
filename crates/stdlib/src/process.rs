//! The half of `Process`, `ENV`, `ARGV`, `sleep`, `require_relative` and `exit` that Ruby can't do.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use mruby::{Error, Kind, Value, Vm};

use crate::errors::failed;
use crate::files::path_of;
use crate::host::Host;
use crate::kernel::Kernel;

/// What `require` answers true to: all of it is here already, or comes when it is named.
const KNOWN: &[&str] = &[
    "English",
    "base64",
    "bigdecimal/util",
    "bundler/setup",
    "date",
    "digest",
    "enumerator",
    "erb",
    "etc",
    "fiber",
    "fileutils",
    "forwardable",
    "io/console",
    "json",
    "logger",
    "monitor",
    "open3",
    "optparse",
    "ostruct",
    "pathname",
    "pp",
    "rational",
    "rbconfig",
    "securerandom",
    "set",
    "shellwords",
    "singleton",
    "socket",
    "stringio",
    "strscan",
    "tempfile",
    "thread",
    "time",
    "timeout",
    "tmpdir",
    "uri",
];

/// Of those, what is not here after all.
const MISSING: &[&str] = &[
    "bigdecimal/util",
    "bundler/setup",
    "date",
    "digest",
    "erb",
    "etc",
    "io/console",
    "logger",
    "open3",
    "optparse",
    "pathname",
    "rbconfig",
    "tempfile",
    "timeout",
    "uri",
];

/// `Process` and `ENV`.
pub(crate) fn install(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let process = vm.define_module(Value::NIL, "Process")?;
    let kernel = host.clone();
    vm.define_singleton_method(process, "__clock", move |vm, _, args| {
        let time = Kernel(&*kernel).clock(args.required(vm, 0)?);
        vm.to_ruby(time.map_err(|e| failed(vm, e, b"clock_gettime", ""))?)
    })?;
    let kernel = host.clone();
    vm.define_singleton_method(process, "__clock_resolution", move |vm, _, args| {
        let time = Kernel(&*kernel).clock_resolution(args.required(vm, 0)?);
        vm.to_ruby(time.map_err(|e| failed(vm, e, b"clock_getres", ""))?)
    })?;
    let kernel = host.clone();
    vm.define_singleton_method(process, "__plain", move |vm, _, args| {
        let (a, b) = (args.optional(vm, 1)?.unwrap_or(0), args.optional(vm, 2)?.unwrap_or(0));
        let result = Kernel(&*kernel).plain(args.required(vm, 0)?, a, b);
        vm.to_ruby(result.map_err(|e| failed(vm, e, b"", ""))?)
    })?;
    let kernel = host.clone();
    vm.define_singleton_method(process, "__kill", move |vm, _, args| {
        let result = Kernel(&*kernel).kill(args.required(vm, 0)?, args.required(vm, 1)?);
        result.map_err(|e| failed(vm, e, b"", ""))?;
        Ok(Value::NIL)
    })?;
    let all = host.clone();
    vm.define_method(vm.constant("Kernel")?, "__environment", move |vm, _, _| {
        let hash = vm.hash()?;
        for (name, value) in all.environment() {
            let value = vm.freeze(vm.string(value)?)?;
            vm.hash_set(hash, vm.string(name)?, value)?;
        }
        Ok(hash)
    })
}

/// `ARGV`, `$0`, `exit` and its kin.
pub(crate) fn install_program(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    vm.define_const(Value::NIL, "ARGV", vm.to_ruby(host.arguments())?)?;
    let name = vm.string(host.script())?;
    vm.set_global("$0", name)?;
    vm.set_global("$PROGRAM_NAME", name)?;
    vm.set_global("$$", vm.to_ruby(Kernel(&**host).pid())?)
}

/// `sleep`
pub(crate) fn install_sleep(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let host = host.clone();
    vm.define_method(vm.constant("Kernel")?, "sleep", move |vm, _, args| {
        args.arity(0..=1)?;
        if args.is_empty() {
            loop {
                host.sleep(3_600_000_000_000);
            }
        }
        let seconds: f64 = match args[0].kind() {
            Kind::Integer | Kind::Float | Kind::Rational => args.required(vm, 0)?,
            _ => {
                let class = vm.class_name(args[0]);
                let text = alloc::format!("can't convert {class} into time interval");
                return Err(Error::type_error(text));
            }
        };
        if !seconds.is_finite() || seconds < 0.0 {
            return Err(Error::argument("time interval must not be negative"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let nanoseconds = (seconds * 1e9) as u64;
        host.sleep(nanoseconds);
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        let rounded = (seconds + 0.5) as i64;
        vm.to_ruby(rounded)
    })
}

/// `require`, `require_relative`, `load`.
pub(crate) fn install_loading(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let kernel = vm.constant("Kernel")?;
    vm.define_method(kernel, "__known_part?", |vm, _, args| {
        let name: String = args.required(vm, 0)?;
        Ok((KNOWN.contains(&name.as_str()) && !MISSING.contains(&name.as_str())).into())
    })?;
    let script = host.clone();
    vm.define_method(kernel, "__caller_file", move |vm, this, _| {
        // The innermost frame with a line is the script's own: the prelude has no line numbers.
        let zero = vm.to_ruby(0)?;
        let frames = vm.call(this, "caller", &[zero]).and_then(|f| vm.items(f)).unwrap_or_default();
        for frame in frames {
            let frame = vm.bytes(frame).unwrap_or_default();
            let mut parts = frame.split(|b| *b == b':');
            let (file, line) = (parts.next().unwrap_or(b""), parts.next().unwrap_or(b""));
            let known = !matches!(file, b"" | b"(unknown)" | b"-e");
            if known && line.first().is_some_and(u8::is_ascii_digit) && line != b"0" {
                return vm.string(file);
            }
        }
        vm.string(script.script())
    })?;
    let host = host.clone();
    vm.define_method(kernel, "__run_file", move |vm, _, args| {
        args.arity(1..=1)?;
        let path = path_of(vm, args[0])?;
        let source = Kernel(&*host).read_file(&path);
        let source = source.map_err(|e| failed(vm, e, &path, ""))?;
        let name = String::from_utf8_lossy(&path).into_owned();
        let source = String::from_utf8(source)
            .map_err(|_| Error::new("LoadError", alloc::format!("{name} is not UTF-8")))?;
        vm.eval(&source, &name, 1)
    })?;
    vm.set_global("$LOADED_FEATURES", vm.to_ruby(Vec::<Value>::new())?)
}
