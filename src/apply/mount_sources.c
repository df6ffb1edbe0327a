/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the parent can open of a container's mounts, before the clone: all trees of a container
 * with a user namespace, in which the caller's directories can't be walked (lesson M25) and which
 * may not id-map what is not its own; trees that are to stay shared with the host; namespaces with
 * the maps of id-mapped mounts. Attaches nothing. Parent; for a parent without privilege the child,
 * while it is still the same user.
 */
#include <errno.h>
#include <linux/sched.h>

#include "apply/idmap.h"
#include "apply/namespaces.h"
#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "sys/sys.h"

bool rootfs_raise_limit(struct rootfs_sources *sources)
{
	struct rlimit limit;

	if (sources->limit_raised || sys_prlimit(0, RLIMIT_NOFILE, NULL, &limit) < 0 ||
	    limit.rlim_cur >= limit.rlim_max)
		return false;
	sources->limit = limit;
	limit.rlim_cur = limit.rlim_max;
	sources->limit_raised = sys_prlimit(0, RLIMIT_NOFILE, &limit, NULL) == 0;
	return sources->limit_raised;
}

void rootfs_restore_limit(struct rootfs_sources *sources)
{
	if (sources->limit_raised)
		(void)sys_prlimit(0, RLIMIT_NOFILE, &sources->limit, NULL);
	sources->limit_raised = false;
}

static int clone_tree(struct rootfs_sources *sources, const char *path, bool recursive,
		      unsigned long tree)
{
	unsigned int flags = OPEN_TREE_CLONE | (recursive ? AT_RECURSIVE : 0);
	int fd = sys_open_tree(AT_FDCWD, path, flags);

	if (fd == -EMFILE && rootfs_raise_limit(sources))
		fd = sys_open_tree(AT_FDCWD, path, flags);
	/* A clone made in the host's namespace is a peer of its source: mounts made in it later
	 * would appear on the host (lesson S29). */
	if (fd >= 0 && tree != MS_SHARED)
		(void)mount_set_propagation(fd, tree | MS_REC);
	return fd;
}

/* ---- namespaces for id-mapped mounts ---- */

static int joined_user_fd(const struct plan_namespaces *ns, const int join_fds[static 8])
{
	for (size_t i = 0; i < ns->joins_n; i++) {
		if (ns->joins[i].type == CLONE_NEWUSER && join_fds[i] >= 0)
			return sys_fcntl(join_fds[i], F_DUPFD_CLOEXEC, 0);
	}
	return -ENOENT;
}

static struct err *open_idmap(const struct plan *plan, const int join_fds[static 8],
			      const struct plan_idmap *idmap, int *out_fd)
{
	if (!idmap->joined)
		return idmap_open_namespace(idmap, out_fd);
	int fd = joined_user_fd(&plan->ns, join_fds);
	if (fd < 0)
		return err_sys(fd, "the user namespace that the container joins");
	*out_fd = fd;
	return NULL;
}

/* For messages: the mount that the mapping was taken from. */
static size_t first_user(const struct plan_rootfs *rootfs, const struct plan_idmap *idmap)
{
	size_t i = 0;

	while (i < rootfs->mounts_n && rootfs->mounts[i].idmap != idmap)
		i++;
	return i;
}

static struct err *open_idmaps(const struct plan *plan, const int join_fds[static 8],
			       struct rootfs_sources *out)
{
	const struct plan_rootfs *rootfs = &plan->rootfs;

	if (!rootfs->idmaps_n)
		return NULL;
	out->idmap_fds = mem_zalloc(rootfs->idmaps_n * sizeof(*out->idmap_fds));
	for (; out->idmaps_n < rootfs->idmaps_n; out->idmaps_n++) {
		const struct plan_idmap *idmap = &rootfs->idmaps[out->idmaps_n];
		int fd = -1;
		struct err *err = open_idmap(plan, join_fds, idmap, &fd);

		if (err)
			return err_link(err, "mounts[%zu]: id mapping", first_user(rootfs, idmap));
		out->idmap_fds[out->idmaps_n] = fd;
	}
	return NULL;
}

int rootfs_idmap_fd(const struct rootfs_sources *sources, const struct plan_rootfs *plan,
		    const struct plan_mount *mount)
{
	size_t i = (size_t)(mount->idmap - plan->idmaps);

	return i < sources->idmaps_n ? sources->idmap_fds[i] : -1;
}

/* ---- trees ---- */

/* The superblock is made here, where the right to id-map it is. */
static struct err *open_idmapped_fs(const struct plan *plan, const struct plan_mount *mount,
				    const struct rootfs_sources *sources, int *out_fd)
{
	drop_fd int fd = -1;

	TRY(fs_context_mount(mount, 0, &fd));
	TRY(mount_idmap(mount, rootfs_idmap_fd(sources, &plan->rootfs, mount), fd));
	*out_fd = take_fd(&fd);
	return NULL;
}

static struct err *open_bind(const struct plan *plan, const struct plan_mount *mount,
			     struct rootfs_sources *sources, int *out_fd)
{
	const struct plan_rootfs *rootfs = &plan->rootfs;

	/* In the root it may be what an earlier mount brings (lesson M24): opened in its turn. */
	if (!mount->idmap && mount->tree != MS_SHARED && rootfs_is_inside(rootfs, mount->source))
		return NULL;
	drop_fd int fd = clone_tree(sources, mount->source, mount->recursive, mount->tree);
	/* Without privilege nothing can be cloned here: the child tries, in its own namespace. */
	if (fd < 0 && !mount->idmap && fd != -EMFILE && fd != -ENFILE)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "open the source %s", mount->source);
	if (mount->idmap)
		TRY(mount_idmap(mount, rootfs_idmap_fd(sources, rootfs, mount), fd));
	*out_fd = take_fd(&fd);
	return NULL;
}

static bool is_needed(const struct plan_mount *mount, bool has_user_ns)
{
	if (mount->kind == PLAN_MOUNT_BIND)
		return has_user_ns || mount->tree == MS_SHARED;
	return mount->kind == PLAN_MOUNT_FS && mount->idmap && has_user_ns;
}

static struct err *open_trees(const struct plan *plan, struct rootfs_sources *out)
{
	const struct plan_rootfs *rootfs = &plan->rootfs;
	bool has_user_ns = namespaces_has_user(&plan->ns);
	size_t n = rootfs->mounts_n;

	for (size_t i = 0; i < n; i++) {
		const struct plan_mount *mount = &rootfs->mounts[i];

		if (!is_needed(mount, has_user_ns))
			continue;
		if (!out->mount_fds) {
			out->mount_fds = mem_zalloc(n * sizeof(*out->mount_fds));
			for (; out->n < n; out->n++)
				out->mount_fds[out->n] = -1;
		}
		struct err *err = mount->kind == PLAN_MOUNT_FS
					  ? open_idmapped_fs(plan, mount, out, &out->mount_fds[i])
					  : open_bind(plan, mount, out, &out->mount_fds[i]);
		if (err)
			return err_link(err, "%s %s", mount->place, mount->dest);
	}
	return NULL;
}

struct err *rootfs_open_sources(const struct plan *plan, const int join_fds[static 8],
				struct rootfs_sources *out)
{
	TRY(open_idmaps(plan, join_fds, out));
	TRY(open_trees(plan, out));
	if (namespaces_has_user(&plan->ns))
		out->root_fd = clone_tree(out, plan->rootfs.path, true, plan->rootfs.tree);
	return NULL;
}

void rootfs_open_missing_sources(const struct plan *plan, struct rootfs_sources *sources)
{
	const struct plan_rootfs *rootfs = &plan->rootfs;

	if (sources->root_fd < 0 && rootfs->has_mount_ns)
		sources->root_fd = clone_tree(sources, rootfs->path, true, rootfs->tree);
	for (size_t i = 0; i < sources->n; i++) {
		const struct plan_mount *mount = &rootfs->mounts[i];

		if (sources->mount_fds[i] < 0 && mount->kind == PLAN_MOUNT_BIND && !mount->idmap &&
		    !rootfs_is_inside(rootfs, mount->source))
			sources->mount_fds[i] =
				clone_tree(sources, mount->source, mount->recursive, mount->tree);
	}
}

void rootfs_close_sources(struct rootfs_sources *sources)
{
	for (size_t i = 0; i < sources->n; i++)
		fd_closep(&sources->mount_fds[i]);
	mem_dropp(&sources->mount_fds);
	sources->n = 0;
	for (size_t i = 0; i < sources->idmaps_n; i++)
		fd_closep(&sources->idmap_fds[i]);
	mem_dropp(&sources->idmap_fds);
	sources->idmaps_n = 0;
	fd_closep(&sources->root_fd);
	rootfs_restore_limit(sources);
}
