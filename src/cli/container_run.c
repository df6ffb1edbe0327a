/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's whole life in one process. See container_run.h. Parent only.
 */
#include "cli/container_run.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "apply/tty.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/container_create.h"
#include "cli/container_delete.h"
#include "cli/container_state.h"
#include "sys/sys.h"

enum { DERIVED_ID_TRIES = 1000 };

/* The container has ended by itself: what `delete` does, unless somebody has done it already. */
static struct err *delete_after(struct store *store, const char *id)
{
	drop_container struct container container = CONTAINER_INIT;
	struct err *err = store_get(store, id, true, &container);

	if (err && err_kind_of(err) == ERR_NOT_FOUND) {
		err_free(err);
		return NULL;
	}
	return err ? err : container_delete(store, &container);
}

static struct err *foreground(struct creation *creation, bool keep, int *out_status)
{
	struct apply_result *result = &creation->result;

	log_flush_warnings();
	/* kill, state and delete --force work meanwhile */
	container_unlock(&creation->container);
	struct err *err = tty_foreground(result->pid, result->pidfd, result->console_fd,
					 &creation->notify, out_status);
	/* A container that can't be followed any more still must not be left running unseen. */
	if (!keep || err)
		err = err_attach(err, delete_after(&creation->store, creation->id));
	notify_finish(&creation->notify);
	return err;
}

/* Whoever waits for a service to be ready waits for this process to end. */
static struct err *detached(struct creation *creation)
{
	container_unlock(&creation->container);
	notify_wait(&creation->notify, creation->result.pidfd);
	return NULL;
}

/* What watches it sees the first program already. */
static struct err *start(struct creation *creation, const struct run_how *how)
{
	struct agent agent;

	if (how->before_start)
		TRY(how->before_start(creation->result.pid, how->data));
	return apply_start(&creation->result, container_agent(&creation->container, &agent));
}

struct err *container_run(const struct cli *cli, const struct run_how *how, const char *id,
			  int *out_status)
{
	drop_creation struct creation creation;

	creation_init(&creation, cli, how->create);
	creation.id = id;
	creation.detach = how->detach;
	creation.observed = how->before_start;
	creation.quiet = how->quiet;
	creation.changes = how->changes;
	TRY(creation_run(&creation));
	struct err *err = start(&creation, how);
	if (err)
		return creation_undo(&creation, err, true);
	err = container_run_poststart(&creation.container, creation.bundle.config);
	if (err)
		return creation_undo(&creation, err, false);
	creation.notify.main_pid = how->detach ? creation.result.pid : getpid();
	return how->detach ? detached(&creation) : foreground(&creation, how->keep, out_status);
}

struct err *container_run_bundle(const struct cli *cli, const struct run_how *how, const char *dir,
				 int *out_status)
{
	drop_arena struct arena arena = { 0 };
	drop_store struct store store = { .root_dirfd = -1 };
	struct create_options create = *how->create;
	struct run_how of_bundle = *how;

	TRY(cli_absolute(&arena, dir, &create.bundle));
	of_bundle.create = &create;
	TRY(cli_open_store(cli, true, &store));
	for (unsigned int number = 1; number <= DERIVED_ID_TRIES; number++) {
		const char *id = bundle_derive_id(&arena, create.bundle, number);
		struct stat st;

		if (sys_fstatat(store.root_dirfd, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		struct err *err = container_run(cli, &of_bundle, id, out_status);
		if (!err || err_kind_of(err) != ERR_EXISTS)
			return err;
		err_free(err); /* somebody was faster: the next number */
	}
	return err_new(ERR_EXISTS, "no free id for bundle %s", create.bundle);
}

void container_run_prepare(bool subreaper)
{
	cli_hold_signals();
	/* so that all of the container's processes can be waited for (lesson C31) */
	if (subreaper)
		(void)sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}
