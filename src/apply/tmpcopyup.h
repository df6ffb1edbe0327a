/* SPDX-License-Identifier: Apache-2.0 */
/* The mount option tmpcopyup: a new tmpfs starts with the contents of what it covers. */
#ifndef APPLY_TMPCOPYUP_H
#define APPLY_TMPCOPYUP_H

#include "base/err.h"

/*
 * Copies everything below from_fd (a directory, O_PATH) into to_fd (the root of a detached tmpfs):
 * modes, owners, times of no one, links as links, devices as devices. Mounts below are not entered.
 * Child only.
 */
MUST_CHECK struct err *tmpcopyup_copy(int from_fd, int to_fd);

#endif
