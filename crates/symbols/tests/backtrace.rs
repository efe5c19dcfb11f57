//! Stacks of real processes, with gdb as the oracle.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

use engine::{Addr, Fault, Memory, Pid};
use nix::sys::{ptrace, wait};
use symbols::{Registers, Symbols};

/// Memory of a stopped process.
struct ProcMem(File);

impl Memory for ProcMem {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        self.0.read_exact_at(buf, addr).map_err(|_| Fault { addr })
    }

    fn write(&mut self, addr: Addr, _: &[u8]) -> Result<(), Fault> {
        Err(Fault { addr })
    }
}

/// Compiles the guest, stops it in its chain of calls, and tells our functions and gdb's.
fn functions(name: &str, options: &[&str]) -> (Vec<String>, Vec<String>, String) {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/call_chain.c");
    let mut gcc = Command::new("gcc");
    gcc.args(options).arg("-o").arg(&program).arg(source);
    assert!(gcc.status().unwrap().success());
    let mut child = Command::new(&program).stdin(Stdio::null()).spawn().unwrap();
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    // Asleep in pause(2), number 34: then the chain is complete.
    let in_pause = || {
        let call = std::fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
        call.starts_with("34 ")
    };
    while !in_pause() {
        std::thread::yield_now();
    }
    let gdb = Command::new("gdb")
        .args(["-batch", "-nx", "-ex", "bt", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let gdb = String::from_utf8_lossy(&gdb.stdout).into_owned();
    let theirs = gdb.lines().filter(|line| line.starts_with('#')).filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| *word == "in").map_or(1, |at| at + 1);
        words.get(at).map(|word| (*word).to_owned())
    });
    let theirs: Vec<String> = theirs.collect();

    ptrace::attach(pid).unwrap();
    wait::waitpid(pid, None).unwrap();
    let registers = ptrace::getregs(pid).unwrap();
    let memory = ProcMem(File::open(format!("/proc/{pid}/mem")).unwrap());
    let registers = Registers { ip: registers.rip, sp: registers.rsp, bp: registers.rbp };
    let mut symbols = Symbols::new();
    let frames = symbols.backtrace(Pid(pid.as_raw()), registers, &memory);
    let again = symbols.backtrace(Pid(pid.as_raw()), registers, &memory);
    ptrace::detach(pid, None).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(frames, again, "what is kept answers differently");
    let ours = frames.iter().filter_map(|frame| frame.function.clone()).collect();
    (ours, theirs, format!("{frames:#?}\n{gdb}"))
}

fn agree(name: &str, options: &[&str]) -> String {
    let (ours, theirs, all) = functions(name, options);
    let chain = ["inner", "middle", "outer", "main"];
    let at = ours.iter().position(|name| name == "inner").unwrap_or_else(|| panic!("{all}"));
    assert_eq!(ours[at..at + 4], chain, "{all}");
    let at = theirs.iter().position(|name| name == "inner").unwrap_or_else(|| panic!("{all}"));
    assert_eq!(theirs[at..at + 4], chain, "gdb: {all}");
    all
}

#[test]
fn a_dynamic_program_is_unwound_through_the_c_library() {
    let all = agree("chain_dynamic", &["-O2", "-g"]);
    assert!(all.contains("call_chain.c") && all.contains("libc.so.6"), "{all}");
}

#[test]
fn a_static_program_is_unwound() {
    agree("chain_static", &["-O2", "-static"]);
}

#[test]
fn a_program_without_frame_pointers_or_position_independence_is_unwound() {
    agree("chain_nopie", &["-O2", "-fomit-frame-pointer", "-no-pie"]);
    agree("chain_o0", &["-O0", "-fno-omit-frame-pointer"]);
}

#[test]
fn a_stripped_program_gives_offsets_instead_of_names() {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chain_stripped");
    let (ours, _, all) = functions("chain_stripped", &["-O2", "-s"]);
    assert!(!ours.iter().any(|name| name == "middle"), "{all}");
    assert!(all.matches(program.to_str().unwrap()).count() >= 4, "{all}");
}

#[test]
fn a_process_that_is_gone_has_no_stack() {
    let memory = ProcMem(File::open("/dev/null").unwrap());
    let registers = Registers { ip: 1, sp: 2, bp: 3 };
    let frames = Symbols::new().backtrace(Pid(i32::MAX), registers, &memory);
    assert!(frames.iter().all(|frame| frame.function.is_none()), "{frames:?}");
}
