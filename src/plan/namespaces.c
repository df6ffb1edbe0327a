/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which namespaces are made, which are joined and in what order. A type that is not listed is
 * inherited (config-linux.md, "Namespaces"). Opens nothing. The parent runs it.
 */
#include "plan/plan.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <stdlib.h>

#include "base/path.h"
#include "oci/names.h"
#include "plan/parts.h"

/*
 * The order of setns(2): the user namespace first, as it is what gives the right to join those it
 * owns; the mount namespace last, as the paths of the others are looked up in the host's.
 */
static const int join_order[] = {
	CLONE_NEWUSER, CLONE_NEWIPC,	CLONE_NEWUTS,  CLONE_NEWNET,
	CLONE_NEWPID,  CLONE_NEWCGROUP, CLONE_NEWTIME, CLONE_NEWNS,
};

const struct plan_join *plan_find_join(const struct plan_namespaces *ns, int type)
{
	for (size_t i = 0; i < ns->joins_n; i++) {
		if (ns->joins[i].type == type)
			return &ns->joins[i];
	}
	return NULL;
}

bool plan_has_namespace(const struct plan_namespaces *ns, int type)
{
	return (ns->create & (uint64_t)type) || plan_find_join(ns, type);
}

bool plan_joins_own(const struct plan_namespaces *ns, int type)
{
	/* The file names below /proc/self/ns; namespaces(7). */
	static const struct {
		int type;
		const char *file;
	} files[] = {
		{ CLONE_NEWUSER, "user" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" },
		{ CLONE_NEWNET, "net" },   { CLONE_NEWNS, "mnt" },
	};
	const struct plan_join *join = plan_find_join(ns, type);

	for (size_t i = 0; join && i < ARRAY_LEN(files); i++) {
		if (files[i].type == type)
			return host_is_own_namespace(join->path, files[i].file);
	}
	return false;
}

static void add_joins(struct arena *arena, struct plan *plan)
{
	const struct oci_namespaces *config = &plan->config->linux_->namespaces;
	struct plan_namespaces *ns = &plan->ns;

	for (size_t i = 0; i < ARRAY_LEN(join_order); i++) {
		for (size_t k = 0; k < config->n; k++) {
			const struct oci_namespace *item = &config->items[k];

			/* A second one of a type is refused by the rules; never two joins of it. */
			if (item->type != join_order[i] || !item->path || !*item->path)
				continue;
			ns->joins[ns->joins_n++] = (struct plan_join){
				.type = item->type,
				.path = plan_host_path(arena, plan->bundle, item->path),
			};
			break;
		}
	}
}

/*
 * The runtime's own mount namespace by path is the one that is inherited without an entry: its tree
 * must not be cut off from the host's and its root must not be pivoted. The last of the joins.
 */
static void drop_own_mount_namespace(struct plan_namespaces *ns)
{
	if (plan_joins_own(ns, CLONE_NEWNS))
		ns->joins[--ns->joins_n] = (struct plan_join){ 0 };
}

static void add_time_offsets(struct arena *arena, struct plan *plan)
{
	const struct oci_time_offsets *config = &plan->config->linux_->time_offsets;
	struct plan_time_offset *offsets = arena_zalloc(arena, (config->n + 1) * sizeof(*offsets));

	for (size_t i = 0; i < config->n; i++)
		offsets[i] = (struct plan_time_offset){
			.clock = config->items[i].key,
			.secs = config->items[i].secs.v,
			.nanosecs = config->items[i].nanosecs.v,
		};
	plan->ns.time_offsets = offsets;
	plan->ns.time_offsets_n = config->n;
}

void plan_add_namespaces(struct arena *arena, struct plan *plan, struct host *host,
			 struct problems *problems)
{
	const struct oci_namespaces *config = &plan->config->linux_->namespaces;

	for (size_t i = 0; i < config->n; i++) {
		if (!config->items[i].path || !*config->items[i].path)
			plan->ns.create |= (uint64_t)config->items[i].type;
	}
	add_joins(arena, plan);
	drop_own_mount_namespace(&plan->ns);
	plan_add_user_maps(arena, plan, host, problems);
	add_time_offsets(arena, plan);
	if (plan->config->process) {
		plan->ns.user_uid = plan->config->process->user.uid;
		plan->ns.user_gid = plan->config->process->user.gid;
	}
	plan->ns.in_user_namespace =
		plan_has_namespace(&plan->ns, CLONE_NEWUSER) || !host_in_initial_userns(host);

	/* clone(2): every other type needs CAP_SYS_ADMIN, which a user namespace gives. A warning
	 * here, so that anybody can look at the plan of anybody's bundle; create refuses it. */
	plan->ns.unprivileged = (plan->ns.create || plan->ns.joins_n) &&
				!plan_has_namespace(&plan->ns, CLONE_NEWUSER) &&
				!(host_own_caps(host) & 1ULL << CAP_SYS_ADMIN);
	if (plan->ns.unprivileged)
		problems_warn(problems, "linux.namespaces",
			      "without CAP_SYS_ADMIN these can only be made together with a new "
			      "user namespace, and none is listed");
}
