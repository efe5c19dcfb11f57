//! Processes: clone, limits, scheduling, and the machine.
use super::structs;
use super::time::TIMEVAL;
use crate::types::short::*;
use crate::{Len, Type, flags};

structs! {
    /// Arguments of `clone3`.
    CLONE_ARGS "clone_args" {
        flags: bits8(&flags::CLONE3), pidfd: Type::Ptr, child_tid: Type::Ptr,
        parent_tid: Type::Ptr, exit_signal: U64, stack: Type::Ptr, stack_size: X64,
        tls: Type::Ptr, set_tid: Type::Array(&Type::Pid, Len::Field("set_tid_size")),
        set_tid_size: U64, cgroup: U64,
    };
    /// A soft and a hard limit.
    RLIMIT "rlimit" { rlim_cur: U64, rlim_max: U64 };
    /// What a process has used.
    RUSAGE "rusage" {
        ru_utime: nested(&TIMEVAL), ru_stime: nested(&TIMEVAL), ru_maxrss: U64, ru_ixrss: U64,
        ru_idrss: U64, ru_isrss: U64, ru_minflt: U64, ru_majflt: U64, ru_nswap: U64,
        ru_inblock: U64, ru_oublock: U64, ru_msgsnd: U64, ru_msgrcv: U64, ru_nsignals: U64,
        ru_nvcsw: U64, ru_nivcsw: U64,
    } brief [ru_utime ru_stime];
    /// The system's names.
    UTSNAME "utsname" {
        sysname: Type::Name(65), nodename: Type::Name(65), release: Type::Name(65),
        version: Type::Name(65), machine: Type::Name(65), domainname: Type::Name(65),
    } brief [sysname nodename];
    /// The system's load and memory.
    SYSINFO "sysinfo" {
        uptime: U64, loads: Type::Inline(&U64, 3), totalram: U64, freeram: U64, sharedram: U64,
        bufferram: U64, totalswap: U64, freeswap: U64, procs: U16, pad: U16, totalhigh: U64,
        freehigh: U64, mem_unit: U32,
    } shown [
        uptime loads totalram freeram sharedram bufferram totalswap freeswap procs totalhigh
        freehigh mem_unit
    ];
    /// A real-time priority.
    SCHED_PARAM "sched_param" { sched_priority: I32 };
    /// How a task is scheduled.
    SCHED_ATTR "sched_attr" {
        size: U32, sched_policy: bits(&flags::SCHED), sched_flags: bits8(&flags::SCHED_FLAGS),
        sched_nice: I32, sched_priority: U32, sched_runtime: U64, sched_deadline: U64,
        sched_period: U64, sched_util_min: U32, sched_util_max: U32,
    };
    /// Whose capabilities, and in which form.
    CAP_HEADER "cap_user_header" { version: bits(&flags::CAP_VERSION), pid: Type::Pid };
    /// A third of a capability set.
    CAP_DATA "cap_user_data" {
        effective: bits(&flags::CAP_MASK), permitted: bits(&flags::CAP_MASK),
        inheritable: bits(&flags::CAP_MASK),
    };
    /// The list of locks that a thread holds.
    ROBUST_LIST "robust_list_head" {
        list: Type::Ptr, futex_offset: I64, list_op_pending: Type::Ptr,
    };
    /// One of several futexes to wait for.
    FUTEX_WAITV "futex_waitv" {
        val: X64, uaddr: Type::Ptr, flags: bits(&flags::FUTEX2), __reserved: U32,
    } shown [val uaddr flags];
    /// A classic BPF instruction.
    SOCK_FILTER "sock_filter" { code: X16, jt: U8, jf: U8, k: X32 };
    /// A classic BPF program.
    SOCK_FPROG "sock_fprog" { len: U16, filter: Type::Ptr };
    /// Sizes of what the notification interface of seccomp exchanges.
    SECCOMP_SIZES "seccomp_notif_sizes" { seccomp_notif: U16, seccomp_notif_resp: U16, seccomp_data: U16 };
    /// The registers of a task.
    USER_REGS "user_regs_struct" {
        r15: X64, r14: X64, r13: X64, r12: X64, rbp: X64, rbx: X64, r11: X64, r10: X64, r9: X64,
        r8: X64, rax: X64, rcx: X64, rdx: X64, rsi: X64, rdi: X64, orig_rax: X64, rip: X64,
        cs: X64, eflags: X64, rsp: X64, ss: X64, fs_base: X64, gs_base: X64, ds: X64, es: X64,
        fs: X64, gs: X64,
    };
    /// Where things lie in a submission queue.
    SQ_OFFSETS "io_sqring_offsets" {
        head: U32, tail: U32, ring_mask: U32, ring_entries: U32, flags: U32, dropped: U32,
        array: U32, resv1: X32, resv2: X64,
    };
    /// Where things lie in a completion queue.
    CQ_OFFSETS "io_cqring_offsets" {
        head: U32, tail: U32, ring_mask: U32, ring_entries: U32, overflow: U32, cqes: U32,
        flags: U32, resv1: X32, resv2: X64,
    };
    /// Parameters of an io_uring.
    IO_URING_PARAMS "io_uring_params" {
        sq_entries: U32, cq_entries: U32, flags: bits(&flags::IORING_SETUP), sq_thread_cpu: U32,
        sq_thread_idle: U32, features: bits(&flags::IORING_FEAT), wq_fd: Type::Fd,
        resv: Type::Inline(&X32, 3), sq_off: nested(&SQ_OFFSETS), cq_off: nested(&CQ_OFFSETS),
    };
    /// A ruleset of Landlock.
    LANDLOCK_RULESET "landlock_ruleset_attr" { handled_access_fs: bits8(&flags::LANDLOCK_FS) };
    /// A rule of Landlock for a directory.
    LANDLOCK_PATH "landlock_path_beneath_attr" packed {
        allowed_access: bits8(&flags::LANDLOCK_FS), parent_fd: Type::Fd,
    };
    /// A key and its operation, of asynchronous input and output.
    IO_EVENT "io_event" { data: X64, obj: Type::Ptr, res: I64, res2: I64 };
    /// A request of asynchronous input and output.
    IOCB "iocb" {
        aio_data: X64, aio_key: U32, aio_rw_flags: bits(&flags::RWF),
        aio_lio_opcode: bits2(&flags::AIO_OP), aio_reqprio: I16, aio_fildes: Type::Fd,
        aio_buf: Type::Ptr, aio_nbytes: U64, aio_offset: I64, aio_reserved2: X64, aio_flags: X32,
        aio_resfd: Type::Fd,
    } shown [aio_data aio_key aio_lio_opcode aio_fildes aio_buf aio_nbytes aio_offset];
}
