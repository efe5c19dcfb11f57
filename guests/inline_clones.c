/* Every shape of a new task, with hooked calls on both sides of it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long value;
static int body(void *argument) { value += getppid() > 0; return *(int *)argument; }
static void handler(int s) {}

static int status_of(pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, __WALL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void *thread(void *n) { for (int i = 0; i < 20; i++) getppid(); return n; }

int main(void)
{
    char *stack = mmap(0, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int seven = 7;
    printf("fork %d\n", ({ pid_t p = fork(); if (!p) _exit(body(&seven)); status_of(p); }));
    printf("shared memory %d %ld\n", status_of(clone(body, stack + 65536, CLONE_VM | SIGCHLD, &seven)), value);
    printf("like a thread %d\n", status_of(clone(body, stack + 65536,
           CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, &seven)));
    for (int i = 0; i < 300; i++) {
        pid_t p = vfork();
        if (!p) { getppid(); _exit(i % 5); }
        if (status_of(p) != i % 5) puts("vfork went wrong");
    }
    for (int i = 0; i < 50; i++) {
        /* clone3 with CLONE_CLEAR_SIGHAND, as newer posix_spawn does; the child's handler is gone */
        struct { unsigned long f, pf, ct, pt, es, sk, ss, tls, a, b, c; } args = {0};
        args.f = 0x100000000ul;
        args.es = SIGCHLD;
        signal(SIGUSR1, handler);
        long p = syscall(SYS_clone3, &args, sizeof args);
        if (!p) {
            struct sigaction now;
            sigaction(SIGUSR1, 0, &now);
            _exit(now.sa_handler == SIG_DFL && getppid() > 0 ? 3 : 4);
        }
        if (status_of(p) != 3) puts("clone3 went wrong");
    }
    long sum = 0;
    for (int round = 0; round < 10; round++) {
        pthread_t t[20];
        void *n;
        for (long i = 0; i < 20; i++) pthread_create(t + i, 0, thread, (void *)i);
        if (round % 3 == 0) { pid_t p = fork(); if (!p) { getppid(); _exit(5); } sum += status_of(p); }
        for (int i = 0; i < 20; i++) pthread_join(t[i], &n), sum += (long)n;
    }
    printf("threads %ld\n", sum);
    return 0;
}
