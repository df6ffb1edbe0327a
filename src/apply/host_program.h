/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and running programs of the host for what they print. Parent only. */
#ifndef APPLY_HOST_PROGRAM_H
#define APPLY_HOST_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

/* Engines call some verbs with an empty environment (lesson C8). */
#define HOST_PROGRAM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* The exit status of a program that could not be executed. */
enum { HOST_PROGRAM_NOT_EXECUTED = 127 };

/* Looks for `name` in the folders of `path`, which is like PATH or NULL. NULL: it is in none. Arena
 * memory. */
const char *host_program_find(struct arena *arena, const char *path, const char *name);

struct host_program {
	const char *file;
	char *const *args; /* NULL-terminated */
	bool with_errors;  /* what it says on standard error is output, too */
	size_t output_max; /* bytes; who says more is not waited for */
	struct strbuf output;
	struct err *unread; /* why the output is not all there, or NULL */
	int status;	    /* as of waitpid(2) */
};
void host_program_free(struct host_program *program);
#define drop_host_program CLEANUP(host_program_free)
/* Runs it, with the runtime's environment, to its end. An error is of the running, not its own. */
MUST_CHECK struct err *host_program_execute(struct host_program *program);

/*
 * Runs args[0], looked for in PATH and then in the usual folders, with the runtime's environment
 * and standard error, and appends what it prints to `out`. ERR_NOT_FOUND if there is no such
 * program, ERR_PEER if it fails. `args` ends with NULL.
 */
MUST_CHECK struct err *host_program_run(char *const args[], struct strbuf *out);

#endif
