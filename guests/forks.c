/* Forks as many children as it is told, one after the other without waiting in between; each asks for
   its parent's pid and ends with the answer modulo 7. Prints the sum. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int sum = 0, status, children = atoi(argv[argc - 1]);
  for (int i = 0; i < children; i++) {
    pid_t pid = fork();
    if (pid == 0) _exit(getppid() % 7);
    if (pid < 0 || (i >= 50 && wait(&status) > 0 && (sum += WEXITSTATUS(status)) < 0)) return 1;
  }
  while (wait(&status) > 0) sum += WEXITSTATUS(status);
  printf("%d\n", sum);
  return 0;
}
