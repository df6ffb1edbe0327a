/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talking to the kernel's rtnetlink (rtnetlink(7), RFC 3549): one request, its replies, its end.
 * What comes in is checked at every length before it is looked at; what goes out is built in a
 * buffer of a fixed size that refuses what does not fit (a longer attribute would change the
 * meaning of what follows it: lesson S31). Knows nothing of devices. Parent only.
 */
#ifndef APPLY_NETLINK_H
#define APPLY_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct netlink {
	int fd;
	uint32_t seq;
	char why[128]; /* what the kernel said about the last error; "" if nothing */
};
#define NETLINK_INIT      \
	{                 \
		.fd = -1, \
	}

/*
 * Opens a socket in the network namespace of `netns_fd`; -1: the runtime's own. The socket stays in
 * that namespace; the runtime is there only while it is made.
 */
MUST_CHECK struct err *netlink_open(struct netlink *netlink, int netns_fd);
void netlink_close(struct netlink *netlink);
#define drop_netlink CLEANUP(netlink_close)

struct netlink_request {
	union {
		struct nlmsghdr header;
		unsigned char bytes[512];
	};
	bool too_long;
};
/* Starts a request of `type` (RTM_*) with the structure that the type begins with. `flags` beyond
 * NLM_F_REQUEST and NLM_F_ACK. */
void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *body,
		   size_t len);
void netlink_put(struct netlink_request *request, uint16_t type, const void *data, size_t len);
/* With the NUL, as the kernel takes strings. */
void netlink_put_string(struct netlink_request *request, uint16_t type, const char *text);

/* A reply. 0 to go on, -errno ends the call with it. */
typedef int netlink_reply_fn(const struct nlmsghdr *message, void *arg);
/*
 * Sends the request and gives every reply to `fn` (may be NULL) until the kernel has acknowledged
 * it or ended the dump. 0, or the kernel's -errno; -EBADMSG for what is no netlink message; -EAGAIN
 * if what was dumped changed meanwhile: the caller asks again.
 */
int netlink_call(struct netlink *netlink, struct netlink_request *request, netlink_reply_fn *fn,
		 void *arg);
/* The error of a call, with what the kernel said about it as its hint. */
MUST_CHECK struct err *netlink_err(const struct netlink *netlink, int rc, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* The structure that the message begins with, or NULL if the message is shorter. */
const void *netlink_body(const struct nlmsghdr *message, size_t len);
/* Copies an attribute behind a body of `body_len` bytes; false if it is not there or has another
 * length than `len`. */
bool netlink_get(const struct nlmsghdr *message, size_t body_len, uint16_t type, void *out,
		 size_t len);
/* A string attribute, NUL-terminated; false if it is not there or longer than size - 1. */
bool netlink_get_string(const struct nlmsghdr *message, size_t body_len, uint16_t type, char *out,
			size_t size);

#endif
