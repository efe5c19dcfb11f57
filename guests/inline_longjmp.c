/* Signal handlers that never return: 3000 blocking reads and 3000 faults left by siglongjmp. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

static sigjmp_buf back;
static void leave(int s) { siglongjmp(back, 1); }

int main(void)
{
    int ends[2], left = 0, faults = 0;
    char byte;
    if (pipe(ends)) return 1;
    signal(SIGALRM, leave);
    signal(SIGSEGV, leave);
    for (volatile int i = 0; i < 3000; i++) {
        if (sigsetjmp(back, 1)) { left++; continue; }
        ualarm(200, 0);
        for (;;) if (read(ends[0], &byte, 1) != 1) {}
    }
    for (volatile int i = 0; i < 3000; i++) {
        if (sigsetjmp(back, 1)) { faults++; continue; }
        *(volatile int *)8 = 1;
    }
    printf("%d %d %d\n", left, faults, getppid() > 0);
    return 0;
}
