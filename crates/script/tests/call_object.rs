//! `c`: what it answers, what can be set, and what it says when it is kept for too long.

mod support;

use support::*;

const AT_FDCWD: u64 = -100_i64 as u64;

#[test]
fn arguments_are_named_as_in_the_manual() {
    let (script, said) = load(
        r#"
        on(:open) do |c|
          p c.name, c.number, c.path, c.pathname, c.flags, c.mode, c[:flags], c[1]
          p c.flags.include?(:creat), c.flags.include?(:rdonly), c.flags.include?(:wronly, :excl)
          p c.flags == (File::WRONLY | File::CREAT), c.flags & File::CREAT, (c.flags | :append).to_s
          p c.dirfd.fileno, c.result, c.nth, c.args.size
        end
        "#,
    );
    let mut program = Program::new();
    let path = program.string("/etc/motd");
    program.calls(&script, "openat", &[AT_FDCWD, path, 0o101, 0o644]);
    assert_eq!(said.err(), "");
    let lines: Vec<String> = said.out().lines().map(String::from).collect();
    let wanted = [
        ":openat",
        "257",
        "\"/etc/motd\"",
        "\"/etc/motd\"",
        "WRONLY|CREAT",
        "420",
        "WRONLY|CREAT",
        "\"/etc/motd\"",
        "true",
        "false",
        "false",
        "true",
        "RDONLY|CREAT",
        "\"WRONLY|CREAT|APPEND\"",
        "-100",
        "nil",
        "1",
        "4",
    ];
    assert_eq!(lines, wanted);
}

#[test]
fn arguments_can_be_set_and_the_programs_memory_is_left_alone() {
    let (script, said) = load(
        r#"
        on(:open) do |c|
          c.path = "/dev/null"
          c.flags = [:rdonly, :cloexec]
          c.mode = 0o600
        end
        on(:connect) { |c| c.address = "127.0.0.1:5433" }
        on(:kill) { |c| c.sig = :term }
        on(:setrlimit) { |c| c.rlim.cur = 1024 if c.name == :setrlimit }
        on(:nanosleep) { |c| c.req = 0.5 if c.name == :nanosleep }
        "#,
    );
    let mut program = Program::new();
    let path = program.string("/etc/motd");
    program.kernel(|call, program| {
        assert_eq!(program.text(call.args[1]), "/dev/null");
        assert_eq!((call.args[2], call.args[3]), (0o2_000_000, 0o600));
        3
    });
    assert_eq!(program.calls(&script, "openat", &[AT_FDCWD, path, 1, 0]), 3, "{}", said.err());
    assert_eq!(program.text(path), "/etc/motd");

    let address = program.put(&[2, 0, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    program.kernel(|call, program| {
        assert_eq!(program.get(call.args[1], 8), [2, 0, 0x15, 0x39, 127, 0, 0, 1]);
        call.args[2] as i64
    });
    assert_eq!(program.calls(&script, "connect", &[3, address, 16]), 16, "{}", said.err());

    program.kernel(|call, _| call.args[1] as i64);
    assert_eq!(program.calls(&script, "kill", &[1, 9]), 15, "{}", said.err());

    let limit = program.words(&[10, 4096]);
    program.kernel(|call, program| {
        assert_eq!(
            program.get(call.args[1], 16),
            [1024_u64.to_le_bytes(), 4096_u64.to_le_bytes()].concat()
        );
        0
    });
    program.calls(&script, "setrlimit", &[7, limit]);
    assert_eq!(program.get(limit, 8), 10_u64.to_le_bytes());

    let time = program.words(&[3, 0]);
    program.kernel(|call, program| {
        assert_eq!(
            program.get(call.args[0], 16),
            [0_u64.to_le_bytes(), 500_000_000_u64.to_le_bytes()].concat()
        );
        0
    });
    program.calls(&script, "nanosleep", &[time, 0]);
    assert_eq!(said.err(), "");
}

#[test]
fn structs_answer_their_fields() {
    let (script, said) = load(
        r#"
        after(:fstat) do |c|
          next unless c.name == :fstat
          stat = c.statbuf
          p stat.size, stat.file?, stat.directory?, stat.mode.to_s(8), stat.ftype, stat.uid, stat[:st_size]
          p stat.mtime.to_i
          stat.size = 99
        end
        on(:nanosleep) { |c| p c.req, c.req.to_f, c.req == 1.5, c.req > 1 }
        on(:connect)   { |c| p c.address, c.address.host, c.address.ip_port, c.address.ipv4?, c.address.family }
        on(:writev)    { |c| p c.iov.map { |v| v.iov_len } }
        on(:execve)    { |c| p c.argv, c.env }
        "#,
    );
    let mut program = Program::new();
    let buffer = program.put(&[0; 144]);
    program.kernel(|call, program| {
        let mut stat = vec![0; 144];
        stat[24..28].copy_from_slice(&0o100_644_u32.to_le_bytes());
        stat[28..32].copy_from_slice(&1000_u32.to_le_bytes());
        stat[48..56].copy_from_slice(&1234_u64.to_le_bytes());
        stat[88..96].copy_from_slice(&1_700_000_000_u64.to_le_bytes());
        engine::Memory::write(program, call.args[1], &stat).expect("mapped");
        0
    });
    assert_eq!(program.calls(&script, "fstat", &[3, buffer]), 0);
    assert_eq!(said.err(), "");
    assert_eq!(program.get(buffer + 48, 8), 99_u64.to_le_bytes());
    program.kernel(|_, _| 0);
    let time = program.words(&[1, 500_000_000]);
    program.calls(&script, "nanosleep", &[time, 0]);
    let address = program.put(&[2, 0, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    program.calls(&script, "connect", &[3, address, 16]);
    let vectors = program.words(&[BASE, 3, BASE, 4]);
    program.calls(&script, "writev", &[1, vectors, 2]);
    let (program_path, one, two) =
        (program.string("/bin/ls"), program.string("ls"), program.string("-l"));
    let argv = program.words(&[one, two, 0]);
    let variable = program.string("HOME=/root");
    let envp = program.words(&[variable, 0]);
    program.calls(&script, "execve", &[program_path, argv, envp]);
    assert_eq!(said.err(), "");
    let wanted = "1234\ntrue\nfalse\n\"100644\"\n\"file\"\n1000\n1234\n1700000000\n\
                  1.5\n1.5\ntrue\ntrue\n1.2.3.4:80\n\"1.2.3.4\"\n80\ntrue\nAF_INET\n[3, 4]\n\
                  [\"ls\", \"-l\"]\n{\"HOME\"=>\"/root\"}\n";
    assert_eq!(said.out(), wanted);
}

#[test]
fn the_line_is_straces() {
    let (script, said) = load("on(:open) { |c| puts c.inspect; c.proceed; puts c }");
    let mut program = Program::new();
    let path = program.string("/etc/motd");
    program.kernel(|_, _| -2);
    program.calls(&script, "openat", &[AT_FDCWD, path, 0, 0]);
    assert_eq!(said.err(), "");
    let out = said.out();
    assert!(out.contains("openat(AT_FDCWD, \"/etc/motd\", O_RDONLY"), "{out}");
    assert!(out.contains("= -1 ENOENT (No such file or directory)"), "{out}");
}

#[test]
fn errors_are_exceptions_numbers_and_names() {
    let (script, said) = load(
        r#"
        after(:open) do |c|
          p c.error.class, c.error?, c.errno, c.errno == 2, c.errno == Errno::ENOENT, c.errno.to_i
          c.error = Errno::EACCES
        end
        after(:close) { |c| p c.error, c.errno, c.error? }
        "#,
    );
    let mut program = Program::new();
    program.kernel(|_, _| -2);
    let path = program.string("/x");
    assert_eq!(program.calls(&script, "open", &[path, 0, 0]), -13);
    program.kernel(|_, _| 0);
    program.calls(&script, "close", &[3]);
    assert_eq!(said.err(), "");
    assert_eq!(said.out(), "Errno::ENOENT\ntrue\nENOENT\ntrue\ntrue\n2\nnil\nnil\nfalse\n");
}

#[test]
fn a_bad_pointer_raises_efault_in_the_handler_and_nothing_else() {
    let pointers = [
        ("open", "c.path", [NOWHERE, 0, 0]),
        ("write", "c.data", [1, NOWHERE, 5]),
        ("writev", "c.data", [1, NOWHERE, 2]),
        ("sendmsg", "c.data", [1, NOWHERE, 0]),
        ("connect", "c.address", [3, NOWHERE, 16]),
        ("execve", "c.argv", [0, NOWHERE, 0]),
        ("nanosleep", "c.req", [NOWHERE, 0, 0]),
        ("rename", "c.newpath", [BASE, NOWHERE, 0]),
    ];
    for (name, accessor, args) in pointers {
        let source = format!(
            "on(:{name}) {{ |c| begin; {accessor}; rescue Errno::EFAULT; puts 'caught'; end }}"
        );
        let (script, said) = load(&source);
        let mut program = Program::new();
        program.kernel(|_, _| -14);
        assert_eq!(program.calls(&script, name, &args), -14, "{name}");
        assert_eq!((said.out().as_str(), said.err().as_str()), ("caught\n", ""), "{name}");
        // Uncaught, it is the errno that the kernel would give.
        let (script, _) = load(&format!("on(:{name}) {{ |c| {accessor} }}"));
        assert_eq!(program.calls(&script, name, &args), -14, "{name}");
    }
}

#[test]
fn a_call_that_is_kept_answers_from_what_it_knows_or_raises() {
    let (script, said) = load(
        r#"
        on(:open) { |c| $kept = c; c.path; c.proceed }
        on(:getppid) do
          p $kept.name, $kept.path, $kept.result, $kept.flags
          begin; $kept.caller; rescue => e; puts e.message; end
          begin; $kept.proceed; rescue => e; puts e.message; end
          begin; $kept.path = "/x"; rescue => e; puts e.message; end
        end
        "#,
    );
    let mut program = Program::new();
    let path = program.string("/etc/motd");
    program.kernel(|_, _| 3);
    program.calls(&script, "open", &[path, 0, 0]);
    program.calls(&script, "getppid", &[]);
    let out = said.out();
    assert!(out.starts_with(":open\n\"/etc/motd\"\n3\nRDONLY\n"), "{out}{}", said.err());
    assert_eq!(out.matches("is over").count(), 3, "{out}");
}

#[test]
fn what_a_call_does_not_have_is_an_error_with_the_nearest_name() {
    let (script, said) = load("on(:open) { |c| c.pth }");
    let mut program = Program::new();
    let path = program.string("/x");
    program.calls(&script, "open", &[path, 0, 0]);
    assert!(said.err().contains("open has no pth; did you mean path?"), "{}", said.err());
}

#[test]
fn who_calls_and_from_where() {
    let (script, said) = load(
        r#"
        on(:getppid) do |c|
          puts c.caller, c.site, c.pid == c.process.pid, c.program.empty?, c.process.cwd.start_with?("/")
          puts c.process.argv.size > 0, c.process.env.key?("PATH"), c.process.uid.class, c.process.parent.pid.class
        end
        "#,
    );
    let mut program = Program::new();
    program.calls(&script, "getppid", &[]);
    assert_eq!(said.err(), "");
    let wanted = "write+0x14 (libc.so.6)\nmain+0x2a (prog)\n4198964\ntrue\nfalse\ntrue\ntrue\ntrue\nInteger\nInteger\n";
    assert_eq!(said.out(), wanted);
}

#[test]
fn a_call_turns_into_a_hash_and_json() {
    let (script, said) =
        load("after(:open) { |c| h = c.to_h; p h[:name], h[:args], h[:result]; puts c.to_json }");
    let mut program = Program::new();
    let path = program.string("/etc/motd");
    program.kernel(|_, _| 3);
    program.calls(&script, "open", &[path, 0o101, 0o644]);
    assert_eq!(said.err(), "");
    let out = said.out();
    assert!(out.contains("{:pathname=>\"/etc/motd\", :flags=>WRONLY|CREAT, :mode=>420}"), "{out}");
    assert!(
        out.contains(
            "\"args\":{\"pathname\":\"/etc/motd\",\"flags\":\"WRONLY|CREAT\",\"mode\":420}"
        ),
        "{out}"
    );
}

#[test]
fn a_number_that_is_no_call_is_one_all_the_same() {
    let (script, said) = load("on(:all) { |c| puts c.name, c.inspect.empty? }");
    let mut program = Program::new();
    program.call = engine::Call::new(335, &[1, 2, 3]);
    engine::Handler::call(&script, &mut program);
    assert_eq!(said.err(), "");
}
