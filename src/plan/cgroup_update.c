/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New limits for the groups of a container that is there. The same rows as for a new one
 * (cgroup_limits.c, cgroup_lists.c) say what the whole of the resources is as writes, before and
 * after; what is left of that is what has to be written. Pure; the parent runs it.
 */
#include <ctype.h>
#include <string.h>

#include "base/path.h"
#include "plan/cgroup_parts.h"

/* ---- the groups ---- */

/* The hierarchy that `dir` is a group of; NULL: none that is mounted. */
static const struct host_hierarchy *hierarchy_of(const struct cgroup_maker *maker, const char *dir)
{
	for (size_t i = 0; i < maker->hierarchies->n; i++) {
		const struct host_hierarchy *item = &maker->hierarchies->items[i];

		/* That of hybrid's v2 may be mounted below another's. */
		if (path_is_below(dir, item->mount_point) && !str_equal(dir, item->mount_point))
			return item;
	}
	return NULL;
}

static void take_dir(struct cgroup_maker *maker, const char *dir)
{
	const struct host_hierarchy *hierarchy = hierarchy_of(maker, dir);

	if (!hierarchy) {
		problems_unsupported(maker->problems, "linux.resources",
				     "the group %s is in no mounted cgroup hierarchy", dir);
		return;
	}
	maker->plan->path =
		arena_strdup(maker->arena, dir + strlen(hierarchy->mount_point)); /* of each */
	long at = plan_cgroup_add_dir(maker, hierarchy);
	if (hierarchy->v2)
		maker->plan->v2_dir = at;
}

static void take_dirs(struct cgroup_maker *maker, const struct plan_update *update)
{
	bool v1 = false;

	for (size_t i = 0; i < update->dirs->n; i++)
		take_dir(maker, update->dirs->items[i]);
	for (size_t i = 0; i < maker->plan->dirs_n; i++)
		v1 |= !maker->dirs[i].v2;
	/* On hybrid, a container that asked for nothing of v1 is in none of its groups. */
	if (maker->plan->dirs_n && !v1 && plan_cgroup_asks_for_v1(maker, update->change))
		plan_cgroup_add_v1_dirs(maker);
}

/* ---- the writes ---- */

/* All that the resources ask for, with the groups of `groups`. */
static void plan_whole(const struct cgroup_maker *groups, const struct oci_resources *resources,
		       struct problems *problems, struct plan_cgroup *out, struct strbuf *enable)
{
	struct cgroup_maker maker = *groups;

	*out = *groups->plan;
	maker.plan = out;
	maker.problems = problems;
	maker.enable = (struct strbuf){ 0 };
	if (resources) {
		plan_cgroup_add_limits(&maker, resources);
		plan_cgroup_add_lists(&maker, resources);
		plan_cgroup_add_unified(&maker, &resources->unified);
	}
	plan_cgroup_check_controllers(&maker);
	if (enable)
		strbuf_add(enable, strbuf_text(&maker.enable));
	strbuf_free(&maker.enable);
}

static bool is_same_write(const struct plan_cgroup_write *a, const struct plan_cgroup_write *b)
{
	return a->dir == b->dir && str_equal(a->file, b->file) && str_equal(a->value, b->value);
}

static bool has_write(const struct plan_cgroup *plan, const struct plan_cgroup_write *write)
{
	for (size_t i = 0; i < plan->writes_n; i++) {
		if (is_same_write(&plan->writes[i], write))
			return true;
	}
	return false;
}

/* The very property, whatever its value comes to in the whole. The number of an item in a list is
 * another one in another list. */
static bool has_place(const struct plan_cgroup *plan, const char *place)
{
	const char *bracket = strchr(place, '[');

	if (bracket && isdigit((unsigned char)bracket[1]))
		return false;
	for (size_t i = 0; i < plan->writes_n; i++) {
		if (str_equal(plan->writes[i].place, place))
			return true;
	}
	return false;
}

static void select_writes(struct arena *arena, const struct plan_cgroup *before,
			  const struct plan_cgroup *change, struct plan_cgroup *after)
{
	struct plan_cgroup_write *writes =
		arena_zalloc(arena, (after->writes_n + 1) * sizeof(*writes));
	size_t n = 0, last = 0;

	for (size_t i = 0; i < after->writes_n; i++) {
		const struct plan_cgroup_write *write = &after->writes[i];

		if (has_write(before, write) && !has_write(change, write) &&
		    !has_place(change, write->place))
			continue;
		writes[n] = *write;
		/* Tied to the one before, which must still be there. */
		writes[n].tied = write->tied && n && last + 1 == i;
		last = i;
		n++;
	}
	after->writes = writes;
	after->writes_n = n;
}

struct err *plan_update_cgroup(struct arena *arena, const struct plan_update *update,
			       struct host *host, struct problems *problems,
			       struct plan_cgroup *out)
{
	drop_problems struct problems unheard = { 0 }; /* `after` has those that count */
	drop_strbuf struct strbuf enable = { 0 };
	struct plan_cgroup groups = { .v2_dir = -1, .devices_dir = -1, .freezer_dir = -1 };
	struct plan_cgroup before, change;
	struct cgroup_maker maker = {
		.arena = arena,
		.problems = problems,
		.host = host,
		.plan = &groups,
	};

	TRY(host_cgroup_mode(host, &groups.mode));
	TRY(host_cgroup_hierarchies(host, &maker.hierarchies));
	if (host_is_unprivileged(host))
		TRY(plan_cgroup_take_delegated(&maker));
	else
		maker.all_hierarchies = maker.hierarchies;
	maker.dirs = arena_zalloc(arena, (update->dirs->n + maker.hierarchies->n + 1) *
						 sizeof(*maker.dirs));
	groups.dirs = maker.dirs;
	take_dirs(&maker, update);
	plan_whole(&maker, update->before, &unheard, &before, NULL);
	plan_whole(&maker, update->change, &unheard, &change, NULL);
	plan_whole(&maker, update->after, problems, out, &enable);
	if (update->unit)
		out->unit = plan_unit_update(arena, update, &before, &change, out);
	select_writes(arena, &before, &change, out);
	if (out->v2_dir >= 0 && enable.len)
		maker.dirs[out->v2_dir].enable = arena_strdup(arena, strbuf_text(&enable));
	return NULL;
}
