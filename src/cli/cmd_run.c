/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: create and start in one process; in the foreground also the wait and the delete. By hand,
 * `run FOLDER` takes the bundle and makes an id. Parent only.
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "apply/exe.h"
#include "apply/tty.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/container_create.h"
#include "cli/container_delete.h"
#include "cli/container_state.h"
#include "cli/verbs.h"
#include "sys/sys.h"

struct run_values {
	struct create_options create;
	bool detach, keep, no_subreaper;
};

static const struct option_row rows[] = {
	CREATE_OPTION_ROWS(struct run_values),
	{ "detach", 'd', OPTION_FLAG, offsetof(struct run_values, detach), NULL,
	  "Return when the program runs, and leave the container to the caller" },
	{ "keep", 0, OPTION_FLAG, offsetof(struct run_values, keep), NULL,
	  "Keep the container's state and cgroup when it has ended, for delete" },
	{ "no-subreaper", 0, OPTION_FLAG, offsetof(struct run_values, no_subreaper), NULL,
	  "Do not adopt the container's orphans while in the foreground" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_run_options = { rows, sizeof(struct run_values) };

enum { DERIVED_ID_TRIES = 1000 };

/* An argument with a slash, or one that names a folder with a config.json, is a bundle. */
static bool names_bundle(const char *arg)
{
	struct stat st;

	if (strchr(arg, '/') || str_equal(arg, ".") || str_equal(arg, ".."))
		return true;
	drop_mem char *config = mem_asprintf("%s/config.json", arg);
	return sys_fstatat(AT_FDCWD, config, &st, 0) == 0;
}

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

static struct err *foreground(struct cli *cli, struct creation *creation, bool keep)
{
	struct apply_result *result = &creation->result;
	int status = 0;

	log_flush_warnings();
	/* kill, state and delete --force work meanwhile */
	container_unlock(&creation->container);
	struct err *err = tty_foreground(result->pid, result->pidfd, result->console_fd,
					 &creation->notify, &status);
	cli->exit_code = cli_exit_code(status);
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

static struct err *run_once(struct cli *cli, const struct run_values *values,
			    const struct create_options *create, const char *id)
{
	drop_creation struct creation creation;
	struct agent agent;

	creation_init(&creation, cli, create);
	creation.id = id;
	creation.detach = values->detach;
	TRY(creation_run(&creation));
	struct err *err =
		apply_start(&creation.result, container_agent(&creation.container, &agent));
	if (err)
		return creation_undo(&creation, err, true);
	err = container_run_poststart(&creation.container, creation.bundle.config);
	if (err)
		return creation_undo(&creation, err, false);
	creation.notify.main_pid = values->detach ? creation.result.pid : getpid();
	return values->detach ? detached(&creation) : foreground(cli, &creation, values->keep);
}

/* run FOLDER: the id is the folder's name, with -2, -3, ... if that is taken. */
static struct err *run_bundle(struct cli *cli, const struct run_values *values)
{
	drop_arena struct arena arena = { 0 };
	drop_store struct store store = { .root_dirfd = -1 };
	struct create_options create = values->create;
	const char *dir;

	TRY(cli_absolute(&arena, cli->args[0], &dir));
	TRY(cli_open_store(cli, true, &store));
	create.bundle = dir;
	for (unsigned int number = 1; number <= DERIVED_ID_TRIES; number++) {
		const char *id = bundle_derive_id(&arena, dir, number);
		struct stat st;

		if (sys_fstatat(store.root_dirfd, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		struct err *err = run_once(cli, values, &create, id);
		if (!err || err_kind_of(err) != ERR_EXISTS)
			return err;
		err_free(err); /* somebody was faster: the next number */
	}
	return err_new(ERR_EXISTS, "no free id for bundle %s", dir);
}

struct err *cmd_run(struct cli *cli, const void *data)
{
	const struct run_values *values = data;

	/* before anything is read: from here on the container can't reach our own binary */
	TRY(exe_protect(cli->argv));
	if (!values->detach) {
		cli_hold_signals();
		/* so that all of the container's processes can be waited for (lesson C31) */
		if (!values->no_subreaper)
			(void)sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	}
	if (!values->create.bundle && names_bundle(cli->args[0]))
		return run_bundle(cli, values);
	return run_once(cli, values, &values->create, cli->args[0]);
}
