/* Stands between a process and its disk, for tests: loaded with LD_PRELOAD, it
   counts the changes below one folder, lets one of them fail, and writes them
   down so that a power cut can be played at every moment.

   disk_watch(folder, log)     begins; log may be empty
   disk_fail(n, error, on)     the n-th change from now fails with this errno,
                               and with `on` all that follow, too; before it
                               the process is killed where the errno is 0
   disk_changes()              how many there were */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char watched[PATH_MAX];
static int log_to = -1, error_of, lasting;
static long changes, failing;

void disk_watch(const char *folder, const char *log) {
  snprintf(watched, sizeof watched, "%s", folder);
  log_to = *log ? (int)syscall(SYS_openat, AT_FDCWD, log,
                               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                : -1;
  changes = failing = 0;
}

void disk_fail(long n, int error, int on) {
  failing = changes + n;
  error_of = error;
  lasting = on;
}

long disk_changes(void) { return changes; }

static int inside(const char *path) {
  size_t length = strlen(watched);
  return length && !strncmp(path, watched, length) &&
         (path[length] == '/' || !path[length]);
}

static int
named(int folder, const char *name,
      char *path) { /* the absolute name, and whether it is watched */
  char link[64], place[PATH_MAX];
  if (!*watched)
    return 0;
  if (*name == '/') {
    snprintf(path, PATH_MAX, "%s", name);
  } else {
    snprintf(link, sizeof link,
             folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d",
             folder);
    ssize_t length = readlink(link, place, sizeof place - 1);
    if (length < 0)
      return 0;
    place[length] = 0;
    if ((size_t)snprintf(path, PATH_MAX, "%s/%s", place, name) >= PATH_MAX)
      return 0;
  }
  return inside(path);
}

static int of_watched(int fd) {
  char link[64], path[PATH_MAX];
  if (!*watched)
    return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0)
    return 0;
  path[length] = 0;
  return inside(path);
}

static int fails(void) { /* counts one change */
  changes++;
  if (!failing || changes < failing || (!lasting && changes > failing))
    return 0;
  if (!error_of)
    kill(getpid(), SIGKILL);
  errno = error_of;
  return 1;
}

/* One record: kind, descriptor, offset, two lengths, two texts. It is written
   at once, for threads that change the disk at a time would mix theirs. */
static void note(char kind, int fd, int64_t offset, const void *one,
                 size_t first, const void *two, size_t second) {
  if (log_to < 0)
    return;
  int saved = errno;
  struct __attribute__((packed)) {
    char kind;
    int32_t fd;
    int64_t offset, first, second;
  } head = {kind, fd, offset, (int64_t)first, (int64_t)second};
  struct iovec parts[] = {
      {&head, sizeof head}, {(void *)one, first}, {(void *)two, second}};
  if (syscall(SYS_writev, log_to, parts, 3) !=
      (ssize_t)(sizeof head + first + second))
    abort();
  errno = saved;
}

static int open_at(int folder, const char *name, int flags, mode_t mode) {
  char path[PATH_MAX];
  int seen = named(folder, name, path), exists = 0;
  struct stat before;
  if (seen) {
    exists = !stat(path, &before);
    if ((flags & (O_CREAT | O_TRUNC)) && (!exists || (flags & O_TRUNC)) &&
        fails())
      return -1;
  }
  int fd = (int)syscall(SYS_openat, folder, name, flags, mode);
  /* offset: 1 new, 2 emptied */
  if (seen && fd >= 0)
    note('o', fd,
         !exists           ? 1
         : flags & O_TRUNC ? 2
                           : 0,
         path, strlen(path), "", 0);
  return fd;
}

#define MODE                                                                   \
  mode_t mode = 0;                                                             \
  if (flags & (O_CREAT | O_TMPFILE)) {                                         \
    va_list rest;                                                              \
    va_start(rest, flags);                                                     \
    mode = va_arg(rest, mode_t);                                               \
    va_end(rest);                                                              \
  }
int open(const char *name, int flags, ...) {
  MODE return open_at(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
  MODE return open_at(AT_FDCWD, name, flags, mode);
}
int openat(int folder, const char *name, int flags, ...) {
  MODE return open_at(folder, name, flags, mode);
}
int openat64(int folder, const char *name, int flags, ...) {
  MODE return open_at(folder, name, flags, mode);
}

int close(int fd) {
  if (of_watched(fd))
    note('c', fd, 0, "", 0, "", 0);
  return (int)syscall(SYS_close, fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (!of_watched(fd))
    return syscall(SYS_write, fd, bytes, length);
  if (fails())
    return -1;
  int64_t place = (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END)
                                                  : lseek(fd, 0, SEEK_CUR);
  ssize_t done = syscall(SYS_write, fd, bytes, length);
  if (done > 0)
    note('w', fd, place, "", 0, bytes, (size_t)done);
  return done;
}

static ssize_t write_at(int fd, const void *bytes, size_t length,
                        off_t offset) {
  if (!of_watched(fd))
    return syscall(SYS_pwrite64, fd, bytes, length, offset);
  if (fails())
    return -1;
  ssize_t done = syscall(SYS_pwrite64, fd, bytes, length, offset);
  if (done > 0)
    note('w', fd, offset, "", 0, bytes, (size_t)done);
  return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return write_at(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  return write_at(fd, bytes, length, at);
}

static int shorten(int fd, off_t length) {
  int seen = of_watched(fd);
  if (seen && fails())
    return -1;
  int done = (int)syscall(SYS_ftruncate, fd, length);
  if (seen && !done)
    note('t', fd, length, "", 0, "", 0);
  return done;
}
int ftruncate(int fd, off_t length) { return shorten(fd, length); }
int ftruncate64(int fd, off64_t length) { return shorten(fd, length); }

static int flush(int fd, long call) {
  int seen = of_watched(fd);
  if (seen && fails())
    return -1;
  int done = (int)syscall(call, fd);
  if (seen && !done)
    note('s', fd, 0, "", 0, "", 0);
  return done;
}
int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }

static int two_names(char kind, int from, const char *old, int to,
                     const char *new, long call, int flags) {
  char one[PATH_MAX], two[PATH_MAX];
  int seen = named(from, old, one) | named(to, new, two);
  if (seen && fails())
    return -1;
  int done = (int)syscall(call, from, old, to, new, flags);
  if (seen && !done)
    note(kind, -1, 0, one, strlen(one), two, strlen(two));
  return done;
}
int rename(const char *old, const char *new) {
  return two_names('r', AT_FDCWD, old, AT_FDCWD, new, SYS_renameat2, 0);
}
int renameat(int from, const char *old, int to, const char *new) {
  return two_names('r', from, old, to, new, SYS_renameat2, 0);
}
int link(const char *old, const char *new) {
  return two_names('l', AT_FDCWD, old, AT_FDCWD, new, SYS_linkat, 0);
}
int linkat(int from, const char *old, int to, const char *new, int flags) {
  return two_names('l', from, old, to, new, SYS_linkat, flags);
}

static int one_name(char kind, int folder, const char *name, long call,
                    int argument) {
  char path[PATH_MAX];
  int seen = named(folder, name, path);
  if (seen && fails())
    return -1;
  int done = (int)syscall(call, folder, name, argument);
  if (seen && !done)
    note(kind, -1, 0, path, strlen(path), "", 0);
  return done;
}
int unlink(const char *name) {
  return one_name('u', AT_FDCWD, name, SYS_unlinkat, 0);
}
int rmdir(const char *name) {
  return one_name('x', AT_FDCWD, name, SYS_unlinkat, AT_REMOVEDIR);
}
int unlinkat(int folder, const char *name, int flags) {
  return one_name(flags & AT_REMOVEDIR ? 'x' : 'u', folder, name, SYS_unlinkat,
                  flags);
}
int mkdir(const char *name, mode_t mode) {
  return one_name('m', AT_FDCWD, name, SYS_mkdirat, (int)mode);
}
int mkdirat(int folder, const char *name, mode_t mode) {
  return one_name('m', folder, name, SYS_mkdirat, (int)mode);
}

/* What copies within the kernel would not be seen: whoever tries does it by
 * reading and writing instead. */
ssize_t sendfile(int to, int from, off_t *at, size_t length) {
  return of_watched(to) ? (errno = EINVAL, -1)
                        : syscall(SYS_sendfile, to, from, at, length);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) {
  return sendfile(to, from, at, length);
}
ssize_t copy_file_range(int from, off64_t *one, int to, off64_t *two,
                        size_t length, unsigned flags) {
  return of_watched(to)
             ? (errno = EINVAL, -1)
             : syscall(SYS_copy_file_range, from, one, to, two, length, flags);
}
