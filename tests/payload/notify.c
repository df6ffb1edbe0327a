/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service does that was started with a NOTIFY_SOCKET, sd_notify(3): without that library, as
 * the payload has none.
 */
#include "payload.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_to_manager(const char *text, int pass_fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { (void *)text, strlen(text) };
	struct msghdr msg = {
		.msg_name = &address,
		.msg_namelen = sizeof address,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int number = 0;

	if (!path || strlen(path) >= sizeof address.sun_path)
		return ENOTCONN;
	strcpy(address.sun_path, path);
	if (pass_fd >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof control.bytes;
		CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &pass_fd, sizeof(int));
	}
	if (fd < 0 || sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
		number = errno;
	if (fd >= 0)
		close(fd);
	return number;
}

/* notify TEXT: one message. */
int try_notify(char **args)
{
	return send_to_manager(args[1], -1);
}

/* notify-barrier: as sd_notify_barrier(3) does, with its time limit. */
int try_notify_barrier(char **args __attribute__((unused)))
{
	int ends[2], number;

	if (pipe(ends))
		return errno;
	struct pollfd end = { .fd = ends[0] };
	number = send_to_manager("BARRIER=1", ends[1]);
	close(ends[1]);
	if (!number && poll(&end, 1, 10000) <= 0)
		number = ETIMEDOUT;
	close(ends[0]);
	return number;
}
