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
const RUNS: usize = 2;

fn place() -> PathBuf {
    std::env::temp_dir().join(format!("syscalls-corpus-{}", std::process::id()))
}

fn scratch() -> PathBuf {
    let dir = place();
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("tree/deep")).unwrap();
    fs::write(dir.join("tree/one.txt"), "one\ntwo\n").unwrap();
    fs::write(dir.join("tree/deep/two.c"), "int main(void) { return 0; }\n").unwrap();
    dir
}

fn under_strace(command: &[&str], dir: &Path, paths: bool) -> BTreeSet<String> {
    let logs = std::env::temp_dir().join(format!("syscalls-corpus-log-{}", std::process::id()));
    let _ = fs::remove_dir_all(&logs);
    fs::create_dir_all(&logs).unwrap();
    Command::new("strace")
        .args(if paths { &["-y"][..] } else { &[] })
        .args(["-ff", "-q", "-o"])
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
    lines.iter().map(|line| shape(line, &pids)).collect()
}

/// The lines that differ: `S` only strace prints, `O` only we.
fn differences(command: &[&str], paths: bool) -> Vec<String> {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let runs: Vec<_> = (0..RUNS).map(|_| under_strace(command, &scratch(), paths)).collect();
    let mut ours = BTreeSet::new();
    for _ in 0..RUNS {
        let run = tracer::trace(command, &scratch(), paths);
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
    // strace takes netlink messages apart, which takes knowing every protocol of netlink.
    let netlink = theirs.iter().any(|line| line.contains("nlmsg_len"));
    let apart = |line: &&String| netlink && (line.starts_with("send") || line.starts_with("recv"));
    let missing = always.difference(&ours).filter(|l| !luck(l) && !apart(l) && !varies(l, &ours));
    let mut found: Vec<String> = missing.map(|l| format!("S {l}")).collect();
    let surplus = ours.difference(&theirs).filter(|l| !luck(l) && !apart(l) && !varies(l, &theirs));
    found.extend(surplus.map(|l| format!("O {l}")));
    found.sort_by_key(|line| line[2..].to_owned());
    // While we are alone: the place is every test's.
    let _ = fs::remove_dir_all(place());
    found
}

fn there(tool: &str) -> bool {
    Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn agrees(command: &[&str], paths: bool) {
    if !there("strace") || !there(command[0]) {
        eprintln!("SKIPPED: strace or {} is missing", command[0]);
        return;
    }
    // A difference in how we write a call comes back every time; one of timing does not.
    let mut found = differences(command, paths);
    for _ in 0..3 {
        if !found.is_empty() {
            let again = differences(command, paths);
            found.retain(|line| again.contains(line));
        }
    }
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
            agrees(&[$($word),+], false);
        })*
    };
}

#[test]
fn descriptors_are_followed_by_their_files() {
    let script =
        "cat < tree/one.txt | wc -c; exec 7<>new; rm new; echo x >&7; cd tree; stat one.txt";
    agrees(&["bash", "-c", script], true);
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
    id_and_date: ["bash", "-c", "id; date; hostname; nproc; umask; env >/dev/null"];
    sed_edits: ["sed", "-i", "s/one/two/", "tree/one.txt"];
    sort_and_pack: ["bash", "-c", "sort -r tree/one.txt | gzip -c | gzip -dc | md5sum; diff tree/one.txt tree/deep/two.c"];
    xz_threads: ["xz", "-T2", "-k", "tree/one.txt"];
    make_runs: ["make", "-f", "/dev/null", "-n", "tree/one.txt"];
    ip_asks_the_kernel: ["ip", "link"];
    ss_lists_sockets: ["ss", "-ltn"];
    sqlite_locks: ["sqlite3", "db", "create table t(x); insert into t values(1); select * from t;"];
    busybox_does: ["busybox", "sh", "-c", "ls -l tree; cat tree/one.txt; stat tree; df; id"];
    openssl_hashes: ["openssl", "sha256", "tree/one.txt"];
    ruby_starts: ["ruby", "--disable-gems", "-e", "File.write('new', 'x'); File.stat('new'); Process.clock_gettime(Process::CLOCK_MONOTONIC); Thread.new { sleep 0.01 }.join; IO.pipe; fork { exit 2 }; Process.wait"];
    taskset_and_nice: ["bash", "-c", "taskset -p $$; nice -n 5 true; ionice -p $$; prlimit --nofile; chrt -p $$"];
    script_opens_a_terminal: ["script", "-qec", "stty -a; tty; stty size", "/dev/null"];
    curl_reads_a_file: ["curl", "-s", "file:///etc/hostname"];
    curl_finds_nobody: ["curl", "-s", "http://127.0.0.1:1/"];
    tail_follows: ["timeout", "0.3", "tail", "-f", "tree/one.txt"];
    mounts_are_listed: ["bash", "-c", "mount; du tree; mktemp -u"];
    unshare_makes_namespaces: ["unshare", "-r", "id", "-u"];
    perl_speaks_system_v: ["perl", "-MIPC::SysV=:all", "-e", "$q=msgget(IPC_PRIVATE,0600|IPC_CREAT); msgsnd($q,pack('l! a*',1,'hey'),0); msgrcv($q,$b,10,0,0); msgctl($q,IPC_RMID,0); $s=shmget(IPC_PRIVATE,4096,0600); shmwrite($s,'x',0,1); shmctl($s,IPC_RMID,0); $m=semget(IPC_PRIVATE,2,0600); semop($m,pack('s*',0,1,0)); semctl($m,0,IPC_RMID,0)"];
    python_watches: ["/usr/bin/python3", "-S", "-E", "-c", "import ctypes,os,signal,time,socket\nl=ctypes.CDLL(None,use_errno=True)\nf=l.inotify_init1(0o2000000); l.inotify_add_watch(f,b'tree',0xfff); open('tree/x','w').close(); os.read(f,4096)\nt=l.timerfd_create(1,0); b=ctypes.create_string_buffer((1).to_bytes(8,'little')*4,32); l.timerfd_settime(t,0,b,None)\nsignal.setitimer(signal.ITIMER_REAL,0.01); signal.signal(signal.SIGALRM,lambda *a:0); signal.pause()\nsignal.pthread_sigmask(signal.SIG_BLOCK,{signal.SIGUSR2}); os.kill(os.getpid(),signal.SIGUSR2); signal.sigtimedwait({signal.SIGUSR2},1); signal.sigpending()\nm=l.memfd_create(b'x',3); l.fcntl(m,1033,2); l.prctl(15,b'name',0,0,0); l.prctl(38,1,0,0,0)\nl.mlock(b,32); l.madvise(0,4096,4); l.mremap(0,0,0,0); l.msync(0,0,4); l.personality(0xffffffff); l.sched_yield()\nl.getcpu(b,b,0); l.splice(0,None,1,None,5,0); l.tee(0,1,5,0); l.sync_file_range(m,0,0,1); l.posix_fadvise(m,0,0,1); l.fallocate(m,0,ctypes.c_long(0),ctypes.c_long(100))\nl.name_to_handle_at(-100,b'tree',b,b,0); l.setns(m,0); l.unshare(0); l.setpgid(0,0); l.getpriority(0,0); l.acct(b'x'); l.swapon(b'x',0); l.pivot_root(b'a',b'b') if hasattr(l,'pivot_root') else 0\nl.mount(b'a',b'b',b'c',1,None); l.umount2(b'nowhere',2); l.reboot(0); l.capget(b,b); l.syslog(10,None,0) if 0 else 0; l.adjtimex(b) if 0 else 0\ns=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM); s.setsockopt(41,26,1); s.bind(('::1',0)); s.sendto(b'x',s.getsockname()); s.recvfrom(10); s.shutdown(2) if 0 else 0\nn=socket.socket(16,3,0); n.bind((0,0)); n.getsockname() if 0 else 0\nl.sendmmsg(s.fileno(),None,0,0); l.recvmmsg(s.fileno(),None,0,0,None); l.eventfd(1,1); l.pidfd_open(os.getpid(),0) if hasattr(l,'pidfd_open') else 0; l.syscall(434,os.getpid(),0); l.syscall(439,-100,b'tree',4,0); l.syscall(436,100,200,0); l.syscall(437,-100,b'tree',b,24); l.syscall(333,0,0,0,0,0,0); l.syscall(425,0,b); l.syscall(600,1,2,3,4,5,6)"];
    node_starts: ["node", "-e", "require('fs').readFileSync('/etc/hostname'); setTimeout(()=>{},5)"];
}
