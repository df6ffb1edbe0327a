/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks by sockets: TCP and UDP ports, and the peer of a container, which "attack-peer" is: it
 * listens at a path and at abstract names, and hands over its descriptor 3.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"
#include "payload.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum { NETWORK_ABI = 4, SCOPES_ABI = 6, UNIX_ABI = 9, UDP_ABI = 10, BACKLOG = 8 };

/* ---- addresses ---- */

static struct sockaddr_in ipv4(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static struct sockaddr_in6 ipv6(int port, const char *text)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons((uint16_t)port) };

	inet_pton(AF_INET6, text, &address.sin6_addr);
	return address;
}

static int bind4(int type, int protocol, int port)
{
	struct sockaddr_in address = ipv4(port);
	int fd = socket(AF_INET, type, protocol);

	return fd < 0 ? errno
		      : attack_outcome(bind(fd, (struct sockaddr *)&address, sizeof address));
}

static int bind6(int port)
{
	struct sockaddr_in6 address = ipv6(port, "::1");
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	return fd < 0 ? errno
		      : attack_outcome(bind(fd, (struct sockaddr *)&address, sizeof address));
}

int attack_listen(void)
{
	struct sockaddr_in6 address = ipv6(BOUND_PORT, "::");
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, BACKLOG))
		return -1;
	return fd;
}

static int connect_by(int fd, const void *address, socklen_t len)
{
	return fd < 0 || attack_listen() < 0 ? errno : attack_outcome(connect(fd, address, len));
}

/* ---- TCP ---- */

static int bind_tcp(void)
{
	return bind4(SOCK_STREAM, 0, OTHER_PORT);
}

static int bind_tcp6(void)
{
	return bind6(OTHER_PORT);
}

static int bind_any_port(void)
{
	return bind4(SOCK_STREAM, 0, 0);
}

/* No bind(2): the kernel chooses the port. */
static int listen_unbound(void)
{
	return attack_outcome(listen(socket(AF_INET, SOCK_STREAM, 0), BACKLOG));
}

static int connect_tcp(void)
{
	struct sockaddr_in address = ipv4(BOUND_PORT);

	return connect_by(socket(AF_INET, SOCK_STREAM, 0), &address, sizeof address);
}

static int connect_tcp6(void)
{
	struct sockaddr_in6 address = ipv6(BOUND_PORT, "::1");

	return connect_by(socket(AF_INET6, SOCK_STREAM, 0), &address, sizeof address);
}

static int connect_mapped(void)
{
	struct sockaddr_in6 address = ipv6(BOUND_PORT, "::ffff:127.0.0.1");

	return connect_by(socket(AF_INET6, SOCK_STREAM, 0), &address, sizeof address);
}

static int connect_fast(void)
{
	struct sockaddr_in address = ipv4(BOUND_PORT);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || attack_listen() < 0)
		return errno;
	return attack_outcome(
		sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&address, sizeof address));
}

static int connect_multipath(void)
{
	struct sockaddr_in address = ipv4(BOUND_PORT);

	return connect_by(socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), &address, sizeof address);
}

/* Descriptors from outside: a TCP socket that is not connected, and one that listens and has
 * somebody waiting. */
enum { SOCKET_FD = 5, LISTEN_FD };

static int inherited_socket(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;

	if (getsockname(LISTEN_FD, (struct sockaddr *)&address, &len))
		return errno;
	return attack_outcome(connect(SOCKET_FD, (struct sockaddr *)&address, len));
}

static int inherited_listener(void)
{
	return attack_outcome(accept(LISTEN_FD, NULL, NULL));
}

/* ---- UDP ---- */

static int bind_udp(void)
{
	return bind4(SOCK_DGRAM, 0, OTHER_PORT);
}

static int connect_udp(void)
{
	struct sockaddr_in address = ipv4(OTHER_PORT);

	return attack_outcome(connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&address,
				      sizeof address));
}

static int send_udp(void)
{
	struct sockaddr_in address = ipv4(OTHER_PORT);

	return attack_outcome(sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0,
				     (struct sockaddr *)&address, sizeof address));
}

#define FAST \
	"sendto(2) with MSG_FASTOPEN connects, and this kernel asks Landlock at connect(2) alone"

const struct attack network_attacks[] = {
	{ "bind-tcp", bind_tcp, NETWORK_ABI, NULL },
	{ "bind-tcp6", bind_tcp6, NETWORK_ABI, NULL },
	{ "bind-any-port", bind_any_port, NETWORK_ABI, NULL },
	{ "listen-unbound", listen_unbound, 0,
	  "listen(2) on a socket that was never bound takes a port of the kernel's choice" },
	{ "connect-tcp", connect_tcp, NETWORK_ABI, NULL },
	{ "connect-tcp6", connect_tcp6, NETWORK_ABI, NULL },
	{ "connect-mapped", connect_mapped, NETWORK_ABI, NULL },
	{ "connect-fast", connect_fast, 0, FAST },
	{ "connect-multipath", connect_multipath, 0, "its rights are about TCP, not MPTCP" },
	{ "inherited-socket", inherited_socket, NETWORK_ABI, NULL },
	{ "inherited-listener", inherited_listener, 0, ATTACK_INHERITED },
	{ "bind-udp", bind_udp, UDP_ABI, NULL },
	{ "connect-udp", connect_udp, UDP_ABI, NULL },
	{ "send-udp", send_udp, UDP_ABI, NULL },
	{ 0 },
};

/* ---- the peer ---- */

#define PEER_PATH OWN_DIR "/peer"
#define PEER_ABSTRACT "\0peer"
#define PEER_DATAGRAM "\0peer-datagram"

/* With a null byte in front, the name has its own length. */
static int unix_socket(int type, const char *name, size_t len, struct sockaddr_un *out,
		       socklen_t *out_len)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(out->sun_path, name, len);
	*out_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
}

static int bound(int type, const char *name, size_t len)
{
	struct sockaddr_un address;
	socklen_t address_len;
	int fd = unix_socket(type, name, len, &address, &address_len);

	if (bind(fd, (struct sockaddr *)&address, address_len))
		return -1;
	return type == SOCK_STREAM && listen(fd, BACKLOG) ? -1 : fd;
}

/* A message of one byte, with a descriptor to send, or with room for one to receive. */
struct message {
	struct msghdr head;
	struct iovec data;
	char byte;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static void prepare(struct message *message)
{
	*message = (struct message){ .byte = 'x' };
	message->data = (struct iovec){ &message->byte, 1 };
	message->head = (struct msghdr){ .msg_iov = &message->data,
					 .msg_iovlen = 1,
					 .msg_control = message->control,
					 .msg_controllen = sizeof message->control };
}

static void hand_over(int connection)
{
	struct message message;
	const int fd = 3;

	prepare(&message);
	struct cmsghdr *control = CMSG_FIRSTHDR(&message.head);
	*control = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
				     .cmsg_type = SCM_RIGHTS,
				     .cmsg_len = CMSG_LEN(sizeof fd) };
	memcpy(CMSG_DATA(control), &fd, sizeof fd);
	if (sendmsg(connection, &message.head, MSG_NOSIGNAL) < 0)
		perror("attack-peer: sendmsg");
}

int attack_peer(char **args)
{
	int path_fd = bound(SOCK_STREAM, PEER_PATH, sizeof PEER_PATH);
	int abstract_fd = bound(SOCK_STREAM, PEER_ABSTRACT, sizeof PEER_ABSTRACT - 1);
	int datagram_fd = bound(SOCK_DGRAM, PEER_DATAGRAM, sizeof PEER_DATAGRAM - 1);

	(void)args;
	if (path_fd < 0 || abstract_fd < 0 || datagram_fd < 0)
		return errno;
	puts("peer=ready");
	fflush(stdout);
	for (;;) {
		int connection = accept(path_fd, NULL, NULL);

		if (connection < 0)
			return errno;
		hand_over(connection);
		close(connection);
	}
}

static int connect_unix(void)
{
	struct sockaddr_un address;
	socklen_t len;
	int fd = unix_socket(SOCK_STREAM, PEER_PATH, sizeof PEER_PATH, &address, &len);

	return attack_outcome(connect(fd, (struct sockaddr *)&address, len));
}

static int connect_abstract(void)
{
	struct sockaddr_un address;
	socklen_t len;
	int fd = unix_socket(SOCK_STREAM, PEER_ABSTRACT, sizeof PEER_ABSTRACT - 1, &address, &len);

	return attack_outcome(connect(fd, (struct sockaddr *)&address, len));
}

static int send_abstract(void)
{
	struct sockaddr_un address;
	socklen_t len;
	int fd = unix_socket(SOCK_DGRAM, PEER_DATAGRAM, sizeof PEER_DATAGRAM - 1, &address, &len);

	return attack_outcome(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, len));
}

static int received_descriptor(void)
{
	struct sockaddr_un address;
	socklen_t len;
	struct message message;
	char byte;
	int fd = unix_socket(SOCK_STREAM, PEER_PATH, sizeof PEER_PATH, &address, &len), received;

	prepare(&message);
	if (connect(fd, (struct sockaddr *)&address, len) || recvmsg(fd, &message.head, 0) < 0)
		return errno;
	struct cmsghdr *control = CMSG_FIRSTHDR(&message.head);
	if (!control)
		return ENODATA;
	memcpy(&received, CMSG_DATA(control), sizeof received);
	return attack_outcome(pread(received, &byte, 1, 0));
}

const struct attack peer_attacks[] = {
	{ "connect-unix", connect_unix, UNIX_ABI, NULL },
	{ "connect-abstract", connect_abstract, SCOPES_ABI, NULL },
	{ "send-abstract", send_abstract, SCOPES_ABI, NULL },
	{ "received-descriptor", received_descriptor, 0,
	  "a descriptor has the rights it was opened with, whoever gets it" },
	{ 0 },
};
