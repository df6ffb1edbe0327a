/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every mount of the root file system comes down to: cloning, attributes, propagation, and
 * attaching it, by descriptors only. Either process.
 */
#include "apply/rootfs.h"
#include "sys/sys.h"

int mount_clone(const struct rootfs *rootfs, int dirfd, const char *path, unsigned int flags)
{
	int fd = sys_open_tree(dirfd, path, flags | OPEN_TREE_CLONE);

	/* In a mount namespace of our own the host's tree has been cut off as a whole. */
	if (fd >= 0 && rootfs->plan->rootfs.on_host)
		(void)mount_set_propagation(fd, MS_PRIVATE | MS_REC);
	return fd;
}

int mount_set_attr(int mount_fd, bool recursive, uint64_t set, uint64_t clear)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

	if (!set && !clear)
		return 0;
	return sys_mount_setattr(mount_fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
				 &attr);
}

int mount_set_propagation(int mount_fd, unsigned long ms_flags)
{
	struct mount_attr attr = { .propagation = ms_flags & ~(unsigned long)MS_REC };

	return sys_mount_setattr(mount_fd, "",
				 AT_EMPTY_PATH | ((ms_flags & MS_REC) ? AT_RECURSIVE : 0), &attr);
}

struct err *mount_attach(int mount_fd, int target_fd, const char *what)
{
	int rc = sys_move_mount(mount_fd, "", target_fd, "",
				MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

	return rc < 0 ? err_sys(rc, "attach the mount at %s", what) : NULL;
}
