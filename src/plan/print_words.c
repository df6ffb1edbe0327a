/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a plan as the words of the documents, through the same tables that the reader uses. A
 * bit that no table names is printed as a number, so that nothing is ever left out. The parent runs
 * it.
 */
#include "plan/print_words.h"

#include <inttypes.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "plan/plan.h"

void print_words_add(struct print_words *out, const char *word)
{
	out->items = arena_grow(out->arena, out->items, out->n, out->n + 1, sizeof(*out->items));
	out->items[out->n++] = word;
}

static const char *number_word(struct arena *arena, uint64_t value)
{
	return arena_asprintf(arena, "%" PRIu64, value);
}

void print_words_add_bits(struct print_words *out, const struct oci_names *names, uint64_t mask)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t value = 1ULL << bit;
		const char *name = mask & value ? oci_names_of(names, value) : NULL;

		if (name)
			print_words_add(out, name);
		else if (mask & value)
			print_words_add(out, arena_asprintf(out->arena, "0x%" PRIx64, value));
	}
}

static const char *named(struct arena *arena, const struct oci_names *names, uint64_t value)
{
	const char *name = oci_names_of(names, value);

	return name ? name : number_word(arena, value);
}

/* ---- namespaces ---- */

const char *print_join_type(struct arena *arena, const void *object)
{
	const struct plan_join *join = object;

	return named(arena, &oci_namespace_types, (uint64_t)join->type);
}

void print_namespaces_create(const void *object, struct print_words *out)
{
	const struct plan_namespaces *ns = object;

	print_words_add_bits(out, &oci_namespace_types, ns->create);
}

void print_namespaces_enter(const void *object, struct print_words *out)
{
	const struct plan_namespaces *ns = object;

	print_words_add_bits(out, &oci_namespace_types, ns->enter);
}

static const char *writer_word(enum plan_map_writer writer, const char *helper)
{
	switch (writer) {
	case MAP_NONE:
		return NULL;
	case MAP_BY_RUNTIME:
		return "runtime";
	case MAP_OF_OWN_ID:
		return "runtime, own id only";
	case MAP_BY_HELPER:
		return helper;
	}
	return NULL;
}

const char *print_uid_map_writer(struct arena *arena UNUSED, const void *object)
{
	const struct plan_namespaces *ns = object;

	return writer_word(ns->uid_writer, "newuidmap");
}

const char *print_gid_map_writer(struct arena *arena UNUSED, const void *object)
{
	const struct plan_namespaces *ns = object;

	return writer_word(ns->gid_writer, "newgidmap");
}

/* ---- mounts ---- */

const char *print_mount_kind(struct arena *arena UNUSED, const void *object)
{
	const struct plan_mount *mount = object;

	switch (mount->kind) {
	case PLAN_MOUNT_BIND:
		return "bind";
	case PLAN_MOUNT_FS:
		return "file system";
	case PLAN_MOUNT_REMOUNT:
		return "remount";
	case PLAN_MOUNT_CGROUP:
		return "cgroup";
	}
	return NULL;
}

/* The rows of the option table that make up `mask`; what none of them does is a number. */
static void add_options(struct print_words *out, uint64_t mask, enum oci_mount_option_kind kind)
{
	for (size_t i = 0; mask && i < oci_mount_options_n; i++) {
		const struct oci_mount_option *row = &oci_mount_options[i];

		if (row->kind != kind || !row->value || (mask & row->value) != row->value)
			continue;
		print_words_add(out, row->name);
		mask &= ~row->value;
	}
	if (mask)
		print_words_add(out, arena_asprintf(out->arena, "0x%" PRIx64, mask));
}

/* `clear` with all atime bits means that `set` holds a new value of theirs, 0 being relatime. */
static void add_attr(struct print_words *out, uint64_t set, uint64_t clear,
		     enum oci_mount_option_kind set_kind, enum oci_mount_option_kind atime_kind)
{
	uint64_t atime = set & MOUNT_ATTR__ATIME;

	add_options(out, set & ~(uint64_t)MOUNT_ATTR__ATIME, set_kind);
	if ((clear & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
		return;
	/* Several words mean 0; the last of the table is the kernel's own: (r)relatime. */
	for (size_t i = oci_mount_options_n; i-- > 0;) {
		const struct oci_mount_option *row = &oci_mount_options[i];

		if (row->kind == atime_kind && row->value == atime) {
			print_words_add(out, row->name);
			return;
		}
	}
	print_words_add(out, arena_asprintf(out->arena, "0x%" PRIx64, atime));
}

void print_mount_set(const void *object, struct print_words *out)
{
	const struct plan_mount *mount = object;

	add_attr(out, mount->attr_set, mount->attr_clear, MOUNT_OPT_ATTR_SET, MOUNT_OPT_ATIME);
}

void print_mount_clear(const void *object, struct print_words *out)
{
	const struct plan_mount *mount = object;

	add_options(out, mount->attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME, MOUNT_OPT_ATTR_CLEAR);
}

void print_mount_rec_set(const void *object, struct print_words *out)
{
	const struct plan_mount *mount = object;

	add_attr(out, mount->rec_attr_set, mount->rec_attr_clear, MOUNT_OPT_REC_ATTR_SET,
		 MOUNT_OPT_REC_ATIME);
}

void print_mount_rec_clear(const void *object, struct print_words *out)
{
	const struct plan_mount *mount = object;

	add_options(out, mount->rec_attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME,
		    MOUNT_OPT_REC_ATTR_CLEAR);
}

void print_mount_super_set(const void *object, struct print_words *out)
{
	add_options(out, ((const struct plan_mount *)object)->super_set, MOUNT_OPT_SUPER_SET);
}

void print_mount_super_clear(const void *object, struct print_words *out)
{
	add_options(out, ((const struct plan_mount *)object)->super_clear, MOUNT_OPT_SUPER_CLEAR);
}

static const char *propagation_word(struct arena *arena, unsigned long value)
{
	for (size_t i = 0; i < oci_mount_options_n; i++) {
		const struct oci_mount_option *row = &oci_mount_options[i];

		if (row->kind == MOUNT_OPT_PROPAGATION && row->value == value)
			return row->name;
	}
	return arena_asprintf(arena, "0x%lx", value);
}

/* Private is what every tree is that nobody asks for. */
const char *print_mount_tree(struct arena *arena, const void *object)
{
	const struct plan_mount *mount = object;

	return mount->tree & (MS_SLAVE | MS_SHARED) ? propagation_word(arena, mount->tree) : NULL;
}

void print_mount_propagation(const void *object, struct print_words *out)
{
	const struct plan_mount *mount = object;

	for (size_t i = 0; i < ARRAY_LEN(mount->propagation) && mount->propagation[i]; i++)
		print_words_add(out, propagation_word(out->arena, mount->propagation[i]));
}

void print_mount_params(const void *object, struct print_words *out)
{
	const struct plan_mount *mount = object;

	for (size_t i = 0; i < mount->params_n; i++) {
		const struct plan_fs_param *param = &mount->params[i];

		print_words_add(out, param->value ? arena_asprintf(out->arena, "%s=%s", param->key,
								   param->value)
						  : param->key);
	}
}

const char *print_rootfs_propagation(struct arena *arena, const void *object)
{
	const struct plan_rootfs *rootfs = object;

	return rootfs->propagation ? propagation_word(arena, rootfs->propagation) : NULL;
}

const char *print_host_propagation(struct arena *arena, const void *object)
{
	const struct plan_rootfs *rootfs = object;

	return rootfs->host_propagation ? propagation_word(arena, rootfs->host_propagation) : NULL;
}

/* ---- devices ---- */

const char *print_device_type(struct arena *arena UNUSED, const void *object)
{
	mode_t mode = ((const struct plan_device *)object)->mode;

	if (S_ISBLK(mode))
		return "b";
	return S_ISFIFO(mode) ? "p" : "c";
}

const char *print_device_number(struct arena *arena, const void *object)
{
	const struct plan_device *device = object;

	if (S_ISFIFO(device->mode))
		return NULL;
	return arena_asprintf(arena, "%u:%u", major(device->dev), minor(device->dev));
}

const char *print_device_mode(struct arena *arena, const void *object)
{
	const struct plan_device *device = object;

	return arena_asprintf(arena, "0%03o", (unsigned int)device->mode & 07777);
}

/* ---- cgroup ---- */

const char *print_cgroup_dir_version(struct arena *arena UNUSED, const void *object)
{
	return ((const struct plan_cgroup_dir *)object)->v2 ? "v2" : "v1";
}

const char *print_cgroup_mode(struct arena *arena UNUSED, const void *object)
{
	switch (((const struct plan_cgroup *)object)->mode) {
	case CGROUP_V2:
		return "v2";
	case CGROUP_HYBRID:
		return "hybrid";
	case CGROUP_V1:
		return "v1";
	case CGROUP_NONE:
		return "none";
	}
	return NULL; /* not looked at: the manager is disabled */
}

static const char *dir_word(struct arena *arena, const struct plan_cgroup *cgroup, long index)
{
	if (index < 0 || (size_t)index >= cgroup->dirs_n)
		return NULL;
	return arena_asprintf(arena, "%s/%s", cgroup->dirs[index].mount_point,
			      cgroup->dirs[index].rel);
}

const char *print_cgroup_v2_dir(struct arena *arena, const void *object)
{
	const struct plan_cgroup *cgroup = object;

	return dir_word(arena, cgroup, cgroup->v2_dir);
}

const char *print_cgroup_devices_dir(struct arena *arena, const void *object)
{
	const struct plan_cgroup *cgroup = object;

	return dir_word(arena, cgroup, cgroup->devices_dir);
}

const char *print_cgroup_freezer_dir(struct arena *arena, const void *object)
{
	const struct plan_cgroup *cgroup = object;

	return dir_word(arena, cgroup, cgroup->freezer_dir);
}

static const char *device_number(struct arena *arena, int64_t number)
{
	return number < 0 ? "*" : arena_asprintf(arena, "%" PRId64, number);
}

/* "allow c 1:3 rwm", as devices.allow takes it behind the first word. */
void print_cgroup_device_rules(const void *object, struct print_words *out)
{
	const struct plan_cgroup *cgroup = object;

	for (size_t i = 0; i < cgroup->device_rules_n; i++) {
		const struct plan_device_rule *rule = &cgroup->device_rules[i];

		print_words_add(out, arena_asprintf(out->arena, "%s %c %s:%s %s%s%s",
						    rule->allow ? "allow" : "deny", rule->type,
						    device_number(out->arena, rule->major),
						    device_number(out->arena, rule->minor),
						    rule->access & 1 ? "r" : "",
						    rule->access & 2 ? "w" : "",
						    rule->access & 4 ? "m" : ""));
	}
}

/* "MemoryMax t 33554432": name, D-Bus type, values; arrays with their number of items in front. */
void print_unit_properties(const void *object, struct print_words *out)
{
	const struct plan_unit *unit = object;

	for (size_t i = 0; i < unit->properties_n; i++) {
		const struct plan_unit_property *property = &unit->properties[i];
		const char *word =
			arena_asprintf(out->arena, "%s %s", property->name, property->type);

		for (size_t v = 0; v < property->values_n; v++)
			word = arena_asprintf(out->arena, "%s %s", word, property->values[v]);
		if (property->since)
			word = arena_asprintf(out->arena, "%s (systemd %u)", word, property->since);
		print_words_add(out, word);
	}
}

const char *print_cgroup_delegate(struct arena *arena, const void *object)
{
	const struct plan_cgroup *cgroup = object;

	return cgroup->delegate ? number_word(arena, cgroup->delegate_uid) : NULL;
}
