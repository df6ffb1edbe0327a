/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the id maps of a new user namespace. Parent only. user_namespaces(7). */
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

#endif
