/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a policy document, in tables. See landlock_document.h. Pure. */
#include "oci/landlock_document.h"

#define WORDS(name_, what_, ...)                                        \
	static const struct oci_name name_##_items[] = { __VA_ARGS__ }; \
	static const struct oci_names name_ = { what_, name_##_items, ARRAY_LEN(name_##_items) }
WORDS(bases, "base", { "none", BASE_NONE }, { "default", BASE_DEFAULT });
WORDS(enforcements, "enforcement", { "strict", ENFORCE_STRICT },
      { "best-effort", ENFORCE_BEST_EFFORT });
WORDS(missing_words, "missingPath", { "skip", LANDLOCK_MISSING_SKIP },
      { "error", LANDLOCK_MISSING_ERROR });
WORDS(mounts_words, "mounts", { "auto", MOUNTS_AUTO }, { "none", MOUNTS_NONE });

static const struct field variable_fields[] = {
	FIELD(FIELD_STRING, struct oci_landlock_variable, name, "name", .required = true),
	FIELD(FIELD_STRINGS, struct oci_landlock_variable, literal, "literal"),
};
static const struct object variable_object =
	OBJECT(struct oci_landlock_variable, "a variable", variable_fields, .strict = true);

static const struct field ruleset_fields[] = {
	FIELD(FIELD_NODE, struct ruleset, fs, "handledAccessFs"),
	FIELD(FIELD_NODE, struct ruleset, net, "handledAccessNet"),
	FIELD(FIELD_NODE, struct ruleset, scoped, "scoped"),
};
static const struct object ruleset_object =
	OBJECT(struct ruleset, "a ruleset", ruleset_fields, .strict = true);

static const struct field path_fields[] = {
	FIELD(FIELD_NODE, struct path_rule, access, "allowedAccess", .required = true),
	FIELD(FIELD_STRINGS, struct path_rule, parents, "parent", .required = true),
};
static const struct object path_object =
	OBJECT(struct path_rule, "a path rule", path_fields, .strict = true);

static const struct field port_fields[] = {
	FIELD(FIELD_NODE, struct port_rule, access, "allowedAccess", .required = true),
	FIELD(FIELD_NODE, struct port_rule, ports, "port", .required = true),
};
static const struct object port_object =
	OBJECT(struct port_rule, "a port rule", port_fields, .strict = true);

static const struct field log_fields[] = {
	FIELD(FIELD_OPT_BOOL, struct log_flags, same_exec, "sameExec"),
	FIELD(FIELD_OPT_BOOL, struct log_flags, new_exec, "newExec"),
	FIELD(FIELD_OPT_BOOL, struct log_flags, subdomains, "subdomains"),
};
static const struct object log_object =
	OBJECT(struct log_flags, "log flags", log_fields, .strict = true);

static const struct field settings_fields[] = {
	FIELD(FIELD_OPT_ENUM, struct settings, base, "base", .names = &bases),
	FIELD(FIELD_OPT_ENUM, struct settings, enforcement, "enforcement", .names = &enforcements),
	FIELD(FIELD_OPT_U32, struct settings, minimum_abi, "minimumAbi", .min = 1,
	      .max = INT32_MAX),
	FIELD(FIELD_OPT_ENUM, struct settings, missing_path, "missingPath",
	      .names = &missing_words),
	FIELD(FIELD_STRINGS, struct settings, expected_paths, "expectedPaths"),
	FIELD(FIELD_STRINGS, struct settings, required_paths, "requiredPaths"),
	FIELD(FIELD_OPT_ENUM, struct settings, mounts, "mounts", .names = &mounts_words),
	FIELD(FIELD_POINTER, struct settings, log, "log", .object = &log_object),
};
static const struct object settings_object =
	OBJECT(struct settings, "settings", settings_fields, .strict = true);

static const struct field document_fields[] = {
	FIELD(FIELD_OPT_U32, struct document, abi, "abi", .min = 1, .max = INT32_MAX),
	FIELD(FIELD_OBJECTS, struct document, variables, "variable", .object = &variable_object),
	FIELD(FIELD_OBJECTS, struct document, rulesets, "ruleset", .object = &ruleset_object),
	FIELD(FIELD_OBJECTS, struct document, paths, "pathBeneath", .object = &path_object),
	FIELD(FIELD_OBJECTS, struct document, ports, "netPort", .object = &port_object),
	FIELD(FIELD_POINTER, struct document, settings, "nucleus", .object = &settings_object),
};
static const struct object document_object =
	OBJECT(struct document, "a Landlock policy", document_fields, .strict = true);

bool landlock_document_parse(struct arena *arena, const char *text, size_t len, const char *place,
			     struct problems *problems, struct document *out)
{
	*out = (struct document){ 0 };
	return object_parse(arena, &document_object, text, len, place, problems, out);
}
