/* Reads five bytes into the first half of a buffer and shows whether the second half was touched. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  char buffer[] = "12345untouched";
  int fd = open("/dev/zero", O_RDONLY);
  ssize_t n = read(fd, buffer, 5);
  printf("%zd:%.5s|%s\n", n, buffer, buffer + 5);
  return 0;
}
