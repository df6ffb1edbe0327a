/* SPDX-License-Identifier: Apache-2.0 */
/* New limits for a container that is there. */
#ifndef CLI_CONTAINER_UPDATE_H
#define CLI_CONTAINER_UPDATE_H

#include "base/err.h"
#include "oci/config.h"
#include "status/store.h"

/* What is to be changed. The strings are NULL where nothing is. */
struct container_change {
	struct oci_resources resources;
	const char *l3_cache_schema, *mem_bw_schema;
};
/*
 * Puts the change over the container's resources: in the kernel, and in the kept configuration.
 * What can't hold is refused before anything is changed; a failure puts the old values back. The
 * container is locked. `change` may be altered.
 */
MUST_CHECK struct err *container_update(struct container *container,
					struct container_change *change);

#endif
