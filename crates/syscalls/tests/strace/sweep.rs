//! Calls for the sweep: every call of the table, each argument through all its values.

use syscalls::{Arg, Len, Type, flags};

use super::page::{BAD, Places};

/// A number and six arguments.
pub type Call = (u64, [u64; 6]);

/// Calls that end or replace the guest, or whose arguments are not in registers.
const NOT_SWEPT: &[&str] =
    &["exit", "exit_group", "execve", "execveat", "rt_sigreturn", "uretprobe", "uprobe"];

/// Names that are younger than Debian's strace, which prints their numbers.
const YOUNGER: &[&str] = &[
    "MADV_GUARD_INSTALL",
    "MADV_GUARD_REMOVE",
    "MFD_NOEXEC_SEAL",
    "MFD_EXEC",
    "SCHED_EXT",
    "F_DUPFD_QUERY",
    "F_CREATED_QUERY",
    "PIDFD_THREAD",
    "BPF_TOKEN_CREATE",
    "BPF_PROG_STREAM_READ_BY_FD",
    "MEMBARRIER_CMD_GET_REGISTRATIONS",
    "FSCONFIG_CMD_CREATE_EXCL",
    "FALLOC_FL_WRITE_ZEROES",
    "FAN_REPORT_FD_ERROR",
    "FAN_REPORT_MNT",
    "FAN_PRE_ACCESS",
    "FAN_MNT_ATTACH",
    "FAN_MNT_DETACH",
    "MOVE_MOUNT_BENEATH",
    "STATX_MNT_ID_UNIQUE",
    "STATX_SUBVOL",
    "STATX_WRITE_ATOMIC",
    "STATX_DIO_READ_ALIGN",
    "MPOL_WEIGHTED_INTERLEAVE",
    "SA_UNSUPPORTED",
    "SA_EXPOSE_TAGBITS",
    "MSG_SOCK_DEVMEM",
    "MSG_SENDPAGE_DECRYPTED",
    "MAP_DROPPABLE",
    "RWF_NOAPPEND",
    "RWF_ATOMIC",
    "RWF_DONTCACHE",
    "RWF_NOSIGNAL",
    "AT_HANDLE_FID",
    "AT_HANDLE_MNT_ID_UNIQUE",
    "AT_HANDLE_CONNECTABLE",
    "F_GET_RW_HINT",
    "F_SET_RW_HINT",
    "F_GET_FILE_RW_HINT",
    "F_SET_FILE_RW_HINT",
    "KEXEC_FILE_DEBUG",
    "KEXEC_CRASH_HOTPLUG_SUPPORT",
    "LANDLOCK_RULE_NET_PORT",
    "LANDLOCK_CREATE_RULESET_ERRATA",
    "IORING_ENTER_ABS_TIMER",
    "IORING_ENTER_EXT_ARG_REG",
    "IORING_ENTER_NO_IOWAIT",
    "IORING_REGISTER_SYNC_CANCEL",
    "IORING_REGISTER_FILE_ALLOC_RANGE",
    "IORING_REGISTER_PBUF_STATUS",
    "IORING_REGISTER_NAPI",
    "IORING_UNREGISTER_NAPI",
    "IORING_REGISTER_CLOCK",
    "IORING_REGISTER_CLONE_BUFFERS",
    "IORING_REGISTER_SEND_MSG_RING",
    "IORING_REGISTER_ZCRX_IFQ",
    "IORING_REGISTER_RESIZE_RINGS",
    "IORING_REGISTER_MEM_REGION",
    "IORING_REGISTER_QUERY",
    "ARCH_XCOMP_TILECFG",
    "ARCH_XCOMP_TILEDATA",
    "ARCH_CET_STATUS",
    "ARCH_CET_DISABLE",
    "ARCH_CET_LOCK",
    "ARCH_CET_EXEC",
    "ARCH_CET_ALLOC_SHSTK",
    "ARCH_CET_PUSH_SHSTK",
    "ARCH_GET_UNTAG_MASK",
    "ARCH_ENABLE_TAGGED_ADDR",
    "ARCH_GET_MAX_TAG_BITS",
    "ARCH_FORCE_TAGGED_SVA",
    "ARCH_SHSTK_ENABLE",
    "ARCH_SHSTK_DISABLE",
    "ARCH_SHSTK_LOCK",
    "ARCH_SHSTK_UNLOCK",
    "ARCH_SHSTK_STATUS",
    "PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG",
    "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG",
    "PTRACE_SET_SYSCALL_INFO",
    "PR_SET_MDWE",
    "PR_GET_MDWE",
    "PR_SET_MEMORY_MERGE",
    "PR_GET_MEMORY_MERGE",
    "PR_RISCV_V_SET_CONTROL",
    "PR_RISCV_V_GET_CONTROL",
    "PR_RISCV_SET_ICACHE_FLUSH_CTX",
    "PR_PPC_GET_DEXCR",
    "PR_PPC_SET_DEXCR",
    "PR_GET_SHADOW_STACK_STATUS",
    "PR_SET_SHADOW_STACK_STATUS",
    "PR_LOCK_SHADOW_STACK_STATUS",
    "PR_TIMER_CREATE_RESTORE_IDS",
    "PR_FUTEX_HASH",
    "FUTEX_LOCK_PI2|FUTEX_CLOCK_REALTIME",
    "FUTEX_LOCK_PI2_PRIVATE|FUTEX_CLOCK_REALTIME",
    "SO_PASSPIDFD",
    "SO_PEERPIDFD",
    "SO_DEVMEM_LINEAR",
    "SO_DEVMEM_DMABUF",
    "SO_DEVMEM_DONTNEED",
    "SO_RCVPRIORITY",
    "SO_PASSRIGHTS",
    "SO_INQ",
    "IP_LOCAL_PORT_RANGE",
    "IP_PROTOCOL",
    "TCP_AO_ADD_KEY",
    "TCP_AO_DEL_KEY",
    "TCP_AO_INFO",
    "TCP_AO_GET_KEYS",
    "TCP_AO_REPAIR",
    "TCP_IS_MPTCP",
    "TCP_RTO_MAX_MS",
    "F_SEAL_EXEC",
    "PIDFD_SIGNAL_THREAD",
];

/// The bits of a set that strace has no name for.
fn younger(set: &syscalls::FlagSet) -> u64 {
    set.flags.iter().filter(|f| YOUNGER.contains(&f.name)).fold(0, |bits, f| bits | f.value)
}

/// All calls up to the last that Debian's strace knows (`set_mempolicy_home_node`).
pub fn calls(places: &Places) -> Vec<Call> {
    let mut calls = Vec::new();
    for entry in syscalls::table().iter().filter(|c| c.nr <= 450) {
        if NOT_SWEPT.contains(&entry.name) {
            continue;
        }
        let mut usual = [0u64; 6];
        for (i, arg) in entry.args.iter().enumerate() {
            usual[usize::from(arg.register)] = usual_value(arg, i, places);
        }
        calls.push((entry.nr, usual));
        for arg in entry.args {
            for value in values(arg, places) {
                let mut args = usual;
                args[usize::from(arg.register)] = value;
                calls.push((entry.nr, args));
            }
        }
        // What depends on a command: every command with every kind of argument behind it.
        let command =
            entry.args.iter().position(|a| matches!(a.ty, Type::Flags(set, _) if set.exclusive));
        if let (Some(command), true) = (command, depends_on_command(entry.name)) {
            let Type::Flags(set, _) = entry.args[command].ty else { unreachable!() };
            for flag in set.flags.iter().filter(|f| !YOUNGER.contains(&f.name)) {
                for rest in [
                    0,
                    1,
                    5,
                    BAD,
                    places.areas[1],
                    places.areas[5],
                    places.areas[20],
                    places.areas[22],
                ] {
                    let mut args = usual;
                    args[command] = flag.value;
                    for slot in &mut args[command + 1..] {
                        *slot = rest;
                    }
                    calls.push((entry.nr, args));
                }
            }
        }
    }
    for (addr, len) in &places.addresses {
        for len in [*len, 0, 1, 2, 3, 110] {
            calls.push((42, [3, *addr, len, 0, 0, 0]));
            calls.push((44, [3, places.strings[0], 4, 0, *addr, len]));
        }
        calls.push((45, [3, places.strings[2], 32, 0, *addr, places.areas[5]]));
        calls.push((51, [3, *addr, places.areas[5], 0, 0, 0]));
    }
    for message in &places.messages {
        calls.push((46, [3, *message, 0, 0, 0, 0]));
        calls.push((47, [3, *message, 0, 0, 0, 0]));
        calls.push((307, [3, *message, 2, 0, 0, 0]));
        calls.push((299, [3, *message, 2, 0, 0, 0]));
    }
    for flag in flags::SO.flags.iter().filter(|f| !YOUNGER.contains(&f.name)) {
        for area in [places.areas[1], places.areas[3], places.areas[22], BAD, 0] {
            for len in [0, 4, 8, 12, 16, 24] {
                calls.push((54, [3, 1, flag.value, area, len, 0]));
            }
            calls.push((55, [3, 1, flag.value, area, places.areas[1], 0]));
            calls.push((55, [3, 1, flag.value, area, places.areas[12], 0]));
        }
    }
    for (level, set) in [
        (0, &flags::IP_OPT),
        (6, &flags::TCP_OPT),
        (17, &flags::UDP_OPT),
        (41, &flags::IPV6_OPT),
        (270, &flags::NETLINK_OPT),
    ] {
        for flag in set.flags.iter().filter(|f| !YOUNGER.contains(&f.name)) {
            calls.push((54, [3, level, flag.value, places.areas[1], 4, 0]));
            calls.push((54, [3, level, flag.value, places.areas[1], 16, 0]));
        }
    }
    calls
}

/// How many elements the longest array of a call claims to have.
pub fn elements((nr, args): &Call) -> u64 {
    let params = syscalls::syscall(*nr).map_or(&[][..], |call| call.args);
    let of = |arg: &Arg| match arg.ty {
        Type::Array(_, Len::Arg(count)) => args[usize::from(count)],
        _ => 0,
    };
    params.iter().map(of).max().unwrap_or(0)
}

fn depends_on_command(name: &str) -> bool {
    matches!(
        name,
        "ioctl"
            | "fcntl"
            | "prctl"
            | "arch_prctl"
            | "ptrace"
            | "futex"
            | "keyctl"
            | "seccomp"
            | "kcmp"
            | "fsconfig"
            | "shmctl"
            | "semctl"
            | "msgctl"
            | "reboot"
            | "syslog"
            | "membarrier"
            | "quotactl"
            | "bpf"
    )
}

fn usual_value(arg: &Arg, index: usize, places: &Places) -> u64 {
    match arg.ty {
        Type::Fd => 3,
        Type::DirFd => -100i32 as u32 as u64,
        Type::Path | Type::Str => places.strings[0],
        Type::Argv | Type::Envp => places.argv[0],
        Type::SockAddr(_) => places.addresses[3].0,
        Type::Array(Type::Struct(def), _) if def.name == "iovec" => places.iovecs[0],
        Type::At(def) if def.name == "msghdr" => places.messages[0],
        Type::FdSet(_) => places.areas[4],
        Type::Bytes(_) => places.strings[2],
        ref ty if ty.is_pointer() => places.areas[1],
        Type::Ptr => 0x7f00_1234_5000,
        Type::Mode => 0o644,
        Type::FileMode(_) => 0o100_644,
        Type::Uint(_) | Type::Int(_)
            if arg.name.contains("sigsetsize") || arg.name == "sizemask" =>
        {
            8
        }
        Type::Uint(_) | Type::Int(_) if arg.name.contains("len") => 16,
        Type::Uint(_) | Type::Int(_) => [7, 2, 2, 3, 2, 8][index],
        Type::Signal => 15,
        Type::Flags(set, _) => set.flags.first().map_or(0, |f| f.value),
        _ => 1,
    }
}

fn values(arg: &Arg, places: &Places) -> Vec<u64> {
    let mut list: Vec<u64> = vec![0, u64::MAX];
    match arg.ty {
        Type::Flags(set, width) => {
            list.extend(set.flags.iter().filter(|f| !YOUNGER.contains(&f.name)).map(|f| f.value));
            let bits = 8 * width as u32;
            if !set.exclusive {
                // The upper half of a long word of flags is nobody's.
                list.extend((0..bits.min(32)).map(|b| 1u64 << b));
                list.extend([3, 7, 0xff, 0x0101_0101]);
                list.iter_mut().for_each(|value| *value &= !younger(set));
            } else {
                list.extend([0x7777, 99_999]);
            }
        }
        Type::Path | Type::Str => {
            list.extend(&places.strings);
            list.extend([BAD, places.edge]);
        }
        Type::Argv | Type::Envp => list.extend(places.argv.iter().chain([&BAD, &places.edge])),
        Type::SockAddr(_) => list.extend(places.addresses.iter().map(|a| a.0).chain([BAD])),
        Type::Array(Type::Struct(def), _) if def.name == "iovec" => {
            list.extend(places.iovecs.iter().chain([&BAD, &places.edge]));
        }
        Type::At(def) if def.name == "msghdr" => list.extend(&places.messages),
        Type::Bytes(len) => {
            list.extend(&places.strings);
            list.extend([BAD, places.edge, places.areas[22], places.areas[24]]);
            if len == Len::Result {
                list.push(places.areas[0]);
            }
        }
        ref ty if ty.is_pointer() => {
            list.extend(&places.areas);
            list.extend([BAD, places.edge, places.strings[0]]);
        }
        Type::Mode | Type::FileMode(_) => {
            list.extend([
                0o7, 0o77, 0o777, 0o7777, 0o4755, 0o100_600, 0o20_600, 0o60_600, 0o10_644,
                0o140_000,
            ]);
        }
        Type::Fd | Type::DirFd => list.extend([0, 1, 255, 0xffff_ff9c, 0x1_0000_0003]),
        Type::Signal => list.extend(1..=66),
        Type::Ptr => list.extend([1, BAD, 0x7fff_ffff_f000, places.areas[2]]),
        _ => list.extend([
            1,
            2,
            4,
            8,
            32,
            33,
            64,
            1000,
            4096,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            1 << 32,
            1 << 63,
        ]),
    }
    list
}
