/* Waits for ever in a known chain of calls: main > outer > middle > inner > pause. */
#include <unistd.h>
__attribute__((noinline)) static int inner(int n) { pause(); return n + 1; }
__attribute__((noinline)) static int middle(int n) { volatile char room[100]; room[n] = inner(n + 1); return room[n] + 1; }
__attribute__((noinline)) int outer(int n) { return middle(n + 1) + 1; }
int main(void) { return outer(1) + 1; }
