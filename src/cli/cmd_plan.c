/* SPDX-License-Identifier: Apache-2.0 */
/* plan: what create would do, decided but not done. Touches nothing, needs no root. */
#include "base/fd.h"
#include "cli/bundle.h"
#include "cli/exec_options.h"
#include "cli/verbs.h"

struct plan_values {
	bool help, json, no_pivot, no_new_keyring, detach, notify;
	const char *bundle, *id, *process;
	uint32_t preserve_fds;
	struct strv assume;
};

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct plan_values, json), NULL,
	  "One JSON document instead of text" },
	{ "assume", 0, OPTION_LIST, offsetof(struct plan_values, assume), "NAME=VALUE",
	  "Take this for a fact of the machine instead of looking (cgroup=v2, landlock-abi=3, "
	  "euid=1000); may be repeated" },
	{ "bundle", 'b', OPTION_STRING, offsetof(struct plan_values, bundle), "DIR",
	  "The bundle, if not the argument; the current directory if neither is given" },
	{ "id", 0, OPTION_STRING, offsetof(struct plan_values, id), "ID",
	  "The container's id; made of the folder's name if not given" },
	{ "process", 'p', OPTION_STRING, offsetof(struct plan_values, process), "FILE",
	  "Plan what exec --process FILE would run in a container of this bundle" },
	{ "detach", 'd', OPTION_FLAG, offsetof(struct plan_values, detach), NULL,
	  "Plan as for create and run --detach" },
	{ "preserve-fds", 0, OPTION_NUMBER, offsetof(struct plan_values, preserve_fds), "N",
	  "As for create" },
	{ "notify", 0, OPTION_FLAG, offsetof(struct plan_values, notify), NULL,
	  "Plan as with a NOTIFY_SOCKET in the environment" },
	{ "no-pivot", 0, OPTION_FLAG, offsetof(struct plan_values, no_pivot), NULL,
	  "As for create" },
	{ "no-new-keyring", 0, OPTION_FLAG, offsetof(struct plan_values, no_new_keyring), NULL,
	  "As for create" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_plan_options = { rows, sizeof(struct plan_values) };

static struct err *plan_process(struct bundle *bundle, const struct plan_options *options,
				const char *file)
{
	const struct exec_values values = { .process = file };
	struct plan_exec_options exec;

	/* before the file is read: of two documents with problems this is the one to begin with */
	TRY(err_link(problems_to_err_of_bundle(&bundle->problems), "%s/%s", bundle->dir,
		     bundle->file));
	TRY(exec_read_options(&bundle->arena, &values, NULL, 0, &bundle->problems, &exec));
	TRY(plan_make_exec(&bundle->arena, bundle->config, options, &exec, &bundle->host,
			   &bundle->problems, &bundle->plan));
	return err_link(problems_to_err(&bundle->problems), "%s", file);
}

struct err *cmd_plan(struct cli *cli, const void *data)
{
	const struct plan_values *values = data;
	drop_bundle struct bundle bundle;
	drop_strbuf struct strbuf out = { 0 };

	bundle_init(&bundle);
	TRY(host_assume_all(&bundle.host, &values->assume));
	TRY(bundle_open(&bundle, cli->args_n ? cli->args[0] : values->bundle));
	struct plan_options options = {
		.id = values->id ? values->id : bundle_derive_id(&bundle.arena, bundle.dir, 1),
		.bundle = bundle.dir,
		.no_pivot = values->no_pivot,
		.no_new_keyring = values->no_new_keyring,
		.preserve_fds = values->preserve_fds,
		.detach = values->detach,
		.no_cgroup = str_equal(cli->globals.cgroup_manager, "disabled"),
		.systemd = cli_systemd_cgroup(&cli->globals),
	};
	TRY(store_check_id(options.id));
	if (values->notify) {
		const char *root;

		TRY(cli_state_root(cli, &bundle.host, &bundle.arena, &root));
		options.notify_dir = cli_notify_dir(&bundle.arena, root, options.id);
	}
	if (values->process)
		TRY(plan_process(&bundle, &options, values->process));
	else
		TRY(bundle_plan(&bundle, &options));
	TRY(bundle_check(&bundle));
	drop_mem char *text =
		values->json ? plan_print_json(bundle.plan) : plan_print_text(bundle.plan);
	strbuf_add(&out, text);
	if (!str_ends_with(text, "\n"))
		strbuf_add(&out, "\n");
	return cli_print(strbuf_text(&out));
}
