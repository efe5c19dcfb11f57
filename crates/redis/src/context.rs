//! What the server lends to a callback, made safe: the context, strings, replies.
//!
//! # Safety
//! A [`Context`] is made from what the server gave to a callback (or from a thread-safe context that
//! a guard frees) and is used until that callback returns: whoever keeps one for the length of a
//! call puts it into a [`Frame`](crate::runtime::Frame), which a guard takes back. Strings of a
//! callback live as long as their slice; replies borrow from the one that owns them. Contexts of
//! other threads are used under the server's lock only, which [`Context::locked`] takes.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_int, c_long};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use crate::api::{
    self, Begin, CommandFn, CommandInfo, Ctx, EventFn, InfoVersion, KeySpec, RawBlocked, RawReply,
    RawText, TimerFn, api,
};
use crate::words::Words;

/// A string of the server, lent.
#[repr(transparent)]
#[derive(Debug)]
pub struct Text(NonNull<RawText>);

impl Text {
    /// The arguments of a callback.
    ///
    /// # Safety
    /// The server gave them, and the slice is not used after the callback.
    pub unsafe fn list<'a>(argv: *mut *mut RawText, argc: c_int) -> &'a [Text] {
        // OnLoad without words gets a null pointer.
        let argc = usize::try_from(argc).unwrap_or(0);
        if argc == 0 || argv.is_null() {
            return &[];
        }
        // SAFETY: by the contract; a Text is the pointer, which is never null in an argv.
        unsafe { std::slice::from_raw_parts(argv.cast::<Text>(), argc) }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        let mut len = 0;
        // SAFETY: see the module.
        unsafe {
            let p = (api().StringPtrLen)(self.0.as_ptr(), &raw mut len);
            std::slice::from_raw_parts(p.cast(), len)
        }
    }

    /// Its bytes as text, for names and messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

/// A string of the server that is ours and belongs to no context. Its count of references is no
/// atomic: it is made, used and dropped on the server's thread, or under its lock.
#[repr(transparent)]
#[derive(Debug)]
struct OwnText(Text);

impl OwnText {
    fn new(bytes: &[u8]) -> Self {
        // SAFETY: a null context makes a string that is ours to free.
        let raw =
            unsafe { (api().CreateString)(ptr::null_mut(), bytes.as_ptr().cast(), bytes.len()) };
        OwnText(Text(NonNull::new(raw).expect("the server ends itself when out of memory")))
    }
}

impl Drop for OwnText {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { (api().FreeString)(ptr::null_mut(), self.0.0.as_ptr()) }
    }
}

/// The server, as seen from a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context(NonNull<Ctx>);

const LUA: c_int = 1 << 0;
const SLAVE: c_int = 1 << 3;
const REPLICATED: c_int = 1 << 12;
const LOADING: c_int = 1 << 13;

/// How a command's keys are found in its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// There are none.
    None,
    /// From the `first` argument (the command is number 0) to the `last` (negative: from the end).
    Range {
        /// Where the first key is.
        first: c_int,
        /// Where the last one is.
        last: c_int,
        /// How far the next one is.
        step: c_int,
    },
    /// An argument says how many keys follow it, as in `EVAL`.
    Counted {
        /// Where the number is.
        at: c_int,
    },
}

/// A command to register.
#[derive(Debug)]
pub struct Registration<'a> {
    /// Its name.
    pub name: &'a CStr,
    /// The server's words: `"write deny-oom"`.
    pub flags: &'a CStr,
    /// Where its keys are.
    pub keys: Keys,
    /// Whether it may change them.
    pub writes: bool,
    /// How many arguments, its name included; negative: at least so many.
    pub arity: c_int,
    /// What `COMMAND DOCS` says.
    pub summary: &'a CStr,
}

impl Context {
    /// # Safety
    /// `ctx` was given by the server; see the module.
    pub unsafe fn new(ctx: *mut Ctx) -> Self {
        Context(NonNull::new(ctx).expect("the server gives a context to every callback"))
    }

    fn raw(self) -> *mut Ctx {
        self.0.as_ptr()
    }

    // ---- what the server is ----

    /// The flags of `RedisModule_GetContextFlags`: all of them each time, so not for hot paths.
    fn flags(self) -> c_int {
        // SAFETY: see the module.
        unsafe { (api().GetContextFlags)(self.raw()) }
    }

    /// Whether the client can't wait: in a transaction, a Lua script, a nested call.
    pub fn may_not_block(self) -> bool {
        const MULTI: c_int = 1 << 1;
        const DENY_BLOCKING: c_int = 1 << 21;
        self.flags() & (LUA | MULTI | DENY_BLOCKING) != 0
    }

    /// Whether this server follows a master.
    pub fn is_replica(self) -> bool {
        self.flags() & SLAVE != 0
    }

    /// Whether the command comes from the master or the append only file, whose word is law.
    pub fn is_replicated(self) -> bool {
        self.flags() & (REPLICATED | LOADING) != 0
    }

    /// Whether what happens to keys here is only the echo of what happened elsewhere, or before.
    pub fn is_an_echo(self) -> bool {
        self.flags() & (SLAVE | REPLICATED | LOADING) != 0
    }

    /// Whether a command asks where its keys are, instead of running.
    pub fn asks_for_keys(self) -> bool {
        // SAFETY: see the module.
        unsafe { (api().IsKeysPositionRequest)(self.raw()) != 0 }
    }

    /// An answer to that.
    pub fn key_at(self, position: usize) {
        // SAFETY: see the module.
        unsafe { (api().KeyAtPos)(self.raw(), c_int::try_from(position).unwrap_or(c_int::MAX)) }
    }

    /// The number of the client's database.
    pub fn database(self) -> c_int {
        // SAFETY: see the module.
        unsafe { (api().GetSelectedDb)(self.raw()) }
    }

    /// Goes to another database, for the calls made with this context.
    pub fn select(self, database: c_int) {
        // SAFETY: see the module.
        unsafe { (api().SelectDb)(self.raw(), database) };
    }

    /// The client's user. `None` where there is no client, or one that answers to nobody: a timer, a
    /// master, a call of another module; and where the server can't tell, before 6.2.
    pub fn user(self) -> Option<Vec<u8>> {
        let api = api();
        // SAFETY: see the module. `GetCurrentUserName` follows the client's user without looking, so
        // it is only asked where there is one: Lua's own client has that of the script's caller. The
        // name is ours to free, once.
        unsafe {
            let id = (api.GetClientId)(self.raw());
            let mut name = api.GetClientUserNameById?(self.raw(), id);
            if name.is_null() && self.flags() & (LUA | REPLICATED | LOADING) == LUA {
                name = api.GetCurrentUserName?(self.raw());
            }
            let name = NonNull::new(name)?;
            let copy = Text(name).bytes().to_vec();
            (api.FreeString)(self.raw(), name.as_ptr());
            Some(copy)
        }
    }

    /// Writes a line to the server's log.
    pub fn log(self, level: Level, line: &str) {
        log_with(self.raw(), level, line);
    }

    // ---- commands ----

    /// Makes the server know a command. `false` when the name is taken, or the server (from 7.2 on,
    /// and Valkey) takes no new commands any more.
    pub fn register(self, command: &Registration<'_>, run: CommandFn) -> bool {
        let (first, last, step) = match command.keys {
            Keys::Range { first, last, step } => (first, last, step),
            Keys::None | Keys::Counted { .. } => (0, 0, 0),
        };
        // SAFETY: see the module; the server copies the strings.
        unsafe {
            let (name, flags) = (command.name.as_ptr(), command.flags.as_ptr());
            if (api().CreateCommand)(self.raw(), name, run, flags, first, last, step) != api::OK {
                return false;
            }
        }
        self.describe(command);
        true
    }

    /// Whether commands of modules are in categories of rights: from 7.2 on.
    pub fn has_categories(self) -> bool {
        api().SetCommandACLCategories.is_some()
    }

    /// Puts a command into categories of rights. Only while the module is loaded.
    pub fn categorize(self, command: &CStr, categories: &CStr) {
        let (Some(get), Some(set)) = (api().GetCommand, api().SetCommandACLCategories) else {
            return;
        };
        // SAFETY: see the module.
        unsafe {
            let known = get(self.raw(), command.as_ptr());
            if !known.is_null() {
                set(known, categories.as_ptr());
            }
        }
    }

    /// Tells what only 7.0 and later want to know.
    fn describe(self, command: &Registration<'_>) {
        static VERSION: InfoVersion = InfoVersion {
            version: 1,
            sizeof_history: api::SIZEOF_HISTORY,
            sizeof_keyspec: size_of::<KeySpec>(),
            sizeof_arg: api::SIZEOF_ARG,
        };
        let (Some(get), Some(set)) = (api().GetCommand, api().SetCommandInfo) else { return };
        const END: KeySpec = KeySpec {
            notes: ptr::null(),
            flags: 0,
            begin_search: 0,
            begin: Begin([0; 4]),
            find_keys: 0,
            find: [0; 3],
        };
        const INDEX: c_int = 2;
        const RANGE: c_int = 2;
        const COUNTED: c_int = 3;
        const RO_ACCESS: u64 = 1 << 0 | 1 << 4;
        const RW_ACCESS_UPDATE: u64 = 1 << 1 | 1 << 4 | 1 << 5;
        let (begin, find_keys, find) = match command.keys {
            Keys::None => (0, 0, [0; 3]),
            Keys::Range { first, last, step } => {
                // Counted from the first key here, unless it is counted from the end.
                (first, RANGE, [if last < 0 { last } else { last - first }, step, 0])
            }
            Keys::Counted { at } => (at, COUNTED, [0, 1, 1]),
        };
        let spec = KeySpec {
            flags: if command.writes { RW_ACCESS_UPDATE } else { RO_ACCESS },
            begin_search: if command.keys == Keys::None { 0 } else { INDEX },
            begin: Begin([begin, 0, 0, 0]),
            find_keys,
            find,
            ..END
        };
        // The list ends with an empty one.
        let specs = [spec, END];
        let info = CommandInfo {
            version: &raw const VERSION,
            summary: command.summary.as_ptr(),
            complexity: ptr::null(),
            since: ptr::null(),
            history: ptr::null(),
            tips: ptr::null(),
            arity: command.arity,
            key_specs: specs.as_ptr(),
            args: ptr::null(),
        };
        // SAFETY: see the module; the server copies what it is told.
        unsafe {
            let known = get(self.raw(), command.name.as_ptr());
            if !known.is_null() {
                set(known, &raw const info);
            }
        }
    }

    /// Passes a command on to replicas and the append only file.
    pub fn replicate(self, command: &CStr, args: &[&[u8]]) {
        let args: Vec<OwnText> = args.iter().map(|word| OwnText::new(word)).collect();
        // SAFETY: "v" is a vector of strings and its length; an OwnText is a pointer to one.
        unsafe {
            (api().Replicate)(
                self.raw(),
                command.as_ptr(),
                c"v".as_ptr(),
                args.as_ptr(),
                args.len(),
            );
        }
    }

    /// Runs a command of the server; `flags` are the letters of `RM_Call`. `None`: it could not even
    /// be tried, and `errno` says why.
    pub fn call(self, command: &CStr, flags: &str, args: &Words) -> Option<Reply<'static>> {
        // Lent bytes ("b") become strings that the server has to itself, which it may store in their
        // most compact form. More than these must be handed over as a vector.
        const LENT: usize = 8;
        let mut format = [0u8; 32];
        format[..flags.len()].copy_from_slice(flags.as_bytes());
        let (api, count) = (api(), args.len());
        let raw = if count <= LENT {
            format[flags.len()..flags.len() + count].fill(b'b');
            let mut a = [(ptr::null::<u8>(), 0usize); LENT];
            for (slot, word) in a.iter_mut().zip(args.iter()) {
                *slot = (word.as_ptr(), word.len());
            }
            let format = format.as_ptr().cast();
            // SAFETY: a pointer and a length for each "b"; what a variadic function is given beyond
            // its format it does not look at.
            unsafe {
                match count {
                    0..=2 => (api.Call)(
                        self.raw(),
                        command.as_ptr(),
                        format,
                        a[0].0,
                        a[0].1,
                        a[1].0,
                        a[1].1,
                    ),
                    _ => (api.Call)(
                        self.raw(),
                        command.as_ptr(),
                        format,
                        a[0].0,
                        a[0].1,
                        a[1].0,
                        a[1].1,
                        a[2].0,
                        a[2].1,
                        a[3].0,
                        a[3].1,
                        a[4].0,
                        a[4].1,
                        a[5].0,
                        a[5].1,
                        a[6].0,
                        a[6].1,
                        a[7].0,
                        a[7].1,
                    ),
                }
            }
        } else {
            format[flags.len()] = b'v';
            let texts: Vec<OwnText> = args.iter().map(OwnText::new).collect();
            // SAFETY: as `replicate`.
            unsafe {
                (api.Call)(
                    self.raw(),
                    command.as_ptr(),
                    format.as_ptr().cast(),
                    texts.as_ptr(),
                    texts.len(),
                )
            }
        };
        NonNull::new(raw).map(|raw| Reply { raw, owner: true, life: PhantomData })
    }

    /// Whether a user may run a command with these arguments. `None` before 7.0, which can't tell.
    pub fn allows(self, user: &[u8], command: &[u8], args: &Words) -> Option<bool> {
        let api = api();
        let (find, free, check) =
            (api.GetModuleUserFromUserName?, api.FreeModuleUser?, api.ACLCheckCommandPermissions?);
        let user = OwnText::new(user);
        let argv: Vec<OwnText> =
            std::iter::once(command).chain(args.iter()).map(OwnText::new).collect();
        // SAFETY: see the module; the user is freed once. A user who is no more may do nothing.
        unsafe {
            let found = find(user.0.0.as_ptr());
            if found.is_null() {
                return Some(false);
            }
            let argc = c_int::try_from(argv.len()).unwrap_or(c_int::MAX);
            let allowed = check(found, argv.as_ptr().cast_mut().cast(), argc) == api::OK;
            free(found);
            Some(allowed)
        }
    }

    /// Lets the server look after other clients in the middle of a long call; they are told
    /// `-BUSY`, unless they ask for a command that may run. `false` before 7.0.
    pub fn let_others(self, busy: &CStr) -> bool {
        const CLIENTS: c_int = 1 << 1;
        // SAFETY: see the module; the text is static or outlives the call.
        api()
            .Yield
            .map(|give_way| unsafe { give_way(self.raw(), CLIENTS, busy.as_ptr()) })
            .is_some()
    }

    // ---- time and events ----

    /// Calls back in so many milliseconds, once, with `id`.
    pub fn timer(self, milliseconds: i64, call: TimerFn, id: usize) -> u64 {
        // SAFETY: see the module; the pointer is a number that nobody follows.
        unsafe {
            (api().CreateTimer)(self.raw(), milliseconds, call, ptr::without_provenance_mut(id))
        }
    }

    /// Or does not.
    pub fn stop_timer(self, timer: u64) {
        // SAFETY: see the module; a timer that is over is looked up and not found.
        unsafe { (api().StopTimer)(self.raw(), timer, ptr::null_mut()) };
    }

    /// Calls back for every event of these classes.
    pub fn subscribe(self, classes: c_int, call: EventFn) {
        // SAFETY: see the module.
        unsafe { (api().SubscribeToKeyspaceEvents)(self.raw(), classes, call) };
    }

    /// Calls back when the command is done, as a part of it. `false` before 7.2.
    pub fn after_command(self, call: TimerFn) -> bool {
        api().AddPostNotificationJob.is_some_and(|add| {
            // SAFETY: see the module; there is no data to free.
            unsafe { add(self.raw(), call, ptr::null_mut(), None) == api::OK }
        })
    }

    // ---- answers ----

    /// Says how the command is called.
    pub fn wrong_arity(self) {
        // SAFETY: see the module.
        unsafe { (api().WrongArity)(self.raw()) };
    }

    /// `:1`
    #[inline]
    pub fn integer(self, n: i64) {
        // SAFETY: see the module; likewise below.
        unsafe { (api().ReplyWithLongLong)(self.raw(), n) };
    }

    /// `,1.5`, or the digits as a string for a client of RESP2.
    pub fn float(self, n: f64) {
        // SAFETY: as above.
        unsafe { (api().ReplyWithDouble)(self.raw(), n) };
    }

    /// A string of any bytes.
    #[inline]
    pub fn bulk(self, bytes: &[u8]) {
        // SAFETY: as above.
        unsafe { (api().ReplyWithStringBuffer)(self.raw(), bytes.as_ptr().cast(), bytes.len()) };
    }

    /// `+OK`
    pub fn status(self, text: &str) {
        let text = line(text);
        // SAFETY: as above.
        unsafe { (api().ReplyWithSimpleString)(self.raw(), text.as_ptr()) };
    }

    /// `-CODE what happened`
    pub fn error(self, text: &str) {
        let text = line(text);
        // SAFETY: as above.
        unsafe { (api().ReplyWithError)(self.raw(), text.as_ptr()) };
    }

    /// `_`, or a null string for a client of RESP2.
    pub fn null(self) {
        // SAFETY: as above.
        unsafe { (api().ReplyWithNull)(self.raw()) };
    }

    /// `#t`, or 1 and 0 where there is no such thing.
    pub fn boolean(self, truth: bool) {
        match api().ReplyWithBool {
            // SAFETY: as above.
            Some(reply) => drop(unsafe { reply(self.raw(), truth.into()) }),
            None => self.integer(truth.into()),
        }
    }

    /// A whole number of more than 64 bits, by its digits.
    pub fn big_number(self, digits: &[u8]) {
        match api().ReplyWithBigNumber {
            // SAFETY: as above.
            Some(reply) => drop(unsafe { reply(self.raw(), digits.as_ptr().cast(), digits.len()) }),
            None => self.bulk(digits),
        }
    }

    /// So many answers follow.
    pub fn array(self, len: usize) {
        // SAFETY: as above.
        unsafe { (api().ReplyWithArray)(self.raw(), long(len)) };
    }

    /// So many pairs of answers follow; a flat array for a client of RESP2.
    pub fn map(self, len: usize) {
        match api().ReplyWithMap {
            // SAFETY: as above.
            Some(reply) => drop(unsafe { reply(self.raw(), long(len)) }),
            None => self.array(2 * len),
        }
    }

    /// So many different answers follow.
    pub fn set(self, len: usize) {
        match api().ReplyWithSet {
            // SAFETY: as above.
            Some(reply) => drop(unsafe { reply(self.raw(), long(len)) }),
            None => self.array(len),
        }
    }

    // ---- waiting clients ----

    /// Makes the client wait for an answer that another thread will give.
    pub fn block(self) -> Blocked {
        // SAFETY: see the module; without callbacks the client gets what the thread replies.
        let raw = unsafe { (api().BlockClient)(self.raw(), None, None, None, 0) };
        Blocked(Some(NonNull::new(raw).expect("the server answers a handle")))
    }

    /// Runs with the server's lock held, on another thread than the server's.
    pub fn locked<R>(self, run: impl FnOnce() -> R) -> R {
        struct Lock(Context);
        impl Drop for Lock {
            fn drop(&mut self) {
                // SAFETY: taken below, once.
                unsafe { (api().ThreadSafeContextUnlock)(self.0.raw()) }
            }
        }
        // SAFETY: a thread-safe context.
        unsafe { (api().ThreadSafeContextLock)(self.raw()) };
        let _lock = Lock(self);
        run()
    }
}

fn long(len: usize) -> c_long {
    c_long::try_from(len).unwrap_or(c_long::MAX)
}

/// One line without NUL bytes, as status and error replies must be.
fn line(text: &str) -> CString {
    let mut bytes: Vec<u8> = text.bytes().collect();
    for byte in &mut bytes {
        if matches!(byte, b'\r' | b'\n' | 0) {
            *byte = b' ';
        }
    }
    CString::new(bytes).expect("the NULs were replaced")
}

/// How much a line in the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The usual.
    Notice,
    /// Something is wrong.
    Warning,
}

/// Writes to the server's log from anywhere.
pub fn log(level: Level, text: &str) {
    log_with(ptr::null_mut(), level, text);
}

fn log_with(ctx: *mut Ctx, level: Level, text: &str) {
    let level = match level {
        Level::Notice => c"notice",
        Level::Warning => c"warning",
    };
    for part in text.lines() {
        let part = line(part);
        // SAFETY: the format takes one string; a null context is allowed.
        unsafe { (api().Log)(ctx, level.as_ptr(), c"%s".as_ptr(), part.as_ptr()) }
    }
}

/// `0x00070000` for 7.0.0; 0 if the server can't tell.
pub fn server_version() -> c_int {
    // SAFETY: no arguments, nothing to break.
    api().GetServerVersion.map_or(0, |version| unsafe { version() })
}

/// A client that waits for an answer.
#[derive(Debug)]
pub struct Blocked(Option<NonNull<RawBlocked>>);

// SAFETY: the handle is made to be given to another thread.
unsafe impl Send for Blocked {}

impl Blocked {
    /// A context of this thread's own, in which the answer is given.
    pub fn context(&self) -> OwnContext {
        let raw = self.0.map_or(ptr::null_mut(), NonNull::as_ptr);
        // SAFETY: the handle is good until `release`; the context is freed by its guard.
        OwnContext(unsafe { Context::new((api().GetThreadSafeContext)(raw)) })
    }

    /// Lets the client go with what it was answered.
    pub fn release(mut self) {
        self.free();
    }

    fn free(&mut self) {
        if let Some(raw) = self.0.take() {
            // SAFETY: once, with the handle that `block` got.
            unsafe { (api().UnblockClient)(raw.as_ptr(), ptr::null_mut()) };
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.free();
    }
}

/// A context that belongs to a thread.
#[derive(Debug)]
pub struct OwnContext(Context);

impl OwnContext {
    /// One without a client, for work that nobody waits for.
    pub fn detached() -> Self {
        // SAFETY: a thread-safe context without a client may be made by anybody.
        OwnContext(unsafe { Context::new((api().GetThreadSafeContext)(ptr::null_mut())) })
    }

    /// The context, while the guard lives.
    pub fn context(&self) -> Context {
        self.0
    }
}

impl Drop for OwnContext {
    fn drop(&mut self) {
        // SAFETY: ours, once.
        unsafe { (api().FreeThreadSafeContext)(self.0.raw()) }
    }
}

/// What a command of the server answered.
#[derive(Debug)]
pub struct Reply<'a> {
    raw: NonNull<RawReply>,
    owner: bool,
    life: PhantomData<&'a ()>,
}

/// A reply, looked at.
#[derive(Debug)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub enum Node<'a> {
    Null,
    Text(&'a [u8]),
    Error(&'a [u8]),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    BigNumber(&'a [u8]),
    /// An array or a set of so many.
    List(usize),
    /// A map of so many pairs.
    Map(usize),
    Unknown,
}

impl Drop for Reply<'_> {
    fn drop(&mut self) {
        if self.owner {
            // SAFETY: the root of a reply, once; parts of it borrow from it.
            unsafe { (api().FreeCallReply)(self.raw.as_ptr()) }
        }
    }
}

impl Reply<'_> {
    /// What it is.
    pub fn node(&self) -> Node<'_> {
        let (api, raw) = (api(), self.raw.as_ptr());
        // SAFETY: see the module; each question fits the type, and the bytes live as long as the
        // reply. The optional functions came together with the types that they are asked for.
        unsafe {
            let bytes = |ask: unsafe extern "C" fn(*mut RawReply, *mut usize) -> *const _| {
                let mut len = 0;
                let p: *const std::ffi::c_char = ask(raw, &raw mut len);
                if p.is_null() { &[] } else { std::slice::from_raw_parts(p.cast(), len) }
            };
            match (api.CallReplyType)(raw) {
                0 => Node::Text(bytes(api.CallReplyStringPtr)),
                1 => Node::Error(bytes(api.CallReplyStringPtr)),
                2 => Node::Integer((api.CallReplyInteger)(raw)),
                3 | 6 => Node::List((api.CallReplyLength)(raw)),
                4 => Node::Null,
                5 => Node::Map((api.CallReplyLength)(raw)),
                7 => api.CallReplyBool.map_or(Node::Unknown, |ask| Node::Boolean(ask(raw) != 0)),
                8 => api.CallReplyDouble.map_or(Node::Unknown, |ask| Node::Float(ask(raw))),
                9 => {
                    api.CallReplyBigNumber.map_or(Node::Unknown, |ask| Node::BigNumber(bytes(ask)))
                }
                10 => api.CallReplyVerbatim.map_or(Node::Unknown, |ask| {
                    let (mut len, mut format) = (0, ptr::null());
                    let p = ask(raw, &raw mut len, &raw mut format);
                    Node::Text(if p.is_null() {
                        &[]
                    } else {
                        std::slice::from_raw_parts(p.cast(), len)
                    })
                }),
                _ => Node::Unknown,
            }
        }
    }

    fn part(&self, raw: *mut RawReply) -> Option<Reply<'_>> {
        NonNull::new(raw).map(|raw| Reply { raw, owner: false, life: PhantomData })
    }

    /// One of the parts of a list.
    pub fn item(&self, index: usize) -> Option<Reply<'_>> {
        let (api, raw) = (api(), self.raw.as_ptr());
        // SAFETY: see the module; the type is looked at first, and null answered past the end.
        unsafe {
            self.part(match ((api.CallReplyType)(raw), api.CallReplySetElement) {
                (6, Some(ask)) => ask(raw, index),
                _ => (api.CallReplyArrayElement)(raw, index),
            })
        }
    }

    /// One of the pairs of a map.
    pub fn pair(&self, index: usize) -> Option<(Reply<'_>, Reply<'_>)> {
        let ask = api().CallReplyMapElement?;
        let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: see the module.
        let status = unsafe { ask(self.raw.as_ptr(), index, &raw mut key, &raw mut value) };
        if status != api::OK {
            return None;
        }
        Some((self.part(key)?, self.part(value)?))
    }
}
