/* SPDX-License-Identifier: Apache-2.0 */
/* The id maps of user namespaces: the container's, and those of id-mapped mounts. Parent only.
 * user_namespaces(7). */
#ifndef APPLY_IDMAP_H
#define APPLY_IDMAP_H

#include <sys/types.h>

#include "base/err.h"
#include "plan/plan.h"

/*
 * Writes setgroups, gid_map and uid_map of `pid`, which waits for it. Without privilege only a
 * single mapping of the caller's own id can be written (setgroups is denied then).
 */
MUST_CHECK struct err *idmap_write(const struct plan *plan, pid_t pid);

/*
 * Opens a user namespace that has the lists of `idmap` as its maps, for mount_setattr(2): that of a
 * process that lives just long enough. No other process is in it afterwards.
 */
MUST_CHECK struct err *idmap_open_namespace(const struct plan_idmap *idmap, int *out_fd);

#endif
