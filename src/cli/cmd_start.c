/* SPDX-License-Identifier: Apache-2.0 */
/* start: lets a created container execute its program (runtime.md, "Start"). Parent only. */
#include "apply/apply.h"
#include "apply/notify.h"
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

/* As systemd has it, what starts a service ends when the service is ready (systemd.service(5)). */
static struct err *wait_until_ready(struct container *container, struct notify *notify)
{
	const struct oci_record *record = &container->record;
	drop_fd int pidfd = -1;

	if (notify->listen_fd < 0)
		return NULL;
	TRY(proc_open(record->state.pid, record->init_start_time, &pidfd));
	notify->main_pid = (pid_t)record->state.pid;
	/* kill, state and delete --force work meanwhile */
	container_unlock(container);
	notify_wait(notify, pidfd);
	return NULL;
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
	drop_notify struct notify notify = NOTIFY_INIT;
	TRY(notify_open(&notify, container.dirfd, cli_notify_socket()));
	struct err *err =
		apply_start_by_socket(container.dirfd, container_agent(&container, &agent),
				      container.record.state.pid, container.record.init_start_time);
	if (!err)
		err = poststart(&container);
	if (!err)
		return wait_until_ready(&container, &notify);
	/* runtime.md, "Lifecycle", 7 and 9: a failing hook is the end of the container. */
	if (err_kind_of(err) == ERR_HOOK)
		err = err_attach(err, container_delete(&store, &container));
	return err;
}
