//! The smallest strace on this crate: `cargo run -p syscalls --example minitrace -- ls -l`.
//!
//! The loop is that of the comparison tests; see `tests/strace/tracer.rs`.

#[path = "../tests/strace/tracer.rs"]
mod tracer;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.is_empty() {
        eprintln!("usage: minitrace PROGRAM [ARGUMENT...]");
        std::process::exit(2);
    }
    let run = tracer::trace(&words, std::path::Path::new("."), false);
    run.lines.iter().for_each(|line| println!("{line}"));
    eprintln!("{} calls of {} tasks", run.lines.len(), run.pids.len());
}
