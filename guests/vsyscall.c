/* Asks for the time at the address where kernels before the vDSO answered (0xffffffffff600400), which
   the kernel emulates without a system call instruction; where it does not, SIGSEGV is the answer. */
#include <stdio.h>
#include <time.h>
int main(void) {
  long (*old_time)(long *) = (long (*)(long *))0xffffffffff600400;
  long now = old_time(0);
  printf("%s\n", now >= time(0) - 1 && now <= time(0) ? "the time" : "not the time");
  return 0;
}
