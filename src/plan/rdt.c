/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which resctrl group the container gets, made or joined, and what its schemata must say
 * (config-linux.md, "IntelRdt"). Looks into no group. The parent runs it.
 */
#include <string.h>

#include "plan/plan.h"

struct lines {
	struct arena *arena;
	struct plan_rdt_line *items;
	size_t n;
};

/* l3CacheSchema "SHOULD NOT contain newlines": with two kinds of masks (CDP) it may. */
static void add_lines(struct lines *lines, const char *place, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		if (len) {
			lines->items = arena_grow(lines->arena, lines->items, lines->n,
						  lines->n + 1, sizeof(*lines->items));
			lines->items[lines->n++] = (struct plan_rdt_line){
				.place = place,
				.text = arena_strndup(lines->arena, text, len),
			};
		}
		text += len + (text[len] == '\n');
	}
}

/* The order is the specification's. */
static void add_schemata(struct arena *arena, const struct oci_intel_rdt *config,
			 struct plan_rdt *rdt)
{
	struct lines lines = { .arena = arena };

	add_lines(&lines, "linux.intelRdt.l3CacheSchema", config->l3_cache_schema);
	add_lines(&lines, "linux.intelRdt.memBwSchema", config->mem_bw_schema);
	for (size_t i = 0; i < config->schemata.n; i++)
		add_lines(&lines, place_item(arena, "linux.intelRdt.schemata", i),
			  config->schemata.items[i]);
	rdt->lines = lines.items;
	rdt->lines_n = lines.n;
}

struct err *plan_add_rdt(struct arena *arena, struct plan *plan, struct host *host,
			 struct problems *problems)
{
	const struct oci_intel_rdt *config = plan->config->linux_->intel_rdt;
	struct plan_rdt *rdt = &plan->rdt;

	if (!config)
		return NULL; /* "the runtime MUST NOT manipulate any resctrl" */
	TRY(host_resctrl_root(host, &rdt->root));
	if (!rdt->root)
		problems_unsupported(problems, "linux.intelRdt",
				     "no resctrl file system is mounted here");
	add_schemata(arena, config, rdt);
	rdt->by_id = !config->clos_id;
	rdt->group = config->clos_id ? config->clos_id : plan->id;
	if (str_equal(rdt->group, "/"))
		rdt->group = "";
	rdt->may_make = *rdt->group && (rdt->by_id || rdt->lines_n);
	rdt->monitor = config->enable_monitoring ? plan->id : NULL;
	return NULL;
}
