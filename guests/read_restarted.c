/* A read of an empty pipe is interrupted by a signal whose handler (SA_RESTART) asks for the parent's
   pid and then fills the pipe: the program sees one read of one byte. With an argument, the handler
   is not SA_RESTART: the program sees EINTR, and reads the byte with a second read. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>
static int pipes[2];
static void on_alarm(int sig) { (void)sig; getppid(); if (write(pipes[1], "x", 1) != 1) _exit(9); }
int main(int argc, char **argv) {
  (void)argv;
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = argc > 1 ? 0 : SA_RESTART};
  struct itimerval once = {.it_value = {0, 50000}};
  char byte = '-';
  if (pipe(pipes)) return 1;
  sigaction(SIGALRM, &action, 0);
  setitimer(ITIMER_REAL, &once, 0);
  long n = read(pipes[0], &byte, 1);
  printf("%ld %c %s\n", n, byte, n < 0 && errno == EINTR ? "EINTR" : "-");
  if (n >= 0) return 0;
  n = read(pipes[0], &byte, 1);
  printf("%ld %c\n", n, byte);
  return 0;
}
