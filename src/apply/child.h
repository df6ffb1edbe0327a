/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side of making a container: from clone3 to execve. It gets everything by being
 * cloned; it parses nothing, decides nothing, and says over the sync channel what it has reached.
 */
#ifndef APPLY_CHILD_H
#define APPLY_CHILD_H

#include "apply/actors.h"
#include "apply/apply.h"
#include "apply/cgroup.h"
#include "apply/probe.h"
#include "apply/rootfs.h"
#include "base/attr.h"
#include "plan/plan.h"

struct child_context {
	const struct plan *plan;
	const struct cgroup *cgroup;
	struct seccomp_filter filter;	/* program NULL: none */
	struct rootfs_sources *sources; /* never NULL */
	const struct probe *probes; /* asked instead of executing the program; NULL: none */
	size_t probes_n;
	int sync_fd;
	int parent_fd; /* the runtime's end of it: closed at once, or its end would never show */
	int start_listen_fd; /* -1: run */
	int stdio_fds[3];    /* -1: inherited as they are */
	int join_fds[8];
	/* The parent has systemd move it into the group and says SYNC_PLACED. */
	bool waits_for_group;
	bool observed; /* apply_request.observed */
	bool joined;   /* the process in between has joined namespaces and cgroup already */
	uint64_t made; /* CLONE_NEW* that it has made already */
};

/* Never returns: execve, or exit status 1 after SYNC_ERROR. */
NORETURN void child_main(struct child_context *context);
/*
 * The process in between (namespaces_need_middle): joins the cgroup and the namespaces, makes a
 * time namespace that has offsets, makes the container's process as a child of the runtime
 * (CLONE_PARENT), writes its pid to pid_fd, ends.
 */
NORETURN void child_middle_main(struct child_context *context, int pid_fd);
/* clone3 flags for the namespaces that are born with the process (not the cgroup namespace). */
uint64_t child_clone_flags(const struct plan_namespaces *ns);
/* Whether the child, when its mounts are done, says SYNC_MOUNTED and waits for SYNC_HOOKS_DONE: the
 * parent puts it into its resctrl group, moves network devices and runs hooks meanwhile. */
bool child_waits_for_parent(const struct plan *plan);

#endif
