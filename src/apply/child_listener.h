/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing over the listener of a notifying filter. Whoever has loaded one can't: any call, also the
 * execve that follows, may be denied or wait for an agent that has no listener yet (lesson P24). So
 * a second thread of the same process, made before and not under the filter, gives the listener to
 * the runtime and lets the filtered thread go on when the agent has it. execve ends that thread, or
 * it tells why there was none. Child only.
 */
#ifndef APPLY_CHILD_LISTENER_H
#define APPLY_CHILD_LISTENER_H

#include "apply/child.h"
#include "apply/child_exec.h"
#include "apply/gate.h"
#include "base/err.h"

/* Lives in the frame of whoever calls execve. */
struct child_listener {
	const struct child_exec *exec;
	const struct child_context *context;
	struct gate gate;
	int fd;	     /* the listener, once it is there */
	int exec_rc; /* what execve gave back */
};

/* Makes the thread. Before the filter is loaded and the limits are set: both threads count, and the
 * listener needs a descriptor. It sets the limits itself. */
MUST_CHECK struct err *child_listener_start(struct child_listener *listener,
					    const struct child_exec *exec,
					    const struct child_context *context);
/* The filtered thread: gives `fd` away and stands still until the agent has it. */
void child_listener_hand_over(struct child_listener *listener, int fd);
/* The filtered thread: execve has failed with exec_rc (-errno). The other one tells, and ends the
 * process. */
void child_listener_tell(struct child_listener *listener, int exec_rc);

#endif
