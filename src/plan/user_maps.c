/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id maps of a user namespace: what they are, who may write them, and whether groups can be set
 * behind them (user_namespaces(7)). Pure; the parent runs it, with the namespaces.
 */
#include "plan/plan.h"

#include <linux/capability.h>
#include <linux/sched.h>

#include "plan/parts.h"

static bool has_cap(struct host *host, unsigned int cap)
{
	return host_own_caps(host) >> cap & 1;
}

static bool maps_root(const struct oci_id_mapping *map, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (map[i].host_id == 0)
			return true;
	}
	return false;
}

/*
 * Whoever has the capability writes any map; anybody else one line that maps the own id alone. The
 * rest is what the setuid programs newuidmap and newgidmap are for. Since Linux 5.12 mapping root
 * takes CAP_SETFCAP besides, which those have too.
 */
static enum plan_map_writer writer_of(const struct oci_id_mapping *map, size_t n, uint32_t own_id,
				      bool capable, bool may_map_root)
{
	if (maps_root(map, n) && !may_map_root)
		return MAP_BY_HELPER;
	if (capable)
		return MAP_BY_RUNTIME;
	if (n == 1 && map[0].size == 1 && map[0].host_id == own_id)
		return MAP_OF_OWN_ID;
	return MAP_BY_HELPER;
}

/* In a user namespace of its own the runtime can give only what it has. */
static void check_own_ids(struct arena *arena, const struct oci_id_mapping *map, size_t n,
			  bool group, struct host *host, struct problems *problems)
{
	for (size_t i = 0; i < n && !host_in_initial_userns(host); i++) {
		if (!map[i].size || host_has_ids(host, group, map[i].host_id, map[i].size))
			continue;
		problems_error(problems,
			       arena_asprintf(arena, "linux.%s[%zu]",
					      group ? "gidMappings" : "uidMappings", i),
			       "the host ids %u to %llu are not all mapped in the runtime's own "
			       "user namespace",
			       map[i].host_id,
			       (unsigned long long)map[i].host_id + map[i].size - 1);
	}
}

static void plan_writers(struct arena *arena, struct plan_namespaces *ns, struct host *host,
			 struct problems *problems)
{
	bool may_map_root = has_cap(host, CAP_SETFCAP);

	ns->uid_writer = writer_of(ns->uid_map, ns->uid_map_n, host_euid(host),
				   has_cap(host, CAP_SETUID), may_map_root);
	/* Of groups the kernel asks no CAP_SETFCAP. */
	ns->gid_writer = writer_of(ns->gid_map, ns->gid_map_n, host_egid(host),
				   has_cap(host, CAP_SETGID), true);
	check_own_ids(arena, ns->uid_map, ns->uid_map_n, false, host, problems);
	check_own_ids(arena, ns->gid_map, ns->gid_map_n, true, host, problems);
}

void plan_add_user_maps(struct arena *arena, struct plan *plan, struct host *host,
			struct problems *problems)
{
	const struct oci_linux *linux_ = plan->config->linux_;
	struct plan_namespaces *ns = &plan->ns;

	/* With a joined user namespace they say what it must look like (lesson N5). */
	if (!plan_has_namespace(ns, CLONE_NEWUSER))
		return;
	ns->uid_map = linux_->uid_mappings.items;
	ns->uid_map_n = linux_->uid_mappings.n;
	ns->gid_map = linux_->gid_mappings.items;
	ns->gid_map_n = linux_->gid_mappings.n;
	if (ns->create & CLONE_NEWUSER)
		plan_writers(arena, ns, host, problems);
}

bool plan_id_is_mapped(const struct plan_namespaces *ns, bool group, uint32_t id)
{
	const struct oci_id_mapping *map = group ? ns->gid_map : ns->uid_map;
	size_t n = group ? ns->gid_map_n : ns->uid_map_n;

	for (size_t i = 0; i < n; i++) {
		/* No overflow: ids and sizes are 32 bits wide, and so is their difference. */
		if (id >= map[i].container_id && id - map[i].container_id < map[i].size)
			return true;
	}
	return n == 0;
}

bool plan_host_uid(const struct plan *plan, uid_t *out)
{
	const struct plan_namespaces *ns = &plan->ns;
	uint32_t uid = plan->process.uid;

	*out = uid;
	for (size_t i = 0; i < ns->uid_map_n; i++) {
		const struct oci_id_mapping *map = &ns->uid_map[i];

		if (uid >= map->container_id && uid - map->container_id < map->size) {
			*out = map->host_id + (uid - map->container_id);
			return true;
		}
	}
	return ns->uid_map_n == 0 && !plan_find_join(ns, CLONE_NEWUSER);
}

bool plan_may_set_groups(const struct plan_namespaces *ns, struct host *host)
{
	/* What a joined one denies is seen when it is joined. */
	if (plan_find_join(ns, CLONE_NEWUSER))
		return true;
	/* The kernel takes a group map without privilege only where setgroups is denied first;
	 * newgidmap decides that for itself, and leaves it to whoever maps subordinate ids. */
	return ns->gid_writer != MAP_OF_OWN_ID && !host_denies_setgroups(host);
}
