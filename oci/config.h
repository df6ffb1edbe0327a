/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of config.json: runtime-spec 1.3, common and Linux fields, as written by the user.
 * Plain data in one arena; strings and arrays belong to that arena and live as long as it does.
 * Values that the specification names by a word (namespace types, seccomp actions) are numbers
 * here (oci/names.h). Nothing in this room touches the kernel.
 *
 * Presence: a pointer is NULL when the property is absent; an opt_ has `set`; arrays are empty; a
 * bool whose absence means false is a plain bool.
 */
#ifndef OCI_CONFIG_H
#define OCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "oci/problems.h"

struct opt_bool {
	bool set, v;
};
struct opt_i64 {
	bool set;
	int64_t v;
};
struct opt_u64 {
	bool set;
	uint64_t v;
};
struct opt_u32 {
	bool set;
	uint32_t v;
};
struct opt_u16 {
	bool set;
	uint16_t v;
};
/* An enumerated word, as the number oci/names.h gives it. */
struct opt_enum {
	bool set;
	int v;
};

/* An array of numbers (gids; enumerated words as int-sized numbers go to oci_ints). */
struct oci_u32s {
	uint32_t *items;
	size_t n;
};
struct oci_ints {
	int *items;
	size_t n;
};
/* A map with string values (annotations, sysctl, unified), in document order. */
struct oci_pair {
	char *key, *value;
};
struct oci_map {
	struct oci_pair *items;
	size_t n;
};

struct oci_id_mapping {
	uint32_t container_id, host_id, size;
};
struct oci_id_mappings {
	struct oci_id_mapping *items;
	size_t n;
};

/* config.md, "Process" */
struct oci_console_size {
	uint64_t height, width;
};
struct oci_user {
	uint32_t uid, gid;
	struct opt_u32 umask;
	struct oci_u32s additional_gids;
	char *username; /* Windows only; read and ignored */
};
struct oci_rlimit {
	int type; /* RLIMIT_* */
	uint64_t soft, hard;
};
struct oci_rlimits {
	struct oci_rlimit *items;
	size_t n;
};
struct oci_capabilities {
	/* The words as written: an unknown one is a warning, not an error. Bits are made in plan.
	 */
	struct strv bounding, effective, inheritable, permitted, ambient;
};
struct oci_scheduler {
	int policy; /* SCHED_* */
	struct opt_i64 nice, priority;
	struct oci_ints flags;			  /* SCHED_FLAG_* */
	struct opt_u64 runtime, deadline, period; /* nanoseconds */
};
struct oci_io_priority {
	int io_class; /* IOPRIO_CLASS_* */
	int64_t priority;
};
struct oci_exec_cpu_affinity {
	char *initial, *final;
};
struct oci_process {
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user user;
	struct strv args, env;
	bool args_set;	    /* "args": [] is wrong, none at all is so only at start */
	char *command_line; /* Windows only; read and ignored */
	char *cwd;
	struct oci_capabilities *capabilities;
	struct oci_rlimits rlimits;
	bool no_new_privileges;
	char *apparmor_profile;
	char *selinux_label;
	struct opt_i64 oom_score_adj;
	struct oci_scheduler *scheduler;
	struct oci_io_priority *io_priority;
	struct oci_exec_cpu_affinity *exec_cpu_affinity;
};

/* config.md, "Root" and "Mounts" */
struct oci_root {
	char *path;
	bool readonly;
};
struct oci_mount {
	char *destination, *type, *source;
	struct strv options;
	struct oci_id_mappings uid_mappings, gid_mappings;
};
struct oci_mounts {
	struct oci_mount *items;
	size_t n;
};

/* config.md, "POSIX-platform Hooks" */
struct oci_hook {
	char *path;
	struct strv args, env;
	bool env_set;		/* "env": [] differs from no env (lesson L9) */
	struct opt_i64 timeout; /* seconds, > 0 */
};
struct oci_hook_list {
	struct oci_hook *items;
	size_t n;
};
struct oci_hooks {
	struct oci_hook_list prestart, create_runtime, create_container, start_container, poststart,
		poststop;
};

/* config-linux.md */
struct oci_namespace {
	int type; /* CLONE_NEW* */
	char *path;
};
struct oci_namespaces {
	struct oci_namespace *items;
	size_t n;
};
struct oci_device {
	int type; /* 'c', 'b', 'u' or 'p' */
	char *path;
	struct opt_i64 major, minor;
	struct opt_u32 file_mode, uid, gid;
};
struct oci_devices {
	struct oci_device *items;
	size_t n;
};
struct oci_net_device {
	char *key;  /* name on the host */
	char *name; /* name in the container, or NULL */
};
struct oci_net_devices {
	struct oci_net_device *items;
	size_t n;
};
struct oci_time_offset {
	char *key; /* "monotonic" or "boottime" */
	struct opt_i64 secs;
	struct opt_u32 nanosecs;
};
struct oci_time_offsets {
	struct oci_time_offset *items;
	size_t n;
};

struct oci_device_rule {
	bool allow;
	struct opt_enum type; /* 'a', 'c' or 'b' */
	struct opt_i64 major, minor;
	char *access; /* of "rwm" */
};
struct oci_device_rules {
	struct oci_device_rule *items;
	size_t n;
};
struct oci_memory {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp; /* bytes; -1 unlimited */
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};
struct oci_cpu {
	struct opt_u64 shares;
	struct opt_i64 quota;  /* usec */
	struct opt_u64 burst;  /* usec */
	struct opt_u64 period; /* usec */
	struct opt_i64 realtime_runtime;
	struct opt_u64 realtime_period;
	char *cpus, *mems;
	struct opt_i64 idle;
};
struct oci_pids {
	struct opt_i64 limit;
};
struct oci_weight_device {
	int64_t major, minor;
	struct opt_u16 weight, leaf_weight;
};
struct oci_weight_devices {
	struct oci_weight_device *items;
	size_t n;
};
struct oci_throttle_device {
	int64_t major, minor;
	uint64_t rate;
};
struct oci_throttle_devices {
	struct oci_throttle_device *items;
	size_t n;
};
struct oci_block_io {
	struct opt_u16 weight, leaf_weight;
	struct oci_weight_devices weight_device;
	struct oci_throttle_devices throttle_read_bps, throttle_write_bps, throttle_read_iops,
		throttle_write_iops;
};
struct oci_hugepage_limit {
	char *page_size;
	uint64_t limit; /* bytes */
};
struct oci_hugepage_limits {
	struct oci_hugepage_limit *items;
	size_t n;
};
struct oci_interface_priority {
	char *name;
	uint32_t priority;
};
struct oci_interface_priorities {
	struct oci_interface_priority *items;
	size_t n;
};
struct oci_network {
	struct opt_u32 class_id;
	struct oci_interface_priorities priorities;
};
struct oci_rdma {
	char *key; /* device */
	struct opt_u32 hca_handles, hca_objects;
};
struct oci_rdmas {
	struct oci_rdma *items;
	size_t n;
};
struct oci_resources {
	struct oci_device_rules devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct oci_hugepage_limits hugepage_limits;
	struct oci_network *network;
	struct oci_rdmas rdma;
	struct oci_map unified;
};

struct oci_seccomp_arg {
	uint32_t index; /* 0..5 */
	uint64_t value, value_two;
	int op; /* enum oci_seccomp_op */
};
struct oci_seccomp_args {
	struct oci_seccomp_arg *items;
	size_t n;
};
struct oci_seccomp_rule {
	struct strv names;
	int action; /* enum oci_seccomp_action */
	struct opt_u32 errno_ret;
	struct oci_seccomp_args args;
};
struct oci_seccomp_rules {
	struct oci_seccomp_rule *items;
	size_t n;
};
struct oci_seccomp {
	struct opt_enum default_action; /* enum oci_seccomp_action */
	struct opt_u32 default_errno_ret;
	struct oci_ints architectures; /* enum oci_seccomp_arch */
	bool flags_set;		       /* "flags": [] differs from no flags (lesson P18) */
	struct oci_ints flags;	       /* SECCOMP_FILTER_FLAG_* */
	char *listener_path, *listener_metadata;
	struct oci_seccomp_rules syscalls;
};

struct oci_intel_rdt {
	char *clos_id, *l3_cache_schema, *mem_bw_schema;
	struct strv schemata;
	bool enable_monitoring;
};
struct oci_memory_policy {
	struct opt_enum mode; /* MPOL_* */
	char *nodes;
	struct oci_ints flags;
};
struct oci_personality {
	int domain; /* PER_LINUX or PER_LINUX32 */
	struct strv flags;
};

struct oci_linux {
	struct oci_id_mappings uid_mappings, gid_mappings;
	struct oci_map sysctl;
	struct oci_resources *resources;
	char *cgroups_path;
	struct oci_namespaces namespaces;
	struct oci_devices devices;
	struct oci_net_devices net_devices;
	struct oci_seccomp *seccomp;
	struct opt_enum rootfs_propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE */
	struct strv masked_paths, readonly_paths;
	char *mount_label;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	struct oci_personality *personality;
	struct oci_time_offsets time_offsets;
};

struct oci_config {
	char *oci_version;
	struct oci_root *root;
	struct oci_mounts mounts;
	struct oci_process *process;
	char *hostname, *domainname;
	struct oci_hooks *hooks;
	struct oci_map annotations;
	struct oci_linux *linux_; /* never NULL after reading: an absent section is an empty one */
};

/*
 * Reads the text of a config.json and checks it: syntax, types, words, required properties,
 * cross-field rules. Everything found goes to `problems`, with its place
 * ("linux.namespaces[2].type"). *out is NULL when the text is no JSON object at all; otherwise it
 * holds what could be read, to be used only if problems_errors() is 0.
 */
void oci_config_read(struct arena *arena, const char *text, size_t len, struct problems *problems,
		     struct oci_config **out);

/*
 * A process section that is a document of its own (exec --process): read and, as the process of
 * `config`, checked. Its command must be there. Problems and result as above.
 */
void oci_process_read(struct arena *arena, const char *text, size_t len, struct problems *problems,
		      struct oci_process **out);
void oci_process_check(struct arena *arena, const struct oci_config *config,
		       struct problems *problems);

/* The value of an annotation, or NULL. Owned by the config. */
const char *oci_config_annotation(const struct oci_config *config, const char *key);

/* Writes the model as a document of its own (spec, tests). free() by the caller. */
char *oci_config_write(const struct oci_config *config);

/*
 * What a filter's program follows from, compact: the same text for the same rules, whoever listens
 * and whatever the flags (the filter cache's key). free() by the caller.
 */
char *oci_seccomp_write_rules(const struct oci_seccomp *seccomp);
/* True if a call may be handed to an agent: SCMP_ACT_NOTIFY of a rule or by default. */
bool oci_seccomp_notifies(const struct oci_seccomp *seccomp);

/* The default document of `spec`, rootless or not, as text. free() by the caller. */
char *oci_spec_default(bool rootless, uint32_t euid, uint32_t egid);

#endif
