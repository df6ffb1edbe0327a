/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that a Landlock policy can deny, and what each needs. A call is looked at twice:
 * before it (what has the names) and after it, when it has succeeded. The observing process.
 */
#ifndef OBSERVE_CALLS_H
#define OBSERVE_CALLS_H

#include <stdint.h>

#include "observe/tracee.h"

struct call_row;
/* A call that a thread is in. */
struct call {
	const struct call_row *row; /* NULL: none that matters */
	pid_t tid;
	uint64_t args[6];
	struct arena arena;
	uint64_t flags;
	struct seen_file one, two; /* by the first and the second path */
	bool existed;		   /* what open may create */
	bool no_port;		   /* of a UDP socket: sending gives it one */
};

/* `arch` is AUDIT_ARCH_*. */
void call_enter(struct view *view, struct call *call, uint32_t arch, uint64_t nr);
/* `result` is what the call gave: -errno if `failed`. */
void call_leave(struct view *view, struct call *call, int64_t result, bool failed);
void call_drop(struct call *call);

/* exec.c: a program has been executed; the thread is the only one of its process. */
void seen_exec(struct view *view, pid_t tid);

#endif
