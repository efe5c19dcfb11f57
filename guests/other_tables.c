/* Asks for its pid with the i386 number (int $0x80) and with the x32 number; both tables use numbers
   that mean other calls in the x86-64 table (20 is writev there). */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>
int main(void) {
  long i386 = 20;
  __asm__ volatile("int $0x80" : "+a"(i386) : : "memory", "r8", "r9", "r10", "r11");
  printf("%s\n", i386 == getpid() ? "i386 answers" : i386 == -38 ? "i386 refused" : "i386 confused");
  long x32 = syscall(0x40000000 + 39);
  printf("%s\n", x32 == getpid() ? "x32 answers" : "x32 refused");
  return 0;
}
