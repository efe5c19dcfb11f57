/* Asks for an io_uring and says what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  char parameters[120] = {0};
  long fd = syscall(SYS_io_uring_setup, 1, parameters);
  printf("%s\n", fd >= 0 ? "a ring" : errno == ENOSYS ? "ENOSYS" : "another error");
  return 0;
}
