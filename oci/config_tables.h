/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of config.json between the files of this room; see config.h and object.h. */
#ifndef OCI_CONFIG_TABLES_H
#define OCI_CONFIG_TABLES_H

#include "oci/config.h"
#include "oci/object.h"

/* The largest user or group id: setresuid(2) and chown(2) take (uid_t)-1 for "leave it", and a
 * document that says -1 in this way must not get the runtime's own. */
#define OCI_ID_MAX 4294967294

extern const struct object oci_config_object;	  /* config.c */
extern const struct object oci_id_mapping_object; /* config.c */
extern const struct object oci_process_object;	  /* config_process.c */
extern const struct object oci_linux_object;	  /* config_linux.c */
extern const struct object oci_resources_object;  /* config_resources.c */
extern const struct object oci_seccomp_object;	  /* config_seccomp.c */

/* rules.c: cross-field checks of what was read; all run, all report. */
void oci_rules_check(struct arena *arena, const struct oci_config *config,
		     struct problems *problems);

#endif
