/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one printer of plans: a table of fields for each structure of plan.h, walked once for either
 * form. What is not there (NULL, an empty list, a flag that is not set) is not printed. Words come
 * from the tables of oci/names.h. The parent runs it; `plan`, --debug and the golden tests show
 * what it says.
 */
#include "plan/plan.h"

#include <stdio.h>
#include <string.h>

#include "oci/names.h"
#include "plan/print_sink.h"
#include "plan/print_words.h"

enum field_kind {
	FIELD_STRING, /* const char * */
	FIELD_BOOL,
	FIELD_FLAG,	/* bool, printed only when true */
	FIELD_UNSIGNED, /* 2, 4 or 8 bytes */
	FIELD_OCTAL,
	FIELD_STRINGS, /* const char *const *, with a count */
	FIELD_OBJECT,  /* a structure inside this one */
	FIELD_POINTER, /* a structure that this one points to */
	FIELD_ITEMS,   /* an array of structures, with a count */
	FIELD_WORD,    /* text made by a function */
	FIELD_WORDS,   /* a list made by a function */
};

struct table;
struct field {
	const char *key;
	enum field_kind kind;
	size_t offset, size, count_offset;
	const struct table *table;
	print_word_fn *word;
	print_words_fn *words;
};
struct table {
	const struct field *fields;
	size_t n, item_size;
	/* Whether an object of this kind is worth printing; NULL: always. */
	bool (*wanted)(const void *object);
};

/* clang-format off: a row per kind */
#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define STRING(key, type, member)                                        \
	{                                                                \
		key, FIELD_STRING, AT(type, member), 0, NULL, NULL, NULL \
	}
#define BOOL(key, type, member)                                        \
	{                                                              \
		key, FIELD_BOOL, AT(type, member), 0, NULL, NULL, NULL \
	}
#define FLAG(key, type, member)                                        \
	{                                                              \
		key, FIELD_FLAG, AT(type, member), 0, NULL, NULL, NULL \
	}
#define UNSIGNED(key, type, member)                                        \
	{                                                                  \
		key, FIELD_UNSIGNED, AT(type, member), 0, NULL, NULL, NULL \
	}
#define OCTAL(key, type, member)                                        \
	{                                                               \
		key, FIELD_OCTAL, AT(type, member), 0, NULL, NULL, NULL \
	}
#define STRINGS(key, type, member, count)                                                       \
	{                                                                                       \
		key, FIELD_STRINGS, AT(type, member), offsetof(struct type, count), NULL, NULL, \
			NULL                                                                    \
	}
#define OBJECT(key, type, member, sub)                                     \
	{                                                                  \
		key, FIELD_OBJECT, AT(type, member), 0, &(sub), NULL, NULL \
	}
#define POINTER(key, type, member, sub)                                     \
	{                                                                   \
		key, FIELD_POINTER, AT(type, member), 0, &(sub), NULL, NULL \
	}
#define ITEMS(key, type, member, count, sub)                                                    \
	{                                                                                       \
		key, FIELD_ITEMS, AT(type, member), offsetof(struct type, count), &(sub), NULL, \
			NULL                                                                    \
	}
#define WORD(key, fn)                                    \
	{                                                \
		key, FIELD_WORD, 0, 0, 0, NULL, fn, NULL \
	}
#define WORDS(key, fn)                                    \
	{                                                 \
		key, FIELD_WORDS, 0, 0, 0, NULL, NULL, fn \
	}
#define TABLE(name, type, wanted_fn)                                                \
	static const struct table name = { name##_fields, ARRAY_LEN(name##_fields), \
					   sizeof(struct type), wanted_fn }
/* clang-format on */

/* ---- the tables ---- */

static const struct field mapping_fields[] = {
	UNSIGNED("containerID", oci_id_mapping, container_id),
	UNSIGNED("hostID", oci_id_mapping, host_id),
	UNSIGNED("size", oci_id_mapping, size),
};
TABLE(mapping, oci_id_mapping, NULL);

static const struct field join_fields[] = {
	WORD("type", print_join_type),
	STRING("path", plan_join, path),
};
TABLE(join, plan_join, NULL);

static const struct field namespaces_fields[] = {
	WORDS("create", print_namespaces_create),
	/* A fixed array inside the structure: size 0 says so. */
	{ "join", FIELD_ITEMS, offsetof(struct plan_namespaces, joins), 0,
	  offsetof(struct plan_namespaces, joins_n), &join, NULL, NULL },
	ITEMS("uidMappings", plan_namespaces, uid_map, uid_map_n, mapping),
	ITEMS("gidMappings", plan_namespaces, gid_map, gid_map_n, mapping),
};
TABLE(namespaces, plan_namespaces, NULL);

static const struct field mount_fields[] = {
	STRING("destination", plan_mount, dest),
	WORD("kind", print_mount_kind),
	STRING("type", plan_mount, type),
	STRING("source", plan_mount, source),
	FLAG("recursive", plan_mount, recursive),
	WORDS("set", print_mount_set),
	WORDS("clear", print_mount_clear),
	WORDS("recursiveSet", print_mount_rec_set),
	WORDS("recursiveClear", print_mount_rec_clear),
	FLAG("readonly", plan_mount, readonly),
	FLAG("readonlyLate", plan_mount, readonly_late),
	WORDS("superblockSet", print_mount_super_set),
	WORDS("superblockClear", print_mount_super_clear),
	WORDS("propagation", print_mount_propagation),
	WORDS("parameters", print_mount_params),
	FLAG("tmpcopyup", plan_mount, tmpcopyup),
};
TABLE(mount, plan_mount, NULL);

static const struct field device_fields[] = {
	STRING("path", plan_device, path),	  WORD("type", print_device_type),
	WORD("number", print_device_number),	  WORD("mode", print_device_mode),
	UNSIGNED("uid", plan_device, uid),	  UNSIGNED("gid", plan_device, gid),
	FLAG("default", plan_device, is_default),
};
TABLE(device, plan_device, NULL);

static const struct field rootfs_fields[] = {
	STRING("path", plan_rootfs, path),
	BOOL("readonly", plan_rootfs, readonly),
	WORD("propagation", print_rootfs_propagation),
	WORD("hostPropagation", print_host_propagation),
	BOOL("mountNamespace", plan_rootfs, has_mount_ns),
	FLAG("noPivot", plan_rootfs, no_pivot),
	BOOL("setUpDev", plan_rootfs, set_up_dev),
	FLAG("console", plan_rootfs, console),
	STRING("mountLabel", plan_rootfs, mount_label),
	ITEMS("mounts", plan_rootfs, mounts, mounts_n, mount),
	ITEMS("devices", plan_rootfs, devices, devices_n, device),
	STRINGS("maskedPaths", plan_rootfs, masked, masked_n),
	STRINGS("readonlyPaths", plan_rootfs, readonly_paths, readonly_paths_n),
};
TABLE(rootfs, plan_rootfs, NULL);

static const struct field cgroup_dir_fields[] = {
	WORD("version", print_cgroup_dir_version),
	STRING("controllers", plan_cgroup_dir, controllers),
	STRING("mountPoint", plan_cgroup_dir, mount_point),
	STRING("path", plan_cgroup_dir, rel),
	STRING("enable", plan_cgroup_dir, enable),
};
TABLE(cgroup_dir, plan_cgroup_dir, NULL);

static const struct field cgroup_write_fields[] = {
	UNSIGNED("directory", plan_cgroup_write, dir),
	STRING("file", plan_cgroup_write, file),
	STRING("value", plan_cgroup_write, value),
	STRING("place", plan_cgroup_write, place),
	FLAG("mayBeAbsent", plan_cgroup_write, may_be_absent),
	STRING("refusedBelow", plan_cgroup_write, usage_file),
};
TABLE(cgroup_write, plan_cgroup_write, NULL);

static const struct field cgroup_fields[] = {
	FLAG("disabled", plan_cgroup, disabled),
	WORD("mode", print_cgroup_mode),
	STRING("path", plan_cgroup, path),
	ITEMS("directories", plan_cgroup, dirs, dirs_n, cgroup_dir),
	WORD("v2Directory", print_cgroup_v2_dir),
	WORD("devicesDirectory", print_cgroup_devices_dir),
	WORD("freezerDirectory", print_cgroup_freezer_dir),
	ITEMS("writes", plan_cgroup, writes, writes_n, cgroup_write),
	WORDS("deviceRules", print_cgroup_device_rules),
	FLAG("devicesByBpf", plan_cgroup, devices_by_bpf),
	FLAG("bestEffort", plan_cgroup, best_effort),
	FLAG("namespaced", plan_cgroup, namespaced),
	WORD("delegateTo", print_cgroup_delegate),
};
TABLE(cgroup, plan_cgroup, NULL);

static bool caps_wanted(const void *object)
{
	return ((const struct plan_caps *)object)->set;
}

static const struct field caps_fields[] = {
	WORDS("bounding", print_caps_bounding),	  WORDS("effective", print_caps_effective),
	WORDS("permitted", print_caps_permitted), WORDS("inheritable", print_caps_inheritable),
	WORDS("ambient", print_caps_ambient),
};
TABLE(caps, plan_caps, caps_wanted);

static const struct field rlimit_fields[] = {
	WORD("type", print_rlimit_type),
	WORD("soft", print_rlimit_soft),
	WORD("hard", print_rlimit_hard),
};
TABLE(rlimit, plan_rlimit, NULL);

static bool process_wanted(const void *object)
{
	return ((const struct plan_process *)object)->present;
}

static const struct field process_fields[] = {
	WORDS("args", print_args),
	WORDS("env", print_env_names),
	WORD("home", print_home),
	STRING("searchPath", plan_process, path),
	STRING("cwd", plan_process, cwd),
	FLAG("terminal", plan_process, terminal),
	UNSIGNED("rows", plan_process, rows),
	UNSIGNED("columns", plan_process, columns),
	UNSIGNED("uid", plan_process, uid),
	UNSIGNED("gid", plan_process, gid),
	WORDS("groups", print_groups),
	BOOL("setGroups", plan_process, set_groups),
	OCTAL("umask", plan_process, umask),
	OBJECT("capabilities", plan_process, caps, caps),
	BOOL("noNewPrivileges", plan_process, no_new_privs),
	ITEMS("rlimits", plan_process, rlimits, rlimits_n, rlimit),
	WORD("oomScoreAdj", print_oom_score),
	FLAG("oomBestEffort", plan_process, oom_best_effort),
	STRING("apparmorProfile", plan_process, apparmor_profile),
	STRING("selinuxLabel", plan_process, selinux_label),
	WORD("personality", print_personality),
	BOOL("newKeyring", plan_process, new_keyring),
	UNSIGNED("passFds", plan_process, pass_fds),
};
TABLE(process, plan_process, process_wanted);

static const struct field sysctl_fields[] = {
	STRING("path", plan_sysctl, path_rel),
	STRING("value", plan_sysctl, value),
};
TABLE(sysctl, plan_sysctl, NULL);

static const struct field seccomp_fields[] = {
	WORD("defaultAction", print_seccomp_default), WORD("defaultErrno", print_seccomp_errno),
	WORDS("architectures", print_seccomp_archs),  WORDS("flags", print_seccomp_flags),
	WORD("rules", print_seccomp_rules),
};
TABLE(seccomp, oci_seccomp, NULL);

static const struct field landlock_path_fields[] = {
	STRING("path", plan_landlock_path, path),
	WORDS("rights", print_landlock_path_rights),
	FLAG("mayBeMissing", plan_landlock_path, may_be_missing),
	FLAG("warnMissing", plan_landlock_path, warn_missing),
	STRING("origin", plan_landlock_path, origin),
};
TABLE(landlock_path, plan_landlock_path, NULL);

static const struct field landlock_port_fields[] = {
	UNSIGNED("port", plan_landlock_port, port),
	WORDS("rights", print_landlock_port_rights),
	STRING("origin", plan_landlock_port, origin),
};
TABLE(landlock_port, plan_landlock_port, NULL);

static bool landlock_wanted(const void *object)
{
	return ((const struct plan_landlock *)object)->asked;
}

static const struct field landlock_fields[] = {
	STRING("source", plan_landlock, source),
	WORD("status", print_landlock_status),
	WORD("enforcement", print_landlock_enforcement),
	UNSIGNED("minimumAbi", plan_landlock, minimum_abi),
	UNSIGNED("abi", plan_landlock, abi),
	STRINGS("dropped", plan_landlock, dropped, dropped_n),
	WORDS("handledFs", print_landlock_fs),
	WORDS("handledNet", print_landlock_net),
	WORDS("scoped", print_landlock_scoped),
	UNSIGNED("restrictFlags", plan_landlock, restrict_flags),
	ITEMS("paths", plan_landlock, paths, paths_n, landlock_path),
	ITEMS("ports", plan_landlock, ports, ports_n, landlock_port),
};
TABLE(landlock, plan_landlock, landlock_wanted);

static const struct field plan_fields[] = {
	STRING("id", plan, id),
	STRING("bundle", plan, bundle),
	OBJECT("namespaces", plan, ns, namespaces),
	OBJECT("rootfs", plan, rootfs, rootfs),
	OBJECT("cgroup", plan, cgroup, cgroup),
	OBJECT("process", plan, process, process),
	STRING("hostname", plan, hostname),
	STRING("domainname", plan, domainname),
	ITEMS("sysctls", plan, sysctls, sysctls_n, sysctl),
	POINTER("seccomp", plan, seccomp, seccomp),
	OBJECT("landlock", plan, landlock, landlock),
	WORDS("hooks", print_hooks),
};
TABLE(plan, plan, NULL);

/* ---- the walk ---- */

struct walk {
	struct arena *arena;
	struct print_sink *sink;
};

static void print_table(const struct walk *walk, const struct table *table, const char *key,
			const void *object);

static uint64_t read_unsigned(const void *at, size_t size)
{
	uint64_t wide = 0;
	uint32_t word = 0;
	uint16_t half = 0;

	switch (size) {
	case sizeof(wide):
		memcpy(&wide, at, sizeof(wide));
		return wide;
	case sizeof(word):
		memcpy(&word, at, sizeof(word));
		return word;
	default:
		memcpy(&half, at, sizeof(half));
		return half;
	}
}

static void print_items(const struct walk *walk, const struct field *field, const char *items,
			size_t n)
{
	if (!n)
		return;
	print_open(walk->sink, field->key, true);
	for (size_t i = 0; i < n; i++)
		print_table(walk, field->table, NULL, items + i * field->table->item_size);
	print_close(walk->sink, true);
}

static void print_words_list(const struct walk *walk, const struct field *field, const void *object)
{
	struct print_words words = { .arena = walk->arena };

	field->words(object, &words);
	if (words.n)
		print_list(walk->sink, field->key, words.items, words.n);
}

static void print_number(const struct walk *walk, const struct field *field, const void *at)
{
	uint64_t value = read_unsigned(at, field->size);
	char text[32];

	if (field->kind == FIELD_OCTAL)
		snprintf(text, sizeof(text), "0%03llo", (unsigned long long)value);
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	/* JSON has no octal numbers. */
	print_scalar(walk->sink, field->key, text, field->kind == FIELD_OCTAL);
}

static void print_field(const struct walk *walk, const struct field *field, const void *object)
{
	const char *at = (const char *)object + field->offset;
	const void *pointer = NULL;
	size_t count = 0;

	if (field->count_offset)
		memcpy(&count, (const char *)object + field->count_offset, sizeof(count));
	if (field->size == sizeof(pointer))
		memcpy(&pointer, at, sizeof(pointer));

	switch (field->kind) {
	case FIELD_STRING:
		if (pointer)
			print_scalar(walk->sink, field->key, pointer, true);
		return;
	case FIELD_BOOL:
		print_scalar(walk->sink, field->key, *at ? "true" : "false", false);
		return;
	case FIELD_FLAG:
		if (*at)
			print_scalar(walk->sink, field->key, "true", false);
		return;
	case FIELD_UNSIGNED:
	case FIELD_OCTAL:
		print_number(walk, field, at);
		return;
	case FIELD_STRINGS:
		if (count)
			print_list(walk->sink, field->key, pointer, count);
		return;
	case FIELD_OBJECT:
		print_table(walk, field->table, field->key, at);
		return;
	case FIELD_POINTER:
		if (pointer)
			print_table(walk, field->table, field->key, pointer);
		return;
	case FIELD_ITEMS:
		/* size 0: the items are inside the structure. */
		print_items(walk, field, field->size ? pointer : at, count);
		return;
	case FIELD_WORD: {
		const char *word = field->word(walk->arena, object);

		if (word)
			print_scalar(walk->sink, field->key, word, true);
		return;
	}
	case FIELD_WORDS:
		print_words_list(walk, field, object);
		return;
	}
}

static void print_table(const struct walk *walk, const struct table *table, const char *key,
			const void *object)
{
	if (table->wanted && !table->wanted(object))
		return;
	print_open(walk->sink, key, false);
	for (size_t i = 0; i < table->n; i++)
		print_field(walk, &table->fields[i], object);
	print_close(walk->sink, false);
}

static char *print_plan(const struct plan *object, bool json)
{
	drop_arena struct arena arena = { 0 };
	struct print_sink sink = { .json = json, .first = true };
	struct walk walk = { .arena = &arena, .sink = &sink };

	print_table(&walk, &plan, NULL, object);
	return strbuf_take(&sink.out);
}

char *plan_print_text(const struct plan *object)
{
	return print_plan(object, false);
}

char *plan_print_json(const struct plan *object)
{
	return print_plan(object, true);
}
