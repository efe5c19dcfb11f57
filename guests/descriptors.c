/* Opens files and sockets and shows the numbers that it got: a supervisor must not take any. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
  int pipes[2] = {0, 0};
  int file = open("/dev/null", O_RDONLY), socket_ = socket(AF_UNIX, SOCK_STREAM, 0), failed = pipe(pipes);
  printf("%d %d %d %d %d %d\n", file, socket_, failed, pipes[0], pipes[1], dup(0));
  return 0;
}
