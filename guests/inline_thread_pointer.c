/* Moves the thread pointer about, as green threads do: to where there is no memory, and back. */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline long call(long nr, long a, long b)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b) : "rcx", "r11", "memory");
    return result;
}

int main(void)
{
    long parent = getppid(), fs, same = 0;
    call(SYS_arch_prctl, ARCH_GET_FS, (long)&fs);
    for (long i = 0; i < 1000; i++) {
        call(SYS_arch_prctl, ARCH_SET_FS, i * 4096);
        same += call(SYS_getppid, 0, 0) == parent;
        __asm__ volatile("wrfsbase %0" :: "r"(0x123456789000 + i * 64));
        same += call(SYS_getppid, 0, 0) == parent;
    }
    call(SYS_arch_prctl, ARCH_SET_FS, fs);
    printf("%ld\n", same);
    return 0;
}
