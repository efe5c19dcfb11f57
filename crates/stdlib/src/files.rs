//! The half of `File`, `Dir` and `IO` that asks the kernel; the other half is `prelude/files.rb`.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use mruby::{Args, Error, Kind, Value, Vm};

use crate::errors::failed;
use crate::glob::glob;
use crate::host::Host;
use crate::kernel::{Errno, Kernel};
use crate::path;
use crate::regexp::string_bytes;

type Method = fn(&Vm, &Kernel<'_, dyn Host>, &Args<'_>) -> Result<Value, Error>;

/// A path: a String, or what `to_path` answers (a File, a Pathname).
pub(crate) fn path_of(vm: &Vm, value: Value) -> Result<Vec<u8>, Error> {
    let bytes = match value.kind() {
        Kind::String => vm.bytes(value)?,
        _ if value.responds_to(vm, "to_path") => vm.bytes(vm.call(value, "to_path", &[])?)?,
        Kind::Nil => return Err(Error::type_error("no implicit conversion of nil into String")),
        _ => string_bytes(vm, value)?,
    };
    if bytes.contains(&0) {
        return Err(Error::argument("string contains null byte"));
    }
    Ok(bytes)
}

fn home(host: &dyn Host) -> Vec<u8> {
    let found = host.environment().into_iter().find(|(name, _)| name == b"HOME");
    found.map_or_else(|| b"/".to_vec(), |(_, home)| home)
}

pub(crate) fn install(vm: &Vm, host: &Rc<dyn Host>) -> Result<(), Error> {
    let io = vm.define_class(Value::NIL, "IO", Value::NIL)?;
    let file = vm.define_class(Value::NIL, "File", io)?;
    let dir = vm.define_class(Value::NIL, "Dir", Value::NIL)?;
    let define = |class: Value, name: &'static str, method: Method| {
        let host = host.clone();
        vm.define_singleton_method(class, name, move |vm, _, args| {
            method(vm, &Kernel(&*host), args)
        })
    };
    descriptors(io, &define)?;
    names(file, &define)?;
    questions(file, &define)?;
    changes(file, &define)?;
    directories(dir, &define)
}

type Define<'d> = dyn Fn(Value, &'static str, Method) -> Result<(), Error> + 'd;

/// Descriptors: `IO` keeps the number and the buffer.
fn descriptors(io: Value, define: &Define<'_>) -> Result<(), Error> {
    define(io, "__open", |vm, kernel, args| {
        args.arity(3..=3)?;
        let path = path_of(vm, args[0])?;
        let fd = kernel.open(&path, args.required(vm, 1)?, args.required(vm, 2)?);
        vm.to_ruby(fd.map_err(|e| failed(vm, e, &path, "rb_sysopen"))?)
    })?;
    define(io, "__close", |vm, kernel, args| {
        kernel.close(args.required(vm, 0)?).map_err(|e| failed(vm, e, b"", ""))?;
        Ok(Value::NIL)
    })?;
    // At most so many bytes, or all there are; nil at the end.
    define(io, "__read", |vm, kernel, args| {
        let fd = args.required(vm, 0)?;
        let mut bytes = Vec::new();
        let result = match args.optional::<usize>(vm, 1)? {
            Some(most) => kernel.read(fd, &mut bytes, most).map(drop),
            None => kernel.read_all(fd, &mut bytes),
        };
        result.map_err(|e| failed(vm, e, b"", ""))?;
        if bytes.is_empty() { Ok(Value::NIL) } else { vm.string(bytes) }
    })?;
    define(io, "__put", |vm, kernel, args| {
        let bytes: Vec<u8> = args.required(vm, 1)?;
        kernel.write(args.required(vm, 0)?, &bytes).map_err(|e| failed(vm, e, b"", ""))?;
        vm.to_ruby(bytes.len())
    })?;
    define(io, "__seek", |vm, kernel, args| {
        let (fd, offset, whence) =
            (args.required(vm, 0)?, args.required(vm, 1)?, args.required(vm, 2)?);
        vm.to_ruby(kernel.seek(fd, offset, whence).map_err(|e| failed(vm, e, b"", ""))?)
    })?;
    define(io, "__sync", |vm, kernel, args| {
        kernel.sync(args.required(vm, 0)?).map_err(|e| failed(vm, e, b"", ""))?;
        vm.to_ruby(0)
    })?;
    define(io, "__truncate", |vm, kernel, args| {
        let result = kernel.truncate(args.required(vm, 0)?, args.required(vm, 1)?);
        result.map_err(|e| failed(vm, e, b"", ""))?;
        vm.to_ruby(0)
    })?;
    define(io, "__terminal?", |vm, kernel, args| {
        Ok(kernel.is_terminal(args.required(vm, 0)?).into())
    })?;
    define(io, "__fstat", |vm, kernel, args| {
        let stat = kernel.stat_of(args.required(vm, 0)?);
        vm.string(stat.map_err(|e| failed(vm, e, b"", ""))?)
    })
}

/// What can be said of a path without asking.
fn names(file: Value, define: &Define<'_>) -> Result<(), Error> {
    define(file, "basename", |vm, _, args| {
        args.arity(1..=2)?;
        let suffix: Option<Vec<u8>> = args.optional(vm, 1)?;
        vm.string(path::basename(&path_of(vm, args[0])?, suffix.as_deref().unwrap_or(b"")))
    })?;
    define(file, "dirname", |vm, _, args| {
        args.arity(1..=2)?;
        let mut dir = path_of(vm, args[0])?;
        for _ in 0..args.optional::<u32>(vm, 1)?.unwrap_or(1) {
            dir = path::dirname(&dir).to_vec();
        }
        vm.string(dir)
    })?;
    define(file, "extname", |vm, _, args| {
        args.arity(1..=1)?;
        vm.string(path::extname(&path_of(vm, args[0])?))
    })?;
    define(file, "split", |vm, _, args| {
        args.arity(1..=1)?;
        let path = path_of(vm, args[0])?;
        vm.to_ruby((path::dirname(&path), path::basename(&path, b"")))
    })?;
    define(file, "join", |vm, _, args| {
        fn add(vm: &Vm, item: Value, whole: &mut Option<Vec<u8>>) -> Result<(), Error> {
            if item.kind() == Kind::Array {
                return vm.items(item)?.into_iter().try_for_each(|item| add(vm, item, whole));
            }
            let part = path_of(vm, item)?;
            match whole {
                Some(whole) => path::join(whole, &part),
                None => *whole = Some(part),
            }
            Ok(())
        }
        let mut whole = None;
        args.positional().iter().try_for_each(|item| add(vm, *item, &mut whole))?;
        vm.string(whole.unwrap_or_default())
    })?;
    for name in ["expand_path", "absolute_path"] {
        define(file, name, |vm, kernel, args| {
            args.arity(1..=2)?;
            let cwd = || kernel.working_directory().map_err(|e| failed(vm, e, b"getcwd", ""));
            let path = path_of(vm, args[0])?;
            let home = home(kernel.0);
            let dir = match args.get(1).non_nil() {
                Some(dir) => {
                    let dir = path_of(vm, dir)?;
                    let base = if dir.starts_with(b"/") { Vec::new() } else { cwd()? };
                    path::expand(&dir, &base, &home)
                }
                None if path.starts_with(b"/") || path.starts_with(b"~") => Vec::new(),
                None => cwd()?,
            };
            vm.string(path::expand(&path, &dir, &home))
        })?;
    }
    for name in ["fnmatch", "fnmatch?"] {
        define(file, name, |vm, _, args| {
            args.arity(2..=3)?;
            let how = args.optional(vm, 2)?.unwrap_or(0);
            let pattern: Vec<u8> = args.required(vm, 0)?;
            Ok(path::fnmatch(&pattern, &path_of(vm, args[1])?, how).into())
        })?;
    }
    Ok(())
}

fn questions(file: Value, define: &Define<'_>) -> Result<(), Error> {
    // The bytes of struct stat: path, whether links are followed, CRuby's name of the place.
    define(file, "__stat", |vm, kernel, args| {
        args.arity(3..=3)?;
        let path = path_of(vm, args[0])?;
        let place: Option<String> = args.optional(vm, 2)?;
        let stat = kernel.stat(&path, args[1].truthy());
        match (stat, place) {
            (Ok(stat), _) => vm.string(stat),
            (Err(error), Some(place)) => Err(failed(vm, error, &path, &place)),
            (Err(_), None) => Ok(Value::NIL),
        }
    })?;
    define(file, "__access?", |vm, kernel, args| {
        args.arity(2..=2)?;
        Ok(kernel.access(&path_of(vm, args[0])?, args.required(vm, 1)?).is_ok().into())
    })?;
    define(file, "readlink", |vm, kernel, args| {
        args.arity(1..=1)?;
        let path = path_of(vm, args[0])?;
        vm.string(kernel.read_link(&path).map_err(|e| failed(vm, e, &path, "rb_readlink"))?)
    })?;
    define(file, "__whole", |vm, kernel, args| {
        args.arity(1..=1)?;
        let path = path_of(vm, args[0])?;
        vm.string(kernel.read_file(&path).map_err(|e| failed(vm, e, &path, "rb_sysopen"))?)
    })?;
    define(file, "__stat_fields", |vm, _, args| {
        let raw: Vec<u8> = args.required(vm, 0)?;
        if raw.len() < 120 {
            return Err(Error::argument("struct stat has 144 bytes"));
        }
        let wide = |at: usize| {
            let bytes = raw.get(at..at + 8).and_then(|b| b.try_into().ok());
            i64::from_le_bytes(bytes.unwrap_or_default())
        };
        let narrow = |at: usize| wide(at) & 0xffff_ffff;
        let fields = [
            wide(0),
            wide(8),
            wide(16),
            narrow(24),
            narrow(28),
            narrow(32),
            wide(40),
            wide(48),
            wide(56),
            wide(64),
            wide(72),
            wide(80),
            wide(88),
            wide(96),
            wide(104),
            wide(112),
        ];
        vm.to_ruby(fields.as_slice())
    })
}

fn changes(file: Value, define: &Define<'_>) -> Result<(), Error> {
    define(file, "__unlink", |vm, kernel, args| {
        args.arity(1..=1)?;
        let path = path_of(vm, args[0])?;
        kernel.remove(&path, false).map_err(|e| failed(vm, e, &path, "apply2files"))?;
        Ok(Value::NIL)
    })?;
    type Two = fn(&Kernel<'_, dyn Host>, &[u8], &[u8]) -> Result<(), Errno>;
    fn two(
        vm: &Vm,
        kernel: &Kernel<'_, dyn Host>,
        args: &Args<'_>,
        place: &str,
        call: Two,
    ) -> Result<Value, Error> {
        args.arity(2..=2)?;
        let (from, to) = (path_of(vm, args[0])?, path_of(vm, args[1])?);
        call(kernel, &from, &to).map_err(|e| {
            let both = [&b"("[..], &from, b", ", &to, b")"].concat();
            failed(vm, e, &both, place)
        })?;
        vm.to_ruby(0)
    }
    define(file, "rename", |vm, kernel, args| {
        two(vm, kernel, args, "rb_file_s_rename", |k, a, b| k.rename(a, b))
    })?;
    define(file, "symlink", |vm, kernel, args| {
        two(vm, kernel, args, "rb_file_s_symlink", |k, a, b| k.make_symlink(a, b))
    })?;
    define(file, "link", |vm, kernel, args| {
        two(vm, kernel, args, "rb_file_s_link", |k, a, b| k.make_link(a, b))
    })?;
    define(file, "__chmod", |vm, kernel, args| {
        let path = path_of(vm, args.get(1))?;
        let result = kernel.change_mode(&path, args.required(vm, 0)?);
        result.map_err(|e| failed(vm, e, &path, "apply2files"))?;
        Ok(Value::NIL)
    })?;
    define(file, "__chown", |vm, kernel, args| {
        let path = path_of(vm, args.get(2))?;
        let (uid, gid) = (args.optional(vm, 0)?.unwrap_or(-1), args.optional(vm, 1)?.unwrap_or(-1));
        let result = kernel.change_owner(&path, uid, gid);
        result.map_err(|e| failed(vm, e, &path, "apply2files"))?;
        Ok(Value::NIL)
    })?;
    define(file, "__utime", |vm, kernel, args| {
        args.arity(5..=5)?;
        let path = path_of(vm, args[4])?;
        let times = [
            args.required(vm, 0)?,
            args.required(vm, 1)?,
            args.required(vm, 2)?,
            args.required(vm, 3)?,
        ];
        kernel.change_times(&path, times).map_err(|e| failed(vm, e, &path, "apply2files"))?;
        Ok(Value::NIL)
    })?;
    define(file, "umask", |vm, kernel, args| {
        let mask = args.optional(vm, 0)?;
        let before = kernel.umask(mask.unwrap_or(0)).map_err(|e| failed(vm, e, b"umask", ""))?;
        if mask.is_none() {
            kernel.umask(before).map_err(|e| failed(vm, e, b"umask", ""))?;
        }
        vm.to_ruby(before)
    })
}

fn directories(dir: Value, define: &Define<'_>) -> Result<(), Error> {
    define(dir, "__entries", |vm, kernel, args| {
        args.arity(1..=1)?;
        let path = path_of(vm, args[0])?;
        let entries = kernel.entries(&path);
        let entries = entries.map_err(|e| failed(vm, e, &path, "dir_initialize"))?;
        vm.to_ruby(entries.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
    })?;
    for name in ["pwd", "getwd"] {
        define(dir, name, |vm, kernel, _| {
            vm.string(kernel.working_directory().map_err(|e| failed(vm, e, b"getcwd", ""))?)
        })?;
    }
    define(dir, "__chdir", |vm, kernel, args| {
        let path = path_of(vm, args.get(0))?;
        kernel.change_directory(&path).map_err(|e| failed(vm, e, &path, "dir_chdir"))?;
        vm.to_ruby(0)
    })?;
    define(dir, "mkdir", |vm, kernel, args| {
        args.arity(1..=2)?;
        let path = path_of(vm, args[0])?;
        let mode = args.optional(vm, 1)?.unwrap_or(0o777);
        kernel.make_directory(&path, mode).map_err(|e| failed(vm, e, &path, "dir_s_mkdir"))?;
        vm.to_ruby(0)
    })?;
    for name in ["rmdir", "delete", "unlink"] {
        define(dir, name, |vm, kernel, args| {
            args.arity(1..=1)?;
            let path = path_of(vm, args[0])?;
            kernel.remove(&path, true).map_err(|e| failed(vm, e, &path, "dir_s_rmdir"))?;
            vm.to_ruby(0)
        })?;
    }
    // One pattern, flags, base or nil.
    define(dir, "__glob", |vm, kernel, args| {
        args.arity(3..=3)?;
        let pattern = path_of(vm, args[0])?;
        let base = args.get(2).non_nil().map(|base| path_of(vm, base)).transpose()?;
        let found = glob(kernel, &pattern, args.required(vm, 1)?, base.as_deref());
        vm.to_ruby(found)
    })?;
    define(dir, "home", |vm, kernel, _| vm.string(home(kernel.0)))
}
