/* SPDX-License-Identifier: Apache-2.0 */
/* Between the cgroup files of this room. Private to it. */
#ifndef APPLY_CGROUP_PARTS_H
#define APPLY_CGROUP_PARTS_H

#include "apply/cgroup.h"

/* cgroup_make.c: the group's directory, made or taken. `first` is the one that is locked for all;
 * the process `placeholder` (0: none) may be in it. */
MUST_CHECK struct err *cgroup_make(const struct plan_cgroup_dir *dir, bool first, pid_t placeholder,
				   struct journal *journal, struct cgroup_group *group);
/* cgroup_make.c: hints at delegation where the errno is one of a missing right. */
MUST_CHECK struct err *cgroup_explain(struct err *err, int rc);
/* cgroup_make.c: enables `dir->enable` in the groups above one that is there. */
MUST_CHECK struct err *cgroup_enable_above(const struct plan_cgroup_dir *dir);
/* cgroup_limits.c */
MUST_CHECK struct err *cgroup_write_limits(const struct cgroup *cgroup);
/* Refuses what the plan's usage files say can't hold; writes nothing. */
MUST_CHECK struct err *cgroup_check_limits(const struct cgroup *cgroup);

/* cgroup_v1.c: gives a new cpuset group its parent's CPUs and nodes: without them nobody can join.
 */
MUST_CHECK struct err *cgroup_v1_seed_cpuset(int parent_fd, int group_fd);
/* cgroup_v1_devices.c */
MUST_CHECK struct err *cgroup_v1_set_devices(const struct cgroup_group *group,
					     const struct plan_cgroup *plan);

/* cgroup_v2.c: enables `controllers` ("+memory +pids") for the children of a group. */
MUST_CHECK struct err *cgroup_v2_enable(int group_fd, const char *path, const char *controllers);
MUST_CHECK struct err *cgroup_v2_delegate(int group_fd, uid_t uid);

/* devices_bpf.c: loads the rules as an eBPF program and attaches it to a v2 group, which keeps it.
 */
MUST_CHECK struct err *devices_bpf_set(const struct cgroup_group *group,
				       const struct plan_device_rule *rules, size_t rules_n);

/* cgroup_walk.c: opens a group's directory; -ENOENT when it is gone, -ENOTDIR or -EXDEV when it is
 * not on a cgroup file system. *out_v2 may be NULL. */
int cgroup_open(const char *path, bool *out_v2);
/* Calls `visit` for every group below and then for group_fd itself. Groups that vanish are skipped.
 */
typedef struct err *cgroup_visit_fn(int group_fd, void *arg);
MUST_CHECK struct err *cgroup_walk(int group_fd, cgroup_visit_fn *visit, void *arg);
/* Calls `child` with the name of every group right below group_fd, whose position it moves. `depth`
 * counts nesting: too much of it is an error. */
typedef struct err *cgroup_child_fn(int group_fd, const char *name, int depth, void *arg);
MUST_CHECK struct err *cgroup_each_child(int group_fd, int depth, cgroup_child_fn *child,
					 void *arg);
/* The processes of this one group, appended; the caller frees *pids. */
MUST_CHECK struct err *cgroup_read_pids(int group_fd, struct cgroup_pids *out);

#endif
