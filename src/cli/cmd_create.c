/* SPDX-License-Identifier: Apache-2.0 */
/* create: everything but the user's program (runtime.md, "Create"). Parent only. */
#include "apply/exe.h"
#include "cli/container_create.h"
#include "cli/verbs.h"

struct create_values {
	struct create_options create;
};

static const struct option_row rows[] = {
	CREATE_OPTION_ROWS(struct create_values),
	CLI_HELP_ROW,
};
const struct cli_options cmd_create_options = { rows, sizeof(struct create_values) };

struct err *cmd_create(struct cli *cli, const void *values)
{
	const struct create_values *create = values;
	drop_creation struct creation creation;

	creation_init(&creation, cli, &create->create);
	/* before anything is read: from here on the container can't reach our own binary */
	TRY(exe_protect(cli->argv));
	creation.id = cli->args[0];
	creation.detach = true;
	creation.by_socket = true;
	TRY(creation_run(&creation));
	struct err *err = apply_detach(&creation.result);
	return err ? creation_undo(&creation, err, true) : NULL;
}
