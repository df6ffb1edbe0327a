/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that is to become a container's does to itself, whether create made it or exec:
 * neither child has it in its own file. Child only.
 */
#ifndef APPLY_CHILD_SELF_H
#define APPLY_CHILD_SELF_H

#include "base/attr.h"
#include "base/err.h"
#include "plan/plan.h"

/*
 * Dies with the runtime until it is told to live on: a SIGKILL of the runtime leaves no process
 * (lesson S11). To be said again after the ids changed: that clears the death signal.
 */
MUST_CHECK struct err *child_tie_to_parent(int sync_fd);
/* CVE-2016-9962: until execve nobody in a joined namespace may trace or look into us. */
MUST_CHECK struct err *child_become_undumpable(void);
/* The opposite, for a process that is to be traced: new ids have made it undumpable. */
MUST_CHECK struct err *child_stay_dumpable(void);
/* process.oomScoreAdj of the caller, through /proc, while it may: 0 or -errno. */
int child_set_oom_score(const struct plan_process *process);
/* A session of its own, and the container's session keyring, which is made if it is not there. */
MUST_CHECK struct err *child_new_session(const struct plan *plan);
/* Closes everything from `first` on but the n descriptors of `keep`, which it sorts; those that are
 * negative or below count for nothing. */
MUST_CHECK struct err *child_close_but(unsigned int first, int *keep, size_t n);

/* The pty of a process with a terminal. */
struct child_terminal {
	int master_fd, slave_fd;
	char name[64]; /* of the slave, in the container */
};
#define CHILD_TERMINAL_INIT                     \
	{                                       \
		.master_fd = -1, .slave_fd = -1 \
	}
/* Opens one in the devpts below root_fd; it belongs to the process's user. */
MUST_CHECK struct err *child_open_terminal(const struct plan_process *process, int root_fd,
					   struct child_terminal *out);
/* Sends the master to the runtime (SYNC_CONSOLE); the slave becomes controlling and 0-2. */
MUST_CHECK struct err *child_use_terminal(const struct child_terminal *terminal, int sync_fd);
void child_close_terminal(struct child_terminal *terminal);

/* Of a process in between: tells the pid of the one it has made (result.h) and ends. */
NORETURN void child_tell_pid(int pipe_fd, pid_t pid);
/* Tells the error (and takes it) and ends. */
NORETURN void child_fail(int sync_fd, struct err *err);

#endif
