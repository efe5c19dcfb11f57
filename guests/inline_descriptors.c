/* Closes what it did not open, and looks at what it has: there is nothing of ours. */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *thread(void *unused) { return (void *)(long)(getppid() > 0); }

int main(void)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    int open = 0;
    while ((entry = readdir(dir))) open += entry->d_name[0] != '.' && entry->d_name[0] > '2';
    closedir(dir);
    syscall(SYS_close_range, 3, ~0u, 0);
    for (int fd = 3; fd < 2000; fd++) close(fd);
    pthread_t t;
    void *result;
    pthread_create(&t, 0, thread, 0);
    pthread_join(t, &result);
    printf("%d %ld %d\n", open, (long)result, dup(0));
    return 0;
}
