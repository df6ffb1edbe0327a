/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes a container has. See container_pids.h. Parent only; reads. */
#include "cli/container_pids.h"

#include <limits.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/container_state.h"
#include "sys/io.h"
#include "sys/sys.h"

/* "pid:[4026531836]" of a process; false if it has gone or may not be looked at. */
static bool read_namespace(int proc_fd, const char *pid, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%.32s/ns/pid", pid);
	return sys_readlinkat(proc_fd, path, buf, size) > 0;
}

struct members {
	int proc_fd;
	const char *namespace; /* wanted */
	struct cgroup_pids *pids;
};

static bool add_if_member(const char *name, void *data)
{
	const struct members *members = data;
	char namespace[64];
	uint32_t pid;

	if (str_to_u32(name, &pid) && pid <= INT_MAX &&
	    read_namespace(members->proc_fd, name, namespace, sizeof(namespace)) &&
	    str_equal(namespace, members->namespace))
		cgroup_pids_add(members->pids, (pid_t)pid);
	return true;
}

/* /proc lists processes in the order of their ids. */
static struct err *list_namespace(pid_t init, struct cgroup_pids *out)
{
	char init_text[24], wanted[64];
	drop_fd int fd = sys_open("/proc", O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return err_sys(fd, "open /proc");
	snprintf(init_text, sizeof(init_text), "%d", (int)init);
	/* An init that waits for start may not be looked at by a user, and is alone. */
	if (!read_namespace(fd, init_text, wanted, sizeof(wanted))) {
		cgroup_pids_add(out, init);
		return NULL;
	}
	struct members members = { fd, wanted, out };
	int rc = io_for_each_name(fd, add_if_member, &members);
	return rc < 0 ? err_sys(rc, "list /proc") : NULL;
}

struct err *container_pids(const struct container *container, enum status status,
			   struct cgroup_pids *out)
{
	const struct oci_record *record = &container->record;
	const char *group = container_group(record);

	if (group)
		return cgroup_list_pids(group, out);
	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return NULL;
	if (record->own_pid_namespace)
		return list_namespace((pid_t)record->state.pid, out);
	log_warn("the container has no cgroup and no pid namespace of its own: of its processes "
		 "only the first is known");
	cgroup_pids_add(out, (pid_t)record->state.pid);
	return NULL;
}
