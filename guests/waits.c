/* Prints its pid, then waits in several ways at once, one thread each: epoll_wait (which an interrupt
   ends with EINTR if one is not careful), a read of a pipe, a nanosleep, and work without calls. When
   its input ends it prints how the waits ended. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
static int pipes[2];
static volatile int done;
static char in_epoll[64] = "waits", in_read[64] = "waits", in_sleep[64] = "sleeps";
static void *epolls(void *unused) {
  struct epoll_event event = {.events = EPOLLIN};
  int epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event);
  int n = epoll_wait(epoll, &event, 1, -1);
  sprintf(in_epoll, "%d %d", n, n < 0 ? errno : 0);
  return unused;
}
static void *reads(void *unused) {
  int other[2]; char byte;
  if (pipe(other)) return unused;
  long n = read(other[0], &byte, 1);
  sprintf(in_read, "%ld %d", n, n < 0 ? errno : 0);
  return unused;
}
static void *sleeps(void *unused) {
  struct timespec nap = {100, 0};
  int n = nanosleep(&nap, 0);
  sprintf(in_sleep, "%d %d", n, n < 0 ? errno : 0);
  return unused;
}
static void *works(void *unused) { while (!done) { } return unused; }
int main(void) {
  pthread_t thread;
  char byte;
  if (pipe(pipes)) return 1;
  void *(*ways[])(void *) = {epolls, reads, sleeps, works};
  for (int i = 0; i < 4; i++) pthread_create(&thread, 0, ways[i], 0);
  printf("%d\n", getpid());
  fflush(stdout);
  while (read(0, &byte, 1) == 1) { printf("%d\n", getppid()); fflush(stdout); }
  printf("epoll %s, read %s, sleep %s\n", in_epoll, in_read, in_sleep);
  return 0;
}
