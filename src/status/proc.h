/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process by pid and start time: a pid alone may have been given to somebody else since. Reads
 * /proc only. Parent only. Used by the undo functions and by lifecycle.c.
 */
#ifndef STATUS_PROC_H
#define STATUS_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Start time of `pid`, or 0 if there is no such process; a zombie counts as gone (state Z, X). */
unsigned long long proc_start_time(int64_t pid);
/* True of one that is still what it was cloned as, and of one that ended so, as long as nobody has
 * waited for it; false where that can't be told. start_time 0: of a child of the caller's, whose
 * number nobody else can have. */
bool proc_never_executed(int64_t pid, unsigned long long start_time);
bool proc_is_alive(int64_t pid, unsigned long long start_time);
/* A pidfd of that very process; -1 in *out if it is gone. */
MUST_CHECK struct err *proc_open(int64_t pid, unsigned long long start_time, int *out_pidfd);

#endif
