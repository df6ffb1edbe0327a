/* SPDX-License-Identifier: Apache-2.0 */
/* From a command line to a container that waits for its start: what create and run share. */
#ifndef CLI_CONTAINER_CREATE_H
#define CLI_CONTAINER_CREATE_H

#include <stdbool.h>
#include <stdint.h>

#include "apply/apply.h"
#include "apply/notify.h"
#include "base/err.h"
#include "cli/bundle.h"
#include "cli/cli.h"
#include "status/journal.h"
#include "status/store.h"

/* Options of both verbs: the first member of their structures of values. */
struct create_options {
	bool help;
	const char *bundle, *pid_file, *console_socket, *pidfd_socket;
	uint32_t preserve_fds;
	bool no_pivot, no_new_keyring;
};
/* clang-format off */
#define CREATE_OPTION_ROWS(type)                                                                 \
	{ "bundle", 'b', OPTION_STRING, offsetof(type, create.bundle), "DIR",                    \
	  "The bundle; the current directory if not given" },                                    \
	{ "pid-file", 'p', OPTION_STRING, offsetof(type, create.pid_file), "FILE",               \
	  "Write the process id of the container's init to FILE" },                              \
	{ "console-socket", 0, OPTION_STRING, offsetof(type, create.console_socket), "SOCKET",   \
	  "Send the terminal's master to this Unix socket (with process.terminal, when the "     \
	  "runtime does not stay)" },                                                            \
	{ "pidfd-socket", 0, OPTION_STRING, offsetof(type, create.pidfd_socket), "SOCKET",       \
	  "Send a pidfd of the container's init to this Unix socket" },                          \
	{ "preserve-fds", 0, OPTION_NUMBER, offsetof(type, create.preserve_fds), "N",            \
	  "Pass N more descriptors to the process, from 3 up, after those of LISTEN_FDS" },      \
	{ "no-pivot", 0, OPTION_FLAG, offsetof(type, create.no_pivot), NULL,                     \
	  "Move the root instead of pivot_root, for a root that is a ramdisk" },                 \
	{ "no-new-keyring", 0, OPTION_FLAG, offsetof(type, create.no_new_keyring), NULL,         \
	  "Leave the container in the caller's session keyring" }
/* clang-format on */

/* What is other than config.json says. */
struct creation_changes {
	struct strv args;     /* of the process; none: the document's */
	const char *landlock; /* the annotation's value */
};

/* A container in the making, and all that it holds. */
struct creation {
	const struct cli *cli;
	const struct create_options *options;
	const char *id;
	bool detach;	/* the runtime does not stay: create, run --detach */
	bool by_socket; /* create: start comes from another process */
	bool observed;	/* landlock learn: the process is to be traced */
	bool quiet;	/* landlock learn: standard output is not the container's, but error */
	const struct creation_changes *changes;		      /* of the configuration; NULL: none */
	const char *pid_file, *console_socket, *pidfd_socket; /* absolute */
	struct bundle bundle;
	struct store store;
	struct container container;
	struct journal journal;
	struct apply_result result;
	struct notify notify; /* run: listens from before the start */
};
void creation_init(struct creation *creation, const struct cli *cli,
		   const struct create_options *options);
void creation_close(struct creation *creation);
#define drop_creation CLEANUP(creation_close)

/*
 * Makes the container, up to where it waits for the start; record, pid file and console are
 * done. On
 * error nothing is left, as far as that was possible; what was not is attached to the error.
 */
MUST_CHECK struct err *creation_run(struct creation *creation);
/*
 * Ends a container that creation_run made, because of `err`, which comes back. Once its program has
 * been started it is not `failed_create` any more: network devices stay where they are.
 */
MUST_CHECK struct err *creation_undo(struct creation *creation, struct err *err,
				     bool failed_create);

#endif
