/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making one more process in a running container (exec): the parent's side, for the verb, and what
 * it shares with the child (enter_child.c). Nothing is made outside of that process, so there is
 * nothing to undo: it dies with the runtime until its program is executed.
 *
 *   exec:  apply_enter -> (console and pidfd sent) -> apply_start -> (pid file written)
 */
#ifndef APPLY_ENTER_H
#define APPLY_ENTER_H

#include "apply/apply.h"
#include "apply/child.h"

/* A group of the container's, as recorded at create. */
struct enter_group {
	const char *path; /* absolute */
	/* The group below it to enter, relative; "": the group itself, with no other instead; NULL:
	 * the group, or, where the kernel refuses that, the one that init is in. */
	const char *sub;
};
struct enter_request {
	const struct plan *plan; /* of plan_make_exec */
	pid_t init_pid;
	unsigned long long init_start_time;
	const struct enter_group *groups;
	size_t groups_n;
	const char *systemd_unit, *systemd_socket; /* of the record; NULL: none */
	int cache_dirfd;			   /* as in apply_request */
};
/*
 * Makes the process and takes it up to the point where it waits for the start signal, in every
 * namespace and group of the container's. ERR_STATE if the container has stopped. On error the
 * process is dead and reaped.
 */
MUST_CHECK struct err *apply_enter(const struct enter_request *request,
				   struct apply_result *result);

/* ---- between enter.c, enter_group.c and enter_child.c ---- */

enum { ENTER_GROUPS_MAX = 32 }; /* hierarchies: the kernel has about fifteen controllers */
struct enter_context {
	struct child_context child; /* what the way to execve needs */
	int init_pidfd;
	uint64_t namespaces;		 /* CLONE_NEW* of those of init's that are not ours */
	int root_fd;			 /* init's root where its mount namespace is ours, or -1;
					  * in the end the container's root */
	int procs_fds[ENTER_GROUPS_MAX]; /* v1: cgroup.procs, opened for writing */
	size_t procs_n;
};

/* enter_group.c, parent. Whether a v2 group can be entered is known when the clone has tried: one
 * that gives controllers to others can't have processes (EBUSY). */
struct enter_groups {
	int v2_fd;	      /* for CLONE_INTO_CGROUP, or -1 */
	const char *fallback; /* its recorded path, where init's own group does as well; or NULL */
};
MUST_CHECK struct err *enter_groups_open(const struct enter_request *request,
					 struct enter_context *context, struct enter_groups *out);
/* The group that init is in now, of the v2 hierarchy that the recorded one is, or was, in. */
MUST_CHECK struct err *enter_group_of_init(const struct enter_request *request,
					   const char *recorded, int *out_fd);

/* enter_child.c. The process of exec; returns never. */
NORETURN void enter_child_main(struct enter_context *context);
/* The process in between, where only root of the container's user namespace may enter its pid
 * namespace: joins both, makes the process as the runtime's child, writes its pid to pid_fd. */
NORETURN void enter_middle_main(struct enter_context *context, int pid_fd);

#endif
