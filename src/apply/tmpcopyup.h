/* SPDX-License-Identifier: Apache-2.0 */
/* The mount option tmpcopyup: a new tmpfs starts with the contents of what it covers. */
#ifndef APPLY_TMPCOPYUP_H
#define APPLY_TMPCOPYUP_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Copies everything below from_fd (a directory, O_PATH) into to_fd (the root of a detached tmpfs):
 * modes, owners, user.* and file capabilities and ACLs, links as links, devices as devices, hard
 * links as files of their own, times not. Mounts below are not entered. The root gets the covered
 * directory's owner too, unless the options gave it one: own_uid, own_gid. Child only.
 */
MUST_CHECK struct err *tmpcopyup_copy(int from_fd, int to_fd, bool own_uid, bool own_gid);

#endif
