/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation of parent and child over a SOCK_SEQPACKET pair: named steps, checked on both
 * sides. An error crosses as one typed message with kind, errno and text; a warning likewise. End
 * of file is never success: it means the peer died.
 */
#ifndef APPLY_SYNC_H
#define APPLY_SYNC_H

#include <stdbool.h>

#include "base/err.h"

enum sync_step {
	SYNC_PLACED = 1, /* parent: systemd has moved the child into its group */
	SYNC_MAPPED,	 /* parent: id maps are written and the cgroup is ready, go on */
	SYNC_MOUNTED,	 /* child: mounts are done; your turn: devices, runtime-namespace hooks */
	SYNC_HOOKS_DONE, /* parent: all of that is done */
	SYNC_CONSOLE,	 /* child: here is the pty master (one descriptor), text: pts name */
	SYNC_READY,	 /* child: what create does is done, but for child_exec_settle */
	SYNC_DETACH,	 /* parent: live on without me, wait on the start socket */
	SYNC_DETACHED,	 /* child: I do */
	SYNC_START,	 /* parent or start: execute the program */
	SYNC_LISTENER,	 /* child: here is the filter's listener (one descriptor) */
	SYNC_LISTENER_SENT, /* parent or start: the agent has it */
	SYNC_ANSWER,	    /* child: the answer to a question of probe.h */
	SYNC_EXECUTING,	    /* child: about to execve; end of file after this is success */
	SYNC_WARNING,	    /* child: text for the log */
	SYNC_ERROR,	    /* child: the error that ended it */
};

MUST_CHECK struct err *sync_send(int fd, enum sync_step step);
/* The same for one who waits for an answer next: a peer that is gone is no error here, as what it
 * has said before, or its end, is that answer. */
MUST_CHECK struct err *sync_ask(int fd, enum sync_step step);
/* With text and, if pass_fd >= 0, one descriptor. */
MUST_CHECK struct err *sync_send_text(int fd, enum sync_step step, const char *text, int pass_fd);
/* Child: sends the error (and takes it), before it ends. Nothing can be done if that fails. */
void sync_send_err(int fd, struct err *err);

/* A received message. */
struct sync_message {
	enum sync_step step;
	char text[3072];
	int fd;		 /* passed descriptor or -1; the receiver owns it */
	struct err *err; /* SYNC_ERROR: the peer's error, owned by the receiver */
	bool end;	 /* the peer closed: dead, or executed */
};
MUST_CHECK struct err *sync_receive(int fd, struct sync_message *out);
/*
 * Waits for `step`; warnings on the way go to the log; SYNC_ERROR becomes the returned error; end
 * of file is "container init died before <step>" (ERR_PEER).
 */
MUST_CHECK struct err *sync_expect(int fd, enum sync_step step, struct sync_message *out);
const char *sync_step_name(enum sync_step step);

#endif
