/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can't be done to a mount at its place in the list: becoming read-only, as mount points and
 * nodes are still to be made in it (lesson M54); becoming unbindable, as read-only paths in it are
 * clones of it; and attaching what the container shares with the host, where anything that we
 * mount in it later would appear. Child only.
 */
#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"

/* From here on the descriptors that wait might be too many; nobody has a lower limit of them. */
enum { MANY = 32 };

static bool is_unbindable(const struct plan_mount *mount)
{
	for (const unsigned long *step = mount->propagation; *step; step++) {
		if (*step & MS_UNBINDABLE)
			return true;
	}
	return false;
}

static void note(struct rootfs *rootfs, const struct plan_mount *mount, int *mount_fd,
		 int *target_fd)
{
	if (rootfs->late_n == MANY)
		(void)rootfs_raise_limit(rootfs->sources);
	rootfs->late = mem_realloc_array(rootfs->late, rootfs->late_n + 1, sizeof(*rootfs->late));
	rootfs->late[rootfs->late_n++] = (struct late_mount){
		.mount = mount,
		.mount_fd = take_fd(mount_fd),
		.target_fd = target_fd ? take_fd(target_fd) : -1,
	};
}

struct err *mount_place(struct rootfs *rootfs, const struct plan_mount *mount, int *mount_fd,
			int *target_fd)
{
	if (mount->tree == MS_SHARED) {
		note(rootfs, mount, mount_fd, target_fd);
		return NULL;
	}
	TRY(mount_attach(*mount_fd, *target_fd, mount->dest));
	bool unbindable = is_unbindable(mount);
	if (!unbindable)
		TRY(mount_set_propagations(mount, *mount_fd));
	if (unbindable || mount->readonly_late)
		note(rootfs, mount, mount_fd, NULL);
	return NULL;
}

static struct err *finish(const struct late_mount *late)
{
	const struct plan_mount *mount = late->mount;

	if (late->target_fd >= 0)
		TRY(mount_attach(late->mount_fd, late->target_fd, mount->dest));
	if (mount->readonly_late) {
		int rc = mount_set_attr(late->mount_fd, false, MOUNT_ATTR_RDONLY, 0);

		if (rc < 0)
			return err_sys(rc, "make the mount read-only");
	}
	if (late->target_fd < 0 && !is_unbindable(mount))
		return NULL;
	return mount_set_propagations(mount, late->mount_fd);
}

struct err *mounts_finish(struct rootfs *rootfs)
{
	for (size_t i = 0; i < rootfs->late_n; i++) {
		const struct late_mount *late = &rootfs->late[i];

		TRY(err_link(finish(late), "%s %s", late->mount->place, late->mount->dest));
	}
	return NULL;
}

void mounts_late_close(struct rootfs *rootfs)
{
	for (size_t i = 0; i < rootfs->late_n; i++) {
		fd_closep(&rootfs->late[i].mount_fd);
		fd_closep(&rootfs->late[i].target_fd);
	}
	mem_dropp(&rootfs->late);
	rootfs->late_n = 0;
}
