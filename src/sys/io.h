/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole-file reading and writing on top of the system call wrappers, with errors that say which
 * file. Either process.
 */
#ifndef SYS_IO_H
#define SYS_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/*
 * Appends the whole of `fd` to `out`. `what` names it in errors. More than `max_bytes` is an error
 * (ERR_CONFIG): nothing this program reads may grow without bound.
 */
MUST_CHECK struct err *io_read_fd(int fd, const char *what, size_t max_bytes, struct strbuf *out);
/*
 * Opens `path` (relative to dirfd), which must be a regular file or a kernel file (a FIFO or device
 * is refused, never blocked on), and appends it. A missing file keeps ENOENT in err_errno.
 */
MUST_CHECK struct err *io_read_file(int dirfd, const char *path, size_t max_bytes,
				    struct strbuf *out);
/* Writes all of `len` bytes. */
MUST_CHECK struct err *io_write_all(int fd, const void *data, size_t len, const char *what);
/* One write(2) of `text` to an existing (kernel) file, O_WRONLY: cgroup, sysctl, /proc files. */
MUST_CHECK struct err *io_write_kernel_file(int dirfd, const char *path, const char *text);
/* The same for a caller that sorts the errors itself: 0 or -errno. */
int io_try_write_kernel_file(int dirfd, const char *path, const char *text);
/*
 * Replaces dirfd/path by `data`, atomically: a temporary file with mode `mode` in the same folder,
 * written, then renamed over the name. A stale temporary of a crash is replaced.
 */
MUST_CHECK struct err *io_replace_file(int dirfd, const char *path, mode_t mode, const void *data,
				       size_t len);
/*
 * Calls `visit` for the name of every entry of the directory but "." and ".."; stops when that
 * returns false. 0 or -errno. The position of `dirfd`, which may be O_PATH, does not move.
 */
int io_for_each_name(int dirfd, bool (*visit)(const char *name, void *data), void *data);

#endif
