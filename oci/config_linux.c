/* SPDX-License-Identifier: Apache-2.0 */
/* config.json's linux section but resources and seccomp (config-linux.md). Tables only. */
#include "oci/config_tables.h"

static const struct field namespace_fields[] = {
	FIELD(FIELD_ENUM, struct oci_namespace, type, "type", .names = &oci_namespace_types,
	      .required = true),
	FIELD(FIELD_STRING, struct oci_namespace, path, "path"),
};
static const struct object namespace_object =
	OBJECT(struct oci_namespace, "a namespace", namespace_fields);

/* fileMode: the schema says at most 0777, engines send the type bits too; plan takes 07777 of it.
 */
static const struct field device_fields[] = {
	FIELD(FIELD_ENUM, struct oci_device, type, "type", .names = &oci_device_types,
	      .required = true),
	FIELD(FIELD_STRING, struct oci_device, path, "path", .required = true),
	FIELD(FIELD_OPT_I64, struct oci_device, major, "major"),
	FIELD(FIELD_OPT_I64, struct oci_device, minor, "minor"),
	FIELD(FIELD_OPT_U32, struct oci_device, file_mode, "fileMode", .max = 0177777),
	FIELD(FIELD_OPT_U32, struct oci_device, uid, "uid", .max = OCI_ID_MAX),
	FIELD(FIELD_OPT_U32, struct oci_device, gid, "gid", .max = OCI_ID_MAX),
};
static const struct object device_object = OBJECT(struct oci_device, "a device", device_fields);

static const struct field net_device_fields[] = {
	FIELD(FIELD_STRING, struct oci_net_device, name, "name"),
};
static const struct object net_device_object =
	OBJECT(struct oci_net_device, "a network device", net_device_fields);

static const struct field time_offset_fields[] = {
	FIELD(FIELD_OPT_I64, struct oci_time_offset, secs, "secs"),
	FIELD(FIELD_OPT_U32, struct oci_time_offset, nanosecs, "nanosecs"),
};
static const struct object time_offset_object =
	OBJECT(struct oci_time_offset, "a time offset", time_offset_fields);

static const struct field intel_rdt_fields[] = {
	FIELD(FIELD_STRING, struct oci_intel_rdt, clos_id, "closID"),
	FIELD(FIELD_STRING, struct oci_intel_rdt, l3_cache_schema, "l3CacheSchema"),
	FIELD(FIELD_STRING, struct oci_intel_rdt, mem_bw_schema, "memBwSchema"),
	FIELD(FIELD_STRINGS, struct oci_intel_rdt, schemata, "schemata"),
	FIELD(FIELD_BOOL, struct oci_intel_rdt, enable_monitoring, "enableMonitoring"),
};
static const struct object intel_rdt_object =
	OBJECT(struct oci_intel_rdt, "intelRdt", intel_rdt_fields);

static const struct field memory_policy_fields[] = {
	FIELD(FIELD_OPT_ENUM, struct oci_memory_policy, mode, "mode",
	      .names = &oci_memory_policy_modes, .required = true),
	FIELD(FIELD_STRING, struct oci_memory_policy, nodes, "nodes"),
	FIELD(FIELD_ENUMS, struct oci_memory_policy, flags, "flags",
	      .names = &oci_memory_policy_flags),
};
static const struct object memory_policy_object =
	OBJECT(struct oci_memory_policy, "memoryPolicy", memory_policy_fields);

static const struct field personality_fields[] = {
	FIELD(FIELD_ENUM, struct oci_personality, domain, "domain",
	      .names = &oci_personality_domains, .required = true),
	FIELD(FIELD_STRINGS, struct oci_personality, flags, "flags"),
};
static const struct object personality_object =
	OBJECT(struct oci_personality, "personality", personality_fields);

static const struct field linux_fields[] = {
	FIELD(FIELD_OBJECTS, struct oci_linux, uid_mappings, "uidMappings",
	      .object = &oci_id_mapping_object),
	FIELD(FIELD_OBJECTS, struct oci_linux, gid_mappings, "gidMappings",
	      .object = &oci_id_mapping_object),
	FIELD(FIELD_MAP, struct oci_linux, sysctl, "sysctl"),
	FIELD(FIELD_POINTER, struct oci_linux, resources, "resources",
	      .object = &oci_resources_object),
	FIELD(FIELD_STRING, struct oci_linux, cgroups_path, "cgroupsPath"),
	FIELD(FIELD_OBJECTS, struct oci_linux, namespaces, "namespaces",
	      .object = &namespace_object),
	FIELD(FIELD_OBJECTS, struct oci_linux, devices, "devices", .object = &device_object),
	FIELD(FIELD_KEYED, struct oci_linux, net_devices, "netDevices",
	      .object = &net_device_object),
	FIELD(FIELD_POINTER, struct oci_linux, seccomp, "seccomp", .object = &oci_seccomp_object),
	FIELD(FIELD_OPT_ENUM, struct oci_linux, rootfs_propagation, "rootfsPropagation",
	      .names = &oci_propagations),
	FIELD(FIELD_STRINGS, struct oci_linux, masked_paths, "maskedPaths"),
	FIELD(FIELD_STRINGS, struct oci_linux, readonly_paths, "readonlyPaths"),
	FIELD(FIELD_STRING, struct oci_linux, mount_label, "mountLabel"),
	FIELD(FIELD_POINTER, struct oci_linux, intel_rdt, "intelRdt", .object = &intel_rdt_object),
	FIELD(FIELD_POINTER, struct oci_linux, memory_policy, "memoryPolicy",
	      .object = &memory_policy_object),
	FIELD(FIELD_POINTER, struct oci_linux, personality, "personality",
	      .object = &personality_object),
	FIELD(FIELD_KEYED, struct oci_linux, time_offsets, "timeOffsets",
	      .object = &time_offset_object),
};
const struct object oci_linux_object = OBJECT(struct oci_linux, "linux", linux_fields);
