/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that plan the groups. Private to the room; pure. */
#ifndef PLAN_CGROUP_PARTS_H
#define PLAN_CGROUP_PARTS_H

#include "plan/plan.h"

struct cgroup_maker {
	struct arena *arena;
	struct problems *problems;
	struct host *host;
	const struct host_hierarchies *hierarchies;
	struct plan_cgroup *plan;
	struct plan_cgroup_dir *dirs; /* plan->dirs while it grows */
	struct plan_cgroup_write *writes;
	struct strbuf enable; /* of the v2 directory */
	/* Of an unprivileged runtime (cgroup_delegated.c): `hierarchies` are those of v2 only. */
	bool unprivileged;
	const struct host_hierarchies *all_hierarchies;
	const char *delegated;	/* the group below which groups can be made; NULL: there is none */
	const char *path;	/* linux.cgroupsPath; NULL: not asked for */
	struct plan_unit *unit; /* systemd.c: plan->unit while it grows */
};

/* cgroup_maker.c. Controllers by their names on v2; "io" is "blkio" on v1. */
/* The v1 hierarchy that has `controller`, or NULL. */
const struct host_hierarchy *plan_cgroup_v1_hierarchy(const struct cgroup_maker *maker,
						      const char *controller);
/* True if a limit of `controller` is set on the v2 tree (no v1 hierarchy has it). */
bool plan_cgroup_is_v2(const struct cgroup_maker *maker, const char *controller);
/* Makes the group's directory in the hierarchy part of the plan; its index. */
long plan_cgroup_add_dir(struct cgroup_maker *maker, const struct host_hierarchy *hierarchy);
void plan_cgroup_add_v1_dirs(struct cgroup_maker *maker);
/* The index of the directory in the v1 hierarchy of `controller`, or -1. */
long plan_cgroup_find_v1(const struct cgroup_maker *maker, const char *controller);
/* Enables `controller` on the way to the v2 group. */
void plan_cgroup_enable(struct cgroup_maker *maker, const char *controller);
void plan_cgroup_write(struct cgroup_maker *maker, const struct plan_cgroup_write *write);
/*
 * The write of a limit of `controller`, into the directory where that is, which becomes part of the
 * plan. `write` has all but `dir`; no file means that this version of cgroups has no such limit:
 * that, and a controller that is nowhere, is a problem at its place.
 */
void plan_cgroup_add_limit(struct cgroup_maker *maker, const char *controller,
			   const struct plan_cgroup_write *write);

/* cgroup.c: true if the resources have a controller that is in a v1 hierarchy. */
bool plan_cgroup_asks_for_v1(const struct cgroup_maker *maker,
			     const struct oci_resources *resources);

/* cgroup_delegated.c, for a runtime that is unprivileged */
MUST_CHECK struct err *plan_cgroup_take_delegated(struct cgroup_maker *maker);
/* True if the container gets no group, as none is delegated; a problem if it asked for one. */
bool plan_cgroup_goes_without(struct cgroup_maker *maker, bool path_asked, bool limits_asked);
/* A problem for each controller to be enabled that is not the v2 tree's. */
void plan_cgroup_check_controllers(struct cgroup_maker *maker);
void plan_cgroup_skip_device_rules(const struct cgroup_maker *maker,
				   const struct oci_resources *resources);

/*
 * systemd.c: the unit of systemd that has the container's group, and the group's path. Without a
 * user manager it may be that the user's container goes on without: false.
 */
bool plan_unit_begin(struct cgroup_maker *maker, const struct plan *plan, bool limits_asked);
/* When the writes and the device rules are known: the unit's properties. */
void plan_unit_finish(struct cgroup_maker *maker, const struct plan *plan);
/* The property of this name, or NULL: it is not set. */
struct plan_unit_property *plan_unit_find(const struct plan_unit *unit, const char *name);
/* Sets a property; one of the same name is replaced. `n` values of the type; arena memory. */
struct plan_unit_property *plan_unit_set(struct cgroup_maker *maker, const char *name,
					 const char *type, const char *const *values, size_t n);
/* systemd_limits.c: the writes that systemd has a property for. */
void plan_unit_add_limits(struct cgroup_maker *maker);
/* The same for update: what is another limit `after`, or was asked for by `change`. */
const struct plan_unit *plan_unit_update(struct arena *arena, const struct plan_update *update,
					 const struct plan_cgroup *before,
					 const struct plan_cgroup *change,
					 const struct plan_cgroup *after);
/* systemd_devices.c: the device rules, or what is next to them and wider. */
void plan_unit_add_devices(struct cgroup_maker *maker);
/* systemd_annotations.c: org.systemd.property.NAME. */
void plan_unit_add_annotations(struct cgroup_maker *maker, const struct oci_map *annotations);

/* cgroup_limits.c: memory, cpu, pids */
void plan_cgroup_add_limits(struct cgroup_maker *maker, const struct oci_resources *resources);
/* cgroup_lists.c: blockIO, hugepageLimits, network, rdma */
void plan_cgroup_add_lists(struct cgroup_maker *maker, const struct oci_resources *resources);
bool plan_cgroup_asks_for_io(const struct oci_resources *resources);
bool plan_cgroup_asks_for_network(const struct oci_resources *resources);
/* cgroup_unified.c */
void plan_cgroup_add_unified(struct cgroup_maker *maker, const struct oci_map *unified);
/* cgroup_devices.c */
void plan_cgroup_add_device_rules(struct arena *arena, const struct oci_resources *resources,
				  struct plan_cgroup *plan);

#endif
