/* SPDX-License-Identifier: Apache-2.0 */
/* delete: removes a container and all that create made (runtime.md, "Delete"). Parent only. */
#include "cli/container_delete.h"
#include "cli/container_state.h"
#include "cli/verbs.h"

struct delete_values {
	bool help, force;
};

static const struct option_row rows[] = {
	{ "force", 'f', OPTION_FLAG, offsetof(struct delete_values, force), NULL,
	  "Kill what still runs; clean up after a runtime that died; an unknown id is no error" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_delete_options = { rows, sizeof(struct delete_values) };

/* Half a container (its create died): whatever verb asks, it is cleaned up by the journal. */
static struct err *delete_half(struct store *store, struct container *container, bool force)
{
	drop_journal struct journal journal = { .fd = -1 };

	TRY(journal_open(&journal, container->dirfd));
	TRY(container_destroy(store, container, &journal, true));
	return force ? NULL : lifecycle_check(VERB_DELETE, STATUS_CREATING, container->id);
}

struct err *cmd_delete(struct cli *cli, const void *data)
{
	const struct delete_values *values = data;
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	struct err *err = cli_open_container(cli, true, &store, &container);

	/* Its delete may have been killed while its poststop hooks ran. */
	if (err && err_kind_of(err) == ERR_NOT_FOUND) {
		err = err_attach(err, container_finish_deleted(&store, cli->args[0]));
		if (!values->force || err_attached(err))
			return err;
		err_free(err);
		return NULL;
	}
	if (err && values->force && err_kind_of(err) == ERR_STATE && container.dirfd >= 0) {
		err_free(err); /* a damaged record: the journal is what counts */
		return delete_half(&store, &container, true);
	}
	if (err)
		return err;
	enum status status = container_status(&container);
	if (status == STATUS_CREATING)
		return delete_half(&store, &container, values->force);
	TRY(lifecycle_check(values->force ? VERB_DELETE_FORCE : VERB_DELETE, status, container.id));
	return container_delete(&store, &container);
}
