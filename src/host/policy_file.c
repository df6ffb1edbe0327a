/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file behind a "file:" Landlock annotation (docs/landlock.md). Whoever can change the policy
 * decides what the container may do, so it has to be root's or the caller's alone. Reads only.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "host/host.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { POLICY_MAX_BYTES = 1024 * 1024 };

static const char *wrong_owner(const struct stat *st, uid_t euid)
{
	if (!S_ISREG(st->st_mode))
		return "is no regular file";
	if (st->st_uid != 0 && st->st_uid != euid)
		return "belongs neither to root nor to the caller";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "is writable by group or others";
	return NULL;
}

struct err *host_read_policy_file(struct host *host, const char *path, struct strbuf *out)
{
	struct stat st;
	/* Not blocked by a FIFO; checked on the descriptor, so that nobody swaps it in between. */
	drop_fd int fd = sys_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);

	if (fd == -ELOOP)
		return err_new(ERR_CONFIG, "policy file %s is a symbolic link", path);
	if (fd < 0)
		return err_sys_kind(ERR_CONFIG, fd, "policy file %s", path);
	int rc = sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(rc, "policy file %s", path);
	const char *wrong = wrong_owner(&st, host_euid(host));
	if (wrong)
		return err_new(ERR_CONFIG, "policy file %s %s", path, wrong);
	return io_read_fd(fd, path, POLICY_MAX_BYTES, out);
}
