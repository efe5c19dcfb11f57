//! No tests: how long things take.
//! `cargo test --release -p script --test speed -- --ignored --nocapture`

mod support;

use std::hint::black_box;
use std::time::Instant;

use support::*;

fn best(rounds: usize, each: usize, mut work: impl FnMut()) -> f64 {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            (0..each).for_each(|_| work());
            start.elapsed().as_secs_f64() / each as f64
        })
        .fold(f64::MAX, f64::min)
}

#[test]
#[ignore = "a measurement"]
fn how_long_starting_takes() {
    let fifty_lines = (0..51)
        .map(|i| {
            format!(
                "on(:open, path: '/x{i}/**') {{ |c| puts c.path if c.flags.include?(:creat) }}\n"
            )
        })
        .collect::<String>();
    println!(
        "start, empty script  {:8.1} us",
        1e6 * best(20, 1, || {
            black_box(load(""));
        })
    );
    println!(
        "start, 51 lines      {:8.1} us",
        1e6 * best(20, 1, || {
            black_box(load(&fifty_lines));
        })
    );
}

#[test]
#[ignore = "a measurement"]
fn how_long_calls_take() {
    for source in [
        "replace(:getppid) { 42 }",
        "replace(:getppid) { |c| 42 }",
        "on(:getppid) { }",
        "on(:getppid) { |c| c.proceed }",
        "fail :getppid, with: 5",
    ] {
        let (script, _) = load(source);
        let mut program = Program::new();
        println!(
            "{source:32} {:8.1} ns",
            1e9 * best(20, 2000, || {
                black_box(program.calls(&script, "getppid", &[]));
                program.asked.clear();
            })
        );
    }
    let (script, _) = load("on(:open, path: '/never/**') { }");
    let mut program = Program::new();
    let path = program.string("/etc/motd");
    println!(
        "a path filter that fails         {:8.1} ns",
        1e9 * best(20, 2000, || {
            black_box(program.calls(&script, "open", &[path, 0, 0]));
            program.asked.clear();
        })
    );
    let (script, _) = load("on(:open) { |c| c.path }");
    println!(
        "c.path                           {:8.1} ns",
        1e9 * best(20, 2000, || {
            black_box(program.calls(&script, "open", &[path, 0, 0]));
            program.asked.clear();
        })
    );
}
