/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program of the host for what it prints. */
#ifndef APPLY_HOST_PROGRAM_H
#define APPLY_HOST_PROGRAM_H

#include "base/err.h"
#include "base/str.h"

/*
 * Runs args[0], looked for in PATH and then in the usual folders, with the runtime's environment
 * and standard error, and appends what it prints to `out`. ERR_NOT_FOUND if there is no such
 * program, ERR_PEER if it fails. `args` ends with NULL.
 */
MUST_CHECK struct err *host_program_run(char *const args[], struct strbuf *out);

#endif
