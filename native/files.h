/*
 * files.h - files that the recorder appends to, in a process that may close any descriptor and use its number again.
 *
 * A descriptor is a number: closerange(), dup2() or the start of a daemon can put a file of the program behind it. Before
 * each write the recorder compares the device and inode behind the number with its file's. If they differ, it leaves the
 * number alone and opens its file again by path. src/record/native-files.ts holds the files open, so that no other file can
 * get their inodes.
 *
 * A race remains: between fstat() and write(), about a microsecond in every 16,384 events, another thread closes the number
 * and opens a file under it. The recorder's file does not grow then, which stops the recording at the next write.
 */
#ifndef FILES_H
#define FILES_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    const char *path; /* absolute, for the program may change its directory */
    int flags;        /* for open(), beside those of open_high() */
    int fd;
    int is_regular; /* not a terminal or a pipe, which have no size */
    dev_t device;
    ino_t inode;
    off_t size; /* as the recorder left it */
} File;

/*
 * Opens `path` to append to it. The descriptor has a high number, so that the program's files get the numbers that they
 * always have. It is never 0, 1 or 2: a program that has closed those may still write to them.
 */
static int open_high(const char *path, int flags)
{
    int fd = open(path, flags | O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    for (int least = 960; fd >= 0 && least >= 16; least /= 4) {
        int high = fcntl(fd, F_DUPFD_CLOEXEC, least);
        if (high >= 0) {
            close(fd);
            return high;
        }
    }
    if (fd >= 0 && fd <= 2) {
        close(fd);
        errno = EMFILE;
        return -1;
    }
    return fd;
}

/* Whether the file could be opened; errno says why not. `path` must stay where it is. */
static int open_file(File *file, const char *path, int flags)
{
    struct stat s;
    int fd = open_high(path, flags);
    if (fd < 0 || fstat(fd, &s) < 0)
        return 0;
    *file = (File){path, flags, fd, S_ISREG(s.st_mode), s.st_dev, s.st_ino, s.st_size};
    return 1;
}

static int is_own(const File *file, const struct stat *s)
{
    return s->st_dev == file->device && s->st_ino == file->inode;
}

/* Whether `fd` is the file, and as the recorder left it; errno is ESTALE if not. */
static int is_unchanged(const File *file, int fd)
{
    struct stat s;
    if (fstat(fd, &s) < 0)
        return 0;
    errno = ESTALE;
    return is_own(file, &s) && (!file->is_regular || s.st_size == file->size);
}

/* Whether the file is open, if need be under another number than before; errno says why not. */
static int find_file(File *file)
{
    struct stat s;
    if (is_unchanged(file, file->fd))
        return 1;
    file->fd = -1; /* the number is the program's now */
    if (stat(file->path, &s) < 0)
        return 0;
    errno = ESTALE;
    if (!is_own(file, &s))
        return 0;
    int fd = open_high(file->path, file->flags);
    if (fd < 0)
        return 0;
    if (!is_unchanged(file, fd)) {
        close(fd);
        errno = ESTALE;
        return 0;
    }
    file->fd = fd;
    return 1;
}

/* Past its limit on the size of files a process gets SIGXFSZ, which ends it. */
static int is_within_limit(const File *file, size_t length)
{
    struct rlimit limit;
    if (!file->is_regular || getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return 1;
    errno = EFBIG;
    return (uint64_t)file->size + length <= limit.rlim_cur;
}

/* Whether all of it was written. If not, errno says why, and what was written is taken back if that can be. */
static int append(File *file, const void *from, size_t length)
{
    const char *next = from, *end = next + length;
    off_t before = file->size;
    if (!is_within_limit(file, length))
        return 0;
    while (next < end && find_file(file)) {
        errno = EIO; /* if it writes nothing */
        ssize_t n = write(file->fd, next, (size_t)(end - next));
        if (n > 0) {
            next += n;
            file->size += n;
        } else if (errno == EBADF) {
            file->fd = -1; /* another thread has just closed it */
        } else if (errno != EINTR) {
            break;
        }
    }
    if (next == end)
        return 1;
    int reason = errno;
    if (file->is_regular && find_file(file) && ftruncate(file->fd, before) == 0)
        file->size = before;
    errno = reason;
    return 0;
}

/* In a child, which has the parent's descriptors and writes nothing. */
static void leave_file(File *file)
{
    struct stat s;
    if (fstat(file->fd, &s) == 0 && is_own(file, &s))
        close(file->fd);
    file->fd = -1;
}

#endif
