/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving a detached mount its id mapping (mount_setattr(2), MOUNT_ATTR_IDMAP), and saying why that
 * is not possible. Whoever owns the file system's superblock does it: the parent when the container
 * has a user namespace, else the child. Never on what is attached already.
 */
#include <errno.h>
#include <sys/sysmacros.h>

#include "apply/mountinfo.h"
#include "apply/rootfs.h"
#include "base/mem.h"
#include "sys/sys.h"

/* The type of the file system that a mount shows, in arena memory; NULL if it can't be told. */
static const char *type_of(const struct plan_mount *mount, int mount_fd, struct arena *arena)
{
	struct stat st;
	struct mountinfo line;
	drop_strbuf struct strbuf text = { 0 };

	if (mount->type)
		return mount->type;
	if (sys_fstat(mount_fd, &st) < 0)
		return NULL;
	struct err *err = mountinfo_read(&text);
	err_free(err); /* nothing was read: the loop finds nothing */
	for (char *cursor = text.data; mountinfo_next(&cursor, &line);) {
		if (line.major == major(st.st_dev) && line.minor == minor(st.st_dev))
			return arena_strdup(arena, line.type);
	}
	return NULL;
}

static struct err *explain(const struct plan_mount *mount, int mount_fd, int rc)
{
	drop_arena struct arena arena = { 0 };

	if (rc == -EPERM)
		return err_hint(err_sys(rc, "id-map the mount"),
				"this needs CAP_SYS_ADMIN in the user namespace that mounted the "
				"file system, and a source that is not id-mapped itself");
	if (rc != -EINVAL)
		return err_sys(rc, "id-map the mount");
	const char *type = type_of(mount, mount_fd, &arena);
	struct err *err = err_sys_kind(ERR_UNSUPPORTED, rc,
				       "file system %s does not support id-mapped mounts",
				       type ? type : mount->source);
	return mount->idmap_recursive ? err_hint(err, "or one that is mounted below it (ridmap)")
				      : err;
}

struct err *mount_idmap(const struct plan_mount *mount, int idmap_fd, int mount_fd)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (uint64_t)(unsigned int)idmap_fd };
	int rc = sys_mount_setattr(
		mount_fd, "", AT_EMPTY_PATH | (mount->idmap_recursive ? AT_RECURSIVE : 0), &attr);

	return rc < 0 ? explain(mount, mount_fd, rc) : NULL;
}
