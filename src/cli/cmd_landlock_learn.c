/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock learn: runs a bundle's container without a Landlock policy but observed, writes the
 * policy that what it did needs, and proves it by a second run under that policy. Parent only.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/exe.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/container_run.h"
#include "cli/learnt.h"
#include "cli/verbs.h"
#include "observe/observer.h"
#include "sys/io.h"
#include "sys/sys.h"

struct learn_values {
	bool help, force, no_verify;
	const char *output;
	uint32_t abi;
};

static const struct option_row rows[] = {
	{ "output", 'o', OPTION_STRING, offsetof(struct learn_values, output), "FILE",
	  "Write the policy to FILE, which must not exist; to standard output if not given" },
	{ "force", 'f', OPTION_FLAG, offsetof(struct learn_values, force), NULL, "Overwrite FILE" },
	{ "no-verify", 0, OPTION_FLAG, offsetof(struct learn_values, no_verify), NULL,
	  "Leave out the second run, under the policy" },
	{ "abi", 0, OPTION_NUMBER, offsetof(struct learn_values, abi), "N",
	  "Use only rights of this ABI, for an older kernel; the running kernel's if not given" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_landlock_learn_options = { rows, sizeof(struct learn_values) };

struct learn {
	struct cli *cli;
	const struct learn_values *values;
	struct arena arena;
	const char *bundle, *output; /* absolute; output NULL: standard output */
	struct learnt_wish wish;
	struct creation_changes changes;
	struct observer observer;
};

static void learn_close(struct learn *learn)
{
	observer_close(&learn->observer);
	arena_free(&learn->arena);
}

/* ---- before anything runs ---- */

static struct err *choose_abi(struct learn *learn)
{
	drop_host struct host host;

	host_init(&host);
	unsigned int kernel = (unsigned int)host_landlock_abi(&host);
	unsigned int wanted = learn->values->abi ? learn->values->abi : kernel;

	if (learn->values->abi > OCI_LANDLOCK_ABI_MAX)
		return err_new(ERR_USAGE,
			       "option --abi: a policy can be learnt for an ABI from 1 to %d",
			       OCI_LANDLOCK_ABI_MAX);
	if (!learn->values->no_verify && wanted > kernel)
		return err_hint(
			err_new(ERR_UNSUPPORTED,
				"the kernel's Landlock ABI is %u: a policy for ABI %u can't "
				"be proved here",
				kernel, wanted ? wanted : 1),
			"--no-verify leaves the proof out");
	if (!wanted)
		return err_hint(err_new(ERR_UNSUPPORTED,
					"this kernel has no Landlock, or it is not enabled"),
				"--abi says for which ABI the policy is to be");
	learn->wish.abi = wanted < OCI_LANDLOCK_ABI_MAX ? wanted : OCI_LANDLOCK_ABI_MAX;
	return NULL;
}

static struct err *check_output(struct learn *learn)
{
	const struct learn_values *values = learn->values;
	struct stat st;

	if (!values->output)
		return values->force ? err_new(ERR_USAGE, "option --force is for --output") : NULL;
	TRY(cli_absolute(&learn->arena, values->output, &learn->output));
	int rc = sys_fstatat(AT_FDCWD, learn->output, &st, AT_SYMLINK_NOFOLLOW);
	if (rc == 0 && !values->force)
		return err_hint(err_new(ERR_EXISTS, "%s exists", learn->output),
				"--force overwrites it");
	if (rc == 0 && !S_ISREG(st.st_mode))
		return err_new(ERR_USAGE, "%s is not a regular file", learn->output);
	return NULL;
}

static bool has_own(const struct oci_config *config, int type)
{
	const struct oci_namespaces *list = config->linux_ ? &config->linux_->namespaces : NULL;

	for (size_t i = 0; list && i < list->n; i++) {
		if (list->items[i].type == type)
			return !list->items[i].path;
	}
	return false;
}

/* What of the configuration matters here; all that is wrong with it is told by the run. */
static struct err *look_at_bundle(struct learn *learn)
{
	drop_bundle struct bundle bundle;

	bundle_init(&bundle);
	TRY(bundle_open(&bundle, learn->bundle));
	if (!bundle.config)
		return bundle_check(&bundle);
	const struct oci_process *process = bundle.config->process;
	if (process && process->terminal && !learn->output)
		return err_new(ERR_USAGE, "process.terminal: standard output is the terminal's, so "
					  "the policy needs --output");
	learn->wish.own_pids = has_own(bundle.config, CLONE_NEWPID);
	learn->wish.own_network = has_own(bundle.config, CLONE_NEWNET);
	return NULL;
}

static struct err *prepare(struct learn *learn)
{
	struct cli *cli = learn->cli;

	TRY(cli_absolute(&learn->arena, cli->args[0], &learn->bundle));
	learn->changes.args = (struct strv){ cli->args + 1, cli->args_n - 1 };
	TRY(choose_abi(learn));
	TRY(check_output(learn));
	return look_at_bundle(learn);
}

/* ---- the runs ---- */

/* As landlock check has it: what was asked has the answer no. */
enum { EXIT_UNPROVED = 2 };

static struct err *observe(pid_t init, void *data)
{
	struct learn *learn = data;

	return observer_start(init, learnt_report, &learn->wish, &learn->observer);
}

/* A run, without a policy or under one: how it ended, and what was seen. */
struct observed {
	struct strbuf report;
	const char *policy, *summary, *denied, *failed; /* in the report */
	int status;
};

static void observed_close(struct observed *observed)
{
	strbuf_free(&observed->report);
}

static struct err *read_report(struct observed *observed)
{
	const char **parts[] = { &observed->policy, &observed->summary, &observed->denied,
				 &observed->failed };
	const char *text = strbuf_text(&observed->report);
	const char *end = text + observed->report.len; /* a NUL is there, too */

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (text > end)
			return err_new(ERR_BUG, "the observer's report is not whole");
		*parts[i] = text;
		text += strlen(text) + 1;
	}
	return NULL;
}

static struct err *run(struct learn *learn, const char *policy, struct observed *out)
{
	const struct create_options create = { .help = false };
	const struct run_how how = {
		.create = &create,
		.quiet = !learn->output,
		.changes = &learn->changes,
		.before_start = observe,
		.data = learn,
	};

	learn->changes.landlock = policy ? policy : "off";
	TRY(container_run_bundle(learn->cli, &how, learn->bundle, &out->status));
	TRY(observer_finish(&learn->observer, &out->report));
	observer_close(&learn->observer);
	return read_report(out);
}

static struct err *say(const char *text)
{
	return io_write_all(STDERR_FILENO, text, strlen(text), "standard error");
}

static struct err *write_policy(const struct learn *learn, const char *policy)
{
	drop_mem char *text = mem_asprintf("%s\n", policy);

	if (!learn->output)
		return cli_print(text);
	return io_replace_file(AT_FDCWD, learn->output, 0644, text, strlen(text));
}

static char *ending(int status)
{
	return WIFSIGNALED(status) ? mem_asprintf("signal %d", WTERMSIG(status))
				   : mem_asprintf("exit status %d", WEXITSTATUS(status));
}

/* `line` with its end. */
static bool has_line(const char *lines, const char *line)
{
	for (; *lines; lines = strchr(lines, '\n') + 1) {
		if (str_starts_with(lines, line))
			return true;
	}
	return false;
}

/* What the policy denied, though the program went on: its exit status does not tell. *out_lacking:
 * some of it did not fail without the policy. */
static struct err *tell_denied(const struct observed *first, const struct observed *second,
			       bool *out_lacking)
{
	drop_strbuf struct strbuf out = { 0 };

	*out_lacking = false;
	for (const char *line = second->denied; *line; line = strchr(line, '\n') + 1) {
		size_t len = strcspn(line, "\n");
		drop_mem char *text = mem_asprintf("%.*s\n", (int)len, line);

		if (has_line(first->denied, text))
			continue;
		strbuf_addf(&out, "note: denied under the policy, not before: %s", text);
		*out_lacking |= !has_line(first->failed, text);
	}
	return say(strbuf_text(&out));
}

static struct err *prove(struct learn *learn, const struct observed *first)
{
	CLEANUP(observed_close) struct observed second = { .status = 0 };
	drop_mem char *first_text = ending(first->status);
	bool lacking;

	TRY(err_link(run(learn, first->policy, &second), "the run under the policy"));
	drop_mem char *second_text = ending(second.status);
	TRY(tell_denied(first, &second, &lacking));
	learn->cli->failure_code = EXIT_UNPROVED;
	if (!str_equal(first_text, second_text))
		return err_hint(err_new(ERR_PEER,
					"the run under the policy ended with %s, the one before "
					"with %s",
					second_text, first_text),
				"notes above name what was denied; without any, the program does "
				"not do the same twice on the same files");
	if (lacking)
		return err_new(ERR_PEER,
			       "the run under the policy ended with %s, too, but some of its calls "
			       "were denied and had not failed before: see the notes above",
			       second_text);
	learn->cli->failure_code = 0;
	drop_mem char *text =
		mem_asprintf("proved: the run under the policy ended with %s, too\n", second_text);
	return say(text);
}

static struct err *learn_once(struct learn *learn)
{
	CLEANUP(observed_close) struct observed first = { .status = 0 };

	TRY(run(learn, NULL, &first));
	TRY(write_policy(learn, first.policy));
	drop_mem char *ended = ending(first.status);
	drop_mem char *text = mem_asprintf("%sthe run ended with %s\n", first.summary, ended);
	TRY(say(text));
	return learn->values->no_verify ? NULL : prove(learn, &first);
}

struct err *cmd_landlock_learn(struct cli *cli, const void *data)
{
	CLEANUP(learn_close) struct learn learn = {
		.cli = cli,
		.values = data,
		.observer = OBSERVER_INIT,
	};

	TRY(exe_protect(cli->argv));
	TRY(prepare(&learn));
	container_run_prepare(true);
	return learn_once(&learn);
}
