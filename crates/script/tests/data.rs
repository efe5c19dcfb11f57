//! `c.data`: what a program writes, and what it is going to find.

mod support;

use support::*;

/// Arguments whose buffers hold `text`, in every shape that a write has.
fn shapes(program: &mut Program, text: &[u8]) -> Vec<(&'static str, Vec<u64>)> {
    let buffer = program.put(text);
    let half = text.len() as u64 / 2;
    let vectors = program.words(&[buffer, half, buffer + half, text.len() as u64 - half]);
    let message = program.words(&[0, 0, vectors, 2, 0, 0, 0]);
    let len = text.len() as u64;
    vec![
        ("write", vec![1, buffer, len]),
        ("pwrite64", vec![1, buffer, len, 0]),
        ("sendto", vec![1, buffer, len, 0, 0, 0]),
        ("writev", vec![1, vectors, 2]),
        ("pwritev", vec![1, vectors, 2, 0, 0]),
        ("sendmsg", vec![1, message, 0]),
    ]
}

/// All bytes that a write-like call hands to the kernel.
fn handed(call: &engine::Call, program: &Program) -> Vec<u8> {
    let word =
        |addr: u64| u64::from_le_bytes(program.get(addr, 8).try_into().expect("eight bytes"));
    let gather = |vectors: u64, n: u64| {
        (0..n)
            .flat_map(|i| program.get(word(vectors + 16 * i), word(vectors + 16 * i + 8) as usize))
            .collect()
    };
    match syscalls::syscall(call.nr).expect("a call").name {
        "writev" | "pwritev" => gather(call.args[1], call.args[2]),
        "sendmsg" => gather(word(call.args[1] + 16), word(call.args[1] + 24)),
        _ => program.get(call.args[1], call.args[2] as usize),
    }
}

const WRITES: &str = ":write, :pwrite64, :sendto, :writev, :pwritev, :sendmsg";

#[test]
fn every_write_shows_and_takes_data() {
    let (script, said) = load(&format!("on({WRITES}) {{ |c| p c.data; c.data = c.data.upcase }}"));
    let mut program = Program::new();
    for (name, args) in shapes(&mut program, b"hello world!") {
        program.kernel(|call, program| {
            let data = handed(call, program);
            assert_eq!(data, b"HELLO WORLD!");
            data.len() as i64
        });
        assert_eq!(program.calls(&script, name, &args), 12, "{name}: {}", said.err());
    }
    assert_eq!(said.out(), "\"hello world!\"\n".repeat(6));
    assert_eq!(said.err(), "");
}

#[test]
fn the_program_sees_the_count_it_asked_for_whatever_was_written() {
    for text in ["", "x", "a much longer text than the program has written"] {
        let (script, said) = load(&format!("on({WRITES}) {{ |c| c.data = {text:?} }}"));
        let mut program = Program::new();
        for (name, args) in shapes(&mut program, b"hello world!") {
            let wanted = text.to_string();
            program.kernel(move |call, program| {
                assert_eq!(handed(call, program), wanted.as_bytes());
                wanted.len() as i64
            });
            assert_eq!(program.calls(&script, name, &args), 12, "{name} {text}: {}", said.err());
        }
    }
}

#[test]
fn a_partial_write_goes_on_until_all_is_written() {
    let (script, said) = load("on(:write, :pwrite64, :writev) { |c| c.data = 'abcdefghij' }");
    let mut program = Program::new();
    for (name, args) in shapes(&mut program, b"xyz") {
        if !["write", "pwrite64", "writev"].contains(&name) {
            continue;
        }
        let written = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let seen = written.clone();
        let offset = std::cell::Cell::new(0);
        program.kernel(move |call, program| {
            if call.nr == 18 {
                assert_eq!(call.args[3], offset.get());
            }
            let data = handed(call, program);
            let n = data.len().min(4);
            seen.borrow_mut().extend_from_slice(&data[..n]);
            offset.set(offset.get() + n as u64);
            n as i64
        });
        assert_eq!(program.calls(&script, name, &args), 3, "{}", said.err());
        assert_eq!(*written.borrow(), b"abcdefghij");
    }
}

#[test]
fn an_error_of_a_changed_write_is_the_programs_error() {
    let (script, _) = load("on(:write) { |c| c.data = 'other' }");
    let mut program = Program::new();
    let buffer = program.put(b"text");
    program.kernel(|_, _| -32);
    assert_eq!(program.calls(&script, "write", &[1, buffer, 4]), -32);
}

#[test]
fn data_that_was_read_can_be_changed_and_is_cut_to_the_buffer() {
    let (script, said) =
        load("after(:read, :readv, :recvmsg) { |c| p c.data; c.data = c.data.upcase + '!!' }");
    let mut program = Program::new();
    let buffer = program.put(&[0; 32]);
    let vectors = program.words(&[buffer, 3, buffer + 8, 20]);
    let message = program.words(&[0, 0, vectors, 2, 0, 0, 0]);
    program.kernel(|call, program| {
        engine::Memory::write(program, call.args[1], b"hello").unwrap();
        5
    });
    assert_eq!(program.calls(&script, "read", &[0, buffer, 32]), 7, "{}", said.err());
    assert_eq!(program.get(buffer, 7), b"HELLO!!");
    assert_eq!(program.calls(&script, "read", &[0, buffer, 6]), 6);
    assert_eq!(program.get(buffer, 7), b"HELLO!!", "the seventh byte is the old one");
    for (name, args) in [("readv", [0, vectors, 2]), ("recvmsg", [0, message, 0])] {
        program.kernel(move |_, program| {
            engine::Memory::write(program, buffer, b"hel").unwrap();
            engine::Memory::write(program, buffer + 8, b"lo").unwrap();
            5
        });
        assert_eq!(program.calls(&script, name, &args), 7, "{name}: {}", said.err());
        assert_eq!(
            (program.get(buffer, 3), program.get(buffer + 8, 4)),
            (b"HEL".to_vec(), b"LO!!".to_vec())
        );
    }
    assert_eq!(said.out(), "\"hello\"\n".repeat(4));
}

#[test]
fn there_is_no_data_before_a_read_nor_in_a_call_without() {
    let (script, said) = load(
        "on(:read) { |c| p c.data; c.data = 'x' }\non(:getppid) { |c| c.data = 'x' }\non(:write) { |c| c.data = 5 }",
    );
    let mut program = Program::new();
    program.calls(&script, "read", &[0, BASE, 5]);
    program.calls(&script, "getppid", &[]);
    program.calls(&script, "write", &[1, BASE, 5]);
    assert_eq!(said.out(), "nil\n");
    let error = said.err();
    assert!(error.contains("read has no data yet"), "{error}");
    assert!(error.contains("getppid has no data"), "{error}");
    assert!(error.contains("data is a String, not a Integer"), "{error}");
}
