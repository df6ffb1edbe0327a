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

#include "oci/config_tables.h"
#include "oci/json_in.h"
#include "oci/json_out.h"
#include "oci/names.h"
#include "plan/print_sink.h"
#include "plan/print_words.h"

enum row_kind {
	SHOW_STRING, /* const char * */
	SHOW_BOOL,
	SHOW_FLAG,     /* bool, printed only when true */
	SHOW_UNSIGNED, /* 2, 4 or 8 bytes */
	SHOW_OCTAL,
	SHOW_STRINGS, /* const char *const *, with a count */
	SHOW_OBJECT,  /* a structure inside this one */
	SHOW_POINTER, /* a structure that this one points to */
	SHOW_ITEMS,   /* an array of structures, with a count */
	SHOW_WORD,    /* text made by a function */
	SHOW_WORDS,   /* a list made by a function */
	SHOW_CONFIG,  /* what the document says, where there is nothing to resolve: the key is a
			  place in the pointed-to object, its last name is what is printed */
};

struct table;
struct row {
	const char *key;
	enum row_kind kind;
	size_t offset, size, count_offset;
	const struct table *table;
	print_word_fn *word;
	print_words_fn *words;
	const struct object *object; /* of the pointer's target: SHOW_CONFIG */
};
struct table {
	const struct row *rows;
	size_t n, item_size;
	/* Whether an object of this kind is worth printing; NULL: always. */
	bool (*wanted)(const void *object);
};

#define AT(type, member) \
	.offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)
#define COUNT(type, count) .count_offset = offsetof(struct type, count)
#define ROW(key_, kind_, ...)                           \
	{                                               \
		.key = key_, .kind = kind_, __VA_ARGS__ \
	}
#define STRING(key, type, member) ROW(key, SHOW_STRING, AT(type, member))
#define BOOL(key, type, member) ROW(key, SHOW_BOOL, AT(type, member))
#define FLAG(key, type, member) ROW(key, SHOW_FLAG, AT(type, member))
#define UNSIGNED(key, type, member) ROW(key, SHOW_UNSIGNED, AT(type, member))
#define OCTAL(key, type, member) ROW(key, SHOW_OCTAL, AT(type, member))
#define STRINGS(key, type, member, count) \
	ROW(key, SHOW_STRINGS, AT(type, member), COUNT(type, count))
#define STRUCT(key, type, member, sub) ROW(key, SHOW_OBJECT, AT(type, member), .table = &(sub))
#define POINTER(key, type, member, sub) ROW(key, SHOW_POINTER, AT(type, member), .table = &(sub))
#define ITEMS(key, type, member, count, sub) \
	ROW(key, SHOW_ITEMS, AT(type, member), COUNT(type, count), .table = &(sub))
/* The items are inside the structure: size 0 says so. */
#define ARRAY(key, type, member, count, sub)                                              \
	ROW(key, SHOW_ITEMS, .offset = offsetof(struct type, member), COUNT(type, count), \
	    .table = &(sub))
#define WORD(key, fn) ROW(key, SHOW_WORD, .word = fn)
#define WORDS(key, fn) ROW(key, SHOW_WORDS, .words = fn)
#define CONFIG(place, type, member, object_) \
	ROW(place, SHOW_CONFIG, AT(type, member), .object = &(object_))
#define TABLE(name, type, wanted_fn)                                            \
	static const struct table name = { name##_rows, ARRAY_LEN(name##_rows), \
					   sizeof(struct type), wanted_fn }

/* ---- the tables ---- */

static const struct row mapping_rows[] = {
	UNSIGNED("containerID", oci_id_mapping, container_id),
	UNSIGNED("hostID", oci_id_mapping, host_id),
	UNSIGNED("size", oci_id_mapping, size),
};
TABLE(mapping, oci_id_mapping, NULL);

static const struct row join_rows[] = {
	WORD("type", print_join_type),
	STRING("path", plan_join, path),
};
TABLE(join, plan_join, NULL);

static const struct row time_offset_rows[] = {
	STRING("clock", plan_time_offset, clock),
	WORD("secs", print_time_offset_secs),
	UNSIGNED("nanosecs", plan_time_offset, nanosecs),
};
TABLE(time_offset, plan_time_offset, NULL);

static const struct row namespaces_rows[] = {
	WORDS("create", print_namespaces_create),
	WORDS("enter", print_namespaces_enter),
	ARRAY("join", plan_namespaces, joins, joins_n, join),
	ITEMS("uidMappings", plan_namespaces, uid_map, uid_map_n, mapping),
	ITEMS("gidMappings", plan_namespaces, gid_map, gid_map_n, mapping),
	ITEMS("timeOffsets", plan_namespaces, time_offsets, time_offsets_n, time_offset),
	WORD("uidMapWriter", print_uid_map_writer),
	WORD("gidMapWriter", print_gid_map_writer),
};
TABLE(namespaces, plan_namespaces, NULL);

static const struct row idmap_rows[] = {
	FLAG("ofTheJoinedNamespace", plan_idmap, joined),
	ITEMS("uidMappings", plan_idmap, uid_map, uid_map_n, mapping),
	ITEMS("gidMappings", plan_idmap, gid_map, gid_map_n, mapping),
};
TABLE(idmap, plan_idmap, NULL);

static const struct row mount_rows[] = {
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
	WORD("tree", print_mount_tree),
	WORDS("propagation", print_mount_propagation),
	WORDS("parameters", print_mount_params),
	FLAG("tmpcopyup", plan_mount, tmpcopyup),
	STRING("label", plan_mount, label),
	POINTER("idmap", plan_mount, idmap, idmap),
	FLAG("idmapRecursive", plan_mount, idmap_recursive),
};
TABLE(mount, plan_mount, NULL);

static const struct row device_rows[] = {
	STRING("path", plan_device, path),	  WORD("type", print_device_type),
	WORD("number", print_device_number),	  WORD("mode", print_device_mode),
	UNSIGNED("uid", plan_device, uid),	  UNSIGNED("gid", plan_device, gid),
	FLAG("default", plan_device, is_default),
};
TABLE(device, plan_device, NULL);

static const struct row rootfs_rows[] = {
	STRING("path", plan_rootfs, path),
	BOOL("readonly", plan_rootfs, readonly),
	WORD("propagation", print_rootfs_propagation),
	WORD("hostPropagation", print_host_propagation),
	BOOL("mountNamespace", plan_rootfs, has_mount_ns),
	FLAG("onHost", plan_rootfs, on_host),
	FLAG("noPivot", plan_rootfs, no_pivot),
	BOOL("setUpDev", plan_rootfs, set_up_dev),
	FLAG("console", plan_rootfs, console),
	STRING("mountLabel", plan_rootfs, mount_label),
	ITEMS("mounts", plan_rootfs, mounts, mounts_n, mount),
	ITEMS("devices", plan_rootfs, devices, devices_n, device),
	STRINGS("maskedPaths", plan_rootfs, masked, masked_n),
	STRINGS("readonlyPaths", plan_rootfs, readonly_paths, readonly_paths_n),
};

/* exec has none to make; likewise the group */
static bool rootfs_wanted(const void *object)
{
	return ((const struct plan_rootfs *)object)->path;
}
TABLE(rootfs, plan_rootfs, rootfs_wanted);

static const struct row cgroup_dir_rows[] = {
	WORD("version", print_cgroup_dir_version),
	STRING("controllers", plan_cgroup_dir, controllers),
	STRING("mountPoint", plan_cgroup_dir, mount_point),
	STRING("path", plan_cgroup_dir, rel),
	STRING("enable", plan_cgroup_dir, enable),
};
TABLE(cgroup_dir, plan_cgroup_dir, NULL);

static const struct row cgroup_write_rows[] = {
	UNSIGNED("directory", plan_cgroup_write, dir),
	STRING("file", plan_cgroup_write, file),
	STRING("value", plan_cgroup_write, value),
	STRING("otherFile", plan_cgroup_write, other_file),
	STRING("otherValue", plan_cgroup_write, other_value),
	STRING("place", plan_cgroup_write, place),
	FLAG("mayBeAbsent", plan_cgroup_write, may_be_absent),
	FLAG("tiedToPrevious", plan_cgroup_write, tied),
	FLAG("keepsFirstWord", plan_cgroup_write, keeps_first),
	STRING("refusedBelow", plan_cgroup_write, usage_file),
};
TABLE(cgroup_write, plan_cgroup_write, NULL);

static const struct row unit_rows[] = {
	STRING("name", plan_unit, name),      STRING("slice", plan_unit, slice),
	FLAG("isSlice", plan_unit, is_slice), FLAG("userManager", plan_unit, user),
	STRING("socket", plan_unit, socket),  WORDS("properties", print_unit_properties),
};
TABLE(unit, plan_unit, NULL);

static const struct row cgroup_rows[] = {
	FLAG("disabled", plan_cgroup, disabled),
	WORD("mode", print_cgroup_mode),
	STRING("path", plan_cgroup, path),
	POINTER("unit", plan_cgroup, unit, unit),
	ITEMS("directories", plan_cgroup, dirs, dirs_n, cgroup_dir),
	WORD("v2Directory", print_cgroup_v2_dir),
	WORD("devicesDirectory", print_cgroup_devices_dir),
	WORD("freezerDirectory", print_cgroup_freezer_dir),
	ITEMS("writes", plan_cgroup, writes, writes_n, cgroup_write),
	WORDS("deviceRules", print_cgroup_device_rules),
	FLAG("devicesByBpf", plan_cgroup, devices_by_bpf),
	FLAG("undelegated", plan_cgroup, undelegated),
	FLAG("namespaced", plan_cgroup, namespaced),
	WORD("delegateTo", print_cgroup_delegate),
};

static bool cgroup_wanted(const void *object)
{
	const struct plan_cgroup *cgroup_ = object;

	return cgroup_->mode || cgroup_->disabled;
}
TABLE(cgroup, plan_cgroup, cgroup_wanted);

static bool caps_wanted(const void *object)
{
	return ((const struct plan_caps *)object)->set;
}

static const struct row caps_rows[] = {
	WORDS("bounding", print_caps_bounding),	  WORDS("effective", print_caps_effective),
	WORDS("permitted", print_caps_permitted), WORDS("inheritable", print_caps_inheritable),
	WORDS("ambient", print_caps_ambient),	  WORDS("untilExec", print_caps_until_exec),
};
TABLE(caps, plan_caps, caps_wanted);

static const struct row rlimit_rows[] = {
	WORD("type", print_rlimit_type),
	WORD("soft", print_rlimit_soft),
	WORD("hard", print_rlimit_hard),
};
TABLE(rlimit, plan_rlimit, NULL);

static bool exec_cpus_wanted(const void *object)
{
	const struct plan_exec_cpus *cpus = object;

	return !bitset_is_empty(&cpus->initial) || !bitset_is_empty(&cpus->final);
}

static const struct row exec_cpus_rows[] = {
	WORD("initial", print_cpus_initial),
	WORD("final", print_cpus_final),
};
TABLE(exec_cpus, plan_exec_cpus, exec_cpus_wanted);

static bool process_wanted(const void *object)
{
	return ((const struct plan_process *)object)->present;
}

static const struct row process_rows[] = {
	WORDS("args", print_args),
	WORDS("env", print_env_names),
	WORD("home", print_home),
	STRING("searchPath", plan_process, path),
	STRING("cwd", plan_process, cwd),
	FLAG("cwdMustExist", plan_process, cwd_must_exist),
	FLAG("terminal", plan_process, terminal),
	UNSIGNED("rows", plan_process, rows),
	UNSIGNED("columns", plan_process, columns),
	UNSIGNED("uid", plan_process, uid),
	UNSIGNED("gid", plan_process, gid),
	WORDS("groups", print_groups),
	BOOL("setGroups", plan_process, set_groups),
	OCTAL("umask", plan_process, umask),
	STRUCT("capabilities", plan_process, caps, caps),
	BOOL("noNewPrivileges", plan_process, no_new_privs),
	ITEMS("rlimits", plan_process, rlimits, rlimits_n, rlimit),
	WORD("oomScoreAdj", print_oom_score),
	FLAG("oomBestEffort", plan_process, oom_best_effort),
	STRING("apparmorProfile", plan_process, apparmor_profile),
	STRING("selinuxLabel", plan_process, selinux_label),
	CONFIG("scheduler", plan_process, config, oci_process_object),
	CONFIG("ioPriority", plan_process, config, oci_process_object),
	FLAG("scheduledByRuntime", plan_process, scheduled_by_runtime),
	STRUCT("execCPUAffinity", plan_process, exec_cpus, exec_cpus),
	FLAG("allCpusOfGroup", plan_process, all_cpus_of_group),
	WORD("personality", print_personality),
	BOOL("newKeyring", plan_process, new_keyring),
	UNSIGNED("passFds", plan_process, pass_fds),
};
TABLE(process, plan_process, process_wanted);

static const struct row sysctl_rows[] = {
	STRING("path", plan_sysctl, path_rel),
	STRING("value", plan_sysctl, value),
};
TABLE(sysctl, plan_sysctl, NULL);

static bool memory_policy_wanted(const void *object)
{
	return ((const struct plan_memory_policy *)object)->set;
}

static const struct row memory_policy_rows[] = {
	WORD("mode", print_memory_mode),
	WORD("nodes", print_memory_nodes),
	WORDS("flags", print_memory_flags),
};
TABLE(memory_policy, plan_memory_policy, memory_policy_wanted);

static bool seccomp_wanted(const void *object)
{
	return ((const struct plan_seccomp *)object)->profile;
}

static const struct row seccomp_rows[] = {
	WORD("defaultAction", print_seccomp_default),
	WORDS("architectures", print_seccomp_archs),
	WORDS("flags", print_seccomp_flags),
	STRING("listenerPath", plan_seccomp, listener_path),
	STRING("listenerMetadata", plan_seccomp, listener_metadata),
	WORDS("rules", print_seccomp_rules),
};
TABLE(seccomp, plan_seccomp, seccomp_wanted);

static const struct row landlock_path_rows[] = {
	STRING("path", plan_landlock_path, path),
	WORDS("rights", print_landlock_path_rights),
	FLAG("mayBeMissing", plan_landlock_path, may_be_missing),
	FLAG("warnMissing", plan_landlock_path, warn_missing),
	STRING("origin", plan_landlock_path, origin),
};
TABLE(landlock_path, plan_landlock_path, NULL);

static const struct row landlock_port_rows[] = {
	UNSIGNED("port", plan_landlock_port, port),
	WORDS("rights", print_landlock_port_rights),
	STRING("origin", plan_landlock_port, origin),
};
TABLE(landlock_port, plan_landlock_port, NULL);

static bool landlock_wanted(const void *object)
{
	return ((const struct plan_landlock *)object)->asked;
}

static const struct row landlock_rows[] = {
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

static const struct row net_device_rows[] = {
	STRING("name", plan_net_device, name),
	STRING("newName", plan_net_device, new_name),
};
TABLE(net_device, plan_net_device, NULL);

static bool rdt_wanted(const void *object)
{
	return ((const struct plan_rdt *)object)->root;
}

static const struct row rdt_line_rows[] = {
	STRING("line", plan_rdt_line, text),
	STRING("place", plan_rdt_line, place),
};
TABLE(rdt_line, plan_rdt_line, NULL);

static const struct row rdt_rows[] = {
	STRING("root", plan_rdt, root),
	WORD("group", print_rdt_group),
	FLAG("removedWithContainer", plan_rdt, by_id),
	FLAG("madeIfMissing", plan_rdt, may_make),
	STRING("monitoringGroup", plan_rdt, monitor),
	ITEMS("schemata", plan_rdt, lines, lines_n, rdt_line),
};
TABLE(rdt, plan_rdt, rdt_wanted);

static const struct row hook_rows[] = {
	STRING("path", oci_hook, path),
	WORDS("args", print_hook_args),
	WORDS("env", print_hook_env),
	WORD("timeout", print_hook_timeout),
};
TABLE(hook, oci_hook, NULL);

static const struct row hooks_rows[] = {
	ITEMS("prestart", oci_hooks, prestart.items, prestart.n, hook),
	ITEMS("createRuntime", oci_hooks, create_runtime.items, create_runtime.n, hook),
	ITEMS("createContainer", oci_hooks, create_container.items, create_container.n, hook),
	ITEMS("startContainer", oci_hooks, start_container.items, start_container.n, hook),
	ITEMS("poststart", oci_hooks, poststart.items, poststart.n, hook),
	ITEMS("poststop", oci_hooks, poststop.items, poststop.n, hook),
};
TABLE(hooks, oci_hooks, NULL);

static const struct row plan_rows[] = {
	STRING("id", plan, id),
	STRING("bundle", plan, bundle),
	STRUCT("namespaces", plan, ns, namespaces),
	STRUCT("rootfs", plan, rootfs, rootfs),
	STRUCT("cgroup", plan, cgroup, cgroup),
	STRUCT("process", plan, process, process),
	STRING("hostname", plan, hostname),
	STRING("domainname", plan, domainname),
	ITEMS("sysctls", plan, sysctls, sysctls_n, sysctl),
	STRUCT("memoryPolicy", plan, memory_policy, memory_policy),
	STRUCT("seccomp", plan, seccomp, seccomp),
	STRUCT("landlock", plan, landlock, landlock),
	ITEMS("netDevices", plan, net_devices, net_devices_n, net_device),
	STRUCT("intelRdt", plan, rdt, rdt),
	POINTER("hooks", plan, hooks, hooks),
	CONFIG("annotations", plan, config, oci_config_object),
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

static void print_items(const struct walk *walk, const struct row *row, const char *items, size_t n)
{
	if (!n)
		return;
	print_open(walk->sink, row->key, true);
	for (size_t i = 0; i < n; i++)
		print_table(walk, row->table, NULL, items + i * row->table->item_size);
	print_close(walk->sink, true);
}

static void print_words_list(const struct walk *walk, const struct row *row, const void *object)
{
	struct print_words words = { .arena = walk->arena };

	row->words(object, &words);
	if (words.n)
		print_list(walk->sink, row->key, words.items, words.n);
}

static void print_number(const struct walk *walk, const struct row *row, const void *at)
{
	uint64_t value = read_unsigned(at, row->size);
	char text[32];

	if (row->kind == SHOW_OCTAL)
		snprintf(text, sizeof(text), "0%03llo", (unsigned long long)value);
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	/* JSON has no octal numbers. */
	print_scalar(walk->sink, row->key, text, row->kind == SHOW_OCTAL);
}

/* ---- the document's own objects, by its own tables ---- */

static bool is_list_of_words(const struct json_node *node)
{
	const struct json_node *child = node->type == JSON_ARRAY ? node->first : NULL;

	while (child && (child->type == JSON_STRING || child->type == JSON_NUMBER))
		child = child->next;
	return node->type == JSON_ARRAY && !child;
}

static void print_node_list(const struct walk *walk, const char *key, const struct json_node *node)
{
	struct print_words words = { .arena = walk->arena };

	for (const struct json_node *child = node->first; child; child = child->next)
		print_words_add(&words, child->text);
	if (words.n)
		print_list(walk->sink, key, words.items, words.n);
}

static void print_node(const struct walk *walk, const char *key, const struct json_node *node)
{
	if (key && is_list_of_words(node)) {
		print_node_list(walk, key, node);
		return;
	}
	switch (node->type) {
	case JSON_NULL:
		return;
	case JSON_BOOL:
		print_scalar(walk->sink, key, node->boolean ? "true" : "false", false);
		return;
	case JSON_NUMBER:
	case JSON_STRING:
		print_scalar(walk->sink, key, node->text, node->type == JSON_STRING);
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		print_open(walk->sink, key, node->type == JSON_ARRAY);
		for (const struct json_node *child = node->first; child; child = child->next)
			print_node(walk, child->key, child);
		print_close(walk->sink, node->type == JSON_ARRAY);
		return;
	}
}

static void print_config(const struct walk *walk, const struct row *row, const void *in)
{
	drop_problems struct problems problems = { 0 };
	struct json_out *out = json_out_new(false);

	object_write(row->object, in, out);
	drop_mem char *text = json_out_take(out);
	const struct json_node *node = json_parse(walk->arena, text, strlen(text), &problems);
	char *rest = arena_strdup(walk->arena, row->key), *name = rest;
	while (node && (name = strsep(&rest, ".")) && node->type == JSON_OBJECT) {
		node = json_member(node, name);
		if (!rest && node)
			print_node(walk, name, node);
	}
}

static void print_row(const struct walk *walk, const struct row *row, const void *object)
{
	const char *at = (const char *)object + row->offset;
	const void *pointer = NULL;
	size_t count = 0;

	if (row->count_offset)
		memcpy(&count, (const char *)object + row->count_offset, sizeof(count));
	if (row->size == sizeof(pointer))
		memcpy(&pointer, at, sizeof(pointer));

	switch (row->kind) {
	case SHOW_STRING:
		if (pointer)
			print_scalar(walk->sink, row->key, pointer, true);
		return;
	case SHOW_BOOL:
		print_scalar(walk->sink, row->key, *at ? "true" : "false", false);
		return;
	case SHOW_FLAG:
		if (*at)
			print_scalar(walk->sink, row->key, "true", false);
		return;
	case SHOW_UNSIGNED:
	case SHOW_OCTAL:
		print_number(walk, row, at);
		return;
	case SHOW_STRINGS:
		if (count)
			print_list(walk->sink, row->key, pointer, count);
		return;
	case SHOW_OBJECT:
		print_table(walk, row->table, row->key, at);
		return;
	case SHOW_POINTER:
		if (pointer)
			print_table(walk, row->table, row->key, pointer);
		return;
	case SHOW_ITEMS:
		/* size 0: the items are inside the structure. */
		print_items(walk, row, row->size ? pointer : at, count);
		return;
	case SHOW_WORD: {
		const char *word = row->word(walk->arena, object);

		if (word)
			print_scalar(walk->sink, row->key, word, true);
		return;
	}
	case SHOW_WORDS:
		print_words_list(walk, row, object);
		return;
	case SHOW_CONFIG:
		if (pointer)
			print_config(walk, row, pointer);
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
		print_row(walk, &table->rows[i], object);
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
