/* SPDX-License-Identifier: Apache-2.0 */
/* A Landlock Config document as it is written, before it means anything: private to landlock.c. */
#ifndef OCI_LANDLOCK_DOCUMENT_H
#define OCI_LANDLOCK_DOCUMENT_H

#include "oci/config.h"
#include "oci/landlock.h"
#include "oci/object.h"

struct ruleset {
	const struct json_node *fs, *net, *scoped;
};
struct rulesets {
	struct ruleset *items;
	size_t n;
};
struct path_rule {
	const struct json_node *access;
	struct strv parents;
};
struct path_rules {
	struct path_rule *items;
	size_t n;
};
struct port_rule {
	const struct json_node *access, *ports;
};
struct port_rules {
	struct port_rule *items;
	size_t n;
};
struct log_flags {
	struct opt_bool same_exec, new_exec, subdomains;
};
struct settings {
	struct opt_enum base, enforcement, missing_path, mounts;
	struct opt_u32 minimum_abi;
	struct strv expected_paths, required_paths;
	struct log_flags *log;
};
struct document {
	struct opt_u32 abi;
	struct oci_landlock_variables variables;
	struct rulesets rulesets;
	struct path_rules paths;
	struct port_rules ports;
	struct settings *settings;
};

enum { BASE_NONE, BASE_DEFAULT };
enum { ENFORCE_STRICT, ENFORCE_BEST_EFFORT };
enum { MOUNTS_AUTO, MOUNTS_NONE };

/* False with problems: what can't be read, or has a member that is not known. */
bool landlock_document_parse(struct arena *arena, const char *text, size_t len, const char *place,
			     struct problems *problems, struct document *out);

#endif
