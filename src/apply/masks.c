/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read-only and masked paths (config-linux.md, "Readonly Paths", "Masked Paths"). After pivot_root
 * and after createContainer hooks. A path that is not there is nothing to hide. Child only.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "apply/inroot.h"
#include "apply/rootfs.h"
#include "base/fd.h"
#include "sys/sys.h"

/* What masks are cut from: opened once, used by descriptor. */
struct masker {
	int null_fd;  /* O_PATH of the container's /dev/null, verified */
	int empty_fd; /* root of an empty read-only tmpfs: the first masked directory */
};

static void masker_close(struct masker *masker)
{
	fd_closep(&masker->null_fd);
	fd_closep(&masker->empty_fd);
}

/*
 * /dev/null comes from a hostile root: anything else under that name, bound over a masked file,
 * would be a write gadget (CVE-2025-31133). Checked, then used by this very descriptor.
 */
static struct err *open_null(const struct rootfs *rootfs, int *out_fd)
{
	struct stat st;
	drop_fd int fd = inroot_open_plain(rootfs->root_fd, "dev/null");

	if (fd < 0)
		return err_sys(fd, "open the container's /dev/null");
	int rc = sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(rc, "stat the container's /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_new(ERR_CONFIG, "the container's /dev/null is not the null device");
	*out_fd = take_fd(&fd);
	return NULL;
}

/* One superblock for all masked directories: hundreds of them are slow to reap (lesson M51). */
static struct err *open_empty(const struct rootfs *rootfs, int *out_fd)
{
	const char *label = rootfs->plan->rootfs.mount_label;
	drop_mem char *context = label ? mem_asprintf("context=%s", label) : NULL;
	const char *small[] = { "nr_blocks=1", "nr_inodes=1", context, NULL };
	const char *plain[] = { "size=4096", context, NULL };
	const uint64_t attr =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	struct err *err = fs_context_simple("tmpfs", small, attr, out_fd);

	if (!err)
		return NULL;
	err_free(err); /* some kernels refuse nr_inodes=1 */
	return fs_context_simple("tmpfs", plain, attr, out_fd);
}

static struct err *mask(const struct rootfs *rootfs, struct masker *masker, const char *path)
{
	bool found;
	struct stat st;
	drop_fd int target_fd = -1;

	TRY(inroot_find(rootfs->root_fd, path + 1, &target_fd, &found));
	if (!found)
		return NULL;
	int rc = sys_fstat(target_fd, &st);
	if (rc < 0)
		return err_sys(rc, "stat");
	/* Kernels before 6.15 clone only what is attached: the first one is the tmpfs itself. */
	if (S_ISDIR(st.st_mode) && masker->empty_fd < 0) {
		TRY(open_empty(rootfs, &masker->empty_fd));
		return mount_attach(masker->empty_fd, target_fd, path);
	}
	if (!S_ISDIR(st.st_mode) && masker->null_fd < 0)
		TRY(open_null(rootfs, &masker->null_fd));
	int source_fd = S_ISDIR(st.st_mode) ? masker->empty_fd : masker->null_fd;
	drop_fd int mount_fd = sys_open_tree(source_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	if (mount_fd < 0)
		return err_sys(mount_fd, "clone the mask");
	/* Of a shared mount it would be a peer: what is mounted in one appears in all. */
	(void)mount_set_propagation(mount_fd, MS_PRIVATE);
	return mount_attach(mount_fd, target_fd, path);
}

static struct err *make_path_readonly(const struct rootfs *rootfs, const char *path)
{
	bool found;
	drop_fd int target_fd = -1;

	TRY(inroot_find(rootfs->root_fd, path + 1, &target_fd, &found));
	if (!found)
		return NULL;
	drop_fd int mount_fd =
		sys_open_tree(target_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE);
	if (mount_fd < 0)
		return err_sys(mount_fd, "clone");
	/* Everything below too; nosuid, nodev and noexec stay as they are. */
	int rc = mount_set_attr(mount_fd, true, MOUNT_ATTR_RDONLY, 0);
	if (rc < 0)
		return err_sys(rc, "mount_setattr");
	return mount_attach(mount_fd, target_fd, path);
}

struct err *masks_apply(struct rootfs *rootfs)
{
	const struct plan_rootfs *plan = &rootfs->plan->rootfs;
	CLEANUP(masker_close) struct masker masker = { .null_fd = -1, .empty_fd = -1 };

	for (size_t i = 0; i < plan->readonly_paths_n; i++) {
		TRY(err_link(make_path_readonly(rootfs, plan->readonly_paths[i]),
			     "linux.readonlyPaths %s", plan->readonly_paths[i]));
	}
	for (size_t i = 0; i < plan->masked_n; i++)
		TRY(err_link(mask(rootfs, &masker, plan->masked[i]), "linux.maskedPaths %s",
			     plan->masked[i]));
	return NULL;
}
