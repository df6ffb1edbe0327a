/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device rules as DevicePolicy and DeviceAllow (systemd.resource-control(5)). systemd has only
 * what is allowed, and puts its own program beside ours, also after a daemon-reload; a device can
 * be used if both allow it. So what systemd can't say becomes wider here, never narrower. Pure; the
 * parent runs it.
 */
#include <inttypes.h>

#include "plan/cgroup_parts.h"

struct allowed {
	char type;	      /* 'b', 'c' */
	int64_t major, minor; /* -1: any */
	unsigned int access;
};
struct allow_list {
	struct arena *arena;
	struct allowed *items;
	size_t n;
	bool all; /* every device is allowed, perhaps but for some */
};

/* Every device that `b` is about is one of `a`. */
static bool covers(const struct allowed *a, const struct allowed *b)
{
	return a->type == b->type && (a->major < 0 || a->major == b->major) &&
	       (a->minor < 0 || a->minor == b->minor);
}

static void allow(struct allow_list *list, struct allowed item)
{
	/* systemd has no "minor 3 of any major". */
	if (item.major < 0)
		item.minor = -1;
	for (size_t i = 0; i < list->n; i++) {
		if (covers(&list->items[i], &item) && covers(&item, &list->items[i])) {
			list->items[i].access |= item.access;
			return;
		}
	}
	list->items =
		arena_grow(list->arena, list->items, list->n, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = item;
}

static void deny(struct allow_list *list, const struct allowed *item)
{
	for (size_t i = 0; i < list->n; i++) {
		if (covers(item, &list->items[i]))
			list->items[i].access &= ~item->access;
	}
}

static void take_rule(struct allow_list *list, const struct plan_device_rule *rule)
{
	enum { EVERY_ACCESS = 7 };

	for (const char *type = "bc"; *type; type++) {
		struct allowed item = { *type, rule->major, rule->minor, rule->access };

		if (rule->type != 'a' && rule->type != *type)
			continue;
		if (rule->allow)
			allow(list, item);
		else
			deny(list, &item);
	}
	if (rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->access == EVERY_ACCESS)
		list->all = rule->allow;
}

static const char *specifier(struct arena *arena, const struct allowed *item)
{
	const char *kind = item->type == 'b' ? "block" : "char";

	if (item->major < 0)
		return arena_asprintf(arena, "%s-*", kind);
	if (item->minor < 0)
		return arena_asprintf(arena, "%s-%" PRId64, kind, item->major);
	return arena_asprintf(arena, "/dev/%s/%" PRId64 ":%" PRId64, kind, item->major,
			      item->minor);
}

/* An access that several rules allow together must be in one of systemd's. */
static unsigned int whole_access(const struct allow_list *list, const struct allowed *item)
{
	unsigned int access = item->access;

	for (size_t i = 0; access && i < list->n; i++) {
		if (covers(&list->items[i], item))
			access |= list->items[i].access;
	}
	return access;
}

static void set_allowed(struct cgroup_maker *maker, const struct allow_list *list)
{
	struct arena *arena = maker->arena;
	const char **values = arena_zalloc(arena, (1 + 2 * list->n) * sizeof(*values));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		unsigned int access = whole_access(list, &list->items[i]);

		if (!access)
			continue;
		values[1 + 2 * n] = specifier(arena, &list->items[i]);
		values[2 + 2 * n] = arena_asprintf(arena, "%s%s%s", access & 1 ? "r" : "",
						   access & 2 ? "w" : "", access & 4 ? "m" : "");
		n++;
	}
	values[0] = arena_asprintf(arena, "%zu", n);
	plan_unit_set(maker, "DeviceAllow", "a(ss)", values, 1 + 2 * n)->is_limit = true;
}

void plan_unit_add_devices(struct cgroup_maker *maker)
{
	const struct plan_cgroup *plan = maker->plan;
	struct allow_list list = { .arena = maker->arena };
	const char *policy = "strict";

	/* A user's manager has no right to load such a program either. */
	if (!plan->device_rules_n)
		return;
	for (size_t i = 0; i < plan->device_rules_n; i++)
		take_rule(&list, &plan->device_rules[i]);
	if (list.all) {
		policy = "auto";
		list.n = 0; /* an empty list is none, and takes away an older one */
	}
	/* The policy first: the other way round systemd wants a daemon-reload (lesson G26). */
	plan_unit_set(maker, "DevicePolicy", "s", &policy, 1)->is_limit = true;
	set_allowed(maker, &list);
}
