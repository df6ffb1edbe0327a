/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undoing what the journal says was done, last first. Every undo accepts "was never done". Used by
 * a failing create, by delete and by delete --force: the same functions. Parent only.
 */
#ifndef APPLY_UNDO_H
#define APPLY_UNDO_H

#include <stdbool.h>

#include "base/err.h"
#include "status/journal.h"

/*
 * Kills (SIGKILL, whole cgroup) and waits for the processes, removes groups. With `failed_create`
 * also what delete keeps (the pid file), and the host's network devices leave the container first.
 * Goes on after a failure; all failures come back attached to the first. Hooks are not run here.
 */
MUST_CHECK struct err *undo_all(const struct journal *journal, bool failed_create);

#endif
