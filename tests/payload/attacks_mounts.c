/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks by changing the mount tree, or by making mounts that are not part of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

static int mount_new(void)
{
	return attack_outcome(mount("tmpfs", OWN_DIR "/dir", "tmpfs", 0, NULL));
}

/* The secret, below a folder that may be read. */
static int mount_bind(void)
{
	if (mount(SECRET_DIR, OWN_DIR "/dir", NULL, MS_BIND, NULL))
		return errno;
	return attack_read(OWN_DIR "/dir/file");
}

static int mount_again(void)
{
	return attack_outcome(mount(NULL, "/dev/shm", NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int mount_remove(void)
{
	return attack_outcome(umount2("/dev/shm", MNT_DETACH));
}

static int mount_propagation(void)
{
	return attack_outcome(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL));
}

static int clone_tree(void)
{
	return (int)syscall(SYS_open_tree, AT_FDCWD, SECRET_DIR, OPEN_TREE_CLONE | O_CLOEXEC);
}

static int mount_move(void)
{
	int fd = clone_tree();

	if (fd < 0)
		return errno;
	if (syscall(SYS_move_mount, fd, "", AT_FDCWD, OWN_DIR "/dir", MOVE_MOUNT_F_EMPTY_PATH))
		return errno;
	return attack_read(OWN_DIR "/dir/file");
}

static int pivot(void)
{
	return attack_outcome(syscall(SYS_pivot_root, "/dev/shm", "/dev/shm"));
}

static int mount_overlay(void)
{
	if (mount("overlay", OWN_DIR "/dir", "overlay", 0, "lowerdir=" SECRET_DIR ":/bin"))
		return errno;
	return attack_read(OWN_DIR "/dir/file");
}

/* Not attached anywhere: nothing of the tree changes, but what is in them is not below any rule. */
static int detached_clone(void)
{
	int fd = clone_tree();

	return fd < 0 ? errno : attack_read_at(fd, "file");
}

static int detached_overlay(void)
{
	int fs_fd = (int)syscall(SYS_fsopen, "overlay", 0), fd;

	if (fs_fd < 0 ||
	    syscall(SYS_fsconfig, fs_fd, FSCONFIG_SET_STRING, "lowerdir", SECRET_DIR ":/bin", 0) ||
	    syscall(SYS_fsconfig, fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	fd = (int)syscall(SYS_fsmount, fs_fd, 0, 0);
	return fd < 0 ? errno : attack_read_at(fd, "file");
}

static int mount_in_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) ? errno : mount_bind();
}

static int overlay_in_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) ? errno : mount_overlay();
}

static int detached_in_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) ? errno : detached_overlay();
}

static int mount_attributes(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME };

	return attack_outcome(
		syscall(SYS_mount_setattr, AT_FDCWD, "/dev/shm", 0, &attr, sizeof attr));
}

const struct attack mount_attacks[] = {
	{ "mount-new", mount_new, 0, NULL },
	{ "mount-bind", mount_bind, 0, NULL },
	{ "mount-again", mount_again, 0, NULL },
	{ "mount-remove", mount_remove, 0, NULL },
	{ "mount-propagation", mount_propagation, 0, NULL },
	{ "mount-move", mount_move, 0, NULL },
	{ "mount-overlay", mount_overlay, 0, NULL },
	{ "pivot-root", pivot, 0, NULL },
	{ "detached-clone", detached_clone, 0, NULL },
	{ "detached-overlay", detached_overlay, 0, NULL },
	{ "mount-in-namespace", mount_in_namespace, 0, NULL },
	{ "overlay-in-namespace", overlay_in_namespace, 0, NULL },
	{ "detached-in-namespace", detached_in_namespace, 0, NULL },
	{ "mount-attributes", mount_attributes, 0,
	  "mount_setattr(2) changes flags, and no kernel asks Landlock about it" },
	{ 0 },
};
