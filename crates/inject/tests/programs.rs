//! Real programs under a handler on every call: the output is the native one.

mod support;

use support::unseen;

#[test]
fn a_shell_with_pipes_traps_and_substitutions() {
    unseen(&[
        "bash",
        "-c",
        "for i in 1 2 3; do ls /usr | sort | head -3 | tr a-z A-Z; done; cat <(echo sub); \
         trap 'echo got' USR1; kill -USR1 $$; (exit 3); echo $?; x=$(seq 100 | wc -c); echo $x; \
         timeout 0.1 sleep 5; echo $?; env -i sh -c 'echo clean'",
    ]);
}

#[test]
fn python_with_threads_subprocesses_and_a_timer() {
    unseen(&[
        "python3",
        "-c",
        "
import threading, subprocess, signal, time, queue
q = queue.Queue()
ts = [threading.Thread(target=lambda i=i: [q.put(i * k) for k in range(50)]) for i in range(16)]
[t.start() for t in ts]; [t.join() for t in ts]; print(q.qsize())
print(subprocess.run(['ls', '/'], capture_output=True).stdout)
n = 0
def tick(s, f):
    global n; n += 1
signal.signal(signal.SIGALRM, tick); signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
while n < 20: time.sleep(0.05)
signal.setitimer(signal.ITIMER_REAL, 0)
print('ticked')
",
    ]);
}

#[test]
fn python_with_processes_that_are_forked_and_spawned() {
    unseen(&[
        "python3",
        "-c",
        "
import multiprocessing as mp
if __name__ == '__main__':
    for how in 'fork', 'spawn', 'forkserver':
        with mp.get_context(how).Pool(4) as pool: print(how, pool.map(abs, range(-9, 9)))
",
    ]);
}

#[test]
fn perl_with_alarms_and_a_child() {
    unseen(&[
        "perl",
        "-e",
        "$SIG{ALRM} = sub { print \"alarm\\n\" }; alarm 1; sleep 3; my $p = fork; \
         if (!$p) { exit 7 } waitpid $p, 0; print $? >> 8, \"\\n\", `echo sub`",
    ]);
}

#[test]
fn git_commits_packs_checks_and_clones() {
    let dir = concat!(env!("CARGO_TARGET_TMPDIR"), "/repository");
    let script = format!(
        "rm -rf {dir} {dir}-2; git init -q {dir} && cd {dir} && git config user.email a@b && \
         git config user.name n && for i in 1 2 3; do seq $i 500 > f$i; git add .; \
         GIT_AUTHOR_DATE=\"@$i +0000\" GIT_COMMITTER_DATE=\"@$i +0000\" git commit -q -m c$i; done; \
         git log --format=%H; git gc -q; git fsck; git clone -q . {dir}-2; git -C {dir}-2 status -s"
    );
    unseen(&["sh", "-c", &script]);
}

#[test]
fn make_and_gcc_in_parallel() {
    let dir = concat!(env!("CARGO_TARGET_TMPDIR"), "/made");
    let script = format!(
        "rm -rf {dir}; mkdir -p {dir}; cd {dir}; \
         for i in 1 2 3; do echo \"int f$i(int x) {{ return x + $i; }}\" > f$i.c; done; \
         echo 'int f1(int); int main() {{ return f1(0) - 1; }}' > m.c; \
         printf 'p: f1.o f2.o f3.o m.o\\n\\tgcc -o p $^\\n%%.o: %%.c\\n\\tgcc -O2 -c $<\\n' > Makefile; \
         make -s -j2 && ./p; echo $?; md5sum *.o"
    );
    unseen(&["sh", "-c", &script]);
}
