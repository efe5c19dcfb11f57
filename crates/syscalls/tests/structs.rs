//! Structs are laid out as the C library has them, and survive the way there and back.

use syscalls::{Addr, EncodeError, Fault, Memory, SockAddr, Value, decode, encode, flags, structs};

struct Flat(Vec<u8>);

impl Memory for Flat {
    fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
        let at = addr.checked_sub(0x1000).ok_or(Fault { addr })? as usize;
        buf.copy_from_slice(self.0.get(at..at + buf.len()).ok_or(Fault { addr })?);
        Ok(())
    }

    fn write(&mut self, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
        let at = addr.checked_sub(0x1000).ok_or(Fault { addr })? as usize;
        let to = self.0.get_mut(at..at + bytes.len()).ok_or(Fault { addr })?;
        to.copy_from_slice(bytes);
        Ok(())
    }
}

#[test]
fn every_struct_is_as_large_as_in_c() {
    macro_rules! same {
        ($($def:ident = $c:ty),* $(,)?) => {
            $(assert_eq!(structs::$def.size, size_of::<$c>(), stringify!($def));)*
        };
    }
    same! {
        STAT = libc::stat, STATX = libc::statx, STATFS = libc::statfs, TIMESPEC = libc::timespec,
        TIMEVAL = libc::timeval, ITIMERSPEC = libc::itimerspec, ITIMERVAL = libc::itimerval,
        IOVEC = libc::iovec, MSGHDR = libc::msghdr, MMSGHDR = libc::mmsghdr, POLLFD = libc::pollfd,
        EPOLL_EVENT = libc::epoll_event, RLIMIT = libc::rlimit, SIGINFO = libc::siginfo_t,
        CLONE_ARGS = libc::clone_args, OPEN_HOW = libc::open_how, TERMIOS2 = libc::termios2,
        WINSIZE = libc::winsize, RUSAGE = libc::rusage, UTSNAME = libc::utsname,
        SYSINFO = libc::sysinfo, FLOCK_LOCK = libc::flock, TIMEX = libc::timex,
        UTIMBUF = libc::utimbuf, TMS = libc::tms, SCHED_PARAM = libc::c_int, STACK = libc::stack_t,
        SIGEVENT = libc::sigevent, USER_REGS = libc::user_regs_struct, LINGER = libc::linger,
        UCRED = libc::ucred, IP_MREQ = libc::ip_mreq, SEMBUF = libc::sembuf,
        SHMID_DS = libc::shmid_ds, MSQID_DS = libc::msqid_ds, SEMID_DS = libc::semid_ds,
        MQ_ATTR = libc::mq_attr, SOCK_FPROG = libc::sock_fprog, SOCK_FILTER = libc::sock_filter,
        IFREQ = libc::ifreq, NLMSGHDR = libc::nlmsghdr,
        SHMID_SET = libc::shmid_ds, MSQID_SET = libc::msqid_ds, SEMID_SET = libc::semid_ds,
    }
}

#[test]
fn fields_lie_where_c_puts_them() {
    macro_rules! at {
        ($($def:ident.$field:ident = $c:ty),* $(,)?) => {
            $(assert_eq!(
                structs::$def.field(stringify!($field)).unwrap().offset,
                std::mem::offset_of!($c, $field),
                "{}.{}", stringify!($def), stringify!($field)
            );)*
        };
    }
    at! {
        STAT.st_mode = libc::stat, STAT.st_size = libc::stat, STAT.st_mtime = libc::stat,
        STATX.stx_mode = libc::statx, STATX.stx_size = libc::statx, STATX.stx_mtime = libc::statx,
        MSGHDR.msg_controllen = libc::msghdr,
        TIMEX.tai = libc::timex, SYSINFO.mem_unit = libc::sysinfo, SHMID_DS.shm_nattch = libc::shmid_ds,
        MSQID_DS.msg_qbytes = libc::msqid_ds, MSQID_SET.msg_qbytes = libc::msqid_ds,
        CLONE_ARGS.cgroup = libc::clone_args, RUSAGE.ru_nivcsw = libc::rusage,
    }
}

#[test]
fn every_struct_survives_the_way_there_and_back() {
    for def in structs::all() {
        // Bytes that are all different, and pointers that lead nowhere.
        let raw: Vec<u8> = (0..def.size).map(|i| (i * 7 + 1) as u8).collect();
        let memory = Flat(raw.clone());
        let decoder = syscalls::Decoder {
            nr: 0,
            args: [0; 6],
            result: Some(0),
            mem: &memory,
            limits: syscalls::Limits::default(),
        };
        let Value::Struct(_, fields) = decoder.struct_at(def, 0x1000) else {
            panic!("{} can't be read", def.name);
        };
        let plain = fields.into_iter().filter(|(name, _)| {
            let field = def.field(name).unwrap();
            // Text ends at its zero byte; what is behind the end is not the struct's.
            !matches!(field.ty, syscalls::Type::Name(_) | syscalls::Type::Tail(_))
        });
        let plain: Vec<_> = plain.collect();
        let encoded = encode(def, &plain).unwrap();
        for field in def.fields.iter().filter(|f| plain.iter().any(|(n, _)| *n == f.name)) {
            let here = field.offset..field.offset + field.ty.size();
            let masked = matches!(field.ty, syscalls::Type::Mode);
            let width = if masked { here.start..here.start + 2 } else { here };
            // Nested structs are in the list themselves.
            if matches!(field.ty, syscalls::Type::Struct(_)) {
                continue;
            }
            assert_eq!(encoded[width.clone()], raw[width], "{}.{}", def.name, field.name);
        }
    }
}

#[test]
fn a_stat_is_read_and_written_by_its_fields() {
    let bytes = encode(
        &structs::STAT,
        &[("st_mode", Value::Int(0o100_644)), ("size", Value::Int(5)), ("mtime", Value::Int(-1))],
    );
    let memory = Flat(bytes.unwrap());
    let args = [3, 0x1000, 0, 0, 0, 0];
    let named = decode(5, &args, Some(0), &memory, syscalls::When::Exit);
    assert_eq!(named[0], ("fd", Value::Fd(3)));
    assert_eq!(named[1].1.field("size"), Some(&Value::Uint(5)));
    assert_eq!(named[1].1.field("st_mtime"), Some(&Value::UnixTime(-1)));
    // Before the call, and after one that failed, there is nothing to read yet.
    for result in [None, Some(-2)] {
        let named = decode(5, &args, result, &memory, syscalls::When::Exit);
        assert_eq!(named[1].1, Value::Ptr(0x1000));
    }
}

#[test]
fn a_length_of_time_becomes_a_timespec_or_a_timeval() {
    let half = Value::Nanos(1_500_000_000);
    let bytes = encode(&structs::ITIMERSPEC, &[("it_value", half.clone())]).unwrap();
    assert_eq!(bytes[16..24], 1u64.to_le_bytes());
    assert_eq!(bytes[24..32], 500_000_000u64.to_le_bytes());
    let bytes = encode(&structs::ITIMERVAL, &[("value", half)]).unwrap();
    assert_eq!(bytes[24..32], 500_000u64.to_le_bytes());
}

#[test]
fn a_misspelt_field_or_a_wrong_kind_is_told() {
    let error = encode(&structs::STAT, &[("st_siez", Value::Int(1))]).unwrap_err();
    assert!(matches!(error, EncodeError::NoField { nearest: "st_size", .. }), "{error}");
    let error = encode(&structs::STAT, &[("st_size", Value::Str(b"x".to_vec(), true))]);
    assert!(matches!(error, Err(EncodeError::Kind { field: "st_size", .. })));
    let long = Value::Str(vec![b'x'; 65], true);
    let error = encode(&structs::UTSNAME, &[("sysname", long)]);
    assert!(matches!(error, Err(EncodeError::TooLong { field: "sysname", .. })));
}

#[test]
fn socket_addresses_survive_the_way_there_and_back() {
    let six = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    for address in [
        SockAddr::Unix(b"/run/x".to_vec()),
        SockAddr::Unix(b"\0abstract".to_vec()),
        SockAddr::Unix(Vec::new()),
        SockAddr::Inet { addr: [127, 0, 0, 1], port: 8080 },
        SockAddr::Inet6 { addr: six, port: 443, flowinfo: 1, scope_id: 2 },
        SockAddr::Netlink { pid: 7, groups: 1 },
        SockAddr::Packet {
            protocol: 8,
            ifindex: 2,
            hatype: 1,
            pkttype: 4,
            addr: vec![1, 2, 3, 4, 5, 6],
        },
        SockAddr::Other { family: 31, data: vec![1, 2, 3] },
    ] {
        let raw = address.encode();
        let decoded = SockAddr::decode(&raw);
        if matches!(address, SockAddr::Unix(ref path) if path.is_empty()) {
            assert_eq!(decoded.family(), 1);
        } else {
            assert_eq!(decoded, address);
        }
    }
    for length in 0..=28 {
        let _ = SockAddr::decode(&vec![10; length]);
    }
}

#[test]
fn passed_descriptors_are_found_in_a_message() {
    let mut raw = vec![0; 256];
    let rights = structs::control::rights(&[5, 6]);
    raw[100..100 + rights.len()].copy_from_slice(&rights);
    let message = encode(
        &structs::MSGHDR,
        &[
            ("msg_control", Value::Ptr(0x1000 + 100)),
            ("msg_controllen", Value::Uint(rights.len() as u64)),
        ],
    );
    raw[..56].copy_from_slice(&message.unwrap());
    let memory = Flat(raw);
    let named = decode(47, &[3, 0x1000, 0, 0, 0, 0], Some(0), &memory, syscalls::When::Exit);
    let Some(Value::Array(messages, true)) = named[1].1.field("msg_control") else { panic!() };
    assert_eq!(messages[0].field("cmsg_type"), Some(&Value::Flags(&flags::SCM, 1)));
    let fds = messages[0].field("cmsg_data");
    assert_eq!(fds, Some(&Value::Array(vec![Value::Fd(5), Value::Fd(6)], true)));
}
