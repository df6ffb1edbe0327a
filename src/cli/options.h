/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: one table row per option. The parser, --help and the manual page all read the
 * same rows, so that a new option is one row and one field. Knows no verb. Parent only.
 *
 * Forms taken: --name VALUE, --name=VALUE, the same with one dash (Go programs emit it), -n VALUE,
 * -nVALUE, -n=VALUE, clusters of short flags, and "--", which ends the options.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum option_kind {
	OPTION_FLAG,   /* bool; --name=true and --name=false are taken too */
	OPTION_STRING, /* const char *, into argv; NULL: not given */
	OPTION_NUMBER, /* uint32_t */
	OPTION_CHOICE, /* const char *, one of the words in metavar: "text|json" */
	OPTION_LIST,   /* struct strv of strings in argv: may be given many times; free(items) */
};
struct option_row {
	const char *name; /* without dashes; NULL ends a table */
	char letter;	  /* short form or 0 */
	enum option_kind kind;
	size_t offset;	     /* of the field in the structure of values */
	const char *metavar; /* what stands for the value in help; the words of a choice */
	const char *help;    /* one sentence without full stop; NULL: hidden */
};

/* What is left when the options are taken out. Strings are those of argv. */
struct positionals {
	char **items; /* free() by the caller */
	size_t n;
};

/*
 * Parses argv[0..argc) by `table` into `values`. With `stop_at_word` the first argument that is no
 * option ends it (global options), else options may come after it too. *out_taken counts what was
 * consumed. `verb` names the verb in messages, NULL before it is known; `elsewhere` is the table
 * whose options are known but belong elsewhere (for the message), or NULL.
 */
MUST_CHECK struct err *options_parse(const struct option_row *table, void *values, char **argv,
				     size_t argc, bool stop_at_word, const char *verb,
				     const struct option_row *elsewhere, size_t *out_taken,
				     struct positionals *out_rest);

/* Frees what the parser allocated for fields of `values` (lists). */
void options_free(const struct option_row *table, void *values);

/*
 * The name nearest to `word` among `n` names, or NULL if nothing is near enough to be a typing
 * mistake.
 */
const char *options_nearest(const char *word, const char *const *names, size_t n);

#endif
