/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets. See sock.h. */
#include "sys/sock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"
#include "sys/sys.h"

int sock_connect_path(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	/* A path may be longer than sun_path: it is reached through its own descriptor. */
	drop_fd int path_fd = sys_open(path, O_PATH, 0);

	if (path_fd < 0)
		return path_fd;
	drop_fd int fd = sys_socket(AF_UNIX, type, 0);
	if (fd < 0)
		return fd;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", path_fd);
	int rc = sys_connect(fd, (const struct sockaddr *)&address, sizeof(address));
	return rc < 0 ? rc : take_fd(&fd);
}

int sock_connect_abstract(const char *name, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path + 1, name, len);
	drop_fd int fd = sys_socket(AF_UNIX, type, 0);
	if (fd < 0)
		return fd;
	int rc = sys_connect(fd, (const struct sockaddr *)&address,
			     (unsigned int)(offsetof(struct sockaddr_un, sun_path) + 1 + len));
	return rc < 0 ? rc : take_fd(&fd);
}

int sock_send_fd(int fd, const void *data, size_t len, int pass_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { (void *)(uintptr_t)data, len };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &pass_fd, sizeof(int));
	while (part.iov_len) {
		ssize_t sent = sys_sendmsg(fd, &msg, MSG_NOSIGNAL);

		if (sent < 0)
			return (int)sent;
		part.iov_base = (char *)part.iov_base + sent;
		part.iov_len -= (size_t)sent;
		/* It went with the first byte. */
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
	return 0;
}
