//! Which parts a VM gets, and how: some at once, some when their constants are first asked for.
//!
//! `Module#const_missing` brings a part in, so that opening a VM costs only what every script uses.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use mruby::{Error, Value, Vm};

use crate::host::Host;
use crate::{
    errors, files, json, numbers, output, process, random, regexp, socket, strings, text, time,
};

/// A set of parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts(u32);

impl Parts {
    /// Methods of the core classes, `Regexp`, `Errno`, `Shellwords`, `Base64`. Always there.
    pub const CORE: Parts = Parts(1);
    /// `puts p print warn pp`, `$stdout`, `$stderr`.
    pub const OUTPUT: Parts = Parts(2);
    /// `JSON`
    pub const JSON: Parts = Parts(4);
    /// `Time`, `sleep`, `Process.clock_gettime`
    pub const TIME: Parts = Parts(8);
    /// `File`, `Dir`, `IO`, `FileUtils`, `require_relative`, `load`
    pub const FILES: Parts = Parts(16);
    /// `ENV`, `ARGV`, `$0`, `Process`, `exit`, `at_exit`
    pub const PROCESS: Parts = Parts(32);
    /// `Socket`'s constants and `Addrinfo`
    pub const SOCKET: Parts = Parts(64);
    /// `Random` seeded by the kernel, `SecureRandom`
    pub const RANDOM: Parts = Parts(128);
    /// What neither reads files nor writes anywhere: for servers that run others' code.
    pub const PURE: Parts = Parts(1 | 4 | 8 | 128);
    /// Everything.
    pub const ALL: Parts = Parts(255);

    /// Whether all of `other` is in the set.
    #[must_use]
    pub const fn contains(self, other: Parts) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Parts) -> Parts {
        Parts(self.0 | other.0)
    }

    /// Without the parts of `other`.
    #[must_use]
    pub const fn without(self, other: Parts) -> Parts {
        Parts(self.0 & !other.0)
    }
}

/// The bytecode of `prelude/NAME.rb`.
macro_rules! prelude {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".mrb"))
    };
}

/// A part that comes when one of its constants is asked for.
struct Lazy {
    constants: &'static [&'static str],
    needs: Parts,
    install: fn(&Vm, &Rc<dyn Host>) -> Result<(), Error>,
    bytecode: &'static [u8],
}

const LAZY: &[Lazy] = &[
    Lazy {
        constants: &["JSON"],
        needs: Parts::JSON,
        install: json::install,
        bytecode: prelude!("json"),
    },
    Lazy {
        constants: &["Time"],
        needs: Parts::TIME,
        install: time::install,
        bytecode: prelude!("time"),
    },
    Lazy {
        constants: &["IO", "File", "Dir", "FileUtils", "FileTest", "STDIN"],
        needs: Parts::FILES,
        install: files::install,
        bytecode: prelude!("files"),
    },
    Lazy {
        constants: &["Process", "ENV"],
        needs: Parts::PROCESS,
        install: process::install,
        bytecode: prelude!("process"),
    },
    Lazy {
        constants: &["Socket", "Addrinfo", "SocketError"],
        needs: Parts::SOCKET,
        install: socket::install,
        bytecode: prelude!("socket"),
    },
    Lazy {
        constants: &["SecureRandom"],
        needs: Parts::RANDOM,
        install: random::install,
        bytecode: prelude!("securerandom"),
    },
    Lazy {
        constants: &["Base64", "Shellwords"],
        needs: Parts::CORE,
        install: |_, _| Ok(()),
        bytecode: prelude!("text"),
    },
    Lazy {
        constants: &[
            "OpenStruct",
            "StringIO",
            "StringScanner",
            "Singleton",
            "Forwardable",
            "SimpleDelegator",
            "Benchmark",
        ],
        needs: Parts::CORE,
        install: |_, _| Ok(()),
        bytecode: prelude!("objects"),
    },
];

/// Puts the parts into a VM. Ask once for each VM.
///
/// # Errors
/// `NoMemoryError`.
pub fn install(vm: &Vm, parts: Parts, host: Rc<dyn Host>) -> Result<(), Error> {
    let regexps = regexp::install(vm)?;
    strings::install(vm, &regexps)?;
    text::install(vm)?;
    numbers::install(vm)?;
    errors::install(vm)?;
    if parts.contains(Parts::JSON) {
        json::install_eagerly(vm)?;
    }
    vm.load(prelude!("core"))?;
    if parts.contains(Parts::OUTPUT) {
        output::install(vm, &host)?;
        vm.load(prelude!("output"))?;
    }
    if parts.contains(Parts::TIME) {
        process::install_sleep(vm, &host)?;
    }
    if parts.contains(Parts::PROCESS) {
        process::install_program(vm, &host)?;
        vm.load(prelude!("program"))?;
    }
    if parts.contains(Parts::FILES) {
        process::install_loading(vm, &host)?;
        vm.load(prelude!("loading"))?;
    }
    if parts.contains(Parts::RANDOM) {
        random::install_seed(vm, &host)?;
    }
    lazy(vm, parts, host)
}

fn lazy(vm: &Vm, parts: Parts, host: Rc<dyn Host>) -> Result<(), Error> {
    let loaded = Cell::new(0u32);
    // Of Module, for the constant may be named within one.
    vm.define_method(vm.constant("Module")?, "const_missing", move |vm, this, args| {
        args.arity(1..=1)?;
        let name = vm.to_s(args[0]);
        let part = LAZY.iter().enumerate().find(|(n, part)| {
            parts.contains(part.needs)
                && loaded.get() & 1 << n == 0
                && part.constants.contains(&name.as_str())
        });
        if let Some((n, part)) = part {
            loaded.set(loaded.get() | 1 << n);
            (part.install)(vm, &host)?;
            vm.load(part.bytecode)?;
            return vm.constant(&name);
        }
        let object = vm.constant("Object")?;
        let path = if this == object { name } else { alloc::format!("{}::{name}", vm.to_s(this)) };
        Err(name_error(vm, &path, args[0]))
    })
}

fn name_error(_vm: &Vm, path: &str, name: Value) -> Error {
    let text: String = alloc::format!("uninitialized constant {path}");
    Error::new("NameError", text).with_variable("@name", name)
}

/// Ends a program: runs its `at_exit` blocks, says what it died of, and answers its exit status.
pub fn finish(vm: &Vm, result: Result<Value, Error>) -> i32 {
    let mut died = Vec::new();
    // A block may add others, which come next.
    while let Ok(blocks) = vm.global("$__at_exit")
        && !blocks.is_nil()
        && let Ok(block) = vm.call(blocks, "pop", &[])
        && !block.is_nil()
    {
        died.extend(vm.call(block, "call", &[]).err());
    }
    let status = ended(vm, result);
    died.into_iter().fold(status, |_, error| ended(vm, Err(error)))
}

fn ended(vm: &Vm, result: Result<Value, Error>) -> i32 {
    let Err(error) = result else { return 0 };
    if error.class_name() == "SystemExit" {
        let status = vm.call(error.exception(vm), "status", &[]);
        return status.ok().and_then(Value::as_i64).map_or(1, |n| (n & 0xff) as i32);
    }
    let text = vm.string(alloc::format!("{error}\n"));
    let err = vm.global("$stderr").unwrap_or(Value::NIL);
    let _ = text.and_then(|text| vm.call(err, "write", &[text]));
    1
}
