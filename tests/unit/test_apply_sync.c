/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime hears of a child that is gone: what the child has said before its end comes
 * first, also if the end left messages unread, and packets that are none of ours are errors.
 */
#include "apply/sync.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "sys/sys.h"
#include "tests/unit/check.h"

static int runtime_fd, child_fd;

static void connect_both(void)
{
	int fds[2] = { -1, -1 };

	CHECK(sys_socketpair(AF_UNIX, SOCK_SEQPACKET, fds) == 0);
	runtime_fd = fds[0];
	child_fd = fds[1];
}

static void end_child(void)
{
	fd_closep(&child_fd);
}

static void end_both(void)
{
	end_child();
	fd_closep(&runtime_fd);
}

static struct err *reason(void)
{
	return err_hint(err_sys(-ENOENT, "rule for /no/such"), "let it pass");
}

static void told_before_the_question(void)
{
	struct sync_message message;

	connect_both();
	sync_send_err(child_fd, reason());
	end_child();
	CHECK_ERR(sync_send(runtime_fd, SYNC_START), ERR_PEER, "start");
	CHECK_OK(sync_ask(runtime_fd, SYNC_START));
	struct err *err = sync_expect(runtime_fd, SYNC_EXECUTING, &message);
	CHECK(err && err_errno(err) == ENOENT);
	CHECK_STR(err ? err_hint_text(err) : NULL, "let it pass");
	CHECK_ERR(err, ERR_SYS, "rule for /no/such");
	fd_closep(&runtime_fd);
}

/* The question lies unread when the child ends: the socket gives a reset before the words. */
static void told_after_the_question(void)
{
	struct sync_message message;

	connect_both();
	CHECK_OK(sync_ask(runtime_fd, SYNC_START));
	CHECK_OK(sync_send_text(child_fd, SYNC_WARNING, "mind the gap", -1));
	sync_send_err(child_fd, reason());
	end_child();
	CHECK_ERR(sync_expect(runtime_fd, SYNC_EXECUTING, &message), ERR_SYS, "rule for /no/such");
	fd_closep(&runtime_fd);
}

static void ends_without_a_word(void)
{
	struct sync_message message;

	connect_both();
	CHECK_OK(sync_ask(runtime_fd, SYNC_START));
	end_child();
	CHECK_ERR(sync_expect(runtime_fd, SYNC_EXECUTING, &message), ERR_PEER,
		  "died before \"executing\"");
	CHECK_OK(sync_receive(runtime_fd, &message));
	CHECK(message.end);
	fd_closep(&runtime_fd);
}

static void another_step(void)
{
	struct sync_message message;

	connect_both();
	CHECK_OK(sync_send(child_fd, SYNC_MOUNTED));
	CHECK_ERR(sync_expect(runtime_fd, SYNC_READY, &message), ERR_PEER,
		  "expected \"ready\" from the peer, got \"mounted\"");
	end_both();
}

static void damaged(void)
{
	const uint32_t headers[][4] = {
		{ 0, 0, 0, 0 },		       /* no step */
		{ SYNC_ERROR + 1, 0, 0, 0 },   /* none that there is */
		{ SYNC_READY, 0, 0, 1 },       /* text that is not there */
		{ SYNC_ERROR, 0, 0, 1U << 31 } /* nor could be */
	};
	struct sync_message message;

	connect_both();
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		CHECK(sys_write(child_fd, headers[i], sizeof(headers[i])) > 0);
		CHECK_ERR(sync_expect(runtime_fd, SYNC_READY, &message), ERR_PEER, "damaged");
	}
	CHECK(sys_write(child_fd, headers, sizeof(headers[0]) - 1) > 0);
	CHECK_ERR(sync_expect(runtime_fd, SYNC_READY, &message), ERR_PEER, "15 bytes");
	end_both();
}

int main(void)
{
	told_before_the_question();
	told_after_the_question();
	ends_without_a_word();
	another_step();
	damaged();
	return check_result();
}
