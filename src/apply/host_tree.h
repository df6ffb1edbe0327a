/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts of a container without a mount namespace: a clone of the root's tree over root.path,
 * in the runtime's own mount namespace, until the container is deleted. Parent only.
 */
#ifndef APPLY_HOST_TREE_H
#define APPLY_HOST_TREE_H

#include "base/err.h"
#include "plan/plan.h"
#include "status/journal.h"

/*
 * Clones the tree at root.path and attaches it there, private in both directions: all that is
 * mounted in it stays in it. The journal knows it before it is attached. *out_fd is its root.
 */
MUST_CHECK struct err *host_tree_attach(const struct plan *plan, struct journal *journal,
					int *out_fd);
/* Takes the tree of a journal entry away, with all that is mounted in it; "was never there" is
 * success. Another mount that lies over it, or in its place, is not touched. */
MUST_CHECK struct err *host_tree_undo(const char *text);

#endif
