/* Starts itself in every way there is and says what getppid is in each: "fork 1" where it is the
   real parent. Handled with a constant, every line must show the handler's answer. */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *none[] = {0};

static int say(const char *how)
{
    printf("%s %d\n", how, getppid());
    fflush(stdout);
    return 0;
}

static void *exec_from_thread(void *argv) { execve("/proc/self/exe", argv, none); return 0; }

static void wait_all(void) { while (wait(0) > 0) {} }

int main(int argc, char **argv)
{
    if (argc > 1) return say(argv[1]);
    char *fork_argv[] = {"me", "fork", 0}, *vfork_argv[] = {"me", "vfork", 0};
    char *spawn_argv[] = {"me", "spawn", 0}, *thread_argv[] = {"me", "thread", 0};
    char *script_argv[] = {"script", 0};
    if (!fork()) execve("/proc/self/exe", fork_argv, none);
    wait_all();
    if (!vfork()) {
        execve("/does/not/exist", vfork_argv, none);
        execve("/proc/self/exe", vfork_argv, none);
        _exit(1);
    }
    wait_all();
    pid_t pid;
    posix_spawn(&pid, "/proc/self/exe", 0, 0, spawn_argv, environ);
    wait_all();
    if (!fork()) {
        pthread_t thread;
        pthread_create(&thread, 0, exec_from_thread, thread_argv);
        pthread_join(thread, 0);
        _exit(1);
    }
    wait_all();
    if (!fork()) {
        int fd = memfd_create("script", 0);
        char text[300], self[200] = {0};
        if (readlink("/proc/self/exe", self, 199) < 0) return 1;
        int n = snprintf(text, sizeof text, "#!%s shebang\n", self);
        if (write(fd, text, n) != n) return 1;
        syscall(SYS_execveat, fd, "", script_argv, none, 0x1000 /* AT_EMPTY_PATH */);
        _exit(1);
    }
    wait_all();
    return say("last");
}
