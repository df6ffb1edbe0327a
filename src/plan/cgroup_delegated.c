/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of an unprivileged runtime: an ordinary user's, or root's of a user namespace. Only a part
 * of the v2 tree that was delegated to it can be used (Documentation/admin-guide/cgroup-v2.rst,
 * "Delegation"); v1 hierarchies are the machine's, and so are device programs. Pure; the parent
 * runs it.
 */
#include "plan/cgroup_parts.h"

#include <string.h>

#include "base/path.h"

/* The hierarchies without those of v1. */
static const struct host_hierarchies *only_v2(struct arena *arena,
					      const struct host_hierarchies *all)
{
	struct host_hierarchies *list = arena_zalloc(arena, sizeof(*list));

	list->items = arena_zalloc(arena, (all->n + 1) * sizeof(*list->items));
	for (size_t i = 0; i < all->n; i++) {
		if (all->items[i].v2)
			list->items[list->n++] = all->items[i];
	}
	return list;
}

struct err *plan_cgroup_take_delegated(struct cgroup_maker *maker)
{
	enum host_delegation delegation = DELEGATED_NONE;

	maker->unprivileged = true;
	maker->all_hierarchies = maker->hierarchies;
	maker->hierarchies = only_v2(maker->arena, maker->hierarchies);
	if (!maker->hierarchies->n)
		return NULL;
	TRY(host_cgroup_delegation(maker->host, &delegation));
	const char *own = path_clean(maker->arena, NULL, maker->hierarchies->items[0].own_path);
	if (delegation == DELEGATED_PARENT)
		own = path_clean(maker->arena, own, "..");
	maker->delegated = delegation == DELEGATED_NONE ? NULL : own;
	return NULL;
}

bool plan_cgroup_goes_without(struct cgroup_maker *maker, bool path_asked, bool limits_asked)
{
	if (!maker->unprivileged || maker->delegated)
		return false;
	/* Where the user says where the group goes, the kernel has the last word: it may be
	 * delegated by other means than ours is. */
	if (path_asked && maker->hierarchies->n)
		return false;
	if (limits_asked)
		problems_unsupported(
			maker->problems, "linux.resources",
			"limits need a cgroup v2 group that is delegated to the user, and %s",
			maker->hierarchies->n ? "the runtime's own group and the one above it are "
						"not (cgroup.procs can't be written)"
					      : "cgroup v2 is not mounted");
	else if (path_asked)
		problems_unsupported(maker->problems, "linux.cgroupsPath",
				     "a group of cgroup v1 can't be delegated to a user, and "
				     "cgroup v2 is not mounted");
	return true;
}

void plan_cgroup_check_controllers(struct cgroup_maker *maker)
{
	struct cgroup_maker all = { .hierarchies = maker->all_hierarchies };

	if (!maker->unprivileged)
		return;
	drop_mem char *words = mem_strdup(strbuf_text(&maker->enable));
	for (char *rest = words, *word; (word = strsep(&rest, " "));) {
		if (*word && plan_cgroup_v1_hierarchy(&all, word + 1))
			problems_unsupported(maker->problems, "linux.resources",
					     "the limits need the %s controller, which is in a "
					     "cgroup v1 hierarchy here: it can't be delegated to a "
					     "user",
					     word + 1);
	}
}

void plan_cgroup_skip_device_rules(const struct cgroup_maker *maker,
				   const struct oci_resources *resources)
{
	const struct oci_device_rules *rules = resources ? &resources->devices : NULL;

	/* A user namespace can't make device nodes, and opens those that are bound into it with the
	 * rights of the user. So a list that only closes, as engines write it, is no loss. */
	for (size_t i = 0; rules && i < rules->n; i++) {
		const struct oci_device_rule *rule = &rules->items[i];
		bool narrow = rule->major.set || rule->minor.set;

		if (rule->allow || !narrow)
			continue;
		problems_warn(
			maker->problems, "linux.resources.devices",
			"without privilege device rules have no effect: the container can use "
			"the devices that it has as the user can");
		return;
	}
}
