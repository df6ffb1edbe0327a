/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing config.json: the top level, root, mounts, hooks (config.md). The other
 * sections have files of their own. Touches no kernel. Parent only.
 */
#include "oci/config.h"

#include <string.h>

#include "oci/config_tables.h"

static const struct field id_mapping_fields[] = {
	FIELD(FIELD_U32, struct oci_id_mapping, container_id, "containerID", .required = true),
	FIELD(FIELD_U32, struct oci_id_mapping, host_id, "hostID", .required = true),
	FIELD(FIELD_U32, struct oci_id_mapping, size, "size", .required = true),
};
const struct object oci_id_mapping_object =
	OBJECT(struct oci_id_mapping, "an id mapping", id_mapping_fields);

static const struct field root_fields[] = {
	FIELD(FIELD_STRING, struct oci_root, path, "path", .required = true),
	FIELD(FIELD_BOOL, struct oci_root, readonly, "readonly"),
};
static const struct object root_object = OBJECT(struct oci_root, "root", root_fields);

static const struct field mount_fields[] = {
	FIELD(FIELD_STRING, struct oci_mount, destination, "destination", .required = true),
	FIELD(FIELD_STRING, struct oci_mount, type, "type"),
	FIELD(FIELD_STRING, struct oci_mount, source, "source"),
	FIELD(FIELD_STRINGS, struct oci_mount, options, "options"),
	FIELD(FIELD_OBJECTS, struct oci_mount, uid_mappings, "uidMappings",
	      .object = &oci_id_mapping_object),
	FIELD(FIELD_OBJECTS, struct oci_mount, gid_mappings, "gidMappings",
	      .object = &oci_id_mapping_object),
};
static const struct object mount_object = OBJECT(struct oci_mount, "a mount", mount_fields);

static const struct field hook_fields[] = {
	FIELD(FIELD_STRING, struct oci_hook, path, "path", .required = true),
	FIELD(FIELD_STRINGS, struct oci_hook, args, "args"),
	FIELD(FIELD_STRINGS, struct oci_hook, env, "env",
	      .set_offset = offsetof(struct oci_hook, env_set)),
	FIELD(FIELD_OPT_I64, struct oci_hook, timeout, "timeout"),
};
static const struct object hook_object = OBJECT(struct oci_hook, "a hook", hook_fields);

#define HOOKS(member, name) \
	FIELD(FIELD_OBJECTS, struct oci_hooks, member, name, .object = &hook_object)
static const struct field hooks_fields[] = {
	HOOKS(prestart, "prestart"),
	HOOKS(create_runtime, "createRuntime"),
	HOOKS(create_container, "createContainer"),
	HOOKS(start_container, "startContainer"),
	HOOKS(poststart, "poststart"),
	HOOKS(poststop, "poststop"),
};
static const struct object hooks_object = OBJECT(struct oci_hooks, "hooks", hooks_fields);

static const struct field config_fields[] = {
	FIELD(FIELD_STRING, struct oci_config, oci_version, "ociVersion", .required = true),
	FIELD(FIELD_POINTER, struct oci_config, process, "process", .object = &oci_process_object),
	FIELD(FIELD_POINTER, struct oci_config, root, "root", .object = &root_object),
	FIELD(FIELD_STRING, struct oci_config, hostname, "hostname"),
	FIELD(FIELD_STRING, struct oci_config, domainname, "domainname"),
	FIELD(FIELD_OBJECTS, struct oci_config, mounts, "mounts", .object = &mount_object),
	FIELD(FIELD_POINTER, struct oci_config, hooks, "hooks", .object = &hooks_object),
	FIELD(FIELD_MAP, struct oci_config, annotations, "annotations"),
	FIELD(FIELD_POINTER, struct oci_config, linux_, "linux", .object = &oci_linux_object),
};
const struct object oci_config_object = OBJECT(struct oci_config, "config.json", config_fields);

void oci_config_read(struct arena *arena, const char *text, size_t len, struct problems *problems,
		     struct oci_config **out)
{
	struct oci_config *config = arena_zalloc(arena, sizeof(*config));

	*out = NULL;
	if (!object_parse(arena, &oci_config_object, text, len, "", problems, config))
		return;
	if (!config->linux_)
		config->linux_ = arena_zalloc(arena, sizeof(*config->linux_));
	*out = config;
	oci_rules_check(arena, config, problems);
}

void oci_process_read(struct arena *arena, const char *text, size_t len, struct problems *problems,
		      struct oci_process **out)
{
	struct oci_process *process = arena_zalloc(arena, sizeof(*process));

	*out = NULL;
	if (object_parse(arena, &oci_process_object, text, len, "process", problems, process))
		*out = process;
}

const char *oci_config_annotation(const struct oci_config *config, const char *key)
{
	for (size_t i = 0; i < config->annotations.n; i++) {
		if (strcmp(config->annotations.items[i].key, key) == 0)
			return config->annotations.items[i].value;
	}
	return NULL;
}

char *oci_config_write(const struct oci_config *config)
{
	struct json_out *out = json_out_new(true);

	object_write(&oci_config_object, config, out);
	return json_out_take(out);
}
