/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the kernel from inside a container: may its process do this under its Landlock
 * policy? A container is made as apply_create makes it, and its process asks instead of executing
 * the program. Each question is asked three times: with every privilege and without the policy
 * (what else is in the way), with every privilege under the policy (Landlock alone), and as the
 * container's process without the policy (ordinary permissions).
 */
#ifndef APPLY_PROBE_H
#define APPLY_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

enum probe_kind { PROBE_FS, PROBE_PORT, PROBE_SCOPE };
struct probe {
	enum probe_kind kind;
	uint64_t right;	  /* one bit: LANDLOCK_ACCESS_FS_*, _NET_*, LANDLOCK_SCOPE_* */
	const char *path; /* PROBE_FS: absolute in the container */
	uint16_t port;	  /* PROBE_PORT */
};

enum { PROBE_NOT_ASKED = -1 };
/* 0: it may; else an errno; or PROBE_NOT_ASKED. */
struct probe_answer {
	int without; /* every privilege, no policy */
	int with;    /* every privilege, the policy */
	int process; /* the process's own rights, no policy */
	int chain;   /* execute: the policy, with the program's loader or interpreter */
	bool folder; /* what was asked for is a folder, or a right that only folders have: `where`
		      * is that folder, and the question was asked of something in it */
	/* Index of the nearest rule for a path at or above `where`: of those that grant the right,
	 * of all; -1: there is none. */
	int granting, covering;
	char *where; /* the path that was asked, absolute, as it was written; arena memory */
};

struct apply_result;
/* The questions of the request with which the container was made; answers[n], in their order. */
MUST_CHECK struct err *apply_probe(struct apply_result *result, size_t n, struct arena *arena,
				   struct probe_answer *answers);

#endif
