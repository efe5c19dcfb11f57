/* Code that comes and goes: written by the program, written again, unmapped and mapped anew. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* mov $110, %eax; syscall; ret; a ten byte no-op, as a compiler would leave it */
static const unsigned char first[] = "\xb8\x6e\0\0\0\x0f\x05\xc3\x66\x2e\x0f\x1f\x84\0\0\0\0\0";
/* mov $39, %eax; nop; nop; syscall; ret, with the same length and other code where it was patched */
static const unsigned char second[] = "\xb8\x27\0\0\0\x90\x90\x0f\x05\xc3\x66\x2e\x0f\x1f\x84\0\0\0";

static long run(void *code) { return ((long (*)(void))code)(); }

int main(void)
{
    long parent = getppid(), self = getpid();
    unsigned char *page = mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, first, sizeof first);
    printf("%d", run(page) == parent);
    memcpy(page, second, sizeof second);
    printf("%d", run(page) == self);
    page[100] = 1;
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
    printf("%d\n", run(page) == self);

    int fd = memfd_create("code", 0);
    for (int round = 0; round < 4; round++) {
        const unsigned char *code = round % 2 ? second : first;
        if (pwrite(fd, code, sizeof first, 0) < 0 || ftruncate(fd, 4096)) return 1;
        unsigned char *at = mmap((void *)0x10000000, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0);
        for (int i = 0; i < 3; i++) printf("%d", run(at) == (round % 2 ? self : parent));
        printf(" %d\n", round);
        munmap(at, 4096);
    }
    return 0;
}
