/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The features document (features.md, features-linux.md), made from the tables that the reader
 * uses: what is listed is what is understood.
 */
#ifndef OCI_FEATURES_H
#define OCI_FEATURES_H

#include <stdbool.h>

/* What depends on the running kernel. */
struct oci_features_kernel {
	int landlock_abi;	    /* 0: none */
	bool seccomp_wait_killable; /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV */
};
/* Indented JSON; free() by the caller. */
char *oci_features_write(const struct oci_features_kernel *kernel);

#endif
