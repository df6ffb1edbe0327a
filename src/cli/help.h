/* SPDX-License-Identifier: Apache-2.0 */
/* --help, --version and the manual page's sections, all made from the tables of verbs and options.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/str.h"
#include "cli/cli.h"

void help_add_program(struct strbuf *out);
void help_add_verb(struct strbuf *out, const struct cli_verb *verb);
void help_add_group(struct strbuf *out, const char *group); /* verbs of two words */
/* What is asked for: a verb or a group, by its words. */
MUST_CHECK struct err *help_add_words(struct strbuf *out, char *const *words, size_t n);
void help_add_usage(struct strbuf *out, const struct cli_verb *verb); /* the one "Usage:" line */
/* mdoc(7) text for the place that docs/nucleus-oci.8.in marks with @OPTIONS@. */
void help_add_man(struct strbuf *out);
const char *help_version(void);

#endif
