/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Annotations org.systemd.property.NAME: properties of the unit as GVariant text, as runc and crun
 * take them. Whoever may write one may have the service manager run commands as root: engines that
 * pass on annotations of others have to filter these (potentiallyUnsafeConfigAnnotations of
 * features). Pure; the parent runs it.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan/cgroup_parts.h"
#include "plan/gvariant.h"

#define PREFIX "org.systemd.property."

enum { NAME_MIN = 3 };
#define USEC_PER_SEC UINT64_C(1000000)
#define NUMBER_TYPES "ynqiuxtd"

static bool is_property_name(const char *name)
{
	if (strlen(name) < NAME_MIN || !isalpha((unsigned char)*name))
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name))
			return false;
	}
	return true;
}

/* What the runtime itself decides and relies on. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = { "PIDs", "Slice", "Delegate" };

	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		if (str_equal(ours[i], name))
			return true;
	}
	return false;
}

/* A span in seconds is a property in microseconds: TimeoutStopSec, TimeoutStopUSec. */
static bool is_in_seconds(const char *name)
{
	return str_ends_with(name, "Sec") && !str_ends_with(name, "USec");
}

static const char *to_usec(struct arena *arena, const struct gvariant *value)
{
	uint64_t seconds;

	if (strlen(value->type) != 1 || !strchr(NUMBER_TYPES, *value->type))
		return NULL;
	if (*value->type == 'd') {
		double usec = strtod(value->values[0], NULL) * (double)USEC_PER_SEC;

		return usec >= 0 && usec < (double)INT64_MAX
			       ? arena_asprintf(arena, "%" PRIu64, (uint64_t)usec)
			       : NULL;
	}
	if (!str_to_u64(value->values[0], &seconds) || seconds > UINT64_MAX / USEC_PER_SEC)
		return NULL;
	return arena_asprintf(arena, "%" PRIu64, seconds * USEC_PER_SEC);
}

static void add_seconds(struct cgroup_maker *maker, const char *name, const char *place,
			const struct gvariant *value)
{
	struct arena *arena = maker->arena;
	const char *usec = to_usec(arena, value);

	if (!usec) {
		problems_error(maker->problems, place,
			       "seconds are a number that is not negative, like \"uint64 30\"");
		return;
	}
	name = arena_asprintf(arena, "%.*sUSec", (int)(strlen(name) - strlen("Sec")), name);
	plan_unit_set(maker, name, "t", &usec, 1)->place = place;
}

static void add_annotation(struct cgroup_maker *maker, const struct oci_pair *pair)
{
	const char *place = arena_asprintf(maker->arena, "annotations[%s]", pair->key);
	const char *name = pair->key + strlen(PREFIX);
	struct gvariant value;

	if (!is_property_name(name)) {
		problems_error(maker->problems, place,
			       "\"%s\" is no name of a property: letters and digits, at least "
			       "three",
			       name);
		return;
	}
	if (is_ours(name)) {
		problems_error(maker->problems, place,
			       "%s is the runtime's to set (linux.cgroupsPath has the slice)",
			       name);
		return;
	}
	const char *wrong = gvariant_parse(maker->arena, pair->value, &value);
	if (wrong)
		problems_error(maker->problems, place, "\"%s\": %s", pair->value, wrong);
	else if (is_in_seconds(name))
		add_seconds(maker, name, place, &value);
	else
		plan_unit_set(maker, name, value.type, value.values, value.values_n)->place = place;
}

void plan_unit_add_annotations(struct cgroup_maker *maker, const struct oci_map *annotations)
{
	for (size_t i = 0; i < annotations->n; i++) {
		if (str_starts_with(annotations->items[i].key, PREFIX))
			add_annotation(maker, &annotations->items[i]);
	}
}
