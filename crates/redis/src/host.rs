//! The module as a whole: the scripts, the server's VM, the commands that the server knows.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CString, c_int};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::{fs, mem};

use mruby::Error;

use crate::background::{Pool, Sources};
use crate::context::{Context, Keys, Level, Node, Registration, Text};
use crate::definition::Command;
use crate::entry;
use crate::events::Events;
use crate::faults;
use crate::library::{Library, Origin, Script};
use crate::limits::Control;
use crate::panics;
use crate::runtime::{Check, Frame, Refusal, Runtime};
use crate::settings::Settings;
use crate::words::Words;

/// The module.
#[derive(Debug)]
pub struct Host {
    /// What it was told.
    pub settings: Settings,
    /// The scripts.
    pub library: RefCell<Library>,
    /// Events and rhythms.
    pub events: Events,
    /// Background work.
    pub pool: Rc<Pool>,
    /// Ends calls.
    pub control: Arc<Control>,
    /// How many VMs had to be given up.
    pub rebuilt: Cell<u64>,
    runtime: RefCell<Rc<Runtime>>,
    registered: RefCell<HashMap<String, Shape>>,
    /// How many commands of ours are in progress, one within the other.
    depth: Cell<u32>,
    /// The context of the outermost.
    outermost: Cell<Option<Context>>,
    panics: Cell<u64>,
}

/// What the server was told of a command and can't be told anew.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    flags: CString,
    keys: Keys,
    arity: c_int,
}

/// How a client calls a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By its name.
    Name,
    /// By its name, but keys and flags are those it had first.
    NameAsBefore,
    /// With `RUBY.CALL`: the server takes no new commands while it runs.
    Call,
}

impl Host {
    /// The module with an empty VM.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let (control, pool) = (Arc::new(Control::default()), Rc::new(Pool::new(&settings)));
        let runtime = Runtime::new(&settings, Arc::clone(&control), Some(Rc::clone(&pool)))?;
        Ok(Host {
            settings,
            library: RefCell::default(),
            events: Events::default(),
            pool,
            control,
            rebuilt: Cell::new(0),
            runtime: RefCell::new(Rc::new(runtime)),
            registered: RefCell::default(),
            depth: Cell::new(0),
            outermost: Cell::new(None),
            panics: Cell::new(0),
        })
    }

    /// The VM of the server's thread.
    pub fn runtime(&self) -> Rc<Runtime> {
        Rc::clone(&self.runtime.borrow())
    }

    // ---- calls ----

    /// Runs what the server has asked for. When the outermost of it is over, a VM in which a native
    /// method has panicked, or that is full, makes room for a new one.
    pub fn enter<R>(&self, context: Context, run: impl FnOnce(&Self) -> R) -> R {
        struct Leave<'a>(&'a Host, Context);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                let depth = self.0.depth.get() - 1;
                self.0.depth.set(depth);
                if depth == 0 {
                    self.0.outermost.set(None);
                    self.0.after(self.1);
                }
            }
        }
        if self.depth.get() == 0 {
            self.outermost.set(Some(context));
            self.panics.set(panics::on_this_thread());
        }
        self.depth.set(self.depth.get() + 1);
        let _leave = Leave(self, context);
        run(self)
    }

    #[inline]
    fn after(&self, context: Context) {
        if panics::on_this_thread() != self.panics.get() {
            self.rebuild(context, "a panic");
        } else if self.runtime.borrow().is_full(self.settings.memory) {
            self.rebuild(context, "the scripts' objects, which have used up max-memory");
        }
    }

    /// A new VM with all scripts.
    fn rebuild(&self, context: Context, why: &str) {
        context.log(Level::Warning, &format!("Ruby starts anew after {why}"));
        let pool = Some(Rc::clone(&self.pool));
        let runtime = match Runtime::new(&self.settings, Arc::clone(&self.control), pool) {
            Ok(runtime) => Rc::new(runtime),
            Err(error) => return context.log(Level::Warning, &format!("no new VM: {error}")),
        };
        for script in self.library.borrow().iter() {
            if let Err(error) = runtime.load(&script.name, &script.source) {
                context.log(Level::Warning, &format!("{}: {error}", script.name));
            }
        }
        let old = self.runtime.replace(runtime);
        // Whatever state it is in, it will not be touched again.
        mem::forget(old);
        self.rebuilt.set(self.rebuilt.get() + 1);
        self.events.follow(context, &self.runtime());
    }

    /// Whether whoever is behind this call may run a command. What runs on behalf of the server, the
    /// master or a trusted script may; a caller whom the server can't name may not.
    pub fn may(&self, context: Context, command: &str, args: &Words) -> bool {
        let trusted = match self.runtime().state.frame() {
            Some(frame) => frame.check == Check::Nobody,
            None => context.is_replicated(),
        };
        // A call within a call comes from a client that the server has made up for it.
        let client = self.outermost.get().unwrap_or(context);
        trusted
            || client
                .allows(&client.user().unwrap_or_default(), command.as_bytes(), args)
                .unwrap_or(true)
    }

    /// Whether the client may load and evaluate Ruby. From 7.2 on the module's commands are in
    /// categories, and the server has asked; before that whoever has `+@all -@admin` would get them,
    /// so the right to CONFIG SET stands for the right to these.
    pub fn may_administer(&self, context: Context) -> bool {
        context.has_categories() || {
            let args = [&b"SET"[..], b"maxmemory", b"0"].into_iter().collect();
            self.may(context, "CONFIG", &args)
        }
    }

    /// Runs a command in Ruby.
    pub fn run(&self, context: Context, command: &Command, given: &[Text]) {
        faults::point("command");
        if !command.takes(given.len()) {
            return context.wrong_arity();
        }
        let runtime = self.runtime();
        let check = runtime.state.check(command.checked);
        let frame = Frame { context, writes: command.writes, check, client: true, threaded: false };
        if command.background && !context.may_not_block() {
            command.calls.set(command.calls.get() + 1);
            return self.pool.run_command(frame, command, given);
        }
        runtime.run_command(frame, command, given);
    }

    // ---- scripts ----

    /// Loads a script and makes its commands known. Answers each of them with the way to it.
    pub fn load(
        &self,
        context: Context,
        script: Script,
    ) -> Result<Vec<(Rc<Command>, Way)>, Refusal> {
        faults::point("load");
        let runtime = self.runtime();
        let former = self.library.borrow().get(&script.name).cloned();
        runtime.load(&script.name, &script.source)?;
        let commands = runtime.of_script(&script.name, |all| all.commands.clone());
        let commands = commands.unwrap_or_default();
        for command in &commands {
            if !self.registered.borrow().contains_key(&command.name)
                && server_has(context, &command.name)
            {
                // What was there before comes back.
                match former {
                    Some(former) => drop(runtime.load(&former.name, &former.source)),
                    None => runtime.remove(&script.name),
                }
                let name = &command.name;
                return Err(format!("ERR the server has a command {name} already"));
            }
        }
        self.library.borrow_mut().put(script);
        self.changed(context);
        let way = |command: Rc<Command>| {
            let way = self.register(context, &command);
            (command, way)
        };
        Ok(commands.into_iter().map(way).collect())
    }

    /// Forgets a script. Its commands stay known to the server, and answer that they are no more.
    pub fn delete(&self, context: Context, name: &str) -> bool {
        if self.library.borrow_mut().remove(name).is_none() {
            return false;
        }
        self.runtime().remove(name);
        self.changed(context);
        true
    }

    fn changed(&self, context: Context) {
        let library = self.library.borrow();
        let sources: Sources =
            Arc::new(library.iter().map(|all| (all.name.clone(), all.source.clone())).collect());
        self.pool.set_sources(sources);
        self.events.follow(context, &self.runtime());
    }

    /// Makes the server know a command, if it still takes any.
    fn register(&self, context: Context, command: &Command) -> Way {
        let shape =
            Shape { flags: command.flags.clone(), keys: command.keys, arity: command.arity() };
        if let Some(known) = self.registered.borrow().get(&command.name) {
            return if *known == shape { Way::Name } else { Way::NameAsBefore };
        }
        let Ok(name) = CString::new(command.name.as_str()) else { return Way::Call };
        let registration = Registration {
            name: &name,
            flags: &command.flags,
            keys: command.keys,
            writes: command.writes,
            arity: command.arity(),
            summary: &command.summary,
        };
        if faults::strikes("register") || !context.register(&registration, entry::ruby_command) {
            return Way::Call;
        }
        self.registered.borrow_mut().insert(command.name.clone(), shape);
        Way::Name
    }

    /// Whether the server was told of a command.
    pub fn knows(&self, name: &str) -> bool {
        self.registered.borrow().contains_key(name)
    }

    /// Loads all scripts of the directory, in the order of their names. One that fails is logged:
    /// a server that does not start would be worse.
    pub fn load_directory(&self, context: Context) -> Result<(), String> {
        let Some(dir) = &self.settings.dir else { return Ok(()) };
        let unreadable = |error| format!("dir {}: {error}", dir.display());
        let entries = fs::read_dir(dir).map_err(unreadable)?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "rb"));
        files.sort();
        for file in files {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let loaded = fs::read(&file).map_err(|error| error.to_string()).and_then(|source| {
                self.load(context, Script { name, source, origin: Origin::File(file.clone()) })
            });
            if let Err(error) = loaded {
                context.log(Level::Warning, &format!("{}: {error}", file.display()));
            }
        }
        Ok(())
    }

    /// A script's file: in the directory, and nowhere else.
    pub fn file(&self, path: &str) -> Result<PathBuf, String> {
        let dir = self.settings.dir.as_deref().ok_or("ERR the module was loaded without a dir")?;
        let real = |path: &Path| {
            path.canonicalize().map_err(|error| format!("ERR {}: {error}", path.display()))
        };
        let (dir, file) = (real(dir)?, real(&dir.join(path))?);
        if !file.starts_with(&dir) {
            return Err(format!("ERR {path} is not in {}", dir.display()));
        }
        Ok(file)
    }

    /// Takes over what an RDB file, or `RUBY.RESTORE`, brings.
    pub fn restore(&self, context: Context, scripts: Vec<(String, Vec<u8>)>) {
        let of_clients: Vec<String> = {
            let library = self.library.borrow();
            let of_clients = library.iter().filter(|script| script.origin == Origin::Client);
            of_clients.map(|script| script.name.clone()).collect()
        };
        for name in of_clients {
            self.delete(context, &name);
        }
        for (name, source) in scripts {
            if self.library.borrow().get(&name).is_some() {
                context.log(Level::Notice, &format!("{name}: the file of the directory is taken"));
                continue;
            }
            let script = Script { name: name.clone(), source, origin: Origin::Client };
            if let Err(error) = self.load(context, script) {
                context.log(Level::Warning, &format!("{name}: {error}"));
            }
        }
    }

    /// The module goes. `false` while background work is in progress.
    pub fn close(&self, context: Context) -> bool {
        if self.control.is_running() || !self.pool.close() {
            return false;
        }
        self.events.stop(context);
        true
    }
}

/// Whether the server has a command of its own, or of another module, by this name.
fn server_has(context: Context, name: &str) -> bool {
    let args = [b"INFO", name.as_bytes()].into_iter().collect();
    let reply = context.call(c"COMMAND", "", &args);
    reply.is_some_and(|reply| {
        reply.item(0).is_some_and(|info| matches!(info.node(), Node::List(count) if count > 0))
    })
}
