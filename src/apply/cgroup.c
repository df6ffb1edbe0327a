/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and entering the container's groups, on every layout. See cgroup.h. Directories are walked
 * by descriptor from the hierarchy's mount point; each one that we make is in the journal first.
 * Parent; cgroup_join_self in the child.
 */
#include "apply/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { JOIN_TRIES = 5, JOIN_WAIT_MS = 30 };

/* On the way from a mount point down to one group. */
struct descent {
	const struct plan_cgroup_dir *dir;
	struct journal *journal;
	struct strbuf path; /* of the group that `fd` is */
	int fd;
	bool cpuset;
};

static void descent_close(struct descent *descent)
{
	strbuf_free(&descent->path);
	fd_closep(&descent->fd);
}

/* ---- the directories ---- */

static struct err *count_processes(int group_fd, void *arg)
{
	drop_pids struct cgroup_pids pids = { 0 };

	TRY(cgroup_read_pids(group_fd, &pids));
	*(size_t *)arg += pids.n;
	return NULL;
}

/* In a frozen group the container would never run: it would hang, and we with it. */
static struct err *check_thawed(const struct descent *descent)
{
	if (!cgroup_is_frozen(strbuf_text(&descent->path), descent->dir->v2))
		return NULL;
	return err_new(ERR_STATE, "container's cgroup unexpectedly frozen");
}

/*
 * A group that was there already: others' processes must not come under the container's limits, nor
 * be killed with it (lesson C47).
 */
static struct err *check_unused(const struct descent *descent, int group_fd)
{
	size_t n = 0;

	TRY(cgroup_walk(group_fd, count_processes, &n));
	if (n)
		return err_new(ERR_STATE, "container's cgroup is not empty: %zu process(es) found",
			       n);
	return check_thawed(descent);
}

static struct err *make_component(struct descent *descent, const char *name, bool last)
{
	enum journal_kind kind = last ? JOURNAL_CGROUP : JOURNAL_CGROUP_PARENT;
	int fd = sys_openat(descent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	strbuf_addf(&descent->path, "/%s", name);
	const char *path = strbuf_text(&descent->path);
	if (fd >= 0) {
		drop_fd int parent_fd = descent->fd;

		descent->fd = fd;
		if (descent->cpuset)
			TRY(cgroup_v1_seed_cpuset(parent_fd, fd));
		if (!last)
			return NULL;
		TRY(check_unused(descent, fd));
		return journal_add(descent->journal, kind, "%s", path);
	}
	if (fd != -ENOENT)
		return err_sys(fd, "open %s", path);
	TRY(journal_add(descent->journal, kind, "%s", path));
	int rc = sys_mkdirat(descent->fd, name, 0755);
	if (rc < 0 && rc != -EEXIST)
		return err_sys(rc, "make %s", path);
	fd = sys_openat(descent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return err_sys(fd, "open %s", path);
	drop_fd int parent_fd = descent->fd;
	descent->fd = fd;
	if (descent->cpuset)
		TRY(cgroup_v1_seed_cpuset(parent_fd, fd));
	/* Born frozen when one above it is; right below the mount point, none can be. */
	return last && strchr(descent->dir->rel, '/') ? check_thawed(descent) : NULL;
}

static struct err *descend(struct descent *descent)
{
	drop_mem char *copy = mem_strdup(descent->dir->rel);

	for (char *rest = copy, *name; (name = strsep(&rest, "/"));) {
		if (descent->dir->enable)
			TRY(cgroup_v2_enable(descent->fd, strbuf_text(&descent->path),
					     descent->dir->enable));
		TRY(make_component(descent, name, rest == NULL));
	}
	return NULL;
}

static bool is_cpuset(const struct plan_cgroup_dir *dir)
{
	return !dir->v2 && strstr(dir->controllers, "cpuset");
}

static struct err *make_group(const struct plan_cgroup_dir *dir, struct journal *journal,
			      int *out_fd)
{
	CLEANUP(descent_close) struct descent descent = {
		.dir = dir,
		.journal = journal,
		.cpuset = is_cpuset(dir),
	};

	strbuf_add(&descent.path, dir->mount_point);
	descent.fd = cgroup_open(dir->mount_point, NULL);
	if (descent.fd < 0)
		return err_sys(descent.fd, "cgroup hierarchy %s", dir->mount_point);
	TRY(descend(&descent));
	*out_fd = take_fd(&descent.fd);
	return NULL;
}

/* ---- the limits ---- */

static struct err *write_value(int group_fd, const struct plan_cgroup_write *write,
			       const char *value)
{
	int rc = io_try_write_kernel_file(group_fd, write->file, value);

	if (rc >= 0 || (rc == -ENOENT && write->may_be_absent))
		return NULL;
	struct err *err = err_sys(rc, "%s: write \"%s\" to %s", write->place, value, write->file);
	if (rc == -EBUSY && str_starts_with(write->file, "memory."))
		return err_hint(err, "the group uses more memory than that already");
	if (rc == -ENOENT)
		return err_hint(err, "this kernel has no such limit");
	if (rc == -EINVAL && str_starts_with(write->file, "cpu.rt_"))
		return err_hint(err, "the groups above must have at least this realtime budget");
	return err;
}

/* memory.checkBeforeUpdate (lesson G10). "max" and "-1" are above every usage. */
static struct err *check_usage(int group_fd, const struct plan_cgroup_write *write)
{
	drop_strbuf struct strbuf text = { 0 };
	uint64_t limit;

	if (!write->usage_file || !str_to_u64(write->value, &limit))
		return NULL;
	TRY(err_link(io_read_file(group_fd, write->usage_file, 64, &text), "%s", write->place));
	unsigned long long usage = strtoull(strbuf_text(&text), NULL, 10);
	if (usage <= limit)
		return NULL;
	return err_new(ERR_STATE,
		       "%s: rejecting memory limit %s: the group uses %llu bytes already",
		       write->place, write->value, usage);
}

/* Several lines (io.max of unified) are written one by one, as the kernel takes one at a time. */
static struct err *write_lines(int group_fd, const struct plan_cgroup_write *write)
{
	drop_mem char *copy = mem_strdup(write->value);

	TRY(check_usage(group_fd, write));
	if (!strchr(copy, '\n'))
		return write_value(group_fd, write, copy);
	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		if (*line)
			TRY(write_value(group_fd, write, line));
	}
	return NULL;
}

static struct err *set_devices(const struct plan_cgroup *plan, const struct cgroup *cgroup)
{
	if (!plan->device_rules_n)
		return NULL;
	if (plan->devices_by_bpf)
		return devices_bpf_attach(cgroup->dir_fds[plan->v2_dir], plan->device_rules,
					  plan->device_rules_n);
	return cgroup_v1_set_devices(cgroup->dir_fds[plan->devices_dir], plan);
}

static struct err *set_limits(const struct plan_cgroup *plan, const struct cgroup *cgroup)
{
	for (size_t i = 0; i < plan->writes_n; i++)
		TRY(write_lines(cgroup->dir_fds[plan->writes[i].dir], &plan->writes[i]));
	return set_devices(plan, cgroup);
}

/* ---- the whole ---- */

static int *new_fds(size_t n)
{
	int *fds = mem_zalloc((n + 1) * sizeof(*fds));

	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	return fds;
}

static struct err *open_procs(const struct plan_cgroup_dir *dir, int group_fd, int *out_fd)
{
	if (dir->v2) /* entered by clone */
		return NULL;
	*out_fd = sys_openat(group_fd, "cgroup.procs", O_WRONLY, 0);
	return *out_fd < 0 ? err_sys(*out_fd, "open %s/%s/cgroup.procs", dir->mount_point, dir->rel)
			   : NULL;
}

static void close_groups(struct cgroup *cgroup)
{
	for (size_t i = 0; cgroup->dir_fds && i < cgroup->plan->dirs_n; i++) {
		fd_closep(&cgroup->dir_fds[i]);
		fd_closep(&cgroup->procs_fds[i]);
	}
	free(cgroup->dir_fds);
	free(cgroup->procs_fds);
	cgroup->dir_fds = cgroup->procs_fds = NULL;
}

static struct err *make_groups(struct cgroup *cgroup, struct journal *journal)
{
	const struct plan_cgroup *plan = cgroup->plan;

	cgroup->dir_fds = new_fds(plan->dirs_n);
	cgroup->procs_fds = new_fds(plan->dirs_n);
	for (size_t i = 0; i < plan->dirs_n; i++) {
		TRY(make_group(&plan->dirs[i], journal, &cgroup->dir_fds[i]));
		TRY(open_procs(&plan->dirs[i], cgroup->dir_fds[i], &cgroup->procs_fds[i]));
	}
	TRY(set_limits(plan, cgroup));
	if (plan->delegate)
		return cgroup_v2_delegate(cgroup->dir_fds[plan->v2_dir], plan->delegate_uid);
	return NULL;
}

struct err *cgroup_create(const struct plan_cgroup *plan, struct journal *journal,
			  struct cgroup *out)
{
	out->plan = plan;
	if (plan->disabled)
		return NULL;
	struct err *err = make_groups(out, journal);
	int code = err ? err_errno(err) : 0;
	if (plan->best_effort && (code == EACCES || code == EPERM || code == EROFS)) {
		err_free(err);
		close_groups(out);
		return NULL;
	}
	return err;
}

int cgroup_clone_fd(const struct cgroup *cgroup)
{
	if (!cgroup->dir_fds || cgroup->plan->v2_dir < 0)
		return -1;
	return cgroup->dir_fds[cgroup->plan->v2_dir];
}

static int join_patiently(int procs_fd)
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
static void use_all_cpus(void)
{
	unsigned char mask[1024]; /* 8192 CPUs: what the kernel can be built for */

	memset(mask, 0xff, sizeof(mask));
	(void)sys_sched_setaffinity(0, sizeof(mask), mask);
}

struct err *cgroup_join_self(const struct cgroup *cgroup)
{
	if (!cgroup->procs_fds)
		return NULL;
	for (size_t i = 0; i < cgroup->plan->dirs_n; i++) {
		const struct plan_cgroup_dir *dir = &cgroup->plan->dirs[i];

		if (cgroup->procs_fds[i] < 0)
			continue;
		int rc = join_patiently(cgroup->procs_fds[i]);
		if (rc < 0)
			return err_sys(rc, "join the cgroup %s/%s", dir->mount_point, dir->rel);
	}
	if (limits_cpus(cgroup->plan))
		use_all_cpus();
	return NULL;
}

void cgroup_close(struct cgroup *cgroup)
{
	close_groups(cgroup);
	*cgroup = (struct cgroup){ 0 };
}
