/* SPDX-License-Identifier: Apache-2.0 */
/* Notices of the OOM killer. See cgroup_oom.h. Parent only. */
#include "apply/cgroup_oom.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { EVENTS_MAX = 4096 };

/* The number behind "oom_kill " in memory.events or memory.oom_control. Reading memory.events arms
 * its next notification. */
static uint64_t count_kills(const struct oom_watch *watch)
{
	static const char key[] = "oom_kill";
	char text[EVENTS_MAX];
	ssize_t len = sys_pread(watch->file_fd, text, sizeof(text) - 1, 0);

	if (len <= 0) /* the group was removed */
		return watch->seen;
	text[len] = '\0';
	const char *line = str_line_of(text, key, strlen(key));
	return line ? strtoull(line + strlen(key), NULL, 10) : 0;
}

/* Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control" */
static struct err *register_event(struct oom_watch *watch, int dir_fd)
{
	char text[64];

	watch->event_fd = sys_eventfd();
	if (watch->event_fd < 0)
		return err_sys(watch->event_fd, "eventfd");
	snprintf(text, sizeof(text), "%d %d", watch->event_fd, watch->file_fd);
	int rc = io_try_write_kernel_file(dir_fd, "cgroup.event_control", text);
	return rc < 0 ? err_sys(rc, "ask for notices of memory.oom_control") : NULL;
}

struct err *oom_watch_open(struct oom_watch *watch, int dir_fd)
{
	*watch = (struct oom_watch)OOM_WATCH_INIT;
	if (dir_fd < 0)
		return NULL;
	watch->file_fd = sys_openat(dir_fd, "memory.events", O_RDONLY, 0);
	if (watch->file_fd == -ENOENT) {
		watch->file_fd = sys_openat(dir_fd, "memory.oom_control", O_RDONLY, 0);
		if (watch->file_fd >= 0)
			TRY(register_event(watch, dir_fd));
	}
	if (watch->file_fd < 0 && watch->file_fd != -ENOENT && watch->file_fd != -ENODEV)
		return err_sys(watch->file_fd, "watch the group's memory");
	if (watch->file_fd >= 0)
		watch->seen = count_kills(watch);
	return NULL;
}

int oom_watch_fd(const struct oom_watch *watch, short *out_events)
{
	*out_events = watch->event_fd >= 0 ? POLLIN : POLLPRI;
	return watch->event_fd >= 0 ? watch->event_fd : watch->file_fd;
}

uint64_t oom_watch_take(struct oom_watch *watch)
{
	uint64_t counted, before = watch->seen;

	if (watch->file_fd < 0)
		return 0;
	/* v1 also counts where nobody is killed, as with disableOOMKiller, and when the group is
	 * removed; the first is news. */
	if (watch->event_fd >= 0)
		(void)sys_read(watch->event_fd, &counted, sizeof(counted));
	watch->seen = count_kills(watch);
	return watch->seen - before;
}

void oom_watch_close(struct oom_watch *watch)
{
	fd_closep(&watch->file_fd);
	fd_closep(&watch->event_fd);
}
