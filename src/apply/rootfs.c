/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root file system: checking it, attaching its tree in the container's mount namespace,
 * changing into it. See rootfs.h for who runs what and in which order.
 */
#include "apply/rootfs.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

#include "apply/move_root.h"
#include "apply/namespaces.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "sys/sys.h"

/* ---- parent ---- */

/*
 * "rootfs" that leads out of the bundle by a link is a trap, not a wish: whoever packed the bundle
 * would choose which folder of the host becomes the root. An absolute path, or one with "..", says
 * it openly.
 */
static int open_root(const struct plan *plan)
{
	const char *written = plan->config->root->path;

	if (written[0] == '/' || strstr(written, ".."))
		return sys_open(plan->rootfs.path, O_PATH | O_DIRECTORY, 0);
	drop_fd int bundle_fd = sys_open(plan->bundle, O_PATH | O_DIRECTORY, 0);
	if (bundle_fd < 0)
		return bundle_fd;
	return sys_openat2(bundle_fd, written, O_PATH | O_DIRECTORY, 0, RESOLVE_BENEATH);
}

struct err *rootfs_open(const struct plan *plan, int *out_fd)
{
	const char *path = plan->rootfs.path;
	drop_fd int fd = open_root(plan);

	if (fd == -EXDEV)
		return err_new(ERR_CONFIG, "root.path: %s is a symbolic link out of the bundle",
			       path);
	if (fd == -ENOTDIR)
		return err_new(ERR_CONFIG, "root.path: %s is not a directory", path);
	if (fd < 0)
		return err_sys_kind(fd == -ENOENT ? ERR_NOT_FOUND : ERR_SYS, fd, "root.path: %s",
				    path);
	*out_fd = take_fd(&fd);
	return NULL;
}

bool rootfs_is_inside(const struct plan_rootfs *plan, const char *path)
{
	return !str_equal(plan->path, "/") && path_is_below(path, plan->path);
}

/* ---- child ---- */

static struct err *cut_propagation(const struct plan_rootfs *plan, bool has_user)
{
	struct mount_attr attr = { .propagation = plan->host_propagation & ~(unsigned long)MS_REC };

	if (!attr.propagation)
		attr.propagation = MS_PRIVATE;
	int rc = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr);
	/* The first use of what a new user namespace gives (lesson N22). */
	if ((rc == -EPERM || rc == -EACCES) && has_user)
		return err_hint(err_sys(rc, "cut mount propagation to the host"),
				"some systems take the capabilities of user namespaces away "
				"(kernel.apparmor_restrict_unprivileged_userns)");
	if (rc == -EINVAL)
		return err_hint(err_sys(rc, "cut mount propagation to the host"),
				"the runtime's own root is no mount point, as in a plain chroot");
	return rc < 0 ? err_sys(rc, "cut mount propagation to the host") : NULL;
}

static struct err *open_root_tree(struct rootfs *rootfs, int *out_fd)
{
	const struct plan_rootfs *plan = &rootfs->plan->rootfs;

	if (rootfs->sources->root_fd >= 0) {
		*out_fd = take_fd(&rootfs->sources->root_fd);
		return NULL;
	}
	drop_fd int fd = sys_open_tree(AT_FDCWD, plan->path, OPEN_TREE_CLONE | AT_RECURSIVE);
	if (fd < 0)
		return err_sys(fd, "open the root file system %s", plan->path);
	/* The host's tree may be a slave because of one mount only. */
	if (plan->tree == MS_PRIVATE && !(plan->host_propagation & MS_PRIVATE)) {
		int rc = mount_set_propagation(fd, MS_PRIVATE | MS_REC);

		if (rc < 0)
			return err_sys(rc, "make the root's tree private");
	}
	*out_fd = take_fd(&fd);
	return NULL;
}

/*
 * The tree is attached over its own path, where createContainer hooks look for it. Where that path
 * can't be walked (a user namespace under somebody's private home) over "/", which is never walked
 * by name again.
 */
static struct err *attach_root(const struct plan_rootfs *plan, int tree_fd)
{
	drop_fd int target_fd = sys_open(plan->path, O_PATH | O_DIRECTORY, 0);

	if (target_fd == -EACCES)
		target_fd = sys_open("/", O_PATH | O_DIRECTORY, 0);
	if (target_fd < 0)
		return err_sys(target_fd, "open the root file system %s", plan->path);
	return mount_attach(tree_fd, target_fd, plan->path);
}

/*
 * Without a mount namespace the root is entered by chroot: the tree that the parent has attached
 * over it, or, if nothing is to be mounted, the directory as it is.
 */
static struct err *open_plain_root(struct rootfs *rootfs)
{
	if (rootfs->plan->rootfs.on_host) {
		rootfs->root_fd = take_fd(&rootfs->sources->root_fd);
		return NULL;
	}
	int fd = sys_open(rootfs->plan->rootfs.path, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return err_sys(fd, "open the root file system %s", rootfs->plan->rootfs.path);
	rootfs->root_fd = fd;
	return NULL;
}

struct err *rootfs_attach(struct rootfs *rootfs)
{
	const struct plan_rootfs *plan = &rootfs->plan->rootfs;
	drop_fd int tree_fd = -1;

	if (!plan->has_mount_ns)
		return open_plain_root(rootfs);
	TRY(cut_propagation(plan, namespaces_has_user(&rootfs->plan->ns)));
	TRY(open_root_tree(rootfs, &tree_fd));
	TRY(attach_root(plan, tree_fd));
	rootfs->root_fd = take_fd(&tree_fd);
	return NULL;
}

/* pivot_root(".", "."): the old root ends up on top of the new one and is detached at once. */
static struct err *pivot(void)
{
	int rc = sys_pivot_root(".", ".");

	if (rc < 0)
		return err_hint(err_sys(rc, "pivot_root"),
				"on an initramfs root the runtime needs --no-pivot");
	rc = sys_umount2(".", MNT_DETACH);
	return rc < 0 ? err_sys(rc, "detach the host's root") : NULL;
}

struct err *rootfs_enter(struct rootfs *rootfs)
{
	const struct plan_rootfs *plan = &rootfs->plan->rootfs;
	int rc = sys_fchdir(rootfs->root_fd);

	if (rc < 0)
		return err_sys(rc, "enter the root file system");
	if (plan->has_mount_ns && !plan->no_pivot) {
		TRY(pivot());
	} else if (plan->has_mount_ns) {
		TRY(move_root_over_host(rootfs->root_fd));
	} else {
		rc = sys_chroot(".");
		if (rc < 0)
			return err_sys(rc, "chroot");
	}
	rc = sys_chdir("/");
	return rc < 0 ? err_sys(rc, "chdir to the new root") : NULL;
}

static struct err *set_root_propagation(const struct rootfs *rootfs)
{
	unsigned long propagation = rootfs->plan->rootfs.propagation;

	if (!propagation)
		return NULL;
	/* The root's own; what the r-forms mean for the mounts is in the plan. */
	int rc = mount_set_propagation(rootfs->root_fd, propagation & ~(unsigned long)MS_REC);
	return rc < 0 ? err_sys(rc, "linux.rootfsPropagation") : NULL;
}

struct err *rootfs_finish(struct rootfs *rootfs)
{
	TRY(mounts_finish(rootfs));
	if (rootfs->plan->rootfs.readonly) {
		/* Only "/" itself, not what is mounted below (config.md, "Root"). */
		int rc = mount_set_attr(rootfs->root_fd, false, MOUNT_ATTR_RDONLY, 0);

		if (rc < 0)
			return err_sys(rc, "root.readonly");
	}
	/* Last: of an unbindable root no read-only path could be cloned, and what is attached to a
	 * shared one becomes shared itself. */
	return set_root_propagation(rootfs);
}

struct err *rootfs_open_proc(struct rootfs *rootfs, int *out_fd)
{
	struct statfs fs;

	if (rootfs->proc_fd >= 0)
		*out_fd = take_fd(&rootfs->proc_fd);
	else
		TRY(fs_context_simple("proc", NULL,
				      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
				      out_fd));
	/* What was fsmounted can't be anything else; a cheap check keeps it true for later edits.
	 */
	int rc = sys_fstatfs(*out_fd, &fs);
	if (rc < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_new(ERR_BUG, "the private procfs is no procfs");
	return NULL;
}

void rootfs_close(struct rootfs *rootfs)
{
	mounts_late_close(rootfs);
	/* No descriptor of a mount is left; the program gets the limit that we got. */
	rootfs_restore_limit(rootfs->sources);
	fd_closep(&rootfs->root_fd);
	fd_closep(&rootfs->proc_fd);
}
