/* SPDX-License-Identifier: Apache-2.0 */
/* update: other limits for a container, from options or a document. Parent only. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/container_state.h"
#include "cli/container_update.h"
#include "cli/verbs.h"
#include "oci/resources.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { DOCUMENT_MAX = 16 * 1024 * 1024 };

struct update_values {
	bool help;
	const char *resources;
	const char *blkio_weight, *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period,
		*cpu_rt_runtime, *cpu_idle, *cpuset_cpus, *cpuset_mems, *memory,
		*memory_reservation, *memory_swap, *kernel_memory, *kernel_memory_tcp, *pids_limit,
		*l3_cache_schema, *mem_bw_schema;
};

#define ROW(name, field, metavar, help)                                                      \
	{                                                                                    \
		name, 0, OPTION_STRING, offsetof(struct update_values, field), metavar, help \
	}
static const struct option_row rows[] = {
	{ "resources", 'r', OPTION_STRING, offsetof(struct update_values, resources), "FILE",
	  "Read a linux.resources object from the file, or from standard input if it is -; the "
	  "other options have no effect then" },
	ROW("blkio-weight", blkio_weight, "WEIGHT", "Weight of the block I/O, 10 to 1000"),
	ROW("cpu-period", cpu_period, "USEC", "Period in which the quota is counted"),
	ROW("cpu-quota", cpu_quota, "USEC", "Time on processors in a period; -1 is no limit"),
	ROW("cpu-burst", cpu_burst, "USEC", "Time that may be saved for later periods"),
	ROW("cpu-share", cpu_share, "SHARES", "Weight against other containers, 2 to 262144"),
	ROW("cpu-rt-period", cpu_rt_period, "USEC", "Period of realtime processes (cgroup v1)"),
	ROW("cpu-rt-runtime", cpu_rt_runtime, "USEC", "Time of realtime processes in it"),
	ROW("cpu-idle", cpu_idle, "0|1", "Whether it runs only where nothing else wants to"),
	ROW("cpuset-cpus", cpuset_cpus, "LIST", "Processors that may be used: 0-3,7"),
	ROW("cpuset-mems", cpuset_mems, "LIST", "Memory nodes that may be used"),
	ROW("memory", memory, "BYTES", "Limit of memory, with k, m, g or t behind it; -1 is none"),
	ROW("memory-reservation", memory_reservation, "BYTES",
	    "Memory that is not reclaimed first"),
	ROW("memory-swap", memory_swap, "BYTES", "Limit of memory plus swap; -1 is none"),
	ROW("kernel-memory", kernel_memory, "BYTES", "Has no effect: no kernel has it any more"),
	ROW("kernel-memory-tcp", kernel_memory_tcp, "BYTES", "Has no effect either"),
	ROW("pids-limit", pids_limit, "N", "Limit of processes and threads; -1 is none"),
	ROW("l3-cache-schema", l3_cache_schema, "TEXT", "Schemata of the L3 cache (Intel RDT)"),
	ROW("mem-bw-schema", mem_bw_schema, "TEXT", "Schemata of the memory bandwidth (Intel RDT)"),
	CLI_HELP_ROW,
};
const struct cli_options cmd_update_options = { rows, sizeof(struct update_values) };

/* ---- values ---- */

static struct err *bad_value(const char *option, const char *text, const char *accepted)
{
	return err_new(ERR_USAGE, "option --%s: \"%s\" is not %s", option, text, accepted);
}

/* "512", "1.5g", "64MiB", "2 kb": the powers of 1024 that engines' users write. */
static bool parse_size(const char *text, int64_t *out)
{
	static const char units[] = "kmgtp";
	char *end;

	if (str_to_i64(text, out))
		return *out >= -1;
	if (!isdigit((unsigned char)*text) || strspn(text, "0123456789.") == 0)
		return false;
	double number = strtod(text, &end);
	if (strspn(text, "0123456789.") != (size_t)(end - text))
		return false;
	end += *end == ' ';
	const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
	int power = unit ? (int)(unit - units) + 1 : 0;
	end += unit != NULL;
	end += unit && tolower((unsigned char)*end) == 'i';
	end += tolower((unsigned char)*end) == 'b';
	number = ldexp(number, 10 * power);
	if (*end || number >= (double)INT64_MAX)
		return false;
	*out = (int64_t)number;
	return true;
}

static struct err *set_size(const char *option, const char *text, struct opt_i64 *out)
{
	if (!text)
		return NULL;
	if (!parse_size(text, &out->v))
		return bad_value(option, text, "a size like 512m, or -1");
	out->set = true;
	return NULL;
}

static struct err *set_signed(const char *option, const char *text, int64_t min, int64_t max,
			      struct opt_i64 *out)
{
	if (!text)
		return NULL;
	if (!str_to_i64(text, &out->v) || out->v < min || out->v > max)
		return bad_value(option, text, max == 1 ? "0 or 1" : "a whole number");
	out->set = true;
	return NULL;
}

static struct err *set_unsigned(const char *option, const char *text, struct opt_u64 *out)
{
	if (!text)
		return NULL;
	if (!str_to_u64(text, &out->v))
		return bad_value(option, text, "a whole number");
	out->set = true;
	return NULL;
}

/* ---- options to resources ---- */

static void warn_without_effect(const struct update_values *values)
{
	if (values->kernel_memory)
		log_warn("option --kernel-memory has no effect: no kernel has this limit any more");
	if (values->kernel_memory_tcp)
		log_warn("option --kernel-memory-tcp has no effect");
}

static struct err *take_memory(struct arena *arena, const struct update_values *values,
			       struct oci_resources *out)
{
	struct oci_memory *memory = arena_zalloc(arena, sizeof(*memory));

	warn_without_effect(values);
	TRY(set_size("memory", values->memory, &memory->limit));
	TRY(set_size("memory-reservation", values->memory_reservation, &memory->reservation));
	TRY(set_size("memory-swap", values->memory_swap, &memory->swap));
	if (memory->limit.set || memory->reservation.set || memory->swap.set)
		out->memory = memory;
	return NULL;
}

static struct err *take_cpu(struct arena *arena, const struct update_values *values,
			    struct oci_resources *out)
{
	struct oci_cpu *cpu = arena_zalloc(arena, sizeof(*cpu));

	TRY(set_unsigned("cpu-period", values->cpu_period, &cpu->period));
	TRY(set_signed("cpu-quota", values->cpu_quota, INT64_MIN, INT64_MAX, &cpu->quota));
	TRY(set_unsigned("cpu-burst", values->cpu_burst, &cpu->burst));
	TRY(set_unsigned("cpu-share", values->cpu_share, &cpu->shares));
	TRY(set_unsigned("cpu-rt-period", values->cpu_rt_period, &cpu->realtime_period));
	TRY(set_signed("cpu-rt-runtime", values->cpu_rt_runtime, INT64_MIN, INT64_MAX,
		       &cpu->realtime_runtime));
	TRY(set_signed("cpu-idle", values->cpu_idle, 0, 1, &cpu->idle));
	cpu->cpus = arena_strdup(arena, values->cpuset_cpus);
	cpu->mems = arena_strdup(arena, values->cpuset_mems);
	if (cpu->period.set || cpu->quota.set || cpu->burst.set || cpu->shares.set ||
	    cpu->realtime_period.set || cpu->realtime_runtime.set || cpu->idle.set || cpu->cpus ||
	    cpu->mems)
		out->cpu = cpu;
	return NULL;
}

static struct err *take_others(struct arena *arena, const struct update_values *values,
			       struct oci_resources *out)
{
	uint32_t weight = 0;

	if (values->pids_limit) {
		out->pids = arena_zalloc(arena, sizeof(*out->pids));
		TRY(set_signed("pids-limit", values->pids_limit, INT64_MIN, INT64_MAX,
			       &out->pids->limit));
	}
	if (!values->blkio_weight)
		return NULL;
	if (!str_to_u32(values->blkio_weight, &weight) || weight > 1000 || (weight && weight < 10))
		return bad_value("blkio-weight", values->blkio_weight,
				 "a whole number from 10 to 1000");
	out->block_io = arena_zalloc(arena, sizeof(*out->block_io));
	out->block_io->weight = (struct opt_u16){ .set = true, .v = (uint16_t)weight };
	return NULL;
}

static struct err *take_options(struct arena *arena, const struct update_values *values,
				struct container_change *out)
{
	out->l3_cache_schema = values->l3_cache_schema;
	out->mem_bw_schema = values->mem_bw_schema;
	TRY(take_memory(arena, values, &out->resources));
	TRY(take_cpu(arena, values, &out->resources));
	return take_others(arena, values, &out->resources);
}

/* ---- a document ---- */

static bool has_others(const struct update_values *values)
{
	for (const struct option_row *row = rows; row->name; row++) {
		if (row->kind == OPTION_STRING && !str_equal(row->name, "resources") &&
		    *(const char *const *)(const void *)((const char *)values + row->offset))
			return true;
	}
	return false;
}

static struct err *read_document(struct arena *arena, const struct update_values *values,
				 struct container_change *out)
{
	const char *file = values->resources;
	drop_strbuf struct strbuf text = { 0 };
	drop_problems struct problems problems = { 0 };

	if (has_others(values))
		log_warn("with --resources the other options have no effect");
	if (str_equal(file, "-"))
		TRY(io_read_fd(STDIN_FILENO, "standard input", DOCUMENT_MAX, &text));
	else
		TRY(io_read_file(AT_FDCWD, file, DOCUMENT_MAX, &text));
	oci_resources_read(arena, strbuf_text(&text), text.len, &problems, &out->resources);
	return err_link(problems_to_err(&problems), "%s",
			str_equal(file, "-") ? "standard input" : file);
}

struct err *cmd_update(struct cli *cli, const void *data)
{
	const struct update_values *values = data;
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	drop_arena struct arena arena = { 0 };
	struct container_change change = { 0 };

	TRY(values->resources ? read_document(&arena, values, &change)
			      : take_options(&arena, values, &change));
	TRY(cli_open_container(cli, true, &store, &container));
	TRY(lifecycle_check(VERB_UPDATE, container_status(&container), container.id));
	return container_update(&container, &change);
}
