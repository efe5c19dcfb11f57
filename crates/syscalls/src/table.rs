//! The table: one line a call.
//!
//! `number name [groups] (argument: type, ...) -> result;` A pointer's type is wrapped in what the
//! kernel does there: `r(...)` reads, `w(...)` writes, `rw(...)` both. `by f` names a function of
//! [`variants`](crate::variants) that knows the arguments of one very call where they depend on a
//! command or on flags.
//!
//! Sources: `arch/x86/entry/syscalls/syscall_64.tbl` of Linux 6.18, the man pages for the names of
//! arguments, `strace -e trace=%group` for the groups.

use crate::flags as f;
use crate::structs as s;
use crate::types::of;
use crate::types::short::*;
use crate::variants;
use crate::{Arg, Direction, Groups, Len, Syscall, Type};

const D: Groups = Groups::DESC;
const F: Groups = Groups::FILE;
const N: Groups = Groups::NETWORK;
const P: Groups = Groups::PROCESS;
const M: Groups = Groups::MEMORY;
const S: Groups = Groups::SIGNAL;
const I: Groups = Groups::IPC;
const CLOCK: Groups = Groups::CLOCK.or(Groups::TIME);
const T: Groups = Groups::TIME;
const CREDS: Groups = Groups::CREDS;
const PURE: Groups = Groups::PURE;
const STAT: Groups = Groups::STAT.or(Groups::STATS);
const LSTAT: Groups = Groups::LSTAT.or(Groups::STATS);
const FSTAT: Groups = Groups::FSTAT.or(Groups::STATS);
const STATFS: Groups = Groups::STATFS.or(Groups::STATFSES);
const STATFSES: Groups = Groups::STATFSES;
const FSTATFS: Groups = Groups::FSTATFS.or(Groups::STATFSES);

/// A type, and what the kernel does where it points.
#[derive(Clone, Copy)]
pub(crate) struct Param(pub(crate) Type, pub(crate) Direction);

/// The register itself.
pub(crate) const fn v(ty: Type) -> Param {
    Param(ty, Direction::Value)
}
/// The kernel reads there.
pub(crate) const fn r(ty: Type) -> Param {
    Param(ty, Direction::Read)
}
/// The kernel writes there.
pub(crate) const fn w(ty: Type) -> Param {
    Param(ty, Direction::Written)
}
/// The kernel does both.
pub(crate) const fn rw(ty: Type) -> Param {
    Param(ty, Direction::Both)
}
/// A buffer as long as an argument says.
pub(crate) const fn buf(index: u8) -> Type {
    Type::Bytes(Len::Arg(index))
}
/// So many elements as an argument says.
pub(crate) const fn many(of: &'static Type, index: u8) -> Type {
    Type::Array(of, Len::Arg(index))
}
/// Of a terminal's or a socket's address, as long as an argument says.
const fn addr(index: u8) -> Type {
    Type::SockAddr(Len::Arg(index))
}
const fn sigset(index: u8) -> Type {
    Type::SigSetAt(Len::Arg(index))
}

pub(crate) const FD: Param = v(Type::Fd);
pub(crate) const DIR: Param = v(Type::DirFd);
pub(crate) const PID: Param = v(Type::Pid);
pub(crate) const UINT: Param = v(U32);
pub(crate) const INT_ARG: Param = v(I32);
pub(crate) const SIZE: Param = v(U64);
pub(crate) const OFF: Param = v(I64);
pub(crate) const HEX: Param = v(X64);
pub(crate) const PATH: Param = r(Type::Path);
pub(crate) const STR: Param = r(Type::Str);
pub(crate) const MODE: Param = v(Type::Mode);
pub(crate) const PTR: Param = v(Type::Ptr);
pub(crate) const ID: Param = v(Type::Id);
pub(crate) const SIG: Param = v(Type::Signal);
/// What was transferred.
const RET: Param = w(Type::Bytes(Len::Result));
const IOVEC_R: Type = many(of!(Type::Struct(&s::IOVEC)), 2);
const TIMESPEC: Param = r(Type::At(&s::TIMESPEC));
const TIMEVAL: Param = r(Type::At(&s::TIMEVAL));

const INT: Type = I32;
const LONG: Type = I64;
const NEWFD: Type = Type::Fd;
const ADDR: Type = Type::Ptr;
const NEVER: Type = Type::Never;
const ABSENT: Type = Type::Absent;

macro_rules! calls {
    ($(
        $nr:literal $name:ident [$($group:ident)*] ($($arg:ident $(@ $register:literal)?: $param:expr),*) -> $result:expr
        $(, by $variant:ident)?;
    )*) => {
        pub(crate) static CALLS: &[Syscall] = &[$(Syscall {
            nr: $nr,
            name: stringify!($name),
            groups: Groups::NONE$(.or($group))*,
            args: arguments!($($arg $(@ $register)?: $param),*),
            result: $result,
            variant: calls!(@variant $($variant)?),
        }),*];
    };
    (@variant) => { None };
    (@variant $f:ident) => { Some(variants::$f) };
}

/// A list of arguments, each in the register of its place unless one is named (`flags @ 5`).
macro_rules! arguments {
    ($($arg:ident $(@ $register:literal)?: $param:expr),*) => {{
        const LIST: &[Arg] = &{
            let list = [$(Arg {
                name: argument!($arg),
                ty: $param.0,
                direction: $param.1,
                register: arguments!(@register $($register)?),
            }),*];
            crate::table::numbered(list)
        };
        LIST
    }};
    (@register) => { u8::MAX };
    (@register $register:literal) => { $register };
}
pub(crate) use arguments;

/// Gives each argument without a register the one of its place.
pub(crate) const fn numbered<const N: usize>(mut list: [Arg; N]) -> [Arg; N] {
    let mut i = 0;
    while i < N {
        if list[i].register == u8::MAX {
            list[i].register = i as u8;
        }
        i += 1;
    }
    list
}

/// An argument's name; some are words of Rust.
macro_rules! argument {
    (r#type) => {
        "type"
    };
    (r#in) => {
        "in"
    };
    ($name:ident) => {
        stringify!($name)
    };
}
pub(crate) use argument;

calls! {
    0 read [D] (fd: FD, buf: RET, count: SIZE) -> LONG;
    1 write [D] (fd: FD, buf: r(buf(2)), count: SIZE) -> LONG;
    2 open [D F] (pathname: PATH, flags: v(bits(&f::OPEN)), mode: MODE) -> NEWFD, by open;
    3 close [D] (fd: FD) -> INT;
    4 stat [F STAT] (pathname: PATH, statbuf: w(Type::At(&s::STAT))) -> INT;
    5 fstat [D FSTAT] (fd: FD, statbuf: w(Type::At(&s::STAT))) -> INT;
    6 lstat [F LSTAT] (pathname: PATH, statbuf: w(Type::At(&s::STAT))) -> INT;
    7 poll [D T] (fds: rw(many(of!(Type::Struct(&s::POLLFD)), 1)), nfds: UINT, timeout: INT_ARG) -> INT;
    8 lseek [D] (fd: FD, offset: OFF, whence: v(bits(&f::SEEK))) -> LONG;
    9 mmap [D M] (addr: PTR, length: SIZE, prot: v(bits8(&f::PROT)), flags: v(bits(&f::MAP)), fd: FD, offset: HEX) -> ADDR;
    10 mprotect [M] (addr: PTR, length: SIZE, prot: v(bits8(&f::PROT))) -> INT;
    11 munmap [M] (addr: PTR, length: SIZE) -> INT;
    12 brk [M] (addr: PTR) -> ADDR;
    13 rt_sigaction [S] (signum: SIG, act: r(Type::At(&s::SIGACTION)), oldact: w(Type::At(&s::SIGACTION)), sigsetsize: SIZE) -> INT;
    14 rt_sigprocmask [S] (how: v(bits(&f::SIGPROCMASK)), set: r(sigset(3)), oldset: w(sigset(3)), sigsetsize: SIZE) -> INT;
    15 rt_sigreturn [S] () -> LONG;
    16 ioctl [D] (fd: FD, request: v(bits(&f::IOCTL)), argp: PTR) -> INT, by ioctl;
    17 pread64 [D] (fd: FD, buf: RET, count: SIZE, offset: OFF) -> LONG;
    18 pwrite64 [D] (fd: FD, buf: r(buf(2)), count: SIZE, offset: OFF) -> LONG;
    19 readv [D] (fd: FD, iov: w(IOVEC_R), iovcnt: SIZE) -> LONG;
    20 writev [D] (fd: FD, iov: r(IOVEC_R), iovcnt: SIZE) -> LONG;
    21 access [F] (pathname: PATH, mode: v(bits(&f::ACCESS))) -> INT;
    22 pipe [D] (pipefd: w(Type::To(of!(Type::Inline(&Type::Fd, 2))))) -> INT;
    23 select [D T] (nfds: INT_ARG, readfds: rw(Type::FdSet(0)), writefds: rw(Type::FdSet(0)), exceptfds: rw(Type::FdSet(0)), timeout: rw(Type::At(&s::TIMEVAL))) -> INT;
    24 sched_yield [] () -> INT;
    25 mremap [M] (old_address: PTR, old_size: SIZE, new_size: SIZE, flags: v(bits8(&f::MREMAP)), new_address: PTR) -> ADDR, by mremap;
    26 msync [M] (addr: PTR, length: SIZE, flags: v(bits(&f::MSYNC))) -> INT;
    27 mincore [M] (addr: PTR, length: SIZE, vec: w(Type::Ptr)) -> INT;
    28 madvise [M] (addr: PTR, length: SIZE, advice: v(bits(&f::MADVISE))) -> INT;
    29 shmget [I] (key: v(X32), size: SIZE, shmflg: v(bits(&f::SHM_GET))) -> INT;
    30 shmat [I M] (shmid: INT_ARG, shmaddr: PTR, shmflg: v(bits(&f::SHM_AT))) -> ADDR;
    31 shmctl [I] (shmid: INT_ARG, cmd: v(bits(&f::SHM_CTL)), buf: rw(Type::Ptr)) -> INT, by shmctl;
    32 dup [D] (oldfd: FD) -> NEWFD;
    33 dup2 [D] (oldfd: FD, newfd: FD) -> NEWFD;
    34 pause [S] () -> INT;
    35 nanosleep [T] (req: TIMESPEC, rem: w(Type::At(&s::TIMESPEC))) -> INT;
    36 getitimer [T] (which: v(bits(&f::ITIMER)), curr_value: w(Type::At(&s::ITIMERVAL))) -> INT;
    37 alarm [T] (seconds: UINT) -> U32;
    38 setitimer [T] (which: v(bits(&f::ITIMER)), new_value: r(Type::At(&s::ITIMERVAL)), old_value: w(Type::At(&s::ITIMERVAL))) -> INT;
    39 getpid [PURE] () -> Type::Pid;
    40 sendfile [D N] (out_fd: FD, in_fd: FD, offset: rw(Type::To(&U64)), count: SIZE) -> LONG;
    41 socket [N] (domain: v(bits(&f::DOMAIN)), r#type: v(bits(&f::SOCK_FLAGS)), protocol: v(bits(&f::IPPROTO))) -> NEWFD, by socket;
    42 connect [N] (sockfd: FD, addr: r(addr(2)), addrlen: INT_ARG) -> INT;
    43 accept [N] (sockfd: FD, addr: w(Type::SockAddr(Len::At(2))), addrlen: rw(Type::To(&I32))) -> NEWFD;
    44 sendto [N] (sockfd: FD, buf: r(buf(2)), len: SIZE, flags: v(bits(&f::MSG)), dest_addr: r(addr(5)), addrlen: INT_ARG) -> LONG;
    45 recvfrom [N] (sockfd: FD, buf: RET, len: SIZE, flags: v(bits(&f::MSG)), src_addr: w(Type::SockAddr(Len::At(5))), addrlen: rw(Type::To(&I32))) -> LONG;
    46 sendmsg [N] (sockfd: FD, msg: r(Type::At(&s::MSGHDR)), flags: v(bits(&f::MSG))) -> LONG;
    47 recvmsg [N] (sockfd: FD, msg: rw(Type::At(&s::MSGHDR)), flags: v(bits(&f::MSG))) -> LONG;
    48 shutdown [N] (sockfd: FD, how: v(bits(&f::SHUTDOWN))) -> INT;
    49 bind [N] (sockfd: FD, addr: r(addr(2)), addrlen: INT_ARG) -> INT;
    50 listen [N] (sockfd: FD, backlog: INT_ARG) -> INT;
    51 getsockname [N] (sockfd: FD, addr: w(Type::SockAddr(Len::At(2))), addrlen: rw(Type::To(&I32))) -> INT;
    52 getpeername [N] (sockfd: FD, addr: w(Type::SockAddr(Len::At(2))), addrlen: rw(Type::To(&I32))) -> INT;
    53 socketpair [N] (domain: v(bits(&f::DOMAIN)), r#type: v(bits(&f::SOCK_FLAGS)), protocol: SIZE, sv: w(Type::To(of!(Type::Inline(&Type::Fd, 2))))) -> INT;
    54 setsockopt [N] (sockfd: FD, level: v(bits(&f::SOL)), optname: v(bits(&f::SO)), optval: r(buf(4)), optlen: INT_ARG) -> INT, by setsockopt;
    55 getsockopt [N] (sockfd: FD, level: v(bits(&f::SOL)), optname: v(bits(&f::SO)), optval: w(Type::Bytes(Len::At(4))), optlen: rw(Type::To(&I32))) -> INT, by getsockopt;
    56 clone [P] (flags: v(bits8(&f::CLONE)), stack: PTR, parent_tid: w(Type::To(&Type::Pid)), child_tid: PTR, tls: PTR) -> Type::Pid;
    57 fork [P] () -> Type::Pid;
    58 vfork [P] () -> Type::Pid;
    59 execve [F P] (pathname: PATH, argv: r(Type::Argv), envp: r(Type::Envp)) -> INT;
    60 exit [P] (status: INT_ARG) -> NEVER;
    61 wait4 [P] (pid: PID, wstatus: w(Type::To(&Type::WaitStatus)), options: v(bits(&f::WAIT)), rusage: w(Type::At(&s::RUSAGE))) -> Type::Pid;
    62 kill [S P] (pid: PID, sig: SIG) -> INT;
    63 uname [] (buf: w(Type::At(&s::UTSNAME))) -> INT;
    64 semget [I] (key: v(X32), nsems: INT_ARG, semflg: v(bits(&f::IPC_GET))) -> INT;
    65 semop [I] (semid: INT_ARG, sops: r(many(of!(Type::Struct(&s::SEMBUF)), 2)), nsops: UINT) -> INT;
    66 semctl [I] (semid: INT_ARG, semnum: INT_ARG, cmd: v(bits(&f::SEM_CTL)), arg: HEX) -> INT, by semctl;
    67 shmdt [I M] (shmaddr: PTR) -> INT;
    68 msgget [I] (key: v(X32), msgflg: v(bits(&f::IPC_GET))) -> INT;
    69 msgsnd [I] (msqid: INT_ARG, msgp: r(Type::Message(Len::Arg(2))), msgsz: SIZE, msgflg: v(bits(&f::MSG_IPC))) -> INT;
    70 msgrcv [I] (msqid: INT_ARG, msgp: w(Type::Message(Len::Arg(2))), msgsz: SIZE, msgtyp: OFF, msgflg: v(bits(&f::MSG_IPC))) -> LONG;
    71 msgctl [I] (msqid: INT_ARG, cmd: v(bits(&f::MSG_CTL)), buf: rw(Type::Ptr)) -> INT, by msgctl;
    72 fcntl [D] (fd: FD, cmd: v(bits(&f::FCNTL)), arg: HEX) -> INT, by fcntl;
    73 flock [D] (fd: FD, operation: v(bits(&f::FLOCK))) -> INT;
    74 fsync [D] (fd: FD) -> INT;
    75 fdatasync [D] (fd: FD) -> INT;
    76 truncate [F] (pathname: PATH, length: SIZE) -> INT;
    77 ftruncate [D] (fd: FD, length: SIZE) -> INT;
    78 getdents [D] (fd: FD, dirp: w(Type::Dirents(false)), count: UINT) -> INT;
    79 getcwd [F] (buf: w(Type::Path), size: SIZE) -> INT;
    80 chdir [F] (path: PATH) -> INT;
    81 fchdir [D] (fd: FD) -> INT;
    82 rename [F] (oldpath: PATH, newpath: PATH) -> INT;
    83 mkdir [F] (pathname: PATH, mode: MODE) -> INT;
    84 rmdir [F] (pathname: PATH) -> INT;
    85 creat [D F] (pathname: PATH, mode: MODE) -> NEWFD;
    86 link [F] (oldpath: PATH, newpath: PATH) -> INT;
    87 unlink [F] (pathname: PATH) -> INT;
    88 symlink [F] (target: PATH, linkpath: PATH) -> INT;
    89 readlink [F] (pathname: PATH, buf: RET, bufsiz: SIZE) -> LONG;
    90 chmod [F] (pathname: PATH, mode: MODE) -> INT;
    91 fchmod [D] (fd: FD, mode: MODE) -> INT;
    92 chown [F] (pathname: PATH, owner: ID, group: ID) -> INT;
    93 fchown [D] (fd: FD, owner: ID, group: ID) -> INT;
    94 lchown [F] (pathname: PATH, owner: ID, group: ID) -> INT;
    95 umask [] (mask: MODE) -> Type::Mode;
    96 gettimeofday [CLOCK] (tv: w(Type::At(&s::TIMEVAL)), tz: w(Type::At(&s::TIMEZONE))) -> INT;
    97 getrlimit [] (resource: v(bits(&f::RLIMIT)), rlim: w(Type::At(&s::RLIMIT))) -> INT;
    98 getrusage [] (who: v(bits(&f::RUSAGE)), usage: w(Type::At(&s::RUSAGE))) -> INT;
    99 sysinfo [] (info: w(Type::At(&s::SYSINFO))) -> INT;
    100 times [T] (buf: w(Type::At(&s::TMS))) -> LONG;
    101 ptrace [] (request: v(bits8(&f::PTRACE)), pid: PID, addr: PTR, data: PTR) -> LONG, by ptrace;
    102 getuid [CREDS PURE] () -> U32;
    103 syslog [] (r#type: v(bits(&f::SYSLOG)), bufp: w(Type::Ptr), len: INT_ARG) -> INT, by syslog;
    104 getgid [CREDS PURE] () -> U32;
    105 setuid [CREDS] (uid: ID) -> INT;
    106 setgid [CREDS] (gid: ID) -> INT;
    107 geteuid [CREDS PURE] () -> U32;
    108 getegid [CREDS PURE] () -> U32;
    109 setpgid [] (pid: PID, pgid: PID) -> INT;
    110 getppid [PURE] () -> Type::Pid;
    111 getpgrp [PURE] () -> Type::Pid;
    112 setsid [] () -> Type::Pid;
    113 setreuid [CREDS] (ruid: ID, euid: ID) -> INT;
    114 setregid [CREDS] (rgid: ID, egid: ID) -> INT;
    115 getgroups [CREDS] (size: INT_ARG, list: w(Type::Array(&Type::Id, Len::Result))) -> INT;
    116 setgroups [CREDS] (size: INT_ARG, list: r(many(&Type::Id, 0))) -> INT;
    117 setresuid [CREDS] (ruid: ID, euid: ID, suid: ID) -> INT;
    118 getresuid [CREDS] (ruid: w(Type::To(&Type::Id)), euid: w(Type::To(&Type::Id)), suid: w(Type::To(&Type::Id))) -> INT;
    119 setresgid [CREDS] (rgid: ID, egid: ID, sgid: ID) -> INT;
    120 getresgid [CREDS] (rgid: w(Type::To(&Type::Id)), egid: w(Type::To(&Type::Id)), sgid: w(Type::To(&Type::Id))) -> INT;
    121 getpgid [] (pid: PID) -> Type::Pid;
    122 setfsuid [CREDS] (fsuid: ID) -> U32;
    123 setfsgid [CREDS] (fsgid: ID) -> U32;
    124 getsid [] (pid: PID) -> Type::Pid;
    125 capget [CREDS] (hdrp: rw(Type::At(&s::CAP_HEADER)), datap: w(Type::Array(of!(Type::Struct(&s::CAP_DATA)), Len::Fixed(2)))) -> INT;
    126 capset [CREDS] (hdrp: r(Type::At(&s::CAP_HEADER)), datap: r(Type::Array(of!(Type::Struct(&s::CAP_DATA)), Len::Fixed(2)))) -> INT;
    127 rt_sigpending [S] (set: w(sigset(1)), sigsetsize: SIZE) -> INT;
    128 rt_sigtimedwait [S T] (set: r(sigset(3)), info: w(Type::At(&s::SIGINFO)), timeout: TIMESPEC, sigsetsize: SIZE) -> Type::Signal;
    129 rt_sigqueueinfo [S P] (tgid: PID, sig: SIG, info: r(Type::At(&s::SIGINFO))) -> INT;
    130 rt_sigsuspend [S] (mask: r(sigset(1)), sigsetsize: SIZE) -> INT;
    131 sigaltstack [S] (ss: r(Type::At(&s::STACK)), old_ss: w(Type::At(&s::STACK))) -> INT;
    132 utime [F] (filename: PATH, times: r(Type::At(&s::UTIMBUF))) -> INT;
    133 mknod [F] (pathname: PATH, mode: v(Type::FileMode(crate::Width::B2)), dev: v(Type::Dev(crate::Width::B4))) -> INT, by mknod;
    134 uselib [F] (library: PATH) -> ABSENT;
    135 personality [] (persona: v(bits(&f::PERSONALITY))) -> INT;
    136 ustat [STATFSES] (dev: v(Type::Dev(crate::Width::B4)), ubuf: PTR) -> INT;
    137 statfs [F STATFS] (path: PATH, buf: w(Type::At(&s::STATFS))) -> INT;
    138 fstatfs [D FSTATFS] (fd: FD, buf: w(Type::At(&s::STATFS))) -> INT;
    139 sysfs [] (option: HEX, arg1: HEX, arg2: HEX) -> INT;
    140 getpriority [] (which: v(bits(&f::PRIO)), who: INT_ARG) -> INT;
    141 setpriority [] (which: v(bits(&f::PRIO)), who: INT_ARG, prio: INT_ARG) -> INT;
    142 sched_setparam [] (pid: PID, param: r(Type::To(&I32))) -> INT;
    143 sched_getparam [] (pid: PID, param: w(Type::To(&I32))) -> INT;
    144 sched_setscheduler [] (pid: PID, policy: v(bits(&f::SCHED)), param: r(Type::To(&I32))) -> INT;
    145 sched_getscheduler [] (pid: PID) -> bits(&f::SCHED);
    146 sched_get_priority_max [] (policy: v(bits(&f::SCHED))) -> INT;
    147 sched_get_priority_min [] (policy: v(bits(&f::SCHED))) -> INT;
    148 sched_rr_get_interval [T] (pid: PID, tp: w(Type::At(&s::TIMESPEC))) -> INT;
    149 mlock [M] (addr: PTR, len: SIZE) -> INT;
    150 munlock [M] (addr: PTR, len: SIZE) -> INT;
    151 mlockall [M] (flags: v(bits(&f::MLOCKALL))) -> INT;
    152 munlockall [M] () -> INT;
    153 vhangup [] () -> INT;
    154 modify_ldt [] (func: INT_ARG, ptr: rw(Type::Ptr), bytecount: SIZE) -> INT;
    155 pivot_root [F] (new_root: PATH, put_old: PATH) -> INT;
    156 _sysctl [] (args: PTR) -> ABSENT;
    157 prctl [CREDS] (option: v(bits(&f::PRCTL)), arg2: HEX, arg3: HEX, arg4: HEX, arg5: HEX) -> INT, by prctl;
    158 arch_prctl [] (code: v(bits(&f::ARCH_PRCTL)), addr: PTR) -> INT, by arch_prctl;
    159 adjtimex [CLOCK] (buf: rw(Type::At(&s::TIMEX))) -> bits(&f::TIMEX_STATE);
    160 setrlimit [] (resource: v(bits(&f::RLIMIT)), rlim: r(Type::At(&s::RLIMIT))) -> INT;
    161 chroot [F] (path: PATH) -> INT;
    162 sync [] () -> INT;
    163 acct [F] (filename: PATH) -> INT;
    164 settimeofday [CLOCK] (tv: TIMEVAL, tz: r(Type::At(&s::TIMEZONE))) -> INT;
    165 mount [F] (source: PATH, target: PATH, filesystemtype: STR, mountflags: v(bits8(&f::MOUNT)), data: STR) -> INT, by mount;
    166 umount2 [F] (target: PATH, flags: v(bits(&f::UMOUNT))) -> INT;
    167 swapon [F] (path: PATH, swapflags: v(bits(&f::SWAP))) -> INT;
    168 swapoff [F] (path: PATH) -> INT;
    169 reboot [] (magic: v(bits(&f::REBOOT_MAGIC1)), magic2: v(bits(&f::REBOOT_MAGIC2)), cmd: v(bits(&f::REBOOT)), arg: PTR) -> INT, by reboot;
    170 sethostname [] (name: r(Type::Bytes(Len::Arg(1))), len: UINT) -> INT;
    171 setdomainname [] (name: r(buf(1)), len: UINT) -> INT;
    172 iopl [] (level: INT_ARG) -> INT;
    173 ioperm [] (from: HEX, num: HEX, turn_on: INT_ARG) -> INT;
    174 create_module [] (name: HEX, size: HEX) -> ABSENT;
    175 init_module [] (module_image: PTR, len: SIZE, param_values: STR) -> INT;
    176 delete_module [] (name: STR, flags: v(bits(&f::DELETE_MODULE))) -> INT;
    177 get_kernel_syms [] (table: HEX) -> ABSENT;
    178 query_module [] (name: HEX, which: HEX, buf: HEX, bufsize: HEX, ret: HEX) -> ABSENT;
    179 quotactl [F] (cmd: v(X32), special: PATH, id: ID, addr: rw(Type::Ptr)) -> INT;
    180 nfsservctl [] (cmd: HEX, argp: HEX, resp: HEX) -> ABSENT;
    181 getpmsg [N] (fd: HEX, ctlptr: HEX, dataptr: HEX, bandp: HEX, flagsp: HEX) -> ABSENT;
    182 putpmsg [N] (fd: HEX, ctlptr: HEX, dataptr: HEX, band: HEX, flags: HEX) -> ABSENT;
    183 afs_syscall [] (arg1: HEX, arg2: HEX, arg3: HEX, arg4: HEX, arg5: HEX) -> ABSENT;
    184 tuxcall [] (arg1: HEX, arg2: HEX, arg3: HEX) -> ABSENT;
    185 security [] (arg1: HEX, arg2: HEX, arg3: HEX) -> ABSENT;
    186 gettid [PURE] () -> Type::Pid;
    187 readahead [D] (fd: FD, offset: OFF, count: SIZE) -> LONG;
    188 setxattr [F] (path: PATH, name: STR, value: r(buf(3)), size: SIZE, flags: v(bits(&f::XATTR))) -> INT;
    189 lsetxattr [F] (path: PATH, name: STR, value: r(buf(3)), size: SIZE, flags: v(bits(&f::XATTR))) -> INT;
    190 fsetxattr [D] (fd: FD, name: STR, value: r(buf(3)), size: SIZE, flags: v(bits(&f::XATTR))) -> INT;
    191 getxattr [F] (path: PATH, name: STR, value: RET, size: SIZE) -> LONG;
    192 lgetxattr [F] (path: PATH, name: STR, value: RET, size: SIZE) -> LONG;
    193 fgetxattr [D] (fd: FD, name: STR, value: RET, size: SIZE) -> LONG;
    194 listxattr [F] (path: PATH, list: RET, size: SIZE) -> LONG;
    195 llistxattr [F] (path: PATH, list: RET, size: SIZE) -> LONG;
    196 flistxattr [D] (fd: FD, list: RET, size: SIZE) -> LONG;
    197 removexattr [F] (path: PATH, name: STR) -> INT;
    198 lremovexattr [F] (path: PATH, name: STR) -> INT;
    199 fremovexattr [D] (fd: FD, name: STR) -> INT;
    200 tkill [S P] (tid: PID, sig: SIG) -> INT;
    201 time [CLOCK] (tloc: w(Type::To(&Type::UnixTime(crate::Width::B8)))) -> Type::UnixTime(crate::Width::B8);
    202 futex [] (uaddr: PTR, futex_op: v(bits(&f::FUTEX)), val: UINT, timeout: TIMESPEC, uaddr2: PTR, val3: v(X32)) -> LONG, by futex;
    203 sched_setaffinity [] (pid: PID, cpusetsize: UINT, mask: r(Type::CpuSet(Len::Arg(1)))) -> INT;
    204 sched_getaffinity [] (pid: PID, cpusetsize: UINT, mask: w(Type::CpuSet(Len::Result))) -> INT;
    205 set_thread_area [] (u_info: PTR) -> INT;
    206 io_setup [M] (nr_events: UINT, ctx_idp: w(Type::To(&Type::Ptr))) -> INT;
    207 io_destroy [M] (ctx_id: PTR) -> INT;
    208 io_getevents [T] (ctx_id: PTR, min_nr: OFF, nr: OFF, events: w(Type::Array(of!(Type::Struct(&s::IO_EVENT)), Len::Result)), timeout: TIMESPEC) -> INT;
    209 io_submit [] (ctx_id: PTR, nr: OFF, iocbpp: r(many(of!(Type::At(&s::IOCB)), 1))) -> INT;
    210 io_cancel [] (ctx_id: PTR, iocb: r(Type::At(&s::IOCB)), result: w(Type::At(&s::IO_EVENT))) -> INT;
    211 get_thread_area [] (u_info: PTR) -> INT;
    212 lookup_dcookie [] (cookie: v(U64), buffer: RET, len: SIZE) -> ABSENT;
    213 epoll_create [D] (size: INT_ARG) -> NEWFD;
    214 epoll_ctl_old [] (epfd: HEX, op: HEX, fd: HEX, event: HEX) -> ABSENT;
    215 epoll_wait_old [] (epfd: HEX, events: HEX, maxevents: HEX, timeout: HEX) -> ABSENT;
    216 remap_file_pages [M] (addr: PTR, size: SIZE, prot: v(bits8(&f::PROT)), pgoff: SIZE, flags: v(bits(&f::MAP))) -> INT;
    217 getdents64 [D] (fd: FD, dirp: w(Type::Dirents(true)), count: UINT) -> INT;
    218 set_tid_address [] (tidptr: HEX) -> Type::Pid;
    219 restart_syscall [] () -> LONG;
    220 semtimedop [I T] (semid: INT_ARG, sops: r(many(of!(Type::Struct(&s::SEMBUF)), 2)), nsops: UINT, timeout: TIMESPEC) -> INT;
    221 fadvise64 [D] (fd: FD, offset: OFF, len: SIZE, advice: v(bits(&f::FADVISE))) -> INT;
    222 timer_create [T] (clockid: v(bits(&f::CLOCK)), sevp: r(Type::At(&s::SIGEVENT)), timerid: w(Type::To(&I32))) -> INT;
    223 timer_settime [T] (timerid: INT_ARG, flags: v(bits(&f::TIMER)), new_value: r(Type::At(&s::ITIMERSPEC)), old_value: w(Type::At(&s::ITIMERSPEC))) -> INT;
    224 timer_gettime [T] (timerid: INT_ARG, curr_value: w(Type::At(&s::ITIMERSPEC))) -> INT;
    225 timer_getoverrun [T] (timerid: INT_ARG) -> INT;
    226 timer_delete [T] (timerid: INT_ARG) -> INT;
    227 clock_settime [CLOCK] (clockid: v(bits(&f::CLOCK)), tp: TIMESPEC) -> INT;
    228 clock_gettime [CLOCK] (clockid: v(bits(&f::CLOCK)), tp: w(Type::At(&s::TIMESPEC))) -> INT;
    229 clock_getres [CLOCK] (clockid: v(bits(&f::CLOCK)), res: w(Type::At(&s::TIMESPEC))) -> INT;
    230 clock_nanosleep [T] (clockid: v(bits(&f::CLOCK)), flags: v(bits(&f::TIMER)), request: TIMESPEC, remain: w(Type::At(&s::TIMESPEC))) -> INT;
    231 exit_group [P] (status: INT_ARG) -> NEVER;
    232 epoll_wait [D T] (epfd: FD, events: w(Type::Array(of!(Type::Struct(&s::EPOLL_EVENT)), Len::Result)), maxevents: INT_ARG, timeout: INT_ARG) -> INT;
    233 epoll_ctl [D] (epfd: FD, op: v(bits(&f::EPOLL_CTL)), fd: FD, event: r(Type::At(&s::EPOLL_EVENT))) -> INT;
    234 tgkill [S P] (tgid: PID, tid: PID, sig: SIG) -> INT;
    235 utimes [F] (filename: PATH, times: r(Type::To(of!(Type::Inline(of!(Type::Struct(&s::UTIME_VAL)), 2))))) -> INT;
    236 vserver [] (cmd: HEX, id: HEX, data: HEX, arg4: HEX, arg5: HEX) -> ABSENT;
    237 mbind [M] (addr: PTR, len: SIZE, mode: v(bits8(&f::MPOL_MODE)), nodemask: r(Type::Ptr), maxnode: SIZE, flags: v(bits(&f::MPOL_MOVE))) -> LONG;
    238 set_mempolicy [M] (mode: v(bits(&f::MPOL_MODE)), nodemask: r(Type::Ptr), maxnode: SIZE) -> LONG;
    239 get_mempolicy [M] (mode: w(Type::To(of!(Type::Flags(&f::MPOL, crate::Width::B4)))), nodemask: w(Type::Ptr), maxnode: SIZE, addr: PTR, flags: v(bits8(&f::MPOL_GET))) -> LONG;
    240 mq_open [D] (name: PATH, oflag: v(bits(&f::OPEN)), mode: MODE, attr: r(Type::At(&s::MQ_ATTR))) -> NEWFD, by mq_open;
    241 mq_unlink [] (name: PATH) -> INT;
    242 mq_timedsend [D T] (mqdes: FD, msg_ptr: r(buf(2)), msg_len: SIZE, msg_prio: UINT, abs_timeout: TIMESPEC) -> INT;
    243 mq_timedreceive [D T] (mqdes: FD, msg_ptr: RET, msg_len: SIZE, msg_prio: w(Type::To(&U32)), abs_timeout: TIMESPEC) -> LONG;
    244 mq_notify [D] (mqdes: FD, sevp: r(Type::At(&s::SIGEVENT))) -> INT;
    245 mq_getsetattr [D] (mqdes: FD, newattr: r(Type::At(&s::MQ_ATTR)), oldattr: w(Type::At(&s::MQ_ATTR))) -> INT;
    246 kexec_load [] (entry: PTR, nr_segments: SIZE, segments: r(Type::Ptr), flags: v(bits8(&f::KEXEC))) -> LONG;
    247 waitid [P] (idtype: v(bits(&f::WAITID)), id: PID, infop: w(Type::At(&s::SIGINFO)), options: v(bits(&f::WAIT)), rusage: w(Type::At(&s::RUSAGE))) -> INT;
    248 add_key [] (r#type: STR, description: STR, payload: r(buf(3)), plen: SIZE, keyring: v(bits(&f::KEY_SPEC))) -> INT;
    249 request_key [] (r#type: STR, description: STR, callout_info: STR, dest_keyring: v(bits(&f::KEY_SPEC))) -> INT;
    250 keyctl [] (operation: v(bits(&f::KEYCTL)), arg2: HEX, arg3: HEX, arg4: HEX, arg5: HEX) -> LONG, by keyctl;
    251 ioprio_set [] (which: v(bits(&f::IOPRIO_WHO)), who: INT_ARG, ioprio: v(X32)) -> INT;
    252 ioprio_get [] (which: v(bits(&f::IOPRIO_WHO)), who: INT_ARG) -> INT;
    253 inotify_init [D] () -> NEWFD;
    254 inotify_add_watch [D F] (fd: FD, pathname: PATH, mask: v(bits(&f::INOTIFY))) -> INT;
    255 inotify_rm_watch [D] (fd: FD, wd: INT_ARG) -> INT;
    256 migrate_pages [M] (pid: PID, maxnode: SIZE, old_nodes: r(Type::Ptr), new_nodes: r(Type::Ptr)) -> LONG;
    257 openat [D F] (dirfd: DIR, pathname: PATH, flags: v(bits(&f::OPEN)), mode: MODE) -> NEWFD, by openat;
    258 mkdirat [D F] (dirfd: DIR, pathname: PATH, mode: MODE) -> INT;
    259 mknodat [D F] (dirfd: DIR, pathname: PATH, mode: v(Type::FileMode(crate::Width::B2)), dev: v(Type::Dev(crate::Width::B4))) -> INT, by mknodat;
    260 fchownat [D F] (dirfd: DIR, pathname: PATH, owner: ID, group: ID, flags: v(bits(&f::AT_FLAGS))) -> INT;
    261 futimesat [D F] (dirfd: DIR, pathname: PATH, times: r(Type::To(of!(Type::Inline(of!(Type::Struct(&s::UTIME_VAL)), 2))))) -> INT;
    262 newfstatat [D F FSTAT] (dirfd: DIR, pathname: PATH, statbuf: w(Type::At(&s::STAT)), flags: v(bits(&f::AT_FLAGS))) -> INT;
    263 unlinkat [D F] (dirfd: DIR, pathname: PATH, flags: v(bits(&f::AT_FLAGS))) -> INT;
    264 renameat [D F] (olddirfd: DIR, oldpath: PATH, newdirfd: DIR, newpath: PATH) -> INT;
    265 linkat [D F] (olddirfd: DIR, oldpath: PATH, newdirfd: DIR, newpath: PATH, flags: v(bits(&f::AT_FLAGS))) -> INT;
    266 symlinkat [D F] (target: PATH, newdirfd: DIR, linkpath: PATH) -> INT;
    267 readlinkat [D F] (dirfd: DIR, pathname: PATH, buf: RET, bufsiz: SIZE) -> LONG;
    268 fchmodat [D F] (dirfd: DIR, pathname: PATH, mode: MODE) -> INT;
    269 faccessat [D F] (dirfd: DIR, pathname: PATH, mode: v(bits(&f::ACCESS))) -> INT;
    270 pselect6 [D T] (nfds: INT_ARG, readfds: rw(Type::FdSet(0)), writefds: rw(Type::FdSet(0)), exceptfds: rw(Type::FdSet(0)), timeout: rw(Type::At(&s::TIMESPEC)), sigmask: r(Type::At(&s::SIGSET_ARG))) -> INT;
    271 ppoll [D T] (fds: rw(many(of!(Type::Struct(&s::POLLFD)), 1)), nfds: UINT, tmo_p: rw(Type::At(&s::TIMESPEC)), sigmask: r(sigset(4)), sigsetsize: SIZE) -> INT;
    272 unshare [] (flags: v(bits8(&f::UNSHARE))) -> INT;
    273 set_robust_list [] (head: PTR, len: SIZE) -> INT;
    274 get_robust_list [] (pid: PID, head_ptr: w(Type::To(&Type::Ptr)), len_ptr: w(Type::To(&U64))) -> INT;
    275 splice [D] (fd_in: FD, off_in: r(Type::To(&I64)), fd_out: FD, off_out: r(Type::To(&I64)), len: SIZE, flags: v(bits(&f::SPLICE))) -> LONG;
    276 tee [D] (fd_in: FD, fd_out: FD, len: SIZE, flags: v(bits(&f::SPLICE))) -> LONG;
    277 sync_file_range [D] (fd: FD, offset: OFF, nbytes: OFF, flags: v(bits(&f::SYNC_RANGE))) -> INT;
    278 vmsplice [D] (fd: FD, iov: r(IOVEC_R), nr_segs: SIZE, flags: v(bits(&f::SPLICE))) -> LONG;
    279 move_pages [M] (pid: PID, count: SIZE, pages: r(many(&Type::Ptr, 1)), nodes: r(many(&I32, 1)), status: w(many(&I32, 1)), flags: v(bits(&f::MOVE_PAGES))) -> LONG;
    280 utimensat [D F] (dirfd: DIR, pathname: PATH, times: r(Type::To(of!(Type::Inline(of!(Type::Struct(&s::UTIME_SPEC)), 2)))), flags: v(bits(&f::AT_FLAGS))) -> INT;
    281 epoll_pwait [D T] (epfd: FD, events: w(Type::Array(of!(Type::Struct(&s::EPOLL_EVENT)), Len::Result)), maxevents: INT_ARG, timeout: INT_ARG, sigmask: r(sigset(5)), sigsetsize: SIZE) -> INT;
    282 signalfd [D S] (fd: FD, mask: r(sigset(2)), sizemask: SIZE) -> NEWFD;
    283 timerfd_create [D T] (clockid: v(bits(&f::CLOCK)), flags: v(bits(&f::TIMERFD_CREATE))) -> NEWFD;
    284 eventfd [D] (initval: UINT) -> NEWFD;
    285 fallocate [D] (fd: FD, mode: v(bits(&f::FALLOCATE)), offset: OFF, len: OFF) -> INT;
    286 timerfd_settime [D T] (fd: FD, flags: v(bits(&f::TIMERFD_CREATE)), new_value: r(Type::At(&s::ITIMERSPEC)), old_value: w(Type::At(&s::ITIMERSPEC))) -> INT;
    287 timerfd_gettime [D T] (fd: FD, curr_value: w(Type::At(&s::ITIMERSPEC))) -> INT;
    288 accept4 [N] (sockfd: FD, addr: w(Type::SockAddr(Len::At(2))), addrlen: rw(Type::To(&I32)), flags: v(bits(&f::ACCEPT))) -> NEWFD;
    289 signalfd4 [D S] (fd: FD, mask: r(sigset(2)), sizemask: SIZE, flags: v(bits(&f::SIGNALFD))) -> NEWFD;
    290 eventfd2 [D] (initval: UINT, flags: v(bits(&f::EVENTFD))) -> NEWFD;
    291 epoll_create1 [D] (flags: v(bits(&f::EPOLL_CREATE))) -> NEWFD;
    292 dup3 [D] (oldfd: FD, newfd: FD, flags: v(bits(&f::OPEN_BITS))) -> NEWFD;
    293 pipe2 [D] (pipefd: w(Type::To(of!(Type::Inline(&Type::Fd, 2)))), flags: v(bits(&f::OPEN_BITS))) -> INT;
    294 inotify_init1 [D] (flags: v(bits(&f::INOTIFY_INIT))) -> NEWFD;
    295 preadv [D] (fd: FD, iov: w(IOVEC_R), iovcnt: SIZE, offset: OFF) -> LONG;
    296 pwritev [D] (fd: FD, iov: r(IOVEC_R), iovcnt: SIZE, offset: OFF) -> LONG;
    297 rt_tgsigqueueinfo [S P] (tgid: PID, tid: PID, sig: SIG, info: r(Type::At(&s::SIGINFO))) -> INT;
    298 perf_event_open [D] (attr: r(Type::Ptr), pid: PID, cpu: INT_ARG, group_fd: FD, flags: v(bits8(&f::PERF_FLAGS))) -> NEWFD;
    299 recvmmsg [N T] (sockfd: FD, msgvec: w(Type::Array(of!(Type::Struct(&s::MMSGHDR)), Len::Result)), vlen: UINT, flags: v(bits(&f::MSG)), timeout: rw(Type::At(&s::TIMESPEC))) -> INT;
    300 fanotify_init [D] (flags: v(bits(&f::FAN_INIT)), event_f_flags: v(bits(&f::OPEN))) -> NEWFD;
    301 fanotify_mark [D F] (fanotify_fd: FD, flags: v(bits(&f::FAN_MARK)), mask: v(bits8(&f::FAN_EVENTS)), dirfd: DIR, pathname: PATH) -> INT;
    302 prlimit64 [] (pid: PID, resource: v(bits(&f::RLIMIT)), new_limit: r(Type::At(&s::RLIMIT)), old_limit: w(Type::At(&s::RLIMIT))) -> INT;
    303 name_to_handle_at [D F] (dirfd: DIR, pathname: PATH, handle: rw(Type::At(&s::FILE_HANDLE)), mount_id: w(Type::To(&I32)), flags: v(bits(&f::HANDLE_AT))) -> INT;
    304 open_by_handle_at [D] (mount_fd: FD, handle: r(Type::At(&s::FILE_HANDLE)), flags: v(bits(&f::OPEN))) -> NEWFD;
    305 clock_adjtime [CLOCK] (clk_id: v(bits(&f::CLOCK)), buf: rw(Type::At(&s::TIMEX))) -> bits(&f::TIMEX_STATE);
    306 syncfs [D] (fd: FD) -> INT;
    307 sendmmsg [N] (sockfd: FD, msgvec: rw(many(of!(Type::Struct(&s::MMSGHDR)), 2)), vlen: UINT, flags: v(bits(&f::MSG))) -> INT;
    308 setns [D] (fd: FD, nstype: v(bits(&f::SETNS))) -> INT;
    309 getcpu [] (cpu: w(Type::To(&U32)), node: w(Type::To(&U32)), tcache: PTR) -> INT;
    310 process_vm_readv [] (pid: PID, local_iov: w(many(of!(Type::Struct(&s::IOVEC)), 2)), liovcnt: SIZE, remote_iov: r(many(of!(Type::Struct(&s::IOVEC_BARE)), 4)), riovcnt: SIZE, flags: SIZE) -> LONG;
    311 process_vm_writev [] (pid: PID, local_iov: r(many(of!(Type::Struct(&s::IOVEC)), 2)), liovcnt: SIZE, remote_iov: r(many(of!(Type::Struct(&s::IOVEC_BARE)), 4)), riovcnt: SIZE, flags: SIZE) -> LONG;
    312 kcmp [] (pid1: PID, pid2: PID, r#type: v(bits(&f::KCMP)), idx1: HEX, idx2: HEX) -> INT, by kcmp;
    313 finit_module [D] (fd: FD, param_values: STR, flags: v(bits(&f::MODULE_INIT))) -> INT;
    314 sched_setattr [] (pid: PID, attr: r(Type::At(&s::SCHED_ATTR)), flags: UINT) -> INT;
    315 sched_getattr [] (pid: PID, attr: w(Type::At(&s::SCHED_ATTR)), size: UINT, flags: UINT) -> INT;
    316 renameat2 [D F] (olddirfd: DIR, oldpath: PATH, newdirfd: DIR, newpath: PATH, flags: v(bits(&f::RENAME))) -> INT;
    317 seccomp [] (operation: v(bits(&f::SECCOMP)), flags: v(bits(&f::SECCOMP_FLAGS)), args: PTR) -> INT, by seccomp;
    318 getrandom [] (buf: RET, buflen: SIZE, flags: v(bits(&f::GETRANDOM))) -> LONG;
    319 memfd_create [D] (name: STR, flags: v(bits(&f::MEMFD))) -> NEWFD;
    320 kexec_file_load [D] (kernel_fd: FD, initrd_fd: FD, cmdline_len: SIZE, cmdline: r(buf(2)), flags: v(bits8(&f::KEXEC_FILE))) -> LONG;
    321 bpf [D] (cmd: v(bits(&f::BPF)), attr: rw(Type::Ptr), size: UINT) -> INT;
    322 execveat [D F P] (dirfd: DIR, pathname: PATH, argv: r(Type::Argv), envp: r(Type::Envp), flags: v(bits(&f::AT_FLAGS))) -> INT;
    323 userfaultfd [D] (flags: v(bits(&f::USERFAULTFD))) -> NEWFD;
    324 membarrier [] (cmd: v(bits(&f::MEMBARRIER)), flags: v(bits(&f::MEMBARRIER_FLAGS)), cpu_id: INT_ARG) -> INT, by membarrier;
    325 mlock2 [M] (addr: PTR, len: SIZE, flags: v(bits(&f::MLOCK2))) -> INT;
    326 copy_file_range [D] (fd_in: FD, off_in: r(Type::To(&I64)), fd_out: FD, off_out: r(Type::To(&I64)), len: SIZE, flags: UINT) -> LONG;
    327 preadv2 [D] (fd: FD, iov: w(IOVEC_R), iovcnt: SIZE, offset: OFF, flags @ 5: v(bits(&f::RWF))) -> LONG;
    328 pwritev2 [D] (fd: FD, iov: r(IOVEC_R), iovcnt: SIZE, offset: OFF, flags @ 5: v(bits(&f::RWF))) -> LONG;
    329 pkey_mprotect [M] (addr: PTR, length: SIZE, prot: v(bits8(&f::PROT)), pkey: INT_ARG) -> INT;
    330 pkey_alloc [] (flags: HEX, access_rights: v(bits8(&f::PKEY))) -> INT;
    331 pkey_free [] (pkey: INT_ARG) -> INT;
    332 statx [D F FSTAT] (dirfd: DIR, pathname: PATH, flags: v(bits(&f::STATX_SYNC)), mask: v(bits(&f::STATX_MASK)), statxbuf: w(Type::At(&s::STATX))) -> INT;
    333 io_pgetevents [T] (ctx_id: PTR, min_nr: OFF, nr: OFF, events: w(Type::Array(of!(Type::Struct(&s::IO_EVENT)), Len::Result)), timeout: TIMESPEC, sigmask: r(Type::At(&s::SIGSET_ARG))) -> INT;
    334 rseq [] (rseq: HEX, rseq_len: HEX, flags: HEX, sig: HEX) -> INT;
    335 uretprobe [] () -> LONG;
    336 uprobe [] () -> LONG;
    424 pidfd_send_signal [D S P] (pidfd: FD, sig: SIG, info: r(Type::At(&s::SIGINFO)), flags: v(X32)) -> INT;
    425 io_uring_setup [D] (entries: UINT, p: rw(Type::At(&s::IO_URING_PARAMS))) -> NEWFD;
    426 io_uring_enter [D S] (fd: FD, to_submit: UINT, min_complete: UINT, flags: v(bits(&f::IORING_ENTER)), sig: r(sigset(5)), sigsz: SIZE) -> INT;
    427 io_uring_register [D M] (fd: FD, opcode: v(bits(&f::IORING_REGISTER)), arg: rw(Type::Ptr), nr_args: UINT) -> INT;
    428 open_tree [D F] (dirfd: DIR, pathname: PATH, flags: v(bits(&f::OPEN_TREE))) -> NEWFD;
    429 move_mount [D F] (from_dirfd: DIR, from_pathname: PATH, to_dirfd: DIR, to_pathname: PATH, flags: v(bits(&f::MOVE_MOUNT))) -> INT;
    430 fsopen [D] (fsname: STR, flags: v(bits(&f::FSOPEN))) -> NEWFD;
    431 fsconfig [D F] (fd: FD, cmd: v(bits(&f::FSCONFIG)), key: STR, value: rw(Type::Ptr), aux: INT_ARG) -> INT, by fsconfig;
    432 fsmount [D] (fs_fd: FD, flags: v(bits(&f::FSMOUNT)), attr_flags: v(bits(&f::FSMOUNT_ATTR))) -> NEWFD;
    433 fspick [D F] (dirfd: DIR, pathname: PATH, flags: v(bits(&f::FSPICK))) -> NEWFD;
    434 pidfd_open [D] (pid: PID, flags: v(bits(&f::PIDFD_OPEN))) -> NEWFD;
    435 clone3 [P] (cl_args: rw(Type::At(&s::CLONE_ARGS)), size: SIZE) -> Type::Pid;
    436 close_range [D] (first: UINT, last: UINT, flags: v(bits(&f::CLOSE_RANGE))) -> INT;
    437 openat2 [D F] (dirfd: DIR, pathname: PATH, how: r(Type::At(&s::OPEN_HOW)), size: SIZE) -> NEWFD;
    438 pidfd_getfd [D] (pidfd: FD, targetfd: FD, flags: v(X32)) -> NEWFD;
    439 faccessat2 [D F] (dirfd: DIR, pathname: PATH, mode: v(bits(&f::ACCESS)), flags: v(bits(&f::FACCESSAT))) -> INT;
    440 process_madvise [D] (pidfd: FD, iovec: r(many(of!(Type::Struct(&s::IOVEC_BARE)), 2)), vlen: SIZE, advice: v(bits(&f::MADVISE)), flags: v(X32)) -> LONG;
    441 epoll_pwait2 [D T] (epfd: FD, events: w(Type::Array(of!(Type::Struct(&s::EPOLL_EVENT)), Len::Result)), maxevents: INT_ARG, timeout: TIMESPEC, sigmask: r(sigset(5)), sigsetsize: SIZE) -> INT;
    442 mount_setattr [D F] (dirfd: DIR, pathname: PATH, flags: v(bits(&f::MOUNT_SETATTR)), attr: r(Type::At(&s::MOUNT_ATTR)), size: SIZE) -> INT;
    443 quotactl_fd [D] (fd: FD, cmd: v(X32), id: ID, addr: rw(Type::Ptr)) -> INT;
    444 landlock_create_ruleset [D] (attr: r(Type::At(&s::LANDLOCK_RULESET)), size: SIZE, flags: v(bits(&f::LANDLOCK_CREATE))) -> NEWFD;
    445 landlock_add_rule [D] (ruleset_fd: FD, rule_type: v(bits(&f::LANDLOCK_RULE)), rule_attr: r(Type::At(&s::LANDLOCK_PATH)), flags: v(X32)) -> INT;
    446 landlock_restrict_self [D] (ruleset_fd: FD, flags: v(X32)) -> INT;
    447 memfd_secret [D] (flags: v(bits(&f::MEMFD_SECRET))) -> NEWFD;
    448 process_mrelease [D] (pidfd: FD, flags: v(X32)) -> INT;
    449 futex_waitv [] (waiters: r(many(of!(Type::Struct(&s::FUTEX_WAITV)), 1)), nr_futexes: UINT, flags: v(X32), timeout: TIMESPEC, clockid: v(bits(&f::CLOCK))) -> INT;
    450 set_mempolicy_home_node [M] (start: HEX, len: SIZE, home_node: SIZE, flags: v(X64)) -> INT;
    451 cachestat [D] (fd: FD, cstat_range: r(Type::Ptr), cstat: w(Type::Ptr), flags: v(X32)) -> INT;
    452 fchmodat2 [D F] (dirfd: DIR, pathname: PATH, mode: MODE, flags: v(bits(&f::AT_FLAGS))) -> INT;
    453 map_shadow_stack [M] (addr: PTR, size: SIZE, flags: v(bits(&f::SHADOW_STACK))) -> ADDR;
    454 futex_wake [] (uaddr: PTR, mask: HEX, nr: INT_ARG, flags: v(bits(&f::FUTEX2))) -> INT;
    455 futex_wait [T] (uaddr: PTR, val: HEX, mask: HEX, flags: v(bits(&f::FUTEX2)), timeout: TIMESPEC, clockid: v(bits(&f::CLOCK))) -> INT;
    456 futex_requeue [] (waiters: r(Type::Array(of!(Type::Struct(&s::FUTEX_WAITV)), Len::Fixed(2))), flags: v(X32), nr_wake: INT_ARG, nr_requeue: INT_ARG) -> INT;
    457 statmount [F] (req: r(Type::At(&s::MNT_ID_REQ)), buf: w(Type::Ptr), bufsize: SIZE, flags: v(X32)) -> INT;
    458 listmount [F] (req: r(Type::At(&s::MNT_ID_REQ)), mnt_ids: w(Type::Array(&X64, Len::Result)), nr_mnt_ids: SIZE, flags: v(X32)) -> LONG;
    459 lsm_get_self_attr [] (attr: v(bits(&f::LSM_ATTR)), ctx: w(Type::Ptr), size: rw(Type::To(&U32)), flags: v(X32)) -> INT;
    460 lsm_set_self_attr [] (attr: v(bits(&f::LSM_ATTR)), ctx: r(Type::Ptr), size: UINT, flags: v(X32)) -> INT;
    461 lsm_list_modules [] (ids: w(Type::Array(&X64, Len::Result)), size: rw(Type::To(&U32)), flags: v(X32)) -> INT;
    462 mseal [M] (addr: PTR, len: SIZE, flags: v(X64)) -> INT;
    463 setxattrat [D F] (dirfd: DIR, pathname: PATH, at_flags: v(bits(&f::AT_FLAGS)), name: STR, uargs: r(Type::At(&s::XATTR_ARGS)), usize: SIZE) -> INT;
    464 getxattrat [D F] (dirfd: DIR, pathname: PATH, at_flags: v(bits(&f::AT_FLAGS)), name: STR, uargs: r(Type::At(&s::XATTR_ARGS)), usize: SIZE) -> LONG;
    465 listxattrat [D F] (dirfd: DIR, pathname: PATH, at_flags: v(bits(&f::AT_FLAGS)), list: RET, size: SIZE) -> LONG;
    466 removexattrat [D F] (dirfd: DIR, pathname: PATH, at_flags: v(bits(&f::AT_FLAGS)), name: STR) -> INT;
    467 open_tree_attr [D F] (dirfd: DIR, pathname: PATH, flags: v(bits(&f::OPEN_TREE)), attr: r(Type::At(&s::MOUNT_ATTR)), size: SIZE) -> NEWFD;
    468 file_getattr [D F] (dirfd: DIR, pathname: PATH, attr: w(Type::At(&s::FILE_ATTR)), usize: SIZE, at_flags: v(bits(&f::AT_FLAGS))) -> INT;
    469 file_setattr [D F] (dirfd: DIR, pathname: PATH, attr: r(Type::At(&s::FILE_ATTR)), usize: SIZE, at_flags: v(bits(&f::AT_FLAGS))) -> INT;
}

const COUNT: usize = CALLS.len();

/// Index into [`CALLS`] by number; `u16::MAX` where the kernel has none.
pub(crate) static BY_NUMBER: [u16; 512] = {
    let mut index = [u16::MAX; 512];
    let mut i = 0;
    while i < COUNT {
        index[CALLS[i].nr as usize] = i as u16;
        i += 1;
    }
    index
};

const fn before(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}

/// Indices into [`CALLS`], ordered by name.
pub(crate) static BY_NAME: [u16; COUNT] = {
    let mut order = [0u16; COUNT];
    let mut n = 0;
    while n < COUNT {
        let mut at = n;
        while at > 0 && before(CALLS[n].name, CALLS[order[at - 1] as usize].name) {
            order[at] = order[at - 1];
            at -= 1;
        }
        order[at] = n as u16;
        n += 1;
    }
    order
};
