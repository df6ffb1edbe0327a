/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-field checks of config.json's linux section (config-linux.md) but resources. Pure. */
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <string.h>

#include "base/bitset.h"
#include "base/str.h"
#include "oci/rules.h"

enum { ID_MAP_MAX = 340 };

static void check_namespaces(const struct rules *r)
{
	const struct oci_namespaces *list = &r->config->linux_->namespaces;

	for (size_t i = 0; i < list->n; i++) {
		char *place = place_item(r->arena, "linux.namespaces", i);

		if (list->items[i].path && *list->items[i].path)
			oci_rules_absolute(r, list->items[i].path,
					   place_member(r->arena, place, "path"));
		for (size_t k = 0; k < i; k++) {
			if (list->items[k].type == list->items[i].type && list->items[i].type)
				problems_error(r->problems, place,
					       "the type %s is there more than once",
					       oci_names_of(&oci_namespace_types,
							    (uint64_t)list->items[i].type));
		}
	}
}

static bool user_namespace_is_new(const struct rules *r)
{
	const struct oci_namespaces *list = &r->config->linux_->namespaces;

	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].type == CLONE_NEWUSER)
			return !list->items[i].path || !*list->items[i].path;
	}
	return false;
}

/* user_namespaces(7): neither the ids inside nor those outside of two entries may overlap. */
static bool ranges_meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* One side of a map: the ids inside (containerID) or those outside (hostID). */
static void check_ids(const struct rules *r, const struct oci_id_mappings *map, bool inside,
		      const char *place)
{
	for (size_t i = 0; i < map->n; i++) {
		const uint32_t first = inside ? map->items[i].container_id : map->items[i].host_id;
		const uint32_t size = map->items[i].size;
		char *at = place_member(r->arena, place_item(r->arena, place, i),
					inside ? "containerID" : "hostID");

		if ((uint64_t)first + size > UINT32_MAX)
			problems_error(r->problems, at, "goes beyond the largest id");
		for (size_t k = 0; k < i; k++) {
			const struct oci_id_mapping *other = &map->items[k];

			if (ranges_meet(first, size, inside ? other->container_id : other->host_id,
					other->size))
				problems_error(r->problems, at, "overlaps the ids of %s[%zu]",
					       place, k);
		}
	}
}

void oci_rules_id_map(const struct rules *r, const struct oci_id_mappings *map, const char *place)
{
	check_ids(r, map, true, place);
	check_ids(r, map, false, place);
	for (size_t i = 0; i < map->n; i++) {
		char *at = place_member(r->arena, place_item(r->arena, place, i), "size");

		if (!map->items[i].size && !problems_has(r->problems, at))
			problems_error(r->problems, at, "is 0");
	}
	if (map->n > ID_MAP_MAX) /* user_namespaces(7), since Linux 4.15 */
		problems_error(r->problems, place, "has more than %d entries", ID_MAP_MAX);
}

static void check_mappings(const struct rules *r)
{
	const struct oci_linux *linux_ = r->config->linux_;
	bool any = linux_->uid_mappings.n || linux_->gid_mappings.n;

	oci_rules_id_map(r, &linux_->uid_mappings, "linux.uidMappings");
	oci_rules_id_map(r, &linux_->gid_mappings, "linux.gidMappings");
	if (any && !oci_rules_has_namespace(r, CLONE_NEWUSER))
		problems_error(r->problems, "linux.uidMappings",
			       "id mappings need a user namespace in linux.namespaces");
	if (!user_namespace_is_new(r))
		return;
	if (!linux_->uid_mappings.n)
		problems_error(r->problems, "linux.uidMappings",
			       "is required for a new user namespace");
	if (!linux_->gid_mappings.n)
		problems_error(r->problems, "linux.gidMappings",
			       "is required for a new user namespace");
}

static void check_path_list(const struct rules *r, const struct strv *list, const char *place)
{
	for (size_t i = 0; i < list->n; i++)
		oci_rules_absolute(r, list->items[i], place_item(r->arena, place, i));
}

static void check_paths(const struct rules *r)
{
	check_path_list(r, &r->config->linux_->masked_paths, "linux.maskedPaths");
	check_path_list(r, &r->config->linux_->readonly_paths, "linux.readonlyPaths");
}

static void check_devices(const struct rules *r)
{
	const struct oci_devices *list = &r->config->linux_->devices;

	for (size_t i = 0; i < list->n; i++) {
		const struct oci_device *device = &list->items[i];
		char *place = place_item(r->arena, "linux.devices", i);

		oci_rules_absolute(r, device->path, place_member(r->arena, place, "path"));
		if (!device->type || device->type == 'p')
			continue;
		if (!device->major.set)
			problems_error(r->problems, place_member(r->arena, place, "major"),
				       "is required unless type is p");
		if (!device->minor.set)
			problems_error(r->problems, place_member(r->arena, place, "minor"),
				       "is required unless type is p");
	}
}

/* sysctl.md's keys may be written with '/' or '.': compared here with dots. */
static bool key_is(const char *key, const char *name)
{
	for (; *key && *name; key++, name++) {
		if (*key != *name && !(*key == '/' && *name == '.'))
			return false;
	}
	return *key == *name;
}

static bool key_is_below(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(key, prefix, n) == 0 && (key[n] == '.' || key[n] == '/');
}

/* Which namespace a kernel parameter belongs to; without it the host's would change (lesson N16).
 */
static void check_sysctl(const struct rules *r, const char *key)
{
	static const char *const ipc[] = {
		"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
		"kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
	};
	char *place = arena_asprintf(r->arena, "linux.sysctl[%s]", key);
	bool is_ipc = key_is_below(key, "fs.mqueue") || key_is_below(key, "fs/mqueue");

	for (size_t i = 0; i < ARRAY_LEN(ipc) && !is_ipc; i++)
		is_ipc = key_is(key, ipc[i]);
	if (is_ipc) {
		if (!oci_rules_has_namespace(r, CLONE_NEWIPC))
			problems_error(r->problems, place,
				       "sysctl \"%s\" is not allowed in the hosts ipc namespace",
				       key);
	} else if (key_is_below(key, "net")) {
		if (!oci_rules_has_namespace(r, CLONE_NEWNET))
			problems_error(r->problems, place,
				       "sysctl \"%s\" not allowed in host network namespace", key);
	} else if (key_is(key, "vm.memfd_noexec")) {
		if (!oci_rules_has_namespace(r, CLONE_NEWPID))
			problems_error(r->problems, place,
				       "sysctl \"%s\" is not allowed in the hosts pid namespace",
				       key);
	} else if (key_is(key, "kernel.domainname")) {
		if (!oci_rules_has_namespace(r, CLONE_NEWUTS))
			problems_error(r->problems, place,
				       "sysctl \"%s\" is not allowed in the hosts uts namespace",
				       key);
	} else if (key_is(key, "kernel.hostname")) {
		problems_error(r->problems, place,
			       "sysctl \"%s\" is not allowed: hostname is the property for it",
			       key);
	} else if (key_is_below(key, "user")) {
		if (!oci_rules_has_namespace(r, CLONE_NEWUSER))
			problems_error(r->problems, place,
				       "sysctl \"%s\" is not allowed in the hosts user namespace",
				       key);
	} else {
		problems_error(r->problems, place,
			       "sysctl \"%s\" is not in a separate kernel namespace", key);
	}
}

static void check_sysctls(const struct rules *r)
{
	for (size_t i = 0; i < r->config->linux_->sysctl.n; i++)
		check_sysctl(r, r->config->linux_->sysctl.items[i].key);
}

static void check_personality(const struct rules *r)
{
	const struct oci_personality *personality = r->config->linux_->personality;

	if (personality && personality->flags.n)
		problems_error(r->problems, "linux.personality.flags",
			       "no flags are supported by the specification");
}

/* set_mempolicy(2): which modes take nodes, which flags go together. */
static void check_memory_nodes(const struct rules *r, const struct oci_memory_policy *policy,
			       int flags)
{
	const char *mode = oci_names_of(&oci_memory_policy_modes, (uint64_t)policy->mode.v);
	struct bitset nodes = { 0 };
	const char *wrong = policy->nodes ? bitset_parse(r->arena, policy->nodes, &nodes) : NULL;

	if (wrong) {
		problems_error(r->problems, "linux.memoryPolicy.nodes", "%s", wrong);
		return;
	}
	switch (policy->mode.v) {
	case MPOL_DEFAULT:
	case MPOL_LOCAL:
		if (!bitset_is_empty(&nodes))
			problems_error(r->problems, "linux.memoryPolicy.nodes", "%s takes none",
				       mode);
		break;
	case MPOL_PREFERRED: /* without nodes: the local one */
		if (bitset_is_empty(&nodes) &&
		    flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES))
			problems_error(r->problems, "linux.memoryPolicy.flags",
				       "MPOL_PREFERRED without nodes takes neither "
				       "MPOL_F_STATIC_NODES nor MPOL_F_RELATIVE_NODES");
		break;
	default:
		if (bitset_is_empty(&nodes))
			problems_error(r->problems, "linux.memoryPolicy.nodes",
				       "%s needs at least one", mode);
	}
}

static void check_memory_policy(const struct rules *r)
{
	const struct oci_memory_policy *policy = r->config->linux_->memory_policy;
	const int both = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
	int flags = 0;

	/* Without a mode nothing can be said of the rest. */
	if (!policy || !policy->mode.set)
		return;
	for (size_t i = 0; i < policy->flags.n; i++)
		flags |= policy->flags.items[i];
	if ((flags & both) == both)
		problems_error(r->problems, "linux.memoryPolicy.flags",
			       "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
	if (flags & both && policy->mode.v == MPOL_LOCAL)
		problems_error(r->problems, "linux.memoryPolicy.flags",
			       "MPOL_LOCAL takes neither MPOL_F_STATIC_NODES nor "
			       "MPOL_F_RELATIVE_NODES");
	if (flags & MPOL_F_NUMA_BALANCING && policy->mode.v != MPOL_BIND &&
	    policy->mode.v != MPOL_PREFERRED_MANY)
		problems_error(r->problems, "linux.memoryPolicy.flags",
			       "MPOL_F_NUMA_BALANCING is possible only with MPOL_BIND and "
			       "MPOL_PREFERRED_MANY");
	check_memory_nodes(r, policy, flags);
}

static bool has_newline(const char *text)
{
	return text && strchr(text, '\n');
}

static void check_intel_rdt(const struct rules *r)
{
	const struct oci_intel_rdt *rdt = r->config->linux_->intel_rdt;

	if (!rdt)
		return;
	if (rdt->clos_id && strcmp(rdt->clos_id, "/") != 0 &&
	    (!*rdt->clos_id || strchr(rdt->clos_id, '/') || strcmp(rdt->clos_id, ".") == 0 ||
	     strcmp(rdt->clos_id, "..") == 0))
		problems_error(r->problems, "linux.intelRdt.closID",
			       "\"%s\" is neither / nor the name of one directory", rdt->clos_id);
	/* Both are SHOULDs: what is another resource's, or several lines, the kernel may take. */
	if (rdt->l3_cache_schema &&
	    (!str_starts_with(rdt->l3_cache_schema, "L3:") || has_newline(rdt->l3_cache_schema)))
		problems_warn(r->problems, "linux.intelRdt.l3CacheSchema",
			      "should start with L3: and contain no newline");
	if (rdt->mem_bw_schema &&
	    (!str_starts_with(rdt->mem_bw_schema, "MB:") || has_newline(rdt->mem_bw_schema)))
		problems_error(r->problems, "linux.intelRdt.memBwSchema",
			       "must start with MB: and contain no newline");
	for (size_t i = 0; i < rdt->schemata.n; i++) {
		if (has_newline(rdt->schemata.items[i]))
			problems_error(r->problems,
				       place_item(r->arena, "linux.intelRdt.schemata", i),
				       "contains a newline");
	}
}

static void check_time_offsets(const struct rules *r)
{
	const struct oci_time_offsets *list = &r->config->linux_->time_offsets;

	for (size_t i = 0; i < list->n; i++) {
		char *place = arena_asprintf(r->arena, "linux.timeOffsets[%s]", list->items[i].key);

		if (strcmp(list->items[i].key, "monotonic") != 0 &&
		    strcmp(list->items[i].key, "boottime") != 0)
			problems_error(r->problems, place,
				       "is no clock; accepted are monotonic, boottime");
		if (list->items[i].nanosecs.set && list->items[i].nanosecs.v > 999999999)
			problems_error(r->problems, place_member(r->arena, place, "nanosecs"),
				       "is at most 999999999");
	}
	if (list->n && !oci_rules_has_namespace(r, CLONE_NEWTIME))
		problems_error(r->problems, "linux.timeOffsets",
			       "needs a time namespace in linux.namespaces");
}

/* dev_valid_name of the kernel: shorter than 16, no '/', ':' or white space, not "." or "..". */
static bool is_interface_name(const char *name)
{
	return *name && strlen(name) < 16 && !strpbrk(name, "/: \t\n\v\f\r") &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* A name in the container, where the kernel may be left to find a number for a "%d" at the end. */
static bool is_new_interface_name(const char *name)
{
	const char *percent = strchr(name, '%');

	return is_interface_name(name) &&
	       (!percent || (percent > name && strcmp(percent, "%d") == 0));
}

static void check_net_device(const struct rules *r, const struct oci_net_devices *list, size_t i)
{
	const struct oci_net_device *device = &list->items[i];
	const char *new_name = device->name ? device->name : device->key;
	char *place = arena_asprintf(r->arena, "linux.netDevices[%s]", device->key);
	char *at = place_member(r->arena, place, "name");

	if (!is_interface_name(device->key) || strchr(device->key, '%')) {
		problems_error(r->problems, place, "is no name of a network device");
		return;
	}
	if (device->name && !is_new_interface_name(device->name)) {
		problems_error(r->problems, at, "\"%s\" is no name of a network device",
			       device->name);
		return;
	}
	/* Every network namespace has its own, and it can't leave. */
	if (strcmp(device->key, "lo") == 0 || strcmp(new_name, "lo") == 0)
		problems_error(r->problems, strcmp(device->key, "lo") == 0 ? place : at,
			       "the loopback device is every network namespace's own");
	for (size_t k = 0; k < i; k++) {
		const struct oci_net_device *other = &list->items[k];

		if (!strchr(new_name, '%') &&
		    strcmp(other->name ? other->name : other->key, new_name) == 0)
			problems_error(r->problems, at,
				       "\"%s\" is linux.netDevices[%s]'s name already", new_name,
				       other->key);
	}
}

static void check_net_devices(const struct rules *r)
{
	const struct oci_net_devices *list = &r->config->linux_->net_devices;

	for (size_t i = 0; i < list->n; i++)
		check_net_device(r, list, i);
}

void oci_rules_check_linux(const struct rules *r)
{
	static void (*const checks[])(const struct rules *) = {
		check_namespaces, check_mappings,	   check_paths,	      check_devices,
		check_sysctls,	  oci_rules_check_seccomp, check_personality, check_memory_policy,
		check_intel_rdt,  check_time_offsets,	   check_net_devices,
	};

	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		checks[i](r);
}
