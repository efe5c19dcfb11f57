//! A tracer for tests: a process tree under ptrace, one rendered line a call, nothing clever.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::path::Path;

use syscalls::{Addr, Fault, Line, Memory, Style};

/// What a run left.
pub struct Trace {
    /// The lines of all tasks, each task's in order.
    pub lines: Vec<String>,
    /// The processes and threads that ran.
    pub pids: BTreeSet<i32>,
}

struct Process(i32);

impl Memory for Process {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        let local = libc::iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: buf.len() };
        let remote = libc::iovec { iov_base: addr as *mut libc::c_void, iov_len: buf.len() };
        // SAFETY: `local` is the caller's buffer; the remote side is checked by the kernel.
        let n = unsafe { libc::process_vm_readv(self.0, &local, 1, &remote, 1, 0) };
        if n == buf.len() as isize { Ok(()) } else { Err(Fault { addr }) }
    }

    fn write(&mut self, addr: Addr, _: &[u8]) -> Result<(), Fault> {
        Err(Fault { addr })
    }
}

fn ptrace(request: libc::c_uint, pid: i32, addr: usize, data: usize) -> i64 {
    // SAFETY: every request made here stores nothing, or into a struct that outlives the call.
    unsafe { libc::ptrace(request, pid, addr, data) }
}

fn registers(pid: i32) -> libc::user_regs_struct {
    // SAFETY: the struct is plain numbers.
    let mut regs: libc::user_regs_struct = unsafe { std::mem::zeroed() };
    ptrace(libc::PTRACE_GETREGS, pid, 0, &raw mut regs as usize);
    regs
}

/// Runs a command in a directory, its streams on `/dev/null`, and renders every call.
///
/// With `paths`, descriptors are followed by their files, as `strace -y` does.
pub fn trace(command: &[&str], dir: &Path, paths: bool) -> Trace {
    let argv: Vec<CString> =
        command.iter().map(|a| CString::new(*a).expect("no zero byte in a word")).collect();
    let mut pointers: Vec<*const libc::c_char> = argv.iter().map(|a| a.as_ptr()).collect();
    pointers.push(std::ptr::null());
    let program = CString::new(found(command[0])).expect("nor in a path");
    let dir = CString::new(dir.as_os_str().as_encoded_bytes()).expect("nor in this one");
    // SAFETY: between fork and exec the child makes system calls only, on memory prepared before.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: as above.
        unsafe {
            for fd in 0..3 {
                let mode = if fd == 0 { libc::O_RDONLY } else { libc::O_WRONLY };
                let null = libc::open(c"/dev/null".as_ptr(), mode | libc::O_CLOEXEC);
                libc::dup2(null, fd);
            }
            // The runtime of Rust ignores it; strace's children find it as it was.
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::chdir(dir.as_ptr());
            libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
            libc::kill(libc::getpid(), libc::SIGSTOP);
            libc::execv(program.as_ptr(), pointers.as_ptr());
            libc::_exit(127);
        }
    }
    follow(child, paths)
}

/// Where the shell would find it: strace looks the program up before it starts it.
fn found(program: &str) -> String {
    if program.contains('/') {
        return program.to_owned();
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let mut places = path.split(':').map(|dir| format!("{dir}/{program}"));
    places.find(|place| Path::new(place).exists()).unwrap_or_else(|| program.to_owned())
}

fn wait(pid: i32) -> Option<(i32, i32)> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    let pid = unsafe { libc::waitpid(pid, &raw mut status, libc::__WALL) };
    (pid > 0).then_some((pid, status))
}

/// The file behind a descriptor, as the kernel tells it.
fn path(pid: i32, fd: i32) -> Option<String> {
    let link = match fd {
        -100 => format!("/proc/{pid}/cwd"),
        fd => format!("/proc/{pid}/fd/{fd}"),
    };
    Some(std::fs::read_link(link).ok()?.to_string_lossy().into_owned())
}

fn follow(child: i32, paths: bool) -> Trace {
    let mut under_way: BTreeMap<i32, Line> = BTreeMap::new();
    let mut started: BTreeSet<i32> = BTreeSet::new();
    let mut lines: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    let mut ended = Vec::new();
    wait(child).expect("the child stops itself");
    let options = libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACEEXEC
        | libc::PTRACE_O_EXITKILL;
    ptrace(libc::PTRACE_SETOPTIONS, child, 0, options as usize);
    started.insert(child);
    ptrace(libc::PTRACE_SYSCALL, child, 0, 0);
    while let Some((pid, status)) = wait(-1) {
        if !libc::WIFSTOPPED(status) {
            if lines.contains_key(&pid) || under_way.contains_key(&pid) {
                ended.push((pid, syscalls::render_end(status)));
            }
            if let Some(line) = under_way.remove(&pid) {
                let style = Style::default();
                lines.entry(pid).or_default().push(line.exit(None, &Process(pid), &style));
            }
            continue;
        }
        let mut pass = 0;
        let of = |fd| path(pid, fd);
        let hook: Option<&dyn Fn(i32) -> Option<String>> = if paths { Some(&of) } else { None };
        let style = Style { fd_path: hook, ..Style::default() };
        match (libc::WSTOPSIG(status), status >> 16) {
            (stop, 0) if stop == libc::SIGTRAP | 0x80 => {
                let regs = registers(pid);
                let memory = Process(pid);
                match under_way.remove(&pid) {
                    None => {
                        let args = [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9];
                        let line = Line::enter(regs.orig_rax, &args, &memory, &style);
                        under_way.insert(pid, line.with_stack_pointer(regs.rsp, &memory));
                    }
                    Some(line) => {
                        let result = Some(regs.rax.cast_signed());
                        let line = line.exit(result, &memory, &style);
                        lines.entry(pid).or_default().push(line);
                    }
                }
            }
            // A new task's first stop is ours, not the program's.
            (libc::SIGSTOP, 0) if started.insert(pid) => {}
            (signal, 0) => {
                let mut info = [0; 128];
                // A group-stop has none.
                if ptrace(libc::PTRACE_GETSIGINFO, pid, 0, info.as_mut_ptr() as usize) == 0 {
                    let line = syscalls::render_signal(signal, &info);
                    lines.entry(pid).or_default().push(line);
                }
                pass = signal as usize;
            }
            // An event: the call goes on. After an exec from a thread, only the leader is there.
            (_, event) if event == libc::PTRACE_EVENT_EXEC => {
                let mut former = 0usize;
                ptrace(libc::PTRACE_GETEVENTMSG, pid, 0, &raw mut former as usize);
                if former as i32 != pid
                    && let Some(line) = under_way.remove(&(former as i32))
                {
                    under_way.insert(pid, line);
                }
            }
            _ => {}
        }
        started.insert(pid);
        ptrace(libc::PTRACE_SYSCALL, pid, 0, pass);
    }
    for (pid, end) in ended {
        lines.entry(pid).or_default().push(end);
    }
    Trace { lines: lines.into_values().flatten().collect(), pids: started }
}
