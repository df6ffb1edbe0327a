/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of verbs: a new verb is one row here, one line in verbs.h and one file cmd_<verb>.c.
 * Verbs of a group ("landlock abi") have two words and stand together.
 * The global options and the verbs of other runtimes that are still missing are here too. Data
 * only.
 */
#include "cli/verbs.h"

#include <string.h>

#include "base/mem.h"

#define GLOBAL(field) offsetof(struct cli_globals, field)

const struct option_row cli_global_options[] = {
	{ "root", 0, OPTION_STRING, GLOBAL(root), "DIR",
	  "Where the state of containers is kept: /run/nucleus-oci, or "
	  "$XDG_RUNTIME_DIR/nucleus-oci without root, if not given" },
	{ "log", 0, OPTION_STRING, GLOBAL(log), "FILE", "Append errors and warnings to FILE" },
	{ "log-format", 0, OPTION_CHOICE, GLOBAL(log_format), "text|json",
	  "How they are written; text if not given" },
	{ "log-level", 0, OPTION_CHOICE, GLOBAL(log_level), "error|warning|info|debug",
	  "debug is the same as --debug; the others are taken for compatibility" },
	{ "debug", 0, OPTION_FLAG, GLOBAL(debug), NULL, "Say what is done, and the plan" },
	{ "rootless", 0, OPTION_CHOICE, GLOBAL(rootless), "true|false|auto",
	  "Whether the default state root is a user's own; found out if not given" },
	{ "cgroup-manager", 0, OPTION_CHOICE, GLOBAL(cgroup_manager), "cgroupfs|systemd|disabled",
	  "Who makes the cgroup: the runtime itself (cgroupfs) if not given, or systemd, as a "
	  "transient scope; disabled touches none" },
	{ "systemd-cgroup", 0, OPTION_FLAG, GLOBAL(systemd_cgroup), NULL,
	  "The same as --cgroup-manager=systemd: cgroupsPath is \"slice:prefix:name\"" },
	{ "version", 'v', OPTION_FLAG, GLOBAL(version), NULL, "Print the version" },
	{ "help", 'h', OPTION_FLAG, GLOBAL(help), NULL, "Print this help" },
	{ "help-man", 0, OPTION_FLAG, GLOBAL(help_man), NULL, NULL },
	{ 0 },
};

const struct cli_verb cli_verbs[] = {
	{ "create", "ID", "Make a container from a bundle, up to its start",
	  "Its program does not run before start. The configuration is read now; later changes of "
	  "it "
	  "have no effect.",
	  &cmd_create_options, 1, 1, cmd_create },
	{ "start", "ID", "Run the program of a created container", NULL, &cmd_start_options, 1, 1,
	  cmd_start },
	{ "run", "ID|BUNDLE", "Create and start a container, and wait for its end",
	  "An argument with a slash, or the name of a folder that has a config.json, is the "
	  "bundle; "
	  "the id is then made from the folder's name. In the foreground signals and the exit code "
	  "are passed on and the container is deleted at its end. Without a terminal the program "
	  "gets the caller's standard input, output and error as they are.",
	  &cmd_run_options, 1, 1, cmd_run },
	{ "exec", "ID [COMMAND...]", "Run one more program in a running container",
	  "It is confined as the container's own is: namespaces, groups, capabilities, seccomp, "
	  "limits, labels and the Landlock policy. The configuration is the one that create kept. "
	  "What follows ID belongs to the command. Signals and the exit code are passed on; 255 "
	  "says that exec itself failed.",
	  &cmd_exec_options, 1, CLI_ARGS_ANY, cmd_exec },
	{ "state", "ID", "Print the state of a container as JSON", NULL, &cmd_state_options, 1, 1,
	  cmd_state },
	{ "kill", "ID [SIGNAL]", "Send a signal to a container's init, TERM if not given",
	  "A signal is a number or a name, with or without SIG, in any case; RTMIN+N and RTMAX-N "
	  "work "
	  "too. KILL reaches every process, also where the pid namespace is shared.",
	  &cmd_kill_options, 1, 2, cmd_kill },
	{ "delete", "ID", "Remove a container that has stopped or was never started", NULL,
	  &cmd_delete_options, 1, 1, cmd_delete },
	{ "pause", "ID", "Stop a container's processes until resume",
	  "They are frozen where they are and use memory, but no processor. A container that "
	  "waits for start can be paused too.",
	  &cmd_pause_options, 1, 1, cmd_pause },
	{ "resume", "ID", "Let the processes of a paused container go on", NULL,
	  &cmd_resume_options, 1, 1, cmd_resume },
	{ "events", "ID", "Print what a container uses, and when it runs out of memory",
	  "A line of JSON for each event, of type stats or oom, until the container ends.",
	  &cmd_events_options, 1, 1, cmd_events },
	{ "update", "ID", "Change the limits of a container",
	  "What is not given stays as it is. Limits that can't hold are refused before anything "
	  "changes, and a failure puts the old ones back. Device rules are never changed.",
	  &cmd_update_options, 1, 1, cmd_update },
	{ "ps", "ID [PS OPTION...]", "List the processes of a container",
	  "The table is what the host's ps(1) prints with the options behind the id, -ef if there "
	  "are none, with the lines of other processes left out. It must have a column PID. "
	  "Without a cgroup the processes of the container's pid namespace are listed.",
	  &cmd_ps_options, 1, CLI_ARGS_ANY, cmd_ps },
	{ "list", "", "List the containers of the state root", NULL, &cmd_list_options, 0, 0,
	  cmd_list },
	{ "spec", "", "Write a default config.json", "An existing file is never overwritten.",
	  &cmd_spec_options, 0, 0, cmd_spec },
	{ "features", "", "Print what this build supports as JSON",
	  "The document is that of features.md of the OCI runtime specification.",
	  &cmd_features_options, 0, 0, cmd_features },
	{ "validate", "[BUNDLE]", "Report everything that is wrong with a bundle's configuration",
	  "One problem a line: its place, what was found, what is accepted. The exit code is 1 if "
	  "there is an error, 0 if there are warnings at most, or what is right but not possible "
	  "on this machine (\"unsupported\"; create refuses it, plan shows the refusal).",
	  &cmd_validate_options, 0, 1, cmd_validate },
	{ "plan", "[BUNDLE]", "Show what create would do, without doing it",
	  "Needs no root. With --assume it shows what would be done on another machine.",
	  &cmd_plan_options, 0, 1, cmd_plan },
	{ "landlock abi", "", "Show what this kernel's Landlock can do",
	  "Its ABI, the rights that it knows, and which known faults of it are mended. A kernel "
	  "without Landlock is told with the way to enable it, and exit code 1.",
	  &cmd_landlock_abi_options, 0, 0, cmd_landlock_abi },
	{ "landlock show", "[BUNDLE]", "Show a bundle's Landlock policy, resolved",
	  "Each path with what may be done below it and where the rule comes from, ports, scopes, "
	  "and what the kernel drops. Needs no root. With --json it is a policy document without "
	  "variables, options, base or mounts that means the same.",
	  &cmd_landlock_show_options, 0, 1, cmd_landlock_show },
	{ "landlock check", "BUNDLE PATH RIGHTS", "Ask the kernel what a bundle's policy allows",
	  "Makes a container from the bundle, without its hooks, limits and program, and asks from "
	  "inside it; no file changes. PATH is a path in the container, port:NUMBER, or the word "
	  "scope. For each right a line says allowed or denied, and by which rule. The exit code "
	  "is 0 if all are allowed, 2 if one is denied.",
	  &cmd_landlock_check_options, 3, CLI_ARGS_MANY, cmd_landlock_check },
	{ "landlock learn", "BUNDLE [-- ARGS...]",
	  "Run a container observed, and write the policy it needs",
	  "It runs without a Landlock policy, with ARGS instead of its own arguments if there are "
	  "any. The policy is the smallest under which the same calls succeed; a summary goes to "
	  "standard error. Then the same is run again under the policy: exit code 0 says that it "
	  "ended in the same way, 2 that it did not. Without --output the container's standard "
	  "output is standard error.",
	  &cmd_landlock_learn_options, 1, CLI_ARGS_MANY, cmd_landlock_learn },
	{ "version", "", "Print the version", NULL, &cmd_version_options, 0, 0, cmd_version },
	{ "help", "[VERB]", "Print the help of the program or of a verb", NULL, &cmd_help_options,
	  0, 2, cmd_help },
	{ 0 },
};

/* Verbs that users and engines know from other runtimes. */
static const struct {
	const char *name, *why;
} missing_verbs[] = {
	{ "checkpoint", "a container's processes can't be saved to be restored later" },
	{ "restore", "a container can't be made from a checkpoint" },
};

bool cli_verb_in_group(const struct cli_verb *verb, const char *group)
{
	size_t len = strlen(group);

	return strncmp(verb->name, group, len) == 0 && verb->name[len] == ' ';
}

bool cli_verb_is_group(const char *word)
{
	for (const struct cli_verb *verb = cli_verbs; verb->name; verb++) {
		if (cli_verb_in_group(verb, word))
			return true;
	}
	return false;
}

const struct cli_verb *cli_verb_find(char *const *words, size_t n, size_t *out_taken)
{
	for (const struct cli_verb *verb = cli_verbs; n && verb->name; verb++) {
		const char *second = strchr(verb->name, ' ');

		*out_taken = second ? 2 : 1;
		if (n >= *out_taken && second && cli_verb_in_group(verb, words[0]) &&
		    str_equal(second + 1, words[1]))
			return verb;
		if (!second && str_equal(verb->name, words[0]))
			return verb;
	}
	return NULL;
}

/* The name that was most likely meant: of the verbs, or of the verbs of a group. */
static const char *nearest_verb(const char *name)
{
	const char *names[ARRAY_LEN(cli_verbs)];
	size_t n = 0;

	for (const struct cli_verb *verb = cli_verbs; verb->name; verb++)
		names[n++] = verb->name;
	return options_nearest(name, names, n);
}

struct err *cli_verb_unknown(char *const *words, size_t n)
{
	bool group = n && cli_verb_is_group(words[0]);

	for (size_t i = 0; n && i < ARRAY_LEN(missing_verbs); i++) {
		if (str_equal(missing_verbs[i].name, words[0]))
			return err_new(ERR_UNSUPPORTED, "%s: not supported yet: %s", words[0],
				       missing_verbs[i].why);
	}
	if (group && n == 1)
		return err_hint(err_new(ERR_USAGE, "%s needs a command", words[0]),
				"nucleus-oci %s --help lists them", words[0]);
	drop_mem char *name = group ? mem_asprintf("%s %.64s", words[0], words[1])
				    : mem_asprintf("%.64s", n ? words[0] : "");
	const char *nearest = nearest_verb(name);
	struct err *err = err_new(ERR_USAGE, "unknown verb \"%s\"", name);
	if (nearest)
		return err_hint(err, "did you mean \"%s\"?", nearest);
	return err_hint(err, "nucleus-oci %s%s--help lists the verbs", group ? words[0] : "",
			group ? " " : "");
}
