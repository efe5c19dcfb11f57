//! The commands that tell things.

use std::process::Command;

use crate::support::{hijinks, run, run_with_input};

#[test]
fn doc_explains_a_call_a_group_and_a_word() {
    let call = run(&mut hijinks(&["doc", "openat"]));
    assert!(
        call.stdout.contains("number 257") && call.stdout.contains("c.pathname"),
        "{}",
        call.stdout
    );
    let family = run(&mut hijinks(&["doc", "open"]));
    assert!(family.stdout.contains("openat2"), "{}", family.stdout);
    let group = run(&mut hijinks(&["doc", "%network"]));
    assert!(group.stdout.contains("connect"), "{}", group.stdout);
    let word = run(&mut hijinks(&["doc", "replace"]));
    assert!(word.stdout.contains("kernel is not asked"), "{}", word.stdout);
    let wrong = run(&mut hijinks(&["doc", "opennat"]));
    assert_eq!(wrong.status, Some(125));
    assert!(wrong.stderr.contains("openat"), "{}", wrong.stderr);
}

#[test]
fn an_example_can_be_saved_and_run() {
    let list = run(&mut hijinks(&["examples"]));
    assert!(list.stdout.contains("rot13"), "{}", list.stdout);
    let script = run(&mut hijinks(&["examples", "rot13"]));
    let ran = run(&mut hijinks(&["-e", &script.stdout, "--", "echo", "Hello"]));
    assert_eq!(ran.stdout, "Uryyb\n", "{}", ran.stderr);
    assert_eq!(run(&mut hijinks(&["examples", "nonesuch"])).status, Some(125));
}

#[test]
fn doctor_says_that_this_machine_is_fit_and_looks_at_a_program() {
    let ran = run(&mut hijinks(&["doctor"]));
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    assert!(ran.stdout.contains("ptrace") && ran.stdout.contains("seccomp"), "{}", ran.stdout);
    let ran = run(&mut hijinks(&["doctor", "ls"]));
    assert!(ran.stdout.contains("64-bit x86-64, dynamically linked"), "{}", ran.stdout);
    let json: serde_json::Value =
        serde_json::from_str(&run(&mut hijinks(&["doctor", "--json"])).stdout).unwrap();
    assert!(
        json.as_array()
            .unwrap()
            .iter()
            .any(|check| check["name"] == "ptrace" && check["health"] == "good"),
        "{json}"
    );
}

#[test]
fn completions_are_accepted_by_the_shell_they_are_for() {
    let script = run(&mut hijinks(&["completions", "bash"])).stdout;
    let checked = run_with_input(Command::new("bash").arg("-n"), &script);
    assert_eq!((checked.status, checked.stderr.as_str()), (Some(0), ""));
    assert!(script.contains("attach"));
}

#[test]
fn the_manual_page_names_every_command() {
    let page = run(&mut hijinks(&["man"])).stdout;
    for command in ["run", "attach", "trace", "lsof", "doc", "examples", "doctor", "completions"] {
        assert!(page.contains(command), "{command}");
    }
}

#[test]
fn help_fits_the_terminal_and_shows_examples() {
    let help = run(&mut hijinks(&["--help"])).stdout;
    assert!(help.contains("hijinks -e 'on(:open) { |c| puts c.path }' -- ls"), "{help}");
    let version = run(&mut hijinks(&["--version"])).stdout;
    assert!(version.starts_with("hijinks 0."), "{version}");
}
