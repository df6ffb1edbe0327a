/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's side of nucleus-oci-systemd. See systemd.h. Parent only. */
#include "apply/systemd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fields.h"
#include "base/mem.h"
#include "base/str.h"
#include "helpers/systemd_words.h"
#include "sys/sys.h"

enum {
	/* Longer than the program itself waits for anything. */
	ANSWER_WAIT_MS = 120 * 1000,
	ANSWER_MAX_BYTES = 64 * 1024,
	ANSWER_FIELDS_MAX = 4,
	EXEC_FAILED = 127,
};
/* Of the path of a manager's own socket; others are a bus's. */
#define PEER_SOCKET_END "/systemd/private"

/* ---- the program ---- */

/* Where it is installed; a build that is not installed says where it is (tests/lib). */
static char *program_path(void)
{
	const char *dir = getenv("NUCLEUS_OCI_LIBEXEC");

	return mem_asprintf("%s/%s", dir && *dir == '/' ? dir : PKGLIBEXECDIR, SYSTEMD_PROGRAM);
}

/* In the new process. Everything but 0 to 2 is CLOEXEC. */
NORETURN static void become_program(const char *program, const char *socket, int fd)
{
	char *const args[] = {
		mem_strdup(SYSTEMD_PROGRAM),
		mem_strdup(str_ends_with(socket, PEER_SOCKET_END) ? SYSTEMD_PEER : SYSTEMD_BUS),
		mem_strdup(socket),
		NULL,
	};

	sys_reset_signals();
	if (sys_dup3(fd, STDIN_FILENO, 0) >= 0)
		(void)sys_execve(program, args, environ);
	_exit(EXEC_FAILED);
}

struct err *systemd_open(const char *socket, struct systemd *out)
{
	struct clone_args clone = { .exit_signal = SIGCHLD };
	drop_mem char *program = program_path();
	int fds[2];
	int rc = sys_faccessat(AT_FDCWD, program, X_OK, AT_EACCESS);

	if (rc < 0)
		return err_hint(err_sys_kind(ERR_UNSUPPORTED, rc, "--systemd-cgroup: %s", program),
				"it is a part of nucleus-oci: is all of it installed?");
	rc = sys_socketpair(AF_UNIX, SOCK_STREAM, fds);
	if (rc < 0)
		return err_sys(rc, "socketpair");
	drop_fd int own_fd = fds[0], program_fd = fds[1];
	pid_t pid = sys_clone3(&clone);
	if (pid == 0)
		become_program(program, socket, program_fd);
	if (pid < 0)
		return err_sys(pid, "fork");
	*out = (struct systemd){ .fd = take_fd(&own_fd), .pid = pid };
	return NULL;
}

static int send_all(int fd, const char *data, size_t len)
{
	while (len) {
		struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
		const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
		ssize_t put = sys_sendmsg(fd, &message, MSG_NOSIGNAL);

		if (put < 0)
			return (int)put;
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

void systemd_close(struct systemd *systemd)
{
	static const char leave[] = SYSTEMD_LEAVE "\n\n";
	int status;

	if (systemd->fd < 0)
		return;
	/* Said, as the end of the input may not show: the container's process has a copy of it. */
	(void)send_all(systemd->fd, leave, strlen(leave));
	fd_closep(&systemd->fd);
	(void)sys_waitpid(systemd->pid, &status, 0);
}

/* ---- asking ---- */

static struct err *receive_line(int fd, struct strbuf *out)
{
	const long long deadline = sys_monotonic_ms() + ANSWER_WAIT_MS;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char chunk[4096];

	while (!strchr(strbuf_text(out), '\n')) {
		long long left = deadline - sys_monotonic_ms();
		int rc = sys_poll(&poll_fd, 1, left > 0 ? (int)left : 0);

		if (rc == -EINTR)
			continue;
		if (rc == 0)
			return err_new(ERR_PEER, SYSTEMD_PROGRAM ": no answer");
		ssize_t got = rc < 0 ? rc : sys_read(fd, chunk, sizeof(chunk));
		if (got < 0)
			return err_sys((int)got, SYSTEMD_PROGRAM);
		if (!got || out->len + (size_t)got > ANSWER_MAX_BYTES ||
		    memchr(chunk, '\0', (size_t)got))
			return err_new(ERR_PEER, SYSTEMD_PROGRAM ": it ended without an answer");
		strbuf_add_bytes(out, chunk, (size_t)got);
	}
	return NULL;
}

static enum err_kind kind_of(const char *name)
{
	for (int kind = ERR_USAGE; kind < ERR_KIND_COUNT; kind++) {
		if (str_equal(err_kind_name((enum err_kind)kind), name))
			return (enum err_kind)kind;
	}
	return ERR_PEER;
}

/* Sends a request and takes the answer; *out_text, if asked for, is free() by the caller. */
static struct err *ask(struct systemd *systemd, const struct strbuf *request, char **out_text)
{
	drop_strbuf struct strbuf line = { 0 };
	char *fields[ANSWER_FIELDS_MAX];
	size_t n = 0;
	int rc = send_all(systemd->fd, request->data, request->len);

	if (rc < 0 && rc != -EPIPE)
		return err_sys(rc, SYSTEMD_PROGRAM);
	TRY(receive_line(systemd->fd, &line));
	line.data[strcspn(line.data, "\n")] = '\0';
	if (!fields_split(line.data, fields, ANSWER_FIELDS_MAX, &n) || !n)
		return err_new(ERR_PEER, SYSTEMD_PROGRAM ": its answer is damaged");
	if (str_equal(fields[0], SYSTEMD_FAILED) && n > 2)
		return err_restore(kind_of(fields[1]), 0, fields[2], n > 3 ? fields[3] : NULL);
	if (!str_equal(fields[0], SYSTEMD_OK))
		return err_new(ERR_PEER, SYSTEMD_PROGRAM ": its answer is none");
	if (out_text)
		*out_text = mem_strdup(n > 1 ? fields[1] : "");
	return NULL;
}

static void add_line(struct strbuf *request, const char *first, const char *second,
		     const char *third)
{
	fields_add(request, first);
	fields_add(request, second);
	if (third)
		fields_add(request, third);
	fields_end_line(request);
}

static void add_properties(struct strbuf *request, const struct plan_unit *unit)
{
	for (size_t i = 0; i < unit->properties_n; i++) {
		const struct plan_unit_property *property = &unit->properties[i];
		drop_mem char *since = mem_asprintf("%u", property->since);

		fields_add(request, SYSTEMD_PROPERTY);
		fields_add(request, property->name);
		fields_add(request, property->type);
		fields_add(request, since);
		for (size_t v = 0; v < property->values_n; v++)
			fields_add(request, property->values[v]);
		fields_end_line(request);
	}
	fields_end_line(request);
}

/* ---- create ---- */

/* The paths of the plan are where systemd has its groups everywhere but in odd containers. */
static struct err *check_group(const struct plan_cgroup *plan, const char *found)
{
	if (str_equal(found, plan->path))
		return NULL;
	return err_hint(err_new(ERR_UNSUPPORTED,
				"systemd has the group of %s at \"%s\", where %s was expected",
				plan->unit->name, found, plan->path),
			"its own group is not where the runtime sees the root of the hierarchy: "
			"use the cgroupfs manager");
}

static struct err *note(struct journal *journal, enum journal_kind kind,
			const struct plan_unit *unit)
{
	drop_strbuf struct strbuf text = { 0 };

	fields_add(&text, unit->socket);
	fields_add(&text, unit->name);
	fields_add(&text, unit->description);
	return journal_add(journal, kind, "%s", strbuf_text(&text));
}

struct err *systemd_start(struct systemd *systemd, const struct plan_cgroup *plan,
			  struct journal *journal)
{
	const struct plan_unit *unit = plan->unit;
	drop_strbuf struct strbuf request = { 0 };
	drop_mem char *group = NULL;

	TRY(note(journal, JOURNAL_UNIT, unit));
	add_line(&request, SYSTEMD_START, unit->name,
		 unit->is_slice ? SYSTEMD_EMPTY : SYSTEMD_SELF);
	add_properties(&request, unit);
	struct err *err = ask(systemd, &request, &group);
	if (err && err_kind_of(err) == ERR_EXISTS)
		return err_attach(err, note(journal, JOURNAL_UNIT_FOREIGN, unit));
	return err ? err : check_group(plan, group);
}

struct err *systemd_attach(struct systemd *systemd, const char *unit, pid_t pid)
{
	drop_strbuf struct strbuf request = { 0 };
	drop_mem char *digits = mem_asprintf("%d", (int)pid);

	add_line(&request, SYSTEMD_ATTACH, unit, digits);
	fields_end_line(&request);
	return ask(systemd, &request, NULL);
}

/* ---- other verbs ---- */

struct err *systemd_update(const struct plan_unit *unit)
{
	drop_systemd struct systemd systemd = SYSTEMD_INIT;
	drop_strbuf struct strbuf request = { 0 };

	TRY(systemd_open(unit->socket, &systemd));
	fields_add(&request, SYSTEMD_SET);
	fields_add(&request, unit->name);
	fields_end_line(&request);
	add_properties(&request, unit);
	return ask(&systemd, &request, NULL);
}

struct err *systemd_attach_process(const char *socket, const char *unit, pid_t pid)
{
	drop_systemd struct systemd systemd = SYSTEMD_INIT;

	TRY(systemd_open(socket, &systemd));
	return systemd_attach(&systemd, unit, pid);
}

struct err *systemd_undo(const char *text)
{
	enum { SOCKET, UNIT, DESCRIPTION, COUNT };
	drop_systemd struct systemd systemd = SYSTEMD_INIT;
	drop_strbuf struct strbuf request = { 0 };
	drop_mem char *copy = mem_strdup(text);
	char *fields[COUNT];
	size_t n = 0;

	if (!fields_split(copy, fields, COUNT, &n) || n != COUNT)
		return err_new(ERR_STATE, "journal: \"unit %s\" is damaged", text);
	TRY(systemd_open(fields[SOCKET], &systemd));
	add_line(&request, SYSTEMD_STOP, fields[UNIT], fields[DESCRIPTION]);
	fields_end_line(&request);
	struct err *err = ask(&systemd, &request, NULL);
	if (!err || err_kind_of(err) != ERR_NOT_FOUND)
		return err;
	/* A manager that is not there any more has no units either. */
	err_free(err);
	return NULL;
}
