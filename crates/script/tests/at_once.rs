//! Many calls at once, and many calls in a row.

mod support;

use std::rc::Rc;

use support::*;

#[test]
fn while_one_call_waits_in_the_kernel_other_handlers_run() {
    let (script, said) = load(
        r##"
        on(:read) do |c|
          local = "mine #{c.fd.fileno}"
          c.proceed
          puts "#{local} #{c.nth} #{c.result}"
        end
        on(:getppid) { |c| puts "inside"; sleep 0.1; c.result = 5 }
        "##,
    );
    let script = Rc::new(script);
    let inner = script.clone();
    let mut program = Program::new();
    program.kernel(move |_, _| {
        // The engine serves another task while this one waits.
        let deeper = inner.clone();
        let mut other = Program::new();
        other.kernel(move |_, _| {
            let mut third = Program::new();
            assert_eq!(third.calls(&deeper, "getppid", &[]), 5);
            assert_eq!(third.slept.as_millis(), 100);
            2
        });
        assert_eq!(other.calls(&inner, "read", &[4, BASE, 1]), 2);
        1
    });
    assert_eq!(program.calls(&script, "read", &[3, BASE, 1]), 1);
    assert_eq!(said.err(), "");
    assert_eq!(said.out(), "inside\nmine 4 2 2\nmine 3 1 1\n");
}

#[test]
fn an_error_in_a_handler_that_waits_is_its_own() {
    let (script, said) = load(
        "on(:read) { |c| begin; c.proceed; raise Errno::EIO; ensure; puts 'ensured'; end }\non(:getppid) { raise Errno::EPERM }",
    );
    let script = Rc::new(script);
    let inner = script.clone();
    let mut program = Program::new();
    program.kernel(move |_, _| {
        assert_eq!(Program::new().calls(&inner, "getppid", &[]), -1);
        1
    });
    assert_eq!(program.calls(&script, "read", &[3, BASE, 1]), -5);
    assert_eq!((said.out().as_str(), said.err().as_str()), ("ensured\n", ""));
}

#[test]
fn a_hundred_thousand_calls_need_no_more_memory_than_one() {
    let small = script::Options { memory: 6 << 20, ..options() };
    let (script, said) = load_with(
        r##"
        replace(:read)  { |c| "x" * 2000 }
        replace(:uname) { { sysname: "Hijinks" * 2, release: "#{1 + 1}" } }
        on(:write)      { |c| c.data = c.data.upcase; c.proceed; $last = c.inspect }
        tally(:close)   { |c| [c.fd.fileno, "text"] }
        after(:open)    { |c| c.path; c.flags.to_s; c.error; c.caller }
        "##,
        small,
    );
    let mut program = Program::new();
    let buffer = program.put(&[b'a'; 2000]);
    let path = program.string("/etc/motd");
    for _ in 0..20_000 {
        assert_eq!(program.calls(&script, "read", &[0, buffer, 2000]), 2000);
        assert_eq!(program.calls(&script, "uname", &[buffer]), 0);
        assert_eq!(program.text(buffer), "HijinksHijinks");
        program.calls(&script, "write", &[1, buffer, 10]);
        program.calls(&script, "close", &[3]);
        program.calls(&script, "open", &[path, 0, 0]);
        program.asked.clear();
        program.scratch.clear();
    }
    assert_eq!(said.err(), "");
}
