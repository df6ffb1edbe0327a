/* SPDX-License-Identifier: Apache-2.0 */
/* help: the same words as --help. Reads nothing from the machine. */
#include "cli/help.h"
#include "cli/verbs.h"

struct help_values {
	bool help;
};

static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_help_options = { rows, sizeof(struct help_values) };

struct err *cmd_help(struct cli *cli, const void *values UNUSED)
{
	drop_strbuf struct strbuf out = { 0 };

	if (cli->args_n)
		TRY(help_add_words(&out, cli->args, cli->args_n));
	else
		help_add_program(&out);
	return cli_print(strbuf_text(&out));
}
