//! Structs of the kernel's interface: one line a field, read and written by the same line.
//!
//! Offsets follow from the order and C's alignment; the sizes are checked against the C library's
//! headers by a test.

pub mod control;
pub mod dirent;
mod fs;
mod ipc;
mod net;
mod process;
mod signal;
mod time;
mod tty;

pub use fs::*;
pub use ipc::*;
pub use net::*;
pub use process::*;
pub use signal::*;
pub use time::*;
pub use tty::*;

use crate::{Field, StructDef, Type};

/// The struct of that name (`timespec`, also `struct timespec`).
#[must_use]
pub fn by_name(name: &str) -> Option<&'static StructDef> {
    let name = name.strip_prefix("struct ").unwrap_or(name);
    all().find(|def| def.name == name)
}

/// Every struct.
pub fn all() -> impl Iterator<Item = &'static StructDef> {
    let families = [
        control::ALL,
        dirent::ALL,
        fs::ALL,
        ipc::ALL,
        net::ALL,
        process::ALL,
        signal::ALL,
        time::ALL,
        tty::ALL,
    ];
    families.into_iter().flat_map(|defs| defs.iter().copied())
}

/// Puts fields where C would.
pub(crate) const fn layout<const N: usize>(
    fields: [(&'static str, Type); N],
    packed: bool,
) -> [Field; N] {
    let mut out = [Field { name: "", offset: 0, ty: Type::Ptr }; N];
    let (mut at, mut i) = (0usize, 0);
    while i < N {
        let align = if packed { 1 } else { fields[i].1.align() };
        at = at.next_multiple_of(align);
        out[i] = Field { name: fields[i].0, offset: at, ty: fields[i].1 };
        at += fields[i].1.size();
        i += 1;
    }
    out
}

/// The size of the whole.
pub(crate) const fn size<const N: usize>(fields: &[Field; N], packed: bool) -> usize {
    let (mut most, mut end, mut i) = (1, 0usize, 0);
    while i < N {
        let align = fields[i].ty.align();
        if align > most && !packed {
            most = align;
        }
        end = fields[i].offset + fields[i].ty.size();
        i += 1;
    }
    end.next_multiple_of(most)
}

/// `ID "name" { field: type, ... }`, then optionally what is shown, and what is shown in brief.
macro_rules! structs {
    ($(
        $(#[$doc:meta])* $id:ident $name:literal $($packed:ident)? { $($field:ident: $ty:expr),* $(,)? }
        $(shown [$($shown:ident)*])? $(brief [$($brief:ident)*])?;
    )*) => {
        $($(#[$doc])* pub static $id: $crate::StructDef = {
            const N: usize = [$(stringify!($field)),*].len();
            const PACKED: bool = structs!(@packed $($packed)?);
            static FIELDS: [$crate::Field; N] =
                $crate::structs::layout([$((structs!(@name $field), $ty)),*], PACKED);
            $crate::StructDef {
                name: $name,
                size: $crate::structs::size(&FIELDS, PACKED),
                fields: &FIELDS,
                shown: &[$($(structs!(@name $shown)),*)?],
                brief: &[$($(structs!(@name $brief)),*)?],
            }
        };)*
        pub(crate) static ALL: &[&$crate::StructDef] = &[$(&$id),*];
    };
    (@packed) => { false };
    (@packed packed) => { true };
    (@name r#type) => { "type" };
    (@name $name:ident) => { stringify!($name) };
}
pub(crate) use structs;
