/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's groups say about its end. See cgroup.h. Parent only; reads. */
#include <string.h>

#include "apply/cgroup.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { EVENTS_MAX = 64 * 1024 };

/* The number behind "oom_kill " at the start of a line; 0 if there is none. */
static bool has_oom_kill(int dir_fd, const char *file)
{
	drop_strbuf struct strbuf text = { 0 };
	struct err *err = io_read_file(dir_fd, file, EVENTS_MAX, &text);

	if (err) {
		err_free(err);
		return false;
	}
	const char *line = strbuf_text(&text);
	while (line && *line) {
		if (str_starts_with(line, "oom_kill "))
			return line[strlen("oom_kill ")] != '0';
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return false;
}

bool cgroup_was_oom_killed(const struct cgroup *cgroup)
{
	if (!cgroup->plan || !cgroup->groups)
		return false;
	for (size_t i = 0; i < cgroup->plan->dirs_n; i++) {
		int fd = cgroup->groups[i].dir_fd;

		if (fd >= 0 &&
		    (has_oom_kill(fd, "memory.events") || has_oom_kill(fd, "memory.oom_control")))
			return true;
	}
	return false;
}
