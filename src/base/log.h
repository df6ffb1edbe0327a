/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program says besides its results. One process-wide log.
 *
 * Engines read it: Podman takes the whole JSON file as one object, containerd as a stream of them.
 * So warnings are held until the outcome is known: a failure writes exactly one error object, a
 * success writes the warnings (if any). Debug lines go out at once, but only with --debug.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

struct log_setup {
	int fd;	    /* the --log file, or -1 for standard error only; owned by the log */
	bool json;  /* --log-format json */
	bool debug; /* --debug */
};
void log_set_up(const struct log_setup *setup);
bool log_debug_on(void);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A warning: held until log_end. Not for the child: it sends its warnings to the parent. */
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
/*
 * Writes the outcome: `err` (may be NULL) to standard error as text and, when there is one, to the
 * log file; with NULL the held warnings. Does not take ownership.
 */
void log_end(const struct err *err);
/* Warnings said so far become visible now (long-running `run` in the foreground). */
void log_flush_warnings(void);
/* Appends the present time: RFC 3339 with nanoseconds, UTC. For the state document too. */
struct strbuf;
void log_add_time(struct strbuf *out);
/* JSON string escaping into a strbuf-like sink is shared with oci/json_out through this. */
void log_add_json_string(struct strbuf *out, const char *text);

#endif
