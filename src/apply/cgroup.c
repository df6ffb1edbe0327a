/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's groups as a whole, on every layout: made (cgroup_make.c), limited
 * (cgroup_limits.c) and entered. See cgroup.h. Parent; cgroup_join_self in the child.
 */
#include "apply/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "apply/systemd.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { JOIN_TRIES = 5, JOIN_WAIT_MS = 30 };

static struct err *set_devices(const struct plan_cgroup *plan, const struct cgroup *cgroup)
{
	if (!plan->device_rules_n)
		return NULL;
	if (plan->devices_by_bpf) {
		struct cgroup_group group = cgroup->groups[plan->v2_dir];

		/* systemd's own program stays: it would come back with the next daemon-reload. */
		group.existed = group.existed && !plan->unit;
		return devices_bpf_set(&group, plan->device_rules, plan->device_rules_n);
	}
	return cgroup_v1_set_devices(&cgroup->groups[plan->devices_dir], plan);
}

static struct cgroup_group *new_groups(size_t n)
{
	struct cgroup_group *groups = mem_zalloc((n + 1) * sizeof(*groups));

	for (size_t i = 0; i < n; i++)
		groups[i].dir_fd = groups[i].procs_fd = groups[i].lock_fd = -1;
	return groups;
}

static struct err *open_procs(const struct plan_cgroup_dir *dir, struct cgroup_group *group)
{
	if (dir->v2) /* entered by clone */
		return NULL;
	int fd = sys_openat(group->dir_fd, "cgroup.procs", O_WRONLY, 0);
	if (fd < 0)
		return err_sys(fd, "open %s/%s/cgroup.procs", dir->mount_point, dir->rel);
	group->procs_fd = fd;
	return NULL;
}

static void close_groups(struct cgroup *cgroup)
{
	for (size_t i = 0; cgroup->groups && i < cgroup->plan->dirs_n; i++) {
		fd_closep(&cgroup->groups[i].dir_fd);
		fd_closep(&cgroup->groups[i].procs_fd);
		fd_closep(&cgroup->groups[i].lock_fd);
	}
	mem_dropp(&cgroup->groups);
}

static struct err *make_groups(struct cgroup *cgroup, struct journal *journal)
{
	const struct plan_cgroup *plan = cgroup->plan;

	const pid_t placeholder = cgroup->systemd ? cgroup->systemd->pid : 0;

	cgroup->groups = new_groups(plan->dirs_n);
	for (size_t i = 0; i < plan->dirs_n; i++) {
		TRY(cgroup_make(&plan->dirs[i], i == 0, placeholder, journal, &cgroup->groups[i]));
		TRY(open_procs(&plan->dirs[i], &cgroup->groups[i]));
	}
	TRY(cgroup_write_limits(cgroup));
	TRY(set_devices(plan, cgroup));
	if (plan->delegate)
		return cgroup_v2_delegate(cgroup->groups[plan->v2_dir].dir_fd, plan->delegate_uid);
	return NULL;
}

/* systemd makes its groups, and so the rest here finds them. */
static struct err *start_unit(struct cgroup *cgroup, struct journal *journal)
{
	cgroup->systemd = mem_zalloc(sizeof(*cgroup->systemd));
	cgroup->systemd->fd = -1;
	TRY(systemd_open(cgroup->plan->unit->socket, cgroup->systemd));
	return systemd_start(cgroup->systemd, cgroup->plan, journal);
}

struct err *cgroup_create(const struct plan_cgroup *plan, struct journal *journal,
			  struct cgroup *out)
{
	out->plan = plan;
	if (plan->disabled)
		return NULL;
	if (plan->unit)
		TRY(start_unit(out, journal));
	return make_groups(out, journal);
}

void cgroup_leave(struct cgroup *cgroup)
{
	if (cgroup->systemd)
		systemd_close(cgroup->systemd);
	mem_dropp(&cgroup->systemd);
}

bool cgroup_can_place(const struct cgroup *cgroup, int rc)
{
	return cgroup->systemd && !cgroup->plan->unit->is_slice && (rc == -EACCES || rc == -EAGAIN);
}

struct err *cgroup_place(const struct cgroup *cgroup, pid_t pid)
{
	return systemd_attach(cgroup->systemd, cgroup->plan->unit->name, pid);
}

int cgroup_clone_fd(const struct cgroup *cgroup)
{
	if (!cgroup->groups || cgroup->plan->v2_dir < 0)
		return -1;
	return cgroup->groups[cgroup->plan->v2_dir].dir_fd;
}

int cgroup_join_by(int procs_fd)
{
	int rc = 0;

	for (int try = 0; try < JOIN_TRIES; try++) {
		rc = (int)sys_write(procs_fd, "0", 1);
		if (rc != -EINVAL) /* seen while the group is still being set up (lesson G43) */
			return rc;
		(void)sys_poll(NULL, 0, JOIN_WAIT_MS);
	}
	return rc;
}

static bool limits_cpus(const struct plan_cgroup *plan)
{
	for (size_t i = 0; i < plan->writes_n; i++) {
		if (str_equal(plan->writes[i].file, "cpuset.cpus"))
			return true;
	}
	return false;
}

/* Newer kernels keep the caller's own affinity inside the new set (lesson G15): the configuration's
 * CPUs are meant. Without such a limit, taskset(1) in front of the runtime means what it says. */
void cgroup_use_all_cpus(void)
{
	unsigned char mask[1024]; /* 8192 CPUs: what the kernel can be built for */

	memset(mask, 0xff, sizeof(mask));
	(void)sys_sched_setaffinity(0, sizeof(mask), mask);
}

struct err *cgroup_join_self(const struct cgroup *cgroup)
{
	if (!cgroup->groups)
		return NULL;
	for (size_t i = 0; i < cgroup->plan->dirs_n; i++) {
		const struct plan_cgroup_dir *dir = &cgroup->plan->dirs[i];

		if (cgroup->groups[i].procs_fd < 0)
			continue;
		int rc = cgroup_join_by(cgroup->groups[i].procs_fd);
		if (rc < 0)
			return err_sys(rc, "join the cgroup %s/%s", dir->mount_point, dir->rel);
	}
	if (limits_cpus(cgroup->plan))
		cgroup_use_all_cpus();
	return NULL;
}

void cgroup_close(struct cgroup *cgroup)
{
	cgroup_leave(cgroup);
	close_groups(cgroup);
	*cgroup = (struct cgroup){ 0 };
}
