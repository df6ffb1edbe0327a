/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What create and exec have of the process that they make, as it comes to be: between parent.c,
 * enter.c and result.c. Parent only.
 */
#ifndef APPLY_RESULT_H
#define APPLY_RESULT_H

#include "apply/apply.h"

/*
 * The process that `middle` makes with CLONE_PARENT, whose pid it writes to the pipe
 * (child_tell_pid). `middle` is waited for. An error is what it has said, or that it has not made
 * `what`.
 */
MUST_CHECK struct err *result_take_from_middle(struct apply_result *result, pid_t middle,
					       int pipe_fd, const char *what);
/* Instead of that: kills and waits for a `middle` that can't go on. */
void result_drop_middle(pid_t middle);
/* The master of the terminal, if the process has one (SYNC_CONSOLE). */
MUST_CHECK struct err *result_receive_console(struct apply_result *result,
					      const struct plan_process *process);

#endif
