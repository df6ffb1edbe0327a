/* SPDX-License-Identifier: Apache-2.0 */
/* What the seccomp agent is told. See agent.h. Parent only, in the runtime's namespaces. */
#include "apply/agent.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/sock.h"

#define PLACE "linux.seccomp.listenerPath"

/* The text is the one that users of other runtimes know (lesson P23). */
static struct err *unreachable(int rc, const char *path)
{
	return err_sys(rc, PLACE ": failed to connect with seccomp agent %s", path);
}

struct err *agent_check(const char *path)
{
	/* unix(7): EPROTOTYPE says that a socket of another type is open there. */
	drop_fd int fd = sock_connect_path(path, SOCK_DGRAM);

	if (fd >= 0)
		return unreachable(-EPROTOTYPE, path);
	return fd == -EPROTOTYPE ? NULL : unreachable(fd, path);
}

static char *process_state(const struct agent *agent)
{
	char fd_name[] = "seccompFd", version[] = OCI_SPEC_VERSION;
	char *fd_names[] = { fd_name };
	drop_mem char *metadata = agent->metadata ? mem_strdup(agent->metadata) : NULL;
	/* runtime.md, "State": the program is not executed before the agent has the listener. */
	drop_mem char *status = mem_strdup(agent->status ? agent->status : "created");
	struct oci_state state = *agent->state;

	state.status = status;
	const struct oci_process_state document = {
		.oci_version = version,
		.fds = { .items = fd_names, .n = ARRAY_LEN(fd_names) },
		.pid = agent->pid ? agent->pid : state.pid,
		.metadata = metadata,
		.state = &state,
	};
	return oci_process_state_write(&document);
}

struct err *agent_send(const struct agent *agent, int listener_fd)
{
	drop_mem char *text = process_state(agent);
	drop_fd int fd = sock_connect_path(agent->path, SOCK_STREAM);

	if (fd < 0)
		return unreachable(fd, agent->path);
	int rc = sock_send_fd(fd, text, strlen(text), listener_fd);
	return rc < 0 ? err_sys(rc, PLACE ": send to seccomp agent %s", agent->path) : NULL;
}
