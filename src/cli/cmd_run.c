/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: create and start in one process; in the foreground also the wait and the delete. By hand,
 * `run FOLDER` takes the bundle and makes an id. Parent only.
 */
#include <string.h>
#include <sys/stat.h>

#include "apply/exe.h"
#include "cli/container_run.h"
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

/* An argument with a slash, or one that names a folder with a config.json, is a bundle. */
static bool names_bundle(const char *arg)
{
	struct stat st;

	if (strchr(arg, '/') || str_equal(arg, ".") || str_equal(arg, ".."))
		return true;
	drop_mem char *config = mem_asprintf("%s/config.json", arg);
	return sys_fstatat(AT_FDCWD, config, &st, 0) == 0;
}

struct err *cmd_run(struct cli *cli, const void *data)
{
	const struct run_values *values = data;
	const struct run_how how = {
		.create = &values->create,
		.detach = values->detach,
		.keep = values->keep,
	};
	int status = 0;

	/* before anything is read: from here on the container can't reach our own binary */
	TRY(exe_protect(cli->argv));
	if (!values->detach)
		container_run_prepare(!values->no_subreaper);
	struct err *err = !values->create.bundle && names_bundle(cli->args[0])
				  ? container_run_bundle(cli, &how, cli->args[0], &status)
				  : container_run(cli, &how, cli->args[0], &status);
	cli->exit_code = cli_exit_code(status);
	return err;
}
