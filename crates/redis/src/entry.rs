//! Where the server enters the module. No panic leaves it: each function here catches.
//!
//! # Safety
//! The server calls these with a context and arguments that are good until they return, on its own
//! thread or under its lock; so there is never more than one caller, and [`HOST`] needs no lock.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use crate::api::{self, CommandFn, Ctx, ERR, OK, RawIo, RawText, TypeMethods, api};
use crate::context::{self, Context, Keys, Level, Registration, Text, log, server_version};
use crate::faults;
use crate::host::Host;
use crate::library::Library;
use crate::natives::NATIVES;
use crate::panics;
use crate::settings::Settings;

struct Cell(UnsafeCell<Option<Rc<Host>>>);

// SAFETY: see the module.
unsafe impl Sync for Cell {}

static HOST: Cell = Cell(UnsafeCell::new(None));

fn host() -> Option<Rc<Host>> {
    // SAFETY: see the module; the reference does not outlive the statement.
    unsafe { (*HOST.0.get()).clone() }
}

fn set_host(host: Option<Rc<Host>>) -> Option<Rc<Host>> {
    // SAFETY: as above.
    unsafe { std::mem::replace(&mut *HOST.0.get(), host) }
}

/// Runs a callback's body; after a panic, `failed` says so to whoever waits.
fn guarded<R>(run: impl FnOnce() -> R, failed: impl FnOnce(&str) -> R) -> R {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| failed(panics::message(&*panic)))
}

/// A command: `run` answers the client.
fn command(ctx: *mut Ctx, run: impl FnOnce(&Host, Context)) -> c_int {
    // SAFETY: see the module.
    let context = unsafe { Context::new(ctx) };
    guarded(
        || match host() {
            Some(host) => host.enter(context, |host| run(host, context)),
            None => context.error("ERR the module is not loaded"),
        },
        |panic| context.error(&format!("RUBYERR panic: {panic}: a bug in the module, see the log")),
    );
    OK
}

/// What is no command: there is nobody to answer.
fn callback(ctx: *mut Ctx, run: impl FnOnce(&Host, Context)) {
    // SAFETY: see the module.
    let context = unsafe { Context::new(ctx) };
    let run = || {
        if let Some(host) = host() {
            host.enter(context, |host| run(host, context));
        }
    };
    // The panic hook has written the log.
    guarded(run, |_| ());
}

/// All commands written in Ruby: the first argument says which.
pub unsafe extern "C" fn ruby_command(
    ctx: *mut Ctx,
    argv: *mut *mut RawText,
    argc: c_int,
) -> c_int {
    // SAFETY: see the module.
    let args = unsafe { Text::list(argv, argc) };
    command(ctx, |host, context| {
        let Some((name, given)) = args.split_first() else { return context.wrong_arity() };
        match host.runtime().command_called(name.bytes()) {
            Some(command) => host.run(context, &command, given),
            None => {
                let name = name.text();
                context.error(&format!("ERR no script has a command {name} any more"));
            }
        }
    })
}

/// One of the module's own commands.
unsafe extern "C" fn native<const N: usize>(
    ctx: *mut Ctx,
    argv: *mut *mut RawText,
    argc: c_int,
) -> c_int {
    // SAFETY: see the module.
    let args = unsafe { Text::list(argv, argc) };
    command(ctx, |host, context| {
        if context.asks_for_keys() {
            return name_keys(context, NATIVES[N].keys, args);
        }
        if NATIVES[N].is_for_administrators() && !host.may_administer(context) {
            let text = "NOPERM only who may CONFIG SET may use this command on this server";
            return context.error(text);
        }
        (NATIVES[N].run)(host, context, args.get(1..).unwrap_or(&[]));
    })
}

/// 6.2 can't be told that an argument counts the keys: it asks, for each call.
fn name_keys(context: Context, keys: Keys, args: &[Text]) {
    let Keys::Counted { at } = keys else { return };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let Some(count) = args.get(at).and_then(|count| count.text().parse::<usize>().ok()) else {
        return;
    };
    (at + 1..args.len()).take(count).for_each(|position| context.key_at(position));
}

macro_rules! natives {
    ($($n:literal)*) => { [$(native::<$n> as CommandFn),*] };
}

/// One function for each line of [`NATIVES`].
static NATIVE: [CommandFn; NATIVES.len()] = natives!(0 1 2 3 4 5 6 7 8 9 10 11 12);

/// A timer has run out; its data is the number of what it was for.
pub unsafe extern "C" fn timer(ctx: *mut Ctx, data: *mut c_void) {
    callback(ctx, |host, context| host.events.timer(context, &host.runtime(), data.addr()));
}

/// A command that caused events is done.
pub unsafe extern "C" fn after_command(ctx: *mut Ctx, _: *mut c_void) {
    callback(ctx, |host, context| host.events.tell(context, &host.runtime()));
}

/// Something has happened to a key.
pub unsafe extern "C" fn keyspace_event(
    ctx: *mut Ctx,
    class: c_int,
    event: *const c_char,
    key: *mut RawText,
) -> c_int {
    // SAFETY: see the module; the event is a C string, the key an argument of one.
    let (event, mut key) = (unsafe { CStr::from_ptr(event) }, key);
    // SAFETY: as above.
    let key = unsafe { Text::list(&raw mut key, 1) };
    callback(ctx, |host, context| {
        faults::point("event");
        host.events.note(context, class, &event.to_string_lossy(), key[0].bytes());
    });
    OK
}

// ---- the RDB file ----

unsafe extern "C" fn aux_save(io: *mut RawIo, _: c_int) {
    let dump = guarded(
        || {
            faults::point("save");
            host().map(|host| host.library.borrow().dump())
        },
        |_| None,
    );
    let dump = dump.unwrap_or_else(|| Library::default().dump());
    // SAFETY: the server's file, and our bytes.
    unsafe { (api().SaveStringBuffer)(io, dump.as_ptr().cast(), dump.len()) }
}

unsafe extern "C" fn aux_load(io: *mut RawIo, version: c_int, _: c_int) -> c_int {
    if version != TYPE_VERSION {
        log(Level::Warning, "the scripts in the RDB file are of a newer version of the module");
        return ERR;
    }
    let mut len = 0;
    // SAFETY: the server's file; what it answers is ours to free.
    let dump = unsafe {
        let bytes = (api().LoadStringBuffer)(io, &raw mut len);
        if bytes.is_null() {
            return ERR;
        }
        let dump = std::slice::from_raw_parts(bytes.cast::<u8>(), len).to_vec();
        (api().Free)(bytes.cast());
        dump
    };
    let Some(scripts) = Library::read(&dump) else {
        log(Level::Warning, "the scripts in the RDB file are damaged");
        return ERR;
    };
    let own = context::OwnContext::detached();
    guarded(
        || {
            faults::point("restore");
            if let Some(host) = host() {
                host.enter(own.context(), |host| host.restore(own.context(), scripts));
            }
        },
        |_| (),
    );
    OK
}

/// Keys of our type: there are none.
unsafe extern "C" fn no_load(_: *mut RawIo, _: c_int) -> *mut c_void {
    ptr::null_mut()
}
unsafe extern "C" fn no_save(_: *mut RawIo, _: *mut c_void) {}
unsafe extern "C" fn no_rewrite(_: *mut RawIo, _: *mut RawText, _: *mut c_void) {}
unsafe extern "C" fn no_free(_: *mut c_void) {}

const TYPE_VERSION: c_int = 1;

fn register_type(ctx: *mut Ctx) -> bool {
    const BEFORE_RDB: c_int = 1;
    let methods = TypeMethods {
        version: 3,
        rdb_load: Some(no_load),
        rdb_save: Some(no_save),
        aof_rewrite: Some(no_rewrite),
        mem_usage: ptr::null(),
        digest: ptr::null(),
        free: Some(no_free),
        aux_load: Some(aux_load),
        aux_save: Some(aux_save),
        aux_save_triggers: BEFORE_RDB,
        free_effort: ptr::null(),
        unlink: ptr::null(),
        copy: ptr::null(),
        defrag: ptr::null(),
    };
    // SAFETY: OnLoad's context; the server copies the methods. Names of types have nine letters.
    let made = unsafe {
        (api().CreateDataType)(ctx, c"hijinksrb".as_ptr(), TYPE_VERSION, &raw const methods)
    };
    !made.is_null()
}

// ---- loading and unloading ----

fn register_natives(context: Context) -> Result<(), String> {
    for (native, run) in NATIVES.iter().zip(NATIVE) {
        let mut flags = native.flags.to_string_lossy().into_owned();
        if server_version() < 0x0007_0000 {
            flags = flags.replace(" allow-busy", "");
            if matches!(native.keys, Keys::Counted { .. }) {
                flags.push_str(" getkeys-api");
            }
        }
        let flags = std::ffi::CString::new(flags).expect("it was a C string");
        let registration = Registration {
            name: native.name,
            flags: &flags,
            keys: native.keys,
            writes: native.flags.to_bytes().starts_with(b"write"),
            arity: native.arity,
            summary: native.summary,
        };
        if !context.register(&registration, run) {
            return Err(format!("the command {} is taken", native.name.to_string_lossy()));
        }
        if native.is_for_administrators() {
            context.categorize(native.name, c"admin dangerous");
        }
    }
    Ok(())
}

fn load(ctx: *mut Ctx, args: &[Text]) -> Result<(), String> {
    // SAFETY: OnLoad's context.
    let context = unsafe { Context::new(ctx) };
    let words: Vec<String> = args.iter().map(Text::text).collect();
    let settings = Settings::read(&words).map_err(|error| error.to_string())?;
    let persist = settings.persist;
    let host = Rc::new(Host::new(settings).map_err(|error| error.to_string())?);
    register_natives(context)?;
    if persist && !register_type(ctx) {
        return Err("the server does not take the type that keeps scripts".into());
    }
    set_host(Some(Rc::clone(&host)));
    host.enter(context, |host| host.load_directory(context))
}

/// The server loads the module.
///
/// # Safety
/// Only the server calls this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RedisModule_OnLoad(
    ctx: *mut Ctx,
    argv: *mut *mut RawText,
    argc: c_int,
) -> c_int {
    // SAFETY: by the contract.
    if let Err(missing) = unsafe { api::attach(ctx, c"hijinks", 1) } {
        eprintln!("hijinks: this server lacks {missing}: Redis 6.2 or Valkey is wanted");
        return ERR;
    }
    panics::watch();
    // SAFETY: see the module.
    let args = unsafe { Text::list(argv, argc) };
    let loaded = guarded(|| load(ctx, args), |panic| Err(panic.to_string()));
    if let Err(why) = loaded {
        log(Level::Warning, &format!("hijinks: {why}"));
        set_host(None);
        return ERR;
    }
    OK
}

/// The server lets the module go, unless there is background work.
///
/// # Safety
/// Only the server calls this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RedisModule_OnUnload(ctx: *mut Ctx) -> c_int {
    // SAFETY: see the module.
    let context = unsafe { Context::new(ctx) };
    let closed = guarded(|| host().is_none_or(|host| host.close(context)), |_| false);
    if !closed {
        log(Level::Notice, "hijinks: there is background work in progress: not unloaded");
        return ERR;
    }
    guarded(|| drop(set_host(None)), |_| ());
    // The hook's code goes with us.
    drop(std::panic::take_hook());
    OK
}
