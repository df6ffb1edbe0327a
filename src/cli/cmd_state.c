/* SPDX-License-Identifier: Apache-2.0 */
/* state: prints the state document (runtime.md, "Query State"). Takes no lock, changes nothing. */
#include <string.h>

#include "cli/container_state.h"
#include "cli/verbs.h"

struct state_values {
	bool help;
};

static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_state_options = { rows, sizeof(struct state_values) };

struct err *cmd_state(struct cli *cli, const void *values UNUSED)
{
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	drop_strbuf struct strbuf out = { 0 };

	TRY(cli_open_container(cli, false, &store, &container));
	enum status status = container_status(&container);
	TRY(lifecycle_check(VERB_STATE, status, container.id));
	drop_mem char *text = container_state_text(&container, status, true);
	strbuf_add(&out, text);
	if (!str_ends_with(text, "\n"))
		strbuf_add(&out, "\n");
	return cli_print(strbuf_text(&out));
}
