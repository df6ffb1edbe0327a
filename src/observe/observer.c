/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observing process: made, brought to where it sees the container's files as the container
 * does, and heard at its end. See observer.h. The runtime's part is the parent's.
 */
#include "observe/observer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "observe/tracee.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { SAYS_READY = 'r', SAYS_ERROR = 'e', SAYS_END = '\n', REPORT_MAX = 256 * 1024 * 1024 };

/* ---- the observing process ---- */

/* Everything but the two: an end of a channel that stays open here would never show elsewhere. */
static void close_others(int a, int b)
{
	unsigned int low = (unsigned int)(a < b ? a : b), high = (unsigned int)(a < b ? b : a);

	if (low > 0)
		(void)sys_close_range(0, low - 1, 0);
	if (high > low + 1)
		(void)sys_close_range(low + 1, high - 1, 0);
	(void)sys_close_range(high + 1, ~0U, 0);
}

static void alone(void)
{
	sigset_t all;

	/* The caller's keys and the runtime's signals are not for us; with the runtime we end. */
	sigfillset(&all);
	(void)sys_sigprocmask(SIG_BLOCK, &all, NULL);
	(void)sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static int open_entry(int proc_dirfd, pid_t pid, const char *entry, int flags)
{
	drop_mem char *path = mem_asprintf("%d/%s", (int)pid, entry);

	return sys_openat(proc_dirfd, path, flags, 0);
}

/* The container's mount namespace and root. An ordinary user may enter them only as one of the
 * container's user namespace, in which its owner may everything. */
static struct err *enter_container(int proc_dirfd, pid_t pid)
{
	drop_fd int user_fd = open_entry(proc_dirfd, pid, "ns/user", O_RDONLY);
	drop_fd int mount_fd = open_entry(proc_dirfd, pid, "ns/mnt", O_RDONLY);
	drop_fd int root_fd = open_entry(proc_dirfd, pid, "root", O_PATH | O_DIRECTORY);

	if (user_fd < 0 || mount_fd < 0 || root_fd < 0)
		return err_sys(user_fd < 0    ? user_fd
			       : mount_fd < 0 ? mount_fd
					      : root_fd,
			       "look into the container's process");
	int rc = sys_setns(mount_fd, CLONE_NEWNS);
	if (rc == -EPERM) {
		rc = sys_setns(user_fd, CLONE_NEWUSER);
		if (rc >= 0)
			rc = sys_setns(mount_fd, CLONE_NEWNS);
	}
	if (rc < 0)
		return err_sys(rc, "enter the container's mount namespace");
	rc = sys_fchdir(root_fd);
	if (rc >= 0)
		rc = sys_chroot(".");
	return rc < 0 ? err_sys(rc, "enter the container's root") : NULL;
}

static struct err *begin(struct view *view, pid_t init)
{
	TRY(trace_seize(init));
	TRY(enter_container(view->proc_dirfd, init));
	int rc = sys_fstatat(AT_FDCWD, "/", &view->root, 0);
	return rc < 0 ? err_sys(rc, "the container's root") : NULL;
}

static void say(int fd, char what, const char *text, size_t len)
{
	err_free(io_write_all(fd, &what, 1, "the observer's report"));
	err_free(io_write_all(fd, text, len, "the observer's report"));
}

static void say_err(int fd, const struct err *err)
{
	say(fd, SAYS_ERROR, err_text(err), strlen(err_text(err)));
}

NORETURN static void observe(pid_t init, observer_report *report, const void *data, int fd)
{
	drop_findings struct findings findings = { 0 };
	drop_strbuf struct strbuf text = { 0 };
	struct view view = { .findings = &findings };

	alone();
	view.proc_dirfd = sys_open("/proc", O_PATH | O_DIRECTORY, 0);
	if (view.proc_dirfd >= 0)
		close_others(fd, view.proc_dirfd);
	struct err *err =
		view.proc_dirfd < 0 ? err_sys(view.proc_dirfd, "open /proc") : begin(&view, init);
	if (!err) {
		say(fd, SAYS_READY, "", 0);
		err = trace_follow(&view, init);
	}
	if (err) {
		say_err(fd, err);
		_exit(1);
	}
	report(&findings, &text, data);
	say(fd, SAYS_READY, strbuf_text(&text), text.len);
	say(fd, SAYS_END, "", 0);
	_exit(0);
}

/* ---- the runtime ---- */

static struct err *ended(void)
{
	return err_new(ERR_PEER, "the observing process has ended before its report");
}

static struct err *its_error(int fd)
{
	drop_strbuf struct strbuf text = { 0 };

	TRY(io_read_fd(fd, "the observer's report", REPORT_MAX, &text));
	return err_new(ERR_SYS, "%s", strbuf_text(&text));
}

struct err *observer_start(pid_t init, observer_report *report, const void *data,
			   struct observer *out)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int pipe_fds[2];
	char first = 0;
	int rc = sys_pipe2(pipe_fds, 0);

	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = pipe_fds[0], write_fd = pipe_fds[1];
	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		observe(init, report, data, write_fd);
	if (pid < 0)
		return err_sys(pid, "clone the observing process");
	fd_closep(&write_fd);
	if (sys_read(read_fd, &first, 1) != 1)
		return ended();
	if (first != SAYS_READY)
		return its_error(read_fd);
	out->fd = take_fd(&read_fd);
	return NULL;
}

struct err *observer_finish(struct observer *observer, struct strbuf *out)
{
	drop_strbuf struct strbuf text = { 0 };

	TRY(io_read_fd(observer->fd, "the observer's report", REPORT_MAX, &text));
	if (text.len && text.data[0] == SAYS_ERROR)
		return err_new(ERR_SYS, "%s", text.data + 1);
	if (text.len < 2 || text.data[text.len - 1] != SAYS_END)
		return ended();
	strbuf_add_bytes(out, text.data + 1, text.len - 2);
	return NULL;
}

void observer_close(struct observer *observer)
{
	fd_closep(&observer->fd);
}
