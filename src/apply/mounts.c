/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json's mounts, in the listed order (config.md, "Mounts"). Each is built detached, then
 * attached onto a descriptor that was resolved inside the root: nothing is ever mounted by path.
 * Child only, in its own mount namespace, before pivot_root.
 */
#include <errno.h>
#include <linux/magic.h>
#include <string.h>

#include "apply/inroot.h"
#include "apply/rootfs.h"
#include "apply/tmpcopyup.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/sys.h"

/* What the parent has opened for this mount; -1: nothing. */
static int take_source(const struct rootfs *rootfs, const struct plan_mount *mount)
{
	struct rootfs_sources *sources = rootfs->sources;
	size_t i = (size_t)(mount - rootfs->plan->rootfs.mounts);

	return i < sources->n ? take_fd(&sources->mount_fds[i]) : -1;
}

/* A source in the root may be what an earlier mount has brought (lesson M24), and what the image
 * has there may be a link: it must not lead out to the host. */
static struct err *clone_inside(const struct rootfs *rootfs, const struct plan_mount *mount,
				unsigned int flags, int *out_fd)
{
	bool found;
	drop_fd int fd = -1;
	const char *rel = mount->source + strlen(rootfs->plan->rootfs.path);

	TRY(inroot_find(rootfs->root_fd, *rel ? rel + 1 : ".", &fd, &found));
	*out_fd = found ? sys_open_tree(fd, "", flags | AT_EMPTY_PATH) : -ENOENT;
	return NULL;
}

static struct err *explain_source(const struct plan_mount *mount, int rc)
{
	struct err *err = err_sys(rc, "open the source %s", mount->source);

	return rc == -EINVAL ? err_hint(err, "an unbindable mount can't be bound, nor, without "
					     "rbind, one whose mounts below are locked")
			     : err;
}

static struct err *open_source(const struct rootfs *rootfs, const struct plan_mount *mount,
			       int *out_fd)
{
	const struct plan_rootfs *plan = &rootfs->plan->rootfs;
	unsigned int flags = OPEN_TREE_CLONE | (mount->recursive ? AT_RECURSIVE : 0);
	drop_fd int fd = take_source(rootfs, mount);

	if (fd >= 0) {
		*out_fd = take_fd(&fd);
		return NULL;
	}
	if (rootfs_is_inside(plan, mount->source))
		TRY(clone_inside(rootfs, mount, flags, &fd));
	else
		fd = sys_open_tree(AT_FDCWD, mount->source, flags);
	if (fd < 0)
		return explain_source(mount, fd);
	/* The host's tree is a slave as a whole if one mount asks for that, and without a mount
	 * namespace it is what it is. */
	if (!(plan->host_propagation & mount->tree)) {
		int rc = mount_set_propagation(fd, mount->tree | MS_REC);

		if (rc < 0)
			return err_sys(rc, "cut the tree off from its source");
	}
	if (mount->idmap)
		TRY(mount_idmap(mount, rootfs_idmap_fd(rootfs->sources, plan, mount), fd));
	*out_fd = take_fd(&fd);
	return NULL;
}

/* Over /proc only procfs itself may be bound: labels and sysctls are written through it (S14). */
static struct err *check_proc_bind(const struct plan_mount *mount, int mount_fd)
{
	struct statfs fs;

	if (!str_equal(mount->dest, "/proc"))
		return NULL;
	int rc = sys_fstatfs(mount_fd, &fs);
	if (rc < 0)
		return err_sys(rc, "statfs %s", mount->source);
	return fs.f_type == PROC_SUPER_MAGIC
		       ? NULL
		       : err_new(ERR_CONFIG,
				 "%s is no procfs: nothing else can be bound over /proc",
				 mount->source);
}

static struct err *mount_bind(struct rootfs *rootfs, const struct plan_mount *mount)
{
	struct stat st, target_st;
	drop_fd int mount_fd = -1, target_fd = -1;

	TRY(open_source(rootfs, mount, &mount_fd));
	TRY(check_proc_bind(mount, mount_fd));
	int rc = sys_fstat(mount_fd, &st);
	if (rc < 0)
		return err_sys(rc, "stat the source %s", mount->source);
	TRY(inroot_make(rootfs->root_fd, mount->dest_rel,
			S_ISDIR(st.st_mode) ? INROOT_DIR : INROOT_FILE, &target_fd, NULL));
	rc = sys_fstat(target_fd, &target_st);
	if (rc < 0)
		return err_sys(rc, "stat the destination");
	if (S_ISDIR(st.st_mode) != S_ISDIR(target_st.st_mode))
		return err_sys(-ENOTDIR, "the source %s is %s directory, the destination is %s",
			       mount->source, S_ISDIR(st.st_mode) ? "a" : "no",
			       S_ISDIR(target_st.st_mode) ? "one" : "none");
	TRY(mount_set_flags(mount, mount_fd));
	return mount_place(rootfs, mount, &mount_fd, &target_fd);
}

/* proc and sysfs hide the kernel behind them: their mount points must be what they seem. */
static bool needs_plain_target(const struct plan_mount *mount)
{
	return str_equal(mount->type, "proc") || str_equal(mount->type, "sysfs");
}

static struct err *open_fs_target(struct rootfs *rootfs, const struct plan_mount *mount,
				  int *out_fd, bool *out_made)
{
	struct stat st;

	if (needs_plain_target(mount)) {
		/* CVE-2019-16884, CVE-2023-27561: a link here would move label and sysctl writes.
		 */
		int fd = inroot_open_plain(rootfs->root_fd, mount->dest_rel);

		if (fd == -ELOOP || fd == -ENOTDIR)
			return err_new(ERR_CONFIG,
				       "%s must be mounted on ordinary directory: a "
				       "component of %s is a symbolic link or a file",
				       mount->type, mount->dest);
		if (fd >= 0)
			*out_fd = fd;
		else if (fd != -ENOENT)
			return err_sys(fd, "resolve the destination");
	}
	if (*out_fd < 0)
		TRY(inroot_make(rootfs->root_fd, mount->dest_rel, INROOT_DIR, out_fd, out_made));
	int rc = sys_fstat(*out_fd, &st);
	if (rc < 0)
		return err_sys(rc, "stat the destination");
	if (!S_ISDIR(st.st_mode))
		return err_new(ERR_CONFIG, "%s must be mounted on ordinary directory", mount->type);
	return NULL;
}

/* A tmpfs without mode= takes over the mode of the directory it covers (lesson M16). */
static mode_t inherited_mode(const struct plan_mount *mount, int target_fd, bool made)
{
	struct stat st;

	if (made || mount->has_mode || !str_equal(mount->type, "tmpfs") ||
	    sys_fstat(target_fd, &st) < 0)
		return 0;
	return st.st_mode & 07777;
}

/* The superblock was made by the parent, which could not know this mode yet. */
static struct err *set_root_mode(int mount_fd, mode_t mode)
{
	if (!mode)
		return NULL;
	int rc = sys_fchmodat(mount_fd, ".", mode);
	return rc < 0 ? err_hint(err_sys(rc, "give the tmpfs the mode %04o of its destination",
					 (unsigned int)mode),
				 "set one with the option mode=")
		      : NULL;
}

static struct err *open_fs(const struct rootfs *rootfs, const struct plan_mount *mount, mode_t mode,
			   int *out_fd, bool *out_from_host)
{
	drop_fd int fd = take_source(rootfs, mount);

	if (fd >= 0) {
		TRY(set_root_mode(fd, mode));
		*out_fd = take_fd(&fd);
		return NULL;
	}
	struct err *err = fs_context_mount(mount, mode, &fd);
	*out_from_host = err != NULL;
	if (err)
		TRY(mount_from_host(rootfs, mount, err, &fd));
	if (mount->idmap)
		TRY(mount_idmap(
			mount, rootfs_idmap_fd(rootfs->sources, &rootfs->plan->rootfs, mount), fd));
	*out_fd = take_fd(&fd);
	return NULL;
}

static struct err *set_label(const struct plan_mount *mount, int mount_fd)
{
	if (!mount->label)
		return NULL;
	drop_fd int fd = sys_openat(mount_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(fd, "open the new file system");
	int rc = sys_fsetxattr(fd, "security.selinux", mount->label, strlen(mount->label) + 1, 0);
	return rc < 0 ? err_sys(rc, "label the new file system %s", mount->label) : NULL;
}

static struct err *mount_fs(struct rootfs *rootfs, const struct plan_mount *mount)
{
	bool made = false, from_host = false;
	drop_fd int mount_fd = -1, target_fd = -1;

	TRY(open_fs_target(rootfs, mount, &target_fd, &made));
	TRY(open_fs(rootfs, mount, inherited_mode(mount, target_fd, made), &mount_fd, &from_host));
	if (mount->tmpcopyup)
		TRY(tmpcopyup_copy(target_fd, mount_fd, mount->has_uid, mount->has_gid));
	TRY(set_label(mount, mount_fd));
	TRY(mount_set_flags(mount, mount_fd));
	TRY(mount_place(rootfs, mount, &mount_fd, &target_fd));
	if (from_host && mount_fd >= 0)
		TRY(mount_cover_groups(mount, mount_fd));
	if (mount_fd >= 0 && rootfs->proc_fd < 0 && str_equal(mount->type, "proc") &&
	    !mount->readonly)
		rootfs->proc_fd = take_fd(&mount_fd);
	return NULL;
}

static struct err *mount_remount(struct rootfs *rootfs, const struct plan_mount *mount)
{
	bool found;
	drop_fd int target_fd = -1;

	TRY(inroot_find(rootfs->root_fd, mount->dest_rel, &target_fd, &found));
	if (!found)
		return err_sys(-ENOENT, "remount");
	/* With only flags of the mount itself asked for, the superblock is left alone. */
	if (mount->params_n || mount->super_set || mount->super_clear)
		TRY(fs_context_reconfigure(mount, target_fd));
	TRY(mount_set_flags(mount, target_fd));
	return mount_set_propagations(mount, target_fd);
}

static struct err *mount_cgroups(struct rootfs *rootfs, const struct plan_mount *mount)
{
	drop_fd int target_fd = -1;

	TRY(inroot_make(rootfs->root_fd, mount->dest_rel, INROOT_DIR, &target_fd, NULL));
	return mount_cgroup(rootfs, mount, target_fd);
}

/* A link of the image may lead to the root itself, over which nothing may be mounted (lesson M23).
 */
static struct err *refuse_root(const struct rootfs *rootfs, const struct plan_mount *mount)
{
	struct stat root, target;
	bool found = false;
	drop_fd int fd = -1;

	TRY(inroot_find(rootfs->root_fd, mount->dest_rel, &fd, &found));
	if (!found || sys_fstat(fd, &target) < 0 || sys_fstat(rootfs->root_fd, &root) < 0 ||
	    target.st_dev != root.st_dev || target.st_ino != root.st_ino)
		return NULL;
	return err_new(ERR_CONFIG, "a mount over the container's root is not possible");
}

static struct err *mount_one(struct rootfs *rootfs, const struct plan_mount *mount)
{
	switch (mount->kind) {
	case PLAN_MOUNT_BIND:
		return mount_bind(rootfs, mount);
	case PLAN_MOUNT_FS:
		return mount_fs(rootfs, mount);
	case PLAN_MOUNT_REMOUNT:
		return mount_remount(rootfs, mount);
	case PLAN_MOUNT_CGROUP:
		return mount_cgroups(rootfs, mount);
	}
	return err_new(ERR_BUG, "unknown kind of mount");
}

struct err *mounts_apply(struct rootfs *rootfs)
{
	const struct plan_rootfs *plan = &rootfs->plan->rootfs;

	for (size_t i = 0; i < plan->mounts_n; i++) {
		const struct plan_mount *mount = &plan->mounts[i];
		struct err *err = refuse_root(rootfs, mount);

		if (!err)
			err = mount_one(rootfs, mount);
		if (err)
			return err_link(err, "%s %s", mount->place, mount->dest);
	}
	return NULL;
}
