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

#[test]
fn git_is_untouched() {
    let shell = "set -e; cd $(mktemp -d); export GIT_CONFIG_NOSYSTEM=1 HOME=$PWD \
        GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z; \
        git init -q -b main .; git config user.email a@b; git config user.name a; \
        for i in 1 2 3; do echo $i > f; git add f; git commit -q -m $i; done; \
        git log --stat; git gc -q; git fsck; git clone -q . ../copy.$$; git -C ../copy.$$ log -1; \
        rm -rf ../copy.$$";
    is_untouched(&["bash", "-c", shell]);
}

#[test]
fn make_with_two_jobs_is_untouched() {
    let shell = "cd $(mktemp -d); printf 'all: a b c\\n%%: %%.x\\n\\tcp $< $@\\n%%.x:\\n\\techo made > $@\\n' \
        > Makefile; make -s -j2 all && cat a b c; make -s missing.y; echo $?";
    is_untouched(&["bash", "-c", shell]);
}

#[test]
fn a_go_program_with_its_preemption_signals_is_untouched() {
    let Some(program) = crate::support::go("parent.go") else { return };
    is_untouched(&[&program]);
    let Some(program) = crate::support::go("goroutines.go") else { return };
    is_untouched(&[&program]);
}
