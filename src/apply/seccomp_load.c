/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a compiled filter (seccomp.c) into the calling thread. Child, right before execve. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "apply/actors.h"
#include "sys/sys.h"

#define PLACE "linux.seccomp"

static int load(const struct seccomp_filter *filter, unsigned int flags)
{
	struct sock_fprog program = { .len = filter->len, .filter = filter->program };
	int rc = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);

	/* Linux 5.19 has it; before, any signal may interrupt a call that waits for the agent. */
	if (rc == -EINVAL && flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		rc = sys_seccomp(SECCOMP_SET_MODE_FILTER,
				 flags & ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
	return rc;
}

struct err *seccomp_filter_load(const struct seccomp_filter *filter, int *out_listener_fd)
{
	unsigned int flags =
		filter->flags | (out_listener_fd ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
	int rc = load(filter, flags);

	if (rc >= 0) {
		if (out_listener_fd)
			*out_listener_fd = rc;
		return NULL;
	}
	if (rc == -EACCES)
		return err_hint(err_sys(rc, PLACE ": load the filter"),
				"without process.noNewPrivileges it needs CAP_SYS_ADMIN");
	if (rc == -EBUSY && out_listener_fd)
		return err_hint(err_sys(rc, PLACE ": load the filter"),
				"the runtime is under a filter that has a listener already");
	if (rc == -EINVAL && flags)
		return err_hint(err_sys(rc, PLACE ": load the filter"),
				"this kernel may lack one of its flags (%#x)", flags);
	return err_sys(rc, PLACE ": load the filter");
}
