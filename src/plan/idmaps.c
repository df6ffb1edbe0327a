/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id-mapped mounts (config.md, "Linux mount options" idmap and ridmap, uidMappings, gidMappings):
 * which mapping a mount gets. Makes no namespace. Pure; the parent runs it.
 */
#include <linux/sched.h>

#include "plan/parts.h"

static bool same_list(const struct oci_id_mapping *a, size_t a_n, const struct oci_id_mapping *b,
		      size_t b_n)
{
	if (a_n != b_n)
		return false;
	for (size_t i = 0; i < a_n; i++) {
		if (a[i].container_id != b[i].container_id || a[i].host_id != b[i].host_id ||
		    a[i].size != b[i].size)
			return false;
	}
	return true;
}

static bool same_idmap(const struct plan_idmap *a, const struct plan_idmap *b)
{
	return a->joined == b->joined &&
	       same_list(a->uid_map, a->uid_map_n, b->uid_map, b->uid_map_n) &&
	       same_list(a->gid_map, a->gid_map_n, b->gid_map, b->gid_map_n);
}

/* The one of the list that is equal, added if there is none. */
static const struct plan_idmap *share(struct idmap_list *list, const struct plan_idmap *idmap)
{
	for (size_t i = 0; i < list->n; i++) {
		if (same_idmap(&list->items[i], idmap))
			return &list->items[i];
	}
	list->items[list->n] = *idmap;
	return &list->items[list->n++];
}

/* Without mappings of its own the mount gets those of the container's user namespace. */
static struct plan_idmap of_container(const struct plan_namespaces *ns)
{
	if (plan_find_join(ns, CLONE_NEWUSER))
		return (struct plan_idmap){ .joined = true };
	return (struct plan_idmap){
		.uid_map = ns->uid_map,
		.uid_map_n = ns->uid_map_n,
		.gid_map = ns->gid_map,
		.gid_map_n = ns->gid_map_n,
	};
}

static const char *why_not(const struct plan *plan, const struct plan_mount *mount, bool own)
{
	if (mount->kind == PLAN_MOUNT_REMOUNT)
		return "only a new mount can be id-mapped, no remount";
	if (mount->kind == PLAN_MOUNT_CGROUP)
		return "cgroup file systems do not support id-mapped mounts";
	if (!own && plan_joins_own(&plan->ns, CLONE_NEWUSER))
		return "the option idmap needs uidMappings and gidMappings: the user namespace of "
		       "the container is the runtime's own, which maps nothing";
	return NULL;
}

void plan_take_mount_idmap(struct arena *arena, const struct plan *plan,
			   const struct oci_mount *config, const char *place,
			   struct problems *problems, const struct mount_asked *asked,
			   struct idmap_list *list, struct plan_mount *mount)
{
	/* The rules have refused one without the other, and neither without a user namespace. */
	bool own = config->uid_mappings.n && config->gid_mappings.n;
	struct plan_idmap idmap = {
		.uid_map = config->uid_mappings.items,
		.uid_map_n = config->uid_mappings.n,
		.gid_map = config->gid_mappings.items,
		.gid_map_n = config->gid_mappings.n,
	};

	/* Mappings alone ask for it too: nobody means them to be ignored. */
	if (!own && !asked->idmap)
		return;
	const char *refusal = why_not(plan, mount, own);
	if (refusal) {
		problems_error(problems,
			       place_member(arena, place, own ? "uidMappings" : "options"), "%s",
			       refusal);
		return;
	}
	if (!own)
		idmap = of_container(&plan->ns);
	mount->idmap = share(list, &idmap);
	mount->idmap_recursive = asked->ridmap;
}
