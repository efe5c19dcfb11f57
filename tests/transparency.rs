//! The program under us must not notice: same output, same exit status, same signals, with a
//! handler on every call it makes.

use std::process::Command;

use crate::support::{ENGINES, Ran, directory, file, hijinks, native, python, run};

/// Runs the program natively and under a handler on every call, twice: once with a handler that
/// lets the kernel go on, once with one that asks the kernel itself and comes back.
fn unnoticed(program: &[&str]) {
    let oracle = native(program);
    for engine in ENGINES {
        for code in ["on(:all) { }", "after(:all) { }"] {
            let mut args = vec!["--engine", engine, "-e", code, "--"];
            args.extend(program);
            let ran = run(&mut hijinks(&args));
            same(&oracle, &ran, code);
        }
    }
}

fn same(oracle: &Ran, ran: &Ran, code: &str) {
    assert_eq!(oracle.stdout, ran.stdout, "`{code}`: {}", ran.stderr);
    assert_eq!(oracle.stderr, ran.stderr, "`{code}`");
    assert_eq!(
        (oracle.status, oracle.signal),
        (ran.status, ran.signal),
        "`{code}`: {}",
        ran.stderr
    );
}

#[test]
fn bash_does_not_notice() {
    unnoticed(&[
        "bash",
        "-c",
        "for i in 1 2 3; do echo $i | cat; done; (exit 3); echo $?; x=$(echo sub); echo $x; trap 'echo caught' USR1; kill -USR1 $$; exit 7",
    ]);
}

#[test]
fn python_does_not_notice() {
    let code = "
import threading, subprocess, socket, os, sys, time
r = []
ts = [threading.Thread(target=lambda i=i: (time.sleep(0.01), r.append(i))) for i in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]
print(sorted(r))
print(subprocess.run(['echo', 'child'], capture_output=True).stdout)
a, b = socket.socketpair(); a.send(b'x'); print(b.recv(9))
pid = os.fork()
if pid == 0: os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
sys.exit(5)
";
    unnoticed(&[&python(), "-c", code]);
}

#[test]
fn node_does_not_notice() {
    let code = "
const { execSync } = require('child_process');
const fs = require('fs');
setTimeout(() => { console.log('later', execSync('echo sub').toString().trim()); process.exitCode = 3; }, 5);
console.log(fs.readdirSync('/proc/self').includes('fd'));
";
    unnoticed(&["node", "-e", code]);
}

#[test]
fn perl_does_not_notice() {
    unnoticed(&[
        "perl",
        "-e",
        "open my $p, '-|', 'echo piped' or die; print <$p>; local $SIG{ALRM} = sub { print \"alarm\\n\" }; alarm 1; sleep 5; exit 4",
    ]);
}

#[test]
fn busybox_does_not_notice() {
    unnoticed(&[
        "busybox",
        "sh",
        "-c",
        "busybox echo one | busybox tr a-z A-Z; busybox seq 3; exit 2",
    ]);
}

#[test]
fn git_does_not_notice() {
    let dir = directory();
    let here = dir.path().to_str().unwrap();
    let line = "set -e; export GIT_AUTHOR_DATE=@1000000000 GIT_COMMITTER_DATE=@1000000000 HOME=$PWD; \
                rm -rf r c; git init -q -b main r; cd r; git config user.name a; git config user.email b@c; \
                echo 1 > f; git add f; git commit -qm one; echo 2 >> f; git commit -qam two; \
                git log --format=%H; git gc -q; git fsck; git clone -q . ../c; git -C ../c log --oneline | cat";
    unnoticed(&["sh", "-c", &format!("cd {here}; {line}")]);
}

#[test]
fn make_with_two_jobs_does_not_notice() {
    let dir = directory();
    let here = dir.path().to_str().unwrap();
    file(&dir, "a.c", "int a(void) { return 40; }");
    file(&dir, "b.c", "int b(void) { return 2; }");
    file(
        &dir,
        "m.c",
        "#include <stdio.h>\nint a(void), b(void);\nint main(void) { printf(\"%d\\n\", a() + b()); }",
    );
    file(
        &dir,
        "Makefile",
        "m: a.o b.o m.o\n\t$(CC) -o $@ $^\n%.o: %.c\n\t$(CC) -c $<\n.PHONY: run\nrun: m\n\t./m\n",
    );
    // -O: the order in which two jobs finish is theirs; keep each job's lines together and sort.
    let line = format!("cd {here} && rm -f *.o m && make -s -O -j2 run CC=gcc");
    unnoticed(&["sh", "-c", &line]);
}

#[test]
fn a_signal_that_kills_the_program_kills_hijinks_in_the_same_way() {
    unnoticed(&["sh", "-c", "kill -TERM $$"]);
    unnoticed(&["sh", "-c", "kill -KILL $$"]);
    unnoticed(&["sh", "-c", "ulimit -c 0; kill -SEGV $$"]);
}

#[test]
fn standard_input_reaches_the_program() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hijinks"));
    command.args(["-e", "on(:all) { }", "--", "sort"]);
    assert_eq!(crate::support::run_with_input(&mut command, "b\na\n").stdout, "a\nb\n");
}
