/* SPDX-License-Identifier: Apache-2.0 */
/* What a process does to itself before it is a container's. See child_self.h. Child only. */
#include "apply/child_self.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "apply/sync.h"
#include "apply/tty.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sys/io.h"
#include "sys/sys.h"

/* keyctl_setperm(3): as the kernel makes it, and that the container's user may find it by name: a
 * process of exec has it from nobody. */
enum {
	POSSESSOR_ALL = 0x3f000000,
	USER_VIEW = 0x00010000,
	USER_READ = 0x00020000,
	USER_SEARCH = 0x00080000,
	USER_LINK = 0x00100000,
	KEYRING_PERMISSIONS = POSSESSOR_ALL | USER_VIEW | USER_READ | USER_SEARCH | USER_LINK,
};

/* A runtime that was dead before we asked for the signal shows by its closed end of the channel:
 * getppid() tells nothing in a new pid namespace. */
struct err *child_tie_to_parent(int sync_fd)
{
	struct pollfd peer = { .fd = sync_fd };
	int rc = sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);

	if (rc < 0)
		return err_sys(rc, "prctl(PR_SET_PDEATHSIG)");
	rc = sys_poll(&peer, 1, 0);
	if (rc > 0 && peer.revents & POLLHUP)
		return err_new(ERR_PEER, "the runtime is gone");
	return rc < 0 ? err_sys(rc, "poll") : NULL;
}

static struct err *set_dumpable(unsigned long value)
{
	int rc = sys_prctl(PR_SET_DUMPABLE, value, 0, 0, 0);

	return rc < 0 ? err_sys(rc, "prctl(PR_SET_DUMPABLE)") : NULL;
}

struct err *child_become_undumpable(void)
{
	return set_dumpable(0);
}

struct err *child_stay_dumpable(void)
{
	return set_dumpable(1);
}

int child_set_oom_score(const struct plan_process *process)
{
	drop_mem char *text = mem_asprintf("%lld", (long long)process->oom_score_adj.v);

	if (!process->oom_score_adj.set)
		return 0;
	return io_try_write_kernel_file(AT_FDCWD, "/proc/self/oom_score_adj", text);
}

struct err *child_new_session(const struct plan *plan)
{
	/* TIOCSTI and Ctrl-C of the caller's terminal end here (lesson S46). */
	int rc = sys_setsid();
	if (rc < 0)
		return err_sys(rc, "setsid");
	if (!plan->process.new_keyring)
		return NULL;
	drop_mem char *name = mem_asprintf("_ses.%s", plan->id);
	rc = sys_keyctl_join_session(name);
	if (rc >= 0)
		(void)sys_keyctl_set_permissions(rc, KEYRING_PERMISSIONS);
	/* ENOSYS: a kernel without keys; EPERM: a seccomp filter around the runtime */
	if (rc < 0 && rc != -ENOSYS && rc != -EPERM)
		return err_sys(rc, "join a new session keyring");
	return NULL;
}

static void sort_fds(int *fds, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t j = i; j && fds[j - 1] > fds[j]; j--) {
			int swap = fds[j];

			fds[j] = fds[j - 1];
			fds[j - 1] = swap;
		}
	}
}

struct err *child_close_but(unsigned int first, int *keep, size_t n)
{
	unsigned int next = first;
	int rc = 0;

	sort_fds(keep, n);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (keep[i] < 0 || (unsigned int)keep[i] < next)
			continue;
		if ((unsigned int)keep[i] > next)
			rc = sys_close_range(next, (unsigned int)keep[i] - 1, 0);
		next = (unsigned int)keep[i] + 1;
	}
	if (rc >= 0)
		rc = sys_close_range(next, ~0U, 0);
	return rc < 0 ? err_sys(rc, "close_range") : NULL;
}

struct err *child_open_terminal(const struct plan_process *process, int root_fd,
				struct child_terminal *out)
{
	drop_fd int dev_fd = sys_openat2(root_fd, "dev", O_PATH | O_DIRECTORY, 0,
					 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (dev_fd < 0)
		return err_sys(dev_fd, "open /dev");
	TRY(tty_open_pty(dev_fd, process->rows, process->columns, &out->master_fd, &out->slave_fd,
			 out->name, sizeof(out->name)));
	(void)sys_fchownat(out->slave_fd, "", process->uid, (gid_t)-1, AT_EMPTY_PATH);
	return NULL;
}

struct err *child_use_terminal(const struct child_terminal *terminal, int sync_fd)
{
	TRY(sync_send_text(sync_fd, SYNC_CONSOLE, terminal->name, terminal->master_fd));
	return tty_make_controlling(terminal->slave_fd);
}

void child_close_terminal(struct child_terminal *terminal)
{
	fd_closep(&terminal->master_fd);
	fd_closep(&terminal->slave_fd);
}

NORETURN void child_tell_pid(int pipe_fd, pid_t pid)
{
	_exit(sys_write(pipe_fd, &pid, sizeof(pid)) == (ssize_t)sizeof(pid) ? 0 : 1);
}

NORETURN void child_fail(int sync_fd, struct err *err)
{
	sync_send_err(sync_fd, err);
	_exit(1);
}
