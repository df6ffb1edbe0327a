/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sysctls as paths below /proc/sys. Which of them a container may set is a rule of the document
 * (oci/rules); what depends on the host, whether a joined namespace is the host's own, is here.
 * Writes nothing. The parent runs it.
 */
#include "plan/plan.h"

#include <linux/sched.h>
#include <string.h>

#include "plan/parts.h"

/*
 * sysctl(8): the first separator decides. After a slash, dots are part of names; after a dot, dots
 * separate and slashes stand for dots in names: net.ipv4.conf.eth0/100.forwarding (lesson N17).
 */
static char *path_of_key(struct arena *arena, const char *key)
{
	char *path = arena_strdup(arena, key);

	if (path[strcspn(path, "./")] != '.')
		return path;
	for (char *c = path; *c; c++) {
		if (*c == '.')
			*c = '/';
		else if (*c == '/')
			*c = '.';
	}
	return path;
}

/* Every component is a name: not empty, not "." and not "..". */
static bool is_below_proc_sys(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (!len || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

/*
 * Sysctls that belong to a namespace (lesson N16). A namespace that is joined by path may be the
 * host's own, which only its inode tells: the write would reach the host.
 */
static void check_not_of_host(const struct plan *plan, const struct plan_sysctl *item,
			      const char *place, struct problems *problems)
{
	static const struct {
		const char *prefix; /* of the path; with a final slash: everything below */
		int type;
		const char *text;
	} rows[] = {
		{ "net/", CLONE_NEWNET, "not allowed in host network namespace" },
		{ "fs/mqueue/", CLONE_NEWIPC, "is not allowed in the hosts ipc namespace" },
		{ "kernel/msg", CLONE_NEWIPC, "is not allowed in the hosts ipc namespace" },
		{ "kernel/sem", CLONE_NEWIPC, "is not allowed in the hosts ipc namespace" },
		{ "kernel/shm", CLONE_NEWIPC, "is not allowed in the hosts ipc namespace" },
		{ "vm/memfd_noexec", CLONE_NEWPID, "is not allowed in the hosts pid namespace" },
		{ "kernel/domainname", CLONE_NEWUTS, "is not allowed in the hosts uts namespace" },
		{ "user/", CLONE_NEWUSER, "is not allowed in the hosts user namespace" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_starts_with(item->path_rel, rows[i].prefix) &&
		    plan_joins_own(&plan->ns, rows[i].type))
			problems_error(problems, place, "sysctl \"%s\" %s: %s is the runtime's own",
				       item->key, rows[i].text,
				       plan_find_join(&plan->ns, rows[i].type)->path);
	}
}

void plan_add_sysctls(struct arena *arena, struct plan *plan, struct problems *problems)
{
	const struct oci_map *config = &plan->config->linux_->sysctl;
	struct plan_sysctl *items = arena_zalloc(arena, (config->n + 1) * sizeof(*items));

	for (size_t i = 0; i < config->n; i++) {
		const char *key = config->items[i].key;
		const char *place = arena_asprintf(arena, "linux.sysctl[%s]", key);

		items[i] = (struct plan_sysctl){
			.key = key,
			.path_rel = path_of_key(arena, key),
			.value = config->items[i].value,
		};
		if (!is_below_proc_sys(items[i].path_rel))
			problems_error(problems, place, "is not the name of a sysctl");
		else
			check_not_of_host(plan, &items[i], place, problems);
	}
	plan->sysctls = items;
	plan->sysctls_n = config->n;
}
