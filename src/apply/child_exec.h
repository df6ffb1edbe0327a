/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the child's way: what is prepared at create so that it fails there, the wait for the
 * start signal, and the order of privilege drops up to execve. Child only.
 */
#ifndef APPLY_CHILD_EXEC_H
#define APPLY_CHILD_EXEC_H

#include "apply/child.h"
#include "base/err.h"
#include "base/mem.h"

struct child_exec {
	struct arena arena;
	struct lsm_files labels; /* open only while labels are still to be written */
	int ruleset_fd;		 /* Landlock ruleset or -1 */
	const char *path;	 /* the program */
	char **env;
	bool cwd_later; /* the working directory can only be entered as the process's user */
};
#define CHILD_EXEC_INIT                                \
	{                                              \
		.labels = { -1, -1 }, .ruleset_fd = -1 \
	}

/* Hard limits above the caller's own are raised, to fail early; the exact values come later. */
MUST_CHECK struct err *child_exec_raise_limits(const struct plan_process *process);
/* In the final root, everything mounted: working directory, command, limits' hard values. */
MUST_CHECK struct err *child_exec_prepare(struct child_exec *exec, struct child_context *context,
					  int root_fd);
/*
 * After SYNC_READY, while the runtime writes down what it has made; an error is what it hears in
 * place of its next answer. Builds the Landlock ruleset, below root_fd, and closes all descriptors
 * but those that the rest of the way needs: what the runtime and its caller had open must not be
 * around while the process waits in the container's namespaces (CVE-2016-9962).
 */
MUST_CHECK struct err *child_exec_settle(struct child_exec *exec, struct child_context *context,
					 int root_fd);
/* Waits for the start signal: from the parent (run), or, after SYNC_DETACH, on the start socket,
 * whose accepted connection becomes the sync channel. */
MUST_CHECK struct err *child_exec_wait(struct child_context *context);
/* Why execve, which gave `rc` (-errno), did not execute the program. */
MUST_CHECK struct err *child_exec_error(const struct child_exec *exec, int rc);
/* startContainer hooks, labels, credentials, Landlock, seccomp, execve. Returns only errors. */
MUST_CHECK struct err *child_exec_run(struct child_exec *exec, struct child_context *context);

#endif
