/* Calls that a signal handler always interrupts, SA_RESTART or not: poll, nanosleep, sigsuspend,
   ppoll with a mask of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static int count;
static void on_alarm(int sig) { (void)sig; count++; getppid(); }
static int show(const char *name, int result) { int interrupted = errno == EINTR; errno = 0; return printf("%s %d %d\n", name, result, interrupted); }
static void soon(void) { struct itimerval once = {.it_value = {0, 20000}}; setitimer(ITIMER_REAL, &once, 0); }
int main(void) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  struct timespec nap = {5, 0}, left;
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGALRM);
  sigaction(SIGALRM, &action, 0);
  soon(); show("poll", poll(0, 0, 5000));
  soon(); show("nanosleep", nanosleep(&nap, &left));
  sigprocmask(SIG_BLOCK, &blocked, 0);
  soon(); show("sigsuspend", sigsuspend(&none));
  soon(); show("ppoll", ppoll(0, 0, &nap, &none));
  printf("%d signals\n", count);
  return 0;
}
