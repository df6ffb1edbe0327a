/* SPDX-License-Identifier: Apache-2.0 */
/* config.json's linux.resources (config-linux.md, "Control groups"). Tables only. */
#include "oci/config_tables.h"

static const struct field device_rule_fields[] = {
	FIELD(FIELD_BOOL, struct oci_device_rule, allow, "allow", .required = true),
	FIELD(FIELD_OPT_ENUM, struct oci_device_rule, type, "type",
	      .names = &oci_device_rule_types),
	/* -1 is any. Nothing else that is no number may come to mean that; the kernel takes 32
	 * bits, and numbers that no device has are allowed to be there. */
	FIELD(FIELD_OPT_I64, struct oci_device_rule, major, "major", .min = -1, .max = UINT32_MAX),
	FIELD(FIELD_OPT_I64, struct oci_device_rule, minor, "minor", .min = -1, .max = UINT32_MAX),
	FIELD(FIELD_STRING, struct oci_device_rule, access, "access"),
};
static const struct object device_rule_object =
	OBJECT(struct oci_device_rule, "a device rule", device_rule_fields);

static const struct field memory_fields[] = {
	FIELD(FIELD_OPT_I64, struct oci_memory, limit, "limit"),
	FIELD(FIELD_OPT_I64, struct oci_memory, reservation, "reservation"),
	FIELD(FIELD_OPT_I64, struct oci_memory, swap, "swap"),
	FIELD(FIELD_OPT_I64, struct oci_memory, kernel, "kernel"),
	FIELD(FIELD_OPT_I64, struct oci_memory, kernel_tcp, "kernelTCP"),
	FIELD(FIELD_OPT_U64, struct oci_memory, swappiness, "swappiness", .max = 100),
	FIELD(FIELD_OPT_BOOL, struct oci_memory, disable_oom_killer, "disableOOMKiller"),
	FIELD(FIELD_OPT_BOOL, struct oci_memory, use_hierarchy, "useHierarchy"),
	FIELD(FIELD_OPT_BOOL, struct oci_memory, check_before_update, "checkBeforeUpdate"),
};
static const struct object memory_object = OBJECT(struct oci_memory, "memory", memory_fields);

static const struct field cpu_fields[] = {
	FIELD(FIELD_OPT_U64, struct oci_cpu, shares, "shares"),
	FIELD(FIELD_OPT_I64, struct oci_cpu, quota, "quota"),
	FIELD(FIELD_OPT_U64, struct oci_cpu, burst, "burst"),
	FIELD(FIELD_OPT_U64, struct oci_cpu, period, "period"),
	FIELD(FIELD_OPT_I64, struct oci_cpu, realtime_runtime, "realtimeRuntime"),
	FIELD(FIELD_OPT_U64, struct oci_cpu, realtime_period, "realtimePeriod"),
	FIELD(FIELD_STRING, struct oci_cpu, cpus, "cpus"),
	FIELD(FIELD_STRING, struct oci_cpu, mems, "mems"),
	FIELD(FIELD_OPT_I64, struct oci_cpu, idle, "idle", .min = 0, .max = 1),
};
static const struct object cpu_object = OBJECT(struct oci_cpu, "cpu", cpu_fields);

static const struct field pids_fields[] = {
	FIELD(FIELD_OPT_I64, struct oci_pids, limit, "limit"),
};
static const struct object pids_object = OBJECT(struct oci_pids, "pids", pids_fields);

/* The kernel has 12 bits of major and 20 of minor and cuts off the rest: a number beyond would set
 * the limit of another device. */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575
#define WEIGHT_MAX 1000 /* BFQ's; 0 is "not set" as engines write it */
#define BLOCK_DEVICE(type)                                                                   \
	FIELD(FIELD_I64, type, major, "major", .required = true, .min = 0, .max = MAJOR_MAX, \
	      .key = true),                                                                  \
		FIELD(FIELD_I64, type, minor, "minor", .required = true, .min = 0,           \
		      .max = MINOR_MAX, .key = true)

static const struct field weight_device_fields[] = {
	BLOCK_DEVICE(struct oci_weight_device),
	FIELD(FIELD_OPT_U16, struct oci_weight_device, weight, "weight", .max = WEIGHT_MAX),
	FIELD(FIELD_OPT_U16, struct oci_weight_device, leaf_weight, "leafWeight"),
};
static const struct object weight_device_object =
	OBJECT(struct oci_weight_device, "a device weight", weight_device_fields);

static const struct field throttle_device_fields[] = {
	BLOCK_DEVICE(struct oci_throttle_device),
	FIELD(FIELD_U64, struct oci_throttle_device, rate, "rate", .required = true),
};
static const struct object throttle_device_object =
	OBJECT(struct oci_throttle_device, "a device rate", throttle_device_fields);

#define THROTTLE(member, name) \
	FIELD(FIELD_OBJECTS, struct oci_block_io, member, name, .object = &throttle_device_object)
static const struct field block_io_fields[] = {
	FIELD(FIELD_OPT_U16, struct oci_block_io, weight, "weight", .max = WEIGHT_MAX),
	FIELD(FIELD_OPT_U16, struct oci_block_io, leaf_weight, "leafWeight"),
	FIELD(FIELD_OBJECTS, struct oci_block_io, weight_device, "weightDevice",
	      .object = &weight_device_object),
	THROTTLE(throttle_read_bps, "throttleReadBpsDevice"),
	THROTTLE(throttle_write_bps, "throttleWriteBpsDevice"),
	THROTTLE(throttle_read_iops, "throttleReadIOPSDevice"),
	THROTTLE(throttle_write_iops, "throttleWriteIOPSDevice"),
};
static const struct object block_io_object =
	OBJECT(struct oci_block_io, "blockIO", block_io_fields);

static const struct field hugepage_limit_fields[] = {
	FIELD(FIELD_STRING, struct oci_hugepage_limit, page_size, "pageSize", .required = true,
	      .key = true),
	FIELD(FIELD_U64, struct oci_hugepage_limit, limit, "limit", .required = true),
};
static const struct object hugepage_limit_object =
	OBJECT(struct oci_hugepage_limit, "a hugepage limit", hugepage_limit_fields);

static const struct field interface_priority_fields[] = {
	FIELD(FIELD_STRING, struct oci_interface_priority, name, "name", .required = true,
	      .key = true),
	FIELD(FIELD_U32, struct oci_interface_priority, priority, "priority", .required = true),
};
static const struct object interface_priority_object =
	OBJECT(struct oci_interface_priority, "an interface priority", interface_priority_fields);

static const struct field network_fields[] = {
	FIELD(FIELD_OPT_U32, struct oci_network, class_id, "classID"),
	FIELD(FIELD_OBJECTS, struct oci_network, priorities, "priorities",
	      .object = &interface_priority_object),
};
static const struct object network_object = OBJECT(struct oci_network, "network", network_fields);

static const struct field rdma_fields[] = {
	FIELD(FIELD_OPT_U32, struct oci_rdma, hca_handles, "hcaHandles"),
	FIELD(FIELD_OPT_U32, struct oci_rdma, hca_objects, "hcaObjects"),
};
static const struct object rdma_object = OBJECT(struct oci_rdma, "an rdma limit", rdma_fields);

static const struct field resources_fields[] = {
	FIELD(FIELD_OBJECTS, struct oci_resources, devices, "devices",
	      .object = &device_rule_object),
	FIELD(FIELD_POINTER, struct oci_resources, memory, "memory", .object = &memory_object),
	FIELD(FIELD_POINTER, struct oci_resources, cpu, "cpu", .object = &cpu_object),
	FIELD(FIELD_POINTER, struct oci_resources, pids, "pids", .object = &pids_object),
	FIELD(FIELD_POINTER, struct oci_resources, block_io, "blockIO", .object = &block_io_object),
	FIELD(FIELD_OBJECTS, struct oci_resources, hugepage_limits, "hugepageLimits",
	      .object = &hugepage_limit_object),
	FIELD(FIELD_POINTER, struct oci_resources, network, "network", .object = &network_object),
	FIELD(FIELD_KEYED, struct oci_resources, rdma, "rdma", .object = &rdma_object),
	FIELD(FIELD_MAP, struct oci_resources, unified, "unified"),
};
const struct object oci_resources_object =
	OBJECT(struct oci_resources, "resources", resources_fields);
