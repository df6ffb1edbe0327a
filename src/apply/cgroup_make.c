/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a group, or taking one that was there. Directories are walked by descriptor from the
 * hierarchy's mount point. Parent only.
 *
 * Two runtimes may be given the same path at the same time. A group becomes a container's own only
 * under a lock that lasts until the container's process is in it, and an entry of the journal that
 * would kill its processes is written only then. Before that, what we are about to make is in the
 * journal as what may be removed if it is empty; and what turns out to be another's is taken back.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/sys.h"

/* On the way from a mount point down to one group. */
struct descent {
	const struct plan_cgroup_dir *dir;
	struct journal *journal;
	struct cgroup_group *group; /* fd is that of the directory reached so far */
	struct strbuf path;	    /* of that directory */
	bool cpuset;
	pid_t placeholder; /* may be in it */
	bool lock;	   /* this group stands for those of all hierarchies */
};

static void descent_close(struct descent *descent)
{
	strbuf_free(&descent->path);
}

struct err *cgroup_explain(struct err *err, int rc)
{
	if (rc != -EACCES && rc != -EPERM && rc != -EROFS)
		return err;
	return err_hint(err, "without privilege a container can have a group only below one that "
			     "is delegated to the user (cgroup v2; systemd: Delegate=yes)");
}

struct processes {
	size_t n;
	pid_t but; /* is not counted */
};

static struct err *count_processes(int group_fd, void *arg)
{
	struct processes *processes = arg;
	drop_pids struct cgroup_pids pids = { 0 };

	TRY(cgroup_read_pids(group_fd, &pids));
	for (size_t i = 0; i < pids.n; i++)
		processes->n += pids.items[i] != processes->but;
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
static struct err *check_unused(const struct descent *descent)
{
	struct processes processes = { .but = descent->placeholder };

	TRY(cgroup_walk(descent->group->dir_fd, count_processes, &processes));
	if (processes.n)
		return err_new(ERR_STATE, "container's cgroup is not empty: %zu process(es) found",
			       processes.n);
	return check_thawed(descent);
}

/*
 * The file for the lock: cgroup.kill, which only those can open who may kill the group anyway. A
 * directory can be locked by everybody who can read it; v1 has nothing better in every hierarchy.
 */
static int open_lock(int group_fd, bool v2)
{
	int fd = v2 ? sys_openat(group_fd, "cgroup.kill", O_WRONLY | O_NOFOLLOW, 0) : -ENOENT;

	if (fd == -ENOENT || fd == -EACCES)
		fd = sys_openat(group_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	return fd;
}

/* Held until the groups are closed, by when the container's process is in the group. */
static struct err *lock(struct descent *descent)
{
	int fd = open_lock(descent->group->dir_fd, descent->dir->v2);

	if (fd < 0)
		return err_sys(fd, "lock %s", strbuf_text(&descent->path));
	descent->group->lock_fd = fd;
	int rc = sys_flock(fd, LOCK_EX | LOCK_NB);
	if (rc != -EWOULDBLOCK)
		return rc < 0 ? err_sys(rc, "lock %s", strbuf_text(&descent->path)) : NULL;
	/* If we made it, another runtime took it before we could: it is that one's to remove. */
	TRY(journal_add(descent->journal, JOURNAL_CGROUP_FOREIGN, "%s",
			strbuf_text(&descent->path)));
	return err_new(ERR_STATE, "container's cgroup is being used by another create");
}

/* Now the group is ours, with whatever will be in it. */
static struct err *take(struct descent *descent)
{
	if (descent->lock)
		TRY(lock(descent));
	if (descent->group->existed)
		TRY(check_unused(descent));
	else if (strchr(descent->dir->rel, '/'))
		/* Born frozen when one above it is; right below the mount point, none can be. */
		TRY(check_thawed(descent));
	return journal_add(descent->journal, JOURNAL_CGROUP, "%s", strbuf_text(&descent->path));
}

/* The group below the present one; made if there is none. */
static struct err *open_or_make(struct descent *descent, const char *name, int *out_fd)
{
	const char *path = strbuf_text(&descent->path);
	const int parent_fd = descent->group->dir_fd;
	int fd = sys_openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	descent->group->existed = true;
	if (fd == -ENOENT) {
		TRY(journal_add(descent->journal, JOURNAL_CGROUP_PARENT, "%s", path));
		int rc = sys_mkdirat(parent_fd, name, 0755);
		if (rc == -EEXIST)
			TRY(journal_add(descent->journal, JOURNAL_CGROUP_FOREIGN, "%s", path));
		else if (rc < 0)
			return cgroup_explain(err_sys(rc, "make %s", path), rc);
		descent->group->existed = rc == -EEXIST;
		fd = sys_openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	}
	if (fd < 0)
		return err_sys(fd, "open %s", path);
	*out_fd = fd;
	return NULL;
}

static struct err *step_down(struct descent *descent, const char *name)
{
	int fd = -1;

	if (descent->dir->enable)
		TRY(cgroup_v2_enable(descent->group->dir_fd, strbuf_text(&descent->path),
				     descent->dir->enable));
	strbuf_addf(&descent->path, "/%s", name);
	TRY(open_or_make(descent, name, &fd));
	drop_fd int parent_fd = descent->group->dir_fd;
	descent->group->dir_fd = fd;
	return descent->cpuset ? cgroup_v1_seed_cpuset(parent_fd, fd) : NULL;
}

static bool is_cpuset(const struct plan_cgroup_dir *dir)
{
	return !dir->v2 && strstr(dir->controllers, "cpuset");
}

struct err *cgroup_make(const struct plan_cgroup_dir *dir, bool first, pid_t placeholder,
			struct journal *journal, struct cgroup_group *group)
{
	CLEANUP(descent_close) struct descent descent = {
		.dir = dir,
		.journal = journal,
		.group = group,
		.cpuset = is_cpuset(dir),
		.placeholder = placeholder,
		.lock = first,
	};
	drop_mem char *copy = mem_strdup(dir->rel);

	strbuf_add(&descent.path, dir->mount_point);
	group->dir_fd = cgroup_open(dir->mount_point, NULL);
	if (group->dir_fd < 0)
		return err_sys(group->dir_fd, "cgroup hierarchy %s", dir->mount_point);
	for (char *rest = copy, *name; (name = strsep(&rest, "/"));)
		TRY(step_down(&descent, name));
	return take(&descent);
}

struct err *cgroup_enable_above(const struct plan_cgroup_dir *dir)
{
	drop_mem char *copy = mem_strdup(dir->rel);
	drop_strbuf struct strbuf path = { 0 };
	drop_fd int fd = cgroup_open(dir->mount_point, NULL);

	if (!dir->enable)
		return NULL;
	strbuf_add(&path, dir->mount_point);
	for (char *rest = copy, *name; fd >= 0 && (name = strsep(&rest, "/"));) {
		TRY(cgroup_v2_enable(fd, strbuf_text(&path), dir->enable));
		drop_fd int parent_fd = fd;

		fd = sys_openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		strbuf_addf(&path, "/%s", name);
	}
	return fd < 0 ? err_sys(fd, "open %s", strbuf_text(&path)) : NULL;
}
