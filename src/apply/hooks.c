/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running hooks. See hooks.h. A hook is a process group of its own with descriptors 0-2 only: the
 * state on standard input, what it says kept for the error. It dies with whoever runs it. Either
 * process.
 */
#include "apply/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/actors.h"
#include "base/fd.h"
#include "base/log.h"
#include "sys/sys.h"

enum {
	OUTPUT_KEPT = 1024, /* of what a hook says, for the error; the rest is read and dropped */
	EXEC_FAILED = 127,
};

/* A running hook, as its runner sees it. */
struct run {
	const struct oci_hook *hook;
	const struct hooks_context *context;
	pid_t pid;
	int pidfd;
	int in_fd;   /* write end of its standard input, -1 when all is written */
	int out_fd;  /* read end of its standard output and error */
	int fail_fd; /* read end: an err's text if it could not be executed */
	size_t written;
	struct strbuf output;
};

static void run_close(struct run *run)
{
	fd_closep(&run->pidfd);
	fd_closep(&run->in_fd);
	fd_closep(&run->out_fd);
	fd_closep(&run->fail_fd);
	strbuf_free(&run->output);
}

/* ---- the hook's side ---- */

static char **with_end(struct arena *arena, const struct strv *words)
{
	char **copy = arena_zalloc(arena, (words->n + 1) * sizeof(*copy));

	if (words->n)
		memcpy(copy, words->items, words->n * sizeof(*copy));
	return copy;
}

static char *const *environment(struct arena *arena, const struct run *run)
{
	if (run->hook->env_set)
		return with_end(arena, &run->hook->env);
	return run->context->default_env ? run->context->default_env : environ;
}

/* Moves the pipes to 0-2 and the report of failure to 3, and closes everything else. */
static struct err *take_pipes(int in_fd, int out_fd, int fail_fd)
{
	/* Clear of 0-3 first: a runtime that was started with closed descriptors has pipes there.
	 */
	int in = sys_fcntl(in_fd, F_DUPFD_CLOEXEC, 4), out = sys_fcntl(out_fd, F_DUPFD_CLOEXEC, 4);
	int fail = sys_fcntl(fail_fd, F_DUPFD_CLOEXEC, 4);

	if (in < 0 || out < 0 || fail < 0 || sys_dup3(in, 0, 0) < 0 || sys_dup3(out, 1, 0) < 0 ||
	    sys_dup3(out, 2, 0) < 0 || sys_dup3(fail, 3, O_CLOEXEC) < 0)
		return err_new(ERR_SYS, "can't set up its descriptors");
	int rc = sys_close_range(4, ~0U, 0);
	return rc < 0 ? err_sys(rc, "close_range") : NULL;
}

static struct err *become_hook(const struct run *run)
{
	struct arena arena = { 0 };
	const struct plan_process *credentials = run->context->credentials;

	(void)sys_setsid(); /* so that a timeout reaches what it has started */
	sys_reset_signals();
	if (credentials) {
		TRY(creds_apply(credentials, 0));
		if (credentials->no_new_privs && sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			return err_new(ERR_SYS, "prctl(PR_SET_NO_NEW_PRIVS) failed");
	}
	/* After the ids, which clear it: it must not outlive a runtime that is killed. */
	(void)sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	char *alone[] = { run->hook->path, NULL };
	char **args = run->hook->args.n ? with_end(&arena, &run->hook->args) : alone;
	int rc = sys_execve(run->hook->path, args, environment(&arena, run));
	return err_sys(rc, "execute %s", run->hook->path);
}

NORETURN static void hook_main(const struct run *run, int in_fd, int out_fd, int fail_fd)
{
	struct err *err = take_pipes(in_fd, out_fd, fail_fd);

	if (!err) {
		fail_fd = 3;
		err = become_hook(run);
	}
	(void)!sys_write(fail_fd, err_text(err), strlen(err_text(err)));
	_exit(EXEC_FAILED);
}

/* ---- the runner's side ---- */

static struct err *spawn(struct run *run)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, fail[2] = { -1, -1 };
	int rc = sys_pipe2(in, 0);

	if (rc >= 0)
		rc = sys_pipe2(out, 0);
	if (rc >= 0)
		rc = sys_pipe2(fail, 0);
	drop_fd int in_fd = in[0], out_fd = out[1], fail_fd = fail[1];
	run->in_fd = in[1];
	run->out_fd = out[0];
	run->fail_fd = fail[0];
	if (rc < 0)
		return err_sys(rc, "pipe");
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&run->pidfd,
		.exit_signal = SIGCHLD,
	};
	run->pid = sys_clone3(&args);
	if (run->pid == 0)
		hook_main(run, in_fd, out_fd, fail_fd);
	if (run->pid < 0)
		return err_sys(run->pid, "fork");
	(void)sys_fcntl(run->in_fd, F_SETFL, O_NONBLOCK);
	(void)sys_fcntl(run->out_fd, F_SETFL, O_NONBLOCK);
	return NULL;
}

/* A hook that does not read its input is no error (lesson L8). */
static void feed(struct run *run)
{
	const struct hooks_context *context = run->context;
	ssize_t n = sys_write(run->in_fd, context->state + run->written,
			      context->state_len - run->written);

	if (n == -EAGAIN)
		return;
	if (n > 0)
		run->written += (size_t)n;
	if (n <= 0 || run->written == context->state_len)
		fd_closep(&run->in_fd);
}

/* False at the end of its output. */
static bool listen_to(struct run *run)
{
	char buf[4096];
	ssize_t n = sys_read(run->out_fd, buf, sizeof(buf));

	if (n <= 0)
		return n == -EAGAIN;
	size_t room = OUTPUT_KEPT - run->output.len;
	strbuf_add_bytes(&run->output, buf, (size_t)n < room ? (size_t)n : room);
	return true;
}

static struct err *kill_late(struct run *run)
{
	siginfo_t info = { 0 };

	(void)sys_kill(-run->pid, SIGKILL);
	(void)sys_pidfd_send_signal(run->pidfd, SIGKILL);
	(void)sys_waitid_pidfd(run->pidfd, &info, WEXITED);
	return err_new(ERR_PEER, "timed out after %lld seconds and was killed",
		       (long long)run->hook->timeout.v);
}

static int time_left(const struct run *run, long long deadline)
{
	if (!run->hook->timeout.set)
		return -1;
	long long left = deadline - sys_monotonic_ms();
	if (left <= 0)
		return 0;
	return left > INT32_MAX ? INT32_MAX : (int)left;
}

/* Feeds it, reads it, until it has ended: not until its pipes close, which a daemon may hold open.
 */
static struct err *attend(struct run *run)
{
	/* The rules say above 0; no clock runs longer than this. */
	const long long seconds =
		run->hook->timeout.v < INT32_MAX ? run->hook->timeout.v : INT32_MAX;
	const long long deadline = sys_monotonic_ms() + seconds * 1000;
	bool speaks = true;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->in_fd, .events = POLLOUT },
			{ .fd = speaks ? run->out_fd : -1, .events = POLLIN },
		};
		int left = time_left(run, deadline);
		int rc = sys_poll(fds, ARRAY_LEN(fds), left);

		if (rc == 0 && run->hook->timeout.set && time_left(run, deadline) == 0)
			return kill_late(run);
		if (rc < 0 && rc != -EINTR)
			return err_sys(rc, "poll");
		if (rc <= 0)
			continue;
		if (fds[1].revents)
			feed(run);
		if (fds[2].revents)
			speaks = listen_to(run);
		if (fds[0].revents)
			return NULL;
	}
}

static struct err *judge(struct run *run)
{
	char text[512];
	siginfo_t info = { 0 };
	int rc = sys_waitid_pidfd(run->pidfd, &info, WEXITED);

	if (rc < 0)
		return err_sys(rc, "wait for it");
	while (run->output.len < OUTPUT_KEPT) { /* what it said last */
		size_t before = run->output.len;

		if (!listen_to(run) || run->output.len == before)
			break;
	}
	if (info.si_code != CLD_EXITED)
		return err_new(ERR_PEER, "killed by signal %d", info.si_status);
	if (info.si_status == 0)
		return NULL;
	if (info.si_status == EXEC_FAILED) {
		(void)sys_fcntl(run->fail_fd, F_SETFL, O_NONBLOCK);
		ssize_t len = sys_read(run->fail_fd, text, sizeof(text));

		if (len > 0)
			return err_new(ERR_PEER, "%.*s", (int)len, text);
	}
	return err_new(ERR_PEER, "exit status %d", info.si_status);
}

/* The output in one line, behind the reason. */
static struct err *add_output(const struct run *run, struct err *err)
{
	drop_mem char *copy = mem_strdup(strbuf_text(&run->output));
	size_t len = strlen(copy);

	while (len && strchr(" \r\n\t", copy[len - 1]))
		copy[--len] = '\0';
	if (!err || !len)
		return err;
	for (char *p = copy; *p; p++) {
		if ((unsigned char)*p < ' ')
			*p = ' ';
	}
	struct err *with_output = err_new(err_kind_of(err), "%s, stderr: %s", err_text(err), copy);
	err_free(err);
	return with_output;
}

static struct err *run_one(const struct oci_hook *hook, const struct hooks_context *context)
{
	CLEANUP(run_close) struct run run = {
		.hook = hook,
		.context = context,
		.pidfd = -1,
		.in_fd = -1,
		.out_fd = -1,
		.fail_fd = -1,
	};

	TRY(spawn(&run));
	struct err *err = attend(&run);
	if (!err)
		err = judge(&run);
	return add_output(&run, err);
}

static struct err *run_all(const struct oci_hook_list *hooks, const struct hooks_context *context,
			   bool go_on)
{
	const char *kind = oci_names_of(&oci_hook_kinds, context->kind);

	for (size_t i = 0; i < hooks->n; i++) {
		struct err *err = run_one(&hooks->items[i], context);

		err = err_link(err_rekind(err, ERR_HOOK), "error running %s hook #%zu", kind, i);

		if (err && !go_on)
			return err;
		if (err)
			log_warn("%s", err_text(err));
		err_free(err);
	}
	return NULL;
}

struct err *hooks_run(const struct oci_hook_list *hooks, const struct hooks_context *context,
		      bool go_on)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	if (!hooks->n)
		return NULL;
	if (sigaction(SIGPIPE, &ignore, &before) < 0)
		return err_new(ERR_SYS, "sigaction(SIGPIPE) failed");
	struct err *err = run_all(hooks, context, go_on);
	(void)sigaction(SIGPIPE, &before, NULL);
	return err;
}

const struct oci_hook_list *hooks_of_kind(const struct oci_hooks *hooks, enum oci_hook_kind kind)
{
	switch (kind) {
	case HOOK_PRESTART:
		return &hooks->prestart;
	case HOOK_CREATE_RUNTIME:
		return &hooks->create_runtime;
	case HOOK_CREATE_CONTAINER:
		return &hooks->create_container;
	case HOOK_START_CONTAINER:
		return &hooks->start_container;
	case HOOK_POSTSTART:
		return &hooks->poststart;
	case HOOK_POSTSTOP:
		return &hooks->poststop;
	}
	return NULL;
}
