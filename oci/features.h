/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The features document (features.md, features-linux.md), made from the tables that the reader
 * uses: what is listed is what is understood.
 */
#ifndef OCI_FEATURES_H
#define OCI_FEATURES_H

/* `landlock_abi`: the running kernel's, 0 for none. Indented JSON; free() by the caller. */
char *oci_features_write(int landlock_abi);

#endif
