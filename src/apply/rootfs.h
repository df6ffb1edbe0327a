/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's root file system, step by step; child.c calls the steps in the order in which
 * they stand here. Child only, where nothing else is said.
 */
#ifndef APPLY_ROOTFS_H
#define APPLY_ROOTFS_H

#include <sys/resource.h>

#include "base/err.h"
#include "plan/plan.h"

/* What was opened for the mounts before their turn (mount_sources.c): by the parent, or, without
 * privilege, by the child while it is still who the parent is. -1: nothing, it is opened then. */
struct rootfs_sources {
	int root_fd;
	int *mount_fds; /* one per plan mount */
	size_t n;
	int *idmap_fds; /* user namespaces, one per plan idmap */
	size_t idmaps_n;
	struct rlimit limit; /* of descriptors, as it was; with limit_raised */
	bool limit_raised;
};

/* What is left to do to a mount when everything is in place. mounts_late.c */
struct late_mount {
	const struct plan_mount *mount;
	int mount_fd;
	int target_fd; /* where it is still to be attached, or -1 */
};

struct rootfs {
	const struct plan *plan;
	struct rootfs_sources *sources; /* never NULL */
	int root_fd;			/* the root mount; becomes "/" */
	int proc_fd; /* root of a procfs of the container's pid namespace, writable; or -1 */
	struct late_mount *late;
	size_t late_n;
};
#define ROOTFS_INIT(p, s)                                                 \
	{                                                                 \
		.plan = (p), .sources = (s), .root_fd = -1, .proc_fd = -1 \
	}

/* Parent: the root, as O_PATH. It must be a directory and must not leave the bundle by a symbolic
 * link. */
MUST_CHECK struct err *rootfs_open(const struct plan *plan, int *out_fd);
/* Parent, before the clone: opens what the child can't open, or can't any more. join_fds are those
 * of namespaces_open. The limit of descriptors may be raised until they are closed. */
MUST_CHECK struct err *rootfs_open_sources(const struct plan *plan, const int join_fds[static 8],
					   struct rootfs_sources *out);
/* The trees that the parent could not open, as a user namespace makes it possible. */
void rootfs_open_missing_sources(const struct plan *plan, struct rootfs_sources *sources);
void rootfs_close_sources(struct rootfs_sources *sources);
/* Hundreds of volumes, each a descriptor until the child has attached it, or till the end if it
 * waits for that (lesson M26): the soft limit becomes the hard one, once. False if it is. */
bool rootfs_raise_limit(struct rootfs_sources *sources);
/* Both, when they are closed: the limit as it was. */
void rootfs_restore_limit(struct rootfs_sources *sources);
/* The user namespace that has the maps of `mount`, which has an idmap; -1: none was opened. */
int rootfs_idmap_fd(const struct rootfs_sources *sources, const struct plan_rootfs *plan,
		    const struct plan_mount *mount);

/* Cuts the propagation to the host and attaches the root's tree. */
MUST_CHECK struct err *rootfs_attach(struct rootfs *rootfs);
/* mounts.c: config.json's mounts, in order. */
MUST_CHECK struct err *mounts_apply(struct rootfs *rootfs);
/* devices.c: default and listed devices, links, ptmx. */
MUST_CHECK struct err *devices_apply(struct rootfs *rootfs);
/* (createContainer hooks run here, in the mount namespace, before the root changes.) */
/* pivot_root, or MS_MOVE and chroot with --no-pivot. Afterwards "/" is it. */
MUST_CHECK struct err *rootfs_enter(struct rootfs *rootfs);
/* devices.c: binds the terminal over /dev/console. */
MUST_CHECK struct err *devices_bind_console(struct rootfs *rootfs, int slave_fd);
/* masks.c: read-only and masked paths. */
MUST_CHECK struct err *masks_apply(struct rootfs *rootfs);
/* What had to wait for the rest: mounts_late.c, a read-only root, rootfsPropagation. */
MUST_CHECK struct err *rootfs_finish(struct rootfs *rootfs);
/* A procfs for the runtime's own use: the container's, or a private one that is attached nowhere.
 */
MUST_CHECK struct err *rootfs_open_proc(struct rootfs *rootfs, int *out_fd);
void rootfs_close(struct rootfs *rootfs);
#define drop_rootfs CLEANUP(rootfs_close)

/* mount_attach.c, for the other actors: attaches a detached mount onto an O_PATH descriptor. */
MUST_CHECK struct err *mount_attach(int mount_fd, int target_fd, const char *what);
/* Clones what is mounted at dirfd/path: a tree of which nothing goes back to where it came from.
 * The descriptor or -errno. */
int mount_clone(const struct rootfs *rootfs, int dirfd, const char *path, unsigned int flags);
/* mount_setattr(2) on a mount's root descriptor. */
int mount_set_attr(int mount_fd, bool recursive, uint64_t set, uint64_t clear);
int mount_set_propagation(int mount_fd, unsigned long ms_flags);
/* mount_options.c: the flags that the options ask for, the mount's own and the recursive ones;
 * those that wait (readonly_late) are left out. Then the propagation, after attaching. */
MUST_CHECK struct err *mount_set_flags(const struct plan_mount *mount, int mount_fd);
MUST_CHECK struct err *mount_set_propagations(const struct plan_mount *mount, int mount_fd);
/* mount_idmap.c: gives a detached mount its id mapping. */
MUST_CHECK struct err *mount_idmap(const struct plan_mount *mount, int idmap_fd, int mount_fd);
/*
 * mounts_late.c: attaches a mount, or notes that it is attached last; what must wait for that is
 * noted too. Takes the descriptors it keeps. mounts_finish does what was noted.
 */
MUST_CHECK struct err *mount_place(struct rootfs *rootfs, const struct plan_mount *mount,
				   int *mount_fd, int *target_fd);
MUST_CHECK struct err *mounts_finish(struct rootfs *rootfs);
void mounts_late_close(struct rootfs *rootfs);
/* True for a host path at or below the root, unless that is "/". */
bool rootfs_is_inside(const struct plan_rootfs *plan, const char *path);
/* mount_cgroup.c: what type cgroup means on this host. */
MUST_CHECK struct err *mount_cgroup(struct rootfs *rootfs, const struct plan_mount *mount,
				    int target_fd);
/*
 * mount_host.c: `why` is the error of a new file system that a user namespace was refused. Where
 * the host's own mount is as good, a detached clone of it, and `why` is freed; else `why`, with a
 * hint.
 */
MUST_CHECK struct err *mount_from_host(const struct rootfs *rootfs, const struct plan_mount *mount,
				       struct err *why, int *out_fd);
/* mount_host.c: a new sysfs has nothing at fs/cgroup, the host's has its groups: covers them. */
MUST_CHECK struct err *mount_cover_groups(const struct plan_mount *mount, int sys_fd);
/* fs_context.c: a detached file system, by fsopen/fsconfig/fsmount. `mode` 0: none is added. */
MUST_CHECK struct err *fs_context_mount(const struct plan_mount *mount, mode_t mode, int *out_fd);
MUST_CHECK struct err *fs_context_reconfigure(const struct plan_mount *mount, int target_fd);
/* The same for the runtime's own mounts: type and a NULL-terminated list of "key=value"/"flag". */
MUST_CHECK struct err *fs_context_simple(const char *type, const char *const *params, uint64_t attr,
					 int *out_fd);

#endif
