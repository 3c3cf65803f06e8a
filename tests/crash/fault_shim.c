/* Preloaded into imgopt by the crash tests: counts the calls that change or read the disk, and at the Nth one kills
 * the process before the call or lets the call fail. The product knows nothing of it.
 *
 *   IMGOPT_FAULT_AT     the number of the call, from 1; 0 or unset: only count; -1: every one
 *   IMGOPT_FAULT_CALL   the one function whose calls count, of all that stand here; unset: those that change or read the disk
 *   IMGOPT_FAULT_ERRNO  the error to give; unset: kill
 *   IMGOPT_FAULT_APPEND, IMGOPT_FAULT_REPLACE  a file that somebody edits just before the call, which then goes on: a byte is
 *                       added, or words take its place
 *   IMGOPT_FAULT_NAMED  if set, there are no unnamed files (O_TMPFILE), as on many a file system
 *   IMGOPT_FAULT_LINKS  if set, no file can be given a name by a link, as some security modules will have it
 *   IMGOPT_FAULT_THREADS  if set, no thread can be started, as where the number of processes is limited
 *   IMGOPT_FAULT_COUNT  a file that gets the number of calls when the process ends
 */
#define _GNU_SOURCE  // NOLINT(bugprone-reserved-identifier): glibc's to choose
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;
static long fault_at;
static int fault_errno;
static const char* only_call;
static const char* appended;
static const char* replaced;
static int is_named;
static int is_without_links;
static int is_without_threads;

__attribute__((constructor)) static void read_environment(void) {
  const char* at = getenv("IMGOPT_FAULT_AT");
  const char* error = getenv("IMGOPT_FAULT_ERRNO");
  fault_at = at ? atol(at) : 0;
  fault_errno = error ? atoi(error) : 0;
  only_call = getenv("IMGOPT_FAULT_CALL");
  appended = getenv("IMGOPT_FAULT_APPEND");
  replaced = getenv("IMGOPT_FAULT_REPLACE");
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

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int open_quietly(const char* path, int flags) { return REAL(open)(path, flags); }
static ssize_t write_quietly(int fd, const char* text) { return REAL(write)(fd, text, strlen(text)); }

/* Whether this call, of those that count, is to fail. */
static int is_turn(void) {
  const long number = atomic_fetch_add(&calls, 1) + 1;
  if (fault_at >= 0 && number != fault_at)
    return 0;
  if (appended || replaced) {
    const int fd = open_quietly(appended ? appended : replaced, appended ? O_WRONLY | O_APPEND : O_WRONLY | O_TRUNC);
    if (fd < 0 || write_quietly(fd, "words") < 0)
      abort();
    close(fd);
    return 0;
  }
  if (fault_errno == 0)
    kill(getpid(), SIGKILL);
  errno = fault_errno;
  return 1;
}

/* Of calls that change or read the disk. */
static int is_fault(const char* name) {
  return (!only_call || strcmp(only_call, name) == 0) && is_turn();
}

/* Of other calls: these count only where they are asked for. */
static int is_chosen(const char* name) {
  return only_call && strcmp(only_call, name) == 0 && is_turn();
}

static int mode_of(int flags, va_list* more) {
  return (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(*more, int) : 0;
}

/* Whether the file cannot be opened. */
static int is_refused(const char* name, int flags) {
  if (is_named && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return 1;
  }
  return is_fault(name);
}

#define OPEN(name)                              \
  int name(const char* path, int flags, ...) {  \
    va_list more;                               \
    va_start(more, flags);                      \
    int mode = mode_of(flags, &more);           \
    va_end(more);                               \
    return is_refused(#name, flags) ? -1 : REAL(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                   \
  int name(int at, const char* path, int flags, ...) { \
    va_list more;                                      \
    va_start(more, flags);                             \
    int mode = mode_of(flags, &more);                  \
    va_end(more);                                      \
    return is_refused(#name, flags) ? -1 : REAL(name)(at, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

#define WRAP(type, name, parameters, arguments) \
  type name parameters { return is_fault(#name) ? -1 : REAL(name) arguments; }
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
  return is_fault("linkat") ? -1 : REAL(linkat)(a, from, b, to, flags);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*), void* with) {
  return is_without_threads ? EAGAIN : REAL(pthread_create)(thread, attributes, work, with);
}

#define CHOOSE(type, name, parameters, arguments) \
  type name parameters { return is_chosen(#name) ? (type)-1 : REAL(name) arguments; }
CHOOSE(int, memfd_create, (const char* name, unsigned flags), (name, flags))
CHOOSE(int, pipe2, (int ends[2], int flags), (ends, flags))
CHOOSE(int, flock, (int fd, int operation), (fd, operation))
CHOOSE(int, symlink, (const char* target, const char* path), (target, path))
CHOOSE(int, poll, (struct pollfd* files, nfds_t count, int timeout), (files, count, timeout))
CHOOSE(pid_t, fork, (void), ())
CHOOSE(pid_t, wait4, (pid_t pid, int* status, int options, struct rusage* usage), (pid, status, options, usage))
CHOOSE(int, prlimit, (pid_t pid, enum __rlimit_resource what, const struct rlimit* new, struct rlimit* old), (pid, what, new, old))
CHOOSE(ssize_t, readlink, (const char* path, char* to, size_t size), (path, to, size))
CHOOSE(ssize_t, copy_file_range, (int in, off64_t* in_at, int out, off64_t* out_at, size_t size, unsigned flags),
       (in, in_at, out, out_at, size, flags))

DIR* opendir(const char* path) { return is_chosen("opendir") ? NULL : REAL(opendir)(path); }
struct dirent* readdir(DIR* folder) { return is_chosen("readdir") ? NULL : REAL(readdir)(folder); }

/* Gives its error, where others set errno. */
int posix_fallocate(int fd, off_t from, off_t size) {
  return is_chosen("posix_fallocate") ? fault_errno : REAL(posix_fallocate)(fd, from, size);
}

/* Of system calls without a wrapper the one that watches a process. */
long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  long values[6];
  for (int i = 0; i < 6; ++i)
    values[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_pidfd_open && is_chosen("pidfd_open"))
    return -1;
  return REAL(syscall)(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

int fcntl(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* value = va_arg(more, void*);
  va_end(more);
  if (command == F_DUPFD_CLOEXEC && is_chosen("dup"))
    return -1;
  return REAL(fcntl)(fd, command, value);
}
int fcntl64(int fd, int command, ...) {
  va_list more;
  va_start(more, command);
  void* value = va_arg(more, void*);
  va_end(more);
  if (command == F_DUPFD_CLOEXEC && is_chosen("dup"))
    return -1;
  return REAL(fcntl)(fd, command, value);
}

/* A file system that shares blocks: "reflink" lets every request succeed, for what can be seen of it without a look at the
 * bytes. */
int ioctl(int fd, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void* value = va_arg(more, void*);
  va_end(more);
  if (request == FICLONE && only_call && strcmp(only_call, "reflink") == 0)
    return 0;
  return REAL(ioctl)(fd, request, value);
}
