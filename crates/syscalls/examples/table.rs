//! Prints `docs/syscalls.md`: `cargo run -p syscalls --example table > docs/syscalls.md`.

fn main() {
    print!("{}", syscalls::markdown());
}
