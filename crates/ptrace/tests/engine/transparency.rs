//! Under a handler that changes nothing, a program is what it is without us.

use engine::{Guest, Verdict};

use crate::support::{Watch, native, run};

fn pass(_: &mut dyn Guest) -> Verdict {
    Verdict::Pass
}

fn proceed(guest: &mut dyn Guest) -> Verdict {
    guest.proceed();
    Verdict::Pass
}

/// Compares, with every call passed and with every call asked of the kernel by the handler.
fn is_untouched(argv: &[&str]) {
    let expected = native(argv);
    assert_eq!(run(argv, &Watch::all(pass)), expected, "{argv:?}, passed");
    assert_eq!(run(argv, &Watch::all(proceed)), expected, "{argv:?}, proceeded");
}

#[test]
fn a_shell_with_pipes_and_subshells_is_untouched() {
    is_untouched(&["bash", "-c", "echo a | (cat; echo b) | tr a-z A-Z; exit 3"]);
    is_untouched(&["sh", "-c", "kill -TERM $$"]);
}

#[test]
fn python_with_threads_and_children_is_untouched() {
    let script = "import threading,subprocess\nt=[threading.Thread(target=lambda i=i: print(i)) for i in range(4)]\n[(x.start(),x.join()) for x in t]\nprint(subprocess.run(['echo','hi'],capture_output=True).stdout)\nraise SystemExit(7)";
    is_untouched(&["python3", "-c", script]);
}

#[test]
fn node_is_untouched() {
    let script = "const f=require('fs');console.log(f.readFileSync('/proc/self/comm','utf8'));setTimeout(()=>{console.log('later');process.exit(5)},20)";
    is_untouched(&["node", "-e", script]);
}

#[test]
fn perl_is_untouched() {
    is_untouched(&[
        "perl",
        "-e",
        "print `echo from perl`; $SIG{ALRM}=sub{print qq(alarm\\n)}; alarm 1; sleep 3; exit 4",
    ]);
}
