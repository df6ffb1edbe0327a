/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that observes a container's: it traces every thread of it (ptrace(2)) from the first
 * program on, and reports what a Landlock policy has to allow for the same to be done again.
 *
 * It is a process of its own, so that the runtime can go on as in every run; it ends with the
 * container's init, and if it ends before, the kernel kills all that it observes. Parent only.
 */
#ifndef OBSERVE_OBSERVER_H
#define OBSERVE_OBSERVER_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "observe/findings.h"

struct observer {
	int fd; /* what it says comes here; -1: none */
};
#define OBSERVER_INIT    \
	{                \
		.fd = -1 \
	}
/* Writes what is to be known of the findings; run by the observing process, at the end. */
typedef void observer_report(struct findings *findings, struct strbuf *out, const void *data);

/*
 * Starts observing the container's init, which waits for its start. What it does before its first
 * program, hooks included, is the runtime's and not looked at. The process must be one that may be
 * traced (apply_request.observed).
 */
MUST_CHECK struct err *observer_start(pid_t init, observer_report *report, const void *data,
				      struct observer *out);
/* When init has ended: appends the report to `out`. */
MUST_CHECK struct err *observer_finish(struct observer *observer, struct strbuf *out);
void observer_close(struct observer *observer);
#define drop_observer CLEANUP(observer_close)

/* tracer.c: traces until init ends; `seized` is called when it has begun. */
struct view;
MUST_CHECK struct err *trace_seize(pid_t init);
MUST_CHECK struct err *trace_follow(struct view *view, pid_t init);

#endif
