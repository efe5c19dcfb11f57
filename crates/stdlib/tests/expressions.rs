//! Hundreds of one-line expressions and what CRuby answers to them (`tests/expressions.txt`).
//!
//! `UPDATE=1 cargo test -p stdlib --test expressions` asks the `ruby` in the PATH anew.
#![allow(clippy::unwrap_used, reason = "a test that can't be run has failed")]

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use mruby::{Options, Vm};
use stdlib::{Native, Parts, install};

/// Reads expressions, prints each with a tab and what it is.
const ASK: &str = r##"
STDIN.each_line(chomp: true) do |line|
  answer = begin
    eval(line, TOPLEVEL_BINDING.dup).inspect
  rescue Exception => e
    "#{e.class}: #{e.message.lines.first.to_s.chomp}"
  end
  puts "#{line}\t#{answer}"
end
"##;

fn answer(expression: &str) -> String {
    let vm = Vm::new(Options::default()).unwrap();
    install(&vm, Parts::ALL, Rc::new(Native::default())).unwrap();
    match vm.eval(expression, "-e", 1) {
        Ok(value) => vm.inspect(value),
        Err(error) => format!("{}: {}", error.class_name(), error.message()),
    }
}

#[test]
fn expressions_answer_what_cruby_answers() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expressions.txt");
    let text = std::fs::read_to_string(&file).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        let expressions = text.lines().map(|l| l.split('\t').next().unwrap());
        let expressions: String = expressions.flat_map(|e| [e, "\n"]).collect();
        let list = std::env::temp_dir().join(format!("expressions.{}", std::process::id()));
        std::fs::write(&list, expressions).unwrap();
        let output = Command::new("ruby")
            .args([
                "-W0",
                "--disable=did_you_mean",
                "--disable=error_highlight",
                "-rset",
                "-e",
                ASK,
            ])
            .stdin(std::fs::File::open(&list).unwrap())
            .output()
            .unwrap();
        std::fs::remove_file(list).unwrap();
        std::fs::write(&file, output.stdout).unwrap();
        return;
    }
    let mut wrong = Vec::new();
    for line in text.lines() {
        let (expression, wanted) =
            line.split_once('\t').expect("a tab between question and answer");
        let got = answer(expression);
        if got != wanted {
            wrong.push(format!("{expression}\n  CRuby {wanted}\n  ours  {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
