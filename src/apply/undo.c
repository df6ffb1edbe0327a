/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undoing what the journal says was done. See undo.h. Parent only: a failing create, delete, and
 * delete --force run these same functions. Must not run hooks and must not touch the container's
 * directory.
 *
 * Two walks, each last entry first. The first gives the signals and waits for nothing, so that
 * everything dies at the same time, and a process that is frozen with its group dies at all; the
 * second waits for each process and removes what is then empty. Before both, the host's network
 * devices leave a container that never came to be: with its last process they would be destroyed.
 */
#include "apply/undo.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "apply/cgroup.h"
#include "apply/host_tree.h"
#include "apply/net_devices.h"
#include "apply/rdt.h"
#include "apply/systemd.h"
#include "base/fd.h"
#include "status/proc.h"
#include "sys/sys.h"

/* How long a process may take to die of SIGKILL (lesson C52); an exiting one may hang in the
 * kernel. */
enum { DEATH_WAIT_MS = 10 * 1000 };

static struct err *open_process(const char *text, int *out_pidfd)
{
	long long pid;
	unsigned long long start_time;

	*out_pidfd = -1;
	if (sscanf(text, "%lld %llu", &pid, &start_time) != 2)
		return err_new(ERR_STATE, "journal: \"process %s\" is damaged", text);
	return proc_open(pid, start_time, out_pidfd);
}

static struct err *kill_process(const char *text)
{
	drop_fd int pidfd = -1;

	TRY(open_process(text, &pidfd));
	int rc = pidfd >= 0 ? sys_pidfd_send_signal(pidfd, SIGKILL) : 0;
	return rc < 0 && rc != -ESRCH ? err_sys(rc, "kill process %s", text) : NULL;
}

static struct err *wait_for_end(int pidfd)
{
	const long long deadline = sys_monotonic_ms() + DEATH_WAIT_MS;
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	for (;;) {
		long long left = deadline - sys_monotonic_ms();
		int rc = sys_poll(&poll_fd, 1, left > 0 ? (int)left : 0);

		if (rc == 1)
			return NULL;
		if (rc == 0)
			return err_new(ERR_PEER, "container init still running");
		if (rc != -EINTR)
			return err_sys(rc, "wait for container init");
	}
}

static struct err *await_process(const char *text)
{
	drop_fd int pidfd = -1;
	siginfo_t info = { 0 };

	TRY(open_process(text, &pidfd));
	if (pidfd < 0)
		return NULL;
	TRY(wait_for_end(pidfd));
	/* Reaps it if it is a child of ours (a failing create); ECHILD otherwise. */
	(void)sys_waitid_pidfd(pidfd, &info, WEXITED | WNOHANG);
	return NULL;
}

static struct err *remove_pid_file(const char *path)
{
	int rc = sys_unlinkat(AT_FDCWD, path, 0);

	return rc < 0 && rc != -ENOENT && rc != -ENOTDIR ? err_sys(rc, "remove pid file %s", path)
							 : NULL;
}

/* First walk. */
static struct err *stop(const struct journal_entry *entry)
{
	switch (entry->kind) {
	case JOURNAL_PROCESS:
		return kill_process(entry->text);
	case JOURNAL_CGROUP:
		return cgroup_kill_all(entry->text);
	case JOURNAL_CGROUP_PARENT:
	case JOURNAL_CGROUP_FOREIGN:
	case JOURNAL_PID_FILE:
	case JOURNAL_MOUNT:
	case JOURNAL_HOOKS:
	case JOURNAL_NET_DEVICE:
	case JOURNAL_RDT:
	case JOURNAL_RDT_SHARED:
	case JOURNAL_UNIT:
	case JOURNAL_UNIT_FOREIGN:
		return NULL;
	}
	return err_new(ERR_BUG, "journal entry of kind %d", (int)entry->kind);
}

/* Second walk. */
static struct err *undo(const struct journal_entry *entry, bool failed_create)
{
	switch (entry->kind) {
	case JOURNAL_PROCESS:
		return await_process(entry->text);
	case JOURNAL_CGROUP:
		return cgroup_remove(entry->text);
	case JOURNAL_CGROUP_PARENT:
		cgroup_remove_if_empty(entry->text);
		return NULL;
	case JOURNAL_CGROUP_FOREIGN:
		return NULL;
	case JOURNAL_PID_FILE:
		return failed_create ? remove_pid_file(entry->text) : NULL;
	case JOURNAL_MOUNT:
		return host_tree_undo(entry->text);
	case JOURNAL_HOOKS:
		return NULL; /* cli/container_delete.c runs them when everything here is gone */
	case JOURNAL_NET_DEVICE:
		return NULL; /* in front of the walks, or the kernel's when the namespace dies */
	case JOURNAL_RDT:
		return rdt_remove(entry->text);
	case JOURNAL_UNIT:
		return systemd_undo(entry->text);
	case JOURNAL_UNIT_FOREIGN:
		return NULL;
	case JOURNAL_RDT_SHARED:
		return failed_create ? rdt_remove_if_unused(entry->text) : NULL;
	}
	return err_new(ERR_BUG, "journal entry of kind %d", (int)entry->kind);
}

struct err *undo_all(const struct journal *journal, bool failed_create)
{
	struct err *err = failed_create ? net_devices_return(journal, -1) : NULL;

	for (size_t i = journal->n; i > 0; i--) {
		if (!journal_is_replaced(journal, i - 1))
			err = err_attach(err, stop(&journal->entries[i - 1]));
	}
	for (size_t i = journal->n; i > 0; i--) {
		if (!journal_is_replaced(journal, i - 1))
			err = err_attach(err, undo(&journal->entries[i - 1], failed_create));
	}
	return err;
}
