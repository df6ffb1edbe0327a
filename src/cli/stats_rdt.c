/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resctrl of a container that was made with linux.intelRdt: what its class has, what the machine
 * can do, and what is counted (the kernel's Documentation/filesystems/resctrl.rst). The keys are
 * those of runc's published types. Parent only; reads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "cli/stats.h"
#include "host/host.h"
#include "plan/plan.h"
#include "status/store.h"
#include "sys/io.h"
#include "sys/sys.h"

struct err *stats_open_rdt(struct stats *stats, struct container *container)
{
	CLEANUP(host_free) struct host host;
	drop_problems struct problems problems = { 0 };
	struct plan plan = { .id = container->id };
	struct oci_config *config;

	host_init(&host);
	TRY(store_load_config(container, &config));
	plan.config = config;
	if (!config->linux_ || !config->linux_->intel_rdt)
		return NULL;
	TRY(plan_add_rdt(&container->arena, &plan, &host, &problems));
	/* What is not there any more, as a file system that was unmounted, is not counted. */
	err_free(rdt_open(&plan.rdt, &stats->rdt));
	stats->rdt.plan = NULL;
	return NULL;
}

/* ---- what the machine can do ---- */

struct info_row {
	const char *key;
	bool is_text;
};

static void add_info(struct json_out *out, const char *key, int root_fd, const char *resource,
		     const struct info_row *rows)
{
	json_out_key(out, key);
	json_out_object(out);
	for (; rows->key; rows++) {
		drop_mem char *file = mem_asprintf("info/%s/%s", resource, rows->key);
		drop_mem char *text = stats_text(root_fd, file);

		text[strcspn(text, "\n")] = '\0';
		if (!*text)
			continue;
		if (rows->is_text) {
			json_out_key(out, rows->key);
			json_out_string(out, text);
		} else {
			stats_add(out, rows->key, strtoull(text, NULL, 10));
		}
	}
	json_out_end_object(out);
}

/* The lines of a group's schemata for a resource ("L3:0=f", with CDP "L3CODE:0=f"). */
static void add_schema(struct json_out *out, const char *key, int group_fd, const char *resource)
{
	drop_mem char *text = stats_text(group_fd, "schemata");
	drop_strbuf struct strbuf lines = { 0 };

	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		line += strspn(line, " ");
		if (str_starts_with(line, resource))
			strbuf_addf(&lines, "%s%s", lines.len ? "\n" : "", line);
	}
	if (!lines.len)
		return;
	json_out_key(out, key);
	json_out_string(out, strbuf_text(&lines));
}

static bool is_there(int dir_fd, const char *path)
{
	struct stat st;

	return sys_fstatat(dir_fd, path, &st, 0) == 0;
}

static void add_cache(struct json_out *out, const struct rdt *rdt)
{
	static const struct info_row rows[] = {
		{ "cbm_mask", true },
		{ "min_cbm_bits", false },
		{ "num_closids", false },
		{ NULL, false },
	};
	bool both = !is_there(rdt->root_fd, "info/L3"); /* code and data (CDP) */

	if (both && !is_there(rdt->root_fd, "info/L3CODE"))
		return;
	add_info(out, "l3_cache_info", rdt->root_fd, both ? "L3CODE" : "L3", rows);
	add_schema(out, "l3_cache_schema_root", rdt->root_fd, "L3");
	add_schema(out, "l3_cache_schema", rdt->group_fd, "L3");
}

static void add_bandwidth(struct json_out *out, const struct rdt *rdt)
{
	static const struct info_row rows[] = {
		{ "bandwidth_gran", false }, { "delay_linear", false }, { "min_bandwidth", false },
		{ "num_closids", false },    { NULL, false },
	};

	if (!is_there(rdt->root_fd, "info/MB"))
		return;
	add_info(out, "mem_bw_info", rdt->root_fd, "MB", rows);
	add_schema(out, "mem_bw_schema_root", rdt->root_fd, "MB:");
	add_schema(out, "mem_bw_schema", rdt->group_fd, "MB:");
}

/* ---- what is counted ---- */

/* mon_data has a folder for each L3 domain, mon_L3_00 and so on. */
static bool collect(const char *name, void *data)
{
	struct strv *names = data;

	if (!str_starts_with(name, "mon_L3_"))
		return true;
	names->items = mem_realloc_array(names->items, names->n + 1, sizeof(*names->items));
	names->items[names->n++] = mem_strdup(name);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_counts(struct json_out *out, const char *key, int data_fd, const struct strv *names,
		       const char *const *files)
{
	json_out_key(out, key);
	json_out_array(out);
	for (size_t i = 0; i < names->n; i++) {
		json_out_object(out);
		for (const char *const *file = files; *file; file++) {
			drop_mem char *path = mem_asprintf("%s/%s", names->items[i], *file);

			stats_add_number(out, *file, data_fd, path);
		}
		json_out_end_object(out);
	}
	json_out_end_array(out);
}

static bool counts(int data_fd, const struct strv *names, const char *file)
{
	drop_mem char *path = names->n ? mem_asprintf("%s/%s", names->items[0], file) : NULL;

	return path && is_there(data_fd, path);
}

static void add_monitoring(struct json_out *out, const struct rdt *rdt)
{
	static const char *const bandwidth[] = { "mbm_total_bytes", "mbm_local_bytes", NULL };
	static const char *const cache[] = { "llc_occupancy", NULL };
	int group_fd = rdt->monitor_fd >= 0 ? rdt->monitor_fd : rdt->group_fd;
	drop_fd int data_fd = sys_openat(group_fd, "mon_data", O_RDONLY | O_DIRECTORY, 0);
	struct strv names = { 0 };

	if (data_fd < 0)
		return;
	(void)io_for_each_name(data_fd, collect, &names);
	if (names.n)
		qsort(names.items, names.n, sizeof(*names.items), by_name);
	if (counts(data_fd, &names, bandwidth[0]))
		add_counts(out, "mbm_stats", data_fd, &names, bandwidth);
	if (counts(data_fd, &names, cache[0]))
		add_counts(out, "cmt_stats", data_fd, &names, cache);
	for (size_t i = 0; i < names.n; i++)
		free(names.items[i]);
	free(names.items);
}

void stats_add_rdt(const struct stats *stats, struct json_out *out)
{
	json_out_key(out, "intel_rdt");
	json_out_object(out);
	if (stats->rdt.root_fd >= 0 && stats->rdt.group_fd >= 0) {
		add_cache(out, &stats->rdt);
		add_bandwidth(out, &stats->rdt);
		add_monitoring(out, &stats->rdt);
	}
	json_out_end_object(out);
}
