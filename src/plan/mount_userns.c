/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mount means in a user namespace: ids in its options have to be mapped, and the host's
 * groups must not come in writable. Pure; the parent runs it, for each mount.
 */
#include "plan/plan.h"

#include <linux/mount.h>

#include "base/path.h"
#include "plan/parts.h"

/* uid= and gid= of file systems that make their files anew; the kernel refuses ids that are not
 * mapped, in the middle of the mounts and without saying which (lesson M42). */
static void check_ids(struct arena *arena, const struct plan_namespaces *ns,
		      const struct plan_mount *mount, const char *place, struct problems *problems)
{
	if (!str_equal(mount->type, "devpts") && !str_equal(mount->type, "tmpfs"))
		return;
	for (size_t i = 0; i < mount->params_n; i++) {
		const struct plan_fs_param *param = &mount->params[i];
		bool group = str_equal(param->key, "gid");
		uint32_t id;

		if ((!group && !str_equal(param->key, "uid")) || !param->value ||
		    !str_to_u32(param->value, &id) || plan_id_is_mapped(ns, group, id))
			continue;
		problems_error(problems, place_member(arena, place, "options"),
			       "%s=%u: the id is not mapped in linux.%s", param->key, id,
			       group ? "gidMappings" : "uidMappings");
	}
}

/*
 * CVE-2023-25809: "ro" of a recursive bind of /sys does not reach the cgroup hierarchies below it,
 * in which groups may be delegated to the very user that the container's root is.
 */
static void close_groups(struct plan_mount *mount)
{
	if (mount->kind == PLAN_MOUNT_BIND && mount->recursive && mount->source &&
	    (mount->attr_set & MOUNT_ATTR_RDONLY) && path_is_below(mount->source, "/sys") &&
	    path_is_below("/sys/fs/cgroup", mount->source))
		mount->rec_attr_set |= MOUNT_ATTR_RDONLY;
}

void plan_mount_in_user_namespace(struct arena *arena, const struct plan *plan,
				  struct plan_mount *mount, const char *place,
				  struct problems *problems)
{
	if (!plan->ns.in_user_namespace)
		return;
	check_ids(arena, &plan->ns, mount, place, problems);
	close_groups(mount);
}
