/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child: one flat recipe from clone3 to the start signal; child_exec.c goes on from there. The
 * order is the design: each line that could not stand elsewhere says why. Runs as the container's
 * init, single-threaded, with every descriptor CLOEXEC.
 */
#include "apply/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/child_exec.h"
#include "apply/child_self.h"
#include "apply/hooks.h"
#include "apply/namespaces.h"
#include "apply/probe_child.h"
#include "apply/state_doc.h"
#include "apply/sync.h"
#include "base/fd.h"
#include "base/mem.h"
#include "oci/names.h"
#include "sys/io.h"
#include "sys/sys.h"

uint64_t child_clone_flags(const struct plan_namespaces *ns)
{
	/* A cgroup namespace takes the group of its maker at that moment as its root: it is made
	 * after the child has entered the container's group, or the container would see "/../..".
	 */
	return ns->create & ~(uint64_t)CLONE_NEWCGROUP;
}

static struct err *join_groups_and_namespaces(struct child_context *context)
{
	const struct plan_namespaces *ns = &context->plan->ns;
	drop_fd int offsets_fd = -1;
	struct sync_message message;

	if (context->waits_for_group)
		TRY(sync_expect(context->sync_fd, SYNC_PLACED, &message));
	/* Groups first: what the rest allocates counts there, and the descriptors' paths are the
	 * host's. */
	TRY(cgroup_join_self(context->cgroup));
	TRY(timens_open(ns, &offsets_fd));
	/* A new user namespace does not lie below a joined one, and its maps could not be written
	 * by an unprivileged parent: then after they are. */
	if (ns->joins_n && !(ns->create & CLONE_NEWUSER)) {
		/* An unprivileged parent can't write it once nobody may look into us. */
		(void)child_set_oom_score(&context->plan->process);
		TRY(child_become_undumpable());
	}
	TRY(namespaces_join(ns, context->join_fds));
	return timens_apply(ns, offsets_fd, &context->made);
}

/* A joined user namespace may deny setgroups(2) for good (user_namespaces(7)): told at create, not
 * when the program should start. Read from the host's /proc: the root has not changed yet. */
static struct err *check_groups(const struct plan *plan)
{
	drop_strbuf struct strbuf text = { 0 };

	if (!plan->process.groups_n || !namespaces_has_user(&plan->ns) ||
	    plan->ns.create & CLONE_NEWUSER)
		return NULL;
	TRY(io_read_file(AT_FDCWD, "/proc/self/setgroups", 64, &text));
	if (!str_starts_with(strbuf_text(&text), "deny"))
		return NULL;
	return err_new(ERR_CONFIG,
		       "process.user.additionalGids: the user namespace denies setgroups");
}

/* Not where the path of one leads to the runtime's own. */
static bool is_in_other_user_namespace(const struct child_context *context)
{
	const struct plan_namespaces *ns = &context->plan->ns;

	if (ns->create & CLONE_NEWUSER)
		return true;
	/* The user namespace is the first of the joins. */
	return ns->joins_n && ns->joins[0].type == CLONE_NEWUSER && context->join_fds[0] >= 0;
}

/* Ids inside a new user namespace exist only once the parent has written the maps. */
static struct err *become_mapped_root(struct child_context *context)
{
	const struct plan *plan = context->plan;
	struct sync_message message;

	if (!is_in_other_user_namespace(context))
		return NULL;
	/* While we are still who the runtime is, with its groups: as the root of the maps we may
	 * not get through the caller's private folders any more. */
	rootfs_open_missing_sources(plan, context->sources);
	if (plan->ns.create & CLONE_NEWUSER)
		TRY(sync_expect(context->sync_fd, SYNC_MAPPED, &message));
	if (plan->process.set_groups)
		(void)sys_setgroups(0, NULL);
	TRY(namespaces_become_root(&plan->ns));
	/* Changing ids clears the death signal. */
	return child_tie_to_parent(context->sync_fd);
}

static struct err *fill_namespaces(const struct plan *plan)
{
	int rc = 0;

	if (plan->ns.create & CLONE_NEWCGROUP)
		rc = sys_unshare(CLONE_NEWCGROUP);
	if (rc < 0)
		return err_sys(rc, "unshare the cgroup namespace");
	if (plan->ns.create & CLONE_NEWNET)
		namespaces_loopback_up();
	if (plan->hostname)
		rc = sys_sethostname(plan->hostname, strlen(plan->hostname));
	if (rc < 0)
		return err_sys(rc, "hostname");
	if (plan->domainname)
		rc = sys_setdomainname(plan->domainname, strlen(plan->domainname));
	return rc < 0 ? err_sys(rc, "domainname") : NULL;
}

bool child_waits_for_parent(const struct plan *plan)
{
	const struct oci_hooks *hooks = plan->hooks;

	return plan->net_devices_n || plan->rdt.root ||
	       (hooks && (hooks->prestart.n || hooks->create_runtime.n));
}

static struct err *parents_turn(struct child_context *context)
{
	struct sync_message message;

	if (!child_waits_for_parent(context->plan))
		return NULL;
	TRY(sync_send(context->sync_fd, SYNC_MOUNTED));
	return sync_expect(context->sync_fd, SYNC_HOOKS_DONE, &message);
}

static struct err *container_hooks(struct child_context *context, const struct rootfs *rootfs)
{
	static char *const no_env[] = { NULL };
	const struct oci_hooks *hooks = context->plan->hooks;

	if (!hooks || !hooks->create_container.n)
		return NULL;
	/* In the container's mount namespace with the host's paths still there, in the root. */
	int rc = sys_fchdir(rootfs->root_fd);
	if (rc < 0)
		return err_sys(rc, "enter the root file system");
	drop_mem char *state = state_doc_write(context->plan, "creating", (int64_t)getpid());
	struct hooks_context hook = {
		.kind = HOOK_CREATE_CONTAINER,
		.state = state,
		.state_len = strlen(state),
		.default_env = no_env,
	};
	return hooks_run(&hooks->create_container, &hook, false);
}

static struct err *set_up_terminal(struct child_context *context, struct rootfs *rootfs)
{
	struct child_terminal terminal = CHILD_TERMINAL_INIT;
	const struct plan_process *process = &context->plan->process;

	if (!process->terminal)
		return NULL;
	struct err *err = child_open_terminal(process, rootfs->root_fd, &terminal);
	if (!err && rootfs->plan->rootfs.console)
		err = devices_bind_console(rootfs, terminal.slave_fd);
	if (!err)
		err = child_use_terminal(&terminal, context->sync_fd);
	child_close_terminal(&terminal);
	return err;
}

/* An unmasked procfs must not outlive its use: it is gone before anything waits. */
static struct err *through_proc(const struct plan *plan, struct rootfs *rootfs,
				struct lsm_files *labels)
{
	drop_fd int proc_fd = -1;

	if (!plan->sysctls_n && !lsm_has_label(&plan->process))
		return NULL;
	TRY(rootfs_open_proc(rootfs, &proc_fd));
	TRY(sysctl_apply(plan, proc_fd));
	return lsm_open(&plan->process, proc_fd, labels);
}

/* The steps of create, in the child. */
static struct err *prepare(struct child_context *context, struct rootfs *rootfs,
			   struct child_exec *exec)
{
	const struct plan *plan = context->plan;
	/* Without, the root is a directory of the host's: nothing is mounted or masked in it. */
	bool can_mount = plan->rootfs.has_mount_ns || plan->rootfs.on_host;

	TRY(child_tie_to_parent(context->sync_fd));
	if (!context->joined)
		TRY(join_groups_and_namespaces(context));
	TRY(check_groups(plan));
	TRY(become_mapped_root(context));
	TRY(context->observed ? child_stay_dumpable() : child_become_undumpable());
	TRY(child_new_session(plan));
	TRY(fill_namespaces(plan));
	(void)umask(0); /* nodes and mount points get the modes that were asked for */

	TRY(rootfs_attach(rootfs));
	if (can_mount)
		TRY(mounts_apply(rootfs));
	TRY(devices_apply(rootfs));
	/* Network devices, which sysctls may name below, and runtime-namespace hooks. */
	TRY(parents_turn(context));
	TRY(container_hooks(context, rootfs));
	TRY(rootfs_enter(rootfs));
	TRY(set_up_terminal(context, rootfs));

	/* sysctls before read-only paths cover /proc/sys; labels go through the same procfs. */
	TRY(through_proc(plan, rootfs, &exec->labels));
	if (can_mount) {
		TRY(masks_apply(rootfs));
		TRY(rootfs_finish(rootfs));
	}
	/* execve keeps it. Before seccomp: engines' profiles refuse it (lesson P2). */
	TRY(memory_policy_apply(&plan->memory_policy));
	/* What can fail at create must not wait for start: command, working directory, ruleset. */
	return child_exec_prepare(exec, context, rootfs->root_fd);
}

NORETURN void child_main(struct child_context *context)
{
	struct rootfs rootfs = ROOTFS_INIT(context->plan, context->sources);
	struct child_exec exec = CHILD_EXEC_INIT;

	fd_closep(&context->parent_fd);
	struct err *err = prepare(context, &rootfs, &exec);

	if (!err)
		err = sync_send(context->sync_fd, SYNC_READY);
	if (!err)
		err = child_exec_settle(&exec, context, rootfs.root_fd);
	rootfs_close(&rootfs);
	if (!err)
		err = child_exec_wait(context);
	if (!err)
		err = context->probes ? probe_run(&exec, context) : child_exec_run(&exec, context);
	child_fail(context->sync_fd, err);
}

NORETURN void child_middle_main(struct child_context *context, int pid_fd)
{
	struct clone_args args = { .flags = child_clone_flags(&context->plan->ns) | CLONE_PARENT };
	fd_closep(&context->parent_fd);
	struct err *err = child_tie_to_parent(context->sync_fd);

	if (!err)
		err = join_groups_and_namespaces(context);
	if (err)
		child_fail(context->sync_fd, err);
	context->joined = true;
	args.flags &= ~context->made;
	pid_t pid = sys_clone3(&args);
	if (pid == 0) {
		fd_closep(&pid_fd);
		child_main(context);
	}
	if (pid < 0)
		child_fail(context->sync_fd, err_sys(pid, "clone the container's process"));
	child_tell_pid(pid_fd, pid);
}
