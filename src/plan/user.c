/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the payload runs as. Ids are those of the container. Pure; the parent runs it.
 */
#include "plan/process_parts.h"

#include <linux/sched.h>

#include "plan/parts.h"

/* config.md leaves it to the caller's; the runtimes that engines know have 0022 (lesson P11). */
#define DEFAULT_UMASK 0022

/* An id of the process has to exist in its user namespace (lesson N12). */
struct id_check {
	const struct plan_namespaces *ns;
	struct host *host;
	struct problems *problems;
};

static void check_id(const struct id_check *check, bool group, uint32_t id, const char *place)
{
	const struct plan_namespaces *ns = check->ns;

	if (!plan_id_is_mapped(ns, group, id))
		problems_error(check->problems, place, "%u is not mapped in linux.%s", id,
			       group ? "gidMappings" : "uidMappings");
	/* A joined one without mappings here is looked at when it has been joined. */
	else if (!plan_has_namespace(ns, CLONE_NEWUSER) && !host_has_ids(check->host, group, id, 1))
		problems_error(check->problems, place,
			       "%u is not mapped in the runtime's own user namespace", id);
}

static void check_ids(struct arena *arena, const struct plan *plan, struct host *host,
		      struct problems *problems)
{
	const struct oci_user *user = &plan->config->process->user;
	const struct id_check check = { &plan->ns, host, problems };

	check_id(&check, false, user->uid, "process.user.uid");
	check_id(&check, true, user->gid, "process.user.gid");
	for (size_t i = 0; i < user->additional_gids.n; i++)
		check_id(&check, true, user->additional_gids.items[i],
			 place_item(arena, "process.user.additionalGids", i));
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
	process->set_groups = plan_may_set_groups(&plan->ns, host);
	if (!process->set_groups && process->groups_n)
		problems_error(problems, "process.user.additionalGids",
			       "cannot set any additional groups in a rootless container");
	else
		check_ids(arena, plan, host, problems);
}
