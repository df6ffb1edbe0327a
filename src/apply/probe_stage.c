/* SPDX-License-Identifier: Apache-2.0 */
/* The stage on which questions about folders are asked. See probe_child.h. Child only. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "apply/probe_child.h"
#include "base/attr.h"
#include "base/fd.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { POINTS_MAX = 16, NAMES_MAX = 1024 };

/* ---- the mount ---- */

static int new_tmpfs(void)
{
	drop_fd int fs_fd = sys_fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs_fd < 0)
		return fs_fd;
	(void)sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, "mode", "0777", 0);
	int rc = sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	return rc < 0 ? rc : sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, 0);
}

/* Over a folder of this name in the stage's parent; 0 or -errno. */
static int mount_over(struct probe_stage *stage, const char *name)
{
	/* no symbolic link: the stage would be somewhere else */
	drop_fd int point_fd =
		sys_openat(stage->parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

	if (point_fd < 0)
		return point_fd;
	drop_fd int mount_fd = new_tmpfs();
	if (mount_fd < 0)
		return mount_fd;
	int rc = sys_move_mount(mount_fd, "", point_fd, "",
				MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
	if (rc < 0)
		return rc;
	(void)snprintf(stage->point, sizeof(stage->point), "%s", name);
	stage->fd = take_fd(&mount_fd);
	return 0;
}

struct search {
	struct probe_stage *stage;
	int names, tries;
	bool found;
};

static bool try_point(const char *name, void *data)
{
	struct search *search = data;
	int rc = mount_over(search->stage, name);

	search->found = rc == 0;
	search->tries += rc != -ENOTDIR;
	return !search->found && search->tries < POINTS_MAX && ++search->names < NAMES_MAX;
}

/* Any folder that is there. */
static int mount_over_existing(struct probe_stage *stage)
{
	struct search search = { .stage = stage };

	(void)io_for_each_name(stage->parent_fd, try_point, &search);
	return search.found ? 0 : -ENOENT;
}

static int mount_over_new(struct probe_stage *stage)
{
	struct stat st;
	char name[sizeof(stage->made)];
	int rc = sys_fstat(stage->parent_fd, &st);

	(void)snprintf(name, sizeof(name), ".nucleus-oci-check-%llx",
		       (unsigned long long)sys_monotonic_ms());
	if (rc >= 0)
		rc = sys_mkdirat(stage->parent_fd, name, 0700);
	if (rc < 0)
		return rc;
	stage->times[0] = st.st_atim;
	stage->times[1] = st.st_mtim;
	(void)snprintf(stage->made, sizeof(stage->made), "%s", name);
	return mount_over(stage, name);
}

/* ---- what is on it ---- */

static int fill(struct probe_stage *stage)
{
	static const char *const folders[] = { "a", "b", "gone-0", "gone-1" };
	static const char *const files[] = { "file", "a/reg", "left-0", "left-1" };
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int rc = sys_fchdir(stage->fd);

	for (size_t i = 0; i < ARRAY_LEN(folders) && rc >= 0; i++)
		rc = sys_mkdirat(stage->fd, folders[i], 0777);
	for (size_t i = 0; i < ARRAY_LEN(files) && rc >= 0; i++)
		rc = sys_mknodat(stage->fd, files[i], S_IFREG | 0777, 0);
	if (rc >= 0)
		rc = sys_mknodat(stage->fd, "a/fifo", S_IFIFO | 0666, 0);
	if (rc >= 0)
		rc = sys_symlinkat("x", stage->fd, "a/sym");
	if (rc >= 0)
		rc = stage->listen_fd = sys_socket(AF_UNIX, SOCK_STREAM, 0);
	if (rc >= 0)
		rc = sys_bind(stage->listen_fd, (const void *)&address, sizeof(address));
	if (rc >= 0)
		rc = sys_listen(stage->listen_fd, 8);
	return rc < 0 ? rc : 0;
}

int probe_stage_open(const char *folder, struct probe_stage *out)
{
	int rc = out->parent_fd = sys_open(folder, O_PATH | O_DIRECTORY, 0);

	if (rc >= 0)
		rc = mount_over_existing(out);
	if (rc < 0 && out->parent_fd >= 0)
		rc = mount_over_new(out);
	return rc < 0 ? rc : fill(out);
}

void probe_stage_close(struct probe_stage *stage)
{
	(void)sys_chdir("/");
	fd_closep(&stage->listen_fd);
	fd_closep(&stage->fd);
	if (*stage->point && sys_fchdir(stage->parent_fd) == 0)
		(void)sys_umount2(stage->point, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (*stage->made) {
		(void)sys_unlinkat(stage->parent_fd, stage->made, AT_REMOVEDIR);
		drop_fd int fd = sys_openat(stage->parent_fd, ".", O_RDONLY | O_DIRECTORY, 0);
		/* as if nothing had been made; only the time of the last change of state stays */
		(void)sys_utimensat(fd, ".", stage->times);
	}
	(void)sys_chdir("/");
	fd_closep(&stage->parent_fd);
}
