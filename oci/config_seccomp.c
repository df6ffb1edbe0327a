/* SPDX-License-Identifier: Apache-2.0 */
/* config.json's linux.seccomp (config-linux.md, "Seccomp"). Tables, and what they say. */
#include "oci/config_tables.h"

static const struct field arg_fields[] = {
	FIELD(FIELD_U32, struct oci_seccomp_arg, index, "index", .required = true, .max = 5),
	FIELD(FIELD_U64, struct oci_seccomp_arg, value, "value", .required = true),
	FIELD(FIELD_U64, struct oci_seccomp_arg, value_two, "valueTwo"),
	FIELD(FIELD_ENUM, struct oci_seccomp_arg, op, "op", .names = &oci_seccomp_ops,
	      .required = true),
};
static const struct object arg_object =
	OBJECT(struct oci_seccomp_arg, "a seccomp argument", arg_fields);

static const struct field rule_fields[] = {
	FIELD(FIELD_STRINGS, struct oci_seccomp_rule, names, "names", .required = true),
	FIELD(FIELD_ENUM, struct oci_seccomp_rule, action, "action", .names = &oci_seccomp_actions,
	      .required = true),
	FIELD(FIELD_OPT_U32, struct oci_seccomp_rule, errno_ret, "errnoRet"),
	FIELD(FIELD_OBJECTS, struct oci_seccomp_rule, args, "args", .object = &arg_object),
};
static const struct object rule_object =
	OBJECT(struct oci_seccomp_rule, "a seccomp rule", rule_fields);

static const struct field seccomp_fields[] = {
	FIELD(FIELD_OPT_ENUM, struct oci_seccomp, default_action, "defaultAction",
	      .names = &oci_seccomp_actions),
	FIELD(FIELD_OPT_U32, struct oci_seccomp, default_errno_ret, "defaultErrnoRet"),
	FIELD(FIELD_ENUMS, struct oci_seccomp, architectures, "architectures",
	      .names = &oci_seccomp_archs),
	FIELD(FIELD_ENUMS, struct oci_seccomp, flags, "flags", .names = &oci_seccomp_flags,
	      .set_offset = offsetof(struct oci_seccomp, flags_set)),
	FIELD(FIELD_STRING, struct oci_seccomp, listener_path, "listenerPath"),
	FIELD(FIELD_STRING, struct oci_seccomp, listener_metadata, "listenerMetadata"),
	FIELD(FIELD_OBJECTS, struct oci_seccomp, syscalls, "syscalls", .object = &rule_object),
};
const struct object oci_seccomp_object = OBJECT(struct oci_seccomp, "seccomp", seccomp_fields);

char *oci_seccomp_write_rules(const struct oci_seccomp *seccomp)
{
	struct json_out *out = json_out_new(false);
	struct oci_seccomp rules = *seccomp;

	rules.listener_path = NULL;
	rules.listener_metadata = NULL;
	rules.flags = (struct oci_ints){ 0 };
	rules.flags_set = false;
	object_write(&oci_seccomp_object, &rules, out);
	return json_out_take(out);
}

bool oci_seccomp_notifies(const struct oci_seccomp *seccomp)
{
	if (seccomp->default_action.set && seccomp->default_action.v == OCI_ACT_NOTIFY)
		return true;
	for (size_t i = 0; i < seccomp->syscalls.n; i++) {
		if (seccomp->syscalls.items[i].action == OCI_ACT_NOTIFY)
			return true;
	}
	return false;
}
