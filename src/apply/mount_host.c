/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the owner of a namespace may mount: sysfs shows its network, procfs its processes,
 * mqueue its queues. A user namespace does not own those that it shares with the host; then the
 * host's own mount, which shows the same, is bound. Child only, before pivot_root.
 */
#include <errno.h>
#include <linux/sched.h>

#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/sys.h"

struct shared_fs {
	const char *type, *path;
	int namespace_type; /* of the namespace that owns it */
	unsigned int magic;
	/* With a namespace of its own the host's shows another one's; only of sysfs that is little
	 * (its devices), and better than nothing (lesson M30). */
	bool always;
};
static const struct shared_fs shared[] = {
	{ "sysfs", "/sys", CLONE_NEWNET, SYSFS_MAGIC, true },
	{ "proc", "/proc", CLONE_NEWPID, PROC_SUPER_MAGIC, false },
	{ "mqueue", "/dev/mqueue", CLONE_NEWIPC, MQUEUE_MAGIC, false },
};

static const struct shared_fs *find(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
		if (str_equal(shared[i].type, type))
			return &shared[i];
	}
	return NULL;
}

static bool has_own_namespace(const struct plan_namespaces *ns, int type)
{
	for (size_t i = 0; i < ns->joins_n; i++) {
		if (ns->joins[i].type == type)
			return true;
	}
	return ns->create & (uint64_t)type;
}

static struct err *clone_host(const struct rootfs *rootfs, const struct shared_fs *fs,
			      const struct plan_mount *mount, int *out_fd)
{
	struct statfs found;
	/* With all below it: a user namespace may not look under what covers a part of it. */
	drop_fd int fd = mount_clone(rootfs, AT_FDCWD, fs->path, AT_RECURSIVE);

	if (fd < 0)
		return err_sys(fd, "bind the host's %s", fs->path);
	int rc = sys_fstatfs(fd, &found);
	if (rc < 0 || (unsigned int)found.f_type != fs->magic)
		return err_new(ERR_UNSUPPORTED, "the host's %s is no %s mount", fs->path, fs->type);
	/* Times are the host's to decide; ro and the others hold for what is below, too
	 * (CVE-2023-25809). */
	rc = mount_set_attr(fd, true, mount->attr_set & ~(uint64_t)MOUNT_ATTR__ATIME, 0);
	if (rc < 0)
		return err_sys(rc, "mount_setattr on the host's %s", fs->path);
	*out_fd = take_fd(&fd);
	return NULL;
}

struct err *mount_from_host(const struct rootfs *rootfs, const struct plan_mount *mount,
			    struct err *why, int *out_fd)
{
	const struct shared_fs *fs = find(mount->type);

	if (!fs || err_errno(why) != EPERM)
		return why;
	if (has_own_namespace(&rootfs->plan->ns, fs->namespace_type) && !fs->always)
		return err_hint(why,
				"in a user namespace a new %s takes one at %s that nothing covers",
				fs->type, fs->path);
	/* hidepid= and the like would be the host's. */
	if (mount->params_n)
		return err_hint(why, "in a user namespace that shares the host's namespace the "
				     "host's can be bound, but without options of its own");
	struct err *err = clone_host(rootfs, fs, mount, out_fd);
	if (!err) {
		err_free(why);
		return NULL;
	}
	return err_attach(why, err);
}

struct err *mount_cover_groups(const struct plan_mount *mount, int sys_fd)
{
	static const char *const params[] = { "mode=0555", NULL };
	drop_fd int tmpfs_fd = -1;

	if (!str_equal(mount->type, "sysfs"))
		return NULL;
	drop_fd int fd = sys_openat2(sys_fd, "fs/cgroup", O_PATH | O_DIRECTORY, 0,
				     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd == -ENOENT)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "open the host's groups");
	TRY(fs_context_simple("tmpfs", params,
			      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				      MOUNT_ATTR_NOEXEC,
			      &tmpfs_fd));
	return mount_attach(tmpfs_fd, fd, "fs/cgroup");
}
