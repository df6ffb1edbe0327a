/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state document and the store's record, by the table engine. See state.h. Touches no kernel.
 * Parent and child (hooks inside the container get the document too).
 */
#include "oci/state.h"

#include "oci/object.h"

static const struct field landlock_fields[] = {
	FIELD(FIELD_STRING, struct oci_landlock_state, status, "status", .required = true),
	FIELD(FIELD_U32, struct oci_landlock_state, abi, "abi"),
	FIELD(FIELD_STRINGS, struct oci_landlock_state, dropped, "dropped"),
};
static const struct object landlock_object =
	OBJECT(struct oci_landlock_state, "the Landlock state", landlock_fields);

static const struct field nucleus_fields[] = {
	FIELD(FIELD_POINTER, struct oci_nucleus_state, landlock, "landlock",
	      .object = &landlock_object),
};
static const struct object nucleus_object =
	OBJECT(struct oci_nucleus_state, "the nucleus state", nucleus_fields);

/* In the order of runtime.md's example; what is ours comes last. */
#define STATE_FIELDS(type, at)                                                     \
	FIELD(FIELD_STRING, type, at oci_version, "ociVersion", .required = true), \
		FIELD(FIELD_STRING, type, at id, "id", .required = true),          \
		FIELD(FIELD_STRING, type, at status, "status"),                    \
		FIELD(FIELD_I64, type, at pid, "pid"),                             \
		FIELD(FIELD_STRING, type, at bundle, "bundle", .required = true),  \
		FIELD(FIELD_STRING, type, at rootfs, "rootfs"),                    \
		FIELD(FIELD_STRING, type, at created, "created"),                  \
		FIELD(FIELD_STRING, type, at owner, "owner"),                      \
		FIELD(FIELD_MAP, type, at annotations, "annotations"),             \
		FIELD(FIELD_POINTER, type, at nucleus, "nucleus", .object = &nucleus_object)

static const struct field state_fields[] = { STATE_FIELDS(struct oci_state, ) };
static const struct object state_object = OBJECT(struct oci_state, "the state", state_fields);

static const struct field process_state_fields[] = {
	FIELD(FIELD_STRING, struct oci_process_state, oci_version, "ociVersion", .required = true),
	FIELD(FIELD_STRINGS, struct oci_process_state, fds, "fds"),
	FIELD(FIELD_I64, struct oci_process_state, pid, "pid", .required = true),
	FIELD(FIELD_STRING, struct oci_process_state, metadata, "metadata"),
	FIELD(FIELD_POINTER, struct oci_process_state, state, "state", .object = &state_object,
	      .required = true),
};
static const struct object process_state_object =
	OBJECT(struct oci_process_state, "the container process state", process_state_fields);

static const struct field record_fields[] = {
	STATE_FIELDS(struct oci_record, state.),
	FIELD(FIELD_U32, struct oci_record, version, "recordVersion", .required = true, .min = 1,
	      .max = 1),
	FIELD(FIELD_U64, struct oci_record, init_start_time, "initStartTime"),
	FIELD(FIELD_STRINGS, struct oci_record, cgroup_dirs, "cgroupDirs"),
	FIELD(FIELD_STRING, struct oci_record, cgroup_mode, "cgroupMode"),
	FIELD(FIELD_STRING, struct oci_record, freezer_dir, "freezerDir"),
	FIELD(FIELD_BOOL, struct oci_record, freezer_v2, "freezerV2"),
	FIELD(FIELD_STRING, struct oci_record, systemd_unit, "systemdUnit"),
	FIELD(FIELD_STRING, struct oci_record, systemd_socket, "systemdSocket"),
	FIELD(FIELD_BOOL, struct oci_record, own_pid_namespace, "ownPidNamespace"),
	FIELD(FIELD_BOOL, struct oci_record, no_process, "noProcess"),
	FIELD(FIELD_BOOL, struct oci_record, no_new_keyring, "noNewKeyring"),
	FIELD(FIELD_U32, struct oci_record, uid, "uid"),
	FIELD(FIELD_STRING, struct oci_record, seccomp_listener_path, "seccompListenerPath"),
	FIELD(FIELD_STRING, struct oci_record, seccomp_listener_metadata,
	      "seccompListenerMetadata"),
};
static const struct object record_object = OBJECT(struct oci_record, "the record", record_fields);

char *oci_state_write(const struct oci_state *state, bool indent)
{
	struct json_out *out = json_out_new(indent);

	object_write(&state_object, state, out);
	return json_out_take(out);
}

char *oci_process_state_write(const struct oci_process_state *state)
{
	struct json_out *out = json_out_new(false);

	object_write(&process_state_object, state, out);
	return json_out_take(out);
}

char *oci_record_write(const struct oci_record *record)
{
	struct json_out *out = json_out_new(true);

	object_write(&record_object, record, out);
	return json_out_take(out);
}

void oci_record_read(struct arena *arena, const char *text, size_t len, struct problems *problems,
		     struct oci_record *out)
{
	*out = (struct oci_record){ 0 };
	(void)object_parse(arena, &record_object, text, len, "", problems, out);
}
