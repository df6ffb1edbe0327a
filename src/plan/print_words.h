/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a plan that are printed as words: flags, masks, numbers with names. Each function takes
 * the structure that its table in print.c is of. Private to the room.
 */
#ifndef PLAN_PRINT_WORDS_H
#define PLAN_PRINT_WORDS_H

#include <stdint.h>

#include "base/mem.h"
#include "oci/names.h"

/* A list while it is made; items are arena memory or live longer. */
struct print_words {
	struct arena *arena;
	const char **items;
	size_t n;
};

void print_words_add(struct print_words *words, const char *word);
/* Each bit of `mask` by the name of its value; as a number where there is none. */
void print_words_add_bits(struct print_words *words, const struct oci_names *names, uint64_t mask);

/* NULL: not there. */
typedef const char *print_word_fn(struct arena *arena, const void *object);
typedef void print_words_fn(const void *object, struct print_words *out);

print_word_fn print_join_type;
print_word_fn print_uid_map_writer;
print_word_fn print_gid_map_writer;
print_word_fn print_mount_kind;
print_word_fn print_mount_tree;
print_word_fn print_device_type;
print_word_fn print_device_number;
print_word_fn print_device_mode;
print_word_fn print_rootfs_propagation;
print_word_fn print_host_propagation;
print_word_fn print_cgroup_dir_version;
print_word_fn print_cgroup_mode;
print_word_fn print_cgroup_v2_dir;
print_word_fn print_cgroup_devices_dir;
print_word_fn print_cgroup_freezer_dir;
print_word_fn print_cgroup_delegate;
print_word_fn print_rlimit_type;
print_word_fn print_rlimit_soft;
print_word_fn print_rlimit_hard;
print_word_fn print_home;
print_word_fn print_oom_score;
print_word_fn print_personality;
print_word_fn print_cpus_initial;
print_word_fn print_cpus_final;
print_word_fn print_memory_mode;
print_word_fn print_memory_nodes;
print_word_fn print_time_offset_secs;
print_word_fn print_seccomp_default;
print_word_fn print_landlock_status;
print_word_fn print_landlock_enforcement;
print_word_fn print_hook_timeout;
print_word_fn print_rdt_group;

print_words_fn print_namespaces_create, print_namespaces_enter;
print_words_fn print_mount_set;
print_words_fn print_mount_clear;
print_words_fn print_mount_rec_set;
print_words_fn print_mount_rec_clear;
print_words_fn print_mount_super_set;
print_words_fn print_mount_super_clear;
print_words_fn print_mount_propagation;
print_words_fn print_mount_params;
print_words_fn print_cgroup_device_rules;
print_words_fn print_unit_properties;
print_words_fn print_caps_bounding;
print_words_fn print_caps_effective;
print_words_fn print_caps_permitted;
print_words_fn print_caps_inheritable;
print_words_fn print_caps_ambient;
print_words_fn print_caps_until_exec;
print_words_fn print_args;
print_words_fn print_env_names;
print_words_fn print_groups;
print_words_fn print_memory_flags;
print_words_fn print_seccomp_archs;
print_words_fn print_seccomp_flags;
print_words_fn print_seccomp_rules;
print_words_fn print_landlock_path_rights;
print_words_fn print_landlock_port_rights;
print_words_fn print_landlock_fs;
print_words_fn print_landlock_net;
print_words_fn print_landlock_scoped;
print_words_fn print_hook_args;
print_words_fn print_hook_env;

#endif
