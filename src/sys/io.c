/* SPDX-License-Identifier: Apache-2.0 */
/* Whole-file input and output. See io.h. Either process. */
#include "sys/io.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"

struct err *io_read_fd(int fd, const char *what, size_t max_bytes, struct strbuf *out)
{
	char chunk[8192];
	size_t total = 0;

	for (;;) {
		ssize_t got = sys_read(fd, chunk, sizeof(chunk));

		if (got < 0)
			return err_sys((int)got, "read %s", what);
		if (got == 0)
			return NULL;
		total += (size_t)got;
		if (total > max_bytes)
			return err_new(ERR_CONFIG, "%s is larger than %zu bytes", what, max_bytes);
		strbuf_add_bytes(out, chunk, (size_t)got);
	}
}

struct err *io_read_file(int dirfd, const char *path, size_t max_bytes, struct strbuf *out)
{
	struct stat st;
	drop_fd int fd = sys_openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0)
		return err_sys(fd, "open %s", path);
	int rc = sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(rc, "stat %s", path);
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_CONFIG, "%s is not a regular file", path);
	return io_read_fd(fd, path, max_bytes, out);
}

struct err *io_write_all(int fd, const void *data, size_t len, const char *what)
{
	const char *p = data;

	while (len) {
		ssize_t put = sys_write(fd, p, len);

		if (put < 0)
			return err_sys((int)put, "write %s", what);
		p += put;
		len -= (size_t)put;
	}
	return NULL;
}

int io_try_write_kernel_file(int dirfd, const char *path, const char *text)
{
	drop_fd int fd = sys_openat(dirfd, path, O_WRONLY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	ssize_t put = sys_write(fd, text, strlen(text));
	if (put < 0)
		return (int)put;
	return (size_t)put == strlen(text) ? 0 : -EIO;
}

struct err *io_write_kernel_file(int dirfd, const char *path, const char *text)
{
	int rc = io_try_write_kernel_file(dirfd, path, text);

	return rc < 0 ? err_sys(rc, "write '%s' to %s", text, path) : NULL;
}

struct err *io_replace_file(int dirfd, const char *path, mode_t mode, const void *data, size_t len)
{
	drop_mem char *temp = mem_asprintf("%s.tmp", path);
	(void)sys_unlinkat(dirfd, temp, 0);
	drop_fd int fd = sys_openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_sys(fd, "create %s", temp);
	struct err *err = io_write_all(fd, data, len, path);
	if (!err) {
		int rc = sys_renameat(dirfd, temp, dirfd, path);

		err = rc < 0 ? err_sys(rc, "rename %s to %s", temp, path) : NULL;
	}
	if (err)
		(void)sys_unlinkat(dirfd, temp, 0);
	return err;
}

int io_for_each_name(int dirfd, bool (*visit)(const char *name, void *data), void *data)
{
	_Alignas(struct dirent64) char buf[8192];
	/* its own descriptor: the position of the caller's must not move */
	drop_fd int fd = sys_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t got = sys_getdents(fd, buf, sizeof(buf));

		if (got <= 0)
			return (int)got;
		for (ssize_t at = 0; at < got;) {
			struct dirent64 *entry = (struct dirent64 *)(void *)(buf + at);

			at += entry->d_reclen;
			if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
				continue;
			if (!visit(entry->d_name, data))
				return 0;
		}
	}
}
