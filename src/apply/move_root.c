/* SPDX-License-Identifier: Apache-2.0 */
/* MS_MOVE and chroot instead of pivot_root. See move_root.h. Child only. */
#include "apply/move_root.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <limits.h>
#include <stdlib.h>

#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { MOUNTINFO_MAX = 16 * 1024 * 1024 };

/* mountinfo writes blank, tab, newline and backslash as octal (proc(5)). */
static void unescape(char *text)
{
	char *out = text;

	for (char *p = text; *p; out++) {
		if (p[0] == '\\' && p[1] && p[2] && p[3]) {
			*out = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 4;
		} else {
			*out = *p++;
		}
	}
	*out = '\0';
}

/* Splits one line into mount point and type; false if it is none that we know. */
static bool parse_line(char *line, char **out_point, char **out_type)
{
	char *save = NULL, *word = strtok_r(line, " ", &save);

	for (int field = 1; word && field < 5; field++)
		word = strtok_r(NULL, " ", &save);
	*out_point = word;
	while (word && strcmp(word, "-") != 0)
		word = strtok_r(NULL, " ", &save);
	*out_type = word ? strtok_r(NULL, " ", &save) : NULL;
	if (!*out_point || !*out_type)
		return false;
	unescape(*out_point);
	return true;
}

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
	char *save = NULL;

	TRY(io_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text));
	if (!text.data)
		return NULL;
	for (char *line = strtok_r(text.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *point, *type;

		if (!parse_line(line, &point, &type) || path_is_below(point, new_root))
			continue;
		if (str_equal(type, "proc") || str_equal(type, "sysfs"))
			TRY(hide(point));
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
