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

const struct host_hierarchy *plan_cgroup_v1_hierarchy(const struct cgroup_maker *maker,
						      const char *controller)
{
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
	for (size_t i = 0; i < maker->plan->dirs_n; i++) {
		if (!maker->dirs[i].v2 && lists(maker->dirs[i].controllers, controller))
			return (long)i;
	}
	return -1;
}

long plan_cgroup_need(struct cgroup_maker *maker, const char *controller)
{
	drop_mem char *word = mem_asprintf("+%s", controller);

	if (!plan_cgroup_is_v2(maker, controller))
		return plan_cgroup_find_v1(maker, controller);
	if (!str_list_has(strbuf_text(&maker->enable), ' ', word, strlen(word)))
		strbuf_addf(&maker->enable, "%s%s", maker->enable.len ? " " : "", word);
	return maker->plan->v2_dir;
}

void plan_cgroup_write(struct cgroup_maker *maker, const struct plan_cgroup_write *write)
{
	size_t n = maker->plan->writes_n;

	maker->writes = arena_grow(maker->arena, maker->writes, n, n + 1, sizeof(*maker->writes));
	maker->writes[n] = *write;
	maker->plan->writes = maker->writes;
	maker->plan->writes_n = n + 1;
}
