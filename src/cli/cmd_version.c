/* SPDX-License-Identifier: Apache-2.0 */
/* version: the same words as --version. Reads nothing from the machine. */
#include "cli/help.h"
#include "cli/verbs.h"

struct version_values {
	bool help;
};

static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_version_options = { rows, sizeof(struct version_values) };

struct err *cmd_version(struct cli *cli UNUSED, const void *values UNUSED)
{
	return cli_print(help_version());
}
