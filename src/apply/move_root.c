/* SPDX-License-Identifier: Apache-2.0 */
/* MS_MOVE and chroot instead of pivot_root. See move_root.h. Child only. */
#include "apply/move_root.h"

#include <errno.h>
#include <limits.h>

#include "apply/mountinfo.h"
#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "sys/sys.h"

static struct err *hide(const char *point)
{
	int rc = sys_umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW);
	drop_fd int cover_fd = -1;

	if (rc == 0 || rc == -EINVAL || rc == -ENOENT)
		return NULL; /* gone with another one already */
	if (rc != -EPERM)
		return err_sys(rc, "detach the host's %s", point);
	/* Locked into place by a user namespace: cover it. */
	TRY(fs_context_simple("tmpfs", NULL, MOUNT_ATTR_RDONLY, &cover_fd));
	drop_fd int target_fd = sys_open(point, O_PATH | O_NOFOLLOW, 0);
	if (target_fd < 0)
		return err_sys(target_fd, "cover the host's %s", point);
	return mount_attach(cover_fd, target_fd, point);
}

static struct err *hide_host_kernel_mounts(const char *new_root)
{
	drop_strbuf struct strbuf text = { 0 };
	struct mountinfo mount;

	TRY(mountinfo_read(&text));
	for (char *cursor = text.data; mountinfo_next(&cursor, &mount);) {
		if (path_is_below(mount.point, new_root))
			continue;
		if (str_equal(mount.type, "proc") || str_equal(mount.type, "sysfs"))
			TRY(hide(mount.point));
	}
	return NULL;
}

struct err *move_root_over_host(int root_fd)
{
	char new_root[PATH_MAX];
	int rc = sys_getcwd(new_root, sizeof(new_root));

	if (rc < 0)
		return err_sys(rc, "find the new root's path");
	TRY(hide_host_kernel_mounts(new_root));
	rc = sys_move_mount(root_fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
	if (rc < 0)
		return err_sys(rc, "move the root over /");
	rc = sys_chroot(".");
	return rc < 0 ? err_sys(rc, "chroot") : NULL;
}
