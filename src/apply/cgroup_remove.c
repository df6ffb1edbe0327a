/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing groups: depth first, with patience for processes that are just ending, and nothing but
 * groups. Parent only.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "sys/sys.h"

enum { TRIES = 12 }; /* waits of 1, 2, 4, ... ms: about four seconds in all */

/* rmdir; EBUSY means that a process is still on its way out (lesson G47). */
static int remove_patiently(int parent_fd, const char *name)
{
	int rc = 0, wait = 1;

	for (int try = 0; try < TRIES; try++, wait *= 2) {
		rc = sys_unlinkat(parent_fd, name, AT_REMOVEDIR);
		if (rc == -ENOENT || rc == -ENODEV)
			return 0;
		if (rc != -EBUSY)
			return rc;
		(void)sys_poll(NULL, 0, wait);
	}
	return rc;
}

static struct err *remove_group(int parent_fd, const char *name, int depth, void *arg)
{
	int rc = sys_unlinkat(parent_fd, name, AT_REMOVEDIR);

	/* The usual case: nobody in it, nothing below it. */
	if (rc >= 0 || rc == -ENOENT || rc == -ENODEV)
		return NULL;
	drop_fd int fd = sys_openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd == -ENOENT || fd == -ENODEV)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "open %s", name);
	TRY(err_link(cgroup_each_child(fd, depth + 1, remove_group, arg), "%s", name));
	rc = remove_patiently(parent_fd, name);
	return rc < 0 ? err_sys(rc, "remove %s", name) : NULL;
}

/* The directory that holds the group, which must be a group itself: a mount's root is never
 * removed. */
static int open_parent(const char *path)
{
	drop_mem char *parent = mem_strdup(path);
	char *slash = strrchr(parent, '/');

	if (!slash || slash == parent)
		return -EXDEV;
	/* Of a damaged journal: "x/.." would take everything beside x along. */
	if (!slash[1] || str_equal(slash + 1, ".") || str_equal(slash + 1, ".."))
		return -EINVAL;
	*slash = '\0';
	return cgroup_open(parent, NULL);
}

struct err *cgroup_remove(const char *path)
{
	drop_fd int parent_fd = open_parent(path);

	if (parent_fd == -ENOENT || parent_fd == -ENODEV)
		return NULL;
	if (parent_fd < 0)
		return err_sys(parent_fd, "cgroup %s", path);
	return err_link(remove_group(parent_fd, path_base(path), 0, NULL), "cgroup %s", path);
}

void cgroup_remove_if_empty(const char *path)
{
	drop_fd int parent_fd = open_parent(path);

	if (parent_fd >= 0)
		(void)sys_unlinkat(parent_fd, path_base(path), AT_REMOVEDIR);
}
