/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on sockets. See calls.h. Ports of TCP and UDP; names of Unix sockets, which are files, and
 * abstract ones, which are not. The observing process.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/fd.h"
#include "observe/calls_parts.h"
#include "sys/sys.h"
#include "sys/trace.h"

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	char bytes[sizeof(struct sockaddr_storage)];
};

/* The address of `len` bytes in the thread's memory; a family of 0 if there is none. */
static size_t read_address(pid_t tid, uint64_t at, uint64_t len, union address *out)
{
	*out = (union address){ 0 };
	if (!at || len < sizeof(sa_family_t) || len > sizeof(*out) ||
	    sys_process_read(tid, at, out, (size_t)len) != (ssize_t)len)
		return 0;
	return (size_t)len;
}

/* The abstract name in an address, with its bytes that are no text as dots; NULL: it has none. */
static const char *abstract_name(struct arena *arena, const union address *address, size_t len)
{
	const size_t start = offsetof(struct sockaddr_un, sun_path) + 1;

	if (address->any.sa_family != AF_UNIX || len < start || address->un.sun_path[0])
		return NULL;
	char *name = arena_strndup(arena, address->un.sun_path + 1, len - start);
	for (size_t i = 0; i < len - start; i++) {
		char c = address->un.sun_path[i + 1];

		name[i] = c > ' ' && c < 0x7f ? c : '.';
	}
	return name;
}

/* The path in an address; NULL: it has none. */
static const char *path_name(struct arena *arena, const union address *address, size_t len)
{
	const size_t start = offsetof(struct sockaddr_un, sun_path);

	if (len <= start || address->any.sa_family != AF_UNIX || !address->un.sun_path[0])
		return NULL;
	return arena_strndup(arena, address->un.sun_path, len - start);
}

static bool is_bound(const struct view *view, const char *name)
{
	for (size_t i = 0; i < view->bound.n; i++) {
		if (str_equal(view->bound.items[i], name))
			return true;
	}
	return false;
}

static void see_abstract(struct view *view, struct call *call, const union address *address,
			 size_t len)
{
	const char *name = abstract_name(&call->arena, address, len);

	if (name && !is_bound(view, name))
		findings_note(view->findings, NOTE_ABSTRACT, name);
}

/* A socket that the run has bound itself is in its domain: for it no right is needed. */
static void see_socket(struct view *view, struct call *call, const union address *address,
		       size_t len)
{
	const char *path = path_name(&call->arena, address, len);
	drop_fd int fd = path ? tracee_open(view, call->tid, AT_FDCWD, path, 0) : -1;
	struct seen_file file = { 0 };

	if (fd < 0)
		return;
	view_describe(view, &call->arena, fd, &file);
	const struct finding_path *known =
		file.path ? findings_find(view->findings, file.path) : NULL;
	if (!known || known->now != NOW_MADE)
		use_file(view, &file, LANDLOCK_ACCESS_FS_RESOLVE_UNIX);
}

/* ---- bind ---- */

void call_enter_bind(struct view *view, struct call *call)
{
	union address address;
	size_t len = read_address(call->tid, call->args[1], call->args[2], &address);
	const char *path = path_name(&call->arena, &address, len);

	if (path)
		tracee_name(view, &call->arena, call->tid, AT_FDCWD, path, &call->one);
}

static void add_bound(struct view *view, const char *name)
{
	struct arena *arena = &view->findings->arena;
	struct strv *bound = &view->bound;

	bound->items = arena_grow_one(arena, bound->items, bound->n, sizeof(*bound->items));
	bound->items[bound->n++] = arena_strdup(arena, name);
}

/* Which right the port in the address is used with depends on the protocol. AF_UNSPEC is AF_INET to
 * bind(2) and send(2), and the end of a connection to connect(2). */
static void use_port(struct view *view, const struct call *call, const union address *address,
		     uint64_t tcp_right, uint64_t udp_right)
{
	const sa_family_t family = address->any.sa_family;
	const bool may_be_unspecified = call->row->nr != SYS_connect;
	uint64_t right = 0;

	if (family != AF_INET && family != AF_INET6 && !(family == AF_UNSPEC && may_be_unspecified))
		return;
	switch (tracee_protocol(view, call->tid, (int)call->args[0])) {
	case IPPROTO_TCP:
		right = tcp_right;
		break;
	case IPPROTO_UDP:
		right = udp_right;
		/* the kernel binds it, as to port 0 */
		if (call->no_port)
			findings_port(view->findings, 0, LANDLOCK_ACCESS_NET_BIND_UDP);
		break;
	}
	if (right)
		findings_port(view->findings, ntohs(address->in.sin_port), right);
}

void call_leave_bind(struct view *view, struct call *call, int rc)
{
	union address address;
	size_t len = read_address(call->tid, call->args[1], call->args[2], &address);

	if (rc < 0 || !len)
		return;
	const char *name = abstract_name(&call->arena, &address, len);
	if (name)
		add_bound(view, name);
	else if (call->one.path)
		findings_make(view->findings, call->one.path, S_IFSOCK);
	else
		use_port(view, call, &address, LANDLOCK_ACCESS_NET_BIND_TCP,
			 LANDLOCK_ACCESS_NET_BIND_UDP);
}

/* ---- connect and send ---- */

/* The other side's answer, or the network's: the next run may get another, and has asked first. */
static bool is_networks(int rc)
{
	static const int codes[] = {
		-EINPROGRESS, -EALREADY,     -EINTR,	   -ECONNREFUSED,  -ECONNRESET,
		-ETIMEDOUT,   -EHOSTUNREACH, -ENETUNREACH, -EADDRNOTAVAIL,
	};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (codes[i] == rc)
			return true;
	}
	return rc >= 0;
}

void call_enter_peer(struct view *view, struct call *call)
{
	const int fd = (int)call->args[0];

	call->no_port = tracee_protocol(view, call->tid, fd) == IPPROTO_UDP &&
			!tracee_has_port(view, call->tid, fd);
}

void call_leave_connect(struct view *view, struct call *call, int rc)
{
	union address address;
	size_t len = read_address(call->tid, call->args[1], call->args[2], &address);

	if (!len || !is_networks(rc))
		return;
	if (rc == 0) {
		see_abstract(view, call, &address, len);
		see_socket(view, call, &address, len);
	}
	use_port(view, call, &address, LANDLOCK_ACCESS_NET_CONNECT_TCP,
		 LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP);
}

static void see_receiver(struct view *view, struct call *call, uint64_t at, uint64_t size, int rc)
{
	union address address;
	size_t len = read_address(call->tid, at, size, &address);

	if (!len)
		return;
	if (rc >= 0) {
		see_abstract(view, call, &address, len);
		see_socket(view, call, &address, len);
	}
	/* to TCP, an address means nothing but with MSG_FASTOPEN, which no right is about */
	use_port(view, call, &address, 0, LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP);
}

void call_leave_send(struct view *view, struct call *call, int rc)
{
	struct mmsghdr message;
	const bool many = call->row->nr == SYS_sendmmsg;
	const size_t size = many ? sizeof(message) : sizeof(message.msg_hdr);
	/* sendmmsg gives the number of those that were sent; the next one has stopped it */
	const uint64_t n = !many ? 1 : rc < 1 ? 1 : (uint64_t)rc;

	if (!is_networks(rc))
		return;
	if (call->row->nr == SYS_sendto) {
		see_receiver(view, call, call->args[4], call->args[5], rc);
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		if (sys_process_read(call->tid, call->args[1] + i * size, &message, size) !=
		    (ssize_t)size)
			return;
		see_receiver(view, call, (uint64_t)(uintptr_t)message.msg_hdr.msg_name,
			     message.msg_hdr.msg_namelen, rc);
	}
}
