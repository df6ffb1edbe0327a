/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of the groups while it grows: which hierarchy has a controller, the directories, the
 * writes. What is asked for is decided by its callers. Pure; the parent runs it.
 */
#include "plan/cgroup_parts.h"

#include <string.h>

static bool lists(const char *controllers, const char *controller)
{
	return str_list_has(controllers, ',', controller, strlen(controller));
}

static const char *v1_name(const char *controller)
{
	return str_equal(controller, "io") ? "blkio" : controller;
}

const struct host_hierarchy *plan_cgroup_v1_hierarchy(const struct cgroup_maker *maker,
						      const char *controller)
{
	controller = v1_name(controller);
	for (size_t i = 0; i < maker->hierarchies->n; i++) {
		const struct host_hierarchy *item = &maker->hierarchies->items[i];

		if (!item->v2 && lists(item->controllers, controller))
			return item;
	}
	return NULL;
}

bool plan_cgroup_is_v2(const struct cgroup_maker *maker, const char *controller)
{
	return maker->plan->v2_dir >= 0 && !plan_cgroup_v1_hierarchy(maker, controller);
}

long plan_cgroup_add_dir(struct cgroup_maker *maker, const struct host_hierarchy *hierarchy)
{
	struct plan_cgroup *plan = maker->plan;

	/* There is a place for each hierarchy. */
	maker->dirs[plan->dirs_n] = (struct plan_cgroup_dir){
		.v2 = hierarchy->v2,
		.controllers = arena_strdup(maker->arena, hierarchy->controllers),
		.mount_point = arena_strdup(maker->arena, hierarchy->mount_point),
		.rel = plan->path + 1,
	};
	return (long)plan->dirs_n++;
}

void plan_cgroup_add_v1_dirs(struct cgroup_maker *maker)
{
	for (size_t i = 0; i < maker->hierarchies->n; i++) {
		if (!maker->hierarchies->items[i].v2)
			(void)plan_cgroup_add_dir(maker, &maker->hierarchies->items[i]);
	}
}

long plan_cgroup_find_v1(const struct cgroup_maker *maker, const char *controller)
{
	controller = v1_name(controller);
	for (size_t i = 0; i < maker->plan->dirs_n; i++) {
		if (!maker->dirs[i].v2 && lists(maker->dirs[i].controllers, controller))
			return (long)i;
	}
	return -1;
}

void plan_cgroup_enable(struct cgroup_maker *maker, const char *controller)
{
	drop_mem char *word = mem_asprintf("+%s", controller);

	if (!str_list_has(strbuf_text(&maker->enable), ' ', word, strlen(word)))
		strbuf_addf(&maker->enable, "%s%s", maker->enable.len ? " " : "", word);
}

void plan_cgroup_write(struct cgroup_maker *maker, const struct plan_cgroup_write *write)
{
	size_t n = maker->plan->writes_n;

	maker->writes = arena_grow(maker->arena, maker->writes, n, n + 1, sizeof(*maker->writes));
	maker->writes[n] = *write;
	maker->plan->writes = maker->writes;
	maker->plan->writes_n = n + 1;
}

void plan_cgroup_add_limit(struct cgroup_maker *maker, const char *controller,
			   const struct plan_cgroup_write *write)
{
	struct plan_cgroup_write whole = *write;
	bool v2 = plan_cgroup_is_v2(maker, controller);
	long dir = v2 ? maker->plan->v2_dir : plan_cgroup_find_v1(maker, controller);

	if (dir < 0) {
		problems_unsupported(maker->problems, write->place,
				     "the %s controller is in no mounted cgroup hierarchy",
				     v1_name(controller));
		return;
	}
	if (!write->file) {
		problems_unsupported(maker->problems, write->place,
				     "has no counterpart on cgroup v%d", v2 ? 2 : 1);
		return;
	}
	if (v2)
		plan_cgroup_enable(maker, controller);
	whole.dir = (size_t)dir;
	plan_cgroup_write(maker, &whole);
}
