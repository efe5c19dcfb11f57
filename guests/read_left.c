/* A signal handler leaves an endless read by siglongjmp, three times; then the read is answered. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>
static sigjmp_buf back;
static int pipes[2];
static void on_alarm(int sig) { (void)sig; siglongjmp(back, 1); }
static long ask(void) { char byte; return read(pipes[0], &byte, 1); }
int main(void) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  struct itimerval once = {.it_value = {0, 20000}};
  volatile int left = 0;
  if (pipe(pipes)) return 1;
  sigaction(SIGALRM, &action, 0);
  if (sigsetjmp(back, 1)) left++;
  if (left < 3) setitimer(ITIMER_REAL, &once, 0);
  else if (write(pipes[1], "x", 1) != 1) return 2;
  long n = ask();
  printf("left %d times, then %ld\n", left, n);
  return 0;
}
