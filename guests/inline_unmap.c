/* Tries to take the runtime's memory away. Natively nothing is there. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    void *places[] = {(void *)0x550000000000, (void *)0x550004000000, (void *)0x550020000000};
    long parent = getppid();
    for (int i = 0; i < 3; i++) {
        munmap(places[i], 4096);
        mprotect(places[i], 4096, PROT_NONE);
        mmap(places[i], 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
    printf("%d\n", getppid() == parent);
    return 0;
}
