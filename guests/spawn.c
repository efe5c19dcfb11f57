/* Starts /bin/echo by fork, vfork and posix_spawn, and shows that the parent waited where it must. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int main(void) {
  char *argv[] = {"echo", "child", 0};
  volatile int shared = 0;
  int status;
  pid_t pid = fork();
  if (pid == 0) { execv("/bin/echo", argv); _exit(1); }
  waitpid(pid, &status, 0);
  printf("fork %d\n", status);
  fflush(stdout);
  pid = vfork();
  if (pid == 0) { shared = 1; execv("/bin/echo", argv); _exit(1); }
  int waited = shared;
  waitpid(pid, &status, 0);
  printf("vfork %d, the parent had waited: %d\n", status, waited);
  fflush(stdout);
  int error = posix_spawn(&pid, "/bin/echo", 0, 0, argv, environ);
  waitpid(pid, &status, 0);
  printf("spawn %d %d\n", error, status);
  printf("missing %d\n", posix_spawn(&pid, "/nonexistent", 0, 0, argv, environ));
  return 0;
}
