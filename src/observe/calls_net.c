/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on sockets. See calls.h. TCP ports; names of Unix sockets, which are files, and abstract
 * ones, which are not. The observing process.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

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

/* ---- bind ---- */

void call_enter_bind(struct view *view, struct call *call)
{
	union address address;
	size_t len = read_address(call->tid, call->args[1], call->args[2], &address);

	if (!len || address.any.sa_family != AF_UNIX || !address.un.sun_path[0])
		return;
	const char *path = arena_strndup(&call->arena, address.un.sun_path,
					 len - offsetof(struct sockaddr_un, sun_path));
	tracee_name(view, &call->arena, call->tid, AT_FDCWD, path, &call->one);
}

static void add_bound(struct view *view, const char *name)
{
	struct arena *arena = &view->findings->arena;
	struct strv *bound = &view->bound;

	bound->items = arena_grow_one(arena, bound->items, bound->n, sizeof(*bound->items));
	bound->items[bound->n++] = arena_strdup(arena, name);
}

static void use_port(struct view *view, const struct call *call, const union address *address,
		     uint64_t right)
{
	sa_family_t family = address->any.sa_family;

	/* bind(2) takes AF_UNSPEC for AF_INET */
	if ((family == AF_INET || family == AF_INET6 ||
	     (family == AF_UNSPEC && right == LANDLOCK_ACCESS_NET_BIND_TCP)) &&
	    tracee_is_tcp(view, call->tid, (int)call->args[0]))
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
		use_port(view, call, &address, LANDLOCK_ACCESS_NET_BIND_TCP);
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
	return rc == 0;
}

void call_leave_connect(struct view *view, struct call *call, int rc)
{
	union address address;
	size_t len = read_address(call->tid, call->args[1], call->args[2], &address);

	if (!len || !is_networks(rc))
		return;
	if (rc == 0)
		see_abstract(view, call, &address, len);
	use_port(view, call, &address, LANDLOCK_ACCESS_NET_CONNECT_TCP);
}

void call_leave_send(struct view *view, struct call *call, int rc)
{
	uint64_t at = call->args[4], size = call->args[5];
	union address address;
	struct msghdr message;

	if (rc < 0)
		return;
	if (call->row->nr == SYS_sendmsg) {
		if (sys_process_read(call->tid, call->args[1], &message, sizeof(message)) <
		    (ssize_t)sizeof(message))
			return;
		at = (uint64_t)(uintptr_t)message.msg_name;
		size = message.msg_namelen;
	}
	size_t len = read_address(call->tid, at, size, &address);
	if (len)
		see_abstract(view, call, &address, len);
}
