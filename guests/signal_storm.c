/* Three threads read a pipe and three sleep, while signals rain on the process and on each of them; with
   an argument the handler is SA_RESTART. Prints how many bytes are missing, how the rain ended, and how
   many sleeps ended in no known way: three zeroes. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static int pipes[2];
static long results[6];
static void on_usr1(int sig) { (void)sig; getppid(); }
static void *reads(void *result) {
  char buffer[64];
  for (long n; (n = read(pipes[0], buffer, sizeof buffer)) != 0;) {
    if (n > 0) *(long *)result += n;
    else if (errno != EINTR) *(long *)result = -1000000;
  }
  return 0;
}
static void *sleeps(void *result) {
  for (int i = 0; i < 50; i++) {
    struct timespec nap = {0, 3000000};
    if (nanosleep(&nap, &nap) < 0 && errno != EINTR) *(long *)result += 1;
  }
  return 0;
}
int main(int argc, char **argv) {
  (void)argv;
  struct sigaction action = {.sa_handler = on_usr1, .sa_flags = argc > 1 ? SA_RESTART : 0};
  pthread_t threads[6];
  long sent = 0;
  int status;
  sigaction(SIGUSR1, &action, 0);
  if (pipe(pipes)) return 1;
  for (int i = 0; i < 6; i++) pthread_create(&threads[i], 0, i < 3 ? reads : sleeps, &results[i]);
  pid_t rain = fork();
  if (rain == 0) {
    for (int i = 0; i < 300; i++) { kill(getppid(), SIGUSR1); usleep(500); }
    _exit(0);
  }
  for (int i = 0; i < 300; i++) {
    long n;
    do n = write(pipes[1], "0123456789", 10); while (n < 0 && errno == EINTR);
    sent += n;
    if (i % 10 < 3) pthread_kill(threads[i % 10], SIGUSR1);
  }
  while (waitpid(rain, &status, 0) < 0) { }
  close(pipes[1]);
  for (int i = 0; i < 6; i++) pthread_join(threads[i], 0);
  printf("%ld %d %ld\n", sent - results[0] - results[1] - results[2], status, results[3] + results[4] + results[5]);
  return 0;
}
