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

static struct err *poststart(struct container *container)
{
	drop_journal struct journal journal = { .fd = -1 };
	struct oci_config *config;

	TRY(journal_open(&journal, container->dirfd));
	if (!container_has_hooks(&journal))
		return NULL; /* the usual case: the configuration need not be read again */
	TRY(store_load_config(container, &config));
	return container_run_poststart(container, config);
}

struct err *cmd_start(struct cli *cli, const void *values UNUSED)
{
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	struct agent agent;

	TRY(cli_open_container(cli, true, &store, &container));
	TRY(lifecycle_check(VERB_START, container_status(&container), container.id));
	/* Told without waking the init, which would end: the container stays created. */
	if (container.record.no_process)
		return err_new(ERR_CONFIG, "the configuration has no process to start");
	struct err *err =
		apply_start_by_socket(container.dirfd, container_agent(&container, &agent));
	if (!err)
		err = poststart(&container);
	/* runtime.md, "Lifecycle", 7 and 9: a failing hook is the end of the container. */
	if (err && err_kind_of(err) == ERR_HOOK)
		err = err_attach(err, container_delete(&store, &container));
	return err;
}
