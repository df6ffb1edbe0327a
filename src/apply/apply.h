/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a container from a plan: the parent's side, for the verbs. The child's side is child.h;
 * what they say to each other is sync.h.
 *
 *   create:  apply_create -> (state and pid file written) -> apply_detach
 *   start:   apply_start_by_socket
 *   run:     apply_create -> (state written) -> apply_start
 */
#ifndef APPLY_APPLY_H
#define APPLY_APPLY_H

#include <stdbool.h>
#include <sys/types.h>

#include "apply/agent.h"
#include "apply/probe.h"
#include "base/err.h"
#include "plan/plan.h"
#include "status/journal.h"

/* The name of the start socket in a container's state directory; there while "created". */
#define APPLY_START_SOCKET "start.sock"

struct apply_request {
	const struct plan *plan;
	struct journal *journal;
	/* The listening start socket that the child waits on (create), or -1 (run). Borrowed. */
	int start_listen_fd;
	/* Directory of the state root for the seccomp filter cache, or -1: no cache. Borrowed. */
	int cache_dirfd;
	/* Questions that the container's process answers instead of executing its program
	 * (probe.h); NULL: none. Borrowed. */
	const struct probe *probes;
	size_t probes_n;
	/* stdio of the payload instead of the runtime's own (foreground run without terminal); -1:
	 * inherit. Borrowed. */
	int stdio_fds[3];
	/* The process is to be traced (observe/observer.h): it stays one that may be. */
	bool observed;
};
struct apply_result {
	pid_t pid; /* of the container's init, in the runtime's pid namespace */
	int pidfd;
	unsigned long long start_time; /* field 22 of /proc/PID/stat, clock ticks */
	int sync_fd;
	int console_fd;	    /* pty master when process.terminal, else -1 */
	char *console_name; /* path of the pts in the container, with console_fd */
	int netns_fd;	    /* holds the network namespace that the host's devices are in, or -1 */
};
#define APPLY_RESULT_INIT                                                               \
	{                                                                               \
		.pid = -1, .pidfd = -1, .sync_fd = -1, .console_fd = -1, .netns_fd = -1 \
	}

/* Before anything is made, the container's directory included: whether the root file system is
 * there, a directory, and no symbolic link out of the bundle, and whether a user's bundle lists a
 * user namespace. */
MUST_CHECK struct err *apply_check(const struct plan *plan);
/*
 * Makes cgroup and child and takes the container up to the point where it waits for the start
 * signal; prestart, createRuntime and createContainer hooks have run. On error everything that was
 * done is undone (through the journal) before it returns; the child is dead and reaped. Warnings of
 * the child arrive in the log.
 */
MUST_CHECK struct err *apply_create(const struct apply_request *request,
				    struct apply_result *result);
/* Lets the child live on without the runtime (create): it now waits on the start socket. */
MUST_CHECK struct err *apply_detach(struct apply_result *result);
/*
 * Gives the start signal over the sync channel (run) and waits until the program is executed.
 * An error says why it was not (startContainer hook, command, Landlock, seccomp, ...). `agent` gets
 * the listener of a filter that notifies; NULL without one.
 */
MUST_CHECK struct err *apply_start(struct apply_result *result, const struct agent *agent);
/* The same over the start socket (start), which is removed. ERR_STATE if nobody listens. The
 * process is the container's init. */
MUST_CHECK struct err *apply_start_by_socket(int container_dirfd, const struct agent *agent,
					     int64_t pid, unsigned long long start_time);

/* Makes the listening start socket in the container's directory. */
MUST_CHECK struct err *apply_listen(int container_dirfd, int *out_listen_fd);

/*
 * When create fails after apply_create: the host's network devices leave the container, before its
 * end or whatever ended it destroys them. Without devices nothing is done.
 */
MUST_CHECK struct err *apply_return_devices(const struct apply_result *result,
					    const struct journal *journal);
/* Kills the process and waits for it; none is fine. */
void apply_kill(const struct apply_result *result);
void apply_result_close(struct apply_result *result);
#define drop_apply_result CLEANUP(apply_result_close)

#endif
