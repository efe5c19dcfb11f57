/* Makes a child that asks not to be traced, and prints what it is told of its parent. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  pid_t us = getpid();
  long flags = CLONE_UNTRACED | SIGCHLD;
  pid_t child = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
  if (child == 0) { int parent = getppid(); return printf("%s\n", parent == us ? "its parent" : "another") < 0; }
  return waitpid(child, 0, 0) != child;
}
