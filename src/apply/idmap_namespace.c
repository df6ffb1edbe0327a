/* SPDX-License-Identifier: Apache-2.0 */
/* User namespaces that are nothing but their maps, for id-mapped mounts. See idmap.h. Parent only.
 */
#include <errno.h>
#include <linux/nsfs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "apply/idmap.h"
#include "base/fd.h"
#include "sys/sys.h"

/* Lives as long as the writing end of the pipe, which dies with the runtime, is open. */
NORETURN static void be_in_namespace(int read_fd, int *write_fd)
{
	char byte;

	fd_closep(write_fd);
	(void)sys_read(read_fd, &byte, 1);
	_exit(0);
}

static struct err *write_maps(const struct plan_idmap *idmap, pid_t pid)
{
	TRY(idmap_write_map(pid, "gid_map", idmap->gid_map, idmap->gid_map_n));
	return idmap_write_map(pid, "uid_map", idmap->uid_map, idmap->uid_map_n);
}

static struct err *open_namespace(pid_t pid, int *out_fd)
{
	drop_mem char *path = mem_asprintf("/proc/%d/ns/user", (int)pid);
	drop_fd int fd = sys_open(path, O_RDONLY, 0);

	if (fd < 0)
		return err_sys(fd, "open the user namespace of the mapping");
	if (sys_ioctl_int(fd, NS_GET_NSTYPE, 0) != CLONE_NEWUSER)
		return err_new(ERR_BUG, "%s is no user namespace", path);
	*out_fd = take_fd(&fd);
	return NULL;
}

struct err *idmap_open_namespace(const struct plan_idmap *idmap, int *out_fd)
{
	int pipe_fds[2], status;
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	int rc = sys_pipe2(pipe_fds, 0);

	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = pipe_fds[0], write_fd = pipe_fds[1];
	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		be_in_namespace(read_fd, &write_fd);
	if (pid < 0)
		return err_hint(err_sys(pid, "make a user namespace for the mapping"),
				pid == -ENOSPC ? "too many nested namespaces, or "
						 "user.max_user_namespaces"
					       : "are user namespaces allowed here?");
	struct err *err = write_maps(idmap, pid);
	if (!err)
		err = open_namespace(pid, out_fd);
	fd_closep(&write_fd);
	(void)sys_waitpid(pid, &status, 0);
	return err;
}
