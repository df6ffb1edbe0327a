/* SPDX-License-Identifier: Apache-2.0 */
/* The process that is made. See result.h and apply.h. Parent only. */
#include "apply/result.h"

#include <signal.h>

#include "apply/sync.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"

struct err *result_take_from_middle(struct apply_result *result, pid_t middle, int pipe_fd,
				    const char *what)
{
	struct sync_message message;
	pid_t pid = -1;
	int status;
	ssize_t got = sys_read(pipe_fd, &pid, sizeof(pid));

	(void)sys_waitpid(middle, &status, 0);
	if (got != (ssize_t)sizeof(pid)) {
		/* It said why over the sync channel before it ended. */
		TRY(sync_expect(result->sync_fd, SYNC_READY, &message));
		return err_new(ERR_PEER, "the joining process ended without making %s", what);
	}
	result->pid = pid;
	/* Our child by CLONE_PARENT: its pid can't be reused before we have waited for it. */
	result->pidfd = sys_pidfd_open(pid, 0);
	return result->pidfd < 0 ? err_sys(result->pidfd, "pidfd_open") : NULL;
}

void result_drop_middle(pid_t middle)
{
	int status;

	(void)sys_kill(middle, SIGKILL);
	(void)sys_waitpid(middle, &status, 0);
}

struct err *result_receive_console(struct apply_result *result, const struct plan_process *process)
{
	struct sync_message message;

	if (!process->terminal)
		return NULL;
	TRY(sync_expect(result->sync_fd, SYNC_CONSOLE, &message));
	result->console_fd = message.fd;
	result->console_name = mem_strdup(message.text);
	return NULL;
}

void apply_kill(const struct apply_result *result)
{
	int status;

	if (result->pid <= 0)
		return;
	(void)sys_pidfd_send_signal(result->pidfd, SIGKILL);
	(void)sys_waitpid(result->pid, &status, 0);
}

void apply_result_close(struct apply_result *result)
{
	fd_closep(&result->pidfd);
	fd_closep(&result->sync_fd);
	fd_closep(&result->console_fd);
	fd_closep(&result->netns_fd);
	mem_dropp(&result->console_name);
}
