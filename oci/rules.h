/* SPDX-License-Identifier: Apache-2.0 */
/* The cross-field checks between their files; the entry is oci_rules_check in config_tables.h. */
#ifndef OCI_RULES_H
#define OCI_RULES_H

#include "oci/config_tables.h"

struct rules {
	struct arena *arena;
	const struct oci_config *config;
	struct problems *problems;
};

/* Reports a path that is not absolute; NULL is none. */
void oci_rules_absolute(const struct rules *r, const char *path, const char *place);
/* Reports the entries of a list that are not NAME=VALUE; the value is never quoted. */
void oci_rules_env(const struct rules *r, const struct strv *env, const char *place);
/* True if linux.namespaces lists the type (CLONE_NEW*), new or by path. */
bool oci_rules_has_namespace(const struct rules *r, int type);

/* Reports what no id map of a user namespace may be: rules_linux.c. */
void oci_rules_id_map(const struct rules *r, const struct oci_id_mappings *map, const char *place);

void oci_rules_check_process(const struct rules *r);   /* rules_process.c */
void oci_rules_check_linux(const struct rules *r);     /* rules_linux.c */
void oci_rules_check_seccomp(const struct rules *r);   /* rules_seccomp.c */
void oci_rules_check_resources(const struct rules *r); /* rules_resources.c */

#endif
