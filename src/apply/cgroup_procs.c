/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Killing and signalling all processes of a group and of the groups below it. Everything is
 * bounded: a process that hangs in the kernel must not hang us. Parent only.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { KILL_ROUNDS = 100 }; /* against processes that fork while they are killed */

static void sleep_ms(int ms)
{
	(void)sys_poll(NULL, 0, ms);
}

/* ---- signals ---- */

struct signalling {
	int signum;
	size_t count;
};

static struct err *signal_group(int group_fd, void *arg)
{
	struct signalling *signalling = arg;
	drop_pids struct cgroup_pids pids = { 0 };

	TRY(cgroup_read_pids(group_fd, &pids));
	for (size_t i = 0; i < pids.n; i++) {
		int rc = sys_kill(pids.items[i], signalling->signum);

		if (rc < 0 && rc != -ESRCH)
			return err_sys(rc, "signal process %d", (int)pids.items[i]);
	}
	signalling->count += pids.n;
	return NULL;
}

/* 0, or the errno of opening: gone means that nobody is in it. */
static struct err *open_group(const char *path, int *out_fd, bool *out_v2)
{
	*out_fd = cgroup_open(path, out_v2);
	if (*out_fd >= 0 || *out_fd == -ENOENT || *out_fd == -ENODEV)
		return NULL;
	return err_sys(*out_fd, "cgroup %s", path);
}

struct err *cgroup_signal_all(const char *path, int signum)
{
	struct signalling signalling = { .signum = signum };
	drop_fd int fd = -1;

	TRY(open_group(path, &fd, NULL));
	if (fd < 0)
		return NULL;
	return err_link(cgroup_walk(fd, signal_group, &signalling), "cgroup %s", path);
}

/* Without cgroup.kill (v1, Linux before 5.14): round after round until nobody is left. A frozen v1
 * group forks no more, and SIGKILL waits until it thaws. */
static struct err *kill_by_rounds(int group_fd)
{
	for (int round = 0; round < KILL_ROUNDS; round++) {
		struct signalling signalling = { .signum = SIGKILL };
		bool frozen = io_try_write_kernel_file(group_fd, "freezer.state", "FROZEN") >= 0;
		struct err *err = cgroup_walk(group_fd, signal_group, &signalling);

		if (frozen)
			(void)io_try_write_kernel_file(group_fd, "freezer.state", "THAWED");
		if (err || signalling.count == 0)
			return err;
		sleep_ms(1 + round / 10);
	}
	return NULL; /* removing the group says what is still there */
}

struct err *cgroup_kill_all(const char *path)
{
	drop_fd int fd = -1;
	bool v2 = false;

	TRY(open_group(path, &fd, &v2));
	if (fd < 0)
		return NULL;
	int rc = v2 ? io_try_write_kernel_file(fd, "cgroup.kill", "1") : -ENOENT;
	if (rc == -ENODEV) /* removed meanwhile */
		return NULL;
	if (rc == -ENOENT || rc == -EOPNOTSUPP)
		return err_link(kill_by_rounds(fd), "cgroup %s", path);
	return rc < 0 ? err_sys(rc, "cgroup %s: write cgroup.kill", path) : NULL;
}
