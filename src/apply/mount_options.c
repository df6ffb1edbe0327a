/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the options of a mount come down to, on its descriptor: flags, propagation; and which flags
 * a user namespace does not let go. Child only.
 */
#include <errno.h>
#include <sys/statvfs.h>

#include "apply/rootfs.h"
#include "base/str.h"
#include "sys/sys.h"

/* The flags that the kernel locks, as statfs(2) shows them and as mount_setattr(2) takes them. */
static const struct {
	long shown;
	uint64_t attr;
	const char *name;
} lockable[] = {
	{ ST_RDONLY, MOUNT_ATTR_RDONLY, "ro" },
	{ ST_NOSUID, MOUNT_ATTR_NOSUID, "nosuid" },
	{ ST_NODEV, MOUNT_ATTR_NODEV, "nodev" },
	{ ST_NOEXEC, MOUNT_ATTR_NOEXEC, "noexec" },
};

/* What was to be cleared and is there; below a recursive one it may be on any mount. */
static void add_locked(struct strbuf *names, int mount_fd, uint64_t clear, bool recursive)
{
	struct statfs fs = { 0 };

	if (sys_fstatfs(mount_fd, &fs) < 0)
		recursive = true;
	for (size_t i = 0; i < ARRAY_LEN(lockable); i++) {
		if (clear & lockable[i].attr && (recursive || fs.f_flags & lockable[i].shown))
			strbuf_addf(names, "%s%s", names->len ? ", " : "", lockable[i].name);
	}
}

/*
 * Only what was asked for changes, so that flags that a user namespace has locked on its source
 * stay without a word; to ask for less than them is an error (lesson M7).
 */
static struct err *explain(int rc, int mount_fd, uint64_t set, uint64_t clear, bool recursive)
{
	static const uint64_t access_time = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
	drop_strbuf struct strbuf names = { 0 };
	const char *what = recursive ? "mount_setattr (recursive)" : "mount_setattr";

	if (rc == -EPERM && clear)
		add_locked(&names, mount_fd, clear, recursive);
	/* With the access time every change is refused, in either direction. */
	if (rc == -EPERM && !names.len && (set | clear) & access_time)
		strbuf_add(&names, "access time");
	if (names.len)
		return err_hint(err_sys(rc, "cannot clear locked flags: %s", names.data),
				"the source was mounted with them outside of this user namespace");
	if (rc == -EINVAL)
		return err_hint(err_sys(rc, "%s", what), "is the destination a mount point?");
	return err_sys(rc, "%s", what);
}

struct err *mount_set_flags(const struct plan_mount *mount, int mount_fd)
{
	uint64_t set = mount->attr_set, clear = mount->attr_clear;

	/* A new file system has its own flags from fsmount already. */
	if (mount->kind == PLAN_MOUNT_FS)
		set = clear = 0;
	if (mount->readonly_late)
		set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	int rc = mount_set_attr(mount_fd, false, set, clear);
	if (rc < 0)
		return explain(rc, mount_fd, set, clear, false);
	rc = mount_set_attr(mount_fd, true, mount->rec_attr_set, mount->rec_attr_clear);
	return rc < 0 ? explain(rc, mount_fd, mount->rec_attr_set, mount->rec_attr_clear, true)
		      : NULL;
}

struct err *mount_set_propagations(const struct plan_mount *mount, int mount_fd)
{
	for (size_t i = 0; i < ARRAY_LEN(mount->propagation) && mount->propagation[i]; i++) {
		int rc = mount_set_propagation(mount_fd, mount->propagation[i]);

		if (rc < 0)
			return err_sys(rc, "set mount propagation");
	}
	return NULL;
}
