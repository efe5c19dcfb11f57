//! The table as its users see it: names, numbers, groups, constants, and bad memory.

use syscalls::{
    Addr, Direction, Fault, Line, Memory, Style, Support, Type, Value, When, by_name, constant,
    decode, errno, flags, render, resolve, syscall, table,
};

/// Memory of which nothing can be read.
struct Nothing;

impl Memory for Nothing {
    fn read(&self, addr: Addr, _: &mut [u8]) -> Result<(), Fault> {
        Err(Fault { addr })
    }

    fn write(&mut self, addr: Addr, _: &[u8]) -> Result<(), Fault> {
        Err(Fault { addr })
    }
}

#[test]
fn every_number_and_name_leads_to_its_entry() {
    for call in table() {
        assert_eq!(syscall(call.nr), Some(call));
        assert_eq!(by_name(call.name), Some(call));
        assert_eq!(resolve(call.name, true), Ok(vec![call.nr]));
    }
    assert!(table().is_sorted_by_key(|call| call.nr));
    assert_eq!(syscall(400), None);
    assert_eq!(syscall(u64::MAX), None);
    assert_eq!(by_name("openn"), None);
}

#[test]
fn the_table_has_the_numbers_of_the_c_library() {
    for (nr, name) in [
        (libc::SYS_read, "read"),
        (libc::SYS_openat, "openat"),
        (libc::SYS_statx, "statx"),
        (libc::SYS_clone3, "clone3"),
        (libc::SYS_futex_waitv, "futex_waitv"),
        (libc::SYS_mseal, "mseal"),
    ] {
        assert_eq!(by_name(name).unwrap().nr, nr as u64, "{name}");
    }
}

#[test]
fn arguments_have_their_manual_page_names_and_no_register_twice() {
    for call in table() {
        let mut registers: Vec<_> = call.args.iter().map(|arg| arg.register).collect();
        registers.dedup();
        assert_eq!(registers.len(), call.args.len(), "{}", call.name);
        assert!(registers.iter().all(|register| *register < 6), "{}", call.name);
        for arg in call.args {
            assert!(
                arg.direction == Direction::Value || arg.ty.is_pointer() || arg.ty == Type::Ptr
            );
        }
    }
    let openat = by_name("openat").unwrap();
    assert_eq!(openat.arg("pathname"), Some(1));
    assert_eq!(openat.arg("path"), Some(1));
    assert_eq!(openat.arg("fd"), Some(0));
    assert_eq!(openat.arg("count"), None);
}

#[test]
fn a_mode_is_there_only_when_a_file_is_created() {
    let openat = by_name("openat").unwrap();
    assert_eq!(openat.args_of(&[0, 0, 0, 0o644, 0, 0]).len(), 3);
    assert_eq!(openat.args_of(&[0, 0, 0o100, 0o644, 0, 0]).len(), 4);
    // As a named argument it is there all the same.
    let named = decode(257, &[0; 6], None, &Nothing, When::Entry);
    assert_eq!(named.len(), 3);
}

#[test]
fn calls_say_how_far_they_are_decoded() {
    assert_eq!(by_name("read").unwrap().support(), Support::Full);
    assert_eq!(by_name("bpf").unwrap().support(), Support::Partial);
    assert_eq!(by_name("tuxcall").unwrap().support(), Support::Absent);
}

#[test]
fn constants_are_found_by_their_names_in_c_and_in_ruby() {
    for (name, value) in [
        ("O_CREAT", 0o100),
        ("File::CREAT", 0o100),
        ("File::LOCK_EX", 2),
        ("Socket::AF_INET", 2),
        ("AF_INET6", 10),
        ("SOCK_STREAM", 1),
        ("Errno::ENOENT", 2),
        ("EWOULDBLOCK", 11),
        ("Process::CLOCK_MONOTONIC", 1),
        ("SIGTERM", 15),
        ("Signal::TERM", 15),
        ("MAP_PRIVATE", 2),
        ("EPOLLIN", 1),
        ("CLONE_THREAD", 0x10000),
        ("TCGETS", 0x5401),
    ] {
        assert_eq!(constant(name), Some(value), "{name}");
    }
    assert_eq!(constant("O_CREATE"), None);
    assert_eq!(flags::OPEN.value("creat"), Some(0o100));
    assert_eq!(flags::OPEN.value("CREAT"), Some(0o100));
    assert_eq!(flags::DOMAIN.value("inet"), Some(2));
    assert_eq!(flags::SIGNALS.value("term"), Some(15));
    assert_eq!(flags::OPEN.split(0o102).0, ["O_RDWR", "O_CREAT"]);
    assert_eq!(flags::OPEN.split(0), (vec!["O_RDONLY"], 0));
    assert_eq!(errno::name(2), Some("ENOENT"));
}

#[test]
fn no_pointer_argument_of_any_call_can_hurt() {
    for call in table() {
        for raw in [0, 1, 0x1000, 1 << 63, u64::MAX - 7, u64::MAX] {
            for result in [None, Some(0), Some(1), Some(i64::MAX), Some(-14)] {
                let args = [raw; 6];
                for (_, value) in decode(call.nr, &args, result, &Nothing, When::Exit) {
                    assert!(!matches!(value, Value::Struct(..)), "{}: {value:?}", call.name);
                }
                let line = render(call.nr, &args, result, &Nothing, &Style::default());
                assert!(line.starts_with(call.name), "{line}");
            }
        }
    }
}

#[test]
fn a_line_is_straces() {
    struct Text;
    impl Memory for Text {
        fn read(&self, addr: Addr, buf: &mut [u8]) -> Result<(), Fault> {
            let text = b"/etc/ld.so.cache\0 and some more bytes that are too many for a line";
            let at = addr.checked_sub(0x1000).ok_or(Fault { addr })? as usize;
            buf.copy_from_slice(text.get(at..at + buf.len()).ok_or(Fault { addr })?);
            Ok(())
        }
        fn write(&mut self, addr: Addr, _: &[u8]) -> Result<(), Fault> {
            Err(Fault { addr })
        }
        fn read_some(&self, addr: Addr, buf: &mut [u8]) -> usize {
            (0..buf.len())
                .take_while(|i| {
                    let mut byte = [0];
                    let read = self.read(addr + *i as u64, &mut byte).is_ok();
                    buf[*i] = byte[0];
                    read
                })
                .count()
        }
    }
    let here = -100i32 as u32 as u64;
    let args = [here, 0x1000, 0o2_000_000, 0, 0, 0];
    let mut style = Style::default();
    assert_eq!(
        render(257, &args, Some(3), &Text, &style),
        r#"openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3"#
    );
    assert_eq!(
        render(257, &args, Some(-2), &Text, &style),
        r#"openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)"#
    );
    let write = [1, 0x1010, 40, 0, 0, 0];
    assert_eq!(
        render(1, &write, Some(40), &Text, &style),
        r#"write(1, "\0 and some more bytes that are t"..., 40) = 40"#
    );
    style.column = 40;
    assert_eq!(
        render(3, &[3, 0, 0, 0, 0, 0], Some(0), &Text, &style),
        format!("{:40}= 0", "close(3)")
    );
    let path = |fd: i32| (fd == 3).then(|| "/tmp/a".to_owned());
    let named = Style { fd_path: Some(&path), ..Style::default() };
    assert_eq!(render(32, &[3, 0, 0, 0, 0, 0], Some(4), &Text, &named), "dup(3</tmp/a>) = 4");
    // Before the answer a line goes as far as the kernel's question.
    let line = Line::enter(0, &[0, 0x1000, 10, 0, 0, 0], &Text, &Style::default());
    assert_eq!(line.unfinished(&Style::default()), "read(0, ");
    assert_eq!(line.exit(None, &Text, &Style::default()), "read(0,  <unfinished ...>) = ?");
    assert_eq!(
        render(600, &[1, 2, 3, 4, 5, 6], Some(-38), &Text, &Style::default()),
        "syscall_0x258(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)"
    );
}
