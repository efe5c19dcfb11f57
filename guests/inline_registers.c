/* A system call changes rax, rcx and r11 and nothing else: not the red zone, not a vector register,
   not a flag, not the rounding mode. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static double in[4] = {1, 2, 3, 4}, out[4];

int main(void)
{
    long zone[3], flags, behind, mode = 0x7f80, after = 0;
    for (int i = 0; i < 3; i++) {
        __asm__ volatile("movq $0x1111, -8(%%rsp)\n movq $0x2222, -64(%%rsp)\n movq $0x3333, -128(%%rsp)\n syscall\n"
                         "mov -8(%%rsp), %%rdi\n mov -64(%%rsp), %%rsi\n mov -128(%%rsp), %%rdx"
                         : "=D"(zone[0]), "=S"(zone[1]), "=d"(zone[2]) : "a"(SYS_getppid) : "rcx", "r11", "memory");
        printf("%lx %lx %lx\n", zone[0], zone[1], zone[2]);
        __asm__ volatile("vmovupd (%0), %%ymm9\n vmovupd (%0), %%ymm0\n syscall\n vmovupd %%ymm9, (%1)\n vzeroupper"
                         :: "r"(in), "r"(out), "a"(SYS_getppid) : "rcx", "r11", "xmm0", "xmm9", "memory");
        printf("%d\n", memcmp(in, out, sizeof in));
        /* carry, parity, adjust, zero, sign, overflow, then the direction flag as well */
        for (long bits = 0; bits < 0x1000; bits = bits ? bits << 1 : 1) {
            if (!(bits & 0xcd5) && bits) continue;
            __asm__ volatile("pushfq\n pop %%rdi\n and $~0xcd5, %%rdi\n or %%rsi, %%rdi\n push %%rdi\n popfq\n"
                             "syscall\n pushfq\n pop %%rdi\n cld\n"
                             : "=D"(flags) : "S"(bits), "a"(SYS_getppid) : "rcx", "r11", "rdx", "memory", "cc");
            printf("%lx ", flags & 0xcd5);
        }
        __asm__ volatile("syscall\n 1: lea 1b(%%rip), %%rdx\n sub %%rcx, %%rdx" : "=d"(behind) : "a"(SYS_getppid) : "rcx", "r11", "memory");
        printf("\n%ld\n", behind);
        __asm__ volatile("ldmxcsr (%0)\n syscall\n stmxcsr (%1)" :: "r"(&mode), "r"(&after), "a"(SYS_getppid) : "rcx", "r11", "memory");
        printf("%lx\n", after & 0x7f80);
        after = 0x1f80;
        __asm__ volatile("ldmxcsr (%0)" :: "r"(&after) : "memory");
        printf("%ld %ld %ld\n", syscall(600), syscall(-1), syscall(0x40000000 + SYS_getpid));
    }
    return 0;
}
