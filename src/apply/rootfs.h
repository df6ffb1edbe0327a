/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's root file system, step by step; child.c calls the steps in the order in which
 * they stand here. Child only, except rootfs_check and rootfs_open_sources.
 */
#ifndef APPLY_ROOTFS_H
#define APPLY_ROOTFS_H

#include "base/err.h"
#include "plan/plan.h"

/* Mount trees that the parent opened before the child entered a user namespace in which the
 * caller's directories can't be walked (lesson M25). -1: the child opens it itself. */
struct rootfs_sources {
	int root_fd;
	int *mount_fds; /* one per plan mount */
	size_t n;
};

struct rootfs {
	const struct plan *plan;
	struct rootfs_sources *sources;
	int root_fd;   /* the root mount; becomes "/" */
	int proc_fd;   /* root of a procfs of the container's pid namespace, writable; or -1 */
	int *late_fds; /* mounts to be made read-only when everything is in place */
	size_t late_n;
};
#define ROOTFS_INIT(p, s)                                                 \
	{                                                                 \
		.plan = (p), .sources = (s), .root_fd = -1, .proc_fd = -1 \
	}

/* Parent: the root must be a directory and must not leave the bundle by a symbolic link. */
MUST_CHECK struct err *rootfs_check(const struct plan *plan);
/* Parent: opens the trees; what can't be opened here is left to the child. */
void rootfs_open_sources(const struct plan *plan, struct rootfs_sources *out);
void rootfs_close_sources(struct rootfs_sources *sources);

/* Cuts the propagation to the host and attaches the root's tree. */
MUST_CHECK struct err *rootfs_attach(struct rootfs *rootfs);
/* mounts.c: config.json's mounts, in order. */
MUST_CHECK struct err *mounts_apply(struct rootfs *rootfs);
/* devices.c: default and listed devices, links, ptmx. */
MUST_CHECK struct err *devices_apply(struct rootfs *rootfs);
/* (createContainer hooks run here, in the mount namespace, before the root changes.) */
/* pivot_root, or MS_MOVE and chroot with --no-pivot; rootfsPropagation. Afterwards "/" is it. */
MUST_CHECK struct err *rootfs_enter(struct rootfs *rootfs);
/* devices.c: binds the terminal over /dev/console. */
MUST_CHECK struct err *devices_bind_console(struct rootfs *rootfs, int slave_fd);
/* masks.c: read-only and masked paths; then late read-only mounts and a read-only root. */
MUST_CHECK struct err *masks_apply(struct rootfs *rootfs);
MUST_CHECK struct err *rootfs_make_readonly(struct rootfs *rootfs);
/* A procfs for the runtime's own use: the container's, or a private one that is attached nowhere.
 */
MUST_CHECK struct err *rootfs_open_proc(struct rootfs *rootfs, int *out_fd);
void rootfs_close(struct rootfs *rootfs);
#define drop_rootfs CLEANUP(rootfs_close)

/* mount_attach.c, for the other actors: attaches a detached mount onto an O_PATH descriptor. */
MUST_CHECK struct err *mount_attach(int mount_fd, int target_fd, const char *what);
/* mount_setattr(2) on a mount's root descriptor. */
int mount_set_attr(int mount_fd, bool recursive, uint64_t set, uint64_t clear);
int mount_set_propagation(int mount_fd, unsigned long ms_flags);
/* mount_cgroup.c: what type cgroup means on this host. */
MUST_CHECK struct err *mount_cgroup(struct rootfs *rootfs, const struct plan_mount *mount,
				    int target_fd);
/* fs_context.c: a detached file system, by fsopen/fsconfig/fsmount. `mode` 0: none is added. */
MUST_CHECK struct err *fs_context_mount(const struct plan_mount *mount, mode_t mode, int *out_fd);
MUST_CHECK struct err *fs_context_reconfigure(const struct plan_mount *mount, int target_fd);
/* The same for the runtime's own mounts: type and a NULL-terminated list of "key=value"/"flag". */
MUST_CHECK struct err *fs_context_simple(const char *type, const char *const *params, uint64_t attr,
					 int *out_fd);

#endif
