/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-field checks of linux.resources (config-linux.md, "Control groups"). Pure. */
#include <net/if.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "oci/rules.h"

#define PLACE "linux.resources"

static void check_device_rules(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->devices.n; i++) {
		const char *access = resources->devices.items[i].access;

		if (access && strspn(access, "rwm") != strlen(access))
			problems_error(r->problems,
				       place_member(r->arena,
						    place_item(r->arena, PLACE ".devices", i),
						    "access"),
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
				       place_member(r->arena, PLACE ".memory", rows[i].name),
				       "is neither a number of bytes nor -1");
	}
}

/* "0-3,7" (config-linux.md, "CPU"): numbers and ranges. Blanks around them are nothing to the
 * kernel. */
static bool is_list(const char *text)
{
	drop_mem char *copy = mem_strdup(text);

	for (char *rest = copy, *item; (item = strsep(&rest, ","));) {
		item += strspn(item, " \t");
		item[strcspn(item, " \t")] = '\0';
		char *dash = strchr(item, '-');
		uint32_t first, last;

		if (dash)
			*dash++ = '\0';
		if (!str_to_u32(item, &first) ||
		    (dash && (!str_to_u32(dash, &last) || last < first)))
			return false;
	}
	return true;
}

static void check_list(const struct rules *r, const char *text, const char *place)
{
	/* Engines write "" for "not set". */
	if (text && *text && !is_list(text))
		problems_error(r->problems, place, "\"%s\" is no list like 0-3,7", text);
}

static void check_cpu(const struct rules *r, const struct oci_resources *resources)
{
	const struct oci_cpu *cpu = resources->cpu;

	if (!cpu)
		return;
	if (cpu->burst.set && cpu->quota.set && cpu->quota.v > 0 &&
	    cpu->burst.v > (uint64_t)cpu->quota.v)
		problems_error(r->problems, PLACE ".cpu.burst", "is larger than quota");
	if (cpu->realtime_runtime.set && cpu->realtime_runtime.v < -1)
		problems_error(r->problems, PLACE ".cpu.realtimeRuntime",
			       "is neither a number of microseconds nor -1");
	check_list(r, cpu->cpus, PLACE ".cpu.cpus");
	check_list(r, cpu->mems, PLACE ".cpu.mems");
}

/* Keys become file names: one path component, nothing that leads elsewhere (lesson S41). */
static bool is_component(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* These are no parameters of a group, but orders: who is in it, and whether that may run or live.
 * The runtime gives them itself; a container in a frozen group would never get to be created. */
static bool is_order(const char *key)
{
	static const char *const orders[] = { "cgroup.procs", "cgroup.threads", "cgroup.freeze",
					      "cgroup.kill" };

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		if (strcmp(orders[i], key) == 0)
			return true;
	}
	return false;
}

static void check_unified(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->unified.n; i++) {
		const char *key = resources->unified.items[i].key;
		const char *place = arena_asprintf(r->arena, PLACE ".unified[%s]", key);

		if (!is_component(key))
			problems_error(r->problems, place, "is no name of a file in a cgroup");
		else if (is_order(key))
			problems_error(r->problems, place,
				       "moves, freezes or kills processes: it is no parameter");
	}
}

/* "2MB": <size><unit-prefix>B, as the schema has it. */
static bool is_page_size(const char *size)
{
	size_t digits = strspn(size, "0123456789");

	return digits && size[0] != '0' &&
	       (str_equal(size + digits, "KB") || str_equal(size + digits, "MB") ||
		str_equal(size + digits, "GB"));
}

static void check_hugepages(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->hugepage_limits.n; i++) {
		const char *size = resources->hugepage_limits.items[i].page_size;
		const char *place = place_member(
			r->arena, place_item(r->arena, PLACE ".hugepageLimits", i), "pageSize");

		if (size && !is_page_size(size) && !problems_has(r->problems, place))
			problems_error(r->problems, place,
				       "\"%s\" is no page size like 64KB, 2MB or 1GB", size);
	}
}

/* At least one of the two, and neither has been told to be wrong. */
static void check_either(const struct rules *r, const char *place, bool set, const char *one,
			 const char *other)
{
	if (!set && !problems_has(r->problems, place_member(r->arena, place, one)) &&
	    !problems_has(r->problems, place_member(r->arena, place, other)))
		problems_error(r->problems, place, "needs %s or %s", one, other);
}

static void check_block_io(const struct rules *r, const struct oci_resources *resources)
{
	const struct oci_block_io *io = resources->block_io;

	for (size_t i = 0; io && i < io->weight_device.n; i++) {
		const struct oci_weight_device *item = &io->weight_device.items[i];

		check_either(r, place_item(r->arena, PLACE ".blockIO.weightDevice", i),
			     item->weight.set || item->leaf_weight.set, "weight", "leafWeight");
	}
}

/* What the kernel reads as one word of a line can't have blanks in it. */
static bool is_word(const char *text)
{
	return *text && !strpbrk(text, " \t\r\n\v\f");
}

/* As the kernel's dev_valid_name() has it. */
static bool is_interface(const char *name)
{
	return is_word(name) && strlen(name) < IFNAMSIZ && !strpbrk(name, "/:") &&
	       !str_equal(name, ".") && !str_equal(name, "..");
}

static void check_network(const struct rules *r, const struct oci_resources *resources)
{
	const struct oci_network *network = resources->network;

	for (size_t i = 0; network && i < network->priorities.n; i++) {
		const char *name = network->priorities.items[i].name;
		const char *place = place_member(
			r->arena, place_item(r->arena, PLACE ".network.priorities", i), "name");

		if (name && !is_interface(name) && !problems_has(r->problems, place))
			problems_error(r->problems, place,
				       "\"%s\" is no name of a network interface", name);
	}
}

static void check_rdma(const struct rules *r, const struct oci_resources *resources)
{
	for (size_t i = 0; i < resources->rdma.n; i++) {
		const struct oci_rdma *rdma = &resources->rdma.items[i];
		const char *place = arena_asprintf(r->arena, PLACE ".rdma[%s]", rdma->key);

		if (!is_word(rdma->key))
			problems_error(r->problems, place, "is no name of an RDMA device");
		check_either(r, place, rdma->hca_handles.set || rdma->hca_objects.set, "hcaHandles",
			     "hcaObjects");
	}
}

void oci_rules_check_resources(const struct rules *r)
{
	static void (*const checks[])(const struct rules *, const struct oci_resources *) = {
		check_device_rules, check_memory,   check_cpu,	   check_unified,
		check_hugepages,    check_block_io, check_network, check_rdma,
	};
	const struct oci_resources *resources = r->config->linux_->resources;

	for (size_t i = 0; resources && i < ARRAY_LEN(checks); i++)
		checks[i](r, resources);
}
