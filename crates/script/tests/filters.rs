//! Filters: constant ones without Ruby, the others with it.

mod support;

use std::io::Write as _;
use std::os::fd::AsRawFd as _;

use support::*;
use syscalls::SockAddr;

const AT_FDCWD: u64 = -100_i64 as u64;

/// How often a handler with these filters runs for these calls.
fn hits(head: &str, calls: &mut dyn FnMut(&mut Program, &script::Script)) -> String {
    let (script, said) = load(&format!("{head} {{ |c| print '+' }}"));
    let mut program = Program::new();
    calls(&mut program, &script);
    assert_eq!(said.err(), "", "{head}");
    said.out()
}

fn opens(head: &str, paths: &[&str]) -> String {
    hits(head, &mut |program, script| {
        for path in paths {
            let path = program.string(path);
            program.calls(script, "openat", &[AT_FDCWD, path, 0, 0]);
        }
    })
}

#[test]
fn paths_are_globs_as_written_and_as_meant() {
    assert_eq!(opens("on(:open, path: '/etc/*')", &["/etc/motd", "/etc/ssl/x", "/usr"]), "+");
    assert_eq!(
        opens("on(:open, path: '~/.{ssh,aws}/**')", &["/home/ann/.ssh/id", "/home/ann/x"]),
        "+"
    );
    assert_eq!(opens("on(:open, path: '**/*.log')", &["/var/log/a.log", "b.log", "/c"]), "++");
    assert_eq!(opens("on(:open, path: '*.log')", &["/var/log/a.log", "b.log", "/c"]), "++");
    let here = std::env::current_dir().unwrap();
    let head = format!("on(:open, path: '{}/*')", here.display());
    assert_eq!(opens(&head, &["Cargo.toml", "./build.rs", "src/../lib.rs", "/x"]), "+++");
    assert_eq!(opens("on(:open, path: ['/a', '/b'])", &["/a", "/b", "/c"]), "++");
    assert_eq!(opens("on(:open, path: /mot.$/)", &["/etc/motd", "/etc"]), "+");
    assert_eq!(opens("on(:open, path: ->(p) { p.size == 2 })", &["/a", "/bc"]), "+");
    assert_eq!(opens("on(:open, path: ['/a', /c$/])", &["/a", "/bc", "/d"]), "++");
}

#[test]
fn every_path_of_a_call_counts_and_a_descriptor_has_one_too() {
    let out = hits("on(:rename, path: '/b')", &mut |program, script| {
        let (a, b) = (program.string("/a"), program.string("/b"));
        program.calls(script, "rename", &[a, b]);
        program.calls(script, "rename", &[b, a]);
        program.calls(script, "rename", &[a, a]);
    });
    assert_eq!(out, "++");
    let mut file = std::fs::File::create(std::env::temp_dir().join("hijinks-filter.log")).unwrap();
    file.write_all(b"x").unwrap();
    let fd = file.as_raw_fd() as u64;
    let out = hits("on(:ftruncate, path: '**/*.log', size: 0)", &mut |program, script| {
        program.calls(script, "ftruncate", &[fd, 0]);
        program.calls(script, "ftruncate", &[fd, 1]);
        program.calls(script, "ftruncate", &[99, 0]);
    });
    assert_eq!(out, "+");
    let out = hits("on(:write, fd: '**/*.log')", &mut |program, script| {
        program.calls(script, "write", &[fd, BASE, 0]);
        program.calls(script, "write", &[99, BASE, 0]);
    });
    assert_eq!(out, "+");
}

#[test]
fn descriptors_by_number_range_and_kind() {
    let file = std::fs::File::open("/etc/passwd").unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let fds = [0, 1, 2, file.as_raw_fd() as u64, socket.as_raw_fd() as u64, 9999];
    let all = |filter: &str| {
        hits(&format!("on(:write, fd: {filter})"), &mut |program, script| {
            for fd in fds {
                program.calls(script, "write", &[fd, BASE, 0]);
            }
        })
    };
    assert_eq!(all(":stdout"), "+");
    assert_eq!(all("[:stdin, :stderr]"), "++");
    assert_eq!(all("0..1"), "++");
    assert_eq!(all("9999"), "+");
    assert_eq!(all(":socket"), "+");
    assert_eq!(all(&format!("[{}, :socket]", fds[3])), "++");
    assert_eq!(all("->(fd) { fd.socket? }"), "+");
}

#[test]
fn flags_and_modes_by_name() {
    let all = |filter: &str| {
        hits(&format!("on(:open, {filter})"), &mut |program, script| {
            let path = program.string("/x");
            for flags in [0_u64, 1, 2, 0o101, 0o1000, 0o2_000_000] {
                program.calls(script, "open", &[path, flags, 0o644]);
            }
        })
    };
    assert_eq!(all("mode: :write"), "++++", "wronly, rdwr, wronly|creat, and rdonly|trunc empties");
    assert_eq!(all("mode: :read"), "++++");
    assert_eq!(all("mode: :create"), "+");
    assert_eq!(all("flags: :creat"), "+");
    assert_eq!(all("flags: :rdonly"), "+++");
    assert_eq!(all("flags: [:creat, :trunc]"), "++");
    assert_eq!(all("flags: File::CLOEXEC"), "+");
    assert_eq!(all("mode: 0644"), "++++++");
}

#[test]
fn numbers_compare_as_in_case() {
    let all = |filter: &str| {
        hits(&format!("on(:mmap, {filter})"), &mut |program, script| {
            for length in [4096_u64, 64 << 20, 65 << 20, u64::MAX] {
                program.calls(script, "mmap", &[0, length, 3, 0x22, -1_i64 as u64, 0]);
            }
        })
    };
    assert_eq!(all("length: (64 << 20).."), "+++");
    assert_eq!(all("length: (64 << 20)...(65 << 20)"), "+");
    assert_eq!(all("length: ..4096"), "+");
    assert_eq!(all("length: 4096"), "+");
    assert_eq!(all("size: 4096"), "+");
    assert_eq!(all("prot: :write"), "++++");
    assert_eq!(all("flags: :shared"), "");
    assert_eq!(all("length: ->(n) { n == 4096 }"), "+");
}

#[test]
fn addresses_by_host_port_and_family() {
    let inet = |addr: [u8; 4], port| SockAddr::Inet { addr, port };
    let addresses = [
        inet([127, 0, 0, 1], 80),
        inet([1, 2, 3, 4], 443),
        SockAddr::Inet6 {
            addr: std::net::Ipv6Addr::LOCALHOST.octets(),
            port: 80,
            flowinfo: 0,
            scope_id: 0,
        },
        SockAddr::Unix(b"/run/x.sock".to_vec()),
    ];
    let all = |filter: &str| {
        hits(&format!("on(:connect, {filter})"), &mut |program, script| {
            for address in &addresses {
                let raw = address.encode();
                let at = program.put(&raw);
                program.calls(script, "connect", &[3, at, raw.len() as u64]);
            }
        })
    };
    assert_eq!(all("family: :inet"), "+++");
    assert_eq!(all("family: :inet6"), "+");
    assert_eq!(all("family: :unix"), "+");
    assert_eq!(all("host: '1.2.3.4'"), "+");
    assert_eq!(all("host: '127.*'"), "+");
    assert_eq!(all("host: :loopback"), "++");
    assert_eq!(all("port: 80"), "++");
    assert_eq!(all("port: 1..100"), "++");
    assert_eq!(all("address: '1.2.3.4:443'"), "+");
    assert_eq!(all("address: '/run/*'"), "+");
    assert!(all("host: 'localhost'").starts_with('+'), "/etc/hosts is known");
    assert_eq!(all("address: ->(a) { a.unix? }"), "+");
}

#[test]
fn a_name_is_learnt_from_the_answer_that_the_program_got() {
    let (script, said) =
        load("on(:connect, host: 'api.stripe.com') { |c| puts c.address, c.address.host }");
    let mut program = Program::new();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut answer = b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0".to_vec();
    answer.extend(b"\x03api\x06stripe\x03com\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04");
    let buffer = program.put(&[0; 512]);
    let len = answer.len() as i64;
    program.kernel(move |call, program| {
        engine::Memory::write(program, call.args[1], &answer).unwrap();
        len
    });
    let fd = socket.as_raw_fd() as u64;
    assert_eq!(program.calls(&script, "recvfrom", &[fd, buffer, 512, 0, 0, 0]), len);
    program.kernel(|_, _| 0);
    let address = program.put(&[2, 0, 1, 187, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    program.calls(&script, "connect", &[3, address, 16]);
    assert_eq!(said.err(), "");
    assert_eq!(said.out(), "api.stripe.com:443\napi.stripe.com\n");
}

#[test]
fn the_other_end_of_a_socket_is_its_address() {
    let out = hits("on(:write, host: '1.2.3.4')", &mut |program, script| {
        program.peer = Some(SockAddr::Inet { addr: [1, 2, 3, 4], port: 80 });
        program.calls(script, "write", &[3, BASE, 0]);
        program.peer = None;
        program.calls(script, "write", &[3, BASE, 0]);
    });
    assert_eq!(out, "+");
}

#[test]
fn results_errors_and_times() {
    let all = |filter: &str| {
        hits(&format!("on(:read, {filter})"), &mut |program, script| {
            for result in [-2_i64, -13, 0, 5, 500] {
                program.kernel(move |_, _| result);
                program.calls(script, "read", &[0, BASE, 500]);
            }
        })
    };
    assert_eq!(all("error: true"), "++");
    assert_eq!(all("error: false"), "+++");
    assert_eq!(all("error: Errno::ENOENT"), "+");
    assert_eq!(all("errno: [2, 13]"), "++");
    assert_eq!(all("errno: :eacces"), "+");
    assert_eq!(all("result: 1.."), "++");
    assert_eq!(all("result: 0"), "+");
    assert_eq!(all("elapsed: 10.."), "");
    assert_eq!(all("elapsed: 0.."), "+++++");
    assert_eq!(all("result: ->(r) { r == 5 }"), "+");
}

#[test]
fn the_nth_the_first_ones_and_a_share() {
    let all = |filter: &str| {
        hits(&format!("on(:fsync, {filter})"), &mut |program, script| {
            for _ in 0..1000 {
                program.calls(script, "fsync", &[3]);
            }
        })
        .len()
    };
    assert_eq!(all("nth: 3"), 1);
    assert_eq!(all("nth: 990.."), 11);
    assert_eq!(all("times: 7"), 7);
    assert_eq!(all("rate: 0"), 0);
    assert_eq!(all("rate: 1.0"), 1000);
    let share = all("rate: 0.25");
    assert!((150..350).contains(&share), "{share}");
}

#[test]
fn programs_and_processes() {
    let pid = std::process::id();
    let all = |filter: &str| {
        hits(&format!("on(:getppid, {filter})"), &mut |program, script| {
            program.calls(script, "getppid", &[]);
        })
    };
    assert_eq!(all("program: 'filters-*'"), "+");
    assert_eq!(all("program: '/nowhere/*'"), "");
    assert_eq!(all("program: /filters/"), "+");
    assert_eq!(all(&format!("pid: {pid}")), "+");
    assert_eq!(all("pid: 1"), "");
}

#[test]
fn a_constant_filter_that_fails_never_enters_ruby() {
    // A handler that would break shows that it was not entered.
    let (script, said) = load("on(:openat, path: '/never') { nil.oops }");
    let mut program = Program::new();
    let path = program.string("/etc/motd");
    program.calls(&script, "openat", &[AT_FDCWD, path, 0, 0]);
    // A bad pointer is no match, and no harm.
    program.calls(&script, "openat", &[AT_FDCWD, NOWHERE, 0, 0]);
    assert_eq!(said.err(), "");
}
