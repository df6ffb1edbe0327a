/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes a container has. */
#ifndef CLI_CONTAINER_PIDS_H
#define CLI_CONTAINER_PIDS_H

#include "apply/cgroup.h"
#include "base/err.h"
#include "status/lifecycle.h"
#include "status/store.h"

/*
 * The processes of the container's group and of those below it. Without a group: what is in its own
 * pid namespace, or, where that is shared, its init, with a warning. Sorted; the caller frees *out.
 */
MUST_CHECK struct err *container_pids(const struct container *container, enum status status,
				      struct cgroup_pids *out);

#endif
