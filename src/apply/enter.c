/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of exec: what can be opened and compiled is, before the process is made; then
 * it is cloned into the container's group and pid namespace and waited for. See enter.h. Parent
 * only.
 */
#include "apply/enter.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "apply/gate.h"
#include "apply/rdt.h"
#include "apply/result.h"
#include "apply/stdio.h"
#include "apply/sync.h"
#include "apply/systemd.h"
#include "base/fd.h"
#include "base/mem.h"
#include "status/proc.h"
#include "sys/sys.h"

struct entering {
	const struct enter_request *request;
	struct apply_result *result;
	struct enter_context context;
	struct enter_groups groups;
	int own_pidns_fd; /* ours, while what we clone is born in the container's; or -1 */
	struct rdt rdt;
	struct arena arena;
};

/* ---- before the clone ---- */

static struct err *stopped(void)
{
	return err_new(ERR_STATE, "cannot exec in a stopped container");
}

/* Those that differ from ours; a kind that this kernel lacks is none (lesson N26). */
static struct err *compare_namespaces(int ns_dirfd, uint64_t *out)
{
	static const struct {
		uint64_t type;
		const char *file;
	} kinds[] = {
		{ CLONE_NEWUSER, "user" }, { CLONE_NEWPID, "pid" },	  { CLONE_NEWNET, "net" },
		{ CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },	  { CLONE_NEWNS, "mnt" },
		{ CLONE_NEWTIME, "time" }, { CLONE_NEWCGROUP, "cgroup" },
	};
	drop_fd int own_dirfd = sys_open("/proc/self/ns", O_PATH | O_DIRECTORY, 0);

	if (own_dirfd < 0)
		return err_sys(own_dirfd, "open /proc/self/ns");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct stat theirs, own;

		if (sys_fstatat(own_dirfd, kinds[i].file, &own, 0) < 0)
			continue;
		int rc = sys_fstatat(ns_dirfd, kinds[i].file, &theirs, 0);
		if (rc < 0)
			return err_sys(rc, "look at init's %s namespace", kinds[i].file);
		if (own.st_ino != theirs.st_ino || own.st_dev != theirs.st_dev)
			*out |= kinds[i].type;
	}
	return NULL;
}

static struct err *look_at_init(struct entering *entering)
{
	struct enter_context *context = &entering->context;
	pid_t pid = entering->request->init_pid;
	drop_mem char *ns = mem_asprintf("/proc/%d/ns", (int)pid);
	drop_mem char *root = mem_asprintf("/proc/%d/root", (int)pid);
	drop_fd int ns_dirfd = sys_open(ns, O_PATH | O_DIRECTORY, 0);

	if (ns_dirfd < 0)
		return err_sys(ns_dirfd, "open %s", ns);
	TRY(compare_namespaces(ns_dirfd, &context->namespaces));
	if (context->namespaces & CLONE_NEWNS) /* joining one leads to its root */
		return NULL;
	context->root_fd = sys_open(root, O_PATH | O_DIRECTORY, 0);
	return context->root_fd < 0 ? err_sys(context->root_fd, "open %s", root) : NULL;
}

static struct err *open_init(struct entering *entering)
{
	const struct enter_request *request = entering->request;
	struct enter_context *context = &entering->context;

	TRY(proc_open(request->init_pid, request->init_start_time, &context->init_pidfd));
	if (context->init_pidfd < 0)
		return stopped();
	struct err *err = look_at_init(entering);
	/* What was found under the number is init's only if init is still there. */
	if (!proc_is_alive(request->init_pid, request->init_start_time)) {
		err_free(err);
		return stopped();
	}
	if (err && (err_errno(err) == EACCES || err_errno(err) == EPERM))
		return err_hint(err, "a container that waits for its start can be entered by "
				     "privileged callers only");
	return err;
}

static struct err *prepare(struct entering *entering)
{
	const struct enter_request *request = entering->request;
	const struct plan *plan = request->plan;

	if (plan->seccomp.listener_path)
		TRY(err_link(gate_check(), "linux.seccomp.listenerPath"));
	TRY(open_init(entering));
	TRY(enter_groups_open(request, &entering->context, &entering->groups));
	TRY(rdt_open(&plan->rdt, &entering->rdt));
	/* Before the group is entered: it costs memory (lesson F5). */
	return plan->seccomp.profile
		       ? seccomp_filter_prepare(&plan->seccomp, request->cache_dirfd,
						&entering->arena, &entering->context.child.filter)
		       : NULL;
}

/* ---- the clone ---- */

static pid_t clone_into(const struct entering *entering, int *out_pidfd)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (out_pidfd) {
		args.flags |= CLONE_PIDFD;
		args.pidfd = (uint64_t)(uintptr_t)out_pidfd;
	}
	if (entering->groups.v2_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)entering->groups.v2_fd;
	}
	return sys_clone3(&args);
}

/* A group can't be entered that is gone, or gives controllers to groups below it: an init that is a
 * manager of its own has moved to one of those (lesson G42). */
static bool leads_to_init(const struct entering *entering, pid_t rc)
{
	return entering->groups.v2_fd >= 0 && entering->groups.fallback &&
	       (rc == -EBUSY || rc == -ENOENT || rc == -ENODEV || rc == -EOPNOTSUPP);
}

static struct err *explain_clone(const struct entering *entering, pid_t rc)
{
	struct err *err = err_sys(rc, "clone the process");

	/* pid_namespaces(7): no process is made any more where init has ended. */
	if (rc == -ENOMEM &&
	    !proc_is_alive(entering->request->init_pid, entering->request->init_start_time)) {
		err_free(err);
		return stopped();
	}
	if (rc == -EAGAIN)
		return err_hint(err, "a limit of processes is reached: pids.limit of the group or "
				     "of one above it, or RLIMIT_NPROC");
	if (rc == -EACCES && entering->groups.v2_fd >= 0)
		return err_hint(err, "the container's group is not below one that is delegated to "
				     "the user together with the runtime's own group");
	if (rc == -EBUSY)
		return err_hint(err, "the group gives controllers to groups below it: "
				     "exec --cgroup chooses one of them");
	return err;
}

/*
 * A user's login session is outside of what is delegated to the user's manager, in whose group the
 * container is: systemd moves the process there, which waits (lesson G38). Not into a group below.
 */
static bool is_for_systemd(const struct entering *entering, pid_t rc)
{
	return rc == -EACCES && entering->request->systemd_unit && entering->groups.fallback;
}

static struct err *place(const struct entering *entering, pid_t pid)
{
	const struct enter_request *request = entering->request;

	if (!entering->context.child.waits_for_group)
		return NULL;
	TRY(systemd_attach_process(request->systemd_socket, request->systemd_unit, pid));
	return sync_send(entering->result->sync_fd, SYNC_PLACED);
}

/* What else we start (systemd's program) must not be where the container sees it. */
static void leave_pid_namespace(struct entering *entering)
{
	if (entering->own_pidns_fd >= 0)
		(void)sys_setns(entering->own_pidns_fd, CLONE_NEWPID);
	fd_closep(&entering->own_pidns_fd);
}

/* Returns in the parent only; in the child `child` never does. */
static struct err *clone_process(struct entering *entering, pid_t *out_pid, int *out_pidfd)
{
	pid_t pid = clone_into(entering, out_pidfd);

	if (pid < 0 && leads_to_init(entering, pid)) {
		TRY(enter_group_of_init(entering->request, entering->groups.fallback,
					&entering->groups.v2_fd));
		pid = clone_into(entering, out_pidfd);
	}
	if (is_for_systemd(entering, pid)) {
		entering->context.child.waits_for_group = true;
		fd_closep(&entering->groups.v2_fd);
		pid = clone_into(entering, out_pidfd);
	}
	if (pid)
		leave_pid_namespace(entering);
	if (pid < 0)
		return explain_clone(entering, pid);
	*out_pid = pid;
	return pid ? place(entering, pid) : NULL;
}

static struct err *spawn_direct(struct entering *entering)
{
	struct apply_result *result = entering->result;

	TRY(clone_process(entering, &result->pid, &result->pidfd));
	if (result->pid == 0)
		enter_child_main(&entering->context);
	return NULL;
}

static struct err *spawn_through_middle(struct entering *entering)
{
	pid_t middle = -1;
	int pipe_fds[2];
	int rc = sys_pipe2(pipe_fds, 0);

	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = pipe_fds[0], write_fd = pipe_fds[1];
	struct err *err = clone_process(entering, &middle, NULL);
	if (err && middle > 0)
		result_drop_middle(middle);
	TRY(err);
	if (middle == 0)
		enter_middle_main(&entering->context, write_fd);
	fd_closep(&write_fd);
	return result_take_from_middle(entering->result, middle, read_fd, "another");
}

/*
 * A pid namespace is entered by what is cloned after setns(2): the runtime itself may do that where
 * it is privileged, which spares a process. In the container's user namespace only its root may.
 */
static struct err *spawn(struct entering *entering)
{
	struct enter_context *context = &entering->context;

	if (!(context->namespaces & CLONE_NEWPID))
		return spawn_direct(entering);
	entering->own_pidns_fd = sys_open("/proc/self/ns/pid", O_RDONLY, 0);
	if (entering->own_pidns_fd < 0)
		return err_sys(entering->own_pidns_fd, "open /proc/self/ns/pid");
	int rc = sys_setns(context->init_pidfd, CLONE_NEWPID);
	if (rc == -ESRCH)
		return stopped();
	if (rc == -EPERM && context->namespaces & CLONE_NEWUSER)
		return spawn_through_middle(entering);
	if (rc < 0)
		return err_sys(rc, "join the container's pid namespace");
	context->namespaces &= ~(uint64_t)CLONE_NEWPID;
	return spawn_direct(entering);
}

/* config.md, "execCPUAffinity": the CPUs of the runtime as it goes into the group, which the
 * process inherits; the runtime gets its own back. */
static struct err *spawn_on_cpus(struct entering *entering)
{
	const struct bitset *initial = &entering->request->plan->process.exec_cpus.initial;
	unsigned long own[BITSET_MAX / BITSET_WORD_BITS + 1];
	int len = 0;

	if (!bitset_is_empty(initial)) {
		len = sys_sched_getaffinity(0, sizeof(own), own);
		if (len < 0)
			return err_sys(len, "sched_getaffinity");
		TRY(affinity_apply(initial, "process.execCPUAffinity.initial"));
	}
	struct err *err = spawn(entering);
	if (len)
		(void)sys_sched_setaffinity(0, (size_t)len, own);
	return err;
}

/* ---- after the clone ---- */

static struct err *bring_in(struct entering *entering)
{
	const struct plan_process *process = &entering->request->plan->process;
	struct apply_result *result = entering->result;
	struct sync_message message;
	int fds[2];

	TRY(prepare(entering));
	stdio_give_pipes(process);
	int rc = sys_socketpair(AF_UNIX, SOCK_SEQPACKET, fds);
	if (rc < 0)
		return err_sys(rc, "socketpair");
	result->sync_fd = fds[0];
	drop_fd int child_fd = fds[1];
	entering->context.child.sync_fd = child_fd;
	entering->context.child.parent_fd = fds[0];
	TRY(spawn_on_cpus(entering));
	fd_closep(&child_fd);
	TRY(result_receive_console(result, process));
	TRY(sync_expect(result->sync_fd, SYNC_READY, &message));
	TRY(rdt_join(&entering->rdt, result->pid));
	return process->scheduled_by_runtime ? sched_apply(process, result->pid) : NULL;
}

/* A process that is gone without a word was killed. */
static struct err *explain_death(const struct entering *entering, struct err *err)
{
	const struct enter_request *request = entering->request;

	if (err_kind_of(err) != ERR_PEER)
		return err;
	if (!proc_is_alive(request->init_pid, request->init_start_time))
		return err_hint(err, "the container has stopped meanwhile");
	return err_hint(err, "was it OOM-killed (memory limit of the container's group)?");
}

static void entering_close(struct entering *entering)
{
	struct enter_context *context = &entering->context;

	leave_pid_namespace(entering);
	fd_closep(&context->init_pidfd);
	fd_closep(&context->root_fd);
	fd_closep(&entering->groups.v2_fd);
	for (size_t i = 0; i < context->procs_n; i++)
		fd_closep(&context->procs_fds[i]);
	rdt_close(&entering->rdt);
	arena_free(&entering->arena);
}

struct err *apply_enter(const struct enter_request *request, struct apply_result *result)
{
	CLEANUP(entering_close) struct entering entering = {
		.request = request,
		.result = result,
		.groups = { .v2_fd = -1 },
		.own_pidns_fd = -1,
		.rdt = RDT_INIT,
		.context = {
			.child = {
				.plan = request->plan,
				.start_listen_fd = -1,
				.stdio_fds = { -1, -1, -1 },
			},
			.init_pidfd = -1,
			.root_fd = -1,
		},
	};
	struct err *err = bring_in(&entering);

	if (!err)
		return NULL;
	err = explain_death(&entering, err);
	apply_kill(result);
	apply_result_close(result);
	return err;
}
