/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory, cpu and pids of linux.resources as writes to cgroup files: one table, a row per property,
 * with its file on v1 and on v2 and the function that converts the value. A property that the
 * host's mode has no file for is an error with its place, never ignored. Pure; the parent runs it.
 */
#include "plan/cgroup_parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/str.h"

/* The text to write, or NULL: not asked for. */
typedef const char *value_fn(struct arena *arena, const struct oci_resources *resources, bool v2);

/* Neighbours whose values bound each other: of one kernel check, on v1 or on both. */
enum tie {
	TIE_NONE,
	TIE_MEMORY, /* v1: memory is never above memory plus swap */
	TIE_CFS,    /* the quota's share of the period, and the burst below the quota */
	TIE_RT,
};

struct limit {
	const char *place;
	const char *controller;
	const char *v1_file, *v2_file; /* NULL: none */
	value_fn *value;
	enum tie tie;
};

/* ---- memory (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst) ---- */

/* Bytes; -1 is no limit, 0 is "not set" as engines write it (lesson G4). */
static const char *bytes(struct arena *arena, const struct opt_i64 *value, bool v2)
{
	if (!value->set || value->v == 0)
		return NULL;
	if (value->v < 0)
		return v2 ? "max" : "-1";
	return arena_asprintf(arena, "%" PRId64, value->v);
}

static const char *memory_limit(struct arena *arena, const struct oci_resources *r, bool v2)
{
	return r->memory ? bytes(arena, &r->memory->limit, v2) : NULL;
}

static const char *memory_reservation(struct arena *arena, const struct oci_resources *r, bool v2)
{
	return r->memory ? bytes(arena, &r->memory->reservation, v2) : NULL;
}

/* OCI's swap is memory plus swap, as on v1; v2 counts swap alone (lesson G3). */
static const char *memory_swap(struct arena *arena, const struct oci_resources *r, bool v2)
{
	const struct oci_memory *memory = r->memory;

	if (!memory)
		return NULL;
	bool swap_set = memory->swap.set && memory->swap.v != 0;
	if (!swap_set) /* memory without limit means swap without limit */
		return memory->limit.set && memory->limit.v == -1 ? (v2 ? "max" : "-1") : NULL;
	if (!v2 || memory->swap.v < 0 || !memory->limit.set || memory->limit.v <= 0)
		return bytes(arena, &memory->swap, v2);
	return arena_asprintf(arena, "%" PRId64, memory->swap.v - memory->limit.v);
}

static const char *memory_swappiness(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)v2;
	if (!r->memory || !r->memory->swappiness.set)
		return NULL;
	return arena_asprintf(arena, "%" PRIu64, r->memory->swappiness.v);
}

static const char *memory_kernel_tcp(struct arena *arena, const struct oci_resources *r, bool v2)
{
	/* v2 counts such buffers as memory: "no limit of its own" is what it has. */
	if (!r->memory || (v2 && r->memory->kernel_tcp.v < 0))
		return NULL;
	return bytes(arena, &r->memory->kernel_tcp, v2);
}

static const char *memory_oom(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)arena;
	(void)v2;
	return r->memory && r->memory->disable_oom_killer.v ? "1" : NULL;
}

/* ---- cpu ---- */

/*
 * shares 2..262144 with default 1024 to weight 1..10000 with default 100: a curve through the three
 * points, as runc 1.3.2 and crun 1.23 have it (lesson G1); the line in older ones gave 39 for 1024.
 */
static uint64_t weight_of_shares(uint64_t shares)
{
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	double l = log2((double)shares);
	return (uint64_t)ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
}

static const char *cpu_shares(struct arena *arena, const struct oci_resources *r, bool v2)
{
	if (!r->cpu || !r->cpu->shares.set || r->cpu->shares.v == 0)
		return NULL;
	/* The kernel refuses a weight for an idle group (lesson G8), and on v1 shares. */
	if (r->cpu->idle.set && r->cpu->idle.v == 1)
		return NULL;
	return arena_asprintf(arena, "%" PRIu64,
			      v2 ? weight_of_shares(r->cpu->shares.v) : r->cpu->shares.v);
}

static const char *cpu_period(struct arena *arena, const struct oci_resources *r, bool v2)
{
	if (v2 || !r->cpu || !r->cpu->period.set || r->cpu->period.v == 0)
		return NULL; /* v2: a part of cpu.max */
	return arena_asprintf(arena, "%" PRIu64, r->cpu->period.v);
}

static const char *cpu_quota(struct arena *arena, const struct oci_resources *r, bool v2)
{
	const struct oci_cpu *cpu = r->cpu;

	if (!cpu)
		return NULL;
	bool quota = cpu->quota.set && cpu->quota.v != 0;
	bool period = cpu->period.set && cpu->period.v != 0;
	if (!v2)
		return quota ? arena_asprintf(arena, "%" PRId64,
					      cpu->quota.v < 0 ? -1 : cpu->quota.v)
			     : NULL;
	if (!quota && !period)
		return NULL;
	const char *max = !quota || cpu->quota.v < 0
				  ? "max"
				  : arena_asprintf(arena, "%" PRId64, cpu->quota.v);
	/* One number keeps the period as it is. A period alone keeps the quota: keeps_quota(). */
	return period ? arena_asprintf(arena, "%s %" PRIu64, max, cpu->period.v) : max;
}

static const char *cpu_burst(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)v2;
	if (!r->cpu || !r->cpu->burst.set)
		return NULL;
	return arena_asprintf(arena, "%" PRIu64, r->cpu->burst.v);
}

static const char *cpu_idle(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)v2;
	if (!r->cpu || !r->cpu->idle.set)
		return NULL;
	return arena_asprintf(arena, "%" PRId64, r->cpu->idle.v);
}

static const char *cpu_rt_period(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)v2;
	if (!r->cpu || !r->cpu->realtime_period.set || r->cpu->realtime_period.v == 0)
		return NULL;
	return arena_asprintf(arena, "%" PRIu64, r->cpu->realtime_period.v);
}

static const char *cpu_rt_runtime(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)v2;
	if (!r->cpu || !r->cpu->realtime_runtime.set || r->cpu->realtime_runtime.v == 0)
		return NULL;
	return arena_asprintf(arena, "%" PRId64, r->cpu->realtime_runtime.v);
}

static const char *word(const char *text)
{
	return text && *text ? text : NULL;
}

static const char *cpu_cpus(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)arena;
	(void)v2;
	return r->cpu ? word(r->cpu->cpus) : NULL;
}

static const char *cpu_mems(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)arena;
	(void)v2;
	return r->cpu ? word(r->cpu->mems) : NULL;
}

/* ---- pids: -1 is no limit; 0 is a limit, written as 1, as systemd has no 0 (lesson G5) ---- */
static const char *pids_limit(struct arena *arena, const struct oci_resources *r, bool v2)
{
	(void)v2;
	if (!r->pids || !r->pids->limit.set)
		return NULL;
	if (r->pids->limit.v < 0)
		return "max";
	return arena_asprintf(arena, "%" PRId64, r->pids->limit.v ? r->pids->limit.v : 1);
}

#define PLACE "linux.resources."
#define MEMORY_LIMIT PLACE "memory.limit"
#define MEMORY_SWAP PLACE "memory.swap"
#define CPU_IDLE PLACE "cpu.idle"
#define CPU_QUOTA PLACE "cpu.quota"

/* In the order of writing: memory before memory+swap, periods before what is measured by them. */
static const struct limit limits[] = {
	{ MEMORY_LIMIT, "memory", "memory.limit_in_bytes", "memory.max", memory_limit, TIE_MEMORY },
	{ MEMORY_SWAP, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max", memory_swap,
	  TIE_MEMORY },
	{ PLACE "memory.reservation", "memory", "memory.soft_limit_in_bytes", "memory.low",
	  memory_reservation, TIE_NONE },
	{ PLACE "memory.swappiness", "memory", "memory.swappiness", NULL, memory_swappiness,
	  TIE_NONE },
	{ PLACE "memory.kernelTCP", "memory", "memory.kmem.tcp.limit_in_bytes", NULL,
	  memory_kernel_tcp, TIE_NONE },
	{ PLACE "memory.disableOOMKiller", "memory", "memory.oom_control", NULL, memory_oom,
	  TIE_NONE },
	{ CPU_IDLE, "cpu", "cpu.idle", "cpu.idle", cpu_idle, TIE_NONE },
	{ PLACE "cpu.shares", "cpu", "cpu.shares", "cpu.weight", cpu_shares, TIE_NONE },
	{ PLACE "cpu.period", "cpu", "cpu.cfs_period_us", NULL, cpu_period, TIE_CFS },
	{ CPU_QUOTA, "cpu", "cpu.cfs_quota_us", "cpu.max", cpu_quota, TIE_CFS },
	{ PLACE "cpu.burst", "cpu", "cpu.cfs_burst_us", "cpu.max.burst", cpu_burst, TIE_CFS },
	{ PLACE "cpu.realtimePeriod", "cpu", "cpu.rt_period_us", NULL, cpu_rt_period, TIE_RT },
	{ PLACE "cpu.realtimeRuntime", "cpu", "cpu.rt_runtime_us", NULL, cpu_rt_runtime, TIE_RT },
	{ PLACE "cpu.cpus", "cpuset", "cpuset.cpus", "cpuset.cpus", cpu_cpus, TIE_NONE },
	{ PLACE "cpu.mems", "cpuset", "cpuset.mems", "cpuset.mems", cpu_mems, TIE_NONE },
	{ PLACE "pids.limit", "pids", "pids.max", "pids.max", pids_limit, TIE_NONE },
};

/* Where a file is missing, nothing is lost if the value says what is so without it: no swap or no
 * limit of it without swap accounting (lesson G3), no idle group before Linux 5.15. */
static bool may_be_absent(const struct limit *limit, const char *value)
{
	if (str_equal(limit->place, CPU_IDLE))
		return str_equal(value, "0");
	return str_equal(limit->place, MEMORY_SWAP) &&
	       (str_equal(value, "max") || str_equal(value, "-1") || str_equal(value, "0"));
}

/* memory.checkBeforeUpdate: a group that was there already can hold memory of its past. */
static const char *usage_file(const struct limit *limit, const struct oci_resources *r, bool v2)
{
	if (!r->memory || !r->memory->check_before_update.v ||
	    !str_equal(limit->place, MEMORY_LIMIT))
		return NULL;
	return v2 ? "memory.current" : "memory.usage_in_bytes";
}

/* cpu.max has both: a period alone must not lift the quota that the group has (lesson G6). */
static bool keeps_quota(const struct limit *limit, const struct oci_resources *r, bool v2)
{
	return v2 && str_equal(limit->place, CPU_QUOTA) && !(r->cpu->quota.set && r->cpu->quota.v);
}

static void add_rows(struct cgroup_maker *maker, const struct oci_resources *resources)
{
	enum tie last = TIE_NONE;

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct limit *limit = &limits[i];
		bool v2 = plan_cgroup_is_v2(maker, limit->controller);
		const char *value = limit->value(maker->arena, resources, v2);

		if (!value)
			continue;
		enum tie tie = v2 && limit->tie == TIE_MEMORY ? TIE_NONE : limit->tie;
		plan_cgroup_add_limit(maker, limit->controller,
				      &(struct plan_cgroup_write){
					      .file = v2 ? limit->v2_file : limit->v1_file,
					      .value = value,
					      .place = limit->place,
					      .may_be_absent = may_be_absent(limit, value),
					      .tied = tie != TIE_NONE && tie == last,
					      .keeps_first = keeps_quota(limit, resources, v2),
					      .usage_file = usage_file(limit, resources, v2),
				      });
		last = tie;
	}
}

/* What no kernel that we run on does any more, or the mode can't do with another value beside it.
 */
static void check_memory(struct cgroup_maker *maker, const struct oci_memory *memory)
{
	if (memory->kernel.set && memory->kernel.v > 0)
		problems_warn(maker->problems, PLACE "memory.kernel",
			      "has no effect: the kernel has no such limit any more (Linux 5.16)");
	if (memory->use_hierarchy.set && !memory->use_hierarchy.v)
		problems_unsupported(maker->problems, PLACE "memory.useHierarchy",
				     "false is not possible: memory is always counted for the "
				     "groups above too (Linux 5.11)");
	if (!plan_cgroup_is_v2(maker, "memory") && memory->limit.v < 0 && memory->swap.v > 0)
		problems_unsupported(maker->problems, MEMORY_SWAP,
				     "cgroup v1 limits memory plus swap, which can't be less than "
				     "memory.limit, here unlimited");
}

void plan_cgroup_add_limits(struct cgroup_maker *maker, const struct oci_resources *resources)
{
	add_rows(maker, resources);
	if (resources->memory)
		check_memory(maker, resources->memory);
}
