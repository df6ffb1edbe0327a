/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp agent for the system tests (config-linux.md, "Seccomp"; seccomp_unotify(2)): it runs on
 * the host. It takes one connection, says what came over it, and answers notified calls until no
 * process is under the filter any more.
 */
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What came over a connection. */
struct received {
	int listener; /* the first descriptor, or -1 */
	int fds, messages;
	size_t len;
	bool late; /* a descriptor after the first message */
};
static struct received received = { .listener = -1 };
static char text[1 << 20];

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8)) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void take_fds(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		received.messages++;
		received.late |= received.len > 0;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (received.fds++)
				close(fd);
			else
				received.listener = fd;
		}
	}
}

/* Until the runtime has closed it. */
static void receive(int connection)
{
	for (;;) {
		union {
			struct cmsghdr align;
			char bytes[CMSG_SPACE(8 * sizeof(int))];
		} control;
		struct iovec part = { text + received.len, sizeof text - received.len };
		struct msghdr msg = { .msg_iov = &part,
				      .msg_iovlen = 1,
				      .msg_control = control.bytes,
				      .msg_controllen = sizeof control };
		ssize_t len = recvmsg(connection, &msg, MSG_CMSG_CLOEXEC);

		if (len > 0)
			take_fds(&msg);
		if (len <= 0)
			return;
		received.len += (size_t)len;
	}
}

static void keep_text(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, received.len) != (ssize_t)received.len) {
		perror(path);
		exit(1);
	}
	close(fd);
}

/* A signal while the call is ours: who may be interrupted by it is, given the time. `tries` -1: as
 * long as that takes. */
static void disturb(const struct seccomp_notif *call, int tries)
{
	kill((pid_t)call->pid, SIGUSR1);
	for (int i = 0; i != tries; i++) {
		if (ioctl(received.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id))
			return;
		sched_yield();
	}
}

/* NR=continue, NR=ERRNO (a number), NR=value:N, NR=exit (no answer), NR=disturb:ERRNO,
 * NR=interrupt; other calls go on as if there were no filter. */
static void decide(char **rules, int count, const struct seccomp_notif *call,
		   struct seccomp_notif_resp *answer)
{
	answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	for (int i = 0; i < count; i++) {
		char *verdict = strchr(rules[i], '=');

		if (!verdict || atoi(rules[i]) != call->data.nr || !strcmp(verdict, "=continue"))
			continue;
		if (!strcmp(verdict, "=exit"))
			exit(0);
		answer->flags = 0;
		if (!strcmp(verdict, "=interrupt"))
			disturb(call, -1);
		if (!strncmp(verdict, "=disturb:", 9)) {
			disturb(call, 10000);
			verdict += 8;
		}
		if (!strncmp(verdict, "=value:", 7))
			answer->val = atoll(verdict + 7);
		else
			answer->error = -atoi(verdict + 1);
	}
}

static void serve(char **rules, int count)
{
	struct pollfd listener = { .fd = received.listener, .events = POLLIN };

	while (poll(&listener, 1, -1) > 0 && !(listener.revents & POLLHUP)) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp answer = { 0 };

		if (ioctl(received.listener, SECCOMP_IOCTL_NOTIF_RECV, &call)) {
			if (errno == EINTR || errno == ENOENT) /* the caller is gone */
				continue;
			printf("receive=%s\n", errno_name(errno));
			return;
		}
		printf("call=%d pid=%u\n", call.data.nr, call.pid);
		fflush(stdout);
		answer.id = call.id;
		decide(rules, count, &call, &answer);
		if (ioctl(received.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) && errno != ENOENT)
			printf("send=%s\n", errno_name(errno));
	}
	printf("end\n");
}

/* agent SOCKET FILE [NR=ANSWER...]: FILE gets the container process state. */
int agent_run(char **args, int count)
{
	if (count < 3)
		return 0;
	int listening = listen_at(args[1]);
	printf("listening\n");
	fflush(stdout);
	int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	receive(connection);
	close(connection);
	keep_text(args[2]);
	printf("fds=%d rights=%d late=%d\n", received.fds, received.messages, received.late);
	fflush(stdout);
	if (received.listener >= 0)
		serve(args + 3, count - 3);
	/* Another connection would be one too many. */
	printf("more=%d\n", poll(&(struct pollfd){ .fd = listening, .events = POLLIN }, 1, 0));
	fflush(stdout);
	return count;
}
