//! Every system call of Linux on x86-64: number, name, groups, arguments, flags, structs, errno.
//!
//! [`table`](Syscall) has one declarative line a call; everything else reads those lines:
//!
//! * [`syscall`] and [`by_name`] find an entry, [`resolve`] turns what a user writes (`:open`,
//!   `:network`, `openat`) into numbers or offers the nearest names;
//! * [`decode`] and [`Decoder`] turn the registers and the memory they point to into [`Value`]s;
//!   a bad pointer is a value too ([`Value::Fault`]);
//! * [`encode`] turns fields back into the bytes of a struct;
//! * [`Line`] and [`render`] write the call as strace writes it;
//! * [`constant`] and the sets in [`flags`] know the symbolic names, [`errno`] the errors.
//!
//! Nothing here asks a kernel: it is pure data and works for any program whose memory can be read.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod call;
mod decode;
mod encode;
pub mod errno;
pub mod flags;
mod markdown;
mod memory;
mod names;
mod render;
mod sockaddr;
pub mod structs;
mod table;
mod types;
mod value;
mod variants;

pub use call::{Arg, Direction, Groups, Support, Syscall, by_name, syscall, table};
pub use decode::{Decoder, Limits, When, decode, decode_arg};
pub use encode::{EncodeError, encode, encode_into};
pub use flags::{Flag, FlagSet, constant};
pub use markdown::markdown;
pub use memory::{Addr, Fault, Memory};
pub use names::{Suggestion, nearest, resolve};
pub use render::{Line, Style, render, render_end, render_signal, text};
pub use sockaddr::SockAddr;
pub use types::{Field, Len, StructDef, Type, Width};
pub use value::Value;
