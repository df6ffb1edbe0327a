/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpcopyup. See tmpcopyup.h. The source is hostile: every entry is opened relative to its
 * directory's descriptor without following links, and is what it was when it was looked at; depth
 * is bounded. Child only, before pivot_root.
 */
#include "apply/tmpcopyup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/sys.h"

/* Two descriptors a level, beside those that a container's set-up needs. */
enum { MAX_DEPTH = 256 };

static struct err *copy_dir(int *from, int to_fd, unsigned int depth);

/* ---- owner, mode, extended attributes ---- */

/* What an image may say of its own files. Of trusted.* nothing, which is overlayfs' or the host's,
 * and no labels, which the mount has by its context. */
static bool is_copied(const char *name)
{
	static const char *const names[] = { "security.capability", "system.posix_acl_access",
					     "system.posix_acl_default" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_equal(name, names[i]))
			return true;
	}
	return str_starts_with(name, "user.");
}

static struct err *copy_xattr(int from_fd, int to_fd, const char *name)
{
	ssize_t size = sys_fgetxattr(from_fd, name, NULL, 0);

	if (size < 0)
		return size == -ENODATA ? NULL : err_sys((int)size, "read %s", name);
	drop_mem char *value = mem_zalloc((size_t)size + 1);
	size = sys_fgetxattr(from_fd, name, value, (size_t)size);
	if (size < 0)
		return err_sys((int)size, "read %s", name);
	int rc = sys_fsetxattr(to_fd, name, value, (size_t)size, 0);
	/* Before Linux 6.6 tmpfs has no user.*; file capabilities need CAP_SETFCAP. */
	return rc < 0 && rc != -EOPNOTSUPP && rc != -EPERM ? err_sys(rc, "set %s", name) : NULL;
}

static struct err *copy_xattrs(int from_fd, int to_fd)
{
	ssize_t size = sys_flistxattr(from_fd, NULL, 0);

	if (size == -EOPNOTSUPP || size == 0)
		return NULL;
	if (size < 0)
		return err_sys((int)size, "list extended attributes");
	drop_mem char *names = mem_zalloc((size_t)size + 1);
	size = sys_flistxattr(from_fd, names, (size_t)size);
	if (size < 0)
		return err_sys((int)size, "list extended attributes");
	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		if (is_copied(name))
			TRY(copy_xattr(from_fd, to_fd, name));
	}
	return NULL;
}

/* Owner, then mode, as chown clears the set-id bits; a symbolic link is not followed. */
static struct err *set_owner_and_mode(int dirfd, const char *name, const struct stat *st)
{
	mode_t mode = st->st_mode & 07777;
	int rc = sys_fchownat(dirfd, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW);

	if (rc < 0 && rc != -EINVAL && rc != -EPERM)
		return err_sys(rc, "chown");
	/* An id that is not mapped here: what was set-id to it must not be so to us. */
	if (rc < 0)
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
	if (S_ISLNK(st->st_mode))
		return NULL;
	rc = sys_fchmodat(dirfd, name, mode);
	return rc < 0 ? err_sys(rc, "chmod") : NULL;
}

/* ---- contents ---- */

static struct err *copy_bytes(int from_fd, int to_fd)
{
	char chunk[65536];

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

/* Another file may have taken the name since it was looked at. */
static struct err *check_same(int fd, const struct stat *seen)
{
	struct stat st;
	int rc = sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(rc, "stat");
	return st.st_dev == seen->st_dev && st.st_ino == seen->st_ino
		       ? NULL
		       : err_new(ERR_PEER, "it changes while it is copied");
}

static struct err *copy_file(int from_dirfd, int to_dirfd, const char *name, const struct stat *st)
{
	drop_fd int from = sys_openat(from_dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (from < 0)
		return err_sys(from, "open");
	TRY(check_same(from, st));
	drop_fd int to = sys_openat(to_dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (to < 0)
		return err_sys(to, "create");
	TRY(copy_bytes(from, to));
	TRY(set_owner_and_mode(to_dirfd, name, st));
	/* After the contents and the owner, whose change takes file capabilities away. */
	return copy_xattrs(from, to);
}

static struct err *copy_link(int from_dirfd, int to_dirfd, const char *name, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t len = sys_readlinkat(from_dirfd, name, target, sizeof(target));

	if (len < 0)
		return err_sys((int)len, "read the link");
	int rc = sys_symlinkat(target, to_dirfd, name);
	return rc < 0 ? err_sys(rc, "make the link") : set_owner_and_mode(to_dirfd, name, st);
}

static struct err *copy_node(int to_dirfd, const char *name, const struct stat *st)
{
	int rc = sys_mknodat(to_dirfd, name, st->st_mode & (S_IFMT | 07777), st->st_rdev);

	return rc < 0 ? err_sys(rc, "make the node") : set_owner_and_mode(to_dirfd, name, st);
}

/* Its own attributes last: a read-only one could not be filled. */
static struct err *copy_subdir(int from_dirfd, int to_dirfd, const char *name,
			       const struct stat *st, unsigned int depth)
{
	/* Never into another mount: its contents are not what the tmpfs covers. */
	drop_fd int from = sys_openat2(from_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
				       RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_NO_XDEV);
	int rc = sys_mkdirat(to_dirfd, name, 0700);

	if (rc < 0)
		return err_sys(rc, "make the directory");
	if (from == -EXDEV)
		return set_owner_and_mode(to_dirfd, name, st);
	if (from < 0)
		return err_sys(from, "open");
	TRY(check_same(from, st));
	drop_fd int to = sys_openat(to_dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (to < 0)
		return err_sys(to, "open the copy");
	TRY(copy_dir(&from, to, depth + 1));
	return set_owner_and_mode(to_dirfd, name, st);
}

static struct err *copy_entry(int from_dirfd, int to_dirfd, const char *name, unsigned int depth)
{
	struct stat st;
	int rc = sys_fstatat(from_dirfd, name, &st, AT_SYMLINK_NOFOLLOW);

	if (rc < 0)
		return err_sys(rc, "stat");
	if (S_ISDIR(st.st_mode))
		return copy_subdir(from_dirfd, to_dirfd, name, &st, depth);
	if (S_ISREG(st.st_mode))
		return copy_file(from_dirfd, to_dirfd, name, &st);
	if (S_ISLNK(st.st_mode))
		return copy_link(from_dirfd, to_dirfd, name, &st);
	return copy_node(to_dirfd, name, &st);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Everything in it, then its extended attributes: a default ACL is for what comes later. Takes the
 * descriptor. */
static struct err *copy_dir(int *from, int to_fd, unsigned int depth)
{
	if (depth > MAX_DEPTH)
		return err_new(ERR_CONFIG, "directories nested more than %d deep", MAX_DEPTH);
	CLEANUP(close_dir) DIR *dir = fdopendir(*from);
	if (!dir)
		return err_new(ERR_SYS, "read the directory");
	int from_fd = take_fd(from);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		struct err *err = copy_entry(from_fd, to_fd, entry->d_name, depth);
		if (err)
			return err_link(err, "%s", entry->d_name);
	}
	return copy_xattrs(from_fd, to_fd);
}

/* Of the root the mode is there, from the options or the covered directory. */
static struct err *finish_root(int to_fd, const struct stat *covered, mode_t mode, bool own_uid,
			       bool own_gid)
{
	struct stat st = { .st_mode = S_IFDIR | mode,
			   .st_uid = own_uid ? (uid_t)-1 : covered->st_uid,
			   .st_gid = own_gid ? (gid_t)-1 : covered->st_gid };

	return set_owner_and_mode(to_fd, ".", &st);
}

struct err *tmpcopyup_copy(int from_fd, int to_fd, bool own_uid, bool own_gid)
{
	struct stat covered, root;
	drop_fd int from = sys_openat(from_fd, ".", O_RDONLY | O_DIRECTORY, 0);

	if (from < 0)
		return err_sys(from, "tmpcopyup: open the covered directory");
	drop_fd int to = sys_openat(to_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	if (to < 0)
		return err_sys(to, "tmpcopyup: open the tmpfs");
	int rc = sys_fstat(from, &covered);
	if (rc == 0)
		rc = sys_fstat(to, &root);
	if (rc < 0)
		return err_sys(rc, "tmpcopyup: stat");
	TRY(err_link(copy_dir(&from, to, 0), "tmpcopyup"));
	return err_link(finish_root(to, &covered, root.st_mode & 07777, own_uid, own_gid),
			"tmpcopyup");
}
