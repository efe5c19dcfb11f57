//! What is wrong with a script is said when it loads, with its line and the nearest names.

mod support;

use support::*;

#[test]
fn misspelt_names_are_errors_at_load_with_line_and_nearest_names() {
    for (source, line, words, nearest) in [
        ("\non(:opne) { }", 2, ":opne", ":open"),
        ("on(:conect) { }", 1, ":conect", ":connect"),
        ("on(:netwrok) { }", 1, ":netwrok", ":network"),
        ("x = 1\n\non(:open, pth: '/x') { }", 3, "`pth`", "path"),
        ("on(:write, fd: :stduot) { }", 1, ":stduot", "stdout"),
        ("on(:open, flags: :craet) { }", 1, ":craet", "creat"),
        ("on(:open, mode: :wirte) { }", 1, ":wirte", "write"),
        ("on(:connect, family: :inte) { }", 1, ":inte", "inet"),
        ("fail :read, with: Errno::EACESS", 1, "Errno::EACESS", "Errno::EACCES"),
        ("fail :read, with: :eacess", 1, ":eacess", "EACCES"),
        ("on(:read) do\n  raise Errno::ENOETN\nend", 2, "Errno::ENOETN", "Errno::ENOENT"),
        ("on(:open, error: :enoetn) { }", 1, ":enoetn", "ENOENT"),
        ("replcae(:read) { 0 }", 1, "replcae", "replace"),
        ("on(:read) { Tiem.now }", 1, "Tiem", "Time"),
        ("on(:mmap, lenght: 5) { }", 1, "`lenght`", "length"),
    ] {
        let error = refuse(source);
        assert_eq!(error.file.as_deref(), Some("test.rb"), "{source}: {error}");
        assert_eq!(error.line, Some(line), "{source}: {error}");
        assert!(error.message.contains(words), "{source}: {error}");
        assert_eq!(
            error.suggestions.first().map(String::as_str),
            Some(nearest),
            "{source}: {error}"
        );
    }
}

#[test]
fn what_makes_no_sense_is_said() {
    for (source, words) in [
        ("on(:getppid, path: '/x') { }", "makes no sense for getppid"),
        ("on(:getppid, host: 'x') { }", "makes no sense for getppid"),
        ("on(:read, rate: 5) { }", "share from 0.0 to 1.0"),
        ("on(:read, times: 'x') { }", "number of calls"),
        ("on(:read, nth: 'x') { }", "number or a Range"),
        ("on(:read, fd: nil) { }", "`fd` can't be nil"),
        ("on(:open, path: 5) { }", "`path` can't be"),
        ("on(:read)", "on wants a block"),
        ("on() { }", "on wants calls"),
        ("on(5) { }", "a call is a Symbol"),
        ("fail :read", "fail wants an error"),
        ("delay :read", "delay wants seconds"),
        ("delay :read, by: -1", "delay wants seconds"),
        ("every(0) { }", "every wants seconds"),
        ("every(1)", "every wants a block"),
        ("raise 'no good'", "no good (RuntimeError)"),
    ] {
        let error = refuse(source);
        assert!(error.message.contains(words), "{source}: {error}");
        assert_eq!(error.line, Some(1), "{source}: {error}");
    }
}

#[test]
fn a_syntax_error_has_its_line() {
    let error = refuse("on(:read) { 0 }\non(:write) {{ |c| c. }\n");
    assert_eq!(error.file.as_deref(), Some("test.rb"));
    assert!(error.line >= Some(2), "{error}");
    assert!(error.message.contains("syntax error"), "{error}");
}

#[test]
fn a_loop_at_the_top_level_does_not_hang_the_loader() {
    let error = refuse("\nloop { }");
    assert!(error.message.contains("instructions"), "{error}");
}

#[test]
fn constants_of_ruby_and_of_the_script_are_known() {
    load(
        r#"
        class Watch
          LIMIT = 3
          def limit = LIMIT
        end
        module Tools
          Size = Struct.new(:n)
          def self.size = Size.new(1)
        end
        on(:read)  { Watch.new.limit; Tools.size; Tools::Size; Watch::LIMIT }
        on(:write) { File::CREAT; Socket::AF_INET; Process::CLOCK_MONOTONIC; Errno::EIO; JSON; Time; ENV; ARGV }
        on(:close) { Regexp; Random; Float::INFINITY; Math::PI; Comparable; Set }
        "#,
    );
}

#[test]
fn a_scripts_own_classes_are_its_own() {
    let (script, said) = load(
        r#"
        class Frame; def to_s = "mine"; end
        class Stats; def initialize(n) = @n = n; end
        Flags = Struct.new(:a)
        Address = 5
        on(:open) { |c| puts c.flags, c.fd.inspect, c.caller.first, Frame.new, Stats.new(1).class; stats.top(1) }
        "#,
    );
    let mut program = Program::new();
    let path = program.string("/x");
    program.calls(&script, "open", &[path, 1, 0]);
    assert_eq!(said.err(), "");
    assert_eq!(said.out(), "WRONLY\nnil\nwrite+0x14 (libc.so.6)\nmine\nStats\n");
}

#[test]
fn handlers_are_not_written_in_handlers() {
    let (script, said) = load("on(:getppid) { on(:read) { } }");
    Program::new().calls(&script, "getppid", &[]);
    assert!(said.err().contains("at the top level"), "{}", said.err());
}

#[test]
fn what_a_script_requires_is_part_of_it() {
    let dir = std::env::temp_dir().join(format!("hijinks-required-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let lib = dir.join("lib.rb");
    let main = dir.join("main.rb").display().to_string();
    std::fs::write(&lib, "replace(:getppid) { |c| c.process.fds.size * 0 + 1 }\n")
        .expect("written");
    let load = || {
        let said = Said::default();
        script::Script::load(&[(&main, "require_relative 'lib'")], options(), Box::new(said))
    };
    let script = load().expect("loads");
    assert_eq!(Program::new().calls(&script, "getppid", &[]), 1);
    assert_eq!(script.required(), [lib.display().to_string()]);
    assert!(engine::Handler::calls(&script).iter().count() > 20, "descriptors are recorded");
    std::fs::write(&lib, "replace(:getppid) { 2 }\n").expect("written");
    script.reload(&[(&main, "require_relative 'lib'")]).expect("loads again");
    assert_eq!(Program::new().calls(&script, "getppid", &[]), 2);
    std::fs::write(&lib, "\non(:read) { raise Errno::ENOETN }\n").expect("written");
    let error = load().expect_err("a misspelt constant");
    assert_eq!((error.file, error.line), (Some(lib.display().to_string()), Some(2)));
    std::fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn several_sources_are_one_script() {
    let said = Said::default();
    let sources = [("a.rb", "X = 5\non(:getppid) { puts X }"), ("b.rb", "\non(:opne) { }")];
    let error = script::Script::load(&sources, options(), Box::new(said.clone())).err();
    let error = error.expect("the second is wrong");
    assert_eq!((error.file.as_deref(), error.line), (Some("b.rb"), Some(2)));
    let sources = [("a.rb", "X = 5"), ("b.rb", "replace(:getppid) { X }")];
    let script = script::Script::load(&sources, options(), Box::new(said)).expect("loads");
    assert_eq!(Program::new().calls(&script, "getppid", &[]), 5);
}
