/* A chain of forty generations: each process forks the next one, waits for it and ends with its status
   plus one. */
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  int generation = 0, status;
  while (generation < 40) {
    pid_t pid = fork();
    if (pid < 0) return 255;
    if (pid > 0) return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) + 1 : 254;
    generation++;
  }
  return 0;
}
