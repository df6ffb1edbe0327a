/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups as directories: opening one, its processes, everything below it. By descriptor; groups and
 * processes may vanish at any moment. Parent only; reads.
 */
#include <dirent.h>
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

enum {
	DEPTH_MAX = 64, /* of nested groups; a payload may nest its own */
	PROCS_MAX = 64 * 1024 * 1024,
};

int cgroup_open(const char *path, bool *out_v2)
{
	struct statfs fs;
	drop_fd int fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	int rc = sys_fstatfs(fd, &fs);
	if (rc < 0)
		return rc;
	/* Whatever a damaged journal says, only cgroups are killed and removed. */
	if (fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != CGROUP_SUPER_MAGIC)
		return -EXDEV;
	if (out_v2)
		*out_v2 = fs.f_type == CGROUP2_SUPER_MAGIC;
	return take_fd(&fd);
}

void cgroup_pids_free(struct cgroup_pids *pids)
{
	free(pids->items);
	*pids = (struct cgroup_pids){ 0 };
}

void cgroup_pids_add(struct cgroup_pids *out, pid_t pid)
{
	if ((out->n & (out->n - 1)) == 0)
		out->items =
			mem_realloc_array(out->items, out->n ? out->n * 2 : 1, sizeof(*out->items));
	out->items[out->n++] = pid;
}

struct err *cgroup_read_pids(int group_fd, struct cgroup_pids *out)
{
	drop_strbuf struct strbuf text = { 0 };
	struct err *err = io_read_file(group_fd, "cgroup.procs", PROCS_MAX, &text);
	int code = err ? err_errno(err) : 0;

	/* EOPNOTSUPP: a threaded group, whose processes are listed in its domain. */
	if (code == ENOENT || code == ENODEV || code == EOPNOTSUPP) {
		err_free(err);
		return NULL;
	}
	if (err)
		return err;
	for (const char *p = strbuf_text(&text); *p;) {
		char *end;
		long pid = strtol(p, &end, 10);

		if (end == p)
			break;
		if (pid > 0) /* 0: of another pid namespace */
			cgroup_pids_add(out, (pid_t)pid);
		p = end + (*end == '\n');
	}
	return NULL;
}

struct err *cgroup_each_child(int group_fd, int depth, cgroup_child_fn *child, void *arg)
{
	_Alignas(struct dirent64) char buf[4096];
	ssize_t len;

	if (depth > DEPTH_MAX)
		return err_new(ERR_STATE, "groups are nested deeper than %d", DEPTH_MAX);
	while ((len = sys_getdents(group_fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct dirent64 *entry = (const struct dirent64 *)(void *)(buf + at);

			at += entry->d_reclen;
			if (entry->d_type == DT_DIR && !str_equal(entry->d_name, ".") &&
			    !str_equal(entry->d_name, ".."))
				TRY(child(group_fd, entry->d_name, depth, arg));
		}
	}
	if (len < 0 && len != -ENOENT && len != -ENODEV)
		return err_sys((int)len, "list the group");
	return NULL;
}

struct walk {
	cgroup_visit_fn *visit;
	void *arg;
};

static struct err *walk_child(int group_fd, const char *name, int depth, void *arg)
{
	const struct walk *walk = arg;
	drop_fd int fd = sys_openat(group_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd == -ENOENT || fd == -ENODEV)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "open the group %s", name);
	TRY(cgroup_each_child(fd, depth + 1, walk_child, arg));
	return walk->visit(fd, walk->arg);
}

struct err *cgroup_walk(int group_fd, cgroup_visit_fn *visit, void *arg)
{
	struct walk walk = { visit, arg };
	/* A descriptor of its own: the position of a directory is shared by duplicates. */
	drop_fd int fd = sys_openat(group_fd, ".", O_RDONLY | O_DIRECTORY, 0);

	if (fd == -ENOENT || fd == -ENODEV)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "open the group");
	TRY(cgroup_each_child(fd, 0, walk_child, &walk));
	return visit(fd, arg);
}

static struct err *list_group(int group_fd, void *arg)
{
	return cgroup_read_pids(group_fd, arg);
}

static int compare_pids(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* One that moves between two groups while they are read is in both. */
static void sort_pids(struct cgroup_pids *pids)
{
	size_t n = 0;

	if (!pids->n)
		return;
	qsort(pids->items, pids->n, sizeof(*pids->items), compare_pids);
	for (size_t i = 1; i < pids->n; i++) {
		if (pids->items[i] != pids->items[n])
			pids->items[++n] = pids->items[i];
	}
	pids->n = n + 1;
}

struct err *cgroup_list_pids(const char *path, struct cgroup_pids *out)
{
	drop_fd int fd = cgroup_open(path, NULL);

	if (fd == -ENOENT || fd == -ENODEV)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "cgroup %s", path);
	TRY(err_link(cgroup_walk(fd, list_group, out), "cgroup %s", path));
	sort_pids(out);
	return NULL;
}
