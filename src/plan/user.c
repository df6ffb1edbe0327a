/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the payload runs as. Ids are those of the container. Pure; the parent runs it.
 */
#include "plan/process_parts.h"

#include <linux/capability.h>
#include <linux/sched.h>

#include "plan/parts.h"

/* config.md leaves it to the caller's; the runtimes that engines know have 0022 (lesson P11). */
#define DEFAULT_UMASK 0022

static bool is_mapped(const struct oci_id_mapping *map, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++) {
		/* No overflow: ids and sizes are 32 bits wide, and so is their difference. */
		if (id >= map[i].container_id && id - map[i].container_id < map[i].size)
			return true;
	}
	return false;
}

/* Without mappings there is nothing to check: no user namespace, or a joined one. */
static void check_id(const struct oci_id_mapping *map, size_t n, uint32_t id, const char *place,
		     const char *mappings, struct problems *problems)
{
	if (n && !is_mapped(map, n, id))
		problems_error(problems, place, "%u is not mapped in linux.%s", id, mappings);
}

static void check_ids(struct arena *arena, const struct plan *plan, struct problems *problems)
{
	const struct oci_user *user = &plan->config->process->user;
	const struct plan_namespaces *ns = &plan->ns;

	check_id(ns->uid_map, ns->uid_map_n, user->uid, "process.user.uid", "uidMappings",
		 problems);
	check_id(ns->gid_map, ns->gid_map_n, user->gid, "process.user.gid", "gidMappings",
		 problems);
	for (size_t i = 0; i < user->additional_gids.n; i++)
		check_id(ns->gid_map, ns->gid_map_n, user->additional_gids.items[i],
			 arena_asprintf(arena, "process.user.additionalGids[%zu]", i),
			 "gidMappings", problems);
}

/*
 * user_namespaces(7): an unprivileged writer of gid_map has to write "deny" to setgroups first, and
 * may map one id only: its own. More than that takes newgidmap, which may leave setgroups alone.
 */
static bool may_set_groups(const struct plan_namespaces *ns, struct host *host)
{
	if (!(ns->create & CLONE_NEWUSER) || host_own_caps(host) & 1ULL << CAP_SETGID)
		return true;
	return !(ns->gid_map_n == 1 && ns->gid_map[0].size == 1 &&
		 ns->gid_map[0].host_id == host_egid(host));
}

void plan_add_user(struct arena *arena, struct plan *plan, struct host *host,
		   struct problems *problems)
{
	const struct oci_user *user = &plan->config->process->user;
	struct plan_process *process = &plan->process;

	process->uid = user->uid;
	process->gid = user->gid;
	process->umask = user->umask.set ? user->umask.v & 0777 : DEFAULT_UMASK;
	process->groups = user->additional_gids.items;
	process->groups_n = user->additional_gids.n;
	process->set_groups = may_set_groups(&plan->ns, host);
	if (!process->set_groups && process->groups_n)
		problems_error(problems, "process.user.additionalGids",
			       "cannot set any additional groups in a rootless container");
	else
		check_ids(arena, plan, problems);
}
