/* Signals that can be counted: none may be lost, doubled, reordered or delivered with another face.
   Queued real-time signals arrive in order; every one of 500 answered USR1 arrives; a timer runs
   through it all; masks and registers are afterwards what they were. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static atomic_int ticks, expected, wrong, answered;

static void on_tick(int s, siginfo_t *i, void *u) { ticks++; wrong += i->si_signo != SIGALRM; }
static void on_queued(int s, siginfo_t *i, void *u)
{
    wrong += i->si_value.sival_int != expected || i->si_code != SI_QUEUE;
    expected++;
    getppid();
}
static void on_usr1(int s) { answered++; }

static void *busy(void *unused)
{
    double x = 1.5;
    sigset_t queued; /* two threads would take them in turns, in no order */
    sigemptyset(&queued);
    sigaddset(&queued, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &queued, 0);
    long parent = getppid();
    for (int i = 0; i < 200000; i++) {
        x = x * 1.0000001 + 0.5;
        if (i % 8 == 0 && getppid() != parent) wrong++;
    }
    return x > 1 ? 0 : &wrong;
}

int main(void)
{
    struct sigaction a = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGALRM, &a, 0);
    a.sa_sigaction = on_queued;
    sigaction(SIGRTMIN, &a, 0);
    signal(SIGUSR1, on_usr1);
    struct itimerval timer = {{0, 500}, {0, 500}};
    setitimer(ITIMER_REAL, &timer, 0);
    pthread_t threads[4];
    void *bad;
    for (int i = 0; i < 4; i++) pthread_create(threads + i, 0, busy, 0);
    for (int i = 0; i < 2000; i++)
        while (sigqueue(getpid(), SIGRTMIN, (union sigval){i}) < 0 && errno == EAGAIN) usleep(100);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], &bad), wrong += bad != 0;
    for (int i = 0; i < 500; i++) {
        pid_t child = fork();
        if (!child) { kill(getppid(), SIGUSR1); _exit(0); }
        if (i % 50) { kill(child, SIGKILL); kill(getpid(), SIGUSR1); }
        sigset_t none;
        sigemptyset(&none);
        while (answered <= i) if (i % 50) getppid(); else usleep(10);
        answered = i + 1;
    }
    timer.it_value.tv_usec = timer.it_interval.tv_usec = 0;
    setitimer(ITIMER_REAL, &timer, 0);
    while (expected < 2000) usleep(1000);
    sigset_t mask;
    sigprocmask(SIG_BLOCK, 0, &mask);
    printf("queued %d, wrong %d, ticked %d, blocked %d\n", expected, wrong, ticks > 20,
           sigismember(&mask, SIGUSR1) + sigismember(&mask, SIGALRM) + sigismember(&mask, SIGRTMIN));
    return 0;
}
