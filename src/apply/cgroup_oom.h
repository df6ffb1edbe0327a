/* SPDX-License-Identifier: Apache-2.0 */
/* Notices of the OOM killer in a group: memory.events on v2, memory.oom_control on v1. Parent. */
#ifndef APPLY_CGROUP_OOM_H
#define APPLY_CGROUP_OOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct oom_watch {
	int file_fd;   /* the file that is watched, or -1: the group has no memory controller */
	int event_fd;  /* v1: an eventfd(2) that the kernel counts up, else -1 */
	uint64_t seen; /* kills so far */
};
#define OOM_WATCH_INIT                        \
	{                                     \
		.file_fd = -1, .event_fd = -1 \
	}

/* `dir_fd` is the group's where the memory controller is; -1: nothing is watched. */
MUST_CHECK struct err *oom_watch_open(struct oom_watch *watch, int dir_fd);
/* What to poll, or -1, and for which events. */
int oom_watch_fd(const struct oom_watch *watch, short *out_events);
/* How many notices there are since the last time. */
uint64_t oom_watch_take(struct oom_watch *watch);
void oom_watch_close(struct oom_watch *watch);
#define drop_oom_watch CLEANUP(oom_watch_close)

#endif
