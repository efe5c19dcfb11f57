//! The library as scripts see it: `tests/ruby/*.rb`, run in a VM and, where there is a CRuby of
//! 3.1 or later in the PATH, by CRuby too, so that no expectation is only our own idea of Ruby.
#![allow(clippy::unwrap_used, reason = "a test that can't be run has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use mruby::{Options, Vm};
use stdlib::{Native, Parts, install};

const LIBRARIES: &[&str] = &[
    "json",
    "time",
    "set",
    "shellwords",
    "base64",
    "securerandom",
    "socket",
    "fileutils",
    "tmpdir",
    "ostruct",
    "stringio",
    "strscan",
    "singleton",
    "forwardable",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ruby")
}

fn run(name: &str) {
    let file = folder().join(name);
    let vm = Vm::new(Options::default()).unwrap();
    let native = Native {
        script: file.display().to_string().into(),
        variables: Some(vec![
            (b"TZ".to_vec(), b"Europe/Berlin".to_vec()),
            (b"HOME".to_vec(), b"/home/ann".to_vec()),
        ]),
        ..Native::default()
    };
    install(&vm, Parts::ALL, Rc::new(native)).unwrap();
    for part in [folder().join("harness.rb"), file.clone()] {
        let source = std::fs::read_to_string(&part).unwrap();
        vm.eval(&source, &part.display().to_string(), 1).unwrap_or_else(|e| panic!("{e}"));
    }
    let failures: Vec<String> = vm.to_rust(vm.global("$failures").unwrap()).unwrap();
    assert!(failures.is_empty(), "mruby:\n{}", failures.join("\n"));
    let checks: i64 = vm.to_rust(vm.global("$checks").unwrap()).unwrap();
    assert!(checks > 0, "{name} checks nothing");
    as_cruby(&file);
}

/// What CRuby says to the same file. A line that ends in `# not in CRuby` is left out.
fn as_cruby(file: &Path) {
    let source = std::fs::read_to_string(file).unwrap();
    let common: String = source
        .lines()
        .filter(|l| !l.ends_with("# not in CRuby"))
        .fold(String::new(), |all, line| all + line + "\n");
    let script = format!("{common}\nputs $failures\nexit($failures.empty?)\n");
    let mut command = Command::new("ruby");
    command
        .args(["-W0", "--disable=did_you_mean", "--disable=error_highlight"])
        .args(LIBRARIES.iter().map(|l| format!("-r{l}")));
    command.arg("-r").arg(folder().join("harness.rb")).arg("-e").arg(script);
    command.env("TZ", "Europe/Berlin").env("HOME", "/home/ann");
    let Ok(output) = command.output() else { return };
    let version = Command::new("ruby").args(["-e", "exit(RUBY_VERSION >= '3.1')"]).status();
    if version.is_ok_and(|v| v.success()) {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "CRuby:\n{text}{errors}");
    }
}

macro_rules! files {
    ($($test:ident $file:literal,)*) => {
        $(#[test] fn $test() { run($file); })*

        #[test]
        fn no_file_is_forgotten() {
            let known = [$($file),*];
            let known: Vec<&str> = known.into_iter().chain(["harness.rb"]).collect();
            for entry in std::fs::read_dir(folder()).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(known.contains(&name.as_str()), "{name}");
            }
        }
    };
}

files! {
    regular_expressions_are_rubys "regexp.rb",
    strings_take_patterns "string_patterns.rb",
    json_goes_both_ways "json.rb",
    time_is_exact "time.rb",
    files_are_read_and_written "files.rb",
    a_process_knows_itself "process.rb",
    the_small_libraries_are_there "libraries.rb",
    errors_of_the_system_have_classes "errno.rb",
}
