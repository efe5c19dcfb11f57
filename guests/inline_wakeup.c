/* A signal that is sent while its receiver is anywhere around a blocking call must end the call or
   be seen before it: sigsuspend and ppoll with the signal blocked outside are the sound ways to
   wait, and must never sleep through one. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int got, sent;
static pthread_t receiver;
static void on_usr1(int s) { got++; }

static void *send(void *unused)
{
    for (int i = 0; i < 3000; i++) {
        for (volatile int spin = i % 97 * 20; spin > 0; spin--) {}
        sent++;
        pthread_kill(receiver, SIGUSR1);
        while (got < i + 1) {}
    }
    return 0;
}

int main(void)
{
    sigset_t usr1, none;
    sigemptyset(&none);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, 0);
    signal(SIGUSR1, on_usr1);
    receiver = pthread_self();
    alarm(20);
    pthread_t sender;
    pthread_create(&sender, 0, send, 0);
    for (int i = 0; got < 3000; i++) {
        if (i % 2) sigsuspend(&none);
        else ppoll(0, 0, 0, &none);
    }
    pthread_join(sender, 0);
    printf("%d of %d\n", got, sent);
    return 0;
}
