/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the manager that the container is ready. See notify.h. Parent only. */
#include "apply/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "plan/plan.h"
#include "sys/sock.h"
#include "sys/sys.h"

enum {
	PATIENCE_MS = 30 * 1000, /* with the manager */
	BARRIER_MS = 100,	 /* for the container's own barrier */
	MESSAGE_MAX = 4096,	 /* systemd takes no longer ones */
	/* At once, so that a container that never stops talking leaves time for the rest. */
	MESSAGES_MAX = 1024,
};

bool notify_is_address(const char *value)
{
	const size_t longest = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	if (value[0] == '@')
		return value[1] && strlen(value) <= longest;
	return value[0] == '/';
}

static void warn(struct err *error)
{
	drop_err struct err *err = error;

	log_warn("%s", err_text(err));
}

/* ---- our socket ---- */

static struct err *label_dir(int dirfd, const char *label)
{
	int rc = label ? sys_fsetxattr(dirfd, "security.selinux", label, strlen(label) + 1, 0) : 0;

	return rc < 0 ? err_sys(rc, "NOTIFY_SOCKET: label its folder %s", label) : NULL;
}

struct err *notify_make_dir(int container_dirfd, const char *label)
{
	int rc = sys_mkdirat(container_dirfd, NOTIFY_DIR, 0755);

	if (rc < 0)
		return err_sys(rc, "NOTIFY_SOCKET: make a folder");
	drop_fd int fd = sys_openat(container_dirfd, NOTIFY_DIR, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(fd, "NOTIFY_SOCKET: open its folder");
	/* Any user of the container has to get through, whatever our umask is. */
	rc = sys_fchmod(fd, 0755);
	if (rc < 0)
		return err_sys(rc, "NOTIFY_SOCKET: mode of its folder");
	return label_dir(fd, label);
}

/* The path may be longer than sun_path holds: it is reached through the directory. */
static struct err *listen_in(int dirfd, int *out_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	drop_fd int fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_sys(fd, "NOTIFY_SOCKET: make a socket");
	(void)snprintf(address.sun_path, sizeof(address.sun_path),
		       "/proc/self/fd/%d/" PLAN_NOTIFY_SOCKET, dirfd);
	/* That of a start that was killed while it waited. */
	(void)sys_unlinkat(dirfd, PLAN_NOTIFY_SOCKET, 0);
	int rc = sys_bind(fd, (const struct sockaddr *)&address, sizeof(address));
	if (rc >= 0) /* any user of the container may be the one that tells */
		rc = sys_fchmodat(dirfd, PLAN_NOTIFY_SOCKET, 0777);
	if (rc < 0)
		return err_sys(rc, "NOTIFY_SOCKET: bind a socket");
	*out_fd = take_fd(&fd);
	return NULL;
}

static int connect_manager(const char *address)
{
	const int type = SOCK_DGRAM | SOCK_NONBLOCK;

	return address[0] == '@' ? sock_connect_abstract(address + 1, type)
				 : sock_connect_path(address, type);
}

struct err *notify_open(struct notify *notify, int container_dirfd, const char *manager)
{
	if (!manager)
		return NULL;
	notify->dirfd = sys_openat(container_dirfd, NOTIFY_DIR, O_PATH | O_DIRECTORY, 0);
	if (notify->dirfd == -ENOENT)
		return NULL; /* create had no manager */
	if (notify->dirfd < 0)
		return err_sys(notify->dirfd, "NOTIFY_SOCKET: open its folder");
	notify->manager_fd = connect_manager(manager);
	if (notify->manager_fd >= 0)
		return listen_in(notify->dirfd, &notify->listen_fd);
	warn(err_sys(notify->manager_fd, "NOTIFY_SOCKET: reach the manager at %s", manager));
	return NULL;
}

/* ---- the manager's ---- */

static int wait_until_writable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	int rc = sys_poll(&poll_fd, 1, PATIENCE_MS);

	return rc == 0 ? -ETIMEDOUT : rc;
}

static int send_text(int fd, const char *text)
{
	struct iovec part = { (void *)(uintptr_t)text, strlen(text) };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	int rc = wait_until_writable(fd);

	return rc < 0 ? rc : (int)sys_sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* sd_notify_barrier(3): the descriptor is closed when all that came before is dealt with. */
static int send_barrier(int fd, int *out_barrier_fd)
{
	static const char text[] = "BARRIER=1";
	int ends[2];
	int rc = sys_pipe2(ends, 0);

	if (rc < 0)
		return rc;
	drop_fd int read_fd = ends[0], write_fd = ends[1];
	rc = wait_until_writable(fd);
	if (rc >= 0)
		rc = sock_send_fd(fd, text, strlen(text), write_fd);
	if (rc >= 0)
		*out_barrier_fd = take_fd(&read_fd);
	return rc;
}

static void tell_manager(struct notify *notify)
{
	drop_mem char *main_pid = mem_asprintf("MAINPID=%d", (int)notify->main_pid);
	int fd = notify->manager_fd;
	int rc = send_text(fd, "READY=1");

	notify->told = true;

	if (rc >= 0)
		rc = send_text(fd, main_pid);
	if (rc >= 0)
		rc = send_barrier(fd, &notify->barrier_fd);
	if (rc < 0)
		warn(err_sys(rc, "NOTIFY_SOCKET: tell the manager that the container is ready"));
}

/* ---- relaying ---- */

static bool says_ready(const char *text, size_t len)
{
	static const char ready[] = "READY=1";
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line_len = (size_t)((newline ? newline : end) - text);

		if (line_len == strlen(ready) && memcmp(text, ready, line_len) == 0)
			return true;
		text += line_len + 1;
	}
	return false;
}

void notify_take(struct notify *notify)
{
	char text[MESSAGE_MAX];

	for (int i = 0; i < MESSAGES_MAX && notify->listen_fd >= 0; i++) {
		/* Descriptors that come along are the kernel's to close: no room is given. */
		ssize_t len = sys_read(notify->listen_fd, text, sizeof(text));

		if (len == -EAGAIN)
			return;
		if (len < 0)
			fd_closep(&notify->listen_fd);
		else if (!notify->told && says_ready(text, (size_t)len))
			tell_manager(notify);
	}
}

/*
 * systemd-notify(1) sends a barrier right behind, and fails if nobody takes it. A service that does
 * not send one costs its starter this moment.
 */
static void take_barrier(struct notify *notify)
{
	struct pollfd fd = { .fd = notify->listen_fd, .events = POLLIN };

	if (notify->told && sys_poll(&fd, 1, BARRIER_MS) > 0)
		notify_take(notify);
}

void notify_wait(struct notify *notify, int pidfd)
{
	bool ended = pidfd < 0;

	while (notify->listen_fd >= 0 && !notify->told && !ended) {
		struct pollfd fds[] = {
			{ .fd = notify->listen_fd, .events = POLLIN },
			{ .fd = pidfd, .events = POLLIN },
		};
		int rc = sys_poll(fds, ARRAY_LEN(fds), -1);

		ended = (rc < 0 && rc != -EINTR) || fds[1].revents;
		notify_take(notify); /* also what was its last word */
	}
	notify_finish(notify);
	take_barrier(notify);
}

void notify_finish(struct notify *notify)
{
	struct pollfd barrier = { .fd = notify->barrier_fd };

	if (notify->barrier_fd >= 0)
		(void)sys_poll(&barrier, 1, PATIENCE_MS);
	fd_closep(&notify->barrier_fd);
}

void notify_close(struct notify *notify)
{
	if (notify->listen_fd >= 0)
		(void)sys_unlinkat(notify->dirfd, PLAN_NOTIFY_SOCKET, 0);
	fd_closep(&notify->listen_fd);
	fd_closep(&notify->barrier_fd);
	fd_closep(&notify->manager_fd);
	fd_closep(&notify->dirfd);
}
