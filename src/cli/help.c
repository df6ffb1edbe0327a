/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help texts. See help.h. Owns layout only: every word comes from a table row. Parent only; must
 * read nothing from the machine (--version and --help work anywhere, at once).
 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "config-build.h"
#include "oci/state.h"

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

const char *help_version(void)
{
	/* containerd reads the line that starts with "spec: " (lesson C4) */
	return PACKAGE_NAME " version " PACKAGE_VERSION "\nspec: " OCI_SPEC_VERSION "\n";
}

static void add_blanks(struct strbuf *out, size_t n)
{
	strbuf_addf(out, "%*s", (int)n, "");
}

/* `text` in lines that end before HELP_WIDTH, each but the first starting at `indent`. */
static void add_wrapped(struct strbuf *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > HELP_WIDTH) {
			strbuf_add(out, "\n");
			add_blanks(out, indent);
			column = indent;
		} else if (column > indent) {
			strbuf_add(out, " ");
			column++;
		}
		strbuf_add_bytes(out, text, len);
		column += len;
		text += len + strspn(text + len, " ");
	}
	strbuf_add(out, "\n");
}

/* "  left      right, wrapped" */
static void add_row(struct strbuf *out, const char *left, const char *right)
{
	size_t len = strlen(left) + 2;

	strbuf_addf(out, "  %s", left);
	if (len + 2 > HELP_COLUMN) {
		strbuf_add(out, "\n");
		len = 0;
	}
	add_blanks(out, HELP_COLUMN - len);
	add_wrapped(out, right, HELP_COLUMN);
}

static void add_options(struct strbuf *out, const struct option_row *row)
{
	for (; row->name; row++) {
		char letter[5] = "    ";

		if (!row->help)
			continue;
		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		drop_mem char *left =
			mem_asprintf("%s--%s%s%s", letter, row->name, row->metavar ? " " : "",
				     row->metavar ? row->metavar : "");
		add_row(out, left, row->help);
	}
}

void help_add_usage(struct strbuf *out, const struct cli_verb *verb)
{
	strbuf_addf(out, "Usage: nucleus-oci [global options] %s [options]%s%s\n", verb->name,
		    *verb->args ? " " : "", verb->args);
}

void help_add_verb(struct strbuf *out, const struct cli_verb *verb)
{
	help_add_usage(out, verb);
	strbuf_add(out, "\n");
	add_wrapped(out, verb->summary, 0);
	if (verb->description) {
		strbuf_add(out, "\n");
		add_wrapped(out, verb->description, 0);
	}
	strbuf_add(out, "\nOptions:\n");
	add_options(out, verb->options->rows);
}

void help_add_group(struct strbuf *out, const char *group)
{
	strbuf_addf(out,
		    "Usage: nucleus-oci [global options] %s COMMAND [options] [arguments]\n\n"
		    "Commands:\n",
		    group);
	for (const struct cli_verb *verb = cli_verbs; verb->name; verb++) {
		if (cli_verb_in_group(verb, group))
			add_row(out, verb->name, verb->summary);
	}
	strbuf_addf(out, "\nOptions:\n");
	add_row(out, "-h, --help", "Print this help, or with a command, its own");
}

struct err *help_add_words(struct strbuf *out, char *const *words, size_t n)
{
	size_t taken;
	const struct cli_verb *verb = cli_verb_find(words, n, &taken);

	if (verb && taken == n)
		help_add_verb(out, verb);
	else if (n == 1 && cli_verb_is_group(words[0]))
		help_add_group(out, words[0]);
	else
		return cli_verb_unknown(words, n);
	return NULL;
}

void help_add_program(struct strbuf *out)
{
	strbuf_add(out, "Usage: nucleus-oci [global options] VERB [options] [arguments]\n\n"
			"Runs containers from OCI bundles.\n\nVerbs:\n");
	for (const struct cli_verb *verb = cli_verbs; verb->name; verb++)
		add_row(out, verb->name, verb->summary);
	strbuf_add(out, "\nGlobal options (before the verb):\n");
	add_options(out, cli_global_options);
	strbuf_add(out, "\nnucleus-oci VERB --help tells more about a verb.\n");
}

/* ---- mdoc(7) ---- */

/* A line of text: what starts with a dot or quote would be taken for a macro. */
static void add_man_text(struct strbuf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		strbuf_add(out, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			strbuf_add(out, "\\e");
		else
			strbuf_add_bytes(out, text, 1);
	}
	strbuf_add(out, ".\n");
}

static void add_man_options(struct strbuf *out, const struct option_row *row)
{
	strbuf_add(out, ".Bl -tag -width Ds\n");
	for (; row->name; row++) {
		if (!row->help)
			continue;
		strbuf_add(out, ".It ");
		if (row->letter)
			strbuf_addf(out, "Fl %c , ", row->letter);
		strbuf_addf(out, "Fl Fl %s", row->name);
		if (row->metavar)
			strbuf_addf(out, " Ar %s", row->metavar);
		strbuf_add(out, "\n");
		add_man_text(out, row->help);
	}
	strbuf_add(out, ".El\n");
}

void help_add_man(struct strbuf *out)
{
	strbuf_add(out, ".Ss Global options\nThey go before the verb.\n");
	add_man_options(out, cli_global_options);
	for (const struct cli_verb *verb = cli_verbs; verb->name; verb++) {
		strbuf_addf(out, ".Ss %s", verb->name);
		if (*verb->args)
			strbuf_addf(out, " %s", verb->args);
		strbuf_add(out, "\n");
		add_man_text(out, verb->summary);
		if (verb->description) {
			strbuf_add(out, ".Pp\n");
			/* a description is whole sentences: it has its own full stop */
			strbuf_addf(out, "%s\n", verb->description);
		}
		add_man_options(out, verb->options->rows);
	}
}
