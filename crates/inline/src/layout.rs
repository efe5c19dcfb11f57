//! Where everything of the runtime lies in a program, and what the two sides tell each other.
//!
//! This file is compiled twice: into the runtime image (which runs inside the program) and into the
//! host (which lays the image out and maps it). Addresses are the same in every process of a run:
//! the seccomp filter, which can never be taken back, names the range from which calls are exempt.
//!
//! [`BASE`] lies below the lowest place where the kernel puts a position-independent program
//! (`ELF_ET_DYN_BASE`, two thirds of the address space, whatever `vm.mmap_rnd_bits` says), above
//! the bottom-up mapping area of `ulimit -s unlimited`, and in a range that the sanitizers leave to
//! the program. See `docs/internals/inline.md` for the programs it was tried with.

/// First address of the runtime: header, stubs, gate, code, constants.
pub const BASE: u64 = 0x5500_0000_0000;
/// Memory shared by all processes of the run and the supervisor: [`Shared`].
pub const SHARED: u64 = BASE + 0x0400_0000;
/// Bytes of [`SHARED`] and the [`Ring`] behind it.
pub const SHARED_LEN: u64 = 0x10_0000;
/// Where the [`Ring`] starts.
pub const RING: u64 = SHARED + 0x1_0000;
/// Bytes of text that the ring holds.
pub const RING_LEN: u64 = 0x8_0000;
/// The heap of the handlers, private to each process; starts as the template's snapshot.
pub const HEAP: u64 = BASE + 0x0800_0000;
/// Bytes reserved for it.
pub const HEAP_LEN: u64 = 0x800_0000;
/// The contexts: one slot for every call that is being handled at this moment.
pub const POOL: u64 = BASE + 0x2000_0000;
/// Bytes of a slot: guard page, scratch, stack, and at its top the `Context`.
pub const SLOT: u64 = 0x4_0000;
/// Slots, a multiple of the 256 homes.
pub const SLOTS: u64 = 512;
/// Signal stacks for threads that have none of their own; follows the pool in one mapping.
pub const ALT: u64 = POOL + SLOT * SLOTS;
/// Bytes of a signal stack: a frame is 11 KiB where AMX is in use.
pub const ALT_LEN: u64 = 0x4000;
/// Signal stacks.
pub const ALTS: u64 = 2048;

/// Stubs, one for each place in the program that makes a hooked call.
pub const STUBS: usize = 2048;
/// Bytes of a stub; its parts are in `stubs.s`.
pub const STUB: u64 = 96;
/// In a stub: leave with a result (the context is released here).
pub const STUB_RETURN: u64 = 70;
/// In a stub: leave and ask the kernel (the context is released here).
pub const STUB_PASS: u64 = 78;
/// In a stub: the `syscall` instruction, executed in the program's own state.
pub const STUB_SYSCALL: u64 = 84;
/// In a stub: behind the `syscall`, back to the program.
pub const STUB_TAIL: u64 = 86;
/// Trampolines, one for each different way in which the program installed a signal handler.
pub const TRAMPOLINES: usize = 1024;

/// Number that the filter attaches to its traps, to tell them from those of the program's filters.
pub const TRAP_TAG: u16 = 0x6a68;
/// Numbers from here on (the x32 range) are trapped wherever they come from; the runtime uses them
/// to have the kernel build a signal frame for the program's exact state.
pub const TRAP_NUMBER: u64 = 0x4000_0000;
/// Sixth argument of an `execve` of our own: of the launcher, or, with a path of 0, of the loader
/// that asks for the image's descriptor and executes nothing.
pub const LOADER_MAGIC: u64 = 0x686a_6c6f_6164_0001;

/// What is to be done with a number: the bits of [`Config::kind`].
pub mod kind {
    /// A handler wants it.
    pub const USER: u8 = 1;
    /// The runtime must see it to stay invisible (signals, threads, filters).
    pub const VIRTUAL: u8 = 2;
}

/// A handler without a language, for tests and measurements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Native {
    /// No handler.
    None = 0,
    /// The program sees [`Config::value`]; the kernel is not asked.
    Constant = 1,
    /// Counted, then the kernel is asked in the program's own state.
    Count = 2,
    /// The kernel is asked, then the result is looked at (and counted).
    Look = 3,
    /// As `Look`, but with a changed and changed back call, by way of scratch memory for the data
    /// of `write`: every letter is rotated by 13.
    Rot13 = 4,
    /// Reads 16 bytes where the second argument points to; `-EFAULT` if they can't be read.
    Peek = 5,
    /// Counted after it has computed for a while: widens every window for a signal.
    Slow = 6,
    /// Panics: what a mistake in the runtime would do.
    Panic = 7,
}

/// Filled in by the host before the image is mapped.
#[derive(Debug)]
#[repr(C)]
pub struct Config {
    /// Bits of [`kind`] for each number.
    pub kind: [u8; 512],
    /// [`Native`] for each number.
    pub native: [u8; 512],
    /// The constant for [`Native::Constant`].
    pub value: [i64; 512],
    /// Non-zero: leave the program's code alone, every hooked call takes the way by SIGSYS.
    pub no_patch: u64,
    /// Non-zero: the handlers are a script's.
    pub script: u64,
}

/// The image's table of contents, at [`BASE`].
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Header {
    /// `HIJINKS1`.
    pub magic: [u8; 8],
    /// Start here (`rdi` entry point, `rsi` stack pointer of the program).
    pub start: u64,
    /// The [`Config`].
    pub config: u64,
    /// First address whose calls the filter lets pass.
    pub exempt: u64,
    /// End of those.
    pub exempt_end: u64,
    /// First address of the writable part.
    pub data: u64,
    /// End of the part that has contents.
    pub data_end: u64,
    /// End of the part that starts as zeroes.
    pub bss_end: u64,
    /// `extern "C" fn(&mut Request)`: loads a script, in the template process.
    pub template: u64,
}

/// Figures that all processes of a run add to.
#[derive(Debug)]
#[repr(C)]
pub struct Shared {
    /// SIGSYS received from the filter.
    pub traps: core::sync::atomic::AtomicU64,
    /// Different places that made a hooked call.
    pub sites: core::sync::atomic::AtomicU64,
    /// Of these, patched.
    pub patched: core::sync::atomic::AtomicU64,
    /// Places that could not be patched: why, by `patch::Refusal`.
    pub refused: [core::sync::atomic::AtomicU64; 8],
    /// Signals held back until the runtime was left.
    pub deferred: core::sync::atomic::AtomicU64,
    /// Calls that found no free context and went to the kernel unseen.
    pub exhausted: core::sync::atomic::AtomicU64,
    /// Handlers that failed inside the runtime.
    pub broken: core::sync::atomic::AtomicU64,
    /// Images started.
    pub images: core::sync::atomic::AtomicU64,
    /// Calls that reached a handler, by number.
    pub calls: [core::sync::atomic::AtomicU64; 512],
}

/// What the processes of a run have to say, for the supervisor to write where it belongs.
#[derive(Debug)]
#[repr(C)]
pub struct Ring {
    /// The process that writes, or 0.
    pub writer: core::sync::atomic::AtomicU32,
    /// Texts that found no room.
    pub lost: core::sync::atomic::AtomicU32,
    /// Bytes ever written.
    pub written: core::sync::atomic::AtomicU64,
    /// Bytes ever read.
    pub read: core::sync::atomic::AtomicU64,
}

/// Bytes before a text in the ring: its length and its stream, four bytes each.
pub const RECORD: u64 = 8;
/// The ring's bytes follow its head.
pub const RING_DATA: u64 = RING + 64;

/// Text or bytes by address, as C would pass them.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Bytes {
    /// First byte.
    pub at: *const u8,
    /// How many.
    pub len: usize,
}

/// A list of those.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct List {
    /// First element.
    pub at: *const Bytes,
    /// How many.
    pub len: usize,
}

/// A script to be loaded by the template process.
#[derive(Debug)]
#[repr(C)]
pub struct Request {
    /// Name, text, name, text...
    pub sources: List,
    /// `ARGV`
    pub arguments: List,
    /// `ENV`: name, value, name, value...
    pub environment: List,
    /// `~`
    pub home: Bytes,
    /// `./`
    pub cwd: Bytes,
    /// Seed of `rate:`, if there is one.
    pub seed: Option<u64>,
    /// `--on-error`: 0 pass, 1 fail, 2 abort.
    pub on_error: u32,
    /// Answer: it is loaded.
    pub loaded: bool,
    /// Answer: the calls that it wants.
    pub calls: [u64; 8],
    /// Answer: end of the heap in use.
    pub heap_top: u64,
    /// Answer: line of the mistake, or 0.
    pub line: u32,
    /// Answer: bytes of `message`.
    pub message_len: usize,
    /// Answer: what is wrong.
    pub message: [u8; 2048],
}
