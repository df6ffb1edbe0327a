/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of making a container: cgroup, clone, id maps, runtime-namespace hooks, waiting
 * for "ready". Every effect outside the process is journalled first; on failure the child is killed
 * and reaped and the journal undone before the error is returned. Parent only.
 */
#include "apply/apply.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "apply/agent.h"
#include "apply/cgroup.h"
#include "apply/child.h"
#include "apply/gate.h"
#include "apply/hooks.h"
#include "apply/host_tree.h"
#include "apply/idmap.h"
#include "apply/namespaces.h"
#include "apply/net_devices.h"
#include "apply/rdt.h"
#include "apply/result.h"
#include "apply/state_doc.h"
#include "apply/stdio.h"
#include "apply/sync.h"
#include "apply/undo.h"
#include "base/fd.h"
#include "base/log.h"
#include "sys/io.h"
#include "status/proc.h"
#include "sys/sys.h"

/* Everything apply_create holds while it works. */
struct creation {
	const struct plan *plan;
	const struct apply_request *request;
	struct apply_result *result;
	struct cgroup cgroup;
	struct rdt rdt;
	struct net_devices net_devices;
	struct idmap_programs programs;
	struct rootfs_sources sources;
	struct child_context context;
	struct arena arena;
};

/* ---- before the clone ---- */

/* The network namespace that is joined, or -1. */
static int joined_netns_fd(const struct creation *creation)
{
	const struct plan_namespaces *ns = &creation->plan->ns;

	for (size_t i = 0; i < ns->joins_n; i++) {
		if (ns->joins[i].type == CLONE_NEWNET)
			return creation->context.join_fds[i];
	}
	return -1;
}

/* Told here, before anything is made; the plan of such a bundle can be looked at by anybody. */
static struct err *check_privilege(const struct plan_namespaces *ns)
{
	if (!ns->unprivileged)
		return NULL;
	return err_hint(err_sys(-EPERM, "linux.namespaces: make them without CAP_SYS_ADMIN and "
					"without a user namespace"),
			"a user's bundle lists a user namespace with mappings: nucleus-oci spec "
			"--rootless writes one");
}

struct err *apply_check(const struct plan *plan)
{
	drop_fd int fd = -1;

	TRY(check_privilege(&plan->ns));
	return rootfs_open(plan, &fd);
}

static struct err *prepare_host_side(struct creation *creation)
{
	const struct plan *plan = creation->plan;
	const struct apply_request *request = creation->request;

	if (plan->seccomp.listener_path)
		TRY(err_link(gate_check(), "linux.seccomp.listenerPath"));
	TRY(idmap_prepare(plan, &creation->arena, &creation->programs));
	TRY(namespaces_open(&plan->ns, creation->context.join_fds));
	TRY(net_devices_check(plan, joined_netns_fd(creation), &creation->net_devices));
	/* Compiled before the cgroup is entered: it costs more memory than all else (lesson F5). */
	if (plan->seccomp.profile)
		TRY(seccomp_filter_prepare(&plan->seccomp, request->cache_dirfd, &creation->arena,
					   &creation->context.filter));
	if (plan->rootfs.has_mount_ns || plan->rootfs.on_host)
		TRY(rootfs_open_sources(plan, creation->context.join_fds, &creation->sources));
	if (plan->rootfs.on_host)
		TRY(host_tree_attach(plan, request->journal, &creation->sources.root_fd));
	TRY(rdt_create(&plan->rdt, request->journal, &creation->rdt));
	return cgroup_create(&plan->cgroup, request->journal, &creation->cgroup);
}

/* ---- the clone ---- */

/* clone3 into the container's group. Where systemd has to move the process there, it is told to
 * wait for that. */
static pid_t clone_into_group(struct creation *creation, struct clone_args *args)
{
	const uint64_t flags = args->flags;
	int fd = cgroup_clone_fd(&creation->cgroup);

	if (fd >= 0) {
		args->flags |= CLONE_INTO_CGROUP;
		args->cgroup = (uint64_t)fd;
	}
	pid_t pid = sys_clone3(args);
	if (pid >= 0 || !cgroup_can_place(&creation->cgroup, pid))
		return pid;
	creation->context.waits_for_group = true;
	args->flags = flags;
	args->cgroup = 0;
	return sys_clone3(args);
}

static struct err *place(const struct creation *creation, pid_t pid)
{
	if (!creation->context.waits_for_group)
		return NULL;
	TRY(cgroup_place(&creation->cgroup, pid));
	return sync_send(creation->result->sync_fd, SYNC_PLACED);
}

/* Most errors of clone3(2) have one usual reason here. */
static struct err *explain_clone(const struct creation *creation, int rc, const char *what)
{
	struct err *err = err_sys(rc, "clone %s", what);
	bool in_group = cgroup_clone_fd(&creation->cgroup) >= 0;

	if (rc == -ENOSPC)
		return err_hint(err, "too many nested namespaces, or user.max_*_namespaces");
	if (rc == -EAGAIN)
		return err_hint(err, "a limit of processes is reached: pids.limit of the group or "
				     "of one above it, or RLIMIT_NPROC");
	if (rc == -EOPNOTSUPP && in_group)
		return err_hint(err, "the group is in a threaded part of the tree (cgroup.type), "
				     "which is no place for a container");
	if (rc == -EBUSY && in_group)
		return err_hint(err, "the group gives controllers to groups below it "
				     "(cgroup.subtree_control): it can't have processes itself");
	/* clone(2), CLONE_INTO_CGROUP: to leave the runtime's own group, too, takes a right. */
	if (rc == -EACCES && in_group)
		return err_hint(err,
				"the group %s is not below one that is delegated to the user "
				"together with the runtime's own group",
				creation->plan->cgroup.path);
	if (rc == -EPERM && (creation->plan->ns.create & CLONE_NEWUSER))
		return err_hint(err, "some systems forbid user namespaces to ordinary users "
				     "(kernel.unprivileged_userns_clone, user.max_user_namespaces, "
				     "kernel.apparmor_restrict_unprivileged_userns)");
	return err_hint(err, "are all the namespaces asked for allowed here?");
}

static struct err *clone_direct(struct creation *creation)
{
	struct apply_result *result = creation->result;
	struct clone_args args = {
		.flags = child_clone_flags(&creation->plan->ns) | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&result->pidfd,
		.exit_signal = SIGCHLD,
	};

	pid_t pid = clone_into_group(creation, &args);
	if (pid == 0)
		child_main(&creation->context);
	if (pid < 0)
		return explain_clone(creation, pid, "the container's process");
	result->pid = pid;
	return place(creation, pid);
}

/* By way of a process that joins namespaces first and then makes the container's (CLONE_PARENT). */
static struct err *clone_through_middle(struct creation *creation)
{
	int pipe_fds[2];
	struct clone_args args = { .exit_signal = SIGCHLD };
	int rc = sys_pipe2(pipe_fds, 0);

	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = pipe_fds[0], write_fd = pipe_fds[1];
	pid_t middle = clone_into_group(creation, &args);
	if (middle == 0)
		child_middle_main(&creation->context, write_fd);
	if (middle < 0)
		return explain_clone(creation, middle, "the joining process");
	fd_closep(&write_fd);
	struct err *unplaced = place(creation, middle);
	if (unplaced) {
		result_drop_middle(middle);
		return unplaced;
	}
	return result_take_from_middle(creation->result, middle, read_fd, "the container");
}

static struct err *spawn(struct creation *creation)
{
	int fds[2];
	int rc = sys_socketpair(AF_UNIX, SOCK_SEQPACKET, fds);

	if (rc < 0)
		return err_sys(rc, "socketpair");
	creation->result->sync_fd = fds[0];
	drop_fd int child_fd = fds[1];
	creation->context.sync_fd = child_fd;
	creation->context.parent_fd = fds[0];
	struct err *err = namespaces_need_middle(&creation->plan->ns)
				  ? clone_through_middle(creation)
				  : clone_direct(creation);
	if (err)
		return err;
	cgroup_leave(&creation->cgroup);
	creation->result->start_time = proc_start_time(creation->result->pid);
	return journal_add(creation->request->journal, JOURNAL_PROCESS, "%d %llu",
			   (int)creation->result->pid, creation->result->start_time);
}

/* ---- after the clone ---- */

static struct err *set_oom_score(const struct plan_process *process, pid_t pid)
{
	drop_mem char *path = mem_asprintf("/proc/%d/oom_score_adj", (int)pid);
	drop_mem char *text = mem_asprintf("%lld", (long long)process->oom_score_adj.v);

	if (!process->oom_score_adj.set)
		return NULL;
	int rc = io_try_write_kernel_file(AT_FDCWD, path, text);
	/* Lowering needs CAP_SYS_RESOURCE; without privilege the current value stays (lesson P14).
	 */
	if (rc == -EACCES && process->oom_best_effort) {
		log_warn("process.oomScoreAdj: %s can't be set without privilege: the caller's "
			 "value stays",
			 text);
		return NULL;
	}
	return rc < 0 ? err_hint(err_sys(rc, "process.oomScoreAdj %s", text),
				 "a value below the runtime's own needs CAP_SYS_RESOURCE")
		      : NULL;
}

/* In a user namespace the child can't raise a hard limit itself; we may. Its own try reports. */
static void raise_limits(const struct plan *plan, pid_t pid)
{
	if (!namespaces_has_user(&plan->ns))
		return;
	for (size_t i = 0; i < plan->process.rlimits_n; i++) {
		const struct plan_rlimit *limit = &plan->process.rlimits[i];
		struct rlimit now;

		if (sys_prlimit(pid, limit->resource, NULL, &now) < 0 ||
		    limit->hard <= now.rlim_max)
			continue;
		now.rlim_max = limit->hard;
		(void)sys_prlimit(pid, limit->resource, &now, NULL);
	}
}

static struct err *map_ids(struct creation *creation)
{
	const struct plan_namespaces *ns = &creation->plan->ns;

	if (namespaces_has_user(ns) && !(ns->create & CLONE_NEWUSER))
		return idmap_check_joined(creation->plan, creation->result->pid);
	if (!(ns->create & CLONE_NEWUSER))
		return NULL;
	TRY(idmap_write(creation->plan, &creation->programs, creation->result->pid));
	return sync_send(creation->result->sync_fd, SYNC_MAPPED);
}

static struct err *run_runtime_hooks(struct creation *creation, const struct oci_hooks *hooks)
{
	if (!hooks->prestart.n && !hooks->create_runtime.n)
		return NULL;
	drop_mem char *state = state_doc_write(creation->plan, "creating", creation->result->pid);
	struct hooks_context hook = {
		.kind = HOOK_PRESTART,
		.state = state,
		.state_len = strlen(state),
	};
	TRY(hooks_run(&hooks->prestart, &hook, false));
	hook.kind = HOOK_CREATE_RUNTIME;
	return hooks_run(&hooks->create_runtime, &hook, false);
}

/* While the child waits with its mounts done: what hooks may rely on first, then the hooks. */
static struct err *take_turn(struct creation *creation)
{
	const struct oci_hooks *hooks = creation->plan->hooks;
	struct apply_result *result = creation->result;
	struct sync_message message;

	if (!child_waits_for_parent(creation->plan))
		return NULL;
	TRY(sync_expect(result->sync_fd, SYNC_MOUNTED, &message));
	TRY(rdt_join(&creation->rdt, result->pid));
	TRY(net_devices_move(&creation->net_devices, result->pid, result->start_time,
			     creation->request->journal));
	if (hooks)
		TRY(run_runtime_hooks(creation, hooks));
	return sync_send(result->sync_fd, SYNC_HOOKS_DONE);
}

static struct err *bring_up(struct creation *creation)
{
	struct sync_message message;
	const struct oci_config *config = creation->plan->config;

	TRY(prepare_host_side(creation));
	stdio_give_pipes(&creation->plan->process);
	if (config->hooks)
		TRY(journal_add(creation->request->journal, JOURNAL_HOOKS, "%s", ""));
	TRY(spawn(creation));
	rootfs_close_sources(&creation->sources); /* the child's now */
	TRY(set_oom_score(&creation->plan->process, creation->result->pid));
	TRY(map_ids(creation));
	raise_limits(creation->plan, creation->result->pid);
	TRY(take_turn(creation));
	TRY(result_receive_console(creation->result, &creation->plan->process));
	TRY(sync_expect(creation->result->sync_fd, SYNC_READY, &message));
	/* It waits now, with all its hooks behind it: see child_exec_prepare. */
	return creation->plan->process.scheduled_by_runtime
		       ? sched_apply(&creation->plan->process, creation->result->pid)
		       : NULL;
}

/* ---- failure ---- */

/* "died before ready" says little: the usual reason is a memory limit too small for the set-up. */
static struct err *explain_death(const struct creation *creation, struct err *err)
{
	enum err_kind kind = err_kind_of(err);

	if ((kind != ERR_PEER && kind != ERR_HOOK) || !cgroup_was_oom_killed(&creation->cgroup))
		return err;
	return err_hint(err, "container init was OOM-killed (memory limit too low?)");
}

static void creation_close(struct creation *creation)
{
	rootfs_close_sources(&creation->sources);
	cgroup_close(&creation->cgroup);
	rdt_close(&creation->rdt);
	net_devices_close(&creation->net_devices);
	namespaces_close(&creation->plan->ns, creation->context.join_fds);
	arena_free(&creation->arena);
}

struct err *apply_create(const struct apply_request *request, struct apply_result *result)
{
	CLEANUP(creation_close) struct creation creation = {
		.plan = request->plan,
		.request = request,
		.result = result,
		.rdt = RDT_INIT,
		.net_devices = NET_DEVICES_INIT,
		.sources = { .root_fd = -1 },
	};
	struct child_context *context = &creation.context;

	context->plan = request->plan;
	context->cgroup = &creation.cgroup;
	context->sources = &creation.sources;
	context->probes = request->probes;
	context->probes_n = request->probes_n;
	context->start_listen_fd = request->start_listen_fd;
	context->observed = request->observed;
	for (size_t i = 0; i < ARRAY_LEN(context->join_fds); i++)
		context->join_fds[i] = -1;
	memcpy(context->stdio_fds, request->stdio_fds, sizeof(context->stdio_fds));

	struct err *err = bring_up(&creation);
	result->netns_fd = take_fd(&creation.net_devices.target_fd);
	if (!err)
		return NULL;
	err = explain_death(&creation, err);
	err = err_attach(err, apply_return_devices(result, request->journal));
	apply_kill(result);
	apply_result_close(result);
	cgroup_leave(&creation.cgroup);
	return err_attach(err, undo_all(request->journal, true));
}

/* The child may be dead, but its network namespace is held here. */
struct err *apply_return_devices(const struct apply_result *result, const struct journal *journal)
{
	return result->netns_fd < 0 ? NULL : net_devices_return(journal, result->netns_fd);
}

/* ---- detach and start ---- */

struct err *apply_detach(struct apply_result *result)
{
	struct sync_message message;

	TRY(sync_ask(result->sync_fd, SYNC_DETACH));
	return sync_expect(result->sync_fd, SYNC_DETACHED, &message);
}

static struct err *pass_listener(int sync_fd, const struct agent *agent)
{
	struct sync_message message;

	TRY(sync_expect(sync_fd, SYNC_LISTENER, &message));
	drop_fd int listener_fd = message.fd;
	if (listener_fd < 0)
		return err_new(ERR_PEER, "no listener from the container's init");
	TRY(agent_send(agent, listener_fd));
	return sync_send(sync_fd, SYNC_LISTENER_SENT);
}

/* The channel ends with execve, or with a process that could not even say why there was none: its
 * filter has denied it the one call, or ended it. */
static struct err *check_executed(int64_t pid, unsigned long long start_time)
{
	if (!proc_never_executed(pid, start_time))
		return NULL;
	return err_hint(
		err_new(ERR_PEER, "the container's process died before it executed its program"),
		"does linux.seccomp allow execve, and write, with which it says what is "
		"wrong?");
}

/* SYNC_START, then SYNC_EXECUTING, then end of file (executed) or the error that stopped it. */
static struct err *start_over(int sync_fd, const struct agent *agent, int64_t pid,
			      unsigned long long start_time)
{
	struct sync_message message;

	TRY(sync_ask(sync_fd, SYNC_START));
	if (agent)
		TRY(pass_listener(sync_fd, agent));
	TRY(sync_expect(sync_fd, SYNC_EXECUTING, &message));
	TRY(sync_receive(sync_fd, &message));
	if (message.end)
		return check_executed(pid, start_time);
	if (message.step == SYNC_ERROR)
		return message.err;
	return err_new(ERR_PEER, "unexpected %s from the container's init",
		       sync_step_name(message.step));
}

struct err *apply_start(struct apply_result *result, const struct agent *agent)
{
	return start_over(result->sync_fd, agent, result->pid, result->start_time);
}

/* The socket's path may be longer than sun_path holds: it is reached through the directory. */
static void socket_address(int container_dirfd, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", container_dirfd,
		       APPLY_START_SOCKET);
}

struct err *apply_listen(int container_dirfd, int *out_listen_fd)
{
	struct sockaddr_un address;
	drop_fd int fd = sys_socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd < 0)
		return err_sys(fd, "make the start socket");
	socket_address(container_dirfd, &address);
	int rc = sys_bind(fd, (const struct sockaddr *)&address, sizeof(address));
	if (rc < 0)
		return err_sys(rc, "bind the start socket");
	rc = sys_listen(fd, 8);
	if (rc < 0)
		return err_sys(rc, "listen on the start socket");
	*out_listen_fd = take_fd(&fd);
	return NULL;
}

struct err *apply_start_by_socket(int container_dirfd, const struct agent *agent, int64_t pid,
				  unsigned long long start_time)
{
	struct sockaddr_un address;

	/* Before anything is said: the container stays "created", and can be started later. */
	if (agent)
		TRY(agent_check(agent->path));
	drop_fd int fd = sys_socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd < 0)
		return err_sys(fd, "make a socket");
	socket_address(container_dirfd, &address);
	int rc = sys_connect(fd, (const struct sockaddr *)&address, sizeof(address));
	/* Nobody listens any more: it was started by a start that was killed before it said so. */
	if (rc == -ECONNREFUSED || rc == -ENOENT) {
		(void)sys_unlinkat(container_dirfd, APPLY_START_SOCKET, 0);
		return err_new(ERR_STATE, "cannot start an already running container");
	}
	if (rc < 0)
		return err_sys(rc, "connect to the start socket");
	struct err *err = start_over(fd, agent, pid, start_time);
	/* Started or dead: in neither case it is "created" any more. */
	(void)sys_unlinkat(container_dirfd, APPLY_START_SOCKET, 0);
	return err;
}
