//! The server's functions, found by name when the module is loaded.
//!
//! A module's context starts with a pointer to `GetApi`, which answers a function for a name. So one
//! binary serves Redis 6.2 to 8 and Valkey: what every one of them has is [required](Api), what came
//! later is an `Option`. One line a function, as in the server's `redismodule.h`.
//!
//! # Safety
//! Each function pointer has the type that the server's header gives its name; the header never
//! changes one. The pointers are good as long as the server runs.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_long, c_longlong, c_void};
use std::ptr;
use std::sync::OnceLock;

/// Declares the server's types that are only ever pointed to.
macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Debug)]
        pub struct $name {
            _private: [u8; 0],
        }
    )*};
}

opaque! {
    /// `RedisModuleCtx`
    Ctx
    /// `RedisModuleString`
    RawText
    /// `RedisModuleCallReply`
    RawReply
    /// `RedisModuleBlockedClient`
    RawBlocked
    /// `RedisModuleIO`
    RawIo
    /// `RedisModuleUser`
    RawUser
    /// `RedisModuleCommand`
    RawCommand
    /// `RedisModuleType`
    RawType
}

/// `RedisModuleCmdFunc`
pub type CommandFn = unsafe extern "C" fn(*mut Ctx, *mut *mut RawText, c_int) -> c_int;
/// `RedisModuleTimerProc`
pub type TimerFn = unsafe extern "C" fn(*mut Ctx, *mut c_void);
/// `RedisModuleNotificationFunc`
pub type EventFn = unsafe extern "C" fn(*mut Ctx, c_int, *const c_char, *mut RawText) -> c_int;

/// `RedisModuleTypeMethods`, version 3: the newest that Redis 6.2 knows. Only the auxiliary data is
/// ours; no key is of our type.
#[repr(C)]
pub struct TypeMethods {
    pub version: u64,
    pub rdb_load: Option<unsafe extern "C" fn(*mut RawIo, c_int) -> *mut c_void>,
    pub rdb_save: Option<unsafe extern "C" fn(*mut RawIo, *mut c_void)>,
    pub aof_rewrite: Option<unsafe extern "C" fn(*mut RawIo, *mut RawText, *mut c_void)>,
    pub mem_usage: *const c_void,
    pub digest: *const c_void,
    pub free: Option<unsafe extern "C" fn(*mut c_void)>,
    pub aux_load: Option<unsafe extern "C" fn(*mut RawIo, c_int, c_int) -> c_int>,
    pub aux_save: Option<unsafe extern "C" fn(*mut RawIo, c_int)>,
    pub aux_save_triggers: c_int,
    pub free_effort: *const c_void,
    pub unlink: *const c_void,
    pub copy: *const c_void,
    pub defrag: *const c_void,
}

/// `RedisModuleCommandInfoVersion`
#[repr(C)]
pub struct InfoVersion {
    pub version: c_int,
    pub sizeof_history: usize,
    pub sizeof_keyspec: usize,
    pub sizeof_arg: usize,
}

/// `RedisModuleCommandKeySpec`
#[repr(C)]
pub struct KeySpec {
    pub notes: *const c_char,
    pub flags: u64,
    pub begin_search: c_int,
    pub begin: Begin,
    pub find_keys: c_int,
    /// `range.{lastkey, keystep, limit}` or `keynum.{keynumidx, firstkey, keystep}`
    pub find: [c_int; 3],
}

/// `index.pos` comes first; the union's other half has a pointer in it.
#[repr(C, align(8))]
pub struct Begin(pub [c_int; 4]);

/// `RedisModuleCommandArg`, of which we only need to know the size.
pub const SIZEOF_ARG: usize = 72;
/// `RedisModuleCommandHistoryEntry`, likewise.
pub const SIZEOF_HISTORY: usize = 16;

/// `RedisModuleCommandInfo`
#[repr(C)]
pub struct CommandInfo {
    pub version: *const InfoVersion,
    pub summary: *const c_char,
    pub complexity: *const c_char,
    pub since: *const c_char,
    pub history: *const c_void,
    pub tips: *const c_char,
    pub arity: c_int,
    pub key_specs: *const KeySpec,
    pub args: *const c_void,
}

macro_rules! api {
    (required { $($need:ident: $need_type:ty;)* } optional { $($may:ident: $may_type:ty;)* }) => {
        /// The functions.
        #[allow(non_snake_case, reason = "the server's names")]
        #[derive(Debug)]
        pub struct Api {
            $(pub $need: $need_type,)*
            $(pub $may: Option<$may_type>,)*
        }

        impl Api {
            /// Looks all of them up.
            ///
            /// # Safety
            /// `get` is the server's `GetApi`.
            unsafe fn find(get: GetApi) -> Result<Api, &'static str> {
                // SAFETY: the types below are those of the header; `get` answers null for a name
                // that the server does not know.
                unsafe {
                    Ok(Api {
                        $($need: {
                            let found = named(get, concat!("RedisModule_", stringify!($need), "\0"));
                            if found.is_null() {
                                return Err(stringify!($need));
                            }
                            std::mem::transmute::<*mut c_void, $need_type>(found)
                        },)*
                        $($may: {
                            let found = named(get, concat!("RedisModule_", stringify!($may), "\0"));
                            std::mem::transmute::<*mut c_void, Option<$may_type>>(found)
                        },)*
                    })
                }
            }
        }
    };
}

type GetApi = unsafe extern "C" fn(*const c_char, *mut *mut c_void) -> c_int;

/// # Safety
/// `get` is the server's `GetApi`, `name` ends with a NUL.
unsafe fn named(get: GetApi, name: &str) -> *mut c_void {
    let mut found = ptr::null_mut();
    // SAFETY: by the contract.
    let status = unsafe { get(name.as_ptr().cast(), &raw mut found) };
    if status == OK { found } else { ptr::null_mut() }
}

api! {
    required {
        SetModuleAttribs: unsafe extern "C" fn(*mut Ctx, *const c_char, c_int, c_int);
        IsModuleNameBusy: unsafe extern "C" fn(*const c_char) -> c_int;
        CreateCommand: unsafe extern "C" fn(*mut Ctx, *const c_char, CommandFn, *const c_char, c_int, c_int, c_int) -> c_int;
        WrongArity: unsafe extern "C" fn(*mut Ctx) -> c_int;
        IsKeysPositionRequest: unsafe extern "C" fn(*mut Ctx) -> c_int;
        KeyAtPos: unsafe extern "C" fn(*mut Ctx, c_int);
        GetContextFlags: unsafe extern "C" fn(*mut Ctx) -> c_int;
        GetClientId: unsafe extern "C" fn(*mut Ctx) -> u64;
        GetSelectedDb: unsafe extern "C" fn(*mut Ctx) -> c_int;
        SelectDb: unsafe extern "C" fn(*mut Ctx, c_int) -> c_int;
        Log: unsafe extern "C" fn(*mut Ctx, *const c_char, *const c_char, ...);

        CreateString: unsafe extern "C" fn(*mut Ctx, *const c_char, usize) -> *mut RawText;
        FreeString: unsafe extern "C" fn(*mut Ctx, *mut RawText);
        StringPtrLen: unsafe extern "C" fn(*const RawText, *mut usize) -> *const c_char;

        ReplyWithLongLong: unsafe extern "C" fn(*mut Ctx, c_longlong) -> c_int;
        ReplyWithDouble: unsafe extern "C" fn(*mut Ctx, f64) -> c_int;
        ReplyWithStringBuffer: unsafe extern "C" fn(*mut Ctx, *const c_char, usize) -> c_int;
        ReplyWithSimpleString: unsafe extern "C" fn(*mut Ctx, *const c_char) -> c_int;
        ReplyWithError: unsafe extern "C" fn(*mut Ctx, *const c_char) -> c_int;
        ReplyWithArray: unsafe extern "C" fn(*mut Ctx, c_long) -> c_int;
        ReplyWithNull: unsafe extern "C" fn(*mut Ctx) -> c_int;

        Call: unsafe extern "C" fn(*mut Ctx, *const c_char, *const c_char, ...) -> *mut RawReply;
        Replicate: unsafe extern "C" fn(*mut Ctx, *const c_char, *const c_char, ...) -> c_int;
        FreeCallReply: unsafe extern "C" fn(*mut RawReply);
        CallReplyType: unsafe extern "C" fn(*mut RawReply) -> c_int;
        CallReplyInteger: unsafe extern "C" fn(*mut RawReply) -> c_longlong;
        CallReplyStringPtr: unsafe extern "C" fn(*mut RawReply, *mut usize) -> *const c_char;
        CallReplyLength: unsafe extern "C" fn(*mut RawReply) -> usize;
        CallReplyArrayElement: unsafe extern "C" fn(*mut RawReply, usize) -> *mut RawReply;

        BlockClient: unsafe extern "C" fn(*mut Ctx, Option<CommandFn>, Option<CommandFn>, Option<TimerFn>, c_longlong) -> *mut RawBlocked;
        UnblockClient: unsafe extern "C" fn(*mut RawBlocked, *mut c_void) -> c_int;
        GetThreadSafeContext: unsafe extern "C" fn(*mut RawBlocked) -> *mut Ctx;
        FreeThreadSafeContext: unsafe extern "C" fn(*mut Ctx);
        ThreadSafeContextLock: unsafe extern "C" fn(*mut Ctx);
        ThreadSafeContextUnlock: unsafe extern "C" fn(*mut Ctx);

        CreateTimer: unsafe extern "C" fn(*mut Ctx, c_longlong, TimerFn, *mut c_void) -> u64;
        StopTimer: unsafe extern "C" fn(*mut Ctx, u64, *mut *mut c_void) -> c_int;
        SubscribeToKeyspaceEvents: unsafe extern "C" fn(*mut Ctx, c_int, EventFn) -> c_int;

        CreateDataType: unsafe extern "C" fn(*mut Ctx, *const c_char, c_int, *const TypeMethods) -> *mut RawType;
        SaveStringBuffer: unsafe extern "C" fn(*mut RawIo, *const c_char, usize);
        LoadStringBuffer: unsafe extern "C" fn(*mut RawIo, *mut usize) -> *mut c_char;
        Free: unsafe extern "C" fn(*mut c_void);
    }
    optional {
        // 6.2
        GetServerVersion: unsafe extern "C" fn() -> c_int;
        GetClientUserNameById: unsafe extern "C" fn(*mut Ctx, u64) -> *mut RawText;
        GetCurrentUserName: unsafe extern "C" fn(*mut Ctx) -> *mut RawText;
        // 7.0
        ReplyWithMap: unsafe extern "C" fn(*mut Ctx, c_long) -> c_int;
        ReplyWithSet: unsafe extern "C" fn(*mut Ctx, c_long) -> c_int;
        ReplyWithBool: unsafe extern "C" fn(*mut Ctx, c_int) -> c_int;
        ReplyWithBigNumber: unsafe extern "C" fn(*mut Ctx, *const c_char, usize) -> c_int;
        CallReplyDouble: unsafe extern "C" fn(*mut RawReply) -> f64;
        CallReplyBool: unsafe extern "C" fn(*mut RawReply) -> c_int;
        CallReplyBigNumber: unsafe extern "C" fn(*mut RawReply, *mut usize) -> *const c_char;
        CallReplyVerbatim: unsafe extern "C" fn(*mut RawReply, *mut usize, *mut *const c_char) -> *const c_char;
        CallReplyMapElement: unsafe extern "C" fn(*mut RawReply, usize, *mut *mut RawReply, *mut *mut RawReply) -> c_int;
        CallReplySetElement: unsafe extern "C" fn(*mut RawReply, usize) -> *mut RawReply;
        GetCommand: unsafe extern "C" fn(*mut Ctx, *const c_char) -> *mut RawCommand;
        SetCommandInfo: unsafe extern "C" fn(*mut RawCommand, *const CommandInfo) -> c_int;
        GetModuleUserFromUserName: unsafe extern "C" fn(*mut RawText) -> *mut RawUser;
        FreeModuleUser: unsafe extern "C" fn(*mut RawUser) -> c_int;
        ACLCheckCommandPermissions: unsafe extern "C" fn(*mut RawUser, *mut *mut RawText, c_int) -> c_int;
        Yield: unsafe extern "C" fn(*mut Ctx, c_int, *const c_char);
        // 7.2
        SetCommandACLCategories: unsafe extern "C" fn(*mut RawCommand, *const c_char) -> c_int;
        AddPostNotificationJob: unsafe extern "C" fn(*mut Ctx, TimerFn, *mut c_void, Option<unsafe extern "C" fn(*mut c_void)>) -> c_int;
    }
}

/// `REDISMODULE_OK`
pub const OK: c_int = 0;
/// `REDISMODULE_ERR`
pub const ERR: c_int = 1;

static API: OnceLock<Api> = OnceLock::new();

/// The functions. Only code that the server calls may ask, and it calls none before `OnLoad`.
pub fn api() -> &'static Api {
    API.get().expect("the server's functions are looked up before anything else")
}

/// Finds the server's functions and gives the module its name. Answers the function that is missing.
///
/// # Safety
/// `ctx` is what the server gave to `RedisModule_OnLoad`.
pub unsafe fn attach(ctx: *mut Ctx, name: &CStr, version: c_int) -> Result<(), &'static str> {
    // SAFETY: the header's RedisModule_Init does the same: the context's first word is GetApi.
    let found = unsafe { Api::find(*ctx.cast::<GetApi>())? };
    let api = API.get_or_init(|| found);
    // SAFETY: `ctx` is by the contract the one of OnLoad, where these two belong.
    unsafe {
        if (api.IsModuleNameBusy)(name.as_ptr()) != 0 {
            return Err("a free name: there is a module called hijinks already");
        }
        (api.SetModuleAttribs)(ctx, name.as_ptr(), version, 1);
    }
    Ok(())
}
