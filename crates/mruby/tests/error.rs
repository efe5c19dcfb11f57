//! What an error tells.
#![allow(clippy::unwrap_used, reason = "tests")]

use mruby::{Error, ErrorKind, Location, Options, Vm};

fn vm() -> Vm {
    Vm::new(Options::default()).unwrap()
}

#[test]
fn a_backtrace_names_file_line_and_method_innermost_first() {
    let source = "def inner\n  raise ArgumentError, 'no'\nend\n\ndef outer\n  inner\nend\nouter";
    let error = vm().eval(source, "trace.rb", 10).unwrap_err();
    let at = |line, method: Option<&str>| Location {
        file: "trace.rb".into(),
        line,
        method: method.map(String::from),
    };
    let wanted = [at(11, Some("inner")), at(15, Some("outer")), at(17, None)];
    assert_eq!(error.backtrace(), wanted);
    assert_eq!(error.location().unwrap().line, 11);
    assert_eq!(error.class_name(), "ArgumentError");
    assert_eq!(error.message(), "no");
    assert_eq!(error.to_string(), "trace.rb:11: no (ArgumentError)");
}

#[test]
fn an_error_inside_a_block_points_at_the_block() {
    let vm = vm();
    let block = vm.eval("x = 1\nproc do |n|\n  n + x + nil\nend", "block.rb", 1).unwrap();
    let error = vm.yield_block(block, &[mruby::Value::from(1)]).unwrap_err();
    assert_eq!(error.location().unwrap().line, 3, "{:?}", error.backtrace());
}

#[test]
fn a_syntax_error_tells_line_column_and_what_was_unexpected() {
    let vm = vm();
    let error = vm.eval("x = 1\ny = = 2\n", "typo.rb", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Syntax);
    let details = error.syntax_errors();
    assert_eq!(details[0].line, 2);
    assert!(details[0].column > 0);
    assert!(details[0].message.contains("syntax error"), "{details:?}");
    assert!(error.to_string().starts_with("typo.rb:2: syntax error"), "{error}");
    assert_eq!(error.location().unwrap().line, 2);
}

#[test]
fn the_parser_survives_anything() {
    let vm = vm();
    for source in [
        "def",
        "class",
        "[",
        "\"#{",
        "%w(",
        "<<A\n",
        "case 1\nin 1\nend",
        "\u{0}",
        "@1",
        "1 = 2",
        "break",
        "a.b = ",
        "/(/",
        "?",
    ] {
        if let Err(error) = vm.eval(source, "odd.rb", 1) {
            assert!(!error.to_string().is_empty(), "{source:?}");
        }
        assert_eq!(vm.eval("1", "fine.rb", 1).unwrap().as_i64(), Some(1), "{source:?}");
    }
}

#[test]
fn a_deep_expression_is_refused_and_not_followed() {
    let vm = vm();
    let source = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(vm.eval(&source, "nest.rb", 1).is_err());
    let source = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    assert!(vm.eval(&source, "nest.rb", 1).is_err());
    assert!(vm.eval("1", "fine.rb", 1).is_ok());
}

#[test]
fn an_unreadable_message_is_no_second_error() {
    let vm = vm();
    let error = vm.eval(
        "class Sly < StandardError; def message = raise('ha'); end; raise Sly",
        "sly.rb",
        1,
    );
    assert!(error.unwrap_err().to_string().contains("Sly"));
    let error =
        vm.eval("class Odd < StandardError; def message = nil; end; raise Odd", "odd.rb", 1);
    assert!(error.unwrap_err().to_string().contains("Odd"));
}

#[test]
fn classes_are_asked_for_like_rescue_does() {
    let vm = vm();
    let error = vm.eval("class A < ArgumentError; end; raise A", "a.rb", 1).unwrap_err();
    assert!(error.is_a(&vm, vm.constant("ArgumentError").unwrap()));
    assert!(error.is_a(&vm, vm.constant("StandardError").unwrap()));
    assert!(!error.is_a(&vm, vm.constant("TypeError").unwrap()));
    assert_eq!(error.kind(), ErrorKind::Exception);
}

#[test]
fn an_exception_outlives_the_collector_while_its_error_is_held() {
    let vm = vm();
    let error = vm.eval("raise 'held ' + 'on'", "held.rb", 1).unwrap_err();
    vm.eval("10_000.times { |i| \"garbage #{i}\" }; GC.start", "held.rb", 1).unwrap();
    assert_eq!(error.message(), "held on");
}

#[test]
fn a_missing_class_is_told_as_such() {
    let vm = vm();
    let error = Error::new("No::Such", "x");
    let exception = error.exception(&vm);
    assert!(
        vm.inspect(exception).contains("uninitialized constant No"),
        "{}",
        vm.inspect(exception)
    );
}
