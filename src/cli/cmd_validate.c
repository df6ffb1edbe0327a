/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validate: everything that is wrong with a bundle's configuration. It judges the document: what is
 * right, but not possible on this machine, is told and is no error. Changes nothing, needs no root.
 */
#include "base/fd.h"
#include "cli/bundle.h"
#include "cli/verbs.h"

struct validate_values {
	bool help;
	struct strv assume;
};

static const struct option_row rows[] = {
	{ "assume", 0, OPTION_LIST, offsetof(struct validate_values, assume), "NAME=VALUE",
	  "Take this for a fact of the machine instead of looking; may be repeated" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_validate_options = { rows, sizeof(struct validate_values) };

static const char *word_of(const struct problem *problem)
{
	if (problem->warning)
		return "warning: ";
	return problem->kind == ERR_UNSUPPORTED ? "unsupported: " : "";
}

static void add_problem(struct strbuf *out, const struct problem *problem)
{
	drop_mem char *line = mem_asprintf("%s%s%s%s", word_of(problem), problem->place,
					   *problem->place ? ": " : "", problem->text);

	strbuf_add_line(out, line);
}

struct err *cmd_validate(struct cli *cli, const void *data)
{
	const struct validate_values *values = data;
	drop_bundle struct bundle bundle;
	drop_strbuf struct strbuf out = { 0 };

	bundle_init(&bundle);
	TRY(bundle_look(&bundle, &values->assume, cli->args_n ? cli->args[0] : NULL));
	for (size_t i = 0; i < bundle.problems.n; i++)
		add_problem(&out, &bundle.problems.items[i]);
	/* The problems are the result, not an error of this program: they go to standard output. */
	cli->exit_code = problems_invalid(&bundle.problems) ? 1 : 0;
	return cli_print(strbuf_text(&out));
}
