/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation of parent and child. See sync.h. Either process. A message is one packet: a
 * header of numbers, the text, and for an error its hint; at most one descriptor rides along.
 */
#include "apply/sync.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "sys/sys.h"

struct header {
	uint32_t step;
	uint32_t err_kind;
	int32_t errnum;
	uint32_t text_len; /* without NUL; what follows it in the packet is the hint */
};
struct packet {
	struct header header;
	char text[sizeof(((struct sync_message *)NULL)->text)];
	char hint[512];
};

const char *sync_step_name(enum sync_step step)
{
	switch (step) {
	case SYNC_PLACED:
		return "group";
	case SYNC_MAPPED:
		return "mapped";
	case SYNC_MOUNTED:
		return "mounted";
	case SYNC_HOOKS_DONE:
		return "hooks done";
	case SYNC_CONSOLE:
		return "console";
	case SYNC_READY:
		return "ready";
	case SYNC_DETACH:
		return "detach";
	case SYNC_DETACHED:
		return "detached";
	case SYNC_START:
		return "start";
	case SYNC_LISTENER:
		return "listener";
	case SYNC_LISTENER_SENT:
		return "listener sent";
	case SYNC_ANSWER:
		return "answer";
	case SYNC_EXECUTING:
		return "executing";
	case SYNC_WARNING:
		return "warning";
	case SYNC_ERROR:
		return "error";
	}
	return "unknown step";
}

/* ---- sending ---- */

/* What does not fit is cut: a message that names half of a long path is better than none. */
static size_t cut_len(const char *text, size_t size)
{
	size_t len = text ? strlen(text) : 0;

	return len < size ? len : size - 1;
}

static int send_packet(int fd, const struct header *header, const char *text, int pass_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec parts[] = {
		{ (void *)(uintptr_t)header, sizeof(*header) },
		{ (void *)(uintptr_t)text, header->text_len },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts) };

	if (pass_fd >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &pass_fd, sizeof(int));
	}
	return (int)sys_sendmsg(fd, &msg, MSG_NOSIGNAL);
}

struct err *sync_send_text(int fd, enum sync_step step, const char *text, int pass_fd)
{
	struct header header = {
		.step = step,
		.text_len = (uint32_t)cut_len(text, sizeof(((struct packet *)NULL)->text)),
	};
	int rc = send_packet(fd, &header, text, pass_fd);

	if (rc == -EPIPE || rc == -ECONNRESET)
		return err_new(ERR_PEER, "the other side of the container's creation is gone (%s)",
			       sync_step_name(step));
	return rc < 0 ? err_sys(rc, "send \"%s\"", sync_step_name(step)) : NULL;
}

struct err *sync_send(int fd, enum sync_step step)
{
	return sync_send_text(fd, step, "", -1);
}

struct err *sync_ask(int fd, enum sync_step step)
{
	struct err *err = sync_send(fd, step);

	if (!err || err_kind_of(err) != ERR_PEER)
		return err;
	err_free(err);
	return NULL;
}

void sync_send_err(int fd, struct err *err)
{
	struct header header = {
		.step = SYNC_ERROR,
		.err_kind = err_kind_of(err),
		.errnum = err_errno(err),
		.text_len = (uint32_t)cut_len(err_text(err), sizeof(((struct packet *)NULL)->text)),
	};
	const char *hint = err_hint_text(err) ? err_hint_text(err) : "";
	size_t hint_len = cut_len(hint, sizeof(((struct packet *)NULL)->hint));
	char raw[sizeof(struct packet)];

	memcpy(raw, &header, sizeof(header));
	memcpy(raw + sizeof(header), err_text(err), header.text_len);
	memcpy(raw + sizeof(header) + header.text_len, hint, hint_len);
	/* Not sendmsg(2): of all the calls that a seccomp filter may deny by now, write(2) is the
	 * last. SIGPIPE, if nobody listens any more, is an end like another. */
	(void)sys_write(fd, raw, sizeof(header) + header.text_len + hint_len);
	err_free(err);
}

/* ---- receiving ---- */

static int passed_fd(struct msghdr *msg)
{
	int fd = -1;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
		    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	}
	return fd;
}

/* The packet lies in `raw`: header, text, hint, without NULs. Checked: the child may be anybody. */
static struct err *unpack(const char *raw, size_t len, struct sync_message *out)
{
	struct header header;
	char hint[sizeof(((struct packet *)NULL)->hint)];

	if (len < sizeof(header))
		return err_new(ERR_PEER, "a message of %zu bytes from the peer", len);
	memcpy(&header, raw, sizeof(header));
	size_t rest = len - sizeof(header);
	if (header.step < SYNC_PLACED || header.step > SYNC_ERROR || header.text_len > rest ||
	    header.text_len >= sizeof(out->text) || rest - header.text_len >= sizeof(hint))
		return err_new(ERR_PEER, "a damaged message from the peer");
	out->step = header.step;
	memcpy(out->text, raw + sizeof(header), header.text_len);
	out->text[header.text_len] = '\0';
	if (out->step != SYNC_ERROR)
		return NULL;
	size_t hint_len = rest - header.text_len;
	memcpy(hint, raw + sizeof(header) + header.text_len, hint_len);
	hint[hint_len] = '\0';
	bool known = header.err_kind >= ERR_USAGE && header.err_kind < ERR_KIND_COUNT;
	out->err = err_restore(known ? header.err_kind : ERR_PEER, header.errnum, out->text,
			       hint_len ? hint : NULL);
	return NULL;
}

struct err *sync_receive(int fd, struct sync_message *out)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char raw[sizeof(struct packet)];
	struct iovec part = { raw, sizeof(raw) };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	out->step = 0;
	out->text[0] = '\0';
	out->fd = -1;
	out->err = NULL;
	out->end = false;
	ssize_t len = sys_recvmsg(fd, &msg, 0);
	/* A peer that ended with unread messages gives a reset, once, before what it had said. */
	if (len == -ECONNRESET)
		len = sys_recvmsg(fd, &msg, 0);
	if (len == 0 || len == -ECONNRESET) {
		out->end = true;
		return NULL;
	}
	if (len < 0)
		return err_sys((int)len, "receive from the container's init");
	out->fd = passed_fd(&msg);
	struct err *err = unpack(raw, (size_t)len, out);
	if (err)
		fd_closep(&out->fd);
	return err;
}

struct err *sync_expect(int fd, enum sync_step step, struct sync_message *out)
{
	for (;;) {
		TRY(sync_receive(fd, out));
		if (out->end)
			return err_new(ERR_PEER, "container init died before \"%s\"",
				       sync_step_name(step));
		if (out->step == step)
			return NULL;
		fd_closep(&out->fd);
		if (out->step == SYNC_ERROR)
			return out->err;
		if (out->step != SYNC_WARNING)
			return err_new(ERR_PEER, "expected \"%s\" from the peer, got \"%s\"",
				       sync_step_name(step), sync_step_name(out->step));
		log_warn("%s", out->text);
	}
}
