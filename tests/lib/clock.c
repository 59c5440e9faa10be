/* A clock that a test moves. Loaded into a program before its C library (LD_PRELOAD), it lets the program read the time
 * as so many milliseconds later than it is, as the file of WAXWING_TEST_CLOCK says: eight bytes in the machine's order.
 *
 * Whoever changes the file wakes the program afterwards, by a request to it: what sleeps in the kernel sleeps on until then.
 * Both clocks move together, the one of the wall and the one that timers are kept by, and only ever forwards. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *later;

__attribute__((constructor)) static void take_clock(void) {
    const char *path = getenv("WAXWING_TEST_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *bytes = mmap(NULL, sizeof *later, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (bytes != MAP_FAILED) later = bytes;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, which, now);
    if (failed || !later || (which != CLOCK_REALTIME && which != CLOCK_MONOTONIC)) return (int)failed;
    int64_t ms = *later;
    now->tv_sec += ms / 1000;
    now->tv_nsec += ms % 1000 * 1000000;
    if (now->tv_nsec >= 1000000000) {
        now->tv_sec += 1;
        now->tv_nsec -= 1000000000;
    }
    return 0;
}
