/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd as the maker of the container's group: a transient scope (or slice) whose group it is
 * (systemd.scope(5), systemd.slice(5)). linux.cgroupsPath is "slice:prefix:name" then, as engines
 * write it for runc. Here the names, the group's path and what every unit has; limits, devices and
 * annotations are in the files beside. Pure; the parent runs it.
 */
#include <string.h>

#include "base/path.h"
#include "plan/cgroup_parts.h"

#define PATH_PLACE "linux.cgroupsPath"
#define SLICE ".slice"
/* UNIT_NAME_MAX of systemd */
enum { UNIT_NAME_MAX = 255 };

struct unit_path {
	const char *slice, *prefix, *name; /* of "slice:prefix:name" */
};

/* ---- names ---- */

/* systemd.unit(5): what a name can have; no "@", which makes it an instance of a template. */
static bool has_unit_characters(const char *name)
{
	return strspn(name,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\-") ==
	       strlen(name);
}

/* systemd.slice(5): the dashes say where in the tree it is, so each has a name on both sides. */
static bool is_slice_name(const char *slice)
{
	size_t len = strlen(slice);

	if (!str_ends_with(slice, SLICE) || len > UNIT_NAME_MAX || !has_unit_characters(slice))
		return false;
	if (str_equal(slice, "-" SLICE))
		return true;
	return len > strlen(SLICE) && slice[0] != '-' && slice[len - strlen(SLICE) - 1] != '-' &&
	       !strstr(slice, "--");
}

/* "a-b.slice": "/a.slice/a-b.slice"; the root slice is "". */
static const char *slice_path(struct arena *arena, const char *slice)
{
	drop_strbuf struct strbuf path = { 0 };
	size_t len = strlen(slice) - strlen(SLICE);

	if (str_equal(slice, "-" SLICE))
		return "";
	for (size_t i = 1; i <= len; i++) {
		if (i == len || slice[i] == '-')
			strbuf_addf(&path, "/%.*s" SLICE, (int)i, slice);
	}
	return arena_strdup(arena, strbuf_text(&path));
}

/* "a-b.slice": "a.slice"; "a.slice": the root slice. */
static const char *slice_above(struct arena *arena, const char *slice)
{
	const char *dash = strrchr(slice, '-');

	return dash ? arena_asprintf(arena, "%.*s" SLICE, (int)(dash - slice), slice) : "-" SLICE;
}

/* An id may have '+', a unit's name may not: as systemd-escape(1) has it. */
static const char *escape(struct arena *arena, const char *id)
{
	drop_strbuf struct strbuf out = { 0 };

	for (; *id; id++) {
		if (*id == '+')
			strbuf_add(&out, "\\x2b");
		else
			strbuf_add_bytes(&out, id, 1);
	}
	return arena_strdup(arena, strbuf_text(&out));
}

/* ---- linux.cgroupsPath ---- */

static bool split(const struct cgroup_maker *maker, struct unit_path *out)
{
	char *rest = arena_strdup(maker->arena, maker->path);

	out->slice = strsep(&rest, ":");
	out->prefix = strsep(&rest, ":");
	out->name = strsep(&rest, ":");
	if (out->name && !rest && *out->name)
		return true;
	problems_error(maker->problems, PATH_PLACE,
		       "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
		       "cgroups, got \"%s\" instead",
		       maker->path);
	return false;
}

static const char *decide_slice(const struct cgroup_maker *maker, const char *asked)
{
	if (!*asked)
		return maker->unit->user ? "user" SLICE : "system" SLICE;
	if (str_equal(asked, "-"))
		return "-" SLICE;
	if (is_slice_name(asked))
		return asked;
	problems_error(maker->problems, PATH_PLACE,
		       "\"%s\" is no name of a slice: a-b.slice is one that lies in a.slice",
		       asked);
	return NULL;
}

static bool decide_slice_unit(const struct cgroup_maker *maker, const struct unit_path *path)
{
	struct plan_unit *unit = maker->unit;

	unit->is_slice = true;
	unit->name = path->name;
	if (!is_slice_name(path->name) || str_equal(path->name, "-" SLICE)) {
		problems_error(maker->problems, PATH_PLACE, "\"%s\" is no name of a slice",
			       path->name);
		return false;
	}
	unit->slice = slice_above(maker->arena, path->name);
	if (!*path->slice || str_equal(decide_slice(maker, path->slice), unit->slice))
		return true;
	problems_error(maker->problems, PATH_PLACE, "the slice %s lies in %s, as its name says",
		       path->name, unit->slice);
	return false;
}

static bool decide_unit(const struct cgroup_maker *maker, const struct unit_path *path)
{
	struct plan_unit *unit = maker->unit;

	if (str_ends_with(path->name, SLICE))
		return decide_slice_unit(maker, path);
	unit->name = arena_asprintf(maker->arena, "%s%s%s.scope", path->prefix,
				    *path->prefix ? "-" : "", path->name);
	unit->slice = decide_slice(maker, path->slice);
	if (!unit->slice)
		return false;
	if (has_unit_characters(unit->name) && strlen(unit->name) <= UNIT_NAME_MAX)
		return true;
	problems_error(maker->problems, PATH_PLACE,
		       "\"%s\" is no name of a unit: at most 255 letters, digits and :_.\\-",
		       unit->name);
	return false;
}

/* ---- the unit ---- */

static bool has_manager(struct cgroup_maker *maker, bool limits_asked)
{
	struct plan_unit *unit = maker->unit;

	unit->socket = host_systemd_socket(maker->host);
	/* Of a user on v1 nothing is delegated. */
	if (unit->socket && maker->hierarchies->n)
		return true;
	if (!maker->unprivileged)
		problems_unsupported(maker->problems, PATH_PLACE,
				     "the systemd cgroup manager needs systemd, which does not run "
				     "here (no /run/systemd/private and no system bus)");
	else if (limits_asked && unit->socket)
		problems_unsupported(maker->problems, PATH_PLACE,
				     "limits by systemd need cgroup v2, which is not mounted");
	else if (limits_asked)
		problems_unsupported(
			maker->problems, PATH_PLACE,
			"the user's systemd can't be reached: no bus in XDG_RUNTIME_DIR or "
			"/run/user/%u (package dbus-user-session; a login, or loginctl "
			"enable-linger)",
			(unsigned int)host_outer_uid(maker->host));
	return false;
}

static const char *decide_group(const struct cgroup_maker *maker)
{
	const struct plan_unit *unit = maker->unit;
	struct arena *arena = maker->arena;
	unsigned int uid = (unsigned int)host_outer_uid(maker->host);
	/* The group of user@.service: all units of a user's manager are below it. */
	const char *above =
		unit->user ? arena_asprintf(arena, "/user.slice/user-%u.slice/user@%u.service", uid,
					    uid)
			   : "";

	if (unit->is_slice)
		return arena_asprintf(arena, "%s%s", above, slice_path(arena, unit->name));
	return arena_asprintf(arena, "%s%s/%s", above, slice_path(arena, unit->slice), unit->name);
}

bool plan_unit_begin(struct cgroup_maker *maker, const struct plan *plan, bool limits_asked)
{
	struct plan_unit *unit = arena_zalloc(maker->arena, sizeof(*unit));
	struct unit_path path = { "", "nucleus-oci", escape(maker->arena, plan->id) };
	size_t before = problems_errors(maker->problems);

	maker->unit = unit;
	maker->plan->path = "/";
	if (!has_manager(maker, limits_asked)) {
		maker->path = NULL; /* which would be refused for its form */
		if (problems_errors(maker->problems) != before)
			return true;
		maker->plan->path = NULL;
		return false;
	}
	unit->user = !host_systemd_is_system(unit->socket);
	unit->description = arena_asprintf(maker->arena, "nucleus-oci container %s", plan->id);
	if ((maker->path && !split(maker, &path)) || !decide_unit(maker, &path))
		return true;
	maker->plan->unit = unit;
	maker->plan->path = decide_group(maker);
	return true;
}

/* ---- properties ---- */

struct plan_unit_property *plan_unit_find(const struct plan_unit *unit, const char *name)
{
	struct plan_unit_property *list = (struct plan_unit_property *)(uintptr_t)unit->properties;

	for (size_t i = 0; i < unit->properties_n; i++) {
		if (str_equal(list[i].name, name))
			return &list[i];
	}
	return NULL;
}

struct plan_unit_property *plan_unit_set(struct cgroup_maker *maker, const char *name,
					 const char *type, const char *const *values, size_t n)
{
	struct plan_unit *unit = maker->unit;
	struct plan_unit_property *property = plan_unit_find(unit, name);
	const char **copy = arena_zalloc(maker->arena, (n + 1) * sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(maker->arena, values[i]);
	if (!property) {
		struct plan_unit_property *list =
			arena_grow(maker->arena, (void *)(uintptr_t)unit->properties,
				   unit->properties_n, unit->properties_n + 1, sizeof(*list));
		unit->properties = list;
		property = &list[unit->properties_n++];
	}
	*property = (struct plan_unit_property){
		.name = name,
		.type = type,
		.values = copy,
		.values_n = n,
	};
	return property;
}

static void set_one(struct cgroup_maker *maker, const char *name, const char *type,
		    const char *value)
{
	(void)plan_unit_set(maker, name, type, &value, 1);
}

/* By which the unit is known again (apply/systemd.c). */
static void keep_description(struct cgroup_maker *maker)
{
	const struct plan_unit_property *property = plan_unit_find(maker->unit, "Description");

	if (str_equal(property->type, "s"))
		maker->unit->description = property->values[0];
	else
		problems_error(maker->problems, property->place, "it is a string");
}

void plan_unit_finish(struct cgroup_maker *maker, const struct plan *plan)
{
	static const char *const accounting[] = { "MemoryAccounting", "CPUAccounting",
						  "TasksAccounting" };
	const struct plan_unit *unit = maker->unit;

	set_one(maker, "Description", "s", unit->description);
	if (unit->is_slice) {
		const char *wants[] = { "1", unit->slice };

		(void)plan_unit_set(maker, "Wants", "as", wants, ARRAY_LEN(wants));
	} else {
		set_one(maker, "Slice", "s", unit->slice);
		/* A slice can't be delegated: systemd itself makes groups in it. */
		set_one(maker, "Delegate", "b", "true");
	}
	/* No stop at shutdown before the engine's own; as runc has it. */
	set_one(maker, "DefaultDependencies", "b", "false");
	for (size_t i = 0; i < ARRAY_LEN(accounting); i++)
		set_one(maker, accounting[i], "b", "true");
	set_one(maker, plan_cgroup_is_v2(maker, "io") ? "IOAccounting" : "BlockIOAccounting", "b",
		"true");
	plan_unit_add_limits(maker);
	plan_unit_add_devices(maker);
	/* Last: whoever writes one means it. */
	plan_unit_add_annotations(maker, &plan->config->annotations);
	keep_description(maker);
}
