/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-field checks of linux.resources (config-linux.md, "Control groups"). Pure. */
#include <string.h>

#include "base/str.h"
#include "oci/rules.h"

#define PLACE "linux.resources"

static void check_device_rules(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->devices.n; i++) {
		const char *access = resources->devices.items[i].access;

		if (access && strspn(access, "rwm") != strlen(access))
			problems_error(r->problems,
				       arena_asprintf(r->arena, PLACE ".devices[%zu].access", i),
				       "\"%s\" has more than the letters r, w, m", access);
	}
}

/* swap is memory plus swap; -1 is unlimited, 0 unset (lesson G3). */
static void check_memory(const struct rules *r, const struct oci_resources *resources)
{
	const struct oci_memory *memory = resources->memory;

	if (!memory)
		return;
	bool swap = memory->swap.set && memory->swap.v > 0;
	bool limit = memory->limit.set && memory->limit.v != 0;
	if (swap && !limit)
		problems_error(r->problems, PLACE ".memory.swap",
			       "unable to set swap limit without memory limit");
	else if (swap && memory->limit.v > 0 && memory->swap.v < memory->limit.v)
		problems_error(r->problems, PLACE ".memory.swap",
			       "is below memory.limit: it is the limit of memory plus swap");
	const struct {
		const char *name;
		const struct opt_i64 *value;
	} rows[] = {
		{ "limit", &memory->limit },
		{ "reservation", &memory->reservation },
		{ "swap", &memory->swap },
		{ "kernel", &memory->kernel },
		{ "kernelTCP", &memory->kernel_tcp },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].value->set && rows[i].value->v < -1)
			problems_error(r->problems,
				       arena_asprintf(r->arena, PLACE ".memory.%s", rows[i].name),
				       "is neither a number of bytes nor -1");
	}
}

static bool is_list(const char *text)
{
	return strspn(text, "0123456789,- \t") == strlen(text);
}

static void check_cpu(const struct rules *r, const struct oci_resources *resources)
{
	const struct oci_cpu *cpu = resources->cpu;

	if (!cpu)
		return;
	if (cpu->burst.set && cpu->quota.set && cpu->quota.v > 0 &&
	    cpu->burst.v > (uint64_t)cpu->quota.v)
		problems_error(r->problems, PLACE ".cpu.burst", "is larger than quota");
	if (cpu->cpus && !is_list(cpu->cpus))
		problems_error(r->problems, PLACE ".cpu.cpus", "\"%s\" is no list like 0-3,7",
			       cpu->cpus);
	if (cpu->mems && !is_list(cpu->mems))
		problems_error(r->problems, PLACE ".cpu.mems", "\"%s\" is no list like 0-3,7",
			       cpu->mems);
}

/* Keys become file names: one path component, nothing that leads elsewhere (lesson S41). */
static bool is_component(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void check_unified(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->unified.n; i++) {
		const char *key = resources->unified.items[i].key;

		if (!is_component(key))
			problems_error(r->problems,
				       arena_asprintf(r->arena, PLACE ".unified[%s]", key),
				       "is no name of a file in a cgroup");
	}
}

/* "2MB": <size><unit>B as the kernel names its files. */
static void check_hugepages(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->hugepage_limits.n; i++) {
		const char *size = resources->hugepage_limits.items[i].page_size;
		size_t digits = size ? strspn(size, "0123456789") : 0;

		if (size && (!digits ||
			     !(str_equal(size + digits, "KB") || str_equal(size + digits, "MB") ||
			       str_equal(size + digits, "GB"))))
			problems_error(
				r->problems,
				arena_asprintf(r->arena, PLACE ".hugepageLimits[%zu].pageSize", i),
				"\"%s\" is no page size like 64KB, 2MB or 1GB", size);
	}
}

static void check_block_io(const struct rules *r, const struct oci_resources *resources)
{
	const struct oci_block_io *io = resources->block_io;

	for (size_t i = 0; io && i < io->weight_device.n; i++) {
		if (!io->weight_device.items[i].weight.set &&
		    !io->weight_device.items[i].leaf_weight.set)
			problems_error(
				r->problems,
				arena_asprintf(r->arena, PLACE ".blockIO.weightDevice[%zu]", i),
				"needs weight or leafWeight");
	}
}

static void check_rdma(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->rdma.n; i++) {
		const struct oci_rdma *rdma = &resources->rdma.items[i];

		if (!rdma->hca_handles.set && !rdma->hca_objects.set)
			problems_error(r->problems,
				       arena_asprintf(r->arena, PLACE ".rdma[%s]", rdma->key),
				       "needs hcaHandles or hcaObjects");
	}
}

static void check_pids(const struct rules *r, const struct oci_resources *resources)
{
	if (resources->pids && !resources->pids->limit.set)
		problems_error(r->problems, PLACE ".pids.limit", "is required");
}

void oci_rules_check_resources(const struct rules *r)
{
	static void (*const checks[])(const struct rules *, const struct oci_resources *) = {
		check_device_rules, check_memory,   check_cpu,	check_unified,
		check_hugepages,    check_block_io, check_rdma, check_pids,
	};
	const struct oci_resources *resources = r->config->linux_->resources;

	for (size_t i = 0; resources && i < ARRAY_LEN(checks); i++)
		checks[i](r, resources);
}
