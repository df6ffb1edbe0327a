/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources.unified: files of a v2 group by their names (config-linux.md, "Unified"). Pure;
 * the parent runs it.
 */
#include "plan/cgroup_parts.h"

#include <string.h>

#include "base/str.h"

/* The controller that a file is of, whose name it begins with; NULL: every group has the file. */
static const char *controller_of(struct arena *arena, const char *file)
{
	const char *name = arena_strndup(arena, file, strcspn(file, "."));

	/* memory.pressure is there without the memory controller (Documentation/accounting/psi.rst)
	 */
	return str_equal(name, "cgroup") || str_ends_with(file, ".pressure") ? NULL : name;
}

/* Blanks around a value, a last line break above all, are no part of it (lesson G12). */
static const char *trimmed(struct arena *arena, const char *value)
{
	static const char blanks[] = " \t\r\n";

	value += strspn(value, blanks);
	size_t len = strlen(value);
	while (len && strchr(blanks, value[len - 1]))
		len--;
	return arena_strndup(arena, value, len);
}

static void add_file(struct cgroup_maker *maker, const struct oci_pair *pair)
{
	const char *place = arena_asprintf(maker->arena, "linux.resources.unified[%s]", pair->key);
	const char *controller = controller_of(maker->arena, pair->key);

	if (maker->plan->v2_dir < 0) {
		problems_unsupported(maker->problems, place,
				     "needs cgroup v2, which is not mounted here");
		return;
	}
	if (controller && !plan_cgroup_is_v2(maker, controller)) {
		problems_unsupported(maker->problems, place,
				     "the %s controller is in a cgroup v1 hierarchy here",
				     controller);
		return;
	}
	if (controller)
		plan_cgroup_enable(maker, controller);
	plan_cgroup_write(maker, &(struct plan_cgroup_write){
					 .dir = (size_t)maker->plan->v2_dir,
					 .file = pair->key,
					 .value = trimmed(maker->arena, pair->value),
					 .place = place,
				 });
}

void plan_cgroup_add_unified(struct cgroup_maker *maker, const struct oci_map *unified)
{
	for (size_t i = 0; i < unified->n; i++)
		add_file(maker, &unified->items[i]);
}
