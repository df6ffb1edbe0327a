/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount of type cgroup or cgroup2: what the container sees of its groups. Its own groups are
 * bound, on v1 one directory per hierarchy that the container was put into below a tmpfs; in a
 * cgroup namespace they look like roots. Only with the host's cgroup namespace on pure v2 the whole
 * tree is shown, as its /proc/self/cgroup path leads into it. Child only.
 */
#include <errno.h>
#include <string.h>

#include "apply/rootfs.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "sys/sys.h"

static struct err *open_group(const struct rootfs *rootfs, const struct plan_cgroup_dir *dir,
			      bool whole, int *out_fd)
{
	drop_mem char *path = whole ? mem_strdup(dir->mount_point)
				    : mem_asprintf("%s/%s", dir->mount_point, dir->rel);
	int fd = mount_clone(rootfs, AT_FDCWD, path, 0);

	if (fd < 0)
		return err_sys(fd, "bind the group %s", path);
	*out_fd = fd;
	return NULL;
}

static struct err *attach_group(const struct rootfs *rootfs, const struct plan_mount *mount,
				const struct plan_cgroup_dir *dir, bool whole, int target_fd)
{
	drop_fd int fd = -1;

	TRY(open_group(rootfs, dir, whole, &fd));
	int rc = mount_set_attr(fd, false, mount->attr_set, mount->attr_clear);
	if (rc < 0)
		return err_sys(rc, "mount_setattr on the group");
	return mount_attach(fd, target_fd, mount->dest);
}

/* A place above or instead of the groups, labelled like every tmpfs of the container. */
static struct err *make_tmpfs(const struct rootfs *rootfs, uint64_t attr, int *out_fd)
{
	const char *label = rootfs->plan->rootfs.mount_label;
	drop_mem char *context = label ? mem_asprintf("context=%s", label) : NULL;
	const char *const params[] = { "mode=0755", "source=tmpfs", context, NULL };

	return fs_context_simple("tmpfs", params, attr, out_fd);
}

static struct err *sub_target(int tmpfs_fd, const char *name, int *out_fd)
{
	int rc = sys_mkdirat(tmpfs_fd, name, 0755);

	if (rc < 0)
		return err_sys(rc, "make %s", name);
	int fd = sys_openat(tmpfs_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return err_sys(fd, "open %s", name);
	*out_fd = fd;
	return NULL;
}

/* "cpu,cpuacct" is also reachable as "cpu" and "cpuacct", as on hosts. */
static struct err *add_links(int tmpfs_fd, const char *controllers)
{
	if (!strchr(controllers, ','))
		return NULL;
	drop_mem char *copy = mem_strdup(controllers);
	char *rest = copy;
	for (char *word; (word = strsep(&rest, ","));) {
		int rc = sys_symlinkat(controllers, tmpfs_fd, word);

		if (rc < 0 && rc != -EEXIST)
			return err_sys(rc, "link %s to %s", word, controllers);
	}
	return NULL;
}

static struct err *attach_v1(const struct rootfs *rootfs, const struct plan_mount *mount,
			     int target_fd)
{
	const struct plan_cgroup *cgroup = &rootfs->plan->cgroup;
	drop_fd int tmpfs_fd = -1;

	TRY(make_tmpfs(rootfs, mount->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY, &tmpfs_fd));
	TRY(mount_attach(tmpfs_fd, target_fd, mount->dest));
	for (size_t i = 0; i < cgroup->dirs_n; i++) {
		const struct plan_cgroup_dir *dir = &cgroup->dirs[i];
		const char *name = path_base(dir->mount_point);
		drop_fd int sub_fd = -1;

		TRY(sub_target(tmpfs_fd, name, &sub_fd));
		TRY(attach_group(rootfs, mount, dir, false, sub_fd));
		if (!dir->v2)
			TRY(add_links(tmpfs_fd, name));
	}
	if (!mount->readonly)
		return NULL;
	int rc = mount_set_attr(tmpfs_fd, false, MOUNT_ATTR_RDONLY, 0);
	return rc < 0 ? err_sys(rc, "make the tmpfs read-only") : NULL;
}

struct err *mount_cgroup(struct rootfs *rootfs, const struct plan_mount *mount, int target_fd)
{
	const struct plan_cgroup *cgroup = &rootfs->plan->cgroup;

	if (cgroup->disabled || !cgroup->dirs_n) {
		/* Nothing of the host's groups may show: an empty, read-only place. */
		drop_fd int fd = -1;

		TRY(make_tmpfs(rootfs, mount->attr_set | MOUNT_ATTR_RDONLY, &fd));
		return mount_attach(fd, target_fd, mount->dest);
	}
	if (cgroup->mode != CGROUP_V2)
		return attach_v1(rootfs, mount, target_fd);
	return attach_group(rootfs, mount, &cgroup->dirs[0], !cgroup->namespaced, target_fd);
}
