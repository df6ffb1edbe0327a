/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freezing and thawing a group: asked for, waited for, and taken back if it does not come to be, as
 * half frozen is worse than not at all. Bounded. Parent only.
 *
 * v2 tells by cgroup.events when a group is frozen (Documentation/admin-guide/cgroup-v2.rst); v1
 * tells nothing, and finds out only when freezer.state is read (cgroup-v1/freezer-subsystem.rst).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum {
	FREEZE_WAIT_MS = 10 * 1000, /* for processes that wait for a disk */
	THAW_WAIT_MS = 2000,	    /* takes no time, or a group above is frozen */
	V1_ROUNDS_TO_THAW = 8,
	V1_WAIT_MAX_MS = 50,
	STATE_MAX = 4096,
};

/* True if the text has this whole line. */
static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	while (*text) {
		size_t text_len = strcspn(text, "\n");

		if (text_len == len && strncmp(text, line, len) == 0)
			return true;
		text += text_len + (text[text_len] == '\n');
	}
	return false;
}

static bool file_says(int group_fd, const char *file, const char *line)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_err struct err *err = io_read_file(group_fd, file, STATE_MAX, &text);

	return !err && has_line(strbuf_text(&text), line);
}

bool cgroup_is_frozen(const char *path, bool v2)
{
	drop_fd int fd = cgroup_open(path, NULL);

	if (fd < 0)
		return false;
	return v2 ? file_says(fd, "cgroup.events", "frozen 1")
		  : file_says(fd, "freezer.state", "FROZEN");
}

bool cgroup_is_paused(const char *path, bool v2)
{
	drop_fd int fd = cgroup_open(path, NULL);

	return fd >= 0 && file_says(fd, v2 ? "cgroup.freeze" : "freezer.self_freezing", "1");
}

/* ---- v2 ---- */

static int ask_v2(int group_fd, bool frozen)
{
	return io_try_write_kernel_file(group_fd, "cgroup.freeze", frozen ? "1" : "0");
}

/* Whether cgroup.events says so by the deadline. Reading arms the next notification, so none is
 * lost between a read and the poll. */
static struct err *await_event(int events_fd, const char *line, long long deadline, bool *out)
{
	char text[STATE_MAX];

	for (;;) {
		struct pollfd poll = { .fd = events_fd, .events = POLLPRI };
		ssize_t len = sys_pread(events_fd, text, sizeof(text) - 1, 0);

		if (len < 0)
			return err_sys((int)len, "read cgroup.events");
		text[len] = '\0';
		*out = has_line(text, line);
		long long left = deadline - sys_monotonic_ms();
		if (*out || left <= 0)
			return NULL;
		int rc = sys_poll(&poll, 1, (int)left);
		if (rc < 0)
			return err_sys(rc, "wait for cgroup.events");
	}
}

static struct err *change_v2(int group_fd, bool frozen, long long deadline, bool *out_done)
{
	drop_fd int events_fd = sys_openat(group_fd, "cgroup.events", O_RDONLY, 0);

	if (events_fd < 0)
		return err_sys(events_fd, "open cgroup.events");
	int rc = ask_v2(group_fd, frozen);
	if (rc < 0)
		return cgroup_explain(err_sys(rc, "write cgroup.freeze"), rc);
	return await_event(events_fd, frozen ? "frozen 1" : "frozen 0", deadline, out_done);
}

/* ---- v1 ---- */

static int ask_v1(int group_fd, bool frozen)
{
	return io_try_write_kernel_file(group_fd, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

/*
 * Asked again and again, as the kernel wants it; and thawed now and then, since a process that
 * waits for one that is frozen already can't be frozen itself (lesson G44).
 */
static struct err *change_v1(int group_fd, bool frozen, long long deadline, bool *out_done)
{
	for (int round = 1, wait = 1;; round++, wait = wait < V1_WAIT_MAX_MS ? wait * 2 : wait) {
		if (frozen && round % V1_ROUNDS_TO_THAW == 0)
			(void)ask_v1(group_fd, false);
		int rc = ask_v1(group_fd, frozen);
		if (rc < 0)
			return cgroup_explain(err_sys(rc, "write freezer.state"), rc);
		*out_done = file_says(group_fd, "freezer.state", frozen ? "FROZEN" : "THAWED");
		if (*out_done || sys_monotonic_ms() >= deadline)
			return NULL;
		(void)sys_poll(NULL, 0, wait); /* v1 has nothing that could be waited for */
	}
}

/* ---- both ---- */

static struct err *not_done(bool frozen)
{
	if (frozen)
		return err_hint(
			err_new(ERR_SYS, "could not be frozen within %d ms", FREEZE_WAIT_MS),
			"a process waits in the kernel for something; it was thawed again");
	return err_hint(err_new(ERR_STATE, "is still frozen after %d ms", THAW_WAIT_MS),
			"a group above it is frozen");
}

struct err *cgroup_freeze(const char *path, bool v2, bool frozen)
{
	const long long deadline = sys_monotonic_ms() + (frozen ? FREEZE_WAIT_MS : THAW_WAIT_MS);
	drop_fd int fd = cgroup_open(path, NULL);
	bool done = false;

	if (fd < 0)
		return err_sys(fd, "cgroup %s", path);
	struct err *err = v2 ? change_v2(fd, frozen, deadline, &done)
			     : change_v1(fd, frozen, deadline, &done);
	if (!err && !done)
		err = not_done(frozen);
	if (err && frozen)
		(void)(v2 ? ask_v2(fd, false) : ask_v1(fd, false));
	return err_link(err, "cgroup %s", path);
}
