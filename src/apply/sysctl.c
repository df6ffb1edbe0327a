/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.sysctl, below the root of a private, verified procfs, so that no mount or link of the image
 * decides where the write goes (CVE-2025-52881). Which keys belong to the container's own
 * namespaces is checked in plan/sysctl.c. Child, before /proc/sys becomes read-only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "apply/actors.h"
#include "base/fd.h"
#include "sys/sys.h"

/* Opens `sys/<path_rel>` by plain components: no links, no other mount on the way. */
static int open_key(int proc_fd, const char *path_rel)
{
	drop_mem char *path = mem_asprintf("sys/%s", path_rel);

	return sys_openat2(proc_fd, path, O_WRONLY, 0,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static struct err *write_failed(const struct plan_sysctl *sysctl, int rc)
{
	struct err *err = err_sys(rc, "linux.sysctl[%s]: write \"%s\"", sysctl->key, sysctl->value);

	/* Engines set it for every container, whatever its user namespace (lesson N17). */
	if (rc == -EINVAL && str_equal(sysctl->path_rel, "net/ipv4/ping_group_range"))
		return err_hint(err, "both group ids must be mapped in the container's user "
				     "namespace");
	return err;
}

struct err *sysctl_apply(const struct plan *plan, int proc_fd)
{
	for (size_t i = 0; i < plan->sysctls_n; i++) {
		const struct plan_sysctl *sysctl = &plan->sysctls[i];
		drop_fd int fd = open_key(proc_fd, sysctl->path_rel);

		if (fd == -ENOENT)
			return err_sys_kind(ERR_CONFIG, fd, "linux.sysctl[%s]: /proc/sys/%s",
					    sysctl->key, sysctl->path_rel);
		if (fd < 0)
			return err_sys(fd, "linux.sysctl[%s]: open /proc/sys/%s", sysctl->key,
				       sysctl->path_rel);
		ssize_t rc = sys_write(fd, sysctl->value, strlen(sysctl->value));
		if (rc < 0)
			return write_failed(sysctl, (int)rc);
	}
	return NULL;
}
