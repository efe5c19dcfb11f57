/* A program with seccomp filters of its own: they judge its calls, not those of the runtime, and
   their traps are its own. Then the sandbox becomes one that allows next to nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int trapped;
static void handler(int s, siginfo_t *info, void *u)
{
    trapped = info->si_syscall;
    ((ucontext_t *)u)->uc_mcontext.gregs[REG_RAX] = -77;
}

static void install(struct sock_filter *filter, int len)
{
    struct sock_fprog program = {len, filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) perror("filter");
}

#define NR BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define IS(nr, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, yes, no)
#define DO(what) BPF_STMT(BPF_RET | BPF_K, what)

int main(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    long parent = getppid();
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &a, 0);
    struct sock_filter some[] = {NR, IS(SYS_getuid, 0, 1), DO(SECCOMP_RET_ERRNO | EXDEV), IS(SYS_getgid, 0, 1),
                                 DO(SECCOMP_RET_TRAP), DO(SECCOMP_RET_ALLOW)};
    install(some, 6);
    for (int i = 0; i < 3; i++) {
        long uid = syscall(SYS_getuid), error = errno;
        long gid = syscall(SYS_getgid);
        printf("%ld %ld %ld %d %d\n", uid, error, gid, errno, trapped == SYS_getgid);
    }
    fflush(stdout);
    struct sock_filter strict[] = {NR, IS(SYS_write, 3, 0), IS(SYS_getppid, 2, 0), IS(SYS_exit_group, 1, 0),
                                   DO(SECCOMP_RET_KILL_PROCESS), DO(SECCOMP_RET_ALLOW)};
    install(strict, 6);
    for (int i = 0; i < 3; i++) if (syscall(SYS_getppid) != parent) return 1;
    if (write(1, "still here\n", 11) != 11) return 2;
    syscall(SYS_exit_group, 5);
}
