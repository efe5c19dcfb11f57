//! One Ruby block in the place of one system call, whatever the program is made of.

use crate::support::{directory, every_engine, file, guest, hijinks, run};

const ANSWER: &str = "replace(:getppid) { 42 }";

#[test]
fn ruby_answers_a_dynamic_c_program() {
    assert_eq!(every_engine(ANSWER, &[&guest("parent.c", &[])]).stdout, "42\n");
}

#[test]
fn ruby_answers_a_static_c_program() {
    assert_eq!(every_engine(ANSWER, &[&guest("parent.c", &["-static"])]).stdout, "42\n");
}

#[test]
fn ruby_answers_a_go_program() {
    assert_eq!(every_engine(ANSWER, &[&guest("parent.go", &[])]).stdout, "42\n");
}

#[test]
fn ruby_answers_a_program_without_a_c_library() {
    let guest = guest("parent.S", &["-nostdlib", "-static"]);
    assert_eq!(every_engine(ANSWER, &[&guest]).stdout, "42\n");
}

#[test]
fn ruby_answers_what_a_shell_starts_and_what_that_starts() {
    let guest = guest("parent.c", &["-static"]);
    let line = format!("{guest}; sh -c '{guest}; true'; ({guest}) & wait");
    assert_eq!(every_engine(ANSWER, &["sh", "-c", &line]).stdout, "42\n42\n42\n");
}

#[test]
fn a_script_file_runs_with_its_arguments() {
    let dir = directory();
    let script = file(&dir, "answer.rb", "n = ARGV.fetch(0).to_i\nreplace(:getppid) { n }\n");
    let ran = run(&mut hijinks(&["run", &script, "4711", "--", &guest("parent.c", &[])]));
    assert_eq!(ran.stdout, "4711\n", "{}", ran.stderr);
}

#[test]
fn several_e_options_are_one_script() {
    let args = ["-e", "n = 40", "-e", "replace(:getppid) { n + 2 }", "--", &guest("parent.c", &[])];
    assert_eq!(run(&mut hijinks(&args)).stdout, "42\n");
}
