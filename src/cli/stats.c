/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statistics document. See stats.h. The keys are those that engines parse; times are
 * nanoseconds, sizes bytes. On hybrid the v1 groups are read where the container is in them. Parent
 * only; reads.
 */
#include "cli/stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/bitset.h"
#include "base/mem.h"
#include "sys/io.h"

enum {
	NSEC_OF_USEC = 1000,
	NSEC_OF_TICK =
		10 * 1000 * 1000, /* USER_HZ is 100 on every architecture that we build for */
};

/* ---- cpu ---- */

/* "1 2 3" */
static void add_numbers(struct json_out *out, const char *key, const char *text)
{
	char *end;

	json_out_key(out, key);
	json_out_array(out);
	for (;; text = end) {
		uint64_t value = strtoull(text, &end, 10);

		if (end == text)
			break;
		json_out_u64(out, value);
	}
	json_out_end_array(out);
}

static void add_per_cpu(struct json_out *out, const char *key, int dir_fd, const char *file)
{
	drop_mem char *text = stats_text(dir_fd, file);

	if (*text)
		add_numbers(out, key, text);
}

static void add_usage_v1(struct json_out *out, int dir_fd)
{
	drop_mem char *text = stats_text(dir_fd, "cpuacct.stat");
	uint64_t total;

	(void)stats_number(dir_fd, "cpuacct.usage", &total);
	stats_add(out, "total", total);
	add_per_cpu(out, "percpu", dir_fd, "cpuacct.usage_percpu");
	add_per_cpu(out, "percpu_kernel", dir_fd, "cpuacct.usage_percpu_sys");
	add_per_cpu(out, "percpu_user", dir_fd, "cpuacct.usage_percpu_user");
	stats_add(out, "kernel", stats_value(text, "system") * NSEC_OF_TICK);
	stats_add(out, "user", stats_value(text, "user") * NSEC_OF_TICK);
}

static void add_usage_v2(struct json_out *out, const char *text)
{
	stats_add(out, "total", stats_value(text, "usage_usec") * NSEC_OF_USEC);
	stats_add(out, "kernel", stats_value(text, "system_usec") * NSEC_OF_USEC);
	stats_add(out, "user", stats_value(text, "user_usec") * NSEC_OF_USEC);
}

static void add_cpu(const struct stats *stats, struct json_out *out)
{
	int acct = stats_find(stats, "cpuacct.usage");
	int v1 = stats_find(stats, "cpu.cfs_quota_us");
	int dir_fd = v1 >= 0 ? v1 : stats_find(stats, "cpu.stat");
	drop_mem char *text = stats_text(dir_fd, "cpu.stat");

	json_out_key(out, "cpu");
	json_out_object(out);
	json_out_key(out, "usage");
	json_out_object(out);
	if (acct >= 0)
		add_usage_v1(out, acct);
	else
		add_usage_v2(out, text);
	json_out_end_object(out);
	json_out_key(out, "throttling");
	json_out_object(out);
	stats_add(out, "periods", stats_value(text, "nr_periods"));
	stats_add(out, "throttledPeriods", stats_value(text, "nr_throttled"));
	stats_add(out, "throttledTime",
		  v1 >= 0 ? stats_value(text, "throttled_time")
			  : stats_value(text, "throttled_usec") * NSEC_OF_USEC);
	json_out_end_object(out);
	stats_add_pressure(out, stats_find(stats, "cpu.pressure"), "cpu.pressure");
	json_out_end_object(out);
}

/* ---- cpuset ---- */

/* "0-3,7" as an array of its numbers. */
static void add_list(struct json_out *out, const char *key, const char *text)
{
	drop_arena struct arena arena = { 0 };
	struct bitset set = { 0 };

	if (bitset_parse(&arena, arena_strndup(&arena, text, strcspn(text, "\n")), &set) ||
	    bitset_is_empty(&set))
		return;
	json_out_key(out, key);
	json_out_array(out);
	for (unsigned int i = 0; i < set.words_n * BITSET_WORD_BITS; i++) {
		if (bitset_has(&set, i))
			json_out_u64(out, i);
	}
	json_out_end_array(out);
}

static void add_cpuset(const struct stats *stats, struct json_out *out)
{
	static const char *const flags[] = {
		"cpu_exclusive",      "mem_hardwall",	    "mem_exclusive",   "memory_migrate",
		"memory_spread_page", "memory_spread_slab", "memory_pressure", "sched_load_balance",
	};
	int v1 = stats_find(stats, "cpuset.cpu_exclusive");
	int v2 = stats_find(stats, "cpuset.cpus.effective");
	drop_mem char *cpus =
		v1 >= 0 ? stats_text(v1, "cpuset.cpus") : stats_text(v2, "cpuset.cpus.effective");
	drop_mem char *mems =
		v1 >= 0 ? stats_text(v1, "cpuset.mems") : stats_text(v2, "cpuset.mems.effective");
	drop_mem char *level = stats_text(v1, "cpuset.sched_relax_domain_level");

	json_out_key(out, "cpuset");
	json_out_object(out);
	add_list(out, "cpus", cpus);
	add_list(out, "mems", mems);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		drop_mem char *file = mem_asprintf("cpuset.%s", flags[i]);
		uint64_t value;

		(void)stats_number(v1, file, &value);
		stats_add(out, flags[i], value);
	}
	json_out_key(out, "sched_relax_domain_level");
	json_out_i64(out, strtoll(level, NULL, 10));
	json_out_end_object(out);
}

/* ---- memory ---- */

static void add_entry_v1(struct json_out *out, const char *key, int dir_fd, const char *prefix)
{
	const struct {
		const char *key, *file;
		bool always;
	} rows[] = {
		{ "limit", "limit_in_bytes", true },
		{ "usage", "usage_in_bytes", false },
		{ "max", "max_usage_in_bytes", false },
		{ "failcnt", "failcnt", true },
	};

	json_out_key(out, key);
	json_out_object(out);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_mem char *file = mem_asprintf("%s.%s", prefix, rows[i].file);
		uint64_t value;

		if (stats_number(dir_fd, file, &value) || rows[i].always)
			stats_add(out, rows[i].key, value);
	}
	json_out_end_object(out);
}

static void add_memory_v1(struct json_out *out, int dir_fd)
{
	drop_mem char *text = stats_text(dir_fd, "memory.stat");

	stats_add(out, "cache", stats_value(text, "cache"));
	add_entry_v1(out, "usage", dir_fd, "memory");
	add_entry_v1(out, "swap", dir_fd, "memory.memsw");
	add_entry_v1(out, "kernel", dir_fd, "memory.kmem");
	add_entry_v1(out, "kernelTCP", dir_fd, "memory.kmem.tcp");
	stats_add_raw(out, text);
}

struct entry {
	uint64_t limit, usage, max, failcnt;
};

static void add_entry(struct json_out *out, const char *key, const struct entry *entry)
{
	json_out_key(out, key);
	json_out_object(out);
	stats_add(out, "limit", entry->limit);
	stats_add(out, "usage", entry->usage);
	stats_add(out, "max", entry->max);
	stats_add(out, "failcnt", entry->failcnt);
	json_out_end_object(out);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b; /* "max" stays what it is */
}

/* v2's swap is swap alone; what engines read is memory plus swap, as on v1 (lesson C59). */
static void add_memory_v2(struct json_out *out, int dir_fd)
{
	drop_mem char *text = stats_text(dir_fd, "memory.stat");
	drop_mem char *events = stats_text(dir_fd, "memory.events");
	drop_mem char *swap_events = stats_text(dir_fd, "memory.swap.events");
	struct entry memory, swap;
	const struct entry none = { 0 };

	/* The root group has no memory.current (lesson C60). */
	if (!stats_number(dir_fd, "memory.current", &memory.usage))
		memory.usage = stats_value(text, "anon") + stats_value(text, "file");
	(void)stats_number(dir_fd, "memory.max", &memory.limit);
	(void)stats_number(dir_fd, "memory.peak", &memory.max);
	memory.failcnt = stats_value(events, "max");
	(void)stats_number(dir_fd, "memory.swap.current", &swap.usage);
	(void)stats_number(dir_fd, "memory.swap.max", &swap.limit);
	(void)stats_number(dir_fd, "memory.swap.peak", &swap.max);
	swap.failcnt = stats_value(swap_events, "fail");
	swap.usage = sum(memory.usage, swap.usage);
	swap.limit = sum(memory.limit, swap.limit);
	swap.max = sum(memory.max, swap.max);
	stats_add(out, "cache", stats_value(text, "file"));
	add_entry(out, "usage", &memory);
	add_entry(out, "swap", &swap);
	add_entry(out, "kernel", &none);
	add_entry(out, "kernelTCP", &none);
	stats_add_raw(out, text);
}

static void add_memory(const struct stats *stats, struct json_out *out)
{
	int v1 = stats_find(stats, "memory.usage_in_bytes");
	int v2 = stats_find(stats, "memory.stat");

	json_out_key(out, "memory");
	json_out_object(out);
	if (v1 >= 0)
		add_memory_v1(out, v1);
	else
		add_memory_v2(out, v2);
	stats_add_pressure(out, stats_find(stats, "memory.pressure"), "memory.pressure");
	json_out_end_object(out);
}

/* ---- pids ---- */

static void add_pids(const struct stats *stats, struct json_out *out)
{
	int dir_fd = stats_find(stats, "pids.current");
	uint64_t current, limit;

	(void)stats_number(dir_fd, "pids.current", &current);
	(void)stats_number(dir_fd, "pids.max", &limit);
	json_out_key(out, "pids");
	json_out_object(out);
	stats_add(out, "current", current);
	/* 0 is "unlimited" to whoever reads this. */
	stats_add(out, "limit", limit == UINT64_MAX ? 0 : limit);
	json_out_end_object(out);
}

/* ---- hugetlb ---- */

static void add_page_size(struct json_out *out, int dir_fd, const char *size, bool v2)
{
	drop_mem char *usage =
		mem_asprintf("hugetlb.%s.%s", size, v2 ? "current" : "usage_in_bytes");
	drop_mem char *max = mem_asprintf("hugetlb.%s.max_usage_in_bytes", size);
	drop_mem char *failcnt = mem_asprintf("hugetlb.%s.%s", size, v2 ? "events" : "failcnt");
	drop_mem char *events = stats_text(dir_fd, failcnt);

	json_out_key(out, size);
	json_out_object(out);
	stats_add_number(out, "usage", dir_fd, usage);
	if (!v2)
		stats_add_number(out, "max", dir_fd, max);
	stats_add(out, "failcnt", v2 ? stats_value(events, "max") : strtoull(events, NULL, 10));
	json_out_end_object(out);
}

struct page_sizes {
	struct json_out *out;
	int dir_fd;
};

/* "hugetlb.2MB.current": the name between prefix and suffix, which has no dot ("2MB.rsvd"). */
static bool add_if_page_size(const char *file, void *data)
{
	static const char prefix[] = "hugetlb.";
	const struct page_sizes *sizes = data;
	bool v2 = str_ends_with(file, ".current");

	if (!str_starts_with(file, prefix) || (!v2 && !str_ends_with(file, ".usage_in_bytes")))
		return true;
	file += strlen(prefix);
	drop_mem char *size = mem_asprintf("%.*s", (int)strcspn(file, "."), file);
	if (str_equal(file + strlen(size), v2 ? ".current" : ".usage_in_bytes"))
		add_page_size(sizes->out, sizes->dir_fd, size, v2);
	return true;
}

static void add_hugetlb(const struct stats *stats, struct json_out *out)
{
	json_out_key(out, "hugetlb");
	json_out_object(out);
	for (size_t i = 0; i < stats->n; i++) {
		struct page_sizes sizes = { out, stats->dir_fds[i] };

		/* A group that is gone has none. */
		(void)io_for_each_name(sizes.dir_fd, add_if_page_size, &sizes);
	}
	json_out_end_object(out);
}

/* ---- the whole ---- */

char *stats_write(const struct stats *stats, const char *id)
{
	struct json_out *out = json_out_new(false);

	json_out_object(out);
	json_out_key(out, "type");
	json_out_string(out, "stats");
	json_out_key(out, "id");
	json_out_string(out, id);
	json_out_key(out, "data");
	json_out_object(out);
	add_cpu(stats, out);
	add_cpuset(stats, out);
	add_memory(stats, out);
	add_pids(stats, out);
	stats_add_blkio(stats, out);
	add_hugetlb(stats, out);
	stats_add_rdt(stats, out);
	/* The namespaces' devices are whoever's who made them: runc has null here, too. */
	json_out_key(out, "network_interfaces");
	json_out_null(out);
	json_out_end_object(out);
	json_out_end_object(out);
	return json_out_take(out);
}
