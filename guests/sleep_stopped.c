/* Sleeps 150 ms while a child stops and continues it: nanosleep goes on by restart_syscall, and the
   program sees one sleep that was not interrupted. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main(void) {
  struct timespec nap = {0, 150000000}, left = {0, 0};
  pid_t us = getpid();
  if (fork() == 0) {
    usleep(30000);
    kill(us, SIGSTOP);
    usleep(30000);
    kill(us, SIGCONT);
    _exit(0);
  }
  int result = nanosleep(&nap, &left);
  printf("%d %d\n", result, result ? errno : 0);
  wait(0);
  return 0;
}
