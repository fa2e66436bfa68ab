/* A disk that fails when it is told to: preloaded into a server, it answers for the calls that write.
 *
 * FAILING_DISK names a file with one line, "ERRNO CALLS PART": CALLS of w (write, extend) and s (flush), PART a piece
 * of the path of the files concerned. While that file is empty or missing, the disk is sound.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fault_of(int file, char call)
{
    char line[256], link[64], path[4096], calls[8], part[128];
    const char *control = getenv("FAILING_DISK");
    int error, saved = errno, from;
    ssize_t length;

    if (control == NULL || (from = open(control, O_RDONLY | O_CLOEXEC)) < 0) {
        errno = saved;
        return 0;
    }
    length = read(from, line, sizeof line - 1);
    close(from);
    errno = saved;
    if (length <= 0)
        return 0;
    line[length] = 0;
    if (sscanf(line, "%d %7s %127s", &error, calls, part) != 3 || strchr(calls, call) == NULL)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length <= 0)
        return 0;
    path[length] = 0;
    return strstr(path, part) != NULL ? error : 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAILS(call)                          \
    int fault = fault_of(file, call);        \
    if (fault != 0) {                        \
        errno = fault;                       \
        return -1;                           \
    }

ssize_t write(int file, const void *octets, size_t count)
{
    FAILS('w');
    return NEXT(write)(file, octets, count);
}

ssize_t pwrite(int file, const void *octets, size_t count, off_t at)
{
    FAILS('w');
    return NEXT(pwrite)(file, octets, count, at);
}

ssize_t pwrite64(int file, const void *octets, size_t count, off64_t at)
{
    FAILS('w');
    return NEXT(pwrite64)(file, octets, count, at);
}

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t at)
{
    FAILS('w');
    return NEXT(pwritev)(file, pieces, count, at);
}

ssize_t pwritev64(int file, const struct iovec *pieces, int count, off64_t at)
{
    FAILS('w');
    return NEXT(pwritev64)(file, pieces, count, at);
}

int ftruncate(int file, off_t length)
{
    FAILS('w');
    return NEXT(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length)
{
    FAILS('w');
    return NEXT(ftruncate64)(file, length);
}

int posix_fallocate(int file, off_t at, off_t length)
{
    int fault = fault_of(file, 'w');
    return fault != 0 ? fault : NEXT(posix_fallocate)(file, at, length);
}

int posix_fallocate64(int file, off64_t at, off64_t length)
{
    int fault = fault_of(file, 'w');
    return fault != 0 ? fault : NEXT(posix_fallocate64)(file, at, length);
}

int fsync(int file)
{
    FAILS('s');
    return NEXT(fsync)(file);
}

int fdatasync(int file)
{
    FAILS('s');
    return NEXT(fdatasync)(file);
}
