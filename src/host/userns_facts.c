/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime's own user namespace gives it: which ids are mapped there, whether groups can be
 * set, and which cgroups are its own. Nothing is read in the initial one, or as root there. The
 * parent, before the child exists.
 */
#include "host/host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "host/host_cache.h"
#include "sys/io.h"
#include "sys/sys.h"

/* A map is at most one page as it is written; the kernel pads what it shows (340 lines of 33). */
enum { MAP_MAX_BYTES = 64 * 1024 };

/* Linux has 32-bit ids; the last one is none. */
#define ALL_IDS UINT32_MAX

bool host_is_unprivileged(struct host *host)
{
	return host_euid(host) != 0 || !host_in_initial_userns(host);
}

/* ---- own ids ---- */

/* One line of uid_map: "inside outside count"; false at the end. */
static bool next_extent(const char **text, uint64_t *first, uint64_t *outside, uint64_t *count)
{
	unsigned long long numbers[3];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		char *end = NULL;

		numbers[i] = strtoull(*text, &end, 10);
		if (end == *text)
			return false;
		*text = end;
	}
	*first = numbers[0];
	*outside = numbers[1];
	*count = numbers[2];
	return true;
}

bool host_map_has(const char *map, uint64_t first, uint64_t count)
{
	uint64_t start, outside, size;

	while (next_extent(&map, &start, &outside, &size)) {
		/* The kernel translates a range as a whole: it has to lie in one line. */
		if (first >= start && first - start < size && count <= size - (first - start))
			return true;
	}
	return false;
}

static const char *own_map(struct host *host, bool group)
{
	struct host_cache *cache = host_cache_of(host);
	char **kept = group ? &cache->own_gid_map : &cache->own_uid_map;
	drop_strbuf struct strbuf text = { 0 };

	if (*kept)
		return *kept;
	drop_err struct err *err =
		io_read_file(AT_FDCWD, group ? "/proc/self/gid_map" : "/proc/self/uid_map",
			     MAP_MAX_BYTES, &text);
	*kept = arena_strdup(&host->arena, err ? "" : strbuf_text(&text));
	return *kept;
}

bool host_has_ids(struct host *host, bool group, uint32_t first, uint32_t count)
{
	const struct host_fact *assumed = &host_cache_of(host)->own_ids;

	if (assumed->known)
		return (uint64_t)first + count <= assumed->v;
	if (host_in_initial_userns(host))
		return (uint64_t)first + count <= ALL_IDS;
	return host_map_has(own_map(host, group), first, count);
}

uid_t host_outer_uid(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->outer_uid;
	uint64_t start, outside, size, own = host_euid(host);

	if (fact->known)
		return (uid_t)fact->v;
	*fact = (struct host_fact){ .known = true, .v = own };
	if (host_in_initial_userns(host))
		return (uid_t)own;
	for (const char *map = own_map(host, false); next_extent(&map, &start, &outside, &size);) {
		if (own >= start && own - start < size)
			fact->v = outside + (own - start);
	}
	return (uid_t)fact->v;
}

bool host_denies_setgroups(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->setgroups;
	drop_strbuf struct strbuf text = { 0 };

	if (fact->known)
		return !fact->v;
	fact->known = true;
	fact->v = true;
	/* The initial user namespace can't be denied it (user_namespaces(7)). */
	if (host_in_initial_userns(host))
		return false;
	drop_err struct err *err = io_read_file(AT_FDCWD, "/proc/self/setgroups", 64, &text);
	fact->v = err || !str_starts_with(strbuf_text(&text), "deny");
	return !fact->v;
}

/* ---- own groups ---- */

/* Documentation/admin-guide/cgroup-v2.rst, "Delegation": whom a group is delegated to may write its
 * directory and its cgroup.procs. */
static bool may_use(const struct host_hierarchy *hierarchy, const char *rel)
{
	drop_mem char *dir = mem_asprintf("%s%s", hierarchy->mount_point, rel);
	drop_mem char *procs = mem_asprintf("%s/cgroup.procs", dir);

	return sys_faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0 &&
	       sys_faccessat(AT_FDCWD, procs, W_OK, AT_EACCESS) == 0;
}

static enum host_delegation find_delegation(const struct host_hierarchies *list)
{
	drop_arena struct arena arena = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		const struct host_hierarchy *item = &list->items[i];

		if (!item->v2)
			continue;
		const char *own = path_clean(&arena, NULL, item->own_path);
		const char *parent = path_clean(&arena, own, "..");
		if (!str_equal(own, "/") && may_use(item, parent))
			return DELEGATED_PARENT;
		return may_use(item, own) ? DELEGATED_OWN : DELEGATED_NONE;
	}
	return DELEGATED_NONE;
}

struct err *host_cgroup_delegation(struct host *host, enum host_delegation *out)
{
	struct host_fact *fact = &host_cache_of(host)->delegation;
	const struct host_hierarchies *list = NULL;

	if (!fact->known) {
		TRY(host_cgroup_hierarchies(host, &list));
		*fact = (struct host_fact){ .known = true, .v = find_delegation(list) };
	}
	*out = (enum host_delegation)fact->v;
	return NULL;
}
