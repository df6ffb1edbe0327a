/* SPDX-License-Identifier: Apache-2.0 */
/* config.json's process section (config.md, "Process"). Tables only. */
#include <sys/types.h>

#include "oci/config_tables.h"

static const struct field console_size_fields[] = {
	FIELD(FIELD_U64, struct oci_console_size, height, "height", .required = true),
	FIELD(FIELD_U64, struct oci_console_size, width, "width", .required = true),
};
static const struct object console_size_object =
	OBJECT(struct oci_console_size, "consoleSize", console_size_fields);

static const struct field user_fields[] = {
	FIELD(FIELD_U32, struct oci_user, uid, "uid", .max = OCI_ID_MAX, .required = true),
	FIELD(FIELD_U32, struct oci_user, gid, "gid", .max = OCI_ID_MAX, .required = true),
	FIELD(FIELD_OPT_U32, struct oci_user, umask, "umask", .max = 0777),
	FIELD(FIELD_U32S, struct oci_user, additional_gids, "additionalGids", .max = OCI_ID_MAX),
	FIELD(FIELD_STRING, struct oci_user, username, "username"),
};
static const struct object user_object = OBJECT(struct oci_user, "user", user_fields);

static const struct field rlimit_fields[] = {
	FIELD(FIELD_ENUM, struct oci_rlimit, type, "type", .names = &oci_rlimit_types,
	      .required = true),
	FIELD(FIELD_U64, struct oci_rlimit, soft, "soft", .required = true),
	FIELD(FIELD_U64, struct oci_rlimit, hard, "hard", .required = true),
};
static const struct object rlimit_object =
	OBJECT(struct oci_rlimit, "a resource limit", rlimit_fields);

static const struct field capabilities_fields[] = {
	FIELD(FIELD_STRINGS, struct oci_capabilities, bounding, "bounding"),
	FIELD(FIELD_STRINGS, struct oci_capabilities, effective, "effective"),
	FIELD(FIELD_STRINGS, struct oci_capabilities, inheritable, "inheritable"),
	FIELD(FIELD_STRINGS, struct oci_capabilities, permitted, "permitted"),
	FIELD(FIELD_STRINGS, struct oci_capabilities, ambient, "ambient"),
};
static const struct object capabilities_object =
	OBJECT(struct oci_capabilities, "capabilities", capabilities_fields);

static const struct field scheduler_fields[] = {
	FIELD(FIELD_ENUM, struct oci_scheduler, policy, "policy", .names = &oci_scheduler_policies,
	      .required = true),
	FIELD(FIELD_OPT_I64, struct oci_scheduler, nice, "nice", .min = -20, .max = 19),
	FIELD(FIELD_OPT_I64, struct oci_scheduler, priority, "priority", .min = INT32_MIN,
	      .max = INT32_MAX),
	FIELD(FIELD_ENUMS, struct oci_scheduler, flags, "flags", .names = &oci_scheduler_flags),
	FIELD(FIELD_OPT_U64, struct oci_scheduler, runtime, "runtime"),
	FIELD(FIELD_OPT_U64, struct oci_scheduler, deadline, "deadline"),
	FIELD(FIELD_OPT_U64, struct oci_scheduler, period, "period"),
};
static const struct object scheduler_object =
	OBJECT(struct oci_scheduler, "scheduler", scheduler_fields);

static const struct field io_priority_fields[] = {
	FIELD(FIELD_ENUM, struct oci_io_priority, io_class, "class", .names = &oci_io_classes,
	      .required = true),
	FIELD(FIELD_I64, struct oci_io_priority, priority, "priority", .min = 0, .max = 7,
	      .required = true),
};
static const struct object io_priority_object =
	OBJECT(struct oci_io_priority, "ioPriority", io_priority_fields);

static const struct field exec_cpu_affinity_fields[] = {
	FIELD(FIELD_STRING, struct oci_exec_cpu_affinity, initial, "initial"),
	FIELD(FIELD_STRING, struct oci_exec_cpu_affinity, final, "final"),
};
static const struct object exec_cpu_affinity_object =
	OBJECT(struct oci_exec_cpu_affinity, "execCPUAffinity", exec_cpu_affinity_fields);

static const struct field process_fields[] = {
	FIELD(FIELD_BOOL, struct oci_process, terminal, "terminal"),
	FIELD(FIELD_POINTER, struct oci_process, console_size, "consoleSize",
	      .object = &console_size_object),
	FIELD(FIELD_OBJECT, struct oci_process, user, "user", .object = &user_object),
	FIELD(FIELD_STRINGS, struct oci_process, args, "args",
	      .set_offset = offsetof(struct oci_process, args_set)),
	FIELD(FIELD_STRING, struct oci_process, command_line, "commandLine"),
	FIELD(FIELD_STRINGS, struct oci_process, env, "env"),
	FIELD(FIELD_STRING, struct oci_process, cwd, "cwd", .required = true),
	FIELD(FIELD_POINTER, struct oci_process, capabilities, "capabilities",
	      .object = &capabilities_object),
	FIELD(FIELD_OBJECTS, struct oci_process, rlimits, "rlimits", .object = &rlimit_object),
	FIELD(FIELD_BOOL, struct oci_process, no_new_privileges, "noNewPrivileges"),
	FIELD(FIELD_STRING, struct oci_process, apparmor_profile, "apparmorProfile"),
	FIELD(FIELD_STRING, struct oci_process, selinux_label, "selinuxLabel"),
	FIELD(FIELD_OPT_I64, struct oci_process, oom_score_adj, "oomScoreAdj", .min = -1000,
	      .max = 1000),
	FIELD(FIELD_POINTER, struct oci_process, scheduler, "scheduler",
	      .object = &scheduler_object),
	FIELD(FIELD_POINTER, struct oci_process, io_priority, "ioPriority",
	      .object = &io_priority_object),
	FIELD(FIELD_POINTER, struct oci_process, exec_cpu_affinity, "execCPUAffinity",
	      .object = &exec_cpu_affinity_object),
};
const struct object oci_process_object = OBJECT(struct oci_process, "process", process_fields);
