/* SPDX-License-Identifier: Apache-2.0 */
/* A process by pid and start time. See proc.h. Parent only, any stage; changes nothing. */
#include "status/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "sys/sys.h"

/* What of /proc/PID/stat is of interest (proc(5)). */
struct stat_line {
	char state;
	unsigned int flags;	       /* field 9: PF_* of the kernel */
	unsigned long long start_time; /* field 22 */
};

enum { FLAGS_FIELD = 9, START_TIME_FIELD = 22 };
/* include/linux/sched.h, "Forked but didn't exec": unchanged since it is there. */
enum { PF_FORKNOEXEC = 0x40 };

/*
 * The command name is field 2, in parentheses, and may itself hold blanks and parentheses: only the
 * last ')' ends it.
 */
static bool parse_stat(const char *line, struct stat_line *out)
{
	const char *p = strrchr(line, ')');

	if (!p || p[1] != ' ')
		return false;
	out->state = p[2];
	p++;
	for (int field = 3; field < START_TIME_FIELD; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return false;
		if (field + 1 == FLAGS_FIELD)
			out->flags = (unsigned int)strtoul(p + 1, NULL, 10);
	}
	out->start_time = strtoull(p + 1, NULL, 10);
	return true;
}

static bool read_stat(int64_t pid, struct stat_line *out)
{
	char path[64], line[1024];

	if (pid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	drop_fd int fd = sys_open(path, O_RDONLY, 0);
	if (fd < 0)
		return false;
	ssize_t got = sys_read(fd, line, sizeof(line) - 1);
	if (got <= 0)
		return false; /* ESRCH: it ended between open and read */
	line[got] = '\0';
	return parse_stat(line, out);
}

unsigned long long proc_start_time(int64_t pid)
{
	struct stat_line stat = { 0 };

	if (!read_stat(pid, &stat) || stat.state == 'Z' || stat.state == 'X' || stat.state == 'x')
		return 0;
	return stat.start_time;
}

bool proc_never_executed(int64_t pid, unsigned long long start_time)
{
	struct stat_line stat = { 0 };

	return read_stat(pid, &stat) && (!start_time || stat.start_time == start_time) &&
	       stat.flags & PF_FORKNOEXEC;
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
