/* SPDX-License-Identifier: Apache-2.0 */
/* --no-pivot: changing the root where pivot_root can't (an initramfs). */
#ifndef APPLY_MOVE_ROOT_H
#define APPLY_MOVE_ROOT_H

#include "base/err.h"

/*
 * Moves the root mount over "/" and chroots into it. Before that every full procfs and sysfs of the
 * host in this mount namespace is detached, or covered: left reachable they would let the container
 * mount fresh, unmasked ones. Child only, working directory in the new root.
 */
MUST_CHECK struct err *move_root_over_host(int root_fd);

#endif
