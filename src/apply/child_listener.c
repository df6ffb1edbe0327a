/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that is not under the filter. See child_listener.h. The two threads take turns: each
 * stands in the kernel while the other runs, so that they can share the C library's thread data and
 * nothing here needs a lock.
 */
#include "apply/child_listener.h"

#include <sys/mman.h>

#include "apply/actors.h"
#include "apply/sync.h"
#include "base/fd.h"
#include "sys/sys.h"

enum { LOADED, EXEC_FAILED }; /* the stops of the filtered thread */
enum { STACK_SIZE = 128 * 1024 };

static struct err *hand_over(struct child_listener *listener)
{
	const struct child_context *context = listener->context;
	struct sync_message message;

	TRY(gate_await(&listener->gate, LOADED));
	TRY(rlimits_apply(&context->plan->process, 0));
	TRY(sync_send_text(context->sync_fd, SYNC_LISTENER, "", listener->fd));
	/* A runtime that could not reach the agent is gone now, and so are we. */
	TRY(sync_expect(context->sync_fd, SYNC_LISTENER_SENT, &message));
	/* While it is open here, an agent that goes away leaves execve waiting for ever. */
	fd_closep(&listener->fd);
	TRY(sync_send(context->sync_fd, SYNC_EXECUTING));
	return gate_let_pass(&listener->gate, LOADED);
}

/* Returns only if there is an error to tell: execve ends this thread. */
static struct err *attend(struct child_listener *listener)
{
	TRY(hand_over(listener));
	TRY(gate_await(&listener->gate, EXEC_FAILED));
	return child_exec_error(listener->exec, listener->exec_rc);
}

static int thread_main(void *data)
{
	struct child_listener *listener = data;

	sync_send_err(listener->context->sync_fd, attend(listener));
	sys_exit_group(1); /* both threads */
	return 1;
}

/* A page that can't be touched lies below it. */
static struct err *make_stack(char **out_top)
{
	size_t guard = sys_page_size();
	void *start = NULL;
	int rc = sys_mmap_anonymous(guard + STACK_SIZE, &start);

	if (rc >= 0)
		rc = sys_mprotect(start, guard, PROT_NONE);
	if (rc < 0)
		return err_sys(rc, "map a stack");
	*out_top = (char *)start + guard + STACK_SIZE;
	return NULL;
}

struct err *child_listener_start(struct child_listener *listener, const struct child_exec *exec,
				 const struct child_context *context)
{
	char *stack_top = NULL;

	listener->exec = exec;
	listener->context = context;
	TRY(gate_open(&listener->gate));
	TRY(make_stack(&stack_top));
	pid_t rc = sys_clone_thread(thread_main, stack_top, listener);
	return rc < 0 ? err_hint(err_sys(rc, "clone a thread that hands over the listener"),
				 "is linux.resources.pids.limit 1?")
		      : NULL;
}

void child_listener_hand_over(struct child_listener *listener, int fd)
{
	listener->fd = fd;
	gate_pass(&listener->gate, LOADED);
}

void child_listener_tell(struct child_listener *listener, int exec_rc)
{
	listener->exec_rc = exec_rc;
	gate_pass(&listener->gate, EXEC_FAILED); /* which nobody opens */
}
