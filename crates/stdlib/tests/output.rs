//! What `puts`, `p` and `warn` hand to the embedder, and how programs end.

use std::cell::RefCell;
use std::rc::Rc;

use mruby::{Options, Vm};
use stdlib::{Host, Parts, Stream, finish, install};

/// A host without a kernel that keeps what is written.
#[derive(Default)]
struct Paper {
    out: RefCell<Vec<u8>>,
    err: RefCell<Vec<u8>>,
}

impl Host for Paper {
    #[expect(unsafe_code, reason = "nothing is done")]
    unsafe fn syscall(&self, _: u64, _: [u64; 6]) -> i64 {
        -38
    }

    fn write(&self, stream: Stream, bytes: &[u8]) {
        let paper = if stream == Stream::Out { &self.out } else { &self.err };
        paper.borrow_mut().extend_from_slice(bytes);
    }
}

/// Output, errors and status of a program.
fn run(program: &str) -> (String, String, i32) {
    let vm = Vm::new(Options::default()).expect("there is memory");
    let paper = Rc::new(Paper::default());
    install(&vm, Parts::ALL, paper.clone()).expect("the library loads");
    let status = finish(&vm, vm.eval(program, "program.rb", 1));
    let text = |bytes: &RefCell<Vec<u8>>| String::from_utf8_lossy(&bytes.borrow()).into_owned();
    (text(&paper.out), text(&paper.err), status)
}

fn printed(program: &str) -> String {
    run(program).0
}

#[test]
fn puts_ends_every_line_once() {
    assert_eq!(printed("puts 'a', \"b\\n\", '', nil, [1, [nil, []]], :s"), "a\nb\n\n\n1\n\ns\n");
    assert_eq!(printed("puts; puts []"), "\n");
    assert_eq!(printed("puts({ a: 1 })"), "{:a=>1}\n");
}

#[test]
fn p_shows_and_answers_its_arguments() {
    assert_eq!(printed("x = p('a', 1); p x; p; p a: 1"), "\"a\"\n1\n[\"a\", 1]\n{:a=>1}\n");
    assert_eq!(
        printed("print 'a', 1; $stdout << 'b' << 2; printf('%02d', 3); putc 'xyz'"),
        "a1b203x"
    );
    assert_eq!(printed("pp [1]; 5.display; $stdout.puts 1"), "[1]\n51\n");
}

#[test]
fn warnings_and_deaths_go_to_the_other_stream() {
    assert_eq!(run("warn 'a', 'b'; warn"), (String::new(), "a\nb\n".into(), 0));
    let (out, err, status) = run("at_exit { puts 'bye' }\nputs 'hi'\nnil.oops");
    assert_eq!((out.as_str(), status), ("hi\nbye\n", 1));
    assert_eq!(err, "program.rb:3: undefined method 'oops' for nil (NoMethodError)\n");
}

#[test]
fn a_program_ends_with_the_status_it_names() {
    assert_eq!(run("exit"), (String::new(), String::new(), 0));
    assert_eq!(run("exit 3").2, 3);
    assert_eq!(run("exit false").2, 1);
    assert_eq!(run("abort 'no'"), (String::new(), "no\n".into(), 1));
    assert_eq!(run("at_exit { exit 4 }").2, 4);
    assert_eq!(printed("at_exit { puts 1 }; at_exit { puts 2; at_exit { puts 3 } }"), "2\n3\n1\n");
}

#[test]
fn what_the_kernel_refuses_is_an_exception() {
    let (_, err, _) = run("File.read('/x')");
    assert_eq!(err, "program.rb:1: Function not implemented @ rb_sysopen - /x (Errno::ENOSYS)\n");
}

#[test]
fn parts_that_were_not_asked_for_are_not_there() {
    let vm = Vm::new(Options::default()).expect("there is memory");
    install(&vm, Parts::PURE, Rc::new(Paper::default())).expect("the library loads");
    for code in ["File", "ENV", "Socket", "puts 1", "require_relative 'x'", "exit"] {
        let error = vm.eval(code, "pure.rb", 1).expect_err(code);
        assert!(["NameError", "NoMethodError"].contains(&error.class_name().as_str()), "{error}");
    }
    for code in ["JSON.parse('[1]')", "'a' =~ /a/", "Errno::EPERM.new", "Shellwords.escape('a b')"]
    {
        vm.eval(code, "pure.rb", 1).expect(code);
    }
}
