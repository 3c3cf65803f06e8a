/* Preloaded into imgopt by the crash tests: counts the calls that change or read the disk, and at the Nth one kills
 * the process before the call or lets the call fail. The product knows nothing of it.
 *
 *   IMGOPT_FAULT_AT     the number of the call, from 1; 0 or unset: only count
 *   IMGOPT_FAULT_ERRNO  the error to give; unset: kill
 *   IMGOPT_FAULT_NAMED  if set, there are no unnamed files (O_TMPFILE), as on many a file system
 *   IMGOPT_FAULT_LINKS  if set, no file can be given a name by a link, as some security modules will have it
 *   IMGOPT_FAULT_THREADS  if set, no thread can be started, as where the number of processes is limited
 *   IMGOPT_FAULT_COUNT  a file that gets the number of calls when the process ends
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;
static long fault_at;
static int fault_errno;
static int is_named;
static int is_without_links;
static int is_without_threads;

__attribute__((constructor)) static void read_environment(void) {
  const char* at = getenv("IMGOPT_FAULT_AT");
  const char* error = getenv("IMGOPT_FAULT_ERRNO");
  fault_at = at ? atol(at) : 0;
  fault_errno = error ? atoi(error) : 0;
  is_named = getenv("IMGOPT_FAULT_NAMED") != NULL;
  is_without_links = getenv("IMGOPT_FAULT_LINKS") != NULL;
  is_without_threads = getenv("IMGOPT_FAULT_THREADS") != NULL;
}

__attribute__((destructor)) static void tell_count(void) {
  const char* path = getenv("IMGOPT_FAULT_COUNT");
  FILE* file = path ? fopen(path, "w") : NULL;
  if (file) {
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
  }
}

/* Whether this call is to fail. */
static int is_fault(void) {
  if (atomic_fetch_add(&calls, 1) + 1 != fault_at)
    return 0;
  if (fault_errno == 0)
    kill(getpid(), SIGKILL);
  errno = fault_errno;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int mode_of(int flags, va_list* more) {
  return (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(*more, int) : 0;
}

/* Whether the file cannot be opened. */
static int is_refused(int flags) {
  if (is_named && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return 1;
  }
  return is_fault();
}

#define OPEN(name)                              \
  int name(const char* path, int flags, ...) {  \
    va_list more;                               \
    va_start(more, flags);                      \
    int mode = mode_of(flags, &more);           \
    va_end(more);                               \
    return is_refused(flags) ? -1 : REAL(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                   \
  int name(int at, const char* path, int flags, ...) { \
    va_list more;                                      \
    va_start(more, flags);                             \
    int mode = mode_of(flags, &more);                  \
    va_end(more);                                      \
    return is_refused(flags) ? -1 : REAL(name)(at, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

#define WRAP(type, name, parameters, arguments) \
  type name parameters { return is_fault() ? -1 : REAL(name) arguments; }
WRAP(ssize_t, read, (int fd, void* to, size_t size), (fd, to, size))
WRAP(ssize_t, pread, (int fd, void* to, size_t size, off_t at), (fd, to, size, at))
WRAP(ssize_t, pread64, (int fd, void* to, size_t size, off64_t at), (fd, to, size, at))
WRAP(ssize_t, write, (int fd, const void* from, size_t size), (fd, from, size))
WRAP(ssize_t, pwrite, (int fd, const void* from, size_t size, off_t at), (fd, from, size, at))
WRAP(ssize_t, pwrite64, (int fd, const void* from, size_t size, off64_t at), (fd, from, size, at))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, ftruncate64, (int fd, off64_t size), (fd, size))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, sync_file_range, (int fd, off64_t from, off64_t size, unsigned flags), (fd, from, size, flags))
WRAP(int, futimens, (int fd, const struct timespec times[2]), (fd, times))
WRAP(int, rename, (const char* from, const char* to), (from, to))
WRAP(int, renameat, (int a, const char* from, int b, const char* to), (a, from, b, to))
WRAP(int, renameat2, (int a, const char* from, int b, const char* to, unsigned flags), (a, from, b, to, flags))
WRAP(int, link, (const char* from, const char* to), (from, to))
WRAP(int, unlink, (const char* path), (path))
WRAP(int, unlinkat, (int at, const char* path, int flags), (at, path, flags))
WRAP(int, mkdir, (const char* path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int at, const char* path, mode_t mode), (at, path, mode))
WRAP(int, rmdir, (const char* path), (path))
WRAP(int, fstat, (int fd, struct stat* to), (fd, to))
WRAP(int, fstatat, (int at, const char* path, struct stat* to, int flags), (at, path, to, flags))

int linkat(int a, const char* from, int b, const char* to, int flags) {
  if (is_without_links) {
    errno = EPERM;
    return -1;
  }
  return is_fault() ? -1 : REAL(linkat)(a, from, b, to, flags);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*), void* with) {
  return is_without_threads ? EAGAIN : REAL(pthread_create)(thread, attributes, work, with);
}
