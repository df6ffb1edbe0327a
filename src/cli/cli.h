/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every verb gets: global options, arguments, and the few things that all of them do (the
 * state root, writing results). One file per verb, cmd_<verb>.c; one row per verb in verbs.c.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "cli/options.h"
#include "host/host.h"
#include "status/store.h"

struct cli_globals {
	const char *root, *log, *log_format, *rootless, *cgroup_manager, *log_level;
	bool debug, systemd_cgroup, version, help, help_man;
};
extern const struct option_row cli_global_options[];

struct cli_verb;
struct cli {
	struct cli_globals globals;
	const struct cli_verb *verb;
	char *const *argv; /* the whole command line */
	char **args;	   /* of the verb, without options, NULL-terminated */
	size_t args_n;
	int exit_code;	  /* of a verb that succeeds: the payload's in a foreground run */
	int failure_code; /* of one that fails; 0: by the kind of the error */
};

/* A verb's options, and the size of the structure that they fill in. */
struct cli_options {
	const struct option_row *rows;
	size_t values_size;
};

#define CLI_ARGS_ANY SIZE_MAX
#define CLI_ARGS_MANY (SIZE_MAX - 1)
struct cli_verb {
	const char *name;	 /* "run", or two words: "landlock check" */
	const char *args;	 /* "ID [SIGNAL]" */
	const char *summary;	 /* one sentence without full stop */
	const char *description; /* more for --help and the manual page; may be NULL */
	const struct cli_options *options;
	/* CLI_ARGS_MANY: no limit. CLI_ARGS_ANY: the same, and from the first argument on none is
	 * read as an option. */
	size_t args_min, args_max;
	/* Runs the verb; `values` is zeroed memory that the options were parsed into. */
	struct err *(*run)(struct cli *cli, const void *values);
};
/* Ends with a row without name. */
extern const struct cli_verb cli_verbs[];
/* The verb that `words` begin with, and how many of them are its name; NULL: no such verb. */
const struct cli_verb *cli_verb_find(char *const *words, size_t n, size_t *out_taken);
/* Whether `verb` is one of those whose first word is `group`; there are any: it is a group's. */
bool cli_verb_in_group(const struct cli_verb *verb, const char *group);
bool cli_verb_is_group(const char *word);
/* The error for words that begin with no verb of the table: a typing mistake, or not supported yet.
 */
MUST_CHECK struct err *cli_verb_unknown(char *const *words, size_t n);

/* Every verb's table ends with it, and its structure of values starts with a bool help. */
#define CLI_HELP_ROW                                              \
	{ "help", 'h', OPTION_FLAG, 0, NULL, "Print this help" }, \
	{                                                         \
		0                                                 \
	}

/* Where the state root is that the global options ask for; nothing is looked at but facts of the
 * host. */
MUST_CHECK struct err *cli_state_root(const struct cli *cli, struct host *host, struct arena *arena,
				      const char **out);
/* Whether systemd is to make the container's group: --systemd-cgroup, or --cgroup-manager. */
bool cli_systemd_cgroup(const struct cli_globals *globals);
/* Opens the state root that the global options ask for. */
MUST_CHECK struct err *cli_open_store(const struct cli *cli, bool make, struct store *out);
/* The same, and the container args[0], locked or not. */
MUST_CHECK struct err *cli_open_container(const struct cli *cli, bool lock, struct store *store,
					  struct container *container);
/* The socket of the manager that waits for the container to be ready, from NOTIFY_SOCKET; NULL:
 * none does, or in a way that is not known, which is warned of. */
const char *cli_notify_socket(void);
/* The folder in the container's state directory where ours is. */
const char *cli_notify_dir(struct arena *arena, const char *root, const char *id);
/* A wait status as a shell has it: 128 and the number for a signal. */
int cli_exit_code(int status);
/* The descriptors from 3 up that the payload is to get are there: first those of LISTEN_FDS, then
 * those of --preserve-fds. */
MUST_CHECK struct err *cli_check_fds(unsigned int listen_fds, unsigned int preserve_fds);
/*
 * Signals that would end this process stay pending until the foreground loop can pass them on: a
 * Ctrl-C in the middle of it would leave half a container behind.
 */
void cli_hold_signals(void);
/* Results go to standard output in one piece; a closed or full one is an error. */
MUST_CHECK struct err *cli_print(const char *text);
/* An absolute, clean path; a relative one starts at the caller's directory. */
MUST_CHECK struct err *cli_absolute(struct arena *arena, const char *path, const char **out);

#endif
