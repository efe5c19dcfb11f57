/* Eight threads ask for their parent's pid a hundred times each; the sum of the differences to what
   the first thread was told is printed. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static long expected;
static void *ask(void *differences) {
  for (int i = 0; i < 100; i++) *(long *)differences += getppid() != expected;
  return 0;
}
int main(void) {
  pthread_t threads[8];
  long differences[8] = {0}, sum = 0;
  expected = getppid();
  for (int i = 0; i < 8; i++) pthread_create(&threads[i], 0, ask, &differences[i]);
  for (int i = 0; i < 8; i++) { pthread_join(threads[i], 0); sum += differences[i]; }
  printf("%ld\n", sum);
  return 0;
}
