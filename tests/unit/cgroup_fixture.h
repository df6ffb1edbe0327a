/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group under test, on the layout that this machine has: for the tests of apply/cgroup*.c. They
 * work only below groups of their own, /nucleus-oci-test-PID of the hierarchy that was chosen.
 */
#ifndef TESTS_UNIT_CGROUP_FIXTURE_H
#define TESTS_UNIT_CGROUP_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/cgroup.h"
#include "base/mem.h"
#include "tests/unit/check.h"

enum { ALL = 7, PATIENCE_MS = 5000 };

static char mount_point[256], top[512]; /* of the hierarchy under test */
static const char *controllers = "";
static bool v2 = true;
static char work_dir[] = "/tmp/test-cgroup-XXXXXX";

/* ---- the group under test ---- */

struct fixture {
	struct journal journal;
	struct plan_cgroup_dir dir;
	struct plan_cgroup plan;
	struct cgroup cgroup;
	char path[600];
};

static inline void fixture_init(struct fixture *f, const char *rel)
{
	memset(f, 0, sizeof(*f));
	f->journal.fd = -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/%s", top, rel);
	f->dir = (struct plan_cgroup_dir){
		.v2 = v2,
		.controllers = controllers,
		.mount_point = mount_point,
		.rel = f->path + strlen(mount_point) + 1,
	};
	f->plan = (struct plan_cgroup){
		.mode = v2 ? CGROUP_V2 : CGROUP_V1,
		.v2_dir = v2 ? 0 : -1,
		.dirs = &f->dir,
		.dirs_n = 1,
		.devices_dir = v2 ? -1 : 0,
		.devices_by_bpf = v2,
	};
}

static inline void fixture_free(struct fixture *f)
{
	cgroup_close(&f->cgroup);
	journal_close(&f->journal);
	err_free(cgroup_kill_all(f->path));
	err_free(cgroup_remove(f->path));
}
#define drop_fixture CLEANUP(fixture_free)

static inline struct err *create(struct fixture *f)
{
	return cgroup_create(&f->plan, &f->journal, &f->cgroup);
}

static inline bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static inline bool in_journal(const struct journal *journal, enum journal_kind kind,
			      const char *path)
{
	for (size_t i = 0; i < journal->n; i++) {
		if (journal->entries[i].kind == kind && !strcmp(journal->entries[i].text, path))
			return true;
	}
	return false;
}

static inline bool enter(const char *path)
{
	drop_mem char *procs = mem_asprintf("%s/cgroup.procs", path);
	int fd = open(procs, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, "0", 1) == 1;

	close(fd);
	return ok;
}

static inline void on_usr1(int signum)
{
	(void)signum;
	_exit(7);
}

/* A process of the group that sleeps, or -1. SIGUSR1 makes it end with 7. */
static inline pid_t sleeper(const char *path)
{
	int ready[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		(void)signal(SIGUSR1, on_usr1);
		if (!enter(path) || write(ready[1], "", 1) != 1)
			_exit(1);
		alarm(30); /* never outlives a test that went wrong */
		for (;;)
			pause();
	}
	close(ready[1]);
	bool in = read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	return in ? pid : -1;
}

/* The signal that ended it, or its exit code as a negative number; 0: not within the time. */
static inline int ended_by(pid_t pid)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		int status;
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
		if (got < 0)
			return -255;
		usleep(1000);
	}
	return 0;
}

/* ---- what may be done with devices in it ---- */

static const struct plan_device_rule deny_all = { false, 'a', -1, -1, ALL };

static inline int try_node(const char *name, mode_t type, unsigned int major_, unsigned int minor_)
{
	drop_mem char *path = mem_asprintf("%s/%s", work_dir, name);

	(void)unlink(path);
	return mknod(path, type | 0600, makedev(major_, minor_)) == 0 ? 0 : errno;
}

static inline int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int code = fd >= 0 ? 0 : errno;

	close(fd);
	return code;
}

enum attempt {
	READ_NULL = 1,
	WRITE_NULL = 2,
	BOTH_NULL = 4,
	READ_ZERO = 8,
	MKNOD_NULL = 16,
	MKNOD_BLOCK = 32,
	ACCESS_NULL = 64,
};

/* What a process of the group may do, as a set. */
static inline unsigned int attempts(const char *path)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		unsigned int got = 0;

		if (!enter(path))
			_exit(255);
		got |= try_open("/dev/null", O_RDONLY) == 0 ? READ_NULL : 0;
		got |= try_open("/dev/null", O_WRONLY) == 0 ? WRITE_NULL : 0;
		got |= try_open("/dev/null", O_RDWR) == 0 ? BOTH_NULL : 0;
		got |= try_open("/dev/zero", O_RDONLY) == 0 ? READ_ZERO : 0;
		got |= try_node("c", S_IFCHR, 1, 3) == 0 ? MKNOD_NULL : 0;
		got |= try_node("b", S_IFBLK, 1, 3) == 0 ? MKNOD_BLOCK : 0;
		got |= access("/dev/null", F_OK) == 0 ? ACCESS_NULL : 0;
		_exit((int)got);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? (unsigned int)WEXITSTATUS(status) : 255;
}

/* ---- whether it can be done here ---- */

/* The hierarchy under test becomes that of a v1 controller, or v2 (""). */
static inline bool choose(const char *controller)
{
	const struct host_hierarchies *hierarchies = NULL;
	struct host host;

	host_init(&host);
	struct err *err = host_cgroup_hierarchies(&host, &hierarchies);
	bool found = false;
	for (size_t i = 0; !err && !found && i < hierarchies->n; i++) {
		const struct host_hierarchy *item = &hierarchies->items[i];

		found = *controller ? strcmp(item->controllers, controller) == 0 : item->v2;
		if (found)
			(void)snprintf(mount_point, sizeof(mount_point), "%s", item->mount_point);
	}
	err_free(err);
	host_free(&host);
	v2 = !*controller;
	controllers = controller;
	(void)snprintf(top, sizeof(top), "%s/nucleus-oci-test-%d", mount_point, (int)getpid());
	return found && mkdir(top, 0755) == 0;
}

/* A process in the group writes so many pages to a new file, which a tmpfs charges to the group. */
static inline bool write_pages(const char *path, const char *file, int pages)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		static char page[4096];
		int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		bool ok = fd >= 0 && enter(path);

		for (int i = 0; ok && i < pages; i++)
			ok = write(fd, page, sizeof(page)) == (ssize_t)sizeof(page);
		_exit(ok ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
