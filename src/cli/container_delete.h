/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a container, for delete, foreground run, and a create, run or start that failed. */
#ifndef CLI_CONTAINER_DELETE_H
#define CLI_CONTAINER_DELETE_H

#include "base/err.h"
#include "oci/config.h"
#include "status/journal.h"
#include "status/store.h"

/*
 * Undoes what the journal says, frees the id, runs the poststop hooks (runtime.md, "Lifecycle",
 * 12-13) and removes the container's directory. The container must be locked. If something can't be
 * undone the directory stays, so that delete --force can be tried again. With `failed_create` the
 * pid file goes too.
 */
MUST_CHECK struct err *container_destroy(struct store *store, struct container *container,
					 struct journal *journal, bool failed_create);
/* The same for one whose journal is not open yet. */
MUST_CHECK struct err *container_delete(struct store *store, struct container *container);
/*
 * What is left of a container of this id whose delete was killed while its poststop hooks ran: they
 * are run again, and it is removed. None is success; one whose delete still runs is waited for.
 */
MUST_CHECK struct err *container_finish_deleted(const struct store *store, const char *id);
/* True if the journal says that poststart or poststop hooks may be configured. */
bool container_has_hooks(const struct journal *journal);
/* Runs the poststart hooks with state "running". */
MUST_CHECK struct err *container_run_poststart(struct container *container,
					       const struct oci_config *config);

#endif
