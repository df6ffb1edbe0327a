/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpcopyup. See tmpcopyup.h. The source is hostile: every entry is opened relative to its
 * directory's descriptor without following links; depth is bounded. Child only, before pivot_root.
 */
#include "apply/tmpcopyup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/fd.h"
#include "sys/sys.h"

enum { MAX_DEPTH = 64 };

static struct err *copy_dir(int from_fd, int to_fd, unsigned int depth);

static struct err *copy_bytes(int from_fd, int to_fd)
{
	char chunk[16384];

	for (;;) {
		ssize_t got = sys_read(from_fd, chunk, sizeof(chunk));

		if (got < 0)
			return err_sys((int)got, "read");
		if (got == 0)
			return NULL;
		for (ssize_t done = 0; done < got;) {
			ssize_t put = sys_write(to_fd, chunk + done, (size_t)(got - done));

			if (put < 0)
				return err_sys((int)put, "write");
			done += put;
		}
	}
}

static struct err *copy_file(int from_dirfd, int to_dirfd, const char *name)
{
	drop_fd int from = sys_openat(from_dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (from < 0)
		return err_sys(from, "open");
	drop_fd int to = sys_openat(to_dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (to < 0)
		return err_sys(to, "create");
	return copy_bytes(from, to);
}

static struct err *copy_link(int from_dirfd, int to_dirfd, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = sys_readlinkat(from_dirfd, name, target, sizeof(target));

	if (len < 0)
		return err_sys((int)len, "read the link");
	int rc = sys_symlinkat(target, to_dirfd, name);
	return rc < 0 ? err_sys(rc, "make the link") : NULL;
}

static struct err *copy_subdir(int from_dirfd, int to_dirfd, const char *name, unsigned int depth)
{
	/* Never into another mount: its contents are not what the tmpfs covers. */
	drop_fd int from = sys_openat2(from_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
				       RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_NO_XDEV);
	int rc = sys_mkdirat(to_dirfd, name, 0700);

	if (rc < 0)
		return err_sys(rc, "make the directory");
	if (from == -EXDEV)
		return NULL;
	if (from < 0)
		return err_sys(from, "open");
	drop_fd int to = sys_openat(to_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (to < 0)
		return err_sys(to, "open the copy");
	return copy_dir(from, to, depth + 1);
}

static struct err *copy_contents(int from_dirfd, int to_dirfd, const char *name,
				 const struct stat *st, unsigned int depth)
{
	if (S_ISDIR(st->st_mode))
		return copy_subdir(from_dirfd, to_dirfd, name, depth);
	if (S_ISREG(st->st_mode))
		return copy_file(from_dirfd, to_dirfd, name);
	if (S_ISLNK(st->st_mode))
		return copy_link(from_dirfd, to_dirfd, name);
	int rc = sys_mknodat(to_dirfd, name, st->st_mode & (S_IFMT | 07777), st->st_rdev);
	return rc < 0 ? err_sys(rc, "make the node") : NULL;
}

static struct err *copy_entry(int from_dirfd, int to_dirfd, const char *name, unsigned int depth)
{
	struct stat st;
	int rc = sys_fstatat(from_dirfd, name, &st, AT_SYMLINK_NOFOLLOW);

	if (rc < 0)
		return err_sys(rc, "stat");
	TRY(copy_contents(from_dirfd, to_dirfd, name, &st, depth));
	rc = sys_fchownat(to_dirfd, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
	if (rc < 0 && rc != -EINVAL && rc != -EPERM) /* an id that is not mapped here */
		return err_sys(rc, "chown");
	/* After chown, which clears the set-id bits. */
	if (!S_ISLNK(st.st_mode)) {
		rc = sys_fchmodat(to_dirfd, name, st.st_mode & 07777);
		if (rc < 0)
			return err_sys(rc, "chmod");
	}
	return NULL;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static struct err *copy_dir(int from_fd, int to_fd, unsigned int depth)
{
	if (depth > MAX_DEPTH)
		return err_new(ERR_CONFIG, "directories nested more than %d deep", MAX_DEPTH);
	int dup_fd = sys_openat(from_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	if (dup_fd < 0)
		return err_sys(dup_fd, "open the directory");
	CLEANUP(close_dir) DIR *dir = fdopendir(dup_fd);
	if (!dir) {
		fd_closep(&dup_fd);
		return err_new(ERR_SYS, "read the directory");
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		struct err *err = copy_entry(from_fd, to_fd, entry->d_name, depth);
		if (err)
			return err_link(err, "%s", entry->d_name);
	}
	return NULL;
}

struct err *tmpcopyup_copy(int from_fd, int to_fd)
{
	drop_fd int from = sys_openat(from_fd, ".", O_RDONLY | O_DIRECTORY, 0);

	if (from < 0)
		return err_sys(from, "tmpcopyup: open the covered directory");
	return err_link(copy_dir(from, to_fd, 0), "tmpcopyup");
}
