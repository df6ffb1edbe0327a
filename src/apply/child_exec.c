/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From "ready" to execve. See child_exec.h. Child only, as the container's init, in its final root.
 */
#include "apply/child_exec.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "apply/child_listener.h"
#include "apply/child_self.h"
#include "apply/hooks.h"
#include "apply/inroot.h"
#include "apply/state_doc.h"
#include "apply/sync.h"
#include "base/fd.h"
#include "sys/sys.h"

/* ---- prepared at create ---- */

/* A working directory outside the root shows as "(unreachable)..." or not at all (CVE-2024-21626).
 */
static struct err *check_cwd(const char *wanted)
{
	char path[PATH_MAX];
	int rc = sys_getcwd(path, sizeof(path));

	if (rc < 0)
		return err_sys(rc, "process.cwd %s", wanted);
	if (path[0] != '/')
		return err_new(ERR_CONFIG, "process.cwd %s is outside of the container's root",
			       wanted);
	return NULL;
}

static struct err *enter_cwd(const struct plan_process *process, int root_fd, bool *out_later)
{
	int rc = sys_chdir(process->cwd);

	if (rc == -ENOENT && !process->cwd_must_exist) {
		/* Engines rely on a missing one being made (lesson P8). */
		drop_fd int made_fd = -1;

		TRY(err_link(inroot_make(root_fd, process->cwd + 1, INROOT_DIR, &made_fd, NULL),
			     "process.cwd"));
		rc = sys_fchdir(made_fd);
	}
	*out_later = rc == -EACCES; /* a home that only its user may enter: again after setuid */
	if (*out_later)
		return NULL;
	if (rc < 0)
		return err_sys(rc, "process.cwd %s", process->cwd);
	return check_cwd(process->cwd);
}

static char **make_env(struct arena *arena, const struct plan_process *process)
{
	size_t n = 0;

	while (process->env[n])
		n++;
	char **env = arena_zalloc(arena, (n + 2) * sizeof(*env));
	memcpy(env, process->env, n * sizeof(*env));
	if (!process->home_set)
		env[n] = arena_asprintf(arena, "HOME=%s", exec_home(arena, process->uid));
	return env;
}

/* Hard limits above ours are raised now, to fail at create; the exact values come before execve. */
struct err *child_exec_raise_limits(const struct plan_process *process)
{
	for (size_t i = 0; i < process->rlimits_n; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];
		struct rlimit now;

		if (sys_prlimit(0, limit->resource, NULL, &now) < 0 || limit->hard <= now.rlim_max)
			continue;
		struct plan_process one = { .rlimits = limit, .rlimits_n = 1 };
		TRY(rlimits_apply(&one, 0));
	}
	return NULL;
}

static void send_warnings(int sync_fd, const struct strv *warnings)
{
	for (size_t i = 0; i < warnings->n; i++)
		err_free(sync_send_text(sync_fd, SYNC_WARNING, warnings->items[i], -1));
}

struct err *child_exec_prepare(struct child_exec *exec, struct child_context *context, int root_fd)
{
	const struct plan *plan = context->plan;
	const struct plan_process *process = &plan->process;

	if (!process->present)
		return NULL;
	TRY(enter_cwd(process, root_fd, &exec->cwd_later));
	if (process->args[0])
		TRY(exec_find(&exec->arena, process, &exec->path));
	exec->env = make_env(&exec->arena, process);
	TRY(child_exec_raise_limits(process));
	if (process->personality_set) {
		/* Before seccomp: engines' default profiles refuse it (lesson P2). */
		int rc = sys_personality(process->personality);

		if (rc < 0)
			return err_sys(rc, "linux.personality");
	}
	/* Last: a process that must not fork (SCHED_DEADLINE) could run no hooks, and what is to
	 * run with little or much of the CPU is the program, not its making. */
	return process->scheduled_by_runtime ? NULL : sched_apply(process, 0);
}

/* ---- waiting ---- */

static struct err *close_others(const struct child_exec *exec, const struct child_context *context)
{
	int keep[] = {
		context->sync_fd,	 context->start_listen_fd, exec->labels.apparmor_fd,
		exec->labels.selinux_fd, exec->ruleset_fd,	   context->stdio_fds[0],
		context->stdio_fds[1],	 context->stdio_fds[2],
	};

	return child_close_but(3 + context->plan->process.pass_fds, keep, ARRAY_LEN(keep));
}

struct err *child_exec_settle(struct child_exec *exec, struct child_context *context, int root_fd)
{
	const struct plan *plan = context->plan;
	struct strv warnings = { 0 };

	if (plan->process.present)
		TRY(landlock_build(&plan->landlock, root_fd, &exec->arena, &warnings,
				   &exec->ruleset_fd));
	send_warnings(context->sync_fd, &warnings);
	return close_others(exec, context);
}

static struct err *accept_start(struct child_context *context)
{
	struct sync_message message;

	for (;;) {
		int fd = sys_accept(context->start_listen_fd);

		if (fd < 0)
			return err_sys(fd, "wait for start");
		struct err *err = sync_expect(fd, SYNC_START, &message);
		if (!err) {
			context->sync_fd = fd;
			fd_closep(&context->start_listen_fd);
			return NULL;
		}
		/* A start that died before it said so: the container is still "created". */
		err_free(err);
		fd_closep(&fd);
	}
}

struct err *child_exec_wait(struct child_context *context)
{
	struct sync_message message;

	if (context->start_listen_fd < 0)
		return sync_expect(context->sync_fd, SYNC_START, &message);
	TRY(sync_expect(context->sync_fd, SYNC_DETACH, &message));
	int rc = sys_prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	if (rc < 0)
		return err_sys(rc, "prctl(PR_SET_PDEATHSIG)");
	TRY(sync_send(context->sync_fd, SYNC_DETACHED));
	fd_closep(&context->sync_fd);
	return accept_start(context);
}

/* ---- after the start signal ---- */

static struct err *start_hooks(struct child_exec *exec, struct child_context *context)
{
	const struct plan *plan = context->plan;
	const struct oci_hooks *hooks = plan->hooks;

	if (!hooks || !hooks->start_container.n)
		return NULL;
	drop_mem char *state = state_doc_write(plan, "created", (int64_t)getpid());
	struct hooks_context hook = {
		.kind = HOOK_START_CONTAINER,
		.state = state,
		.state_len = strlen(state),
		.default_env = exec->env,
		/* The file is the image's: it must gain no more than the payload has. */
		.credentials = &plan->process,
	};
	return hooks_run(&hooks->start_container, &hook, false);
}

/* The host's /dev/null is another file than the container's to an LSM: use the container's. */
static struct err *reopen_null_stdio(void)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (sys_fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
			continue;
		drop_fd int null_fd = sys_open("/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY, 0);
		if (null_fd < 0)
			continue;
		/* The name is the image's to choose, the device is not (CVE-2025-31133). */
		if (sys_fstat(null_fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
		    st.st_rdev != makedev(1, 3))
			continue;
		int rc = sys_dup3(null_fd, fd, 0);
		if (rc < 0)
			return err_sys(rc, "reopen descriptor %d", fd);
	}
	return NULL;
}

static struct err *use_stdio(struct child_context *context)
{
	for (int fd = 0; fd < 3; fd++) {
		if (context->stdio_fds[fd] < 0)
			continue;
		int rc = sys_dup3(context->stdio_fds[fd], fd, 0);
		if (rc < 0)
			return err_sys(rc, "set descriptor %d", fd);
	}
	return reopen_null_stdio();
}

/*
 * The payload inherits 0-2 and the passed descriptors. The sync channel becomes the next one; all
 * others are closed, not only CLOEXEC: the program's own path could be /proc/self/fd/N
 * (CVE-2024-21626).
 */
static struct err *sweep_fds(struct child_context *context)
{
	int keep = 3 + (int)context->plan->process.pass_fds;

	for (int fd = 3; fd < keep; fd++)
		(void)sys_fcntl(fd, F_SETFD, 0);
	if (context->sync_fd != keep) {
		int rc = sys_dup3(context->sync_fd, keep, O_CLOEXEC);

		if (rc < 0)
			return err_sys(rc, "move the sync channel to descriptor %d", keep);
		context->sync_fd = keep;
	}
	int rc = sys_close_range((unsigned int)keep + 1, ~0U, 0);
	return rc < 0 ? err_sys(rc, "close_range") : NULL;
}

static struct err *drop_privileges(const struct child_exec *exec,
				   const struct plan_process *process)
{
	TRY(creds_apply(process, process->caps.until_exec));
	if (process->no_new_privs) {
		int rc = sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

		if (rc < 0)
			return err_sys(rc, "prctl(PR_SET_NO_NEW_PRIVS)");
	}
	if (!exec->cwd_later)
		return NULL;
	int rc = sys_chdir(process->cwd);
	if (rc < 0)
		return err_sys(rc, "process.cwd %s", process->cwd);
	return check_cwd(process->cwd);
}

/*
 * Everything that confines comes after the ids and capabilities are the process's. What Landlock
 * and seccomp need where no_new_privs may not be set is CAP_SYS_ADMIN (landlock.md "Order", lesson
 * P17): it alone is kept, and execve takes it away. capabilities(7), "Transformation of
 * capabilities during execve()": no set of the new program depends on what was permitted or
 * effective before.
 */
static struct err *confine(struct child_exec *exec, struct child_context *context)
{
	const struct plan *plan = context->plan;

	TRY(drop_privileges(exec, &plan->process));
	TRY(landlock_enforce(&plan->landlock, exec->ruleset_fd));
	TRY(sweep_fds(context));
	/* From here on the container lives without the runtime (run: the parent may die). */
	(void)sys_prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	return NULL;
}

/* Loading the filter is the last thing before execve: a profile need not allow what the runtime
 * would still like to do. */
static struct err *execute(const struct child_exec *exec, const struct child_context *context)
{
	/* After the sweep: a small RLIMIT_NOFILE must not starve us. */
	TRY(rlimits_apply(&context->plan->process, 0));
	TRY(sync_send(context->sync_fd, SYNC_EXECUTING));
	if (context->filter.program)
		TRY(seccomp_filter_load(&context->filter, NULL));
	return child_exec_error(exec,
				sys_execve(exec->path, context->plan->process.args, exec->env));
}

/* The same, when the filter has a listener: what comes after loading it is for another thread. */
static struct err *execute_notifying(const struct child_exec *exec,
				     const struct child_context *context)
{
	struct child_listener listener;
	int fd;

	TRY(err_link(child_listener_start(&listener, exec, context), "linux.seccomp.listenerPath"));
	TRY(seccomp_filter_load(&context->filter, &fd));
	child_listener_hand_over(&listener, fd);
	int rc = sys_execve(exec->path, context->plan->process.args, exec->env);
	child_listener_tell(&listener, rc);
	return child_exec_error(exec, rc);
}

struct err *child_exec_error(const struct child_exec *exec, int rc)
{
	struct err *err = err_sys(rc, "exec %s", exec->path);

	/* The file was found at create: what is missing is what its first line or header names. */
	if (rc == -ENOENT)
		return err_hint(err,
				"the file is there: its interpreter or dynamic loader is missing "
				"in the container");
	if (rc == -ENOEXEC)
		return err_hint(err,
				"neither a program for this architecture nor a script with #!");
	if (rc == -EACCES)
		return err_hint(err,
				"a missing x bit, a noexec mount, an LSM, or a Landlock policy "
				"without execute and read_file for the program, its loader or its "
				"interpreter");
	return err;
}

struct err *child_exec_run(struct child_exec *exec, struct child_context *context)
{
	const struct plan_process *process = &context->plan->process;

	if (!process->present || !process->args[0])
		return err_new(ERR_CONFIG, "the configuration has no %s to start",
			       process->present ? "process.args" : "process");
	TRY(start_hooks(exec, context));
	TRY(use_stdio(context));
	TRY(lsm_apply_exec(process, &exec->labels));
	/* An engine's ignored SIGPIPE or blocked signals must not be the payload's (lesson P15). */
	sys_reset_signals();
	(void)umask(process->umask);
	TRY(confine(exec, context));
	return context->plan->seccomp.listener_path ? execute_notifying(exec, context)
						    : execute(exec, context);
}
