/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tracing: stops are told apart and passed on so that the traced see nothing of it. Signals are
 * delivered as they came, stopped groups stay stopped, new processes and threads are followed. The
 * observing process.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "observe/calls.h"
#include "observe/observer.h"
#include "sys/sys.h"
#include "sys/trace.h"

/* How a system call's stop shows (PTRACE_O_TRACESYSGOOD). */
enum { CALL_STOP = SIGTRAP | 0x80, EVENT_SHIFT = 16 };
/* Before the first program only that one is waited for: hooks are not the container's. */
enum {
	OPTIONS_FIRST = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD,
	OPTIONS_ALL =
		OPTIONS_FIRST | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE,
};

struct tracer {
	struct view *view;
	pid_t init;
	bool started;	    /* the first program is there */
	struct call *calls; /* one for each thread that is in a call that matters */
	size_t calls_n;
};

static void tracer_close(struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->calls_n; i++)
		call_drop(&tracer->calls[i]);
	mem_dropp(&tracer->calls);
}

/* ---- threads in calls ---- */

static struct call *call_of(struct tracer *tracer, pid_t tid)
{
	for (size_t i = 0; i < tracer->calls_n; i++) {
		if (tracer->calls[i].tid == tid)
			return &tracer->calls[i];
	}
	return NULL;
}

static void forget(struct tracer *tracer, pid_t tid)
{
	struct call *call = call_of(tracer, tid);

	if (!call)
		return;
	call_drop(call);
	*call = tracer->calls[--tracer->calls_n];
}

static void enter(struct tracer *tracer, pid_t tid, const struct ptrace_syscall_info *info)
{
	struct call call = { .tid = tid };

	forget(tracer, tid);
	for (size_t i = 0; i < ARRAY_LEN(call.args); i++)
		call.args[i] = info->entry.args[i];
	call_enter(tracer->view, &call, info->arch, info->entry.nr);
	if (!call.row) {
		call_drop(&call);
		return;
	}
	tracer->calls =
		mem_realloc_array(tracer->calls, tracer->calls_n + 1, sizeof(*tracer->calls));
	tracer->calls[tracer->calls_n++] = call;
}

static void at_call(struct tracer *tracer, pid_t tid)
{
	struct ptrace_syscall_info info = { 0 };

	if (sys_ptrace_syscall_info(tid, &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		enter(tracer, tid, &info);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		struct call *call = call_of(tracer, tid);

		if (call)
			call_leave(tracer->view, call, info.exit.rval, info.exit.is_error);
		forget(tracer, tid);
	}
}

/* ---- stops ---- */

static void at_exec(struct tracer *tracer, pid_t tid)
{
	unsigned long former = 0;

	/* execve of a thread gives it the process's id (ptrace(2)). */
	if (sys_ptrace(PTRACE_GETEVENTMSG, tid, 0, (uintptr_t)&former) >= 0)
		forget(tracer, (pid_t)former);
	forget(tracer, tid);
	if (!tracer->started) {
		tracer->started = true;
		(void)sys_ptrace(PTRACE_SETOPTIONS, tid, 0, OPTIONS_ALL);
		view_hold_files(tracer->view, tid);
	}
	seen_exec(tracer->view, tid);
}

static bool stops_group(int signum)
{
	return signum == SIGSTOP || signum == SIGTSTP || signum == SIGTTIN || signum == SIGTTOU;
}

/* A thread that has died meanwhile says so by its next status. */
static void go_on(const struct tracer *tracer, pid_t tid, int signum)
{
	(void)sys_ptrace(tracer->started ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, (uintptr_t)signum);
}

static void at_stop(struct tracer *tracer, pid_t tid, int status)
{
	int signum = WSTOPSIG(status), event = status >> EVENT_SHIFT;

	if (event == PTRACE_EVENT_STOP && stops_group(signum)) {
		(void)sys_ptrace(PTRACE_LISTEN, tid, 0, 0); /* until SIGCONT */
		return;
	}
	if (signum == CALL_STOP)
		at_call(tracer, tid);
	else if (event == PTRACE_EVENT_EXEC)
		at_exec(tracer, tid);
	go_on(tracer, tid, event || signum == CALL_STOP ? 0 : signum);
}

struct err *trace_seize(pid_t init)
{
	int rc = sys_ptrace(PTRACE_SEIZE, init, 0, OPTIONS_FIRST);

	if (rc == -EPERM)
		return err_hint(err_sys(rc, "trace the container's process"),
				"it is traced already, or tracing is restricted "
				"(kernel.yama.ptrace_scope, an LSM)");
	return rc < 0 ? err_sys(rc, "trace the container's process") : NULL;
}

struct err *trace_follow(struct view *view, pid_t init)
{
	CLEANUP(tracer_close) struct tracer tracer = { .view = view, .init = init };

	for (;;) {
		int status;
		pid_t tid = sys_waitpid(-1, &status, __WALL);

		if (tid < 0)
			return err_sys(tid, "wait for the traced processes");
		if (WIFSTOPPED(status)) {
			at_stop(&tracer, tid, status);
			continue;
		}
		forget(&tracer, tid);
		if (tid == init)
			return NULL;
	}
}
