/* Signal stacks: what the program sets is what it sees, threads start without one, handlers run on
   it, and a call with a senseless stack pointer is still a call. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *stack;
static volatile int on_it, flagged;

static void handler(int s)
{
    stack_t now;
    char here;
    getppid();
    sigaltstack(0, &now);
    on_it = &here >= stack && &here < stack + 65536;
    flagged = now.ss_flags;
}

static void show(const char *who)
{
    stack_t now;
    sigaltstack(0, &now);
    printf("%s %d %d %zu\n", who, now.ss_flags, now.ss_sp == stack && stack, now.ss_size);
}

static void *thread(void *unused) { show("thread"); return 0; }

int main(void)
{
    pthread_t t;
    show("none");
    stack = malloc(65536);
    stack_t mine = {.ss_sp = stack, .ss_size = 65536}, none = {.ss_flags = SS_DISABLE}, old;
    printf("%d ", sigaltstack(&mine, &old));
    printf("%d %zu\n", old.ss_flags, old.ss_size);
    show("mine");
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &a, 0);
    raise(SIGUSR1);
    printf("%d %d\n", on_it, flagged);
    pthread_create(&t, 0, thread, 0);
    pthread_join(t, 0);
    fflush(stdout);
    if (!fork()) { show("child"); fflush(stdout); _exit(0); }
    wait(0);
    sigaltstack(&none, &old);
    printf("%d\n", old.ss_sp == stack);
    long parent = getppid(), result;
    __asm__ volatile("mov %%rsp, %%rbx\n mov $16, %%rsp\n syscall\n mov %%rbx, %%rsp"
                     : "=a"(result) : "a"(SYS_getppid) : "rbx", "rcx", "r11", "memory");
    printf("%d\n", result == parent);
    show("none");
    return 0;
}
