/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec --cgroup: [CONTROLLER[,CONTROLLER...]:]PATH, a group below the container's own. See
 * exec_options.h. Parent only; reads.
 */
#include <string.h>

#include "base/path.h"
#include "cli/exec_options.h"

/* Relative and clean, "" for the group itself; NULL: it would lead out (lesson S42). */
static const char *clean_sub(struct arena *arena, const char *path)
{
	for (const char *part = path; *part;) {
		size_t len = strcspn(part, "/");

		if (len == 2 && strncmp(part, "..", len) == 0)
			return NULL;
		part += len + (part[len] == '/');
	}
	return path_clean(arena, NULL, path) + 1;
}

/* The controllers of the v1 hierarchy that the group is in; NULL: it is v2, or nowhere. */
static const char *controllers_of(const struct host_hierarchies *all, const char *group)
{
	for (size_t i = 0; i < all->n; i++) {
		if (!all->items[i].v2 && path_is_below(group, all->items[i].mount_point))
			return all->items[i].controllers;
	}
	return NULL;
}

static bool share_controller(const char *wanted, const char *list)
{
	for (const char *word = wanted; *word;) {
		size_t len = strcspn(word, ",");

		if (len && str_list_has(list, ',', word, len))
			return true;
		word += len + (word[len] == ',');
	}
	return false;
}

/* `controllers` NULL: all groups. */
static struct err *choose(struct host *host, struct enter_group *groups, size_t n,
			  const char *controllers, const char *sub)
{
	const struct host_hierarchies *all;
	bool found = false;

	TRY(host_cgroup_hierarchies(host, &all));
	for (size_t i = 0; i < n; i++) {
		const char *has = controllers_of(all, groups[i].path);

		if (controllers && (!has || !share_controller(controllers, has)))
			continue;
		groups[i].sub = sub;
		found = true;
	}
	if (found)
		return NULL;
	return err_new(ERR_USAGE, "option --cgroup: the container has no %s%sgroup",
		       controllers ? controllers : "", controllers ? " " : "");
}

static struct err *take_option(struct arena *arena, const struct exec_values *values, size_t i,
			       struct host *host, struct enter_group *groups, size_t n)
{
	const char *text = values->cgroups.items[i];
	char *controllers = arena_strdup(arena, text);
	char *colon = strchr(controllers, ':');
	const char *path = colon ? colon + 1 : text;
	const char *sub = strchr(path, ':') ? NULL : clean_sub(arena, path);

	if (!sub)
		return err_new(ERR_USAGE, "option --cgroup: bad sub cgroup path \"%s\"", path);
	if (colon)
		*colon = '\0';
	else if (values->cgroups.n > 1)
		return err_new(ERR_USAGE,
			       "option --cgroup: \"%s\" has no CONTROLLER: in front, and there is "
			       "another",
			       text);
	return choose(host, groups, n, colon ? controllers : NULL, sub);
}

struct err *exec_read_groups(struct arena *arena, const struct exec_values *values,
			     const struct oci_record *record, struct host *host,
			     struct enter_group **out)
{
	const struct strv *dirs = &record->cgroup_dirs;
	struct enter_group *groups = arena_zalloc(arena, (dirs->n + 1) * sizeof(*groups));

	for (size_t i = 0; i < dirs->n; i++)
		groups[i].path = dirs->items[i];
	for (size_t i = 0; i < values->cgroups.n; i++)
		TRY(take_option(arena, values, i, host, groups, dirs->n));
	*out = groups;
	return NULL;
}
