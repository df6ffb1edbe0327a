/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AppArmor and SELinux labels for the next execve, written through a private, verified procfs: a
 * faked /proc must not swallow them (CVE-2019-16884). That the kernel has the LSM is checked in the
 * plan. Child; written after the startContainer hooks.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "apply/actors.h"
#include "base/fd.h"
#include "sys/sys.h"

/* The first file that exists; thread-self is a link of procfs's own, hence magic links stay off. */
static int open_attr(int proc_fd, const char *const *files)
{
	int fd = -ENOENT;

	for (size_t i = 0; files[i] && fd == -ENOENT; i++)
		fd = sys_openat2(proc_fd, files[i], O_WRONLY, 0,
				 RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
	return fd;
}

static struct err *write_label(int fd, const char *text, const char *place, const char *label)
{
	ssize_t rc = sys_write(fd, text, strlen(text));
	if (rc == -ENOENT)
		return err_new(ERR_CONFIG, "%s: profile \"%s\" is not loaded", place, label);
	if (rc < 0)
		return err_sys((int)rc, "%s: write \"%s\"", place, label);
	return NULL;
}

bool lsm_has_label(const struct plan_process *process)
{
	return process->apparmor_profile || process->selinux_label;
}

static struct err *open_one(int proc_fd, const char *const *files, const char *place,
			    const char *label, int *out_fd)
{
	*out_fd = label ? open_attr(proc_fd, files) : -1;
	if (label && *out_fd < 0)
		return err_sys(*out_fd, "%s %s: open the process's LSM attribute", place, label);
	return NULL;
}

struct err *lsm_open(const struct plan_process *process, int proc_fd, struct lsm_files *out)
{
	/* attr/apparmor since Linux 5.8; the shared file belongs to the first LSM that took it. */
	static const char *const apparmor[] = { "thread-self/attr/apparmor/exec",
						"thread-self/attr/exec", NULL };
	static const char *const selinux[] = { "thread-self/attr/exec", NULL };

	TRY(open_one(proc_fd, apparmor, "process.apparmorProfile", process->apparmor_profile,
		     &out->apparmor_fd));
	return open_one(proc_fd, selinux, "process.selinuxLabel", process->selinux_label,
			&out->selinux_fd);
}

struct err *lsm_apply_exec(const struct plan_process *process, struct lsm_files *files)
{
	if (process->apparmor_profile) {
		drop_mem char *text = mem_asprintf("exec %s", process->apparmor_profile);

		TRY(write_label(files->apparmor_fd, text, "process.apparmorProfile",
				process->apparmor_profile));
	}
	if (process->selinux_label)
		TRY(write_label(files->selinux_fd, process->selinux_label, "process.selinuxLabel",
				process->selinux_label));
	fd_closep(&files->apparmor_fd);
	fd_closep(&files->selinux_fd);
	return NULL;
}
