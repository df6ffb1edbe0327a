/* SPDX-License-Identifier: Apache-2.0 */
/* start: lets a created container execute its program (runtime.md, "Start"). Parent only. */
#include "apply/apply.h"
#include "base/fd.h"
#include "cli/container_delete.h"
#include "cli/container_state.h"
#include "cli/verbs.h"

struct start_values {
	bool help;
};

static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_start_options = { rows, sizeof(struct start_values) };

/* runtime.md, "Lifecycle", 10: a failing poststart hook ends the container. */
static struct err *poststart(struct store *store, struct container *container)
{
	drop_journal struct journal journal = { .fd = -1 };
	struct oci_config *config;

	TRY(journal_open(&journal, container->dirfd));
	if (!container_has_hooks(&journal))
		return NULL; /* the usual case: the configuration need not be read again */
	struct err *err = store_load_config(container, &config);
	if (!err)
		err = container_run_poststart(container, config);
	if (!err)
		return NULL;
	return err_attach(err, container_destroy(store, container, &journal, false));
}

struct err *cmd_start(struct cli *cli, const void *values UNUSED)
{
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;

	TRY(cli_open_container(cli, true, &store, &container));
	TRY(lifecycle_check(VERB_START, container_status(&container), container.id));
	TRY(apply_start_by_socket(container.dirfd));
	return poststart(&store, &container);
}
