/* System call user dispatch, as Wine uses it: SIGSYS that is the program's own. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile char selector;
static volatile int caught;
extern char inside[], outside[];
long allowed(long nr, long a, long b, long c, long d, long e);
__asm__("inside: .globl allowed\n allowed: mov %rdi,%rax\n mov %rsi,%rdi\n mov %rdx,%rsi\n mov %rcx,%rdx\n"
        "mov %r8,%r10\n mov %r9,%r8\n syscall\n ret\n restore: mov $15,%eax\n syscall\n outside:");
extern void restore(void);
static void handler(int s, siginfo_t *info, void *u)
{
    selector = 0;
    caught += info->si_syscall == SYS_getppid;
    ((ucontext_t *)u)->uc_mcontext.gregs[REG_RAX] = 1234;
}

int main(void)
{
    struct { void (*h)(int, siginfo_t *, void *); long flags; void (*r)(void); long mask; } a = {handler, 0x4000004, restore, 0};
    long parent = getppid(), got[3];
    allowed(SYS_rt_sigaction, SIGSYS, (long)&a, 0, 8, 0);
    if (allowed(SYS_prctl, 59, 1, (long)inside, outside - inside, (long)&selector)) { puts("not here"); return 0; }
    for (int i = 0; i < 3; i++) {
        selector = 1;
        __asm__ volatile("syscall" : "=a"(got[i]) : "a"(SYS_getppid) : "rcx", "r11", "memory");
        selector = 0;
    }
    allowed(SYS_prctl, 59, 0, 0, 0, 0);
    printf("%ld %ld %ld %d %d\n", got[0], got[1], got[2], caught, getppid() == parent);
    return 0;
}
