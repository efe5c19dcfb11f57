/* Blocking reads: one that a handler interrupts answers EINTR, one with SA_RESTART goes on, a
   sleeping call that is stopped and continued goes on, and one that is cancelled ends its thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

static int ends[2];
static volatile int handled;
static void handler(int s) { handled++; }
static void on_alarm_write(int s) { if (write(ends[1], "x", 1) != 1) _exit(9); }

static void *reads(void *unused)
{
    char byte;
    if (read(ends[0], &byte, 1) < 0) {}
    return 0;
}

int main(void)
{
    char byte;
    if (pipe(ends)) return 1;
    struct sigaction a = {.sa_handler = handler};
    sigaction(SIGALRM, &a, 0);
    ualarm(20000, 0);
    long n = read(ends[0], &byte, 1);
    printf("%ld %d %d\n", n, n < 0 && errno == EINTR, handled);
    a.sa_handler = on_alarm_write;
    a.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &a, 0);
    ualarm(20000, 0);
    n = read(ends[0], &byte, 1);
    printf("%ld %c\n", n, byte);

    pid_t child = fork();
    if (!child) {
        struct timespec t = {0, 200000000};
        _exit(nanosleep(&t, 0) == 0 ? 7 : 8);
    }
    usleep(30000);
    kill(child, SIGSTOP);
    usleep(30000);
    kill(child, SIGCONT);
    int status;
    waitpid(child, &status, 0);
    printf("%d\n", WEXITSTATUS(status));

    pthread_t thread;
    void *result;
    pthread_create(&thread, 0, reads, 0);
    usleep(50000);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%d\n", result == PTHREAD_CANCELED);
    return 0;
}
