/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a container, starting it and, in the foreground, waiting for its end and deleting it: what
 * run does, and landlock learn twice.
 */
#ifndef CLI_CONTAINER_RUN_H
#define CLI_CONTAINER_RUN_H

#include <sys/types.h>

#include "base/err.h"
#include "cli/cli.h"
#include "cli/container_create.h"

struct run_how {
	const struct create_options *create;
	bool detach, keep;
	bool quiet;				/* its standard output is our standard error */
	const struct creation_changes *changes; /* of the configuration; NULL: none */
	/* The container's init, which waits, is about to be started; NULL: nobody is told. */
	struct err *(*before_start)(pid_t init, void *data);
	void *data;
};

/* *out_status is the wait status of its init, in the foreground. */
MUST_CHECK struct err *container_run(const struct cli *cli, const struct run_how *how,
				     const char *id, int *out_status);
/* The same for the bundle in `dir`, with an id made of its name, with -2, -3, ... if taken. */
MUST_CHECK struct err *container_run_bundle(const struct cli *cli, const struct run_how *how,
					    const char *dir, int *out_status);
/* Signals, and the container's orphans, that the foreground is to get. */
void container_run_prepare(bool subreaper);

#endif
