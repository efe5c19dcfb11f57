//! `hijinks doc`: what a call, a group or a word of the scripts is, from the same lines as the
//! decoder's.

use anstyle::{AnsiColor, Style};
use syscalls::{Arg, Direction, FlagSet, Groups, Syscall, Type};

use crate::cli;
use crate::output::Output;
use crate::report::Failure;

/// A word of the Ruby API.
struct Word {
    name: &'static str,
    form: &'static str,
    says: &'static str,
}

const WORDS: &[Word] = &[
    Word {
        name: "on",
        form: "on(*calls, **filters) { |c| ... }",
        says: "Runs before the call; the block's value is ignored. `c.proceed` in it asks the kernel now.",
    },
    Word {
        name: "after",
        form: "after(*calls, **filters) { |c| ... }",
        says: "Runs after the kernel answered: `c.result`, `c.error`, `c.data`, `c.elapsed` are there.",
    },
    Word {
        name: "replace",
        form: "replace(*calls, **filters) { |c| ... }",
        says: "The kernel is not asked: the block's value is the result. Integer as it is, nil or true = 0, String = bytes into the buffer and their count, Hash = fields of the struct.",
    },
    Word {
        name: "proceed",
        form: "c.proceed",
        says: "Asks the kernel now, with the arguments as they are; answers the result.",
    },
    Word {
        name: "pass!",
        form: "c.pass!",
        says: "Leaves the handler; the kernel answers as if there were none.",
    },
    Word {
        name: "deny",
        form: "deny(*calls, with: Errno::EACCES, **filters)",
        says: "The call fails. Checked natively, Ruby is not entered.",
    },
    Word {
        name: "fail",
        form: "fail calls, with: Errno::ENOSPC, **filters",
        says: "The call fails with this errno, where the filters match (`rate: 0.01`, `nth: 3`, `times: 2`).",
    },
    Word {
        name: "delay",
        form: "delay calls, by: 0.5, **filters",
        says: "The call waits first; other threads and processes go on.",
    },
    Word {
        name: "tally",
        form: "tally(*calls, **filters) { |c| key }",
        says: "Counts by the block's value over the whole process tree; a table at the end.",
    },
    Word {
        name: "sum",
        form: "sum(*calls, **filters) { |c| [key, number] }",
        says: "Adds numbers by key; a table at the end.",
    },
    Word {
        name: "histogram",
        form: "histogram(*calls, **filters) { |c| number }",
        says: "The distribution of numbers in powers of two; printed at the end.",
    },
    Word { name: "shared", form: "shared[:n] += 1", says: "One store for the whole process tree." },
    Word { name: "emit", form: "emit(hash)", says: "One JSON line to hijinks' output." },
    Word {
        name: "audit",
        form: "audit :kind, *details",
        says: "One line with time, pid and program; counted at the end.",
    },
    Word {
        name: "every",
        form: "every(seconds) { ... }",
        says: "Runs again and again while the program runs.",
    },
    Word {
        name: "at_start",
        form: "at_start { ... }",
        says: "Runs when the program starts; so do on_exec, on_fork and at_exit at their times.",
    },
];

/// Explains.
///
/// # Errors
/// [`Failure::Usage`] for a name that nobody knows, with the nearest.
pub fn run(options: &cli::Doc) -> Result<i32, Failure> {
    let mut out = Output::stdout(cli::Colour::Auto);
    let Some(name) = &options.name else {
        return overview(&mut out);
    };
    let bare = name.trim_start_matches([':', '%']);
    let mut known = false;
    if let Some(word) = WORDS.iter().find(|word| word.name == bare) {
        known = true;
        title(&mut out, word.form)?;
        out.line(&format!("    {}", word.says))?;
    }
    let exact = syscalls::by_name(bare);
    if let Some(call) = exact {
        known = true;
        explain(call, &mut out)?;
    }
    if let Ok(numbers) = syscalls::resolve(name.trim_start_matches(':'), false)
        && (numbers.len() > 1 || exact.is_none())
    {
        known = true;
        let names: Vec<&str> =
            numbers.into_iter().filter_map(syscalls::syscall).map(|call| call.name).collect();
        title(&mut out, &format!("on(:{bare})"))?;
        out.line(&wrapped(&format!("stands for {}", names.join(", "))))?;
    }
    if known {
        return Ok(0);
    }
    let near: Vec<String> =
        syscalls::nearest(bare).into_iter().map(|name| format!("`{name}`")).collect();
    let help = match near.as_slice() {
        [] => "`hijinks doc` lists the groups and words".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    Err(Failure::usage(format!("no system call, group or word is called `{name}`"), Some(help)))
}

fn title(out: &mut Output, text: &str) -> Result<(), Failure> {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    out.line(&out.paint(style, text))
}

fn overview(out: &mut Output) -> Result<i32, Failure> {
    title(out, "Words of a script")?;
    for word in WORDS {
        out.line(&format!("  {:<10} {}", word.name, word.form))?;
    }
    out.line("")?;
    title(out, "Groups of calls")?;
    for (word, group) in Groups::WORDS {
        let count = syscalls::table().iter().filter(|call| call.groups.contains(*group)).count();
        out.line(&format!("  :{:<10} {count} calls", word.trim_start_matches('%')))?;
    }
    out.line("")?;
    out.line("hijinks doc NAME explains a call (openat), a group (%network) or a word (replace).")?;
    Ok(0)
}

fn explain(call: &Syscall, out: &mut Output) -> Result<(), Failure> {
    let names: Vec<&str> = call.args.iter().map(|arg| arg.name).collect();
    title(out, &format!("{}({})", call.name, names.join(", ")))?;
    out.line(&format!("    number {} on x86-64; man 2 {}", call.nr, call.name))?;
    let groups: Vec<String> =
        call.groups.words().map(|word| format!(":{}", word.trim_start_matches('%'))).collect();
    if !groups.is_empty() {
        out.line(&format!("    in {}", groups.join(" ")))?;
    }
    for arg in call.args {
        out.line(&format!("    c.{:<12} {}", arg.name, describe(arg)))?;
    }
    Ok(())
}

fn describe(arg: &Arg) -> String {
    let direction = match arg.direction {
        Direction::Value => "",
        Direction::Read => ", read by the kernel",
        Direction::Written => ", written by the kernel: known after proceed",
        Direction::Both => ", read and written by the kernel",
    };
    format!("{}{direction}", kind(&arg.ty))
}

fn kind(ty: &Type) -> String {
    let names = |set: &FlagSet| {
        let few: Vec<&str> = set.flags.iter().take(4).map(|flag| flag.name).collect();
        let dots = if set.flags.len() > few.len() { " ..." } else { "" };
        format!("{}{dots}", few.join(" "))
    };
    match ty {
        Type::Int(_) | Type::Uint(_) | Type::Hex(_) => "number".into(),
        Type::Fd => "file descriptor".into(),
        Type::DirFd => "directory's descriptor, or AT_FDCWD".into(),
        Type::Pid => "process or thread".into(),
        Type::Id => "user or group".into(),
        Type::Mode | Type::FileMode(_) => "permissions".into(),
        Type::Dev(_) => "device number".into(),
        Type::Signal => "signal".into(),
        Type::Flags(set, _) if set.exclusive => format!("one of {}", names(set)),
        Type::Flags(set, _) => format!("flags: {}", names(set)),
        Type::UnixTime(_) => "seconds since 1970".into(),
        Type::Path => "path".into(),
        Type::Str => "string".into(),
        Type::Bytes(_) => "bytes".into(),
        Type::At(of) | Type::Struct(of) => format!("struct {}", of.name),
        Type::To(of) => format!("pointer to: {}", kind(of)),
        Type::Array(of, _) | Type::Inline(of, _) => format!("array of: {}", kind(of)),
        Type::Argv => "array of strings".into(),
        Type::Envp => "environment".into(),
        Type::SigSet | Type::SigSetAt(_) => "set of signals".into(),
        Type::SockAddr(_) => "socket address".into(),
        Type::FdSet(_) => "set of descriptors".into(),
        Type::Dirents(_) => "directory entries".into(),
        Type::Control(_) => "control messages".into(),
        _ => "address".into(),
    }
}

/// Lines of at most 96 columns, indented.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::from("   ")];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("it starts with one");
        if last.len() + word.len() > 95 {
            lines.push(format!("    {word}"));
        } else {
            last.push(' ');
            last.push_str(word);
        }
    }
    lines.join("\n")
}
