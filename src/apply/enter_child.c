/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of exec: one flat recipe from the clone to the start signal; child_exec.c goes on
 * from there, as for create. See enter.h. Single-threaded, in the container's group from birth on
 * v2. The order is the design: each line that could not stand elsewhere says why.
 */
#include "apply/enter.h"

#include <errno.h>
#include <unistd.h>

#include "apply/child_exec.h"
#include "apply/child_self.h"
#include "apply/namespaces.h"
#include "apply/sync.h"
#include "base/fd.h"
#include "sys/sys.h"

/* ---- outside ---- */

static struct err *set_oom_score(const struct plan_process *process)
{
	int rc = child_set_oom_score(process);

	/* Lowering needs CAP_SYS_RESOURCE; without privilege the caller's stays (lesson P14). */
	if (rc >= 0 || (rc == -EACCES && process->oom_best_effort))
		return NULL;
	return err_hint(
		err_sys(rc, "process.oomScoreAdj %lld", (long long)process->oom_score_adj.v),
		"a value below the runtime's own needs CAP_SYS_RESOURCE");
}

static struct err *join_groups(const struct enter_context *context)
{
	const struct plan_process *process = &context->child.plan->process;

	for (size_t i = 0; i < context->procs_n; i++) {
		int rc = cgroup_join_by(context->procs_fds[i]);

		if (rc < 0)
			return err_sys(rc, "join the container's cgroup");
	}
	if (process->all_cpus_of_group)
		cgroup_use_all_cpus();
	return affinity_apply(&process->exec_cpus.final, "process.execCPUAffinity.final");
}

/* What takes the runtime's own privileges, files or descriptors. */
static struct err *before_joining(struct enter_context *context)
{
	const struct plan_process *process = &context->child.plan->process;

	struct sync_message message;

	TRY(child_tie_to_parent(context->child.sync_fd));
	if (context->child.waits_for_group)
		TRY(sync_expect(context->child.sync_fd, SYNC_PLACED, &message));
	TRY(set_oom_score(process));
	/* In a user namespace we may not raise them any more; the second try reports. */
	err_free(child_exec_raise_limits(process));
	return join_groups(context);
}

/* The host's, which is still there: a procfs in the container may be a fake, and in a user
 * namespace none can be made where the container's own is masked. */
static struct err *open_labels(const struct plan_process *process, struct child_exec *exec)
{
	struct statfs fs;

	if (!lsm_has_label(process))
		return NULL;
	drop_fd int proc_fd = sys_open("/proc", O_PATH | O_DIRECTORY, 0);
	if (proc_fd < 0)
		return err_sys(proc_fd, "open /proc");
	if (sys_fstatfs(proc_fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_new(ERR_SYS, "/proc is no procfs: labels can't be set");
	return lsm_open(process, proc_fd, &exec->labels);
}

/* Nothing of the host's comes along, also not for a moment (CVE-2016-9962). */
static struct err *leave_behind(const struct enter_context *context, const struct child_exec *exec,
				int pid_fd)
{
	const struct child_context *child = &context->child;
	int keep[] = {
		child->sync_fd,		  context->init_pidfd,	   context->root_fd,
		exec->labels.apparmor_fd, exec->labels.selinux_fd, pid_fd,
	};

	return child_close_but(3 + child->plan->process.pass_fds, keep, ARRAY_LEN(keep));
}

/* ---- joining ---- */

static const uint64_t namespace_types[] = {
	CLONE_NEWIPC,  CLONE_NEWUTS,	CLONE_NEWNET,  CLONE_NEWPID,
	CLONE_NEWTIME, CLONE_NEWCGROUP, CLONE_NEWUSER, CLONE_NEWNS,
};

static struct err *cannot_join(int rc)
{
	if (rc == -ESRCH)
		return err_new(ERR_STATE, "cannot exec in a stopped container");
	return err_sys(rc, "join the container's namespaces");
}

/* One by one; EPERM leaves one for the next round. The user namespace has a round of its own. */
static struct err *join_round(int pidfd, uint64_t among, uint64_t *left, bool last)
{
	for (size_t i = 0; i < ARRAY_LEN(namespace_types); i++) {
		uint64_t type = namespace_types[i];

		if (!(*left & among & type))
			continue;
		int rc = sys_setns(pidfd, (int)type);
		if (rc == -EPERM && !last)
			continue;
		if (rc < 0)
			return cannot_join(rc);
		*left &= ~type;
	}
	return NULL;
}

/*
 * All at once, checked as by the user namespace's root. Where a namespace belongs to another user
 * namespace (the host's network), only the runtime itself may enter it, before that (lesson N2).
 */
static struct err *join(int pidfd, uint64_t types)
{
	const uint64_t user = CLONE_NEWUSER;
	int rc = types ? sys_setns(pidfd, (int)types) : 0;

	if (rc >= 0)
		return NULL;
	if (rc != -EPERM)
		return cannot_join(rc);
	TRY(join_round(pidfd, ~user, &types, !(types & user)));
	TRY(join_round(pidfd, user, &types, true));
	return join_round(pidfd, ~user, &types, true);
}

static struct err *become_root(const struct plan *plan, int sync_fd)
{
	if (plan->process.set_groups)
		(void)sys_setgroups(0, NULL);
	TRY(namespaces_become_root(&plan->ns));
	/* Changing ids clears the death signal, and may make us dumpable. */
	TRY(child_tie_to_parent(sync_fd));
	return child_become_undumpable();
}

/* Where the mount namespace is the runtime's, the container is a directory of it. */
static struct err *enter_root(struct enter_context *context)
{
	if (context->root_fd < 0)
		return NULL;
	int rc = sys_fchdir(context->root_fd);
	if (rc >= 0)
		rc = sys_chroot(".");
	fd_closep(&context->root_fd);
	return rc < 0 ? err_sys(rc, "enter the container's root") : NULL;
}

static struct err *go_in(struct enter_context *context, bool user_joined)
{
	const struct plan *plan = context->child.plan;
	bool user = user_joined || context->namespaces & CLONE_NEWUSER;

	TRY(join(context->init_pidfd, context->namespaces));
	fd_closep(&context->init_pidfd);
	TRY(enter_root(context));
	return user ? become_root(plan, context->child.sync_fd) : NULL;
}

/* ---- inside ---- */

static struct err *set_up_terminal(const struct plan_process *process, int root_fd, int sync_fd)
{
	struct child_terminal terminal = CHILD_TERMINAL_INIT;

	if (!process->terminal)
		return NULL;
	struct err *err = child_open_terminal(process, root_fd, &terminal);
	if (!err)
		err = child_use_terminal(&terminal, sync_fd);
	child_close_terminal(&terminal);
	return err;
}

static struct err *settle(struct enter_context *context, struct child_exec *exec)
{
	struct child_context *child = &context->child;
	const struct plan *plan = child->plan;
	int root_fd = context->root_fd = sys_open("/", O_PATH | O_DIRECTORY, 0);

	if (root_fd < 0)
		return err_sys(root_fd, "open the container's root");
	TRY(child_new_session(plan));
	TRY(set_up_terminal(&plan->process, root_fd, child->sync_fd));
	TRY(memory_policy_apply(&plan->memory_policy));
	return child_exec_prepare(exec, child, root_fd);
}

/* `outside`: nobody has done the first steps for us. */
static struct err *enter(struct enter_context *context, struct child_exec *exec, bool outside)
{
	const struct plan_process *process = &context->child.plan->process;

	if (outside)
		TRY(before_joining(context));
	else
		TRY(child_tie_to_parent(context->child.sync_fd));
	TRY(open_labels(process, exec));
	TRY(child_become_undumpable());
	TRY(leave_behind(context, exec, -1));
	TRY(go_in(context, !outside));
	return settle(context, exec);
}

NORETURN static void run(struct enter_context *context, bool outside)
{
	struct child_context *child = &context->child;
	struct child_exec exec = CHILD_EXEC_INIT;
	struct err *err = enter(context, &exec, outside);

	if (!err)
		err = sync_send(child->sync_fd, SYNC_READY);
	if (!err)
		err = child_exec_settle(&exec, child, context->root_fd);
	if (!err)
		err = child_exec_wait(child);
	if (!err)
		err = child_exec_run(&exec, child);
	child_fail(child->sync_fd, err);
}

NORETURN void enter_child_main(struct enter_context *context)
{
	fd_closep(&context->child.parent_fd);
	run(context, true);
}

static struct err *join_first(struct enter_context *context, int pid_fd)
{
	const uint64_t first = CLONE_NEWUSER | CLONE_NEWPID;
	const struct child_exec none = CHILD_EXEC_INIT;

	TRY(before_joining(context));
	TRY(child_become_undumpable());
	TRY(leave_behind(context, &none, pid_fd));
	TRY(join(context->init_pidfd, first));
	context->namespaces &= ~first;
	return NULL;
}

NORETURN void enter_middle_main(struct enter_context *context, int pid_fd)
{
	struct clone_args args = { .flags = CLONE_PARENT };

	fd_closep(&context->child.parent_fd);
	struct err *err = join_first(context, pid_fd);
	if (err)
		child_fail(context->child.sync_fd, err);
	pid_t pid = sys_clone3(&args);
	if (pid == 0) {
		fd_closep(&pid_fd);
		run(context, false);
	}
	if (pid < 0)
		child_fail(context->child.sync_fd, err_sys(pid, "clone the process"));
	child_tell_pid(pid_fd, pid);
}
