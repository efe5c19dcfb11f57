/* Prints its parent's pid, as the C library asks for it. */
#include <stdio.h>
#include <unistd.h>
int main(void) { printf("%d\n", getppid()); return 0; }
