//! Real programs under strace and under our own tracer: the shapes of their calls are the same.
//!
//! Two runs of a program are never quite the same, so shapes are compared, as sets: what strace
//! printed in each of several runs must be among ours, and what we printed must be among strace's
//! of some run. Skipped, loudly, where strace is missing.
#![allow(clippy::unwrap_used, reason = "a test that can't set itself up should panic")]

#[path = "strace/normalise.rs"]
mod normalise;
#[path = "strace/tracer.rs"]
mod tracer;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use normalise::{shape, skeleton};

/// One program at a time: the tracer waits for any child.
static ALONE: Mutex<()> = Mutex::new(());
/// More runs of strace see more of what timing allows.
const RUNS: usize = 3;

fn scratch() -> PathBuf {
    let dir = std::env::temp_dir().join(format!("syscalls-corpus-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("tree/deep")).unwrap();
    fs::write(dir.join("tree/one.txt"), "one\ntwo\n").unwrap();
    fs::write(dir.join("tree/deep/two.c"), "int main(void) { return 0; }\n").unwrap();
    dir
}

fn under_strace(command: &[&str], dir: &Path) -> BTreeSet<String> {
    let logs = std::env::temp_dir().join(format!("syscalls-corpus-log-{}", std::process::id()));
    let _ = fs::remove_dir_all(&logs);
    fs::create_dir_all(&logs).unwrap();
    Command::new("strace")
        .args(["-ff", "-q", "-e", "signal=none", "-o"])
        .arg(logs.join("log"))
        .args(command)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let mut lines = Vec::new();
    let mut pids = BTreeSet::new();
    for file in fs::read_dir(&logs).unwrap() {
        let path = file.unwrap().path();
        pids.insert(path.extension().unwrap().to_str().unwrap().parse().unwrap());
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        lines.extend(text.lines().map(str::to_owned));
    }
    fs::remove_dir_all(&logs).unwrap();
    let said = |line: &&String| !line.starts_with("+++") && !line.starts_with("---");
    lines.iter().filter(said).map(|line| shape(line, &pids)).collect()
}

/// The lines that differ: `S` only strace prints, `O` only we.
fn differences(command: &[&str]) -> Vec<String> {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let runs: Vec<_> = (0..RUNS).map(|_| under_strace(command, &scratch())).collect();
    let mut ours = BTreeSet::new();
    for _ in 0..RUNS {
        let run = tracer::trace(command, &scratch());
        ours.extend(run.lines.iter().map(|line| shape(line, &run.pids)));
    }
    let always: BTreeSet<_> =
        runs[0].iter().filter(|l| runs.iter().all(|r| r.contains(*l))).cloned().collect();
    let theirs: BTreeSet<_> = runs.into_iter().flatten().collect();
    let varies = |line: &String, others: &BTreeSet<String>| {
        let Some(bare) = skeleton(line) else { return false };
        others.iter().any(|other| skeleton(other).as_ref() == Some(&bare))
    };
    // Whether a thread has to wait is a matter of luck.
    let luck = |line: &&String| line.starts_with("futex(");
    let missing = always.difference(&ours).filter(|l| !luck(l) && !varies(l, &ours));
    let mut found: Vec<String> = missing.map(|l| format!("S {l}")).collect();
    let surplus = ours.difference(&theirs).filter(|l| !varies(l, &theirs));
    found.extend(surplus.map(|l| format!("O {l}")));
    found.sort_by_key(|line| line[2..].to_owned());
    found
}

fn there(tool: &str) -> bool {
    Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn agrees(command: &[&str]) {
    if !there("strace") || !there(command[0]) {
        eprintln!("SKIPPED: strace or {} is missing", command[0]);
        return;
    }
    let found = differences(command);
    if let Ok(path) = std::env::var("CORPUS_REPORT") {
        use std::io::Write;
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "== {command:?}: {}\n{}", found.len(), found.join("\n")).unwrap();
    }
    assert!(found.is_empty(), "{command:?} differs from strace:\n{}", found.join("\n"));
}

/// A test a program.
macro_rules! corpus {
    ($($name:ident: [$($word:expr),+];)*) => {
        $(#[test]
        fn $name() {
            agrees(&[$($word),+]);
        })*
    };
}

corpus! {
    ls_looks_at_files: ["ls", "-l", "/etc"];
    cat_reads: ["cat", "tree/one.txt", "/nonexistent"];
    a_shell_pipes: ["bash", "-c", "echo hello | tr a-z A-Z | wc -c; (exit 3); kill -0 $$; ulimit -n; umask 027"];
    find_walks: ["find", "tree", "-type", "f", "-name", "*.c"];
    tar_packs: ["tar", "cf", "packed.tar", "tree"];
    cp_copies: ["cp", "-a", "tree", "copy"];
    ln_links: ["bash", "-c", "ln tree/one.txt hard; ln -s tree/one.txt soft; readlink soft"];
    mkdir_and_rmdir: ["bash", "-c", "mkdir -p a/b/c; rmdir a/b/c; mv a z; rm -r z"];
    chmod_and_chown: ["bash", "-c", "chmod 600 tree/one.txt; chown 1:1 tree/one.txt; chmod u+s tree/one.txt"];
    touch_sets_times: ["touch", "-d", "2001-02-03", "tree/one.txt", "new"];
    truncate_cuts: ["truncate", "-s", "12345", "tree/one.txt"];
    sleep_sleeps: ["sleep", "0.01"];
    dd_seeks: ["dd", "if=/dev/zero", "of=out", "bs=512", "count=2", "seek=3", "conv=fsync"];
    stat_and_df: ["bash", "-c", "stat tree /dev/null /dev/tty; df ."];
    flock_locks: ["flock", "lockfile", "true"];
    timeout_kills: ["timeout", "0.05", "sleep", "5"];
    getent_asks: ["getent", "hosts", "localhost"];
    git_asks: ["bash", "-c", "git init -q repo; cd repo; git status; git config -l"];
    gcc_compiles: ["gcc", "-o", "two", "tree/deep/two.c"];
    perl_sockets: ["perl", "-MSocket", "-e", "socketpair(A,B,AF_UNIX,SOCK_STREAM,0); print A 'x'; socket(C,AF_INET,SOCK_STREAM,6); connect(C,sockaddr_in(1,inet_aton('127.0.0.1'))); $SIG{ALRM}=sub{}; alarm 1; unlink 'q'; opendir(D,'/'); readdir D; select(undef,undef,undef,0.01); fork or exit 3; wait;"];
    python_is_busy: ["/usr/bin/python3", "-S", "-E", "-c", "import os,socket,select,threading,time,mmap,signal,fcntl,resource\ns=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(('127.0.0.1',0)); s.listen(5)\nc=socket.create_connection(s.getsockname()); a,b=s.accept(); c.sendall(b'hello'); a.recv(10)\np=select.poll(); p.register(a,select.POLLIN|select.POLLOUT); p.poll(10)\ne=select.epoll(); e.register(a,select.EPOLLIN|select.EPOLLOUT); e.poll(0.01); e.close()\nselect.select([c],[c],[],0.01); select.select([c],[],[],0.001)\nu=socket.socketpair(); socket.send_fds(u[0],[b'x'],[1]); socket.recv_fds(u[1],10,4)\nt=threading.Thread(target=lambda: time.sleep(0.01)); t.start(); t.join()\nm=mmap.mmap(-1,8192); m.close()\nsignal.signal(signal.SIGUSR1,lambda *x:None); os.kill(os.getpid(),signal.SIGUSR1)\nr,w=os.pipe(); fcntl.fcntl(r,fcntl.F_SETFL,os.O_NONBLOCK); fcntl.fcntl(r,fcntl.F_GETFL); fcntl.flock(r,8)\nresource.getrlimit(resource.RLIMIT_NOFILE); resource.getrusage(resource.RUSAGE_SELF)\nos.uname(); os.sched_getaffinity(0); os.getrandom(4); os.eventfd(3) if hasattr(os,'eventfd') else 0; os.memfd_create('m')\nos.utime('tree/one.txt',(1,2)); os.statvfs('/'); os.pread(os.open('tree/one.txt',os.O_RDONLY),3,1); os.setxattr('tree/one.txt','user.x',b'1') if 0 else 0\ng=os.fork()\nif g==0: os._exit(7)\nos.waitpid(g,0); os.waitid(os.P_ALL,0,os.WEXITED|os.WNOHANG) if 0 else 0; os.times(); os.getgroups(); os.getsid(0); os.nice(0); os.sync()"];
    node_starts: ["node", "-e", "require('fs').readFileSync('/etc/hostname'); setTimeout(()=>{},5)"];
}
