/* Opens a file and forgets it, opens another and closes it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
static int forgetful(const char *path) { return open(path, O_RDONLY); }
int main(int argc, char **argv) {
  int kept = forgetful(argv[1]);
  close(open("/dev/zero", O_RDONLY));
  printf("%d\n", kept);
  return 0;
}
