/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink messages, out and in. See netlink.h. Parent only. */
#include "apply/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"

enum {
	/* The kernel makes the packets of a dump as large as the reader's buffer, up to this. */
	RECEIVE_BYTES = 32 * 1024,
};

/* ---- the socket ---- */

static struct err *open_here(struct netlink *netlink)
{
	drop_fd int fd = sys_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (fd < 0)
		return err_sys(fd, "open a netlink socket");
	/* Since Linux 4.20 and older: what they add is asked for, but nothing depends on it. The
	 * last makes a dump's filter count. */
	(void)sys_setsockopt_int(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	(void)sys_setsockopt_int(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	(void)sys_setsockopt_int(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
	netlink->fd = take_fd(&fd);
	return NULL;
}

struct err *netlink_open(struct netlink *netlink, int netns_fd)
{
	*netlink = (struct netlink)NETLINK_INIT;
	if (netns_fd < 0)
		return open_here(netlink);
	drop_fd int own_fd = sys_open("/proc/self/ns/net", O_RDONLY, 0);
	if (own_fd < 0)
		return err_sys(own_fd, "open the runtime's network namespace");
	int rc = sys_setns(netns_fd, CLONE_NEWNET);
	if (rc < 0)
		return err_sys(rc, "enter the container's network namespace");
	struct err *err = open_here(netlink);
	rc = sys_setns(own_fd, CLONE_NEWNET);
	/* Nothing may go on in the wrong namespace, hooks least of all. */
	if (rc < 0)
		err = err_attach(err, err_sys(rc, "return to the runtime's network namespace"));
	return err;
}

void netlink_close(struct netlink *netlink)
{
	fd_closep(&netlink->fd);
}

/* ---- requests ---- */

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *body,
		   size_t len)
{
	*request = (struct netlink_request){ 0 };
	request->header = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + NLMSG_ALIGN(len)),
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
	};
	memcpy(request->bytes + NLMSG_HDRLEN, body, len);
}

void netlink_put(struct netlink_request *request, uint16_t type, const void *data, size_t len)
{
	size_t at = request->header.nlmsg_len;
	struct nlattr attr = { .nla_type = type };

	if (request->too_long || len > sizeof(request->bytes) ||
	    at + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(request->bytes)) {
		request->too_long = true;
		return;
	}
	attr.nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy(request->bytes + at, &attr, sizeof(attr));
	memcpy(request->bytes + at + NLA_HDRLEN, data, len);
	request->header.nlmsg_len = (uint32_t)(at + NLA_HDRLEN + NLA_ALIGN(len));
}

void netlink_put_string(struct netlink_request *request, uint16_t type, const char *text)
{
	netlink_put(request, type, text, strlen(text) + 1);
}

static int send_request(struct netlink *netlink, struct netlink_request *request)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec part = { request->bytes, request->header.nlmsg_len };
	struct msghdr msg = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};

	if (request->too_long)
		return -EMSGSIZE;
	request->header.nlmsg_seq = ++netlink->seq;
	ssize_t n = sys_sendmsg(netlink->fd, &msg, 0);
	return n < 0 ? (int)n : 0;
}

/* ---- replies ---- */

static const struct nlattr *find_attr(const struct nlmsghdr *message, size_t body_len,
				      uint16_t type)
{
	size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(body_len), end = message->nlmsg_len;

	while (at < end && end - at >= sizeof(struct nlattr)) {
		const struct nlattr *attr =
			(const struct nlattr *)(const void *)((const char *)message + at);

		if (attr->nla_len < sizeof(*attr) || attr->nla_len > end - at)
			return NULL;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		at += (size_t)NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

const void *netlink_body(const struct nlmsghdr *message, size_t len)
{
	if (message->nlmsg_len < NLMSG_HDRLEN + len)
		return NULL;
	return (const char *)message + NLMSG_HDRLEN;
}

bool netlink_get(const struct nlmsghdr *message, size_t body_len, uint16_t type, void *out,
		 size_t len)
{
	const struct nlattr *attr = find_attr(message, body_len, type);

	if (!attr || attr->nla_len != NLA_HDRLEN + len)
		return false;
	memcpy(out, (const char *)attr + NLA_HDRLEN, len);
	return true;
}

bool netlink_get_string(const struct nlmsghdr *message, size_t body_len, uint16_t type, char *out,
			size_t size)
{
	const struct nlattr *attr = find_attr(message, body_len, type);

	if (!attr)
		return false;
	const char *text = (const char *)attr + NLA_HDRLEN;
	size_t len = strnlen(text, attr->nla_len - (size_t)NLA_HDRLEN);
	if (len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* One packet. What does not come from the kernel is dropped: *out_len is 0. */
static int receive(const struct netlink *netlink, void *buf, size_t size, size_t *out_len)
{
	struct sockaddr_nl from = { 0 };
	struct iovec part = { buf, size };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	ssize_t n = sys_recvmsg(netlink->fd, &msg, 0);

	if (n < 0)
		return (int)n;
	if (msg.msg_flags & MSG_TRUNC || msg.msg_namelen != sizeof(from))
		return -EBADMSG;
	*out_len = from.nl_pid == 0 ? (size_t)n : 0;
	return 0;
}

/* NLMSG_ERROR: the acknowledgement too, with the error 0. */
static int take_ack(struct netlink *netlink, const struct nlmsghdr *message)
{
	const struct nlmsgerr *ack = netlink_body(message, sizeof(*ack));

	if (!ack || ack->error > 0)
		return -EBADMSG;
	if (message->nlmsg_flags & NLM_F_ACK_TLVS && message->nlmsg_flags & NLM_F_CAPPED)
		(void)netlink_get_string(message, sizeof(*ack), NLMSGERR_ATTR_MSG, netlink->why,
					 sizeof(netlink->why));
	return ack->error;
}

static int take_done(const struct nlmsghdr *message, bool interrupted)
{
	int status = 0;
	const void *body = netlink_body(message, sizeof(status));

	if (body)
		memcpy(&status, body, sizeof(status));
	if (status < 0)
		return status;
	return interrupted ? -EAGAIN : 0;
}

/* The replies of one call, as far as they have come. */
struct replies {
	struct netlink *netlink;
	netlink_reply_fn *fn;
	void *arg;
	bool interrupted, ended;
};

static int take_message(struct replies *replies, const struct nlmsghdr *message)
{
	if (message->nlmsg_seq != replies->netlink->seq)
		return 0; /* of an earlier call that was given up */
	replies->interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	replies->ended = message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE;
	if (message->nlmsg_type == NLMSG_ERROR)
		return take_ack(replies->netlink, message);
	if (message->nlmsg_type == NLMSG_DONE)
		return take_done(message, replies->interrupted);
	if (message->nlmsg_type < NLMSG_MIN_TYPE || !replies->fn)
		return 0;
	return replies->fn(message, replies->arg);
}

static int take_packet(struct replies *replies, const char *packet, size_t len)
{
	while (len && !replies->ended) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)packet;

		if (len < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
		    message->nlmsg_len > len)
			return -EBADMSG;
		int rc = take_message(replies, message);
		if (rc < 0)
			return rc;
		size_t step = NLMSG_ALIGN(message->nlmsg_len);
		packet += step < len ? step : len;
		len -= step < len ? step : len;
	}
	return 0;
}

int netlink_call(struct netlink *netlink, struct netlink_request *request, netlink_reply_fn *fn,
		 void *arg)
{
	struct replies replies = { .netlink = netlink, .fn = fn, .arg = arg };
	drop_mem char *buf = mem_zalloc(RECEIVE_BYTES);

	netlink->why[0] = '\0';
	int rc = send_request(netlink, request);
	while (rc >= 0 && !replies.ended) {
		size_t len = 0;

		rc = receive(netlink, buf, RECEIVE_BYTES, &len);
		if (rc >= 0)
			rc = take_packet(&replies, buf, len);
	}
	return rc < 0 ? rc : 0;
}

struct err *netlink_err(const struct netlink *netlink, int rc, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	drop_mem char *what = mem_vasprintf(fmt, args);
	va_end(args);
	struct err *err = err_sys(rc, "%s", what);
	return netlink->why[0] ? err_hint(err, "the kernel says: %s", netlink->why) : err;
}
