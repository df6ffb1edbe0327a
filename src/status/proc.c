/* SPDX-License-Identifier: Apache-2.0 */
/* A process by pid and start time. See proc.h. Parent only, any stage; changes nothing. */
#include "status/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "sys/sys.h"

/*
 * Field 22 of a line of /proc/PID/stat (proc(5)), 0 for a zombie or a line that is none. The
 * command name is field 2, in parentheses, and may itself hold blanks and parentheses: only the
 * last
 * ')' ends it.
 */
static unsigned long long stat_start_time(const char *line)
{
	const char *p = strrchr(line, ')');

	if (!p || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X' || p[2] == 'x')
		return 0;
	p++;
	for (int field = 3; field < 22; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return 0;
	}
	return strtoull(p + 1, NULL, 10);
}

unsigned long long proc_start_time(int64_t pid)
{
	char path[64], line[1024];

	if (pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	drop_fd int fd = sys_open(path, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	ssize_t got = sys_read(fd, line, sizeof(line) - 1);
	if (got <= 0)
		return 0; /* ESRCH: it ended between open and read */
	line[got] = '\0';
	return stat_start_time(line);
}

bool proc_is_alive(int64_t pid, unsigned long long start_time)
{
	return start_time && proc_start_time(pid) == start_time;
}

struct err *proc_open(int64_t pid, unsigned long long start_time, int *out_pidfd)
{
	*out_pidfd = -1;
	if (pid <= 0 || pid > INT32_MAX || !start_time)
		return NULL;
	drop_fd int pidfd = sys_pidfd_open((pid_t)pid, 0);
	if (pidfd == -ESRCH || pidfd == -EINVAL)
		return NULL; /* EINVAL: the number is a thread's now */
	if (pidfd < 0)
		return err_sys(pidfd, "pidfd_open %lld", (long long)pid);
	/*
	 * Compared after the pidfd was opened: if the start time is still the recorded one, the
	 * descriptor can't belong to a later owner of the number.
	 */
	if (proc_is_alive(pid, start_time))
		*out_pidfd = take_fd(&pidfd);
	return NULL;
}
