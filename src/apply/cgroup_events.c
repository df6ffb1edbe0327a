/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's groups say about its end. See cgroup.h. Parent only; reads. */
#include <string.h>

#include "apply/cgroup.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { EVENTS_MAX = 64 * 1024 };

static bool has_oom_kill(int dir_fd, const char *file)
{
	static const char key[] = "oom_kill";
	drop_strbuf struct strbuf text = { 0 };
	drop_err struct err *err = io_read_file(dir_fd, file, EVENTS_MAX, &text);
	const char *line = err ? NULL : str_line_of(strbuf_text(&text), key, strlen(key));

	return line && line[strlen(key) + 1] != '0';
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
