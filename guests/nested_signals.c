/* A SIGALRM handler interrupts a read, and a SIGUSR1 handler interrupts a nanosleep in that handler:
   three calls of one thread are under way at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static int pipes[2];
static volatile int naps;
static void on_usr1(int sig) { (void)sig; getppid(); if (write(pipes[1], "x", 1) != 1) _exit(9); }
static void on_alarm(int sig) {
  struct timespec nap = {0, 100000000};
  (void)sig;
  if (fork() == 0) { usleep(30000); kill(getppid(), SIGUSR1); _exit(0); }
  naps = nanosleep(&nap, &nap) == -1 && errno == EINTR;
}
int main(void) {
  struct sigaction alarm_action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  struct sigaction usr1_action = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
  struct itimerval once = {.it_value = {0, 20000}};
  char byte = '-';
  if (pipe(pipes)) return 1;
  sigaction(SIGALRM, &alarm_action, 0);
  sigaction(SIGUSR1, &usr1_action, 0);
  setitimer(ITIMER_REAL, &once, 0);
  long n = read(pipes[0], &byte, 1);
  printf("%ld %c %d\n", n, byte, naps);
  return 0;
}
