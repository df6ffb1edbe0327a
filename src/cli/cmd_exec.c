/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: one more process in a running container. Reads the container's record and the configuration
 * that create kept, never the bundle. Parent only.
 */

#include "apply/exe.h"
#include "apply/notify.h"
#include "apply/tty.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/container_state.h"
#include "cli/exec_options.h"
#include "cli/handover.h"
#include "cli/verbs.h"
#include "sys/sys.h"

/* As runc: what is not the program's own exit code. */
enum { EXEC_FAILED = 255 };

#define VALUE(member) offsetof(struct exec_values, member)
static const struct option_row rows[] = {
	{ "process", 'p', OPTION_STRING, VALUE(process), "FILE",
	  "The process as JSON, like the process section of config.json; what limits it and is not "
	  "there is as the container's own" },
	{ "detach", 'd', OPTION_FLAG, VALUE(detach), NULL,
	  "Return when the program runs, and leave it to the caller" },
	{ "pid-file", 0, OPTION_STRING, VALUE(pid_file), "FILE",
	  "Write the process id to FILE once the program runs" },
	{ "tty", 't', OPTION_FLAG, VALUE(tty), NULL, "Give it a terminal" },
	{ "console-socket", 0, OPTION_STRING, VALUE(console_socket), "SOCKET",
	  "Send the terminal's master to this Unix socket (with a terminal and --detach)" },
	{ "pidfd-socket", 0, OPTION_STRING, VALUE(pidfd_socket), "SOCKET",
	  "Send a pidfd of the process to this Unix socket" },
	{ "cwd", 0, OPTION_STRING, VALUE(cwd), "DIR", "Its working directory in the container" },
	{ "env", 'e', OPTION_LIST, VALUE(env), "NAME=VALUE",
	  "Add to its environment; may be repeated" },
	{ "user", 'u', OPTION_STRING, VALUE(user), "UID[:GID]",
	  "Whose it is, in numbers; without GID the group is the container's process's" },
	{ "additional-gids", 'g', OPTION_LIST, VALUE(gids), "GID",
	  "A further group; may be repeated" },
	{ "cap", 'c', OPTION_LIST, VALUE(caps), "CAPABILITY",
	  "Add a capability (CAP_NET_RAW); may be repeated" },
	{ "no-new-privs", 0, OPTION_FLAG, VALUE(no_new_privs), NULL, "Set no_new_privs" },
	{ "apparmor", 0, OPTION_STRING, VALUE(apparmor), "PROFILE", "Its AppArmor profile" },
	{ "process-label", 0, OPTION_STRING, VALUE(label), "LABEL", "Its SELinux label" },
	{ "preserve-fds", 0, OPTION_NUMBER, VALUE(preserve_fds), "N",
	  "Pass N more descriptors to the process, from 3 up" },
	{ "cgroup", 0, OPTION_LIST, VALUE(cgroups), "[CONTROLLER:]PATH",
	  "Enter this group, which must exist, below the container's; with cgroup v1 for each "
	  "controller. / is the container's own, even if its init has moved to another" },
	{ "ignore-paused", 0, OPTION_FLAG, VALUE(ignore_paused), NULL,
	  "Also in a paused container; it runs when that is resumed" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_exec_options = { rows, sizeof(struct exec_values) };

struct exec {
	struct cli *cli;
	const struct exec_values *values;
	struct arena arena;
	struct host host;
	struct problems problems;
	struct store store;
	struct container container;
	enum status status;
	struct plan *plan;
	struct apply_result result;
};

static void exec_close(struct exec *exec)
{
	apply_result_close(&exec->result);
	problems_free(&exec->problems);
	host_free(&exec->host);
	container_close(&exec->container);
	store_close(&exec->store);
	arena_free(&exec->arena);
}

/* ---- before any effect ---- */

/* Without the lock: a start whose hooks take their time must not hold up a health check. */
static struct err *find_container(struct exec *exec)
{
	struct container *container = &exec->container;

	TRY(cli_open_container(exec->cli, false, &exec->store, container));
	exec->status = container_status(container);
	return lifecycle_check(exec->values->ignore_paused ? VERB_EXEC_PAUSED : VERB_EXEC,
			       exec->status, container->id);
}

/* What is said of the container was told at create. */
static void tell_warnings(const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct problem *problem = &problems->items[i];

		if (problem->warning && str_starts_with(problem->place, "process"))
			log_warn("%s: %s", problem->place, problem->text);
	}
}

/* What create mounted for NOTIFY_SOCKET, if it did: a mount that the policy may allow. */
static const char *notify_dir(struct exec *exec)
{
	struct stat st;

	if (sys_fstatat(exec->container.dirfd, NOTIFY_DIR, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	return cli_notify_dir(&exec->arena, exec->store.root, exec->container.id);
}

static struct err *make_plan(struct exec *exec)
{
	struct container *container = &exec->container;
	drop_strbuf struct strbuf policy = { 0 };
	struct plan_exec_options process;
	struct oci_config *config;

	TRY(exec_read_options(&exec->arena, exec->values, exec->cli->args + 1,
			      exec->cli->args_n - 1, &exec->problems, &process));
	TRY(store_load_config(container, &config));
	TRY(store_load_policy(container, &policy));
	const struct plan_options options = {
		.id = container->id,
		.bundle = container->record.state.bundle,
		.no_new_keyring = container->record.no_new_keyring,
		.preserve_fds = exec->values->preserve_fds,
		.detach = exec->values->detach,
		.policy_text = policy.len ? strbuf_text(&policy) : NULL,
		.notify_dir = notify_dir(exec),
	};
	TRY(plan_make_exec(&exec->arena, config, &options, &process, &exec->host, &exec->problems,
			   &exec->plan));
	struct err *err = problems_to_err(&exec->problems);
	if (err)
		return exec->values->process ? err_link(err, "%s", exec->values->process) : err;
	tell_warnings(&exec->problems);
	return NULL;
}

static struct err *decide(struct exec *exec)
{
	TRY(cli_check_fds(0, exec->values->preserve_fds));
	TRY(make_plan(exec));
	TRY(handover_check_console(exec->values->detach && exec->plan->process.terminal,
				   exec->values->console_socket));
	if (exec->plan->seccomp.listener_path)
		TRY(agent_check(exec->plan->seccomp.listener_path));
	if (log_debug_on()) {
		drop_mem char *text = plan_print_text(exec->plan);

		log_debug("%s", text);
	}
	return NULL;
}

/* ---- acting ---- */

static struct err *enter(struct exec *exec)
{
	const struct oci_record *record = &exec->container.record;
	struct enter_group *groups;
	drop_fd int cache_fd = -1;

	TRY(exec_read_groups(&exec->arena, exec->values, record, &exec->host, &groups));
	if (exec->plan->seccomp.profile)
		cache_fd = sys_openat(exec->store.root_dirfd, ".seccomp-cache",
				      O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	const struct enter_request request = {
		.plan = exec->plan,
		.init_pid = (pid_t)record->state.pid,
		.init_start_time = record->init_start_time,
		.groups = groups,
		.groups_n = record->cgroup_dirs.n,
		.systemd_unit = record->systemd_unit,
		.systemd_socket = record->systemd_socket,
		.cache_dirfd = cache_fd,
	};
	return apply_enter(&request, &exec->result);
}

static struct err *start(struct exec *exec)
{
	struct agent agent;
	const struct agent *listener = container_agent(&exec->container, &agent);

	agent.pid = exec->result.pid;
	agent.status = status_name(exec->status);
	/* From here on the program may run: what ends us is passed on to it. */
	if (!exec->values->detach)
		cli_hold_signals();
	return apply_start(&exec->result, listener);
}

static struct err *execute(struct exec *exec)
{
	const struct exec_values *values = exec->values;

	/* Before the program runs: who waits for them must not miss what it does. */
	TRY(handover_descriptors(&exec->result, values->console_socket, values->pidfd_socket));
	TRY(start(exec));
	return handover_pid_file(&exec->result, values->pid_file);
}

static struct err *foreground(struct exec *exec)
{
	const struct apply_result *result = &exec->result;
	int status = 0;

	log_flush_warnings();
	TRY(tty_foreground(result->pid, result->pidfd, result->console_fd, NULL, &status));
	exec->cli->exit_code = cli_exit_code(status);
	return NULL;
}

struct err *cmd_exec(struct cli *cli, const void *values)
{
	CLEANUP(exec_close) struct exec exec = {
		.cli = cli,
		.values = values,
		.store = { .root_dirfd = -1 },
		.container = CONTAINER_INIT,
		.result = APPLY_RESULT_INIT,
	};

	cli->failure_code = EXEC_FAILED;
	host_init(&exec.host);
	/* before anything is read: from here on the container can't reach our own binary */
	TRY(exe_protect(cli->argv));
	TRY(find_container(&exec));
	TRY(decide(&exec));
	TRY(enter(&exec));
	struct err *err = execute(&exec);
	if (err) {
		apply_kill(&exec.result);
		return err;
	}
	return exec.values->detach ? NULL : foreground(&exec);
}
