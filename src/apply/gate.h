/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places at which one thread waits for another without making a system call: a thread under a
 * seccomp filter may be allowed none. A stop is a page that is not there; who touches it stands
 * still in the kernel until the other thread, which userfaultfd(2) tells of it, puts the page
 * there. Nothing is undone: execve ends it.
 */
#ifndef APPLY_GATE_H
#define APPLY_GATE_H

#include <stddef.h>

#include "base/err.h"

enum { GATE_STOPS = 2 };
struct gate {
	int fd;
	size_t page_size;
	char *stops; /* GATE_STOPS pages */
};

/* Whether there can be one, for the parent: ERR_UNSUPPORTED where the kernel has no userfaultfd or
 * a policy around the runtime denies it. */
MUST_CHECK struct err *gate_check(void);
MUST_CHECK struct err *gate_open(struct gate *gate);

/* The one thread: stands at `stop` until it is opened. Makes no system call. */
void gate_pass(const struct gate *gate, unsigned int stop);
/* The other: waits until it stands there. */
MUST_CHECK struct err *gate_await(const struct gate *gate, unsigned int stop);
/* Lets it go on. */
MUST_CHECK struct err *gate_let_pass(const struct gate *gate, unsigned int stop);

#endif
