/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What linux.resources has as lists, per device, size or interface: blockIO, hugepageLimits,
 * network and rdma as writes to cgroup files (Documentation/admin-guide/cgroup-v2.rst and, below
 * cgroup-v1, blkio-controller.rst, hugetlb.rst, net_cls.rst, net_prio.rst, rdma.rst;
 * Documentation/block/bfq-iosched.rst). Pure; the parent runs it.
 */
#include "plan/cgroup_parts.h"

#include <inttypes.h>

#include "base/str.h"

#define PLACE "linux.resources."

/* ---- blockIO ---- */

bool plan_cgroup_asks_for_io(const struct oci_resources *resources)
{
	const struct oci_block_io *io = resources->block_io;

	return io && (io->weight.v || io->leaf_weight.v || io->weight_device.n ||
		      io->throttle_read_bps.n || io->throttle_write_bps.n ||
		      io->throttle_read_iops.n || io->throttle_write_iops.n);
}

/*
 * OCI's scale is CFQ's, 10 to 1000; that of io.weight goes from 1 to 10000 (lesson G2). BFQ also
 * takes weights below 10: they are the least here.
 */
static unsigned int io_weight(unsigned int weight)
{
	return weight <= 10 ? 1 : 1 + (weight - 10) * 9999 / 990;
}

/* Linux 5.0 took CFQ, the only scheduler that knew leaf weights, out. */
static void refuse_leaf_weight(struct cgroup_maker *maker, const struct opt_u16 *weight,
			       const char *place)
{
	if (weight->v)
		problems_unsupported(maker->problems, place,
				     "the kernel has no leaf weights any more (Linux 5.0)");
}

/*
 * `prefix` is "8:0 ", or "" for all devices. Weights work with the BFQ scheduler or, on v2, with a
 * cost model (io.cost.qos), and each has a file of its own.
 */
static void add_weight(struct cgroup_maker *maker, const char *place, const char *prefix,
		       unsigned int weight)
{
	struct arena *arena = maker->arena;
	const char *suffix = *prefix ? "_device" : "";
	struct plan_cgroup_write write = {
		.place = place,
		.value = arena_asprintf(arena, "%s%u", prefix, weight),
	};

	if (!weight) /* "not set", as engines write it */
		return;
	if (plan_cgroup_is_v2(maker, "io")) {
		write.file = "io.bfq.weight";
		write.other_file = "io.weight";
		write.other_value = arena_asprintf(arena, "%s%u", prefix, io_weight(weight));
	} else {
		write.file = arena_asprintf(arena, "blkio.bfq.weight%s", suffix);
		write.other_file = arena_asprintf(arena, "blkio.weight%s", suffix);
		write.other_value = write.value;
	}
	plan_cgroup_add_limit(maker, "io", &write);
}

static void add_device_weights(struct cgroup_maker *maker, const struct oci_weight_devices *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_weight_device *item = &list->items[i];
		const char *place = place_item(maker->arena, PLACE "blockIO.weightDevice", i);

		refuse_leaf_weight(maker, &item->leaf_weight,
				   place_member(maker->arena, place, "leafWeight"));
		add_weight(maker, place_member(maker->arena, place, "weight"),
			   arena_asprintf(maker->arena, "%" PRId64 ":%" PRId64 " ", item->major,
					  item->minor),
			   item->weight.v);
	}
}

struct throttle {
	const char *name; /* in blockIO */
	const char *v1_file;
	const char *v2_key; /* of a line of io.max */
	bool is_iops;
};

/* 0 takes a limit away; so the kernel has it on v1, where v2 has a word for it. */
static const char *throttle_value(struct arena *arena, const struct throttle *throttle,
				  const struct oci_throttle_device *device, bool v2)
{
	uint64_t rate = device->rate;
	const char *number;

	/* v1 cuts it to 32 bits: 4294967296 would be none at all. The largest is "no limit". */
	if (throttle->is_iops && rate > UINT32_MAX)
		rate = UINT32_MAX;
	number = v2 && !rate ? "max" : arena_asprintf(arena, "%" PRIu64, rate);
	return arena_asprintf(arena, "%" PRId64 ":%" PRId64 " %s%s%s", device->major, device->minor,
			      v2 ? throttle->v2_key : "", v2 ? "=" : "", number);
}

static void add_throttles(struct cgroup_maker *maker, const struct throttle *throttle,
			  const struct oci_throttle_devices *list)
{
	bool v2 = plan_cgroup_is_v2(maker, "io");

	for (size_t i = 0; i < list->n; i++)
		plan_cgroup_add_limit(
			maker, "io",
			&(struct plan_cgroup_write){
				.file = v2 ? "io.max" : throttle->v1_file,
				.value =
					throttle_value(maker->arena, throttle, &list->items[i], v2),
				.place = arena_asprintf(maker->arena, PLACE "blockIO.%s[%zu].rate",
							throttle->name, i),
			});
}

static void add_block_io(struct cgroup_maker *maker, const struct oci_block_io *io)
{
	static const struct throttle read_bps = { "throttleReadBpsDevice",
						  "blkio.throttle.read_bps_device", "rbps", false };
	static const struct throttle write_bps = { "throttleWriteBpsDevice",
						   "blkio.throttle.write_bps_device", "wbps",
						   false };
	static const struct throttle read_iops = { "throttleReadIOPSDevice",
						   "blkio.throttle.read_iops_device", "riops",
						   true };
	static const struct throttle write_iops = { "throttleWriteIOPSDevice",
						    "blkio.throttle.write_iops_device", "wiops",
						    true };

	refuse_leaf_weight(maker, &io->leaf_weight, PLACE "blockIO.leafWeight");
	add_weight(maker, PLACE "blockIO.weight", "", io->weight.v);
	add_device_weights(maker, &io->weight_device);
	add_throttles(maker, &read_bps, &io->throttle_read_bps);
	add_throttles(maker, &write_bps, &io->throttle_write_bps);
	add_throttles(maker, &read_iops, &io->throttle_read_iops);
	add_throttles(maker, &write_iops, &io->throttle_write_iops);
}

/* ---- hugepageLimits ---- */

/* A size as the kernel names its files: by the largest unit that fits. */
static const char *page_size_name(struct arena *arena, uint64_t bytes)
{
	if (bytes >= 1ULL << 30)
		return arena_asprintf(arena, "%" PRIu64 "GB", bytes >> 30);
	if (bytes >= 1ULL << 20)
		return arena_asprintf(arena, "%" PRIu64 "MB", bytes >> 20);
	return arena_asprintf(arena, "%" PRIu64 "KB", bytes >> 10);
}

static const char *known_page_sizes(struct arena *arena, uint64_t sizes)
{
	const char *list = "none";

	for (unsigned int bit = 10; bit < 64; bit++) {
		if (!(sizes >> bit & 1))
			continue;
		const char *name = page_size_name(arena, 1ULL << bit);
		list = str_equal(list, "none") ? name : arena_asprintf(arena, "%s, %s", list, name);
	}
	return list;
}

/* It becomes part of a file's name, so it must be just as the kernel has it. */
static bool check_page_size(struct cgroup_maker *maker, const char *text, const char *place)
{
	uint64_t sizes = host_hugepage_sizes(maker->host), bytes;

	if (problems_has(maker->problems, place)) /* it is not even a size */
		return false;
	if (!host_parse_page_size(text, &bytes) || !(sizes & bytes)) {
		problems_unsupported(maker->problems, place,
				     "the kernel has no huge pages of %s; it has: %s", text,
				     known_page_sizes(maker->arena, sizes));
		return false;
	}
	const char *name = page_size_name(maker->arena, bytes);
	if (str_equal(name, text))
		return true;
	problems_error(maker->problems, place, "the name of %s is %s", text, name);
	return false;
}

/*
 * What is reserved, which fails where it can be handled, and what is used: some programs map
 * without reserving (lesson G11). A kernel that counts no reservations has only the latter.
 */
static void add_hugepages(struct cgroup_maker *maker, const struct oci_hugepage_limits *list)
{
	bool v2 = plan_cgroup_is_v2(maker, "hugetlb");
	const char *end = v2 ? "max" : "limit_in_bytes";

	for (size_t i = 0; i < list->n; i++) {
		const struct oci_hugepage_limit *item = &list->items[i];
		const char *place = place_item(maker->arena, PLACE "hugepageLimits", i);
		struct plan_cgroup_write write = {
			.file = arena_asprintf(maker->arena, "hugetlb.%s.rsvd.%s", item->page_size,
					       end),
			.value = arena_asprintf(maker->arena, "%" PRIu64, item->limit),
			.place = place_member(maker->arena, place, "limit"),
			.may_be_absent = true,
		};

		if (!check_page_size(maker, item->page_size,
				     place_member(maker->arena, place, "pageSize")))
			continue;
		plan_cgroup_add_limit(maker, "hugetlb", &write);
		write.file = arena_asprintf(maker->arena, "hugetlb.%s.%s", item->page_size, end);
		write.may_be_absent = false;
		plan_cgroup_add_limit(maker, "hugetlb", &write);
	}
}

/* ---- network: v1 only ---- */

bool plan_cgroup_asks_for_network(const struct oci_resources *resources)
{
	/* Docker's and Podman's empty object asks for nothing. */
	return resources->network &&
	       (resources->network->class_id.set || resources->network->priorities.n);
}

static void add_network(struct cgroup_maker *maker, const struct oci_network *network)
{
	const struct opt_u32 *class_id = &network->class_id;
	bool v2 = plan_cgroup_is_v2(maker, "net_cls");

	/* 0 is "no class", as on v2 everywhere. */
	if (class_id->set && (class_id->v || !v2))
		plan_cgroup_add_limit(
			maker, "net_cls",
			&(struct plan_cgroup_write){
				.file = v2 ? NULL : "net_cls.classid",
				.value = arena_asprintf(maker->arena, "%" PRIu32, class_id->v),
				.place = PLACE "network.classID",
			});
	v2 = plan_cgroup_is_v2(maker, "net_prio");
	for (size_t i = 0; i < network->priorities.n; i++) {
		const struct oci_interface_priority *item = &network->priorities.items[i];

		plan_cgroup_add_limit(
			maker, "net_prio",
			&(struct plan_cgroup_write){
				.file = v2 ? NULL : "net_prio.ifpriomap",
				.value = arena_asprintf(maker->arena, "%s %" PRIu32, item->name,
							item->priority),
				.place = place_item(maker->arena, PLACE "network.priorities", i),
			});
	}
}

/* ---- rdma: the same on v1 and v2 ---- */

/* The kernel counts up to INT_MAX, which is its "max", and takes no larger number. */
static const char *rdma_part(struct arena *arena, const char *key, const struct opt_u32 *value)
{
	if (!value->set)
		return "";
	if (value->v >= INT32_MAX)
		return arena_asprintf(arena, " %s=max", key);
	return arena_asprintf(arena, " %s=%" PRIu32, key, value->v);
}

static void add_rdma(struct cgroup_maker *maker, const struct oci_rdmas *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct oci_rdma *item = &list->items[i];

		plan_cgroup_add_limit(
			maker, "rdma",
			&(struct plan_cgroup_write){
				.file = "rdma.max",
				.value = arena_asprintf(
					maker->arena, "%s%s%s", item->key,
					rdma_part(maker->arena, "hca_handle", &item->hca_handles),
					rdma_part(maker->arena, "hca_object", &item->hca_objects)),
				.place = arena_asprintf(maker->arena, PLACE "rdma[%s]", item->key),
			});
	}
}

void plan_cgroup_add_lists(struct cgroup_maker *maker, const struct oci_resources *resources)
{
	if (resources->block_io)
		add_block_io(maker, resources->block_io);
	add_hugepages(maker, &resources->hugepage_limits);
	if (resources->network)
		add_network(maker, resources->network);
	add_rdma(maker, &resources->rdma);
}
