/* A program with opinions about SIGSYS: blocks everything, ignores it, handles it, sends it. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int seen;
static void handler(int signal, siginfo_t *info, void *frame) { seen += info->si_pid == getpid(); }

int main(void)
{
    sigset_t all, before, now;
    sigfillset(&all);
    signal(SIGSYS, SIG_IGN);
    sigprocmask(SIG_BLOCK, &all, &before);
    long parent = syscall(SYS_getppid);
    poll(0, 0, 1);
    struct timespec moment = {0, 1000};
    ppoll(0, 0, &moment, &all);
    sigprocmask(SIG_SETMASK, &before, &now);
    printf("%d %d\n", sigismember(&now, SIGUSR1), parent == getppid());

    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, old;
    sigaction(SIGSYS, &action, &old);
    printf("%d\n", old.sa_handler == SIG_IGN);
    sigaction(SIGSYS, 0, &old);
    printf("%d %d\n", old.sa_sigaction == handler, (old.sa_flags & SA_SIGINFO) != 0);
    raise(SIGSYS);
    printf("%d %d\n", seen, parent == getppid());
    signal(SIGSYS, SIG_DFL);
    fflush(stdout);
    raise(SIGSYS);
    return 0;
}
