//! The table as a page for people: `docs/syscalls.md`, written from the same lines.
//!
//! `cargo run -p syscalls --example table > docs/syscalls.md`; a test keeps the page up to date.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::names::FAMILIES;
use crate::{Direction, Groups, Support, Syscall, Type, Width, table};

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    for call in table() {
        page.push_str(&line(call));
    }
    page.push_str("\n## One word for all spellings\n\n| word | calls |\n| --- | --- |\n");
    for (word, members) in FAMILIES {
        page.push_str(&format!("| `:{word}` | {} |\n", members.join(", ")));
    }
    page.push_str("\n## Groups\n\n| group | calls |\n| --- | --- |\n");
    for (word, group) in Groups::WORDS {
        let of_group = table().iter().filter(|call| call.groups.contains(*group));
        let names: Vec<_> = of_group.map(|call| call.name).collect();
        page.push_str(&format!("| `{word}` | {} |\n", names.join(", ")));
    }
    page
}

const HEAD: &str = "\
# System calls

The x86-64 system calls of Linux 6.18, as handlers see them: every argument by its manual-page name,
readable and writable. This page is written from the table itself (`crates/syscalls/src/table.rs`);
don't edit it.

Arguments: `<` is what the kernel reads behind a pointer, `>` what it writes there, `<>` both.
Decoded: *full* means every argument and what it points to, *partly* that some pointers stay
addresses, *absent* that the kernel has a number for the call and nothing behind it. Where an
argument depends on a command (`ioctl`, `fcntl`, `prctl`, `futex`, ...), the line shows the general
form; the command decides.

A call is written as strace writes it. Two tests hold it to that: every call with every argument
through all its values (`crates/syscalls/tests/sweep.rs`, where the calls that still differ are
listed with the reason), and forty real programs (`crates/syscalls/tests/corpus.rs`).

| number | call | groups | arguments | result | decoded |
| ---: | --- | --- | --- | --- | --- |
";

fn line(call: &Syscall) -> String {
    let mut arguments = Vec::new();
    for arg in call.args {
        let way = match arg.direction {
            Direction::Value => "",
            Direction::Read => "< ",
            Direction::Written => "> ",
            Direction::Both => "<> ",
        };
        arguments.push(format!("`{}` {way}{}", arg.name, word(&arg.ty)));
    }
    let groups: Vec<_> = call.groups.words().collect();
    let decoded = match call.support() {
        Support::Full => "full",
        Support::Partial => "partly",
        Support::Absent => "absent",
    };
    format!(
        "| {} | `{}` | {} | {} | {} | {decoded} |\n",
        call.nr,
        call.name,
        groups.join(" "),
        arguments.join(", "),
        word(&call.result),
    )
}

/// A type in a word or two.
fn word(ty: &Type) -> String {
    let plain = match ty {
        Type::Int(Width::B8) => "long",
        Type::Int(_) => "int",
        Type::Uint(Width::B8) | Type::Hex(Width::B8) => "unsigned long",
        Type::Uint(_) | Type::Hex(_) => "unsigned",
        Type::Fd => "fd",
        Type::DirFd => "directory fd",
        Type::Pid => "pid",
        Type::Id => "uid or gid",
        Type::Mode => "mode",
        Type::FileMode(_) => "file mode",
        Type::Dev(_) => "device",
        Type::Signal => "signal",
        Type::UnixTime(_) => "time",
        Type::WaitStatus => "wait status",
        Type::SigSet | Type::SigSetAt(_) => "signal set",
        Type::Chars(_) | Type::Bytes(_) | Type::Tail(_) => "bytes",
        Type::Name(_) | Type::Str => "string",
        Type::Ptr => "address",
        Type::Path => "path",
        Type::Argv => "argv",
        Type::Envp => "environment",
        Type::SockAddr(_) => "socket address",
        Type::Control(_) => "control messages",
        Type::FdSet(_) => "fd set",
        Type::Dirents(_) => "directory entries",
        Type::CpuSet(_) => "cpu set",
        Type::Message(_) => "message",
        Type::Never => "never returns",
        Type::Absent => "-",
        Type::Flags(set, _) => {
            return match set.prefix() {
                "" => "constant".into(),
                prefix => format!("`{prefix}*`"),
            };
        }
        Type::At(def) | Type::Struct(def) => return format!("struct {}", def.name),
        Type::To(of) => return word(of),
        Type::Array(of, _) => return format!("array of {}", word(of)),
        Type::Inline(of, n) => return format!("{n} of {}", word(of)),
    };
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_the_page_of_this_table() {
        let page = include_str!("../../../docs/syscalls.md");
        assert!(
            page == markdown(),
            "stale: run `cargo run -p syscalls --example table > docs/syscalls.md`"
        );
    }
}
